"""`rubrica export`: contacts, straight from PostgreSQL into a file."""

import asyncio
import secrets
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from rubrica import lists
from rubrica.cli.database import opened, reached
from rubrica.cli.parameters import ACCOUNT_OPTION, the_account
from rubrica.exports import copying, service
from rubrica.exports.model import ContactsExport
from rubrica.lists import NoSuchList
from rubrica.settings import Settings


@click.command()
@click.option("--list", "list_name", metavar="NAME", help="Only the contacts of this list.")
@ACCOUNT_OPTION
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
    help="The file to be written; - is standard output.",
)
def export(list_name: str | None, account: str, output: Path) -> None:
    """Export contacts as CSV, with every field, as they are at one moment."""
    with reached() as config, _whole_or_nothing(output) as file:
        rows = asyncio.run(_copy(config, account, list_name, file))
    click.echo(f"{rows:,} contacts exported.", err=True)


@contextmanager
def _whole_or_nothing(path: Path) -> Generator[BinaryIO]:
    """Open a file whose new content is seen once it is whole; a pipe or a device as it is."""
    if str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as file:
            yield file
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


async def _copy(config: Settings, account: str, list_name: str | None, file: BinaryIO) -> int:
    """Write the contacts of an account, or of one of its lists; return how many they are."""
    rows = 0

    def tell(number: int) -> None:
        nonlocal rows
        rows = number

    async with opened(config) as db, db.snapshot() as tx:
        owner = await the_account(tx, account)
        wish = ContactsExport()
        if list_name is not None:
            found = await lists.by_name(tx, owner.id, list_name)
            if found is None:
                raise NoSuchList(f"There is no list “{list_name}” in the account “{owner.name}”.")
            wish = ContactsExport(list_ids=[found.id])
        plan = await service.plan(tx, owner.id, owner.default_country, wish)
        first = copying.header(plan.names, wish.delimiter)
        async for block in copying.blocks(tx, plan.where, plan.copy, first, tell):
            file.write(block)
    return rows
