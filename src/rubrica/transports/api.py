"""Transports over HTTP."""

from typing import Any

from litestar import Request, Router, delete, get, post, put

from rubrica import audit
from rubrica.accounts import Caller, needs
from rubrica.db import Database
from rubrica.settings import Settings
from rubrica.transports import queries, service, settings
from rubrica.transports.queries import Kept
from rubrica.transports.settings import NewTransport, ShownTransport, TransportChange
from rubrica.transports.tokens import token_of

READ, WRITE = [needs("campaigns:read")], [needs("campaigns:write")]


@get("/transports", guards=READ)
async def index(
    request: Request[Any, Any, Any], db: Database, config: Settings, caller: Caller
) -> list[ShownTransport]:
    """List the transports, one for each channel that has one."""
    async with db.read() as tx:
        found = await queries.every(tx, caller.account)
    return [_shown(request, config, kept) for kept in found]


@post("/transports", guards=WRITE, once=True)
async def create(
    request: Request[Any, Any, Any],
    data: NewTransport,
    db: Database,
    config: Settings,
    caller: Caller,
) -> ShownTransport:
    """Say how the messages of a channel leave; 409 where that is said already."""
    async with db.transaction() as tx:
        made = await service.create(tx, caller.account, data)
        await audit.record(tx, caller, "transport.created", transport=made.id)
    return _shown(request, config, made)


@get("/transports/{transport_id:int}", guards=READ)
async def show(
    request: Request[Any, Any, Any],
    transport_id: int,
    db: Database,
    config: Settings,
    caller: Caller,
) -> ShownTransport:
    """Show one transport, without its secrets."""
    async with db.read() as tx:
        found = await service.get(tx, caller.account, transport_id)
    return _shown(request, config, found)


@put("/transports/{transport_id:int}", guards=WRITE)
async def change(
    request: Request[Any, Any, Any],
    transport_id: int,
    data: TransportChange,
    db: Database,
    config: Settings,
    caller: Caller,
) -> ShownTransport:
    """Change what is present; a secret that is absent stays, null clears it."""
    async with db.transaction() as tx:
        await audit.record(tx, caller, "transport.changed", transport=transport_id)
        changed = await service.change(tx, caller.account, transport_id, data)
    return _shown(request, config, changed)


@delete("/transports/{transport_id:int}", guards=WRITE)
async def remove(transport_id: int, db: Database, caller: Caller) -> None:
    """Forget a transport; 409 while a campaign is being sent through it."""
    async with db.transaction() as tx:
        await service.remove(tx, caller.account, transport_id)
        await audit.record(tx, caller, "transport.deleted", transport=transport_id)


def _shown(request: Request[Any, Any, Any], config: Settings, kept: Kept) -> ShownTransport:
    root = (config.public_url or str(request.base_url)).rstrip("/")
    token = token_of(config, kept.account, kept.id)
    return ShownTransport(
        id=kept.id,
        channel=kept.channel,
        kind=kept.kind,
        settings=settings.written(settings.read(kept.kind, kept.settings)),
        secrets_set=sorted(kept.sealed),
        token=token,
        delivery_reports_url=f"{root}/delivery-reports/{token}",
        inbound_url=f"{root}/inbound/{token}",
        created_at=kept.created_at,
        updated_at=kept.updated_at,
    )


router = Router("/", route_handlers=[index, create, show, change, remove], tags=["Transports"])
