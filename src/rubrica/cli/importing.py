"""`rubrica import`: the two steps of an import, with a look in between."""

import asyncio
import math
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO, get_args

import click

from rubrica import audit, lists, wiring
from rubrica.accounts import Account
from rubrica.cli.database import opened, reached
from rubrica.cli.following import followed
from rubrica.cli.mapping import Mapped, Said, in_options, mapped, names, told
from rubrica.cli.parameters import (
    ACCOUNT_OPTION,
    COUNTRY_OPTION,
    NAME,
    Name,
    by_hand,
    printable,
    show_table,
    the_account,
)
from rubrica.contacts import Key, Mode
from rubrica.db import Database
from rubrica.errors import Refused
from rubrica.formats import Wishes
from rubrica.imports import cards, jobs, queries, service
from rubrica.imports import rejects as rejected
from rubrica.imports.dates import DateFormat
from rubrica.imports.model import (
    CardConfirmation,
    Confirmation,
    Import,
    MappingLine,
    NewList,
    Upload,
)
from rubrica.imports.service import UploadWish
from rubrica.imports.suggesting import Suggestion
from rubrica.settings import Settings
from rubrica.storage import open_storage

BLOCK = 1024 * 1024
SOME_REJECTED = 3
OUTCOMES = ("created", "updated", "unchanged", "skipped", "duplicates", "rejected", "total")
WORDS = 40
"""Characters of samples that are shown of a column."""


class Wish(NamedTuple):
    """What was asked for on the command line."""

    file: Path
    list_name: str | None
    account: str
    default_country: str | None
    sheet: str | None
    encoding: str | None
    delimiter: str | None
    has_header: bool | None
    maps: tuple[Said, ...]
    create_fields: bool
    date_format: DateFormat | None
    mode: Mode
    match_by: tuple[Key, ...]
    tags: tuple[str, ...]
    dry_run: bool
    rejects: TextIO | None


class Look(NamedTuple):
    """What was found in the file, and what its columns will be taken for."""

    owner: Account
    upload: Upload
    mapping: list[MappingLine]
    said: set[int | str]
    """The columns of which something was said."""

    @property
    def called(self) -> list[str]:
        """The names of the columns, line by line of the mapping."""
        every = names(self.upload.analysis.columns)
        return [every[line.column] for line in self.mapping if isinstance(line.column, int)]


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--list",
    "list_name",
    type=NAME,
    metavar="NAME",
    help="Put the contacts into this list, which is made where it is not there.",
)
@ACCOUNT_OPTION
@COUNTRY_OPTION
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook that is read.")
@click.option("--encoding", metavar="NAME", help="The encoding of a text, such as cp1252.")
@click.option("--delimiter", metavar="TEXT", help="What parts the columns of a text; tab is a tab.")
@click.option(
    "--header/--no-header",
    "has_header",
    default=None,
    help="Whether the first row is a header or a contact.",
)
@click.option(
    "--map",
    "maps",
    type=Mapped(),
    multiple=True,
    metavar="COLUMN=FIELD",
    help="What a column is for, by its header or its number from 1, such as Cell=phoneNumber or"
    " City=customFields.city. Without a field the column is left out. Repeatable.",
)
@click.option("--create-fields", is_flag=True, help="Make the custom fields that are not there.")
@click.option(
    "--date-format",
    type=click.Choice(get_args(DateFormat), case_sensitive=False),
    help="The order of day, month and year, where the file does not tell.",
)
@click.option(
    "--mode",
    type=click.Choice(get_args(Mode), case_sensitive=False),
    default="CREATE_UPDATE",
    show_default=True,
    help="Whether contacts are made, changed, or both.",
)
@click.option(
    "--match-by",
    type=click.Choice(get_args(Key)),
    multiple=True,
    default=("phoneNumber", "email"),
    show_default=True,
    help="What tells that a contact is there already. Repeatable: the first that finds any.",
)
@click.option(
    "--tag",
    "tags",
    type=Name(100),
    multiple=True,
    metavar="TAG",
    help="Give the contacts this tag. Repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would become of each row.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--rejects",
    type=click.File("w", encoding="utf-8-sig", lazy=True),
    help="Write the rejected rows, if any, to this file: CSV, ready to be mended.",
)
def import_(*, yes: bool, **said: Any) -> None:
    """Import the contacts of a file: CSV, a spreadsheet, vCards or JSON lines, also as .gz or .zip.

    Shows first how the file is read and what each column is taken for, and asks. Exit code 3:
    imported, but some rows were rejected.
    """
    wish, seen = Wish(**said), None
    if not (yes or wish.dry_run or sys.stdin.isatty()):
        raise click.UsageError("There is no terminal to ask at: say --yes, or --dry-run.")
    with reached() as config:
        wiring.wire(config)
        try:
            seen = asyncio.run(_look(config, wish))
            if not (yes or wish.dry_run):
                wish = _ask(config, wish, seen)
            code = asyncio.run(_carry_out(config, wish, seen))
        except Refused as refusal:
            called = seen.called if seen else ()
            raise click.ClickException(told(refusal, called)) from refusal
    sys.exit(code)


def _ask(config: Settings, wish: Wish, seen: Look) -> Wish:
    """Have it confirmed, with what the file does not tell; forget the upload where it is not."""
    upload = seen.upload
    rows = "its" if upload.total_rows is None else f"{upload.total_rows:,}"
    target = f" and put them into “{wish.list_name}”" if wish.list_name else ""
    orders = next((column.date_formats for column in _ambiguous(seen)), None)
    try:
        if orders and wish.date_format is None:
            asked = click.prompt("In which order are dates written?", type=click.Choice(orders))
            wish = wish._replace(date_format=asked)
        click.confirm(f"Import {rows} rows into “{wish.account}”{target}?", abort=True, err=True)
    except click.Abort:
        asyncio.run(_drop(config, upload))
        raise
    return wish


def _ambiguous(seen: Look) -> list[Suggestion]:
    """Return the columns that will be read as dates, and whose dates fit several orders."""
    read = {line.column for line in seen.mapping if line.field}
    columns = seen.upload.analysis.columns
    return [each for each in columns if each.index in read and len(each.date_formats) > 1]


async def _look(config: Settings, wish: Wish) -> Look:
    """Store the file, look into it and show what was found."""
    async with opened(config) as db:
        async with db.read() as tx:
            owner = await the_account(tx, wish.account)
        upload = await service.upload(
            db,
            open_storage(config),
            owner.id,
            UploadWish(
                file_name=wish.file.name,
                wishes=Wishes(
                    encoding=wish.encoding,
                    delimiter=wish.delimiter,
                    sheet=wish.sheet,
                    has_header=wish.has_header,
                    country=wish.default_country or owner.default_country,
                ),
                default_country=wish.default_country,
            ),
            _blocks(wish.file),
            config.max_upload_bytes,
            jobs.analyse,
            patience=math.inf,
        )
        try:
            mapping = _mapping(wish, upload)
        except Refused:
            await _forget(db, config, upload)
            raise
        async with db.read() as tx:
            previous = await queries.same_file(tx, owner.id, upload.sha256)
    seen = Look(owner, upload, mapping, {line.column for line in mapping[: len(wish.maps)]})
    _show(seen)
    if previous is not None:
        message = f"The same file was imported before, as import {previous['id']}."
        click.echo(f"! {message}", err=True)
    return seen


def _mapping(wish: Wish, upload: Upload) -> list[MappingLine]:
    """Return what the columns will be taken for: as suggested, but for what was said."""
    suggested = upload.analysis.mapping
    if wish.create_fields and upload.analysis.reading.kind == "VCARD":
        standard = CardConfirmation(upload_id=upload.id, create_fields=True)
        suggested = cards.completed(standard, upload.analysis).mapping
    return mapped(upload.analysis.columns, suggested, wish.maps)


async def _blocks(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as source:
        while block := await asyncio.to_thread(source.read, BLOCK):
            yield block


def _show(seen: Look) -> None:
    """Show how a file is read, what its columns are taken for, and what is amiss."""
    upload, found, reading = seen.upload, seen.upload.analysis, seen.upload.analysis.reading
    fields = {line.column: line.field for line in seen.mapping}
    rows = "not counted yet" if upload.total_rows is None else f"{upload.total_rows:,}"
    facts = {
        "kind": reading.kind,
        "encoding": reading.encoding,
        "delimiter": reading.delimiter and {"\t": "tab"}.get(reading.delimiter, reading.delimiter),
        "sheet": reading.sheet,
        "header": "yes" if reading.has_header else "no",
        "rows": rows,
    }
    told = ", ".join(f"{name} {fact}" for name, fact in facts.items() if fact)
    click.echo(printable(f"{upload.file_name}: {told}") + "\n")
    show_table(
        ["column", "samples", "field", "confidence", "reason"],
        (
            (
                name[:WORDS],
                " · ".join(column.samples)[:WORDS],
                field or "—",
                f"{column.confidence:.0%}" if field and by_itself else "",
                in_options(column.reason) if by_itself else "You said so.",
            )
            for name, column in zip(names(found.columns), found.columns, strict=True)
            for field in [fields.get(column.index)]
            for by_itself in [column.index not in seen.said and field == column.suggested_field]
        ),
    )
    click.echo()
    for warning in found.warnings:
        times = "" if warning.count is None else f" ({warning.count:,} times)"
        such = f" Such as: {', '.join(warning.examples)}" if warning.examples else ""
        message = in_options(warning.message) + times + such
        click.echo(f"! {printable(message)}", err=True)


async def _carry_out(config: Settings, wish: Wish, seen: Look) -> int:
    """Confirm, follow and tell what became of the rows; return the exit code."""
    owner, upload = seen.owner, seen.upload
    async with opened(config) as db:
        try:
            id = await _confirm(db, wish, seen)
        except Refused:
            await _forget(db, config, upload)
            raise
        ended = await followed(db, open_storage(config), owner.id, id)
        if wish.dry_run:
            await _forget(db, config, upload)
        if ended.summary.rejected and wish.rejects is not None:
            await _write_rejects(db, owner.id, id, wish.rejects)
    return _tell(config, wish, ended)


async def _confirm(db: Database, wish: Wish, seen: Look) -> int:
    """Turn the upload into an import, with the mapping that was shown; return its id."""
    owner = seen.owner
    async with db.transaction() as tx:
        there, new = None, None
        if wish.list_name is not None:
            there = await lists.by_name(tx, owner.id, wish.list_name)
            new = None if there else NewList(name=wish.list_name)
        confirmation = Confirmation(
            upload_id=seen.upload.id,
            mapping=seen.mapping,
            mode=wish.mode,
            match_by=wish.match_by,
            tags=list(wish.tags),
            create_fields=wish.create_fields,
            date_format=wish.date_format,
            list_ids=[there.id] if there else [],
            new_list=new,
            dry_run=wish.dry_run,
        )
        id = await service.confirm(
            tx, owner.id, owner.default_country, confirmation, "command line", jobs.load
        )
        await audit.record(tx, by_hand(owner.id), "import.started", import_=id, dryRun=wish.dry_run)
    return id


async def _drop(config: Settings, upload: Upload) -> None:
    async with opened(config) as db:
        await _forget(db, config, upload)


async def _forget(db: Database, config: Settings, upload: Upload) -> None:
    """Delete an upload that is not confirmed, and its file."""
    async with db.transaction() as tx:
        await service.drop(tx, open_storage(config), upload.account_id, upload.id)


async def _write_rejects(db: Database, account: int, id: int, file: TextIO) -> None:
    """Write the rejected rows as CSV: the columns of the file, then code and reason."""
    async for block in rejected.lines(db, account, id):
        file.write(block)


def _tell(config: Settings, wish: Wish, ended: Import) -> int:
    """Show the balance of an import; return the exit code."""
    counts = ((name, f"{getattr(ended.summary, name):,}") for name in OUTCOMES)
    click.echo("A dry run: nothing was written." if wish.dry_run else f"Import {ended.id}")
    show_table(["rows", ""], counts)
    if ended.status != "COMPLETED":
        why = ended.error["message"] if ended.error else "somebody cancelled it"
        click.echo(f"Error: The import did not come to its end: {why}", err=True)
        return 1
    if not ended.summary.rejected:
        return 0
    codes = ", ".join(f"{code} {count:,}" for code, count in ended.rejected_by_code.items())
    click.echo(f"Rejected: {codes}.", err=True)
    if wish.rejects is not None:
        click.echo(f"They are in {wish.rejects.name}, each with its reason.", err=True)
    else:
        click.echo(
            f"--rejects FILE writes them as CSV, and so does GET {config.api_prefix}/imports/"
            f"{ended.id}/rejects. Rows that are in already stay as they are.",
            err=True,
        )
    return SOME_REJECTED
