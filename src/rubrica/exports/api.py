"""Exports over HTTP, and the links that fetch their files."""

from typing import Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.openapi import ResponseSpec

from rubrica import audit
from rubrica.accounts import Caller, needs
from rubrica.db import Database
from rubrica.exports import jobs, links, queries, service
from rubrica.exports.downloads import router as downloads
from rubrica.exports.links import Ticket
from rubrica.exports.model import ENDED, ContactsExport, Export, ExportQuery, Wish
from rubrica.paging import BadCursor, Page, page_of, read_cursor, write_cursor
from rubrica.settings import Settings
from rubrica.web.queries import documents, read_query
from rubrica.web.waiting import seconds_to_wait, until_ended

READ, WRITE = [needs("exports:read")], [needs("exports:write")]
DONE = {200: ResponseSpec(Export)}


@post("/exports/contacts", status_code=202, guards=WRITE, responses=DONE, once=True)
async def start(
    request: Request[Any, Any, Any],
    db: Database,
    config: Settings,
    caller: Caller,
    data: ContactsExport | None = None,
) -> Response[Export]:
    """Export contacts: 202 with the export, or 200 where `Prefer: wait` saw its end."""
    return await begin(request, data or ContactsExport(), db, config, caller)


async def begin(
    request: Request[Any, Any, Any],
    wish: Wish,
    db: Database,
    config: Settings,
    caller: Caller,
    **about: Any,
) -> Response[Export]:
    """Start an export of any kind and answer it; `about` is what the audit tells of it."""
    async with db.transaction() as tx:
        id = await service.start(
            tx, caller.account, caller.default_country, wish, f"key {caller.name}", jobs.run
        )
        await audit.record(tx, caller, "export.started", export=id, **about)
    return await _ended_or_not(request, id, db, config, caller)


@post("/exports/{export_id:int}", status_code=202, guards=WRITE, responses=DONE, once=True)
async def again(
    request: Request[Any, Any, Any],
    export_id: int,
    db: Database,
    config: Settings,
    caller: Caller,
) -> Response[Export]:
    """Run an export again, on fresh data; the file there is stays until the new one is done."""
    async with db.transaction() as tx:
        await service.again(tx, caller.account, caller.default_country, export_id, jobs.run)
        await audit.record(tx, caller, "export.started", export=export_id)
    return await _ended_or_not(request, export_id, db, config, caller)


async def _ended_or_not(
    request: Request[Any, Any, Any], id: int, db: Database, config: Settings, caller: Caller
) -> Response[Export]:
    async def look() -> Export:
        async with db.read() as tx:
            return await service.get(tx, caller.account, id)

    found, status = await until_ended(await look(), seconds_to_wait(request), look, ENDED)
    return Response(_with_link(request, config, caller, found), status_code=status)


@get("/exports", guards=READ, operation_class=documents(ExportQuery))
async def index(
    request: Request[Any, Any, Any], db: Database, config: Settings, caller: Caller
) -> Page[Export]:
    """List exports, newest first."""
    query = read_query(request, ExportQuery)
    bound_to = ["exports", query.kind, query.status, query.format]
    before = None if query.cursor is None else _place(query.cursor, bound_to)
    async with db.read() as tx:
        found = await queries.find(tx, caller.account, query, before)
        total = await queries.count(tx, caller.account, query) if query.counted else None
    content = [_with_link(request, config, caller, each) for each in found[: query.limit]]
    more = len(found) > query.limit
    return page_of(
        content, query, total, write_cursor([content[-1].id], bound_to) if more else None
    )


def _place(cursor: str, bound_to: Any) -> int:
    match read_cursor(cursor, bound_to):
        case [int() as place]:
            return place
        case _:
            raise BadCursor


@get("/exports/{export_id:int}", guards=READ)
async def show(
    request: Request[Any, Any, Any],
    export_id: int,
    db: Database,
    config: Settings,
    caller: Caller,
) -> Export:
    """Show one export: how far it is, and where its file can be fetched."""
    async with db.read() as tx:
        found = await service.get(tx, caller.account, export_id)
    return _with_link(request, config, caller, found)


def _with_link(
    request: Request[Any, Any, Any], config: Settings, caller: Caller, export: Export
) -> Export:
    if export.file_run is None or not export.is_available_for_download:
        return export
    token = links.sign(config, Ticket(caller.account, export.id, export.file_run))
    root = (config.public_url or str(request.base_url)).rstrip("/")
    return msgspec.structs.replace(export, download_url=f"{root}/downloads/{token}")


router = Router("/", route_handlers=[start, again, index, show], tags=["Exports"])

__all__ = ["begin", "downloads", "router"]
