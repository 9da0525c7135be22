"""How a bulk write is done: counted first, then at once or step by step."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import structlog

from rubrica.db import Database, Tx
from rubrica.jobs import Job, enqueue, passes
from rubrica.operations import queries
from rubrica.operations.model import CountChanged, Operation, Selection, Started

AT_ONCE = 10_000
"""Contacts up to which a bulk write is answered with its result; above it becomes a job."""
Step = Callable[[Tx, int, list[int], Any], Awaitable[dict[str, Any]]]
"""Does some contacts' share: transaction, account, ids, arguments; returns what it counted."""
log = structlog.get_logger()


async def by_set(
    tx: Tx, account: int, selection: Selection, arguments: Any, step: Step, job: Job
) -> dict[str, Any] | Started:
    """Do a step to every contact of a selection, now or by a job, which names the operation.

    Raises `CountChanged`, with nothing done, where there are not as many as expected.
    """
    ids = await queries.first_ids(tx, selection, AT_ONCE + 1)
    if len(ids) <= AT_ONCE:
        check_count(selection.expected, len(ids))
        return await step(tx, account, sorted(ids), arguments)
    kind = job.name.replace(".", "_").upper()
    id = await queries.insert(tx, account, kind, arguments)
    total = await queries.freeze(tx, account, id, selection)
    check_count(selection.expected, total)
    await queries.set_total(tx, account, id, total)
    await enqueue(tx, job, account=account, operation=id)
    return Started(operation_id=id)


def check_count(expected: int | None, real: int) -> None:
    """Refuse where the client believed in another number."""
    if expected is not None and expected != real:
        raise CountChanged(
            f"There are {real:,} contacts, not {expected:,}; nothing was done. Look again, then"
            f" send expectedCount {real}.",
            count=real,
        )


async def carry_out(db: Database, account: int, id: int, step: Step) -> None:
    """Do an operation to its end, a transaction for every so many contacts."""
    try:
        while await _next(db, account, id, step):
            pass
    except Exception as error:
        if passes(error):
            raise
        log.exception("operation failed", operation=id)
        async with db.transaction() as tx:
            await queries.end(tx, account, id, "FAILED", f"{type(error).__name__}: {error}")


async def _next(db: Database, account: int, id: int, step: Step) -> bool:
    async with db.transaction() as tx:
        arguments = await queries.begin(tx, account, id)
        if arguments is None:
            return False
        ids = await queries.take(tx, account, id, AT_ONCE)
        if not ids:
            await queries.end(tx, account, id, "COMPLETED")
            return False
        before = await queries.by_id(tx, account, id)
        assert before is not None
        counted = await step(tx, account, sorted(ids), arguments)
        await queries.advance(tx, account, id, len(ids), _sum(before.result, counted))
        return True


async def cancel(tx: Tx, account: int, id: int) -> Operation | None:
    """Stop an operation; what is done stays done."""
    await queries.end(tx, account, id, "CANCELLED")
    return await queries.by_id(tx, account, id)


def _sum(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = dict(a)
    for key, value in b.items():
        if isinstance(value, Mapping):
            out[key] = _sum(out.get(key, {}), cast("Mapping[str, Any]", value))
        elif isinstance(value, list):
            out[key] = out.get(key, []) + value
        else:
            out[key] = out.get(key, 0) + value
    return out
