"""Every statement on `contact_merges`: one function, one statement."""

from rubrica.db import Tx


async def survivor(tx: Tx, account: int, old: int) -> int | None:
    """Return the contact that a former one was merged into."""
    return await tx.value(
        "SELECT survivor_id FROM contact_merges"
        " WHERE account_id = %(account)s AND old_id = %(old)s",
        account=account,
        old=old,
    )


async def into(tx: Tx, account: int, id: int) -> list[int]:
    """Return the ids of the contacts that were merged into one."""
    return await tx.column(
        "SELECT old_id FROM contact_merges WHERE account_id = %(account)s AND survivor_id = %(id)s"
        " ORDER BY old_id",
        account=account,
        id=id,
    )


async def write(tx: Tx, account: int, old: int, survivor: int) -> None:
    """Remember that a contact is about to go into another, and all that went into it before."""
    await tx.run(
        """
        WITH before AS (
            UPDATE contact_merges SET survivor_id = %(survivor)s
             WHERE account_id = %(account)s AND survivor_id = %(old)s
        )
        INSERT INTO contact_merges (account_id, old_id, survivor_id)
        VALUES (%(account)s, %(old)s, %(survivor)s)
        """,
        account=account,
        old=old,
        survivor=survivor,
    )
