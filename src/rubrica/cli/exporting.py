"""`rubrica export`: contacts, straight from PostgreSQL into a file."""

import asyncio
import secrets
import sys
from collections.abc import Generator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from rubrica import audit, lists
from rubrica.cli.database import opened, reached
from rubrica.cli.parameters import ACCOUNT_OPTION, by_hand, the_account
from rubrica.exports import files, service
from rubrica.exports.model import ContactsExport, Format
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
@click.option(
    "--format",
    type=click.Choice(list(files.FORMATS), case_sensitive=False),
    help="By default what the file's name ends with, else csv.",
)
def export(list_name: str | None, account: str, output: Path, format: Format | None) -> None:
    """Export contacts, with every field, as they are at one moment."""
    chosen = format or _named(output)
    with reached() as config, _whole_or_nothing(output) as file:
        rows = asyncio.run(_copy(config, account, list_name, chosen, file))
    click.echo(f"{rows:,} contacts exported.", err=True)


def _named(path: Path) -> Format:
    """Return the format that a file's name speaks of."""
    for name, format in files.FORMATS.items():
        if path.suffix.lower() == f".{format.ending}":
            return name
    return "CSV"


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


async def _copy(
    config: Settings, account: str, list_name: str | None, format: Format, file: BinaryIO
) -> int:
    """Write the contacts of an account, or of one of its lists; return how many they are."""
    rows = 0

    def tell(number: int) -> None:
        nonlocal rows
        rows = number

    async with opened(config) as db, db.snapshot() as tx:
        owner = await the_account(tx, account)
        wish, of = ContactsExport(format=format), {}
        if list_name is not None:
            found = await lists.by_name(tx, owner.id, list_name)
            if found is None:
                raise NoSuchList(f"There is no list “{list_name}” in the account “{owner.name}”.")
            wish, of = ContactsExport(list_ids=[found.id], format=format), {"list": found.id}
        plan = await service.plan(tx, owner.id, owner.default_country, wish)
        async with db.transaction() as writing:  # the snapshot only reads
            await audit.record(writing, by_hand(owner.id), "export.written", **of)
        async with aclosing(files.FORMATS[format].write(tx, plan, tell)) as blocks:
            async for block in blocks:
                file.write(block)
    return rows
