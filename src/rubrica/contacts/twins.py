"""Two contacts of an account whose numbers are one, each in a writing of its own.

Such pairs are older than the rule that gives both one key (`phones.keys`): one of the two kept the
key that it had. It is found by no row and no number written anew, until somebody merges the pair.

The index `contacts_twins` holds just these. PostgreSQL takes them for most of the table, and reads
the index only because a few in its order are asked for.
"""

from typing import Any

import msgspec

from rubrica import phones
from rubrica.db import Tx


class Twins(msgspec.Struct, frozen=True):
    """A pair: the key that one of them kept, and their ids in order."""

    key: str
    ids: list[int]


async def mend(tx: Tx) -> int:
    """Give contacts that are alone the key of their number, some at a time; return how many."""
    return await tx.run(
        """
        UPDATE contacts c SET phone_key = canonical_number(c.phone_key)
          FROM (SELECT t.account_id, t.id FROM contacts t
                 WHERE t.phone_key <> canonical_number(t.phone_key)
                   AND NOT EXISTS (SELECT FROM contacts o WHERE o.account_id = t.account_id
                                      AND o.phone_key = canonical_number(t.phone_key)
                                   OFFSET 0)  -- keeps it a look-up for each
                 ORDER BY t.account_id, t.phone_key LIMIT 1000) AS alone
         WHERE c.account_id = alone.account_id AND c.id = alone.id
        """
    )


async def counted(tx: Tx) -> list[dict[str, Any]]:
    """Count the pairs of every account that has any: `account_id`, `pairs`."""
    return await tx.all(
        dict,
        """
        SELECT account_id, count(*) AS pairs
          FROM (SELECT account_id FROM contacts WHERE phone_key <> canonical_number(phone_key)
                 ORDER BY account_id, phone_key LIMIT 100000) AS kept
         GROUP BY account_id ORDER BY account_id
        """,
    )


async def find(tx: Tx, account: int, after: str, limit: int) -> list[Twins]:
    """Return some pairs of an account, in the order of the keys that were kept."""
    return await tx.all(
        Twins,
        """
        SELECT c.phone_key AS key, ARRAY[least(c.id, o.id), greatest(c.id, o.id)] AS ids
          FROM contacts c
          JOIN contacts o ON o.account_id = c.account_id
                         AND o.phone_key = canonical_number(c.phone_key)
         WHERE c.account_id = %(account)s AND c.phone_key > %(after)s
           AND c.phone_key <> canonical_number(c.phone_key)
         ORDER BY c.phone_key LIMIT %(limit)s
        """,
        account=account,
        after=after,
        limit=limit,
    )


def freed(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Return the key that a contact gets when its twin goes."""
    if mine["phone_number"] is None:
        return {}
    key = phones.canonical(mine["phone_number"])
    return {"phone_key": key} if mine["phone_key"] != key == theirs["phone_key"] else {}
