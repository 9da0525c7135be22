"""Whether the service is alive, and whether it is ready. Neither needs a key."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from litestar import Router, get

from rubrica.db import Database
from rubrica.db.migrate import FOLDER, QUEUE
from rubrica.errors import Unready
from rubrica.storage import Storage

log = structlog.get_logger()
SECONDS = 5
"""How long each part may take to answer."""


class NotReady(Unready):
    """Something that is needed is not ready."""

    code = "not_ready"


@get("/health", sync_to_thread=False)
def health() -> dict[str, str]:
    """Tell that this process is alive; nothing else is looked at."""
    return {"status": "ok"}


@get("/ready")
async def ready(db: Database, storage: Storage) -> dict[str, Any]:
    """Tell whether everything that is needed answers: 200, or 503 and which part does not."""
    parts = {
        "database": await _look(lambda: _database(db)),
        "migrations": await _look(lambda: _migrations(db)),
        "queue": await _look(lambda: _queue(db)),
        "storage": await _look(storage.check),
    }
    wrong = {name: said for name, said in parts.items() if said != "ok"}
    if wrong:
        named = "; ".join(f"{name}: {said}" for name, said in wrong.items())
        raise NotReady(f"Not ready: {named}", parts=parts)
    return {"status": "ready", "parts": parts}


async def _look(check: Callable[[], Awaitable[None]]) -> str:
    """Return `ok`, or in a few words what is wrong."""
    try:
        async with asyncio.timeout(SECONDS):
            await check()
    except TimeoutError:
        return f"no answer within {SECONDS} s"
    except Unready as error:
        return error.detail
    except Exception as error:  # noqa: BLE001 - whatever is wrong is the answer
        # What exactly is for the log: anybody may ask here, and it may name hosts and folders.
        log.warning("not ready", error=str(error))
        return type(error).__name__
    return "ok"


async def _database(db: Database) -> None:
    async with db.read() as tx:
        await tx.value("SELECT 1")


async def _migrations(db: Database) -> None:
    async with db.read() as tx:
        done = set(await tx.column("SELECT name FROM migrations"))
    missing = sorted({QUEUE, *(file.name for file in FOLDER.glob("*.sql"))} - done)
    if missing:
        raise NotReady(f"not applied yet: {', '.join(missing)}")


async def _queue(db: Database) -> None:
    async with db.read() as tx:
        await tx.value("SELECT count(*) FROM (SELECT FROM procrastinate_jobs LIMIT 1) AS job")


router = Router("/", route_handlers=[health, ready], tags=["Around it"])
