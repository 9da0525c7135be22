"""The worker process: does the jobs, and keeps the house."""

import asyncio
import gc
import math
import os
import sys
import time

import structlog
from procrastinate import PsycopgConnector

from rubrica import contacts, exports, idempotency, lifeline, lists, settings, wiring
from rubrica.campaigns import fold_counts as fold_campaign_counts
from rubrica.campaigns.sending import Sender
from rubrica.contacts import jobs as contact_jobs
from rubrica.db import Database
from rubrica.exports import jobs as export_jobs
from rubrica.imports import jobs as import_jobs
from rubrica.imports import retention, uploads
from rubrica.imports import service as imports
from rubrica.jobs import HEARTBEAT, STALLED, queue, rescue
from rubrica.lists import jobs as list_jobs
from rubrica.settings import Settings
from rubrica.storage import Storage, open_storage

JOBS = (contact_jobs, export_jobs, import_jobs, list_jobs)
"""Imported so that the queue knows them."""
CONCURRENT = 4
"""Jobs that one worker does at a time; each waits for PostgreSQL most of its life."""
TIDY_SECONDS = 10
SWEEP_SECONDS = 3600
"""Between two looks for files that nothing names: all of the storage's uploads are listed."""
FAREWELL_SECONDS = 5
"""For the answers to what was handed over before we were told to stop."""
log = structlog.get_logger()


async def work(config: Settings) -> None:
    """Work until told to stop."""
    wiring.wire(config)
    db = Database(config.database_url, size=config.pool_size)
    storage = open_storage(config)
    await db.open()
    sender = Sender(db, config)
    connector = PsycopgConnector(conninfo=config.database_url)
    with queue.replace_connector(connector) as app:
        async with app.open_async():
            aside = [asyncio.create_task(rescue()), asyncio.create_task(tidy(db, storage))]
            sending = asyncio.create_task(sender.run())
            await app.run_worker_async(
                concurrency=CONCURRENT,
                additional_context={"db": db, "storage": storage},
                update_heartbeat_interval=HEARTBEAT,
                stalled_worker_timeout=STALLED,
                fetch_job_polling_interval=1.0,
                shutdown_graceful_timeout=1.0,
                delete_jobs="always",
            )
            for task in aside:
                task.cancel()
            sender.stop()
            await asyncio.wait([sending], timeout=FAREWELL_SECONDS)
    await db.close()


async def tidy(db: Database, storage: Storage) -> None:
    """Fold counts and remove what has expired, for ever."""
    swept = -math.inf
    while True:
        try:
            await tidy_once(db, storage)
            if time.monotonic() - swept > SWEEP_SECONDS:
                await imports.sweep(db, storage)
                swept = time.monotonic()
        except Exception as error:  # noqa: BLE001 - the database may be away: try again
            log.warning("cannot tidy", error=str(error))
        await asyncio.sleep(TIDY_SECONDS)


async def tidy_once(db: Database, storage: Storage) -> None:
    """Fold counts and remove what has expired."""
    async with db.transaction() as tx:
        await contacts.fold_totals(tx)
    async with db.transaction() as tx:
        await contacts.mend_keys(tx)
    async with db.transaction() as tx:
        await lists.fold_counts(tx)
    async with db.transaction() as tx:
        await fold_campaign_counts(tx)
    async with db.transaction() as tx:
        await lists.purge(tx)
    async with db.transaction() as tx:
        await idempotency.forget_expired(tx)
    async with db.transaction() as tx:
        expired = await uploads.delete_expired(tx)
    for key in expired:
        await storage.delete(key)
    await retention.delete_old_ledgers(db)
    await exports.expire(db, storage)


def tune() -> None:
    """Set the interpreter up for loading: many small objects, and a thread beside the loop.

    A chunk is prepared in a thread, which must not keep the loop waiting for the usual 5 ms a turn:
    a statement takes several turns. What a chunk holds is freed by counting, so that searching it
    for cycles is in vain.
    """
    sys.setswitchinterval(0.00005)
    gc.set_threshold(200_000, 20, 100)


def main() -> None:
    """Run a worker until SIGTERM."""
    lifeline.follow_parent()
    tune()
    config = settings.read(os.environ)
    asyncio.run(work(config))


if __name__ == "__main__":
    main()
