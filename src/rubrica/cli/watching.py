"""`rubrica watch`: import every file that is put into a folder."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path

import click
import structlog

from rubrica import wiring
from rubrica.cli import intake
from rubrica.cli.database import opened, reached
from rubrica.cli.folder import SILENT, Claim, Folder
from rubrica.cli.intake import Seen, Terms
from rubrica.cli.parameters import (
    ACCOUNT_OPTION,
    COUNTRY_OPTION,
    NAME,
    printable,
    the_account,
)
from rubrica.cli.telling import SOME_LEFT
from rubrica.db import Database
from rubrica.errors import Invalid, Refused
from rubrica.imports import recipes
from rubrica.jobs import passes
from rubrica.lists import ListExists
from rubrica.settings import Settings

LIFE = 3.0
"""Seconds between two signs of life."""
log = structlog.get_logger()


class Wrong(Invalid):
    """Something went wrong on our side."""

    code = "internal_error"


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@ACCOUNT_OPTION
@click.option(
    "--recipe",
    type=NAME,
    metavar="NAME",
    help="Import as this recipe says. Default: the one that is for the file's headers.",
)
@click.option("--list", "list_name", type=NAME, metavar="NAME", help="Put the contacts into it.")
@COUNTRY_OPTION
@click.option("--once", is_flag=True, help="Take what is there and complete, and end.")
@click.option(
    "--interval",
    type=click.FloatRange(0.05, 3600),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="Between two looks; a file is complete that is the same in both.",
)
def watch(
    folder: Path,
    account: str,
    recipe: str | None,
    list_name: str | None,
    default_country: str | None,
    *,
    once: bool,
    interval: float,
) -> None:
    """Import every file that is put into FOLDER, until Ctrl-C.

    A file goes to its `done` or `failed`, with a report beside it. Without a recipe it is imported
    only where it is sure what its columns are for. Exit code 3, with --once: something failed.
    """
    with reached() as config:
        wiring.wire(config)

        async def run() -> bool:
            async with opened(config) as db:
                async with db.read() as tx:
                    owner = await the_account(tx, account)
                    if recipe is not None:
                        await recipes.named(tx, owner.id, recipe)
                terms = Terms(owner, recipe, list_name, default_country)
                watcher = Watcher(db, config, terms, Folder(folder), interval)
                return await _until_told(watcher.run(once=once))

        well = asyncio.run(run())
    sys.exit(0 if well else SOME_LEFT)


async def _until_told(work: Coroutine[None, None, bool]) -> bool:
    """Do something to its end, or until a signal says to stop; the next start goes on with it."""
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return True
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


class Watcher:
    """One who looks into a folder, and sees to one file at a time."""

    def __init__(
        self, db: Database, config: Settings, terms: Terms, folder: Folder, interval: float
    ) -> None:
        self._db, self._config, self._terms = db, config, terms
        self._folder, self._interval = folder, interval
        self._away = False

    async def run(self, *, once: bool) -> bool:
        """Look, again and again; tell whether everything went well."""
        well = True
        for claim in await asyncio.to_thread(self._folder.left):
            well &= await self._see_to(claim)
        await self._look()
        while True:
            await asyncio.sleep(self._interval)
            for file in await self._look():
                claim = await self._claimed(file)
                if claim is not None:
                    well &= await self._see_to(claim)
            if once:
                return well
            for claim in await self._orphans():
                await self._see_to(claim)

    async def _look(self) -> list[Path]:
        try:
            found = await asyncio.to_thread(self._folder.settled)
        except OSError as error:  # such as a network that is away
            self._tell_of(error)
            return []
        self._away = False
        return found

    async def _claimed(self, file: Path) -> Claim | None:
        try:
            return await asyncio.to_thread(self._folder.claim, file)
        except OSError as error:  # such as a folder that may not be written
            self._tell_of(error)
            return None

    async def _orphans(self) -> list[Claim]:
        with suppress(OSError):
            return await asyncio.to_thread(self._folder.left, SILENT)
        return []

    async def _see_to(self, claim: Claim) -> bool:
        """Import a file and put it in its place, however often that must be tried."""
        life = asyncio.create_task(self._show_life(claim))
        try:
            while True:
                try:
                    seen = await self._seen(claim)
                    return await self._put_away(claim, seen)
                except Exception as error:
                    if isinstance(error, FileNotFoundError) and not claim.path.exists():
                        return True  # somebody took it away, or another watcher has finished it
                    if not passes(error) and not isinstance(error, OSError | ListExists):
                        raise
                    self._tell_of(error)
                await asyncio.sleep(self._interval)
        finally:
            life.cancel()

    async def _seen(self, claim: Claim) -> Seen:
        try:
            return await intake.taken(self._db, self._config, self._terms, claim)
        except Exception as error:
            if passes(error) or isinstance(error, OSError | ListExists):
                raise
            log.exception("a file of a watched folder failed", file=claim.path.name)
            return intake.failed(self._terms, _told(error))

    async def _put_away(self, claim: Claim, seen: Seen) -> bool:
        finish = self._folder.finish
        target = await asyncio.to_thread(finish, claim, seen.place, seen.report)
        self._away = False
        if target is None:
            return True
        line = f"{claim.path.name}: {_balance(seen)} → {seen.place}/{target.name}"
        click.echo(printable(line))
        return seen.place == "done"

    async def _show_life(self, claim: Claim) -> None:
        while True:
            with suppress(OSError):
                await asyncio.to_thread(self._folder.show_life, claim)
            await asyncio.sleep(LIFE)

    def _tell_of(self, error: Exception) -> None:
        """Say once what is waited for."""
        if not self._away:
            click.echo(f"! {printable(str(error))} Trying again.", err=True)
        self._away = True


def _told(error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    return Wrong(f"Something went wrong on our side ({type(error).__name__}); the log tells more.")


def _balance(seen: Seen) -> str:
    if seen.ended is None:
        return " ".join(str(seen.report["failure"]["message"]).split())
    counts = seen.ended.summary
    return (
        f"import {seen.ended.id}, {counts.created:,} created, {counts.updated:,} updated,"
        f" {counts.rejected:,} rejected"
    )
