"""The first step of `rubrica import`: what is in a file, and what its columns will be taken for."""

import asyncio
import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple, TextIO

import click

from rubrica.accounts import Account
from rubrica.cli.database import opened
from rubrica.cli.mapping import Said, in_options, mapped, names
from rubrica.cli.parameters import printable, show_table, the_account
from rubrica.contacts import Key, Mode
from rubrica.db import Database, Tx
from rubrica.errors import Refused
from rubrica.formats import Wishes
from rubrica.imports import cards, jobs, queries, recipes, service
from rubrica.imports.dates import DateFormat
from rubrica.imports.model import CardConfirmation, MappingLine, Upload
from rubrica.imports.recipes import Recipe
from rubrica.imports.service import UploadWish
from rubrica.imports.suggesting import Suggestion
from rubrica.settings import Settings
from rubrica.storage import open_storage

BLOCK = 1024 * 1024
WORDS = 40
"""Characters of samples that are shown of a column."""


class Wish(NamedTuple):
    """What was asked for on the command line; None and nothing: nothing was said of it."""

    file: Path
    list_name: str | None
    account: str
    default_country: str | None
    sheet: str | None
    encoding: str | None
    delimiter: str | None
    has_header: bool | None
    maps: tuple[Said, ...]
    recipe: str | None
    save_recipe: str | None
    create_fields: bool
    date_format: DateFormat | None
    mode: Mode | None
    match_by: tuple[Key, ...]
    tags: tuple[str, ...]
    mirror: bool
    expected_removals: int | None
    dry_run: bool
    rejects: TextIO | None


class Look(NamedTuple):
    """What was found in the file, and what its columns will be taken for."""

    owner: Account
    upload: Upload
    recipe: Recipe | None
    mapping: list[MappingLine]
    said: set[int | str]
    """The columns of which something was said."""

    @property
    def called(self) -> list[str]:
        """The names of the columns, line by line of the mapping."""
        every = names(self.upload.analysis.columns)
        return [every[line.column] for line in self.mapping if isinstance(line.column, int)]

    @property
    def ambiguous(self) -> list[Suggestion]:
        """The columns that will be read as dates, and whose dates fit several orders."""
        read = {line.column for line in self.mapping if line.field and line.format is None}
        columns = self.upload.analysis.columns
        return [each for each in columns if each.index in read and len(each.date_formats) > 1]


async def look(config: Settings, wish: Wish) -> Look:
    """Store the file, look into it and show what was found."""
    async with opened(config) as db:
        async with db.read() as tx:
            owner = await the_account(tx, wish.account)
            recipe = await recipes.named(tx, owner.id, wish.recipe) if wish.recipe else None
        upload = await store(
            db,
            config,
            owner,
            wish.file,
            default_country=wish.default_country,
            encoding=wish.encoding,
            delimiter=wish.delimiter,
            sheet=wish.sheet,
            has_header=wish.has_header,
        )
        try:
            mapping = _mapping(wish, recipe, upload)
        except Refused:
            await forget(db, config, upload)
            raise
        async with db.read() as tx:
            notes = await _notes(tx, upload, recipe)
    seen = Look(owner, upload, recipe, mapping, {line.column for line in mapping[: len(wish.maps)]})
    _show(seen)
    for note in notes:
        click.echo(f"! {printable(note)}", err=True)
    return seen


async def store(
    db: Database,
    config: Settings,
    owner: Account,
    file: Path,
    *,
    default_country: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    has_header: bool | None = None,
) -> Upload:
    """Store a file and look into it."""
    return await service.upload(
        db,
        open_storage(config),
        owner.id,
        UploadWish(
            file_name=file.name,
            wishes=Wishes(
                encoding=encoding,
                delimiter=delimiter,
                sheet=sheet,
                has_header=has_header,
                country=default_country or owner.default_country,
            ),
            default_country=default_country,
        ),
        blocks(file),
        config.max_upload_bytes,
        jobs.analyse,
        patience=math.inf,
    )


async def _notes(tx: Tx, upload: Upload, recipe: Recipe | None) -> list[str]:
    """Say what is known of such a file beside what is in it."""
    notes: list[str] = []
    fitting = [] if recipe else await recipes.fitting(tx, upload)
    if fitting:
        called = " or ".join(f"“{each.name}”" for each in fitting)
        notes.append(f"There is a recipe for these columns: --recipe {called}.")
    previous = await queries.same_file(tx, upload.account_id, upload.sha256)
    if previous is not None:
        notes.append(f"The same file was imported before, as import {previous['id']}.")
    return notes


def _mapping(wish: Wish, recipe: Recipe | None, upload: Upload) -> list[MappingLine]:
    """Return what the columns will be taken for: by the recipe or as suggested, and as was said."""
    found = upload.analysis
    lines = (recipe and recipes.mapping_for(recipe, upload)) or found.mapping
    make = wish.create_fields or (recipe is not None and recipe.create_fields)
    if make and found.reading.kind == "VCARD":
        read = [line for line in lines if line.field]
        standard = CardConfirmation(upload_id=upload.id, mapping=read, create_fields=True)
        lines = recipes.whole(cards.completed(standard, found).mapping, len(found.columns))
    return mapped(found.columns, lines, wish.maps)


async def blocks(file: Path) -> AsyncIterator[bytes]:
    """Read a file piece by piece."""
    with file.open("rb") as source:
        while block := await asyncio.to_thread(source.read, BLOCK):
            yield block


async def forget(db: Database, config: Settings, upload: Upload) -> None:
    """Delete an upload that is not confirmed, and its file."""
    async with db.transaction() as tx:
        await service.drop(tx, open_storage(config), upload.account_id, upload.id)


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
                in_options(column.reason) if by_itself else _reason(seen, column),
            )
            for name, column in zip(names(found.columns), found.columns, strict=True)
            for field in [fields.get(column.index)]
            for by_itself in [
                seen.recipe is None
                and column.index not in seen.said
                and field == column.suggested_field
            ]
        ),
    )
    click.echo()
    for warning in found.warnings:
        times = "" if warning.count is None else f" ({warning.count:,} times)"
        such = f" Such as: {', '.join(warning.examples)}" if warning.examples else ""
        message = in_options(warning.message) + times + such
        click.echo(f"! {printable(message)}", err=True)


def _reason(seen: Look, column: Suggestion) -> str:
    if seen.recipe is None or column.index in seen.said:
        return "You said so."
    return f"The recipe “{seen.recipe.name}” says so."
