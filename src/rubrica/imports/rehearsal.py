"""Dry runs: the same statements, over temporary tables that stand before the real ones.

`contacts` is shadowed in a session of its own, and filled, chunk by chunk, with just those stored
contacts that a row could meet. The outcome is that of an import; no contact is locked or written.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from rubrica.db import Database, Tx
from rubrica.imports import ledger

FIRST_ID = 2**62
"""Where the ids of contacts begin that exist only in a dry run."""

SHADOWS = (
    "CREATE TEMP TABLE contacts (LIKE public.contacts INCLUDING ALL)",
    "ALTER TABLE pg_temp.contacts ALTER COLUMN id RESTART WITH 4611686018427387904",
    "CREATE TEMP TABLE contact_count_deltas (LIKE public.contact_count_deltas INCLUDING ALL)",
)
FILL = """
    INSERT INTO pg_temp.contacts
           (account_id, id, external_id, phone_number, phone_key, phone_type, country_code, email,
            first_name, last_name, gender, birth_date, company, language, notes, custom_fields,
            tags, is_valid, is_test, declared_channels, import_id, created_at, updated_at)
    SELECT account_id, id, external_id, phone_number, phone_key, phone_type, country_code, email,
           first_name, last_name, gender, birth_date, company, language, notes, custom_fields,
           tags, is_valid, is_test, declared_channels, import_id, created_at, updated_at
      FROM public.contacts r
     WHERE r.account_id = %(account)s AND r.id IN (
               SELECT c.id FROM incoming i JOIN public.contacts c
                   ON c.account_id = %(account)s AND c.phone_key = i.phone_key
               UNION
               SELECT c.id FROM incoming i JOIN public.contacts c
                   ON c.account_id = %(account)s AND c.email = i.email
                  AND (c.phone_key IS NULL OR i.phone_key IS NULL)
               UNION
               SELECT c.id FROM incoming i JOIN public.contacts c
                   ON c.account_id = %(account)s AND c.external_id = i.external_id
               UNION
               SELECT c.id FROM incoming i JOIN public.contacts c
                   ON c.account_id = %(account)s AND c.id = i.id)
       AND NOT EXISTS (SELECT FROM pg_temp.contacts s
                        WHERE s.account_id = r.account_id AND s.id = r.id)
"""


class Stage:
    """One session whose `contacts` are not the real ones; it stands in for a `Database`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Tx]:
        """Begin; commit at the end, or roll back on any exception."""
        async with self._tx.conn.transaction():
            yield self._tx

    read = transaction


@asynccontextmanager
async def stage(db: Database, account: int, id: int) -> AsyncGenerator[Stage]:
    """Set a stage for a dry run, which always begins at the beginning."""
    async with db.transaction() as tx:
        await ledger.forget_chunks(tx, account, id)
    async with db.fresh() as tx:
        for statement in SHADOWS:
            await tx.run(statement)
        yield Stage(tx)


async def fill(tx: Tx, account: int) -> None:
    """Bring in the stored contacts that this chunk's rows could meet, as they are now."""
    await tx.run(FILL, account=account)
