"""Every statement on what an import wrote over, and on taking that back.

Account and import are compared in sub-selects, for the reason that `contacts.merging_sql` gives.
"""

from collections.abc import Callable
from typing import LiteralString

import msgspec
from psycopg.sql import SQL, Composable, Composed, Literal

from rubrica import consents
from rubrica.db import Tx
from rubrica.imports.model import Plan

keepers: dict[str, Callable[[Composable], Composed]] = {}
"""Why else a contact that an import created stays: a code, and the condition on the contact's id
(`%(account)s` is the account). Filled where the application is put together."""
LEAVING = SQL(
    "CREATE TEMP TABLE IF NOT EXISTS leaving (contact_id bigint, code text); TRUNCATE leaving"
).format()


FIND_LEAVING: LiteralString = """
    WITH held AS MATERIALIZED (
        SELECT c.id, c.phone_key, c.email, c.created_at,
               contact_version(c.updated_at, c.restored_at, c.restored_version) AS version
          FROM import_rows r
          JOIN contacts c ON c.account_id = (SELECT %(account)s::bigint) AND c.id = r.contact_id
         WHERE r.account_id = (SELECT %(account)s::bigint)
           AND r.import_id = (SELECT %(id)s::bigint)
           AND r.row BETWEEN %(first)s AND %(last)s AND r.outcome = 'CREATED'
         ORDER BY c.id FOR UPDATE OF c
    ), left_over AS (
        INSERT INTO leaving (contact_id, code)
        SELECT c.id, CASE
               WHEN c.version <> coalesce(ours.version, c.created_at) THEN 'changed_since'
               WHEN {consent} THEN 'consent_since'
               WHEN EXISTS (
                    SELECT FROM list_members m
                     WHERE m.account_id = (SELECT %(account)s::bigint)
                       AND m.contact_id = c.id AND m.list_id <> ALL(%(lists)s::bigint[]))
               THEN 'in_another_list'
               WHEN EXISTS (
                    SELECT FROM import_rows s
                      JOIN imports o ON o.account_id = s.account_id AND o.id = s.import_id
                     WHERE s.account_id = (SELECT %(account)s::bigint)
                       AND s.contact_id = c.id AND s.import_id <> %(id)s
                       AND s.outcome IN ('UPDATED', 'UNCHANGED')
                       AND NOT o.dry_run AND o.status <> 'REVERTED')
               THEN 'in_another_import' {others} END
          FROM held c
          LEFT JOIN LATERAL (SELECT max(v.version) AS version FROM reverting v
                              WHERE v.contact_id = c.id) ours ON true
    )
    DELETE FROM reverting WHERE contact_id IN (SELECT id FROM held)
"""


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """A chunk that is to be taken back."""

    number: int
    first_row: int
    last_row: int


async def book(tx: Tx, account: int, id: int, chunk: int) -> None:
    """Write down what a chunk wrote over, and the memberships that it gave to contacts it found."""
    await tx.run(
        """
        WITH members AS (
            INSERT INTO import_members (account_id, import_id, chunk, list_id, contact_id)
            SELECT %(account)s, %(id)s, %(chunk)s, list_id, contact_id FROM joined
        )
        INSERT INTO import_changes (account_id, import_id, chunk, round, contact_id, prior,
                                    written, prior_version, version)
        SELECT %(account)s, %(id)s, %(chunk)s, round, contact_id, prior, written, prior_version,
               version
          FROM overwritten
        """,
        account=account,
        id=id,
        chunk=chunk,
    )


async def begin_undo(tx: Tx, account: int, id: int) -> bool:
    """Have an ended import taken back, if its ledger is still there."""
    return bool(
        await tx.run(
            "UPDATE imports SET status = 'REVERTING'"
            " WHERE account_id = %(account)s AND id = %(id)s AND NOT dry_run"
            "   AND status IN ('COMPLETED', 'CANCELLED', 'FAILED') AND ledger_deleted_at IS NULL",
            account=account,
            id=id,
        )
    )


async def reverting(tx: Tx, account: int, id: int) -> Plan | None:
    """Return the plan of an import that is being taken back, and keep others from doing it."""
    plan = await tx.value(
        "SELECT plan FROM imports"
        " WHERE account_id = %(account)s AND id = %(id)s AND status = 'REVERTING' FOR UPDATE",
        account=account,
        id=id,
    )
    return None if plan is None else msgspec.convert(plan, Plan)


async def last_chunk(tx: Tx, account: int, id: int) -> Chunk | None:
    """Return the last chunk that is not taken back yet."""
    return await tx.one(
        Chunk,
        """
        SELECT number, first_row, last_row FROM import_chunks
         WHERE account_id = %(account)s AND import_id = %(id)s AND reverted IS NULL
         ORDER BY number DESC LIMIT 1
        """,
        account=account,
        id=id,
    )


async def pour(tx: Tx, account: int, id: int, chunk: int) -> None:
    """Pour the writes of a chunk into the temporary table `reverting`."""
    await tx.run(
        """
        INSERT INTO reverting (contact_id, round, prior, written, prior_version, version)
        SELECT contact_id, round, prior, written, prior_version, version
          FROM import_changes
         WHERE account_id = (SELECT %(account)s::bigint) AND import_id = (SELECT %(id)s::bigint)
           AND chunk = %(chunk)s
        """,
        account=account,
        id=id,
        chunk=chunk,
    )


async def find_leaving(tx: Tx, account: int, id: int, chunk: Chunk, lists: list[int]) -> None:
    """Find the contacts that a chunk created, with why one stays, in the table `leaving`.

    One stays that somebody wrote since, or said may or may not be written to, that is in a list
    which this import did not put it in, or that another import has found, or that a feature above
    keeps (`keepers`). They are locked, and their writes leave `reverting`.
    """
    await tx.run(LEAVING)
    await tx.run(
        SQL(FIND_LEAVING).format(
            consent=consents.known_since(SQL("c.phone_key"), SQL("c.email"), SQL("c.created_at")),
            others=SQL("").join(
                SQL("WHEN {} THEN {} ").format(kept(SQL("c.id")), Literal(code))
                for code, kept in keepers.items()
            ),
        ),
        **consents.pads(account),
        account=account,
        id=id,
        first=chunk.first_row,
        last=chunk.last_row,
        lists=lists,
    )


async def removable(tx: Tx) -> list[int]:
    """List the contacts in `leaving` that nothing keeps."""
    return await tx.column("SELECT contact_id FROM leaving WHERE code IS NULL ORDER BY contact_id")


async def find_parting(tx: Tx, account: int, id: int, chunk: int, lists: list[int]) -> None:
    """Pour the memberships that a chunk gave into `parting`, save those another import gave too."""
    await tx.run(
        """
        INSERT INTO parting (list_id, contact_id)
        SELECT m.list_id, m.contact_id
          FROM (SELECT list_id, contact_id FROM import_members
                 WHERE account_id = (SELECT %(account)s::bigint)
                   AND import_id = (SELECT %(id)s::bigint) AND chunk = %(chunk)s
                 UNION ALL
                SELECT l, contact_id FROM leaving, unnest(%(lists)s::bigint[]) AS l
                 WHERE code IS NOT NULL) m
         WHERE NOT EXISTS (
               SELECT FROM import_rows s
                 JOIN imports o ON o.account_id = s.account_id AND o.id = s.import_id
                WHERE s.account_id = (SELECT %(account)s::bigint)
                  AND s.contact_id = m.contact_id AND s.import_id <> %(id)s
                  AND s.outcome IN ('UPDATED', 'UNCHANGED')
                  AND NOT o.dry_run AND o.status <> 'REVERTED'
                  AND o.plan -> 'lists' @> to_jsonb(m.list_id))
        """,
        account=account,
        id=id,
        chunk=chunk,
        lists=lists,
    )


async def commit_undo(tx: Tx, account: int, id: int, chunk: int) -> None:
    """Write down what became of a chunk's contacts and writes, and whom it left as they were."""
    await tx.run(
        """
        WITH fates AS MATERIALIZED (
            SELECT contact_id, code, CASE WHEN code IS NULL THEN 'REVERTED' ELSE 'KEPT' END AS fate
              FROM leaving
             UNION ALL
            SELECT v.contact_id,
                   CASE WHEN s.contact_id IS NULL THEN 'deleted_since'
                        WHEN s.code IS NOT NULL THEN s.code
                        WHEN s.kept THEN 'changed_since' END,
                   CASE WHEN s.contact_id IS NULL OR (s.kept AND s.code IS NULL) THEN 'KEPT'
                        WHEN s.code IS NOT NULL THEN 'FAILED' ELSE 'REVERTED' END
              FROM reverting v
              LEFT JOIN restored s ON s.contact_id = v.contact_id AND s.round = v.round
             WHERE NOT EXISTS (SELECT FROM contacts c
                                WHERE c.account_id = (SELECT %(account)s::bigint)
                                  AND c.id = v.contact_id AND c.import_id = %(id)s)
        ), kept AS (
            INSERT INTO import_kept (account_id, import_id, contact_id, outcome, code)
            SELECT %(account)s, %(id)s, contact_id, fate, code FROM fates WHERE fate <> 'REVERTED'
            ON CONFLICT DO NOTHING
        )
        UPDATE import_chunks c
           SET reverted = f.reverted, kept = f.kept, failed = f.failed
          FROM (SELECT count(*) FILTER (WHERE fate = 'REVERTED') AS reverted,
                       count(*) FILTER (WHERE fate = 'KEPT') AS kept,
                       count(*) FILTER (WHERE fate = 'FAILED') AS failed FROM fates) f
         WHERE c.account_id = %(account)s AND c.import_id = %(id)s AND c.number = %(chunk)s
        """,
        account=account,
        id=id,
        chunk=chunk,
    )


async def end_undo(tx: Tx, account: int, id: int) -> None:
    """Say that an import has been taken back."""
    await tx.run(
        "UPDATE imports SET status = 'REVERTED', undone_at = clock_timestamp()"
        " WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
    )
