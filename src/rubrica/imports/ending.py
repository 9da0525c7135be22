"""The end of an import: its status, what follows from having read every row, and its file."""

from typing import Any

from rubrica import contacts, lists
from rubrica.db import Database, Tx
from rubrica.imports import ledger, mirrors, queries
from rubrica.imports.queries import Running
from rubrica.storage import Storage


async def finish(
    db: Database, storage: Storage, account: int, id: int, status: str, error: object = None
) -> None:
    """End an import, and delete its file where nothing needs it any more."""
    async with db.transaction() as tx:
        before = await queries.by_id(tx, account, id)
        key = await queries.end(tx, account, id, status, error)
    if key is not None and before is not None and not before.dry_run:
        await storage.delete(key)


async def complete(db: Database, storage: Storage, account: int, running: Running) -> None:
    """End an import whose file was read to its end: who is in no row leaves a mirrored list."""
    id, plan = running.id, running.plan
    async with db.transaction() as tx:
        key = await queries.end(tx, account, id, "COMPLETED")
        if key is None:
            return
        missing = await ledger.missing_rows(tx, account, id, [int(n) for n in plan.corrections])
        warnings = [_no_such_row(row) for row in missing]
        if plan.list_mode == "MIRROR":
            warnings += await _mirror(tx, account, running)
        if running.dry_run and plan.target == "CONTACTS":
            warnings += await _beyond_quota(tx, account, id)
        if warnings:
            await queries.warn(tx, account, id, warnings)
    if not running.dry_run:
        await storage.delete(key)


async def _mirror(tx: Tx, account: int, running: Running) -> list[dict[str, Any]]:
    id, plan = running.id, running.plan
    if await queries.is_cancelled(tx, account, id):
        message = "Nobody left: the import was asked to stop."
        return [{"code": "removals_not_applied", "message": message}]
    await lists.prepare_parting(tx)
    count = await mirrors.find_leavers(tx, account, id, plan.lists)
    if running.dry_run or count == plan.expected_removals:
        await mirrors.set_removals(tx, account, id, count)
        if not running.dry_run:
            await mirrors.book_removals(tx, account, id)
            await lists.part(tx, account)
        return []
    message = f"Nobody left: {count} would have, and {plan.expected_removals} were expected."
    return [{"code": "removals_not_applied", "message": message, "count": count}]


async def _beyond_quota(tx: Tx, account: int, id: int) -> list[dict[str, Any]]:
    quota, found = await contacts.quota(tx, account), await queries.by_id(tx, account, id)
    if quota.remaining is None or found is None or found.summary.created <= quota.remaining:
        return []
    created = found.summary.created
    message = (
        f"The account may have {quota.total_limit:,} contacts and has {quota.used:,}: {created:,}"
        " new ones would pass that, and the import would be refused."
    )
    return [{"code": "quota_exceeded", "message": message, "count": created}]


def _no_such_row(row: int) -> dict[str, Any]:
    message = f"There is a correction for row {row}, which the file does not have, or is blank."
    return {"code": "correction_without_row", "message": message, "row": row}
