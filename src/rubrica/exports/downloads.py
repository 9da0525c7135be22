"""Fetching the file of an export by its link: whole, or one range of it (RFC 9110, 14)."""

import re
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from litestar import Request, Response, Router, get, head
from litestar.exceptions import HTTPException
from litestar.response import Stream

from rubrica.db import Database
from rubrica.exports import files, links, queries
from rubrica.exports.model import FileGone
from rubrica.exports.queries import File
from rubrica.settings import Settings
from rubrica.storage import Storage

RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE).fullmatch
MEDIA_TYPES = [format.media_type for format in files.FORMATS.values()]


class Part(NamedTuple):
    """The bytes of a file from `start`, up to and without `end`."""

    start: int
    end: int


@get("/downloads/{token:str}", media_types=MEDIA_TYPES)
async def fetch(
    request: Request[Any, Any, Any], token: str, db: Database, storage: Storage, config: Settings
) -> Stream:
    """Fetch the file of an export; one range of bytes may be asked for."""
    name, file = await _opened(token, db, config)
    part = wanted(request, file)
    start, end = part or Part(0, file.size)
    content = storage.stream(file.storage_key, start, end)
    try:
        # A file that is not there must be found out before the answer has begun.
        first = await anext(content, b"")
    except FileNotFoundError as error:
        raise FileGone from error
    if not first and start < end:
        raise FileGone
    headers = _headers(name, file) | {"Content-Length": str(end - start)}
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    return Stream(
        _with_first(first, content),
        status_code=200 if part is None else 206,
        headers=headers,
        media_type=files.FORMATS[file.format].media_type,
    )


@head("/downloads/{token:str}")
async def look(token: str, db: Database, config: Settings) -> Response[None]:
    """Tell the size and the ETag of a file without fetching it."""
    name, file = await _opened(token, db, config)
    headers = _headers(name, file) | {"Content-Length": str(file.size)}
    # Of `None` Litestar would make JSON, or nothing where the type is none that it knows.
    nothing: Any = b""
    return Response(nothing, headers=headers, media_type=files.FORMATS[file.format].media_type)


async def _opened(token: str, db: Database, config: Settings) -> tuple[str, File]:
    ticket = links.read(config, token)
    async with db.read() as tx:
        file = await queries.file(tx, ticket.account, ticket.export)
    if file is None:
        raise FileGone("The file has been deleted: run the export again.")
    if file.run != ticket.run:
        raise FileGone("The export has been run again since: read it for the new link.")
    of, ending = file.kind.lower().replace("_", "-"), files.FORMATS[file.format].ending
    return f"{of}-{file.finished}-{ticket.export}.{ending}", file


async def _with_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for block in rest:
        yield block


def _headers(name: str, file: File) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": _etag(file),
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }


def _etag(file: File) -> str:
    return f'"{file.sha256}"'


def wanted(request: Request[Any, Any, Any], file: File) -> Part | None:
    """Return the part that is asked for; nothing where it is the whole file.

    Several ranges, units that are not bytes, and a range of another version of the file
    (`If-Range`) are passed over, as RFC 9110 has it. A range beyond the end is 416.
    """
    found = RANGE(request.headers.get("range", ""))
    if found is None or request.headers.get("if-range", _etag(file)) != _etag(file):
        return None
    first, last = found[1], found[2]
    if first:
        start, end = int(first), min(int(last) + 1 if last else file.size, file.size)
        if last and int(last) < start:
            return None
    elif last:
        start, end = max(0, file.size - int(last)), file.size
    else:
        return None
    if start >= end:
        raise HTTPException(
            status_code=416,
            detail=f"The file has {file.size:,} bytes; there are none where the range begins.",
            headers={"Content-Range": f"bytes */{file.size}"},
        )
    return Part(start, end)


router = Router("/", route_handlers=[fetch, look], tags=["Downloads"], security=[])
