"""`Idempotency-Key` over HTTP: on every route that is declared with `once=True`."""

import hashlib
from collections.abc import Callable
from secrets import token_hex
from typing import Any

import msgspec
from litestar.datastructures import UploadFile
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from rubrica.db import Database
from rubrica.idempotency import service
from rubrica.idempotency.model import Answer, Call, read_key
from rubrica.web.bodies import StrictRequest

BLOCK = 1024 * 1024
REFUSED = 400
"""The status from which on an answer is not kept."""


def doing_once(most: int) -> Callable[[ASGIApp], ASGIApp]:
    """Return the middleware; it follows authentication.

    A form that says to be longer than `most` bytes is left for its route to refuse, unread.
    """

    def around(app: ASGIApp) -> ASGIApp:
        async def once(scope: Scope, receive: Receive, send: Send) -> None:
            handler: object = scope.get("route_handler")  # pyright: ignore[reportUnknownMemberType]
            request = StrictRequest(scope, receive, send)
            values = request.headers.getall("idempotency-key", [])
            if not (values and isinstance(handler, HTTPRouteHandler) and handler.opt.get("once")):
                await app(scope, receive, send)
                return
            key = read_key(values)
            # An answer that is kept is given only to those who may make the call.
            guarded: Any = handler
            await guarded.authorize_connection(request)
            if _is_form(request) and (request.content_length or 0) > most:
                await app(scope, receive, send)
                return
            call = Call(request.user.account, key, await _fingerprint(request), token_hex(8))
            await _carried_out(app, scope, receive, send, request.app.state.db, call)

        return once

    return around


async def _carried_out(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, db: Database, call: Call
) -> None:
    """Have a call carried out, or give the answer that it had."""
    try:
        kept = await service.begin(db, call)
    except Exception:
        await _close_files(StrictRequest(scope, receive, send))
        raise
    if kept is not None:
        await _close_files(StrictRequest(scope, receive, send))
        await _give(kept, send)
        return
    messages: list[Message] = []

    async def hold_back(message: Message) -> None:
        messages.append(message)

    once = scope["state"]["db"] = service.OnceDatabase(db, call)
    async with service.alive(db, call):
        try:
            await app(scope, receive, hold_back)
        except Exception:
            await service.end(db, call, None, marked=once.marked)
            raise
        # Kept before it is given: whoever has seen it finds it again.
        answer = _answer(messages)
        good = answer if answer.status < REFUSED else None
        await service.end(db, call, good, marked=once.marked)
    for message in messages:
        await send(message)


async def _fingerprint(request: StrictRequest) -> bytes:
    """Return what tells this call from others: method, address, query, and the body.

    Of a form the fields count, and the SHA-256 of a file: its boundary is another each time.
    """
    if _is_form(request):
        body: Any = sorted([[name, *await _part(v)] for name, v in await _fields(request)])
    else:
        body = await request.body()
    query = request.scope["query_string"]
    told = msgspec.msgpack.encode([request.method, request.scope["path"], query, body])
    return hashlib.sha256(told).digest()


async def _part(value: Any) -> list[str]:
    if not isinstance(value, UploadFile):
        return [str(value)]
    digest = hashlib.sha256()
    await value.seek(0)
    while block := await value.read(BLOCK):
        digest.update(block)
    await value.seek(0)
    return [value.filename, digest.hexdigest()]


def _is_form(request: StrictRequest) -> bool:
    return request.content_type[0] == "multipart/form-data"


async def _fields(request: StrictRequest) -> list[tuple[str, Any]]:
    return list((await request.form()).multi_items())


async def _close_files(request: StrictRequest) -> None:
    """Close the files of a form that no route reads."""
    if _is_form(request):
        for _, value in await _fields(request):
            if isinstance(value, UploadFile):
                await value.close()


def _answer(messages: list[Message]) -> Answer:
    status, headers, body = 500, [], b""
    for message in messages:
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in message["headers"]]
        elif message["type"] == "http.response.body":
            body += message["body"]
    return Answer(status, headers, body)


async def _give(answer: Answer, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    start: Any = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": [*headers, (b"idempotency-replayed", b"true")],
    }
    await send(start)
    body: Any = {"type": "http.response.body", "body": answer.body, "more_body": False}
    await send(body)
