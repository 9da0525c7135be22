"""What providers say of contacts' numbers."""

from typing import Literal

from rubrica.db import Tx


async def call_invalid(tx: Tx, account: int, numbers: dict[int, str]) -> int:
    """Take the numbers of contacts, by id, for invalid, as a provider called them.

    Not where a contact has another number by now. Returns how many were valid before.
    """
    return await tx.run(
        """
        UPDATE contacts c
           SET is_valid = false, invalid_number = c.phone_number, updated_at = clock_timestamp()
          FROM (SELECT * FROM unnest(%(ids)s::bigint[], %(numbers)s::text[]) AS t (id, number)
                 ORDER BY id) AS told
         WHERE c.account_id = %(account)s AND c.id = told.id
           AND canonical_number(c.phone_key) = canonical_number(told.number)
           AND (c.is_valid OR c.invalid_number IS DISTINCT FROM c.phone_number)
        """,
        account=account,
        ids=list(numbers),
        numbers=list(numbers.values()),
    )


async def invalid_source(tx: Tx, account: int, id: int) -> Literal["PROVIDER"] | None:
    """Tell who called a contact's number invalid: PROVIDER, or nobody outside."""
    return await tx.value(
        "SELECT 'PROVIDER' FROM contacts WHERE account_id = %(account)s AND id = %(id)s"
        " AND NOT is_valid AND invalid_number = phone_number",
        account=account,
        id=id,
    )
