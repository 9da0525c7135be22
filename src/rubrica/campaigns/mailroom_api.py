"""The mailroom over HTTP."""

from typing import Any

from litestar import Request, Router, get

from rubrica.accounts import Caller, needs
from rubrica.campaigns import mailroom
from rubrica.campaigns.mailroom import (
    DeliveryReport,
    InboundMessage,
    InboundQuery,
    OutboxMessage,
    OutboxQuery,
    ReportQuery,
)
from rubrica.db import Database
from rubrica.paging import Page
from rubrica.web.queries import documents, read_query

READ = [needs("campaigns:read")]


@get("/outbox", guards=READ, operation_class=documents(OutboxQuery))
async def outbox(
    request: Request[Any, Any, Any], db: Database, caller: Caller
) -> Page[OutboxMessage]:
    """List what went into the outbox: the transport that shows messages and sends none."""
    query = read_query(request, OutboxQuery)
    async with db.read() as tx:
        return await mailroom.outbox(tx, caller.account, query)


@get("/delivery-reports", guards=READ, operation_class=documents(ReportQuery))
async def report_list(
    request: Request[Any, Any, Any], db: Database, caller: Caller
) -> Page[DeliveryReport]:
    """List what providers told of messages, also of messages that nobody knows."""
    query = read_query(request, ReportQuery)
    async with db.read() as tx:
        return await mailroom.reports(tx, caller.account, query)


@get("/inbound", guards=READ, operation_class=documents(InboundQuery))
async def inbound_list(
    request: Request[Any, Any, Any], db: Database, caller: Caller
) -> Page[InboundMessage]:
    """List what people wrote to us."""
    query = read_query(request, InboundQuery)
    async with db.read() as tx:
        return await mailroom.inbound(tx, caller.account, query)


router = Router("/", route_handlers=[outbox, report_list, inbound_list], tags=["Campaigns"])
