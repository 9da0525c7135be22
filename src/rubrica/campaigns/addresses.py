"""Which addresses are a person's: what replies and reports are known by."""

from psycopg.sql import SQL, Composable, Composed

from rubrica.db import Tx


async def of(tx: Tx, account: int, ids: list[int]) -> list[str]:
    """Return the addresses of a contact, by whichever of its ids: numbers in their canonical form.

    Those it has, and those that it was sent messages at. One that another contact has is theirs.
    """
    return await tx.column(
        """
        SELECT k.address
          FROM (SELECT unnest(ARRAY[c.email, canonical_number(c.phone_key)]) AS address
                  FROM contacts c
                 WHERE c.account_id = %(account)s AND c.id = ANY(%(ids)s::bigint[])
                 UNION
                SELECT canonical_number(r.address) FROM campaign_recipients r
                 WHERE r.account_id = %(account)s AND r.contact_id = ANY(%(ids)s::bigint[])) AS k
         WHERE k.address IS NOT NULL
           AND NOT EXISTS (SELECT FROM contacts o
                            WHERE o.account_id = %(account)s AND o.id <> ALL(%(ids)s::bigint[])
                              AND o.phone_key = k.address)
           AND NOT EXISTS (SELECT FROM contacts o
                            WHERE o.account_id = %(account)s AND o.id <> ALL(%(ids)s::bigint[])
                              AND o.email = k.address)
         ORDER BY k.address
        """,
        account=account,
        ids=ids,
    )


def among(column: Composable) -> Composed:
    """Tell whether an address, in any writing, is one of `%(addresses)s`."""
    return SQL("canonical_number({}) = ANY(%(addresses)s::text[])").format(column)
