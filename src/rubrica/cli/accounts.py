"""Accounts and API keys, on the command line."""

import asyncio
from datetime import datetime

import click

from rubrica import audit, contacts
from rubrica.accounts import SCOPES, model, queries, service
from rubrica.accounts.model import Account, Key, KeyWish, NewKey, NoSuchKey
from rubrica.cli.database import opened, reached
from rubrica.cli.parameters import (
    COUNTRY_OPTION,
    MOMENT,
    NAME,
    QUOTA,
    by_hand,
    show_table,
    the_account,
)
from rubrica.settings import Settings


@click.group()
def accounts() -> None:
    """Make and list accounts."""


@accounts.command("create")
@click.argument("name", type=NAME)
@COUNTRY_OPTION
def create_account(name: str, default_country: str | None) -> None:
    """Make an account; its id is printed."""

    async def create(config: Settings) -> int:
        async with opened(config) as db, db.transaction() as tx:
            id = await service.create_account(tx, name, default_country)
            await audit.record(tx, by_hand(id), "account.created", account=id)
            return id

    with reached() as config:
        click.echo(asyncio.run(create(config)))


@accounts.command("list")
def list_accounts() -> None:
    """List the accounts."""

    async def find(config: Settings) -> list[Account]:
        async with opened(config) as db, db.read() as tx:
            return await queries.all_accounts(tx)

    with reached() as config:
        found = asyncio.run(find(config))
    show_table(
        ["id", "name", "default country", "created"],
        ((a.id, a.name, a.default_country, _moment(a.created_at)) for a in found),
    )


@accounts.command("quota")
@click.argument("name", type=NAME)
@click.argument("limit", type=QUOTA)
def set_quota(name: str, limit: int | None) -> None:
    """Let an account have so many contacts, or any number: none. Those it has stay."""

    async def change(config: Settings) -> contacts.Quota:
        async with opened(config) as db, db.transaction() as tx:
            owner = await the_account(tx, name)
            await queries.set_contact_limit(tx, owner.id, limit)
            await audit.record(
                tx, by_hand(owner.id), "account.quota_set", account=owner.id, totalLimit=limit
            )
            return await contacts.quota(tx, owner.id)

    with reached() as config:
        now = asyncio.run(change(config))
    most = "any number of" if limit is None else f"{limit:,}"
    click.echo(f"“{name}” may have {most} contacts, and has {now.used:,}.")


@click.group()
def keys() -> None:
    """Make, list and take back API keys."""


@keys.command("create")
@click.option("--account", required=True, metavar="NAME", help="The account that it opens.")
@click.option("--name", required=True, type=NAME, help="What it is for.")
@click.option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    type=click.Choice(sorted(SCOPES)),
    help="What it may do; may be repeated.",
)
@click.option(
    "--allowed-ip",
    "allowed_ips",
    multiple=True,
    metavar="ADDRESS",
    help="An address or network that it may be used from; may be repeated. Default: any.",
)
@click.option("--expires-at", type=MOMENT, metavar="TIME", help="When it ends. Default: never.")
@click.option("--no-rate-limit", is_flag=True, help="Do not limit its requests.")
def create_key(
    account: str,
    name: str,
    scopes: tuple[str, ...],
    allowed_ips: tuple[str, ...],
    expires_at: datetime | None,
    *,
    no_rate_limit: bool,
) -> None:
    """Make an API key; what goes into X-API-Key is printed, this once."""
    wish = KeyWish(
        name=name,
        scopes=list(scopes),
        allowed_ips=list(allowed_ips),
        expires_at=expires_at,
        rate_limit=None if no_rate_limit else model.RateLimit(),
    )

    async def create(config: Settings) -> NewKey:
        async with opened(config) as db, db.transaction() as tx:
            owner = await the_account(tx, account)
            made = await service.create_key(tx, owner.id, wish)
            await audit.record(tx, by_hand(owner.id), "key.created", key=made.id)
            return made

    with reached() as config:
        made = asyncio.run(create(config))
    click.echo(f"The key has the id {made.id}, and is shown this once:", err=True)
    click.echo(made.key)


@keys.command("list")
@click.option("--account", metavar="NAME", help="Only this account's.")
def list_keys(account: str | None) -> None:
    """List the API keys, without their secrets."""

    async def find(config: Settings) -> list[tuple[Account, Key]]:
        async with opened(config) as db, db.read() as tx:
            owners = await queries.all_accounts(tx)
            if account is not None:
                owners = [await the_account(tx, account)]
            return [(owner, key) for owner in owners for key in await queries.keys(tx, owner.id)]

    with reached() as config:
        found = asyncio.run(find(config))
    show_table(
        ["id", "account", "name", "scopes", "addresses", "a minute", "expires", "last used"],
        (
            (
                key.id,
                owner.name,
                key.name,
                " ".join(key.scopes),
                " ".join(key.allowed_ips) or "any",
                key.rate_limit.per_minute if key.rate_limit else "any",
                _moment(key.expires_at),
                _moment(key.last_used_at),
            )
            for owner, key in found
        ),
    )


@keys.command("delete")
@click.argument("id")
def delete_key(id: str) -> None:
    """Take an API key back, at once."""
    place = model.read_key_id(id)

    async def delete(config: Settings) -> None:
        async with opened(config) as db, db.transaction() as tx:
            if place is None or not await queries.delete_key(tx, *place):
                raise NoSuchKey(f"There is no API key with the id “{id}”.")
            await audit.record(tx, by_hand(place[0]), "key.deleted", key=id)

    with reached() as config:
        asyncio.run(delete(config))


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.strftime("%Y-%m-%d %H:%M")
