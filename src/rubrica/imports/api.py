"""Imports over HTTP."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.openapi import ResponseSpec
from litestar.response import ServerSentEvent, ServerSentEventMessage, Stream

from rubrica import audit
from rubrica.accounts import Caller, needs
from rubrica.db import Database
from rubrica.imports import jobs, ledger, queries, recipes, service
from rubrica.imports import rejects as rejected
from rubrica.imports.model import (
    ENDED,
    CardConfirmation,
    Confirmation,
    Import,
    ImportQuery,
    LedgerQuery,
    LedgerRow,
)
from rubrica.paging import BadCursor, Page, page_of, read_cursor, write_cursor
from rubrica.web.bodies import as_sent
from rubrica.web.queries import documents, read_query
from rubrica.web.waiting import seconds_to_wait, until_ended

READ, WRITE = [needs("imports:read")], [needs("imports:write")]


@post(
    "/contacts/mapped/file",
    status_code=202,
    guards=WRITE,
    responses={200: ResponseSpec(Import)},
    once=True,
)
async def confirm(
    request: Request[Any, Any, Any], data: Confirmation, db: Database, caller: Caller
) -> Response[Import]:
    """Confirm an upload: 202 with the import, or 200 where `Prefer: wait` saw its end."""
    return await _confirmed(request, data, db, caller)


@post(
    "/contacts/mapped/vcard",
    status_code=202,
    guards=WRITE,
    responses={200: ResponseSpec(Import)},
    once=True,
)
async def confirm_cards(
    request: Request[Any, Any, Any], data: CardConfirmation, db: Database, caller: Caller
) -> Response[Import]:
    """Confirm an upload of vCards, by the standard mapping where none is given."""
    return await _confirmed(request, data, db, caller)


async def _confirmed(
    request: Request[Any, Any, Any], data: Confirmation, db: Database, caller: Caller
) -> Response[Import]:
    wait, said = seconds_to_wait(request), await as_sent(request)
    async with db.transaction() as tx:
        data = await recipes.filled(tx, caller.account, data, said)
        id = await service.confirm(
            tx, caller.account, caller.default_country, data, f"key {caller.name}", jobs.load
        )
        await audit.record(tx, caller, "import.started", import_=id, dryRun=data.dry_run)
        found = await service.get(tx, caller.account, id)
    return await _awaited(db, caller, found, wait)


async def _awaited(db: Database, caller: Caller, found: Import, wait: int) -> Response[Import]:
    async def look() -> Import:
        async with db.read() as tx:
            return await service.get(tx, caller.account, found.id)

    seen, status = await until_ended(found, wait, look, ENDED)
    return Response(seen, status_code=status)


@get("/imports", guards=READ, operation_class=documents(ImportQuery))
async def index(request: Request[Any, Any, Any], db: Database, caller: Caller) -> Page[Import]:
    """List imports, newest first."""
    query = read_query(request, ImportQuery)
    bound_to = [query.status, query.dry_run]
    async with db.read() as tx:
        found = await queries.find(tx, caller.account, query, _place(query.cursor, bound_to))
        total = await queries.count(tx, caller.account, query) if query.counted else None
    content = found[: query.limit]
    more = len(found) > query.limit
    return page_of(
        content, query, total, write_cursor([content[-1].id], bound_to) if more else None
    )


def _place(cursor: str | None, bound_to: Any) -> int | None:
    if cursor is None:
        return None
    match read_cursor(cursor, bound_to):
        case [int() as place]:
            return place
        case _:
            raise BadCursor


@get("/imports/{import_id:int}", guards=READ)
async def show(import_id: int, db: Database, caller: Caller) -> Import:
    """Show one import: how far it is, and what became of its rows so far."""
    async with db.read() as tx:
        return await service.get(tx, caller.account, import_id)


@get("/imports/{import_id:int}/rows", guards=READ, operation_class=documents(LedgerQuery))
async def outcomes(
    request: Request[Any, Any, Any], import_id: int, db: Database, caller: Caller
) -> Page[LedgerRow]:
    """Show what became of every row, in the order of the file."""
    query = read_query(request, LedgerQuery)
    bound_to = [import_id, query.outcome]
    async with db.read() as tx:
        await service.with_ledger(tx, caller.account, import_id)
        after = _place(query.cursor, bound_to) or 0
        found = await ledger.rows(tx, caller.account, import_id, query, after)
        total = None
        if query.counted:
            total = await ledger.count(tx, caller.account, import_id, query)
    content = found[: query.limit]
    more = len(found) > query.limit
    return page_of(
        content, query, total, write_cursor([content[-1].row], bound_to) if more else None
    )


@get("/imports/{import_id:int}/rejects", guards=READ, media_type="text/csv")
async def rejects(import_id: int, db: Database, caller: Caller) -> Stream:
    """Get the refused rows as CSV, with the reason, ready to be mended and uploaded again."""
    async with db.read() as tx:
        await service.with_ledger(tx, caller.account, import_id)

    async def with_mark() -> AsyncGenerator[str]:
        yield "\ufeff"  # without it Excel reads the file in the code page of its country
        async for block in rejected.lines(db, caller.account, import_id):
            yield block

    name = f"import-{import_id}-rejects.csv"
    return Stream(
        with_mark(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@get("/imports/{import_id:int}/events", guards=READ)
async def events(import_id: int, db: Database, caller: Caller) -> ServerSentEvent:
    """Follow an import by server-sent events: `progress` while it runs, `end` at its end."""
    async with db.read() as tx:
        await service.get(tx, caller.account, import_id)

    async def progress() -> AsyncGenerator[ServerSentEventMessage]:
        last = b""
        while True:
            async with db.read() as tx:
                found = await service.get(tx, caller.account, import_id)
            ended = found.status in ENDED
            now = msgspec.json.encode(found)
            if now != last or ended:
                last = now
                yield ServerSentEventMessage(
                    data=now.decode(), event="end" if ended else "progress"
                )
            if ended:
                return
            await asyncio.sleep(0.5)

    return ServerSentEvent(progress())


@post("/imports/{import_id:int}/cancel", status_code=202, guards=WRITE, once=True)
async def cancel(import_id: int, db: Database, caller: Caller) -> Import:
    """Stop an import after the running chunk; what is in stays in and is accounted for."""
    async with db.transaction() as tx:
        await audit.record(tx, caller, "import.cancelled", import_=import_id)
        return await service.cancel(tx, caller.account, import_id)


@post(
    "/imports/{import_id:int}/undo",
    status_code=202,
    guards=WRITE,
    responses={200: ResponseSpec(Import)},
    once=True,
)
async def undo(
    request: Request[Any, Any, Any], import_id: int, db: Database, caller: Caller
) -> Response[Import]:
    """Take an ended import back, save what was touched since; 200 where `Prefer: wait` saw it."""
    wait = seconds_to_wait(request)
    async with db.transaction() as tx:
        found = await service.undo(tx, caller.account, import_id, jobs.undo)
        await audit.record(tx, caller, "import.undone", import_=import_id)
    return await _awaited(db, caller, found, wait)


router = Router(
    "/",
    route_handlers=[confirm, confirm_cards, index, show, outcomes, rejects, events, cancel, undo],
    tags=["Imports"],
)
