"""Follow a campaign to its end, and send it from here where no worker does."""

import asyncio
import shlex
import signal
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager

import click
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from rubrica.accounts import Account
from rubrica.campaigns import service
from rubrica.campaigns.model import ENDED, Campaign, Totals
from rubrica.campaigns.sending import Sender
from rubrica.cli.parameters import printable, show_table
from rubrica.cli.telling import SOME_LEFT
from rubrica.db import Database
from rubrica.jobs import is_worked
from rubrica.settings import Settings

PAUSE = 0.2
DEFAULT = "default"
"""The account that need not be named."""
ALWAYS = ("queued", "sent", "delivered", "failed", "unknown", "skipped")
"""Counts that are shown while it goes on, also where they are nothing."""


class Ours:
    """A sender of our own, where there is no other. It sends whatever is due."""

    def __init__(self, db: Database, config: Settings) -> None:
        self._sender = Sender(db, config)
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin to send, where we do not yet; raise what ended it."""
        if self._task is None:
            self._task = asyncio.create_task(self._sender.run())
        elif self._task.done():
            self._task.result()

    @property
    def is_begun(self) -> bool:
        """Whether we send."""
        return self._task is not None

    async def end(self) -> None:
        """End once what was handed over is answered: otherwise nobody would know of it."""
        if self._task is not None:
            self._sender.stop()
            await asyncio.wait([self._task])


class Speed(ProgressColumn):
    """Messages a second, of late."""

    def render(self, task: Task) -> Text:
        """Return it, once it is known."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


class Board(Progress):
    """A bar, and below it the counts and what is waited for."""

    said: tuple[str, ...] = ()

    def get_renderables(self) -> Iterable[RenderableType]:
        """Yield the bar, then the lines."""
        yield from super().get_renderables()
        yield from (Text(line) for line in self.said)


async def followed(db: Database, config: Settings, owner: Account, id: int) -> Campaign:
    """Show how far a campaign is until it has ended; return it as it is then."""
    console = Console(stderr=True)
    ours = Ours(db, config)
    with Board(
        TextColumn("Sending"),
        BarColumn(),
        MofNCompleteColumn(),
        Speed(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as board:
        bar = board.add_task("", total=None)
        waited: str | None = None

        def show(now: Campaign) -> None:
            nonlocal waited
            going = now.totals.recipients - now.totals.skipped
            total = going if now.frozen_at else None
            board.update(bar, completed=going - now.totals.queued, total=total)
            waits = _waits(now)
            board.said = (_counts(now.totals), *([waits] if waits else []))
            if waits and waits != waited and not console.is_terminal:
                click.echo(f"! {waits}", err=True)
            waited = waits

        with _cancelled_by_sigterm():
            try:
                return await _ended(db, owner.id, id, ours, show)
            except BaseException:
                board.stop()
                click.echo(not_over(owner, id, ours=ours.is_begun), err=True)
                raise
            finally:
                await ours.end()


async def _ended(
    db: Database, account: int, id: int, ours: Ours, show: Callable[[Campaign], None]
) -> Campaign:
    """Return a campaign once it has ended."""
    while True:
        async with db.read() as tx:
            now = await service.get(tx, account, id)
            alone = not await is_worked(tx)
        show(now)
        if now.status in ENDED:
            return now
        if alone or ours.is_begun:
            ours.begin()
        await asyncio.sleep(PAUSE)


@contextmanager
def _cancelled_by_sigterm() -> Generator[None]:
    """Take SIGTERM like Ctrl-C: what was handed over is still answered."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    before = signal.getsignal(signal.SIGTERM)
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, before)


def called(owner: Account, what: str, id: int) -> str:
    """Return the command that does something with a campaign."""
    account = "" if owner.name == DEFAULT else f" --account {shlex.quote(owner.name)}"
    return f"`rubrica campaign {what} {id}{account}`"


def not_over(owner: Account, id: int, *, ours: bool) -> str:
    """Say that a campaign goes on without us, and how to have it not do so."""
    when = " as soon as `rubrica serve` runs" if ours else ""
    answers = " What was handed over is answered first; Ctrl-C again does not wait." if ours else ""
    return (
        f"Campaign {id} is not over: it goes on{when}. {called(owner, 'pause', id)} holds it,"
        f" {called(owner, 'cancel', id)} ends it.{answers}"
    )


def _waits(now: Campaign) -> str | None:
    """Return what is waited for."""
    if now.status == "PAUSED":
        return "Somebody paused it; it is waited for until it is resumed."
    return printable(f"Waits: {now.waiting_for.message}") if now.waiting_for else None


def _counts(totals: Totals) -> str:
    return " · ".join(
        f"{name} {count:,}"
        for name in Totals.__struct_fields__
        if (count := getattr(totals, name)) or name in ALWAYS
        if name != "recipients"
    )


def show_totals(totals: Totals) -> None:
    """Show how many recipients there are, each counted in one status."""
    counts = ((name, getattr(totals, name)) for name in Totals.__struct_fields__)
    shown = ((name, f"{count:,}") for name, count in counts if count or name in ALWAYS)
    show_table(["people", ""], shown)


def tell(config: Settings, owner: Account, ended: Campaign) -> int:
    """Show what became of a campaign; return the exit code."""
    click.echo(f"Campaign {ended.id}")
    show_totals(ended.totals)
    if ended.status == "FAILED":
        why = printable(ended.error["message"]) if ended.error else "nobody knows why"
        click.echo(f"Error: The campaign failed: {why}", err=True)
        return 1
    if ended.status == "CANCELLED":
        left = f"{ended.totals.queued:,} people were not sent to."
        click.echo(f"Error: Somebody cancelled the campaign; {left}", err=True)
        return 1
    click.echo(f"{called(owner, 'show', ended.id)} tells what was delivered since.", err=True)
    if not (ended.totals.failed or ended.totals.expired or ended.totals.unknown):
        return 0
    click.echo(
        f"GET {config.api_prefix}/campaigns/{ended.id}/recipients?status=FAILED,EXPIRED,UNKNOWN"
        " tells of each why. What is UNKNOWN may have arrived: it is not sent again.",
        err=True,
    )
    return SOME_LEFT
