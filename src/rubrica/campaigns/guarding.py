"""Transports that campaigns send through, or will: they stay as they are."""

from typing import NamedTuple

from rubrica.campaigns.model import Status, TransportInUse
from rubrica.db import Tx


class _User(NamedTuple):
    id: int
    name: str
    status: Status


async def guard_transport(tx: Tx, account: int, transport: int) -> None:
    """Refuse to let go of a transport that a campaign is being sent through, or is to be."""
    found = await tx.one(
        _User,
        """
        SELECT c.id, c.name, c.status
          FROM campaigns c
          JOIN transports t ON t.account_id = c.account_id AND t.id = %(transport)s
         WHERE c.account_id = %(account)s
           AND ((c.status IN ('SENDING', 'PAUSED') AND c.transport_id = t.id)
                OR (c.status = 'SCHEDULED' AND c.sending_mode = t.channel))
         ORDER BY c.status = 'SCHEDULED', c.id LIMIT 1
        """,
        account=account,
        transport=transport,
    )
    if found is not None:
        raise TransportInUse(
            f"Campaign {found.id}, “{found.name}”, is {found.status} and needs this transport: wait"
            " for its end, or cancel it."
        )
