"""What campaigns hold of one contact, for the export of everything about a person."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg.sql import SQL, Identifier

from rubrica.campaigns import addresses, recipients
from rubrica.campaigns.model import RecipientStatus, SendingMode
from rubrica.db import Tx


class MessageTold(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A message that somebody was sent, or was to be sent, and what became of it."""

    campaign_id: int
    campaign_name: str
    channel: SendingMode
    address: str | None
    status: RecipientStatus
    reason: str | None
    claimed_at: datetime | None
    sent_at: datetime | None
    status_at: datetime
    subject: str | None
    """As it lies in the outbox, like the texts: of what a provider took they are not kept."""
    body: str | None
    html_body: str | None


class ReplyTold(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What somebody wrote to us."""

    channel: SendingMode
    address: str
    recipient: str | None
    text: str
    unsubscribed: bool
    at: datetime


async def tell(tx: Tx, account: int, ids: list[int]) -> dict[str, Any]:
    """Return the messages of a contact, by whichever of its ids, and what it answered."""
    return {
        "messages": await _messages(tx, account, ids),
        "replies": await _replies(tx, account, ids),
    }


async def _messages(tx: Tx, account: int, ids: list[int]) -> list[MessageTold]:
    return await tx.all(
        MessageTold,
        SQL(
            "SELECT r.campaign_id, c.name AS campaign_name, r.channel, r.address,"
            "       {} AS status, r.reason, r.claimed_at, r.sent_at, r.status_at,"
            "       o.subject, o.body, o.html_body"
            "  FROM campaign_recipients r"
            "  JOIN campaigns c ON c.account_id = r.account_id AND c.id = r.campaign_id"
            "  LEFT JOIN outbox_messages o ON o.account_id = r.account_id"
            "   AND o.campaign_id = r.campaign_id AND o.recipient = r.number"
            " WHERE r.account_id = %(account)s AND r.contact_id = ANY(%(ids)s::bigint[])"
            " ORDER BY r.campaign_id, r.number"
        ).format(SQL(recipients.STATUS)),
        account=account,
        ids=ids,
    )


async def _replies(tx: Tx, account: int, ids: list[int]) -> list[ReplyTold]:
    return await tx.all(
        ReplyTold,
        SQL(
            "SELECT i.channel, i.address, i.recipient, i.text, i.unsubscribed, i.at"
            "  FROM inbound_messages i WHERE i.account_id = %(account)s AND {}"
            " ORDER BY i.at, i.id"
        ).format(addresses.among(Identifier("i", "address"))),
        account=account,
        addresses=await addresses.of(tx, account, ids),
    )
