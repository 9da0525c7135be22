"""The link that ends messages: one press, and its recipient's address is suppressed."""

import msgspec

from rubrica import consents
from rubrica.campaigns.links import NoSuchLink, Ticket
from rubrica.campaigns.model import SendingMode
from rubrica.db import Tx


class _Addressee(msgspec.Struct, frozen=True):
    channel: SendingMode
    key: str | None


async def whose(tx: Tx, ticket: Ticket) -> str:
    """Return the name of the account that a link is of; refuse one whose recipient is not there."""
    name = await tx.value(
        """
        SELECT a.name
          FROM campaign_recipients r JOIN accounts a ON a.id = r.account_id
         WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
           AND r.number = %(recipient)s
        """,
        **ticket._asdict(),
    )
    if name is None:
        raise NoSuchLink
    return name


async def unsubscribe(tx: Tx, ticket: Ticket) -> None:
    """Suppress the address that a message went to; who was erased is suppressed already."""
    found = await tx.one(
        _Addressee,
        """
        SELECT channel, CASE channel WHEN 'EMAIL' THEN address
                                     ELSE canonical_number(address) END AS key
          FROM campaign_recipients
         WHERE account_id = %(account)s AND campaign_id = %(campaign)s AND number = %(recipient)s
        """,
        **ticket._asdict(),
    )
    if found is None:
        raise NoSuchLink
    if found.key is not None:
        reason = f"campaign {ticket.campaign}"
        await consents.unsubscribe(tx, ticket.account, found.channel, found.key, "PERSON", reason)
