"""What people and providers call, without a key: links that end messages, reports, replies."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, Router, get, post

from rubrica import messages, transports
from rubrica.campaigns import feedback, links, unsubscribing
from rubrica.campaigns.links import NoSuchLink
from rubrica.db import Database
from rubrica.messages import PageState
from rubrica.settings import Settings
from rubrica.transports import NoSuchTransport

PAGE = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@get("/unsubscribe/{token:str}", page=True)
async def ask(
    request: Request[Any, Any, Any], token: str, db: Database, config: Settings
) -> Response[str]:
    """Show the page that asks: programs that look into links must not unsubscribe anybody."""
    try:
        ticket = links.read(config, token)
        async with db.read() as tx:
            name = await unsubscribing.whose(tx, ticket)
    except NoSuchLink:
        return _page(request, "UNKNOWN", "")
    return _page(request, "ASK", name)


@post("/unsubscribe/{token:str}", status_code=200, page=True)
async def unsubscribe(
    request: Request[Any, Any, Any], token: str, db: Database, config: Settings
) -> Response[str]:
    """Unsubscribe, by the page's button or by one click in a mail program (RFC 8058)."""
    try:
        ticket = links.read(config, token)
        async with db.transaction() as tx:
            name = await unsubscribing.whose(tx, ticket)
            await unsubscribing.unsubscribe(tx, ticket)
    except NoSuchLink:
        return _page(request, "UNKNOWN", "")
    return _page(request, "DONE", name)


def _page(request: Request[Any, Any, Any], state: PageState, sender: str) -> Response[str]:
    language = messages.page_language(request.headers.get("accept-language"))
    return Response(
        messages.unsubscribe_page(state, language, sender_name=sender),
        status_code=404 if state == "UNKNOWN" else 200,
        headers=PAGE | {"Content-Language": language},
        media_type="text/html",
    )


@post("/delivery-reports/{token:str}", status_code=200)
async def report(
    request: Request[Any, Any, Any], token: str, db: Database, config: Settings
) -> dict[str, int]:
    """Take delivery reports of a provider, in any order, any often."""
    place = transports.read_token(config, token)
    reports = transports.read_reports(await request.body(), _kind(request), datetime.now(UTC))
    async with db.transaction() as tx:
        if await transports.by_id(tx, place.account, place.transport) is None:
            raise NoSuchTransport
        await feedback.take_reports(tx, place.account, place.transport, reports)
    return {"reports": len(reports)}


@post("/inbound/{token:str}", status_code=200)
async def inbound(
    request: Request[Any, Any, Any], token: str, db: Database, config: Settings
) -> dict[str, int]:
    """Take messages that people sent to us; who says STOP gets no more."""
    place = transports.read_token(config, token)
    received = transports.read_inbound(await request.body(), _kind(request), datetime.now(UTC))
    async with db.transaction() as tx:
        transport = await transports.by_id(tx, place.account, place.transport)
        if transport is None:
            raise NoSuchTransport
        await feedback.take_inbound(tx, place.account, place.transport, transport.channel, received)
    return {"messages": len(received)}


def _kind(request: Request[Any, Any, Any]) -> str:
    return request.headers.get("content-type", "")


router = Router("/", route_handlers=[ask, unsubscribe, report, inbound], tags=["Public"])
