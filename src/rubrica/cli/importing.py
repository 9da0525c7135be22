"""`rubrica import`: the two steps of an import, with a look in between."""

import asyncio
import sys
from pathlib import Path
from typing import Any, get_args

import click

from rubrica import wiring
from rubrica.cli.confirming import check_removals, confirm, confirmation
from rubrica.cli.database import opened, reached
from rubrica.cli.following import followed
from rubrica.cli.looking import Look, Wish, forget, look
from rubrica.cli.mapping import Mapped, told
from rubrica.cli.parameters import ACCOUNT_OPTION, COUNTRY_OPTION, NAME, Name
from rubrica.cli.telling import tell, write_rejects
from rubrica.contacts import Key, Mode
from rubrica.db import Database
from rubrica.errors import Conflict, Refused
from rubrica.imports.dates import DateFormat
from rubrica.imports.model import Import
from rubrica.settings import Settings
from rubrica.storage import open_storage


class DryRunFailed(Conflict):
    """The dry run did not come to its end: nothing was done."""

    code = "dry_run_failed"


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
@click.option(
    "--recipe",
    type=NAME,
    metavar="NAME",
    help="Take columns and options as this recipe says; what is said here comes first.",
)
@click.option(
    "--save-recipe",
    type=NAME,
    metavar="NAME",
    help="Keep the columns and options as a recipe, for files of the same headers.",
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
    help="Whether contacts are made, changed, or both.  [default: CREATE_UPDATE]",
)
@click.option(
    "--match-by",
    type=click.Choice(get_args(Key)),
    multiple=True,
    help="What tells that a contact is there already. Repeatable: the first that finds any."
    "  [default: phoneNumber, email]",
)
@click.option(
    "--tag",
    "tags",
    type=Name(100),
    multiple=True,
    metavar="TAG",
    help="Give the contacts this tag. Repeatable.",
)
@click.option(
    "--mirror",
    is_flag=True,
    help="Have the list hold whom the file names: others leave it, once you have seen how many.",
)
@click.option(
    "--expected-removals",
    type=click.IntRange(0),
    metavar="N",
    help="How many leave the list that is mirrored: go on if it is so, without asking.",
)
@click.option(
    "--dry-run", is_flag=True, help="Only tell what would become of the rows, with examples."
)
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
    _check(wish)
    yes = yes or wish.expected_removals is not None
    if not (yes or wish.dry_run or sys.stdin.isatty()):
        raise click.UsageError("There is no terminal to ask at: say --yes, or --dry-run.")
    with reached() as config:
        wiring.wire(config)
        try:
            seen = asyncio.run(look(config, wish))
            wish, foretold = _prepared(config, wish, seen, yes=yes)
            code = asyncio.run(_carry_out(config, wish, seen, foretold))
        except Refused as refusal:
            called = seen.called if seen else ()
            raise click.ClickException(told(refusal, called)) from refusal
    sys.exit(code)


def _check(wish: Wish) -> None:
    """Refuse what cannot be meant."""
    if wish.mirror and wish.list_name is None and wish.recipe is None:
        raise click.UsageError("--mirror needs the list that is mirrored: say --list.")
    if wish.expected_removals is not None and not (wish.mirror or wish.recipe):
        raise click.UsageError("--expected-removals goes with --mirror: nobody leaves otherwise.")
    if wish.save_recipe is not None and wish.dry_run:
        raise click.UsageError("A dry run saves nothing: say --save-recipe when you import.")


def _prepared(config: Settings, wish: Wish, seen: Look, *, yes: bool) -> tuple[Wish, Import | None]:
    """Have it confirmed, where nobody said yes; where a list is mirrored, after a dry run."""
    ask = not (yes or wish.dry_run)
    try:
        if ask:
            wish = _ask_for_dates(wish, seen)
        foretold = asyncio.run(_foreseen(config, wish, seen))
        if foretold is not None:
            check_removals(wish, foretold)
        if ask:
            _ask(wish, seen, foretold)
    except (Refused, click.Abort):
        asyncio.run(_drop(config, seen))
        raise
    return wish, foretold


def _ask_for_dates(wish: Wish, seen: Look) -> Wish:
    orders = next((column.date_formats for column in seen.ambiguous), None)
    if not orders or wish.date_format or (seen.recipe and seen.recipe.date_format):
        return wish
    asked = click.prompt("In which order are dates written?", type=click.Choice(orders))
    return wish._replace(date_format=asked)


def _ask(wish: Wish, seen: Look, foretold: Import | None) -> None:
    total = seen.upload.total_rows
    rows = "its" if total is None else f"{total:,}"
    target = f" and put them into “{wish.list_name}”" if wish.list_name else ""
    leave = f", and have {foretold.removals:,} leave the list" if foretold else ""
    question = f"Import {rows} rows into “{wish.account}”{target}{leave}?"
    click.confirm(question, abort=True, err=True)


async def _foreseen(config: Settings, wish: Wish, seen: Look) -> Import | None:
    """Run dry first where a list is mirrored, and tell; its word is held by the import."""
    if wish.dry_run:
        return None
    async with opened(config) as db:
        if not await _is_mirrored(db, wish, seen):
            return None
        id = await confirm(db, wish, seen, None, dry_run=True)
        foretold = await followed(db, open_storage(config), seen.owner.id, id)
    tell(config, foretold, wish.rejects, mirrored=True)
    if foretold.status != "COMPLETED":
        raise DryRunFailed
    return foretold


async def _is_mirrored(db: Database, wish: Wish, seen: Look) -> bool:
    async with db.read() as tx:
        return (await confirmation(tx, wish, seen)).list_mode == "MIRROR"


async def _carry_out(config: Settings, wish: Wish, seen: Look, foretold: Import | None) -> int:
    """Confirm, follow and tell what became of the rows; return the exit code."""
    owner, upload = seen.owner, seen.upload
    async with opened(config) as db:
        try:
            mirrored = await _is_mirrored(db, wish, seen)
            id = await confirm(db, wish, seen, foretold, dry_run=wish.dry_run)
        except Refused:
            await forget(db, config, upload)
            raise
        ended = await followed(db, open_storage(config), owner.id, id)
        if wish.dry_run:
            await forget(db, config, upload)
        if ended.summary.rejected and wish.rejects is not None:
            await write_rejects(db, owner.id, id, wish.rejects)
    return tell(config, ended, wish.rejects, mirrored=mirrored)


async def _drop(config: Settings, seen: Look) -> None:
    async with opened(config) as db:
        await forget(db, config, seen.upload)
