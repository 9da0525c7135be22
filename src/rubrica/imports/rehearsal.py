"""Dry runs: the same statements, over temporary tables that stand before the real ones.

`contacts` is shadowed in a session of its own, and filled, chunk by chunk, with just those stored
contacts that a row could meet. The outcome is that of an import; no contact is locked or written.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from rubrica.db import Database, Tx
from rubrica.imports import foretelling, ledger
from rubrica.imports.model import CUSTOM, Example

FIRST_ID = 2**62
"""Where the ids of contacts begin that exist only in a dry run."""

SHADOWS = (
    "CREATE TEMP TABLE contacts (LIKE public.contacts INCLUDING ALL)",
    "ALTER TABLE pg_temp.contacts ALTER COLUMN id RESTART WITH 4611686018427387904",
    "CREATE TEMP TABLE contact_count_deltas (LIKE public.contact_count_deltas INCLUDING ALL)",
)
FILL = """
    WITH filled AS (
    INSERT INTO pg_temp.contacts
           (account_id, id, external_id, phone_number, phone_key, phone_type, country_code, email,
            first_name, last_name, gender, birth_date, company, language, notes, custom_fields,
            tags, is_valid, is_test, declared_channels, import_id, created_at, updated_at)
    SELECT r.account_id, r.id, r.external_id, r.phone_number, r.phone_key, r.phone_type,
           r.country_code, r.email, r.first_name, r.last_name, r.gender, r.birth_date, r.company,
           r.language, r.notes, r.custom_fields, r.tags, r.is_valid, r.is_test,
           r.declared_channels, r.import_id, r.created_at, r.updated_at
      FROM (SELECT DISTINCT met.id
              FROM incoming i
             CROSS JOIN LATERAL (
                       SELECT c.id FROM public.contacts c
                        WHERE c.account_id = (SELECT %(account)s::bigint)
                          AND c.phone_key = i.phone_key
                        UNION ALL
                       SELECT c.id FROM public.contacts c
                        WHERE c.account_id = (SELECT %(account)s::bigint) AND c.email = i.email
                          AND c.phone_key IS NULL
                        UNION ALL
                       SELECT c.id FROM public.contacts c
                        WHERE c.account_id = (SELECT %(account)s::bigint) AND c.email = i.email
                          AND c.phone_key IS NOT NULL AND i.phone_key IS NULL
                        UNION ALL
                       SELECT c.id FROM public.contacts c
                        WHERE c.account_id = (SELECT %(account)s::bigint)
                          AND c.external_id = i.external_id
                        UNION ALL
                       SELECT c.id FROM public.contacts c
                        WHERE c.account_id = (SELECT %(account)s::bigint) AND c.id = i.id
                       OFFSET 0  -- keeps them look-ups for each row
                   ) met
           ) met
     CROSS JOIN LATERAL (
               SELECT * FROM public.contacts c
                WHERE c.account_id = (SELECT %(account)s::bigint) AND c.id = met.id OFFSET 0
           ) r
    ON CONFLICT (account_id, id) DO NOTHING
    RETURNING id, updated_at
    )
    INSERT INTO import_seen (account_id, import_id, chunk, contact_ids, fingerprint, keys)
    SELECT %(account)s, %(import_id)s, %(chunk)s, coalesce(array_agg(id), '{}'),
           coalesce(bit_xor(contact_fingerprint(id, updated_at)), 0),
           ARRAY(SELECT key_hash('p', phone_key) FROM incoming WHERE phone_key IS NOT NULL
                  UNION
                 SELECT key_hash(CASE WHEN phone_key IS NULL THEN 'e' ELSE 'f' END, email)
                   FROM incoming WHERE email <> ''
                  UNION
                 SELECT key_hash('x', external_id) FROM incoming WHERE external_id <> '')
      FROM filled
"""


class Stage:
    """One session whose `contacts` are not the real ones; it stands in for a `Database`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.examples: dict[str, list[Example]] = {}
        """For each outcome the first rows that have it."""

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Tx]:
        """Begin; commit at the end, or roll back on any exception."""
        async with self._tx.conn.transaction():
            yield self._tx

    read = transaction

    async def look(
        self, account: int, id: int, first: int, last: int, cells: dict[int, list[str]]
    ) -> None:
        """Take examples from the chunk that was just merged."""
        async with self.read() as tx:
            rows = await foretelling.examples(tx, account, id, first, last)
        for row in rows:
            found = self.examples.setdefault(row["outcome"], [])
            if len(found) < foretelling.EXAMPLES:
                found.append(
                    Example(
                        row=row["row"],
                        contact_id=row["contact_id"],
                        code=row["code"],
                        message=row["message"],
                        cells=cells[row["row"]],
                        changes=changes_of(row["prior"] or {}, row["written"] or {}),
                    )
                )


def changes_of(prior: dict[str, Any], written: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return before and after of every field that a row writes over, by the contract's names."""
    found: dict[str, tuple[Any, Any]] = {}
    for column, before in prior.items():
        after = written[column]
        if column == "custom_fields":
            for key in before | after:
                found[CUSTOM + key] = (before.get(key), after.get(key))
        elif column == "declared_channels":
            found["communicationSupported"] = (sorted(before), sorted(after))
        elif column != "phone_key":
            head, *tail = column.split("_")
            found[head + "".join(map(str.capitalize, tail))] = (before, after)
    return {field: pair for field, pair in found.items() if pair[0] != pair[1]}


@asynccontextmanager
async def stage(db: Database, account: int, id: int) -> AsyncGenerator[Stage]:
    """Set a stage for a dry run, which always begins at the beginning."""
    async with db.transaction() as tx:
        await ledger.forget_chunks(tx, account, id)
    async with db.fresh() as tx:
        for statement in SHADOWS:
            await tx.run(statement)
        yield Stage(tx)


async def fill(tx: Tx, account: int, id: int, chunk: int) -> None:
    """Bring in the stored contacts that this chunk's rows could meet; remember what was seen."""
    await tx.run(FILL, account=account, import_id=id, chunk=chunk)
