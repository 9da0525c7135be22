"""Every statement on mirroring: who leaves a list because no row names them.

A refused row names somebody too: what it would have meant is looked up in `public.contacts`, since
in a dry run `contacts` is a shadow that lacks whoever only a refused row means.
"""

from collections.abc import Iterable, Sequence

from psycopg.sql import SQL

from rubrica.contacts import Newcomer
from rubrica.db import Tx

PREPARE = SQL(
    "CREATE TEMP TABLE IF NOT EXISTS sighted"
    " (row bigint, phone_key text, email text, external_id text, id bigint); TRUNCATE sighted"
).format()


async def pour(tx: Tx, refused: Iterable[Newcomer]) -> None:
    """Pour the keys of the refused rows of a chunk into the temporary table `sighted`."""
    await tx.run(PREPARE)
    await tx.copy_in(
        "COPY sighted (row, phone_key, email, external_id, id) FROM STDIN",
        (
            (
                n.row,
                n.phone_key,
                n.email or None,
                n.external_id or None,
                n.contact_id and int(n.contact_id),
            )
            for n in refused
        ),
    )
    await tx.run(
        "INSERT INTO sighted SELECT row, phone_key, email, external_id, id"
        "  FROM resolved WHERE fate = 'REJECTED'"
    )


async def book_sightings(tx: Tx, account: int, id: int, match_by: Sequence[str]) -> None:
    """Write down whom the refused rows of a chunk may mean: whoever any of their keys finds."""
    await tx.run(
        """
        INSERT INTO import_sightings (account_id, import_id, contact_id)
        SELECT DISTINCT %(account)s, %(id)s, h.id
          FROM sighted s
         CROSS JOIN LATERAL (
                   SELECT 'phoneNumber' AS key, c.id FROM public.contacts c
                    WHERE c.account_id = (SELECT %(account)s::bigint) AND c.phone_key = s.phone_key
                    UNION ALL
                   SELECT 'email', c.id FROM public.contacts c
                    WHERE c.account_id = (SELECT %(account)s::bigint) AND c.email = s.email
                      AND (c.phone_key IS NULL OR s.phone_key IS NULL)
                    UNION ALL
                   SELECT 'externalId', c.id FROM public.contacts c
                    WHERE c.account_id = (SELECT %(account)s::bigint)
                      AND c.external_id = s.external_id
                    UNION ALL
                   SELECT 'id', c.id FROM public.contacts c
                    WHERE c.account_id = (SELECT %(account)s::bigint) AND c.id = s.id
               ) h
         WHERE h.key = ANY(%(match_by)s)
        ON CONFLICT DO NOTHING
        """,
        account=account,
        id=id,
        match_by=list(match_by),
    )


async def find_leavers(tx: Tx, account: int, id: int, lists: list[int]) -> int:
    """Pour the memberships of those whom no row names into `parting`; return how many they are."""
    return await tx.run(
        """
        INSERT INTO parting (list_id, contact_id)
        SELECT m.list_id, m.contact_id
          FROM list_members m
          JOIN lists l ON l.account_id = m.account_id AND l.id = m.list_id AND l.deleted_at IS NULL
         WHERE m.account_id = %(account)s AND m.list_id = ANY(%(lists)s::bigint[])
           AND NOT EXISTS (SELECT FROM import_rows r
                            WHERE r.account_id = %(account)s AND r.import_id = %(id)s
                              AND r.contact_id = m.contact_id)
           AND NOT EXISTS (SELECT FROM import_sightings s
                            WHERE s.account_id = %(account)s AND s.import_id = %(id)s
                              AND s.contact_id = m.contact_id)
        """,
        account=account,
        id=id,
        lists=lists,
    )


async def book_removals(tx: Tx, account: int, id: int) -> None:
    """Write down the memberships in `parting`, so that an undo can put them back."""
    await tx.run(
        """
        INSERT INTO import_removals (account_id, import_id, list_id, contact_id)
        SELECT %(account)s, %(id)s, list_id, contact_id FROM parting
        """,
        account=account,
        id=id,
    )


async def set_removals(tx: Tx, account: int, id: int, removals: int) -> None:
    """Tell how many memberships mirroring ended, or would end."""
    await tx.run(
        "UPDATE imports SET removals = %(removals)s WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
        removals=removals,
    )


async def removed(tx: Tx, account: int, id: int) -> None:
    """Pour the memberships that mirroring ended into `joining`."""
    await tx.run(
        """
        INSERT INTO joining (list_id, contact_id)
        SELECT list_id, contact_id FROM import_removals
         WHERE account_id = %(account)s AND import_id = %(id)s
        """,
        account=account,
        id=id,
    )
