"""Every statement on the ledger of imports: chunks, and the outcome of each row.

While an import runs, account and import are compared in sub-selects, for the reason that
`contacts.merging_sql` gives: no statistics know of an import that is new.
"""

from typing import NamedTuple

import msgspec
from psycopg.sql import SQL

from rubrica.db import Tx
from rubrica.imports.model import WORDS, LedgerQuery, LedgerRow, Outcome, as_json
from rubrica.imports.normaliser import Rejected


async def committed_chunks(tx: Tx, account: int, id: int) -> int:
    """Count the chunks that are in."""
    return await tx.value(
        "SELECT count(*)::int FROM import_chunks"
        " WHERE account_id = %(account)s AND import_id = %(id)s",
        account=account,
        id=id,
    )


async def forget_chunks(tx: Tx, account: int, id: int) -> None:
    """Take back what a dry run has booked, so that it can begin anew."""
    await tx.run(
        """
        WITH rows AS (
            DELETE FROM import_rows WHERE account_id = %(account)s AND import_id = %(id)s
        ), seen AS (
            DELETE FROM import_seen WHERE account_id = %(account)s AND import_id = %(id)s
        ), sightings AS (
            DELETE FROM import_sightings WHERE account_id = %(account)s AND import_id = %(id)s
        )
        DELETE FROM import_chunks WHERE account_id = %(account)s AND import_id = %(id)s
        """,
        account=account,
        id=id,
    )


async def book_created(tx: Tx, account: int, id: int, round: int) -> int:
    """Write the rows of a merged round that made a contact into the ledger; return how many."""
    return await tx.run(
        """
        INSERT INTO import_rows (account_id, import_id, row, outcome, contact_id, warnings)
        SELECT %(account)s, %(id)s, r.row, 'CREATED',
               CASE WHEN r.contact_id < 4611686018427387904 THEN r.contact_id END, r.warnings
          FROM resolved r
         WHERE r.round = %(round)s AND r.fate = 'NEW'
        """,
        account=account,
        id=id,
        round=round,
    )


async def book_found(tx: Tx, account: int, id: int, round: int, changed: list[int]) -> None:
    """Write the other rows of a merged round into the ledger.

    A contact that an earlier row of this import has created or found makes a row a DUPLICATE.
    Contacts that exist only in a dry run (`rehearsal.FIRST_ID`) are not named.
    """
    await tx.run(
        """
        INSERT INTO import_rows
               (account_id, import_id, row, outcome, contact_id, code, message, warnings, value)
        SELECT %(account)s, %(id)s, r.row,
               CASE WHEN r.fate = 'REJECTED' THEN 'REJECTED'
                    WHEN seen.already THEN 'DUPLICATE'
                    WHEN r.fate = 'SKIPPED' THEN 'SKIPPED'
                    WHEN r.row = ANY(%(changed)s) THEN 'UPDATED'
                    ELSE 'UNCHANGED' END,
               CASE WHEN r.contact_id < 4611686018427387904
                     AND (r.fate = 'FOUND' OR (r.fate = 'SKIPPED' AND seen.there))
                    THEN r.contact_id END,
               r.code, words.by_code ->> r.code,
               CASE WHEN r.other_id IS NULL THEN r.warnings
                    ELSE coalesce(r.warnings, '[]') || jsonb_build_array(jsonb_build_object(
                        'code', 'other_contact', 'contactId', r.other_id,
                        'message', 'Another contact has the address or number too.')) END,
               CASE WHEN r.fate = 'REJECTED' AND r.code <> 'erased'
                    THEN coalesce(r.phone_number, r.email, r.external_id) END
          FROM resolved r
          CROSS JOIN (SELECT %(words)s::jsonb AS by_code OFFSET 0) AS words
          LEFT JOIN LATERAL (
                   SELECT c.import_id IS NOT DISTINCT FROM %(id)s
                          OR EXISTS (SELECT FROM import_rows s
                                      WHERE s.account_id = (SELECT %(account)s::bigint)
                                        AND s.import_id = (SELECT %(id)s::bigint)
                                        AND s.contact_id = c.id
                                        AND s.outcome IN ('UPDATED', 'UNCHANGED')) AS already,
                          true AS there
                     FROM contacts c
                    WHERE r.fate IN ('FOUND', 'SKIPPED')
                      AND c.account_id = (SELECT %(account)s::bigint) AND c.id = r.contact_id
               ) seen ON true
         WHERE r.round = %(round)s AND r.fate <> 'NEW'
        """,
        account=account,
        id=id,
        round=round,
        changed=changed,
        words=as_json(WORDS),
    )


async def book_folded(tx: Tx, account: int, id: int) -> None:
    """Write the rows that were folded into an earlier one into the ledger."""
    await tx.run(
        """
        INSERT INTO import_rows
               (account_id, import_id, row, outcome, contact_id, code, message, warnings)
        SELECT %(account)s, %(id)s, i.row,
               CASE WHEN h.outcome IN ('REJECTED', 'SKIPPED') THEN h.outcome ELSE 'DUPLICATE' END,
               h.contact_id, h.code, h.message, i.warnings
          FROM incoming i
         CROSS JOIN LATERAL (
                   SELECT r.outcome, r.contact_id, r.code, r.message FROM import_rows r
                    WHERE r.account_id = (SELECT %(account)s::bigint)
                      AND r.import_id = (SELECT %(id)s::bigint) AND r.row = i.head
                   OFFSET 0  -- keeps it a look-up for each row
               ) h
         WHERE i.round = -1
        """,
        account=account,
        id=id,
    )


async def book_rejected(tx: Tx, account: int, id: int, rejected: list[Rejected]) -> None:
    """Write the rows that did not come in into the ledger, with what they held."""
    await tx.copy_in(
        'COPY import_rows (account_id, import_id, row, outcome, code, "column", value, message,'
        " cells) FROM STDIN",
        (
            (account, id, r.row, "REJECTED", r.code, _clean(r.column), _clean(r.value),
             _clean(r.message), as_json(r.cells))
            for r in rejected
        ),
    )  # fmt: skip


class Booked(NamedTuple):
    """A row that is about no contact, and what became of it."""

    row: int
    outcome: Outcome
    warnings: str | None


async def book(tx: Tx, account: int, id: int, rows: list[Booked]) -> None:
    """Write rows that are about no contact into the ledger."""
    await tx.copy_in(
        "COPY import_rows (account_id, import_id, row, outcome, warnings) FROM STDIN",
        ((account, id, *each) for each in rows),
    )


async def keep_cells(tx: Tx, account: int, id: int, cells: dict[int, list[str]]) -> None:
    """Keep what rows held that were refused only when they were merged."""
    await tx.run(
        """
        UPDATE import_rows SET cells = %(cells)s::jsonb -> row::text
         WHERE account_id = %(account)s AND import_id = %(id)s AND row = ANY(%(rows)s)
        """,
        account=account,
        id=id,
        rows=list(cells),
        cells=as_json({str(row): held for row, held in cells.items()}),
    )


async def refused_in_merge(tx: Tx) -> list[int]:
    """List the rows of this chunk that merging refused, and whose cells may be kept."""
    return await tx.column(
        """
        SELECT row FROM resolved WHERE fate = 'REJECTED' AND code <> 'erased'
        UNION ALL
        SELECT i.row FROM incoming i JOIN resolved r ON r.row = i.head
         WHERE i.round = -1 AND r.fate = 'REJECTED' AND r.code <> 'erased'
        """
    )


async def commit_chunk(tx: Tx, account: int, id: int, number: int, first: int, last: int) -> None:
    """Balance a chunk: count the ledger's rows between two row numbers."""
    await tx.run(
        """
        INSERT INTO import_chunks (account_id, import_id, number, first_row, last_row, rows,
                                   created, updated, unchanged, skipped, duplicates, rejected,
                                   rejected_by_code)
        SELECT %(account)s, %(id)s, %(number)s, %(first)s, %(last)s, count(*),
               count(*) FILTER (WHERE outcome = 'CREATED'),
               count(*) FILTER (WHERE outcome = 'UPDATED'),
               count(*) FILTER (WHERE outcome = 'UNCHANGED'),
               count(*) FILTER (WHERE outcome = 'SKIPPED'),
               count(*) FILTER (WHERE outcome = 'DUPLICATE'),
               count(*) FILTER (WHERE outcome = 'REJECTED'),
               (SELECT coalesce(jsonb_object_agg(code, n), '{}')
                  FROM (SELECT code, count(*) AS n FROM import_rows
                         WHERE account_id = (SELECT %(account)s::bigint)
                           AND import_id = (SELECT %(id)s::bigint)
                           AND outcome = 'REJECTED' AND row BETWEEN %(first)s AND %(last)s
                         GROUP BY code) AS codes)
          FROM import_rows
         WHERE account_id = (SELECT %(account)s::bigint)
           AND import_id = (SELECT %(id)s::bigint)
           AND row BETWEEN %(first)s AND %(last)s
        """,
        account=account,
        id=id,
        number=number,
        first=first,
        last=last,
    )


async def missing_rows(tx: Tx, account: int, id: int, rows: list[int]) -> list[int]:
    """Return those of the numbers that are no row's."""
    return await tx.column(
        """
        SELECT number FROM unnest(%(rows)s::bigint[]) AS number
         WHERE NOT EXISTS (SELECT FROM import_rows r WHERE r.account_id = %(account)s
                              AND r.import_id = %(id)s AND r.row = number)
         ORDER BY number
        """,
        account=account,
        id=id,
        rows=rows,
    )


async def rows(tx: Tx, account: int, id: int, query: LedgerQuery, after: int) -> list[LedgerRow]:
    """Return one row of the ledger more than a page holds, from after a row on."""
    outcomes = SQL("AND r.outcome = ANY(%(outcomes)s)" if query.outcome else "")
    return await tx.all(
        LedgerRow,
        SQL(
            'SELECT row, r.outcome, contact_id, r.code, "column", value, message,'
            " coalesce(warnings, '[]') AS warnings,"
            " CASE WHEN k.contact_id IS NOT NULL THEN"
            "   jsonb_build_object('outcome', k.outcome, 'code', k.code) END AS undo"
            " FROM import_rows r"
            " LEFT JOIN import_kept k USING (account_id, import_id, contact_id)"
            " WHERE account_id = %(account)s AND import_id = %(id)s AND row > %(after)s {}"
            " ORDER BY row LIMIT %(limit)s OFFSET %(offset)s"
        ).format(outcomes),
        account=account,
        id=id,
        outcomes=query.outcome,
        after=after,
        limit=query.limit + 1,
        offset=0 if query.cursor else query.page * query.limit,
    )


async def count(tx: Tx, account: int, id: int, query: LedgerQuery) -> int:
    """Count the rows of the ledger."""
    outcomes = SQL("AND outcome = ANY(%(outcomes)s)" if query.outcome else "")
    return await tx.value(
        SQL(
            "SELECT count(*) FROM import_rows"
            " WHERE account_id = %(account)s AND import_id = %(id)s {}"
        ).format(outcomes),
        account=account,
        id=id,
        outcomes=query.outcome,
    )


class Refusal(msgspec.Struct, frozen=True):
    """A refused row as it stood in the file, and why."""

    row: int
    cells: list[str]
    code: str
    message: str


async def rejects(tx: Tx, account: int, id: int, after: int, most: int) -> list[Refusal]:
    """Return refused rows, in the order of the file, from after a row on."""
    return await tx.all(
        Refusal,
        """
        SELECT row, coalesce(cells, '[]') AS cells, coalesce(code, '') AS code,
               coalesce(message, '') AS message
          FROM import_rows
         WHERE account_id = %(account)s AND import_id = %(id)s AND outcome = 'REJECTED'
           AND row > %(after)s
         ORDER BY row LIMIT %(most)s
        """,
        account=account,
        id=id,
        after=after,
        most=most,
    )


async def unbalanced(tx: Tx) -> list[str]:
    """Name the ended imports whose chunks, ledger and number of rows do not agree."""
    return await tx.column(
        """
        SELECT 'import ' || i.id || ' of account ' || i.account_id
          FROM imports i
          LEFT JOIN (
                   SELECT account_id, import_id, sum(rows) AS rows,
                          ARRAY[sum(created), sum(updated), sum(unchanged), sum(skipped),
                                sum(duplicates), sum(rejected)] AS counts
                     FROM import_chunks GROUP BY account_id, import_id
               ) c ON c.account_id = i.account_id AND c.import_id = i.id
          LEFT JOIN (
                   SELECT account_id, import_id, count(*) AS rows,
                          ARRAY[count(*) FILTER (WHERE outcome = 'CREATED'),
                                count(*) FILTER (WHERE outcome = 'UPDATED'),
                                count(*) FILTER (WHERE outcome = 'UNCHANGED'),
                                count(*) FILTER (WHERE outcome = 'SKIPPED'),
                                count(*) FILTER (WHERE outcome = 'DUPLICATE'),
                                count(*) FILTER (WHERE outcome = 'REJECTED')] AS counts
                     FROM import_rows GROUP BY account_id, import_id
               ) r ON r.account_id = i.account_id AND r.import_id = i.id
         WHERE i.finished_at IS NOT NULL AND i.ledger_deleted_at IS NULL
           AND (c.counts IS DISTINCT FROM r.counts
                OR (i.status = 'COMPLETED' AND i.total_rows <> coalesce(r.rows, 0)))
         ORDER BY i.account_id, i.id
        """
    )


def _clean(text: str | None) -> str | None:
    return None if text is None else text.replace("\0", "")
