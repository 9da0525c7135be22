"""Who holds a transport's connections to its peer, where there may be only so many of them."""

from typing import NamedTuple

from rubrica.db import Tx
from rubrica.transports import queries


class Lease(NamedTuple):
    """A connection that a holder may have open."""

    account: int
    transport: int
    slot: int


async def take(
    tx: Tx, account: int, transport: int, slots: int, holder: str, seconds: float
) -> int | None:
    """Take a slot, from 1 to `slots`, that is free or was not renewed in time; None: there is none.

    Every call takes one more, whoever holds others. Takers of one transport wait for each other,
    so that nobody is told that none is free while one is.
    """
    if not await queries.hold_for_lease(tx, account, transport):
        return None
    return await tx.value(
        """
        INSERT INTO transport_leases AS l (account_id, transport_id, slot, holder, held_until)
        SELECT %(account)s, %(transport)s, number, %(holder)s,
               clock_timestamp() + make_interval(secs => %(seconds)s)
          FROM generate_series(1, %(slots)s) AS number
         WHERE NOT EXISTS (
             SELECT FROM transport_leases held
              WHERE held.account_id = %(account)s AND held.transport_id = %(transport)s
                AND held.slot = number AND held.held_until > clock_timestamp())
         ORDER BY number LIMIT 1
            ON CONFLICT (account_id, transport_id, slot)
            DO UPDATE SET holder = EXCLUDED.holder, held_until = EXCLUDED.held_until
                    WHERE l.held_until <= clock_timestamp()
        RETURNING slot
        """,
        account=account,
        transport=transport,
        slots=slots,
        holder=holder,
        seconds=seconds,
    )


async def renew(tx: Tx, holder: str, seconds: float) -> list[Lease]:
    """Hold what one holds for some seconds more, of all accounts; return what that is.

    A slot that is not among it was taken by another meanwhile: its connection is to be closed.
    """
    return await tx.all(
        Lease,
        """
        UPDATE transport_leases
           SET held_until = clock_timestamp() + make_interval(secs => %(seconds)s)
         WHERE holder = %(holder)s
        RETURNING account_id AS account, transport_id AS transport, slot
        """,
        holder=holder,
        seconds=seconds,
    )


async def give_back(tx: Tx, holder: str) -> int:
    """Let go of all that one holds; return how many slots that were."""
    return await tx.run("DELETE FROM transport_leases WHERE holder = %(holder)s", holder=holder)
