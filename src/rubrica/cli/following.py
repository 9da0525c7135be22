"""Follow an import or its undo to the end, and carry it out here where nobody else does."""

import asyncio
import time
from collections.abc import Callable

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rubrica.db import Database
from rubrica.imports import loading, service, undoing
from rubrica.imports.model import ENDED, Import
from rubrica.storage import Storage

PATIENCE = {"PENDING": 1.0, "RUNNING": 30.0, "REVERTING": 3.0}
"""Seconds without a step forward after which the worker is taken for absent. Two loaders at once
do no harm: a chunk is committed once, and taken back once."""
PAUSE = 0.1


def nothing(_now: Import) -> None:
    """Show nothing."""


async def followed(
    db: Database, storage: Storage, account: int, id: int, *, doing: str = "Importing"
) -> Import:
    """Show a bar until the import, or its undo, has ended; return it as it is then."""
    console = Console(stderr=True)
    with Progress(
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        bar = progress.add_task("", total=None)

        def show(now: Import) -> None:
            done, total = _progress(now)
            progress.update(bar, completed=done, total=total)

        try:
            return await ended(db, storage, account, id, show)
        except asyncio.CancelledError:
            progress.stop()
            message = f"Import {id} is not over: it goes on as soon as `rubrica serve` runs."
            click.echo(message, err=True)
            raise


def _progress(now: Import) -> tuple[int, int | None]:
    """Return what is done of how much: rows, or in an undo what it has decided upon."""
    if now.undo is None:
        return now.progress.processed_rows, now.progress.total_rows
    done = now.undo.reverted + now.undo.kept_because_edited + now.undo.failed
    return done, now.summary.created + now.summary.updated


async def ended(
    db: Database,
    storage: Storage,
    account: int,
    id: int,
    show: Callable[[Import], None] = nothing,
) -> Import:
    """Return an import once it has ended."""
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
            if (now.status, _progress(now)) != seen:
                seen, since = (now.status, _progress(now)), time.monotonic()
            if ours is not None and ours.done():
                ours.result()
                ours = None
            if ours is None and time.monotonic() - since > PATIENCE[now.status]:
                work = (
                    undoing.undo(db, account, id)
                    if now.status == "REVERTING"
                    else loading.load(db, storage, account, id)
                )
                ours = asyncio.create_task(work)
            await asyncio.sleep(PAUSE)
    finally:
        if ours is not None and not ours.done():
            ours.cancel()
            await asyncio.wait([ours])
