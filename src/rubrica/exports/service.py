"""What one can do with exports, where it takes more than one statement."""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import structlog

from rubrica import accounts
from rubrica.db import Database, Tx
from rubrica.errors import Refused
from rubrica.exports import files, model, queries
from rubrica.exports.model import Export, ExportRunning, NoSuchExport, Plan, Wish
from rubrica.exports.sources import sources
from rubrica.jobs import TRANSIENT, Job, enqueue, passes
from rubrica.storage import Kept, Storage

TOLD_SECONDS = 1.0
"""Seconds between two notes of how far an export is."""
log = structlog.get_logger()


async def start(
    tx: Tx, account: int, country: str | None, wish: Wish, created_by: str, job: Job
) -> int:
    """Have an export run by a job; return its id. Refuses what cannot be exported."""
    await plan(tx, account, country, wish)
    require = sources[wish.kind].require
    if require is not None:
        await require(tx, account, wish)
    id = await queries.insert(tx, account, wish, created_by)
    await enqueue(tx, job, account=account, export_id=id, run=1)
    return id


async def again(tx: Tx, account: int, country: str | None, id: int, job: Job) -> None:
    """Have an export run again, on what is there now.

    Contacts that it named by their ids and that are gone since are left out.
    """
    wish = await queries.wish(tx, account, id)
    if wish is None:
        raise NoSuchExport(f"There is no export {id}.")
    await plan(tx, account, country, wish)
    run = await queries.again(tx, account, id)
    if run is None:
        raise ExportRunning(f"Export {id} is running; wait for its end, then run it again.")
    await enqueue(tx, job, account=account, export_id=id, run=run)


async def get(tx: Tx, account: int, id: int) -> Export:
    """Return one export."""
    found = await queries.by_id(tx, account, id)
    if found is None:
        raise NoSuchExport(f"There is no export {id}.")
    return found


async def plan(tx: Tx, account: int, country: str | None, wish: Wish) -> Plan:
    """Read a wish of any kind; refuse what cannot be exported."""
    model.check_options(wish)
    return await sources[wish.kind].plan(tx, account, country, wish)


async def run(db: Database, storage: Storage, account: int, id: int, run: int) -> None:
    """Carry one run of an export to its end; it may be tried again, and by several at a time."""
    async with db.transaction() as tx:
        wish = await queries.wish(tx, account, id)
        if wish is None:
            return
        ending = files.FORMATS[wish.format].ending
        key = f"exports/{account}/{id}-{run}-{secrets.token_hex(8)}.{ending}"
        if not await queries.begin(tx, account, id, run, key):
            return
    try:
        kept, rows = await _write(db, storage, account, id, key, wish)
        async with db.transaction() as tx:
            counts = await queries.complete(tx, account, id, key, kept, rows)
        if not counts:
            await storage.delete(key)
    except Refused as refusal:
        await _fail(db, account, id, key, refusal.code, refusal.detail)
    except Exception as error:
        if passes(error):
            raise
        log.exception("export failed", export_id=id)
        message = f"Something went wrong on our side ({type(error).__name__}); the log tells more."
        await _fail(db, account, id, key, "internal_error", message)


async def _fail(db: Database, account: int, id: int, key: str, code: str, message: str) -> None:
    async with db.transaction() as tx:
        await queries.fail(tx, account, id, key, {"code": code, "message": message})


async def _write(
    db: Database, storage: Storage, account: int, id: int, key: str, wish: Wish
) -> tuple[Kept, int]:
    """Write the file, in one snapshot; return what was stored, and the number of rows."""
    rows = 0
    broken: list[Exception] = []

    def tell(number: int) -> None:
        nonlocal rows
        rows = number

    async def telling() -> None:
        while True:
            await asyncio.sleep(TOLD_SECONDS)
            with suppress(*TRANSIENT):
                async with db.transaction() as tx:
                    await queries.advance(tx, account, id, key, rows)

    async def content(tx: Tx, made: Plan) -> AsyncGenerator[bytes]:
        try:
            async with aclosing(files.FORMATS[wish.format].write(tx, made, tell)) as blocks:
                async for block in blocks:
                    yield block
        except Exception as error:
            broken.append(error)
            raise

    async with db.snapshot() as tx:
        owner = await accounts.account_by_id(tx, account)
        made = await plan(tx, account, owner and owner.default_country, wish)
        teller = asyncio.create_task(telling())
        try:
            # Closed before the transaction ends, which could not end in the middle of a COPY.
            async with aclosing(content(tx, made)) as blocks:
                kept = await storage.put(key, blocks)
        except Exception:
            # The storage reports what broke its source in words of its own.
            if broken:
                raise broken[0] from None
            raise
        finally:
            teller.cancel()
            await asyncio.gather(teller, return_exceptions=True)
    return kept, rows


async def expire(db: Database, storage: Storage) -> None:
    """Delete the files whose time is over, and those that nothing needs any more."""
    async with db.transaction() as tx:
        await queries.expire(tx)
    async with db.read() as tx:
        left = await queries.left_over(tx)
    for each in left:
        for key in each.old_keys:
            await storage.delete(key)
        async with db.transaction() as tx:
            await queries.forget(tx, each)
