"""Follow an import to its end, and carry it out here where nobody else does."""

import asyncio
import time
from collections.abc import Callable

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rubrica.db import Database
from rubrica.imports import loading, service
from rubrica.imports.model import ENDED, Import
from rubrica.storage import Storage

PATIENCE = {"PENDING": 1.0, "RUNNING": 30.0}
"""Seconds without a step forward after which the worker is taken for absent. Two loaders at once
do no harm: a chunk is committed once."""
PAUSE = 0.1


async def followed(db: Database, storage: Storage, account: int, id: int) -> Import:
    """Show a bar until the import has ended; return it as it is then."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("Importing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        bar = progress.add_task("", total=None)

        def show(now: Import) -> None:
            progress.update(
                bar, completed=now.progress.processed_rows, total=now.progress.total_rows
            )

        try:
            return await _followed(db, storage, account, id, show)
        except asyncio.CancelledError:
            progress.stop()
            message = f"Import {id} is not over: it goes on as soon as `rubrica serve` runs."
            click.echo(message, err=True)
            raise


async def _followed(
    db: Database, storage: Storage, account: int, id: int, show: Callable[[Import], None]
) -> Import:
    ours: asyncio.Task[None] | None = None
    seen, since = None, time.monotonic()
    try:
        while True:
            async with db.read() as tx:
                now = await service.get(tx, account, id)
            show(now)
            if now.status in ENDED:
                if ours is not None:
                    await ours
                return now
            if (now.status, now.progress.processed_rows) != seen:
                seen, since = (now.status, now.progress.processed_rows), time.monotonic()
            if ours is not None and ours.done():
                ours.result()
                ours = None
            if ours is None and time.monotonic() - since > PATIENCE[now.status]:
                ours = asyncio.create_task(loading.load(db, storage, account, id))
            await asyncio.sleep(PAUSE)
    finally:
        if ours is not None and not ours.done():
            ours.cancel()
            await asyncio.wait([ours])
