"""What `rubrica campaign send` shows before anything goes out: whom it reaches, what it says."""

import difflib
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import click
import msgspec
from psycopg import Rollback

from rubrica import consents, contacts, lists, messages, transports
from rubrica.accounts import Account
from rubrica.campaigns import service
from rubrica.campaigns.claiming import Claimed
from rubrica.campaigns.links import Links
from rubrica.campaigns.model import (
    EXCLUSIONS,
    Campaign,
    CampaignGoal,
    Exclusion,
    Goal,
    InvalidCampaign,
    NewCampaign,
    SendingMode,
    check_timezone,
)
from rubrica.campaigns.rendering import Texts
from rubrica.cli.database import opened
from rubrica.cli.parameters import printable, show_table, the_account
from rubrica.contacts import ContactFilter, ContactPage
from rubrica.db import Tx
from rubrica.errors import Conflict, Refused
from rubrica.lists import ContactList, NoSuchList
from rubrica.lists import queries as kept_lists
from rubrica.lists.model import ListQuery
from rubrica.misfits import misfit
from rubrica.settings import Settings
from rubrica.transports import Kind, Message

MODES: dict[str, SendingMode] = {
    "sms": "SMS",
    "email": "EMAIL",
    "rcs": "RCS",
    "whatsapp": "WHATSAPP",
}
CALLED = {"SMS": "SMS", "EMAIL": "E-mail", "RCS": "RCS", "WHATSAPP": "WhatsApp"}
NEAR = 0.5
"""How alike two names must be (difflib's ratio) for one to be meant by the other."""
NAMED = 5
"""Lists that are named where one is not there."""
LISTS = 1000
"""Lists, by name, among which such names are looked for."""
WORDS = 300
"""Characters that are shown of an example."""
OPTIONS = {
    "contactListIds": "--list",
    "excludeListIds": "--exclude",
    "sendingMode": "--channel",
    "body": "--text",
    "htmlBody": "--html",
    "scheduledDate": "--at",
    "throttlePerSecond": "--throttle",
    "sender": "--sender",
    "subject": "--subject",
    "timezone": "--timezone",
    "name": "--name",
}
"""The options of the command line, by the fields that they are for."""
REWORDED = {
    "calculateGoal tells why": "the table says why",
    "give another, or null to send now": "give another, or leave --at out to send now",
}


class OtherSecret(Conflict):
    """Nothing is sent with another secret than the service's: nobody would have unsubscribed."""

    code = "other_secret"


class Wish(NamedTuple):
    """What was asked for on the command line; None: nothing was said of it."""

    list_names: tuple[str, ...]
    exclude_names: tuple[str, ...]
    account: str
    channel: SendingMode
    text: str | None
    subject: str | None
    html: str | None
    sender: str | None
    name: str | None
    throttle: int | None
    at: str | None
    timezone: str | None


class Foretold(NamedTuple):
    """What would become of the campaign if it went out now."""

    owner: Account
    wanted: NewCampaign
    campaign: Campaign
    """As it would be; there is none of this id."""
    goal: CampaignGoal
    kind: Kind
    """Of the transport that it would go by."""
    example: Message | None
    refusal: Refused | None
    """Why it cannot go out."""


async def look(config: Settings, wish: Wish) -> Foretold:
    """Make the campaign, count, try to confirm it, and take everything back."""
    foretold: Foretold | None = None
    async with opened(config) as db, db.transaction() as tx:
        owner = await the_account(tx, wish.account)
        await _check_secret(tx, config, owner)
        wanted = await _wanted(tx, owner, wish)
        draft = await service.create(tx, owner.id, owner.timezone, wanted, "command line")
        goal = await service.goal(tx, owner.id, owner.default_country, draft.id)
        kind = (await transports.for_channel(tx, owner.id, draft.sending_mode)).kind
        example = await _example(tx, config, owner, draft)
        refusal = None
        try:
            await service.confirm(tx, config, owner.id, owner.default_country, draft.id, None)
        except Refused as refused:
            refusal = refused
        foretold = Foretold(owner, wanted, draft, goal, kind, example, refusal)
        raise Rollback
    assert foretold is not None
    return foretold


async def _check_secret(tx: Tx, config: Settings, owner: Account) -> None:
    """Refuse a secret that is not the service's: who opted out is found by it, and links lead."""
    mend = "Say RUBRICA_SECRET, or RUBRICA_DATA_DIR with its file `secret`, as the service has it."
    ours = config.data_dir / "postgres"  # then the data directory is that of the database
    if not (config.secret or (config.data_dir / "secret").exists() or ours.exists()):
        raise OtherSecret(f"There is no secret in {config.data_dir}. {mend}")
    if owner.id in await consents.hashed_otherwise(tx):
        raise OtherSecret(f"Those who opted out were written down with another secret. {mend}")


async def _wanted(tx: Tx, owner: Account, wish: Wish) -> NewCampaign:
    """Return the campaign that was asked for; refuse, all at once, lists that are not there."""
    there = {
        name: await lists.by_name(tx, owner.id, name)
        for name in (*wish.list_names, *wish.exclude_names)
    }
    missing = [name for name, found in there.items() if found is None]
    if missing:
        raise await _no_such_list(tx, owner, missing)
    found = {name: each for name, each in there.items() if each is not None}
    named = [found[name] for name in wish.list_names]
    said: dict[str, Any] = {
        "name": wish.name or _default_name(wish, named, owner),
        "sendingMode": wish.channel,
        "contactListIds": [each.id for each in named],
        "excludeListIds": [found[name].id for name in wish.exclude_names],
        "body": wish.text,
        "subject": wish.subject,
        "htmlBody": wish.html,
        "sender": wish.sender,
        "throttlePerSecond": wish.throttle,
        "scheduledDate": wish.at,
        "timezone": wish.timezone,
    }
    try:
        return msgspec.convert(said, NewCampaign)
    except msgspec.ValidationError as error:
        found_wrong = misfit(error, NewCampaign)
        raise InvalidCampaign(found_wrong.message, errors=[found_wrong]) from error


async def _no_such_list(tx: Tx, owner: Account, missing: list[str]) -> NoSuchList:
    """Name the lists that are not there, each with those that may be meant."""
    query = ListQuery(limit=LISTS, count="none")
    there = {each.name for each in (await kept_lists.find(tx, owner.id, query)).content}
    parts: list[str] = []
    for name in missing:
        meant = _meant(name, there)
        if meant:
            hint = f"Did you mean {_either(meant)}?"
        elif there:
            more = f" and {len(there) - NAMED:,} more" if len(there) > NAMED else ""
            hint = f"There are: {', '.join(f'“{each}”' for each in sorted(there)[:NAMED])}{more}."
        else:
            hint = "There is none yet: `rubrica import --list` makes one."
        parts.append(f"There is no list “{name}” in the account “{owner.name}”. {hint}")
    return NoSuchList(" ".join(parts))


def _meant(name: str, there: set[str]) -> list[str]:
    """Return the names that are alike, or have the one that was written in them."""
    folded = {each.casefold(): each for each in sorted(there)}
    wanted = name.strip().casefold()
    alike = difflib.get_close_matches(wanted, folded, n=NAMED, cutoff=NEAR)
    holding = [each for each in folded if wanted in each and each not in alike]
    return [folded[each] for each in [*alike, *holding][:NAMED]]


def _either(names: list[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def _default_name(wish: Wish, named: list[ContactList], owner: Account) -> str:
    """Return such as “SMS to Customers, 2026-12-24 09:00”, as clocks show it there."""
    zone = ZoneInfo(check_timezone(wish.timezone or owner.timezone))
    when = f", {datetime.now(zone):%Y-%m-%d %H:%M}"
    to = named[0].name if named else "nobody"
    if len(named) > 1:
        more = len(named) - 1
        to += f" and {more} more {'list' if more == 1 else 'lists'}"
    return f"{CALLED[wish.channel]} to {to}"[: 200 - len(when)] + when


async def _example(tx: Tx, config: Settings, owner: Account, draft: Campaign) -> Message | None:
    """Return the message of somebody in the lists, where there is anybody to be written to."""
    by_mail = draft.sending_mode == "EMAIL"
    filter = ContactFilter(
        list_ids=draft.contact_list_ids,
        not_list_ids=draft.exclude_list_ids or None,
        communication_supported=[draft.sending_mode],
        is_valid=None if by_mail else True,
        has_email=True if by_mail else None,
        has_phone=None if by_mail else True,
    )
    context = await contacts.reading(tx, owner.id, owner.default_country)
    page = ContactPage(limit=1, sort_by="id", count="none")
    found, _ = await contacts.find(tx, page, contacts.condition(filter, context))
    if not found:
        return None
    values: dict[str, Any] = msgspec.to_builtins(found[0])
    address = found[0].email if by_mail else found[0].phone_number
    somebody = Claimed(1, address or "", values)
    return Texts(draft).message(owner.id, somebody, Links(config))


def show(seen: Foretold) -> None:
    """Show whom the campaign would reach, who drops out and why, and what it says to somebody."""
    campaign, goal = seen.campaign, seen.goal
    way = "the outbox, which keeps messages and sends none" if seen.kind == "OUTBOX" else seen.kind
    click.echo(printable(f"“{campaign.name}”: {CALLED[campaign.sending_mode]} by {way}") + "\n")
    why: list[Exclusion] = [each for each in EXCLUSIONS if goal.excluded[each]]

    def row(name: str, of: Goal) -> list[str]:
        counts = (of.members, of.people, of.reachable, *(of.excluded[each] for each in why))
        return [name, *(f"{count:,}" for count in counts)]

    head = ["list", "members", "people", "reachable", *(each.replace("_", " ") for each in why)]
    show_table(head, [*(row(each.name, each) for each in goal.lists), row("in all", goal)])
    click.echo()
    if seen.example is not None:
        _show_example(seen.example)


def _show_example(message: Message) -> None:
    said = f"{message.subject} — {message.text}" if message.subject else message.text
    shown = " ".join(printable(said).split())
    cut = shown[:WORDS] + "…" if len(shown) > WORDS else shown
    click.echo(f"To {printable(message.address)}, for example: {cut}")
    if message.channel == "SMS":
        sms = messages.split(message.text)
        parts = f"{len(sms.parts):,} {'part' if len(sms.parts) == 1 else 'parts'}"
        click.echo(f"That is {parts} of SMS: {sms.characters:,} characters, {sms.encoding}.")
    click.echo()


def told(refusal: Refused) -> str:
    """Say a refusal with everything that is wrong, each by its option."""
    parts: list[str] = []
    for error in refusal.errors:
        option = OPTIONS.get(error.field)
        parts.append(f"{option}: {error.message}" if option else error.message)
    parts = [_reworded(" ".join(part.split())) for part in parts or [refusal.detail]]
    return parts[0] if len(parts) == 1 else "\n  ".join([refusal.title, *parts])


def _reworded(text: str) -> str:
    for words, ours in REWORDED.items():
        text = text.replace(words, ours)
    return text
