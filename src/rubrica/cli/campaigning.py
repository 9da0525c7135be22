"""`rubrica campaign`: a message to everybody in some lists, and what became of it."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from rubrica import audit, lists, wiring
from rubrica.accounts import Account
from rubrica.campaigns import queries, service
from rubrica.campaigns.model import Campaign, CampaignQuery
from rubrica.cli import preflight, sending
from rubrica.cli.database import opened, reached
from rubrica.cli.parameters import (
    ACCOUNT_OPTION,
    NAME,
    by_hand,
    console,
    printable,
    show_table,
    the_account,
)
from rubrica.cli.preflight import MODES, Foretold, Wish
from rubrica.db import Tx
from rubrica.errors import Conflict, Refused
from rubrica.jobs import is_worked
from rubrica.operations import CountChanged
from rubrica.settings import Settings

T = TypeVar("T")
ID = click.IntRange(1, 2**63 - 1)
NOBODY_WORKS = "No worker runs: it goes on as soon as `rubrica serve` does."


class ReachChanged(Conflict):
    """The campaign would reach another number of people than was shown: nothing was sent."""

    code = "reach_changed"


@click.group()
def campaign() -> None:
    """Send a message to everybody in some lists, and see what became of it."""


@campaign.command()
@click.option(
    "--list",
    "list_names",
    required=True,
    multiple=True,
    metavar="NAME",
    help="To whom it goes. Repeatable: who is in several lists gets it once.",
)
@click.option(
    "--exclude",
    "exclude_names",
    multiple=True,
    metavar="NAME",
    help="Not to those in this list. Repeatable.",
)
@ACCOUNT_OPTION
@click.option("--text", help="What it says, such as “Hello {{firstName|friend}}”.")
@click.option(
    "--text-file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="What it says, in UTF-8; - is standard input.",
)
@click.option(
    "--channel",
    type=click.Choice(list(MODES), case_sensitive=False),
    default="sms",
    show_default=True,
    help="How it goes.",
)
@click.option("--subject", help="Of an e-mail.")
@click.option(
    "--html",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The HTML of an e-mail, in UTF-8.",
)
@click.option("--sender", help="From whom it comes.  [default: the transport's]")
@click.option(
    "--name", type=NAME, metavar="NAME", help="Its name.  [default: made of list and date]"
)
@click.option(
    "--throttle",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help="Messages a second at the most.",
)
@click.option(
    "--at",
    metavar="WHEN",
    help="Send it then, such as 2030-12-24T09:00, as clocks show it in the time zone.",
)
@click.option(
    "--timezone", metavar="ZONE", help="Such as Europe/Rome.  [default: that of the account]"
)
@click.option("--dry-run", is_flag=True, help="Only show whom it would reach, and what it says.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def send(
    *,
    text: str | None,
    text_file: Path | None,
    html: Path | None,
    channel: str,
    dry_run: bool,
    yes: bool,
    **said: Any,
) -> None:
    """Send a message to everybody in some lists.

    Shows first how many it reaches, who drops out and why, and asks. Where no worker runs it is
    sent from here. Ctrl-C leaves it going on. Exit code 3: sent, but not to everybody.
    """
    if (text is None) == (text_file is None) and not (text is None and html):
        raise click.UsageError("Say what the message says: either --text or --text-file.")
    if not (yes or dry_run or (sys.stdin.isatty() and str(text_file) != "-")):
        raise click.UsageError("There is no terminal to ask at: say --yes, or --dry-run.")
    wish = Wish(
        text=_read("--text-file", text_file) if text_file else text,
        html=_read("--html", html) if html else None,
        channel=MODES[channel],
        **said,
    )
    _check(wish)
    with reached() as config:
        wiring.wire(config)
        try:
            seen = asyncio.run(preflight.look(config, wish))
            preflight.show(seen)
            if seen.refusal is not None:
                raise seen.refusal
            if dry_run:
                click.echo("A dry run: nothing was sent.")
                return
            if not yes:
                _ask(seen)
            code = asyncio.run(_send(config, seen))
        except Refused as refusal:
            raise click.ClickException(preflight.told(refusal)) from refusal
        except asyncio.CancelledError:
            sys.exit(128 + signal.SIGTERM)
    sys.exit(code)


def _read(option: str, path: Path) -> str:
    """Read a text, without the line breaks that it ends with."""
    content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    try:
        return content.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        message = f"{path} is not in UTF-8: byte {error.start + 1:,} is no letter. Save it anew."
        raise click.BadParameter(message, param_hint=option) from error


def _check(wish: Wish) -> None:
    """Refuse letters that cannot be stored."""
    values = {
        "--list": wish.list_names,
        "--exclude": wish.exclude_names,
        "--text": [wish.text],
        "--subject": [wish.subject],
        "--html": [wish.html],
        "--sender": [wish.sender],
        "--name": [wish.name],
        "--at": [wish.at],
        "--timezone": [wish.timezone],
    }
    for option, texts in values.items():
        if any(text and not _is_text(text) for text in texts):
            message = "It has bytes that are no letters."
            raise click.BadParameter(message, param_hint=option)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _ask(seen: Foretold) -> None:
    wanted, when = seen.campaign, ""
    if wanted.scheduled_date is not None:
        when = f" on {_local(wanted)}"
    question = f"Send “{printable(wanted.name)}” to {seen.goal.reachable:,} people{when}?"
    click.confirm(question, abort=True, err=True)


def _local(of: Campaign) -> str:
    """Say when a campaign is to start, as clocks show it in its time zone."""
    if of.scheduled_date is None:
        return ""
    return f"{of.scheduled_date.astimezone(ZoneInfo(of.timezone)):%Y-%m-%d %H:%M} {of.timezone}"


async def _send(config: Settings, seen: Foretold) -> int:
    """Make the campaign, confirm it as it was shown, and follow it; return the exit code."""
    owner = seen.owner
    async with opened(config) as db:
        async with db.transaction() as tx:
            made = await service.create(tx, owner.id, owner.timezone, seen.wanted, "command line")
            await audit.record(tx, by_hand(owner.id), "campaign.created", campaign=made.id)
            made = await _confirmed(tx, config, seen, made.id)
            await audit.record(tx, by_hand(owner.id), "campaign.confirmed", campaign=made.id)
            worked = await is_worked(tx)
        if made.status == "SCHEDULED":
            click.echo(f"Campaign {made.id} goes out on {_local(made)}.")
            cancel = sending.called(owner, "cancel", made.id)
            click.echo(f"`rubrica serve` must run then. {cancel} takes it back.", err=True)
            return 0
        if not worked:
            click.echo("No worker runs: it is sent from here.", err=True)
        ended = await sending.followed(db, config, owner, made.id)
    return sending.tell(config, owner, ended)


async def _confirmed(tx: Tx, config: Settings, seen: Foretold, id: int) -> Campaign:
    owner, shown = seen.owner, seen.goal.reachable
    try:
        return await service.confirm(tx, config, owner.id, owner.default_country, id, shown)
    except CountChanged as changed:
        raise ReachChanged(
            f"{changed.about['count']:,} people would be reached now, and {shown:,} were shown:"
            " nothing was sent. Say it again to see them."
        ) from changed


@campaign.command("list")
@ACCOUNT_OPTION
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    metavar="N",
    help="How many, the newest first.",
)
def list_campaigns(account: str, limit: int) -> None:
    """List the campaigns of an account, the newest first."""

    async def find(tx: Tx, owner: Account) -> list[Campaign]:
        return (await queries.find(tx, owner.id, CampaignQuery(limit=limit, count="none"))).content

    show_table(
        ["id", "name", "status", "channel", "people", "queued", "made"],
        (
            (
                each.id,
                each.name,
                each.status,
                each.sending_mode,
                f"{each.totals.recipients:,}",
                f"{each.totals.queued:,}",
                _shown(each.created_at),
            )
            for each in _answered(account, find)
        ),
    )


@campaign.command("show")
@click.argument("campaign_id", metavar="CAMPAIGN", type=ID)
@ACCOUNT_OPTION
def show_campaign(campaign_id: int, account: str) -> None:
    """Show a campaign, and what became of it so far."""

    async def find(tx: Tx, owner: Account) -> tuple[Campaign, dict[int, str]]:
        found = await service.get(tx, owner.id, campaign_id)
        named = [*found.contact_list_ids, *found.exclude_list_ids]
        return found, {each.id: each.name for each in await lists.by_ids(tx, owner.id, named)}

    found, names = _answered(account, find)
    facts = {
        "name": found.name,
        "status": found.status,
        "channel": found.sending_mode,
        "to": ", ".join(names.get(id, f"{id} (deleted)") for id in found.contact_list_ids),
        "not to": ", ".join(names.get(id, f"{id} (deleted)") for id in found.exclude_list_ids),
        "sender": found.sender,
        "subject": found.subject,
        "text": " ".join(found.body.split())[: preflight.WORDS],
        "a second": found.throttle_per_second,
        "at": _local(found),
        "made": f"{_shown(found.created_at)} by {found.created_by}",
        "started": _shown(found.started_at),
        "ended": _shown(found.finished_at),
        "waits": found.waiting_for and found.waiting_for.message,
        "error": found.error and found.error["message"],
    }
    show_table([f"campaign {found.id}", ""], ((name, fact) for name, fact in facts.items() if fact))
    console().print()
    sending.show_totals(found.totals)


@campaign.command()
@click.argument("campaign_id", metavar="CAMPAIGN", type=ID)
@ACCOUNT_OPTION
def pause(campaign_id: int, account: str) -> None:
    """Have nothing more go out for now; what is on its way is still answered."""
    _move(account, campaign_id, service.pause, "campaign.paused")


@campaign.command()
@click.argument("campaign_id", metavar="CAMPAIGN", type=ID)
@ACCOUNT_OPTION
def resume(campaign_id: int, account: str) -> None:
    """Go on with a paused campaign."""
    if not _move(account, campaign_id, service.resume, "campaign.resumed"):
        click.echo(NOBODY_WORKS, err=True)


@campaign.command()
@click.argument("campaign_id", metavar="CAMPAIGN", type=ID)
@ACCOUNT_OPTION
@click.option("--yes", is_flag=True, help="Do not ask.")
def cancel(campaign_id: int, account: str, *, yes: bool) -> None:
    """End a campaign for good: who was not sent to will not be."""
    if not (yes or sys.stdin.isatty()):
        raise click.UsageError("There is no terminal to ask at: say --yes.")
    if not yes:

        async def find(tx: Tx, owner: Account) -> Campaign:
            return await service.get(tx, owner.id, campaign_id)

        found = _answered(account, find)
        left = f"{found.totals.queued:,} people still to be sent to"
        question = f"Cancel “{printable(found.name)}”, {found.status}, with {left}?"
        click.confirm(question, abort=True, err=True)
    _move(account, campaign_id, service.cancel, "campaign.cancelled")


def _move(
    account: str, id: int, move: Callable[[Tx, int, int], Awaitable[Campaign]], done: str
) -> bool:
    """Bring a campaign into another status and say so; tell whether a worker runs."""

    async def moved(tx: Tx, owner: Account) -> tuple[Campaign, bool]:
        found = await move(tx, owner.id, id)
        await audit.record(tx, by_hand(owner.id), done, campaign=id)
        return found, await is_worked(tx)

    found, worked = _answered(account, moved)
    click.echo(f"Campaign {found.id} is {found.status}.")
    return worked


def _answered(account: str, ask: Callable[[Tx, Account], Awaitable[T]]) -> T:
    """Do something with an account in a transaction."""

    async def answer(config: Settings) -> T:
        async with opened(config) as db, db.transaction() as tx:
            return await ask(tx, await the_account(tx, account))

    with reached() as config:
        return asyncio.run(answer(config))


def _shown(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""
