"""What may stand on the command line, checked before anything is begun."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from rubrica import accounts, phones
from rubrica.accounts import Account, NoSuchAccount
from rubrica.audit import Actor
from rubrica.db import Tx

LONGEST_NAME = 200
LONGEST_QUOTA = 12


class Country(click.ParamType[str]):
    """A country that has telephone numbers, by its ISO 3166 code."""

    name = "country"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Write it in capitals."""
        if not phones.is_country(value.upper()):
            self.fail(f"“{value}” is not a country code such as IT or GB (ISO 3166).", param, ctx)
        return value.upper()


class Name(click.ParamType[str]):
    """A name of 1 to so many characters."""

    name = "name"

    def __init__(self, longest: int = LONGEST_NAME) -> None:
        self.longest = longest

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take the blanks around it off."""
        if not 1 <= len(value.strip()) <= self.longest or "\0" in value:
            self.fail(f"A name has 1 to {self.longest} characters.", param, ctx)
        return value.strip()


class Quota(click.ParamType["int | None"]):
    """A number of contacts, or `none`."""

    name = "quota"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        """Read the number."""
        if value.lower() == "none":
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= LONGEST_QUOTA):
            self.fail(f"“{value}” is neither a number such as 10000 nor none.", param, ctx)
        return int(value)


class Moment(click.ParamType[datetime]):
    """A time as in RFC 3339, or a day: its first moment in UTC."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it; without a zone it is UTC."""
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"“{value}” is not a time such as 2030-01-31T12:00:00Z.", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


COUNTRY, NAME, MOMENT, QUOTA = Country(), Name(), Moment(), Quota()
COUNTRY_OPTION = click.option(
    "--default-country",
    type=COUNTRY,
    metavar="CODE",
    help="Country of telephone numbers without one, such as IT.",
)
ACCOUNT_OPTION = click.option(
    "--account", default="default", show_default=True, metavar="NAME", help="Whose contacts."
)


async def the_account(tx: Tx, name: str) -> Account:
    """Find the account that was named."""
    found = await accounts.account_by_name(tx, name)
    if found is None:
        raise NoSuchAccount(
            f"There is no account “{name}”. `rubrica accounts list` shows those there are, and "
            "`rubrica accounts create` makes one."
        )
    return found


def by_hand(account: int) -> Actor:
    """Return whom the audit names: somebody at the command line."""
    return Actor(account=account, key=None, name=None, kind="CLI")


def console() -> Console:
    """Return standard output, on which texts stand as they are."""
    width = None if sys.stdout.isatty() else 160
    return Console(width=width, markup=False, emoji=False, highlight=False)


def show_table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Show a table; nothing in it reaches the terminal as a command."""
    table = Table(*head, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(printable("" if cell is None else str(cell)) for cell in row))
    console().print(table)


def printable(text: str) -> str:
    """Put a blank for what is not a letter to be seen, such as an escape sequence's beginning."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
