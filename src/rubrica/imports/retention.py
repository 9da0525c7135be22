"""Ledgers whose time is over: what is kept of an import, and for how long.

The import itself, its balance and its chunks stay.
"""

from psycopg.sql import SQL, Identifier

from rubrica.db import Database, Tx

TABLES = (
    "import_rows", "import_changes", "import_members", "import_kept", "import_seen",
    "import_sightings", "import_removals",
)  # fmt: skip
AT_ONCE = 50_000
"""Rows that are deleted in one transaction, about a second's work."""


async def delete_old_ledgers(db: Database) -> None:
    """Delete what is left of one import whose time is over, some rows of each table at a time."""
    async with db.transaction() as tx:
        found = await _give_up_oldest(tx)
    if found is None:
        return
    for table in TABLES:
        while True:
            async with db.transaction() as tx:
                if await _delete_rows(tx, table, *found) < AT_ONCE:
                    break
    async with db.transaction() as tx:
        await _forget(tx, *found)


async def _give_up_oldest(tx: Tx) -> tuple[int, int] | None:
    """Say of one import that it has no ledger any more; return account and id."""
    return await tx.one(
        _place,
        """
        UPDATE imports i SET ledger_deleted_at = coalesce(i.ledger_deleted_at, clock_timestamp())
          FROM (SELECT i.account_id, i.id FROM imports i JOIN accounts a ON a.id = i.account_id
                 WHERE i.ledger_gone_at IS NULL AND i.status <> 'REVERTING'
                   AND i.finished_at < now() - make_interval(days =>
                       coalesce((a.retention ->> 'importRowsDays')::integer, 90))
                 ORDER BY i.finished_at LIMIT 1 FOR UPDATE OF i SKIP LOCKED) AS old
         WHERE i.account_id = old.account_id AND i.id = old.id
        RETURNING i.account_id, i.id
        """,
    )


def _place(*, account_id: int, id: int) -> tuple[int, int]:
    return account_id, id


async def _delete_rows(tx: Tx, table: str, account: int, id: int) -> int:
    return await tx.run(
        SQL(
            "DELETE FROM {0} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {0}"
            " WHERE account_id = %(account)s AND import_id = %(id)s LIMIT %(most)s))"
        ).format(Identifier(table)),
        account=account,
        id=id,
        most=AT_ONCE,
    )


async def _forget(tx: Tx, account: int, id: int) -> None:
    await tx.run(
        "UPDATE imports SET ledger_gone_at = clock_timestamp(), examples = '{}'"
        " WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
    )
