"""Files: uploads waiting to be imported, exports waiting to be fetched. A folder, or any bucket."""

import asyncio
import hashlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from rubrica.deadlines import NEVER, Deadline
from rubrica.settings import Settings

BLOCK = 1024 * 1024
"""Bytes read or written at a time."""
AT_ONCE = 1000
"""Keys that are named at a time."""


class Kept(NamedTuple):
    """What was stored: bytes, and their SHA-256 in hexadecimal."""

    size: int
    sha256: str


class Storage:
    """Files by their keys, such as `uploads/1/abc`."""

    def __init__(self, url: str) -> None:
        self._folder: Path | None = None
        if "://" in url and not url.startswith("file://"):
            self._store: ObjectStore = from_url(url)
        else:
            self._folder = Path(url.removeprefix("file://"))
            # People's addresses: for nobody else's eyes. A folder that is there stays as it is.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._store = LocalStore(self._folder, mkdir=True)

    async def put(self, key: str, blocks: AsyncIterator[bytes]) -> Kept:
        """Store what comes, a block at a time. Nothing is stored where the source breaks off.

        However it ends, the source is left alone from then on, and may be closed.
        """
        size, digest = 0, hashlib.sha256()
        asked: asyncio.Future[bytes | None] | None = None

        async def measured() -> AsyncIterator[bytes]:
            nonlocal size, asked
            while True:
                asked = asyncio.ensure_future(anext(blocks, None))
                block = await asked
                if block is None:
                    return
                size += len(block)
                digest.update(block)
                yield block

        self._make_room(key)
        try:
            await obstore.put_async(self._store, key, measured(), max_concurrency=4)
            if self._folder is not None:
                (self._folder / key).chmod(0o600)
        finally:
            # Where we are cancelled, obstore lets go of a question that is still being answered.
            if asked is not None and not asked.done():
                asked.cancel()
                await asyncio.wait([asked])
        return Kept(size, digest.hexdigest())

    def _make_room(self, key: str) -> None:
        """Make the folders that a file stands in, as private as the first."""
        if self._folder is not None:
            for parent in reversed(Path(key).parents):
                (self._folder / parent).mkdir(mode=0o700, exist_ok=True)

    async def stream(
        self, key: str, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Yield the bytes of a file from `start`, up to and without `end`."""
        size = (await obstore.head_async(self._store, key))["size"]
        stop = size if end is None else min(end, size)
        while start < stop:
            upto = min(start + BLOCK, stop)
            yield bytes(await obstore.get_range_async(self._store, key, start=start, end=upto))
            start = upto

    async def delete(self, key: str) -> None:
        """Delete a file; one that is gone already is no error."""
        if self._folder is not None:
            (self._folder / key).unlink(missing_ok=True)
            return
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return

    async def old(self, prefix: str, age: timedelta) -> AsyncIterator[list[str]]:
        """Yield the keys below a prefix that were written so long ago or before, some at a time.

        In a folder also of what was being written when a kill came: `uploads/1/abc#1`.
        """
        until = datetime.now(UTC) - age
        if self._folder is not None:
            found = await asyncio.to_thread(_old, self._folder, prefix, until.timestamp())
            for start in range(0, len(found), AT_ONCE):
                yield found[start : start + AT_ONCE]
            return
        async for files in obstore.list(  # pyright: ignore[reportUnknownMemberType]
            self._store, prefix, chunk_size=AT_ONCE
        ):
            yield [file["path"] for file in files if file["last_modified"] <= until]

    async def check(self) -> None:
        """Write, read and delete a small file; raises where that cannot be done."""
        key = f"check/{secrets.token_hex(8)}"  # of its own: several may ask at once
        self._make_room(key)
        await obstore.put_async(self._store, key, b"ok")
        await obstore.delete_async(self._store, key)

    @contextmanager
    def local(self, key: str, deadline: Deadline = NEVER) -> Generator[Path]:
        """Have a file as a path, for readers that need one. Blocks: call it in a thread.

        Raises TimeIsUp where it is not here by the deadline.
        """
        if self._folder is not None:
            yield self._folder / key
            return
        with tempfile.NamedTemporaryFile(prefix="rubrica-") as copy:
            for block in obstore.get(self._store, key).stream(min_chunk_size=BLOCK):
                deadline.check()
                copy.write(block)
            copy.flush()
            yield Path(copy.name)


def _old(folder: Path, prefix: str, until: float) -> list[str]:
    found: list[str] = []
    for file in (folder / prefix).rglob("*"):
        with suppress(FileNotFoundError):  # it has gone meanwhile
            if file.is_file() and file.stat().st_mtime <= until:
                found.append(file.relative_to(folder).as_posix())
    return found


def open_storage(config: Settings) -> Storage:
    """Return the storage that the settings name."""
    return Storage(config.storage_url or str(config.data_dir / "files"))
