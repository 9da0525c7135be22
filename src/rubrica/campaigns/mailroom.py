"""What lies in the mailroom, page by page: the outbox, delivery reports, replies."""

from datetime import datetime
from typing import Annotated, Any, LiteralString, TypeVar

import msgspec
from psycopg.sql import SQL, Composable

from rubrica import keysets
from rubrica.campaigns.model import Moment, SendingMode
from rubrica.contacts import Id
from rubrica.db import Tx
from rubrica.keysets import Key, Listing
from rubrica.paging import Page, PageQuery
from rubrica.transports import ReportStatus

Text = Annotated[str, msgspec.Meta(max_length=320)]


class OutboxMessage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A message as it would have gone out."""

    id: int
    transport_id: int
    campaign_id: int
    recipient_id: int
    channel: SendingMode
    address: str
    sender: str | None
    subject: str | None
    body: str
    html_body: str | None
    unsubscribe_url: str | None
    at: Moment


class DeliveryReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a provider told of a message; campaign and recipient are null while it is unknown."""

    id: int
    transport_id: int
    message_id: str
    status: ReportStatus
    code: str | None
    address: str | None
    at: Moment
    received_at: Moment
    campaign_id: int | None
    recipient_id: int | None


class InboundMessage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What somebody wrote to us."""

    id: int
    transport_id: int
    channel: SendingMode
    message_id: str | None
    address: str
    """Who wrote it."""
    recipient: str | None
    text: str
    unsubscribed: bool
    """Whether it was taken for a STOP."""
    at: datetime
    received_at: Moment


class OutboxQuery(PageQuery, frozen=True, kw_only=True):
    """Which messages of the outbox, newest first."""

    campaign_id: Id | None = None
    recipient_id: Id | None = None
    address: Text | None = None


class ReportQuery(PageQuery, frozen=True, kw_only=True):
    """Which delivery reports, newest first."""

    transport_id: Id | None = None
    campaign_id: Id | None = None
    message_id: Text | None = None
    known: bool | None = None
    """False: only those of messages that nobody knows."""


class InboundQuery(PageQuery, frozen=True, kw_only=True):
    """Which messages that came in, newest first."""

    transport_id: Id | None = None
    address: Text | None = None
    unsubscribed: bool | None = None


Row = TypeVar("Row", OutboxMessage, DeliveryReport, InboundMessage)
OUTBOX: LiteralString = """
    m.id, m.transport_id, m.campaign_id, m.recipient AS recipient_id, m.channel, m.address,
    m.sender, m.subject, m.body, m.html_body, m.unsubscribe_url, m.at
"""
REPORTS: LiteralString = """
    m.id, m.transport_id, m.provider_id AS message_id, m.status, m.code, m.address, m.at,
    m.received_at, m.campaign_id, m.recipient AS recipient_id
"""
INBOUND: LiteralString = """
    m.id, m.transport_id, m.channel, m.provider_id AS message_id, m.address, m.recipient, m.text,
    m.unsubscribed, m.at, m.received_at
"""


async def outbox(tx: Tx, account: int, query: OutboxQuery) -> Page[OutboxMessage]:
    """Return a page of the outbox."""
    asked: dict[LiteralString, Any] = {
        "m.campaign_id = %(campaign)s": query.campaign_id,
        "m.recipient = %(number)s": query.recipient_id,
        "m.address = %(address)s": query.address,
    }
    return await _page(tx, account, OutboxMessage, OUTBOX, "outbox_messages m", query, asked)


async def reports(tx: Tx, account: int, query: ReportQuery) -> Page[DeliveryReport]:
    """Return a page of delivery reports."""
    asked: dict[LiteralString, Any] = {
        "m.transport_id = %(transport)s": query.transport_id,
        "m.campaign_id = %(campaign)s": query.campaign_id,
        "m.provider_id = %(provider)s": query.message_id,
        "(m.campaign_id IS NOT NULL) = %(known)s": query.known,
    }
    return await _page(tx, account, DeliveryReport, REPORTS, "delivery_reports m", query, asked)


async def inbound(tx: Tx, account: int, query: InboundQuery) -> Page[InboundMessage]:
    """Return a page of what came in."""
    asked: dict[LiteralString, Any] = {
        "m.transport_id = %(transport)s": query.transport_id,
        "m.address = %(address)s": query.address,
        "m.unsubscribed = %(unsubscribed)s": query.unsubscribed,
    }
    return await _page(tx, account, InboundMessage, INBOUND, "inbound_messages m", query, asked)


async def _page(
    tx: Tx,
    account: int,
    kind: type[Row],
    columns: LiteralString,
    source: LiteralString,
    query: PageQuery,
    asked: dict[LiteralString, Any],
) -> Page[Row]:
    parts: list[Composable] = [SQL("m.account_id = %(account)s")]
    values: dict[str, Any] = {"account": account}
    for condition, value in asked.items():
        if value is not None:
            parts.append(SQL(condition))
            values[condition.partition("%(")[2].partition(")s")[0]] = value
    key = Key("m.id", "bigint")
    listing = Listing(kind.__name__, columns, source, parts, values, "id", key, key.column)
    return await keysets.find(tx, kind, query, listing, descending=query.sort_order != "asc")
