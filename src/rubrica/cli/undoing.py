"""`rubrica undo`: take an import back."""

import asyncio
import sys

import click

from rubrica import audit, wiring
from rubrica.cli.database import opened, reached
from rubrica.cli.following import followed
from rubrica.cli.parameters import ACCOUNT_OPTION, by_hand, printable, show_table, the_account
from rubrica.cli.telling import SOME_LEFT
from rubrica.imports import jobs, service
from rubrica.imports.model import Import
from rubrica.settings import Settings
from rubrica.storage import open_storage


@click.command()
@click.argument("import_id", metavar="IMPORT", type=click.IntRange(1, 2**63 - 1))
@ACCOUNT_OPTION
@click.option("--yes", is_flag=True, help="Do not ask.")
def undo(import_id: int, account: str, *, yes: bool) -> None:
    """Take an import back: what it created goes, what it wrote over comes back.

    What somebody touched since stays as it is. Exit code 3: undone, but something stays.
    """
    if not (yes or sys.stdin.isatty()):
        raise click.UsageError("There is no terminal to ask at: say --yes.")
    with reached() as config:
        wiring.wire(config)
        if not yes:
            found = asyncio.run(_found(config, account, import_id))
            question = (
                f"Undo import {found.id} of “{printable(found.file_name)}”, which created"
                f" {found.summary.created:,} contacts and updated {found.summary.updated:,}?"
            )
            click.confirm(question, abort=True, err=True)
        ended = asyncio.run(_undo(config, account, import_id))
    sys.exit(_tell(config, ended))


async def _found(config: Settings, account: str, id: int) -> Import:
    async with opened(config) as db, db.read() as tx:
        return await service.get(tx, (await the_account(tx, account)).id, id)


async def _undo(config: Settings, account: str, id: int) -> Import:
    async with opened(config) as db:
        async with db.transaction() as tx:
            owner = await the_account(tx, account)
            await service.undo(tx, owner.id, id, jobs.undo)
            await audit.record(tx, by_hand(owner.id), "import.undone", import_=id)
        return await followed(db, open_storage(config), owner.id, id, doing="Undoing")


def _tell(config: Settings, ended: Import) -> int:
    """Show what became of contacts and of writes over others; return the exit code."""
    undone = ended.undo
    if undone is None:
        click.echo(f"Error: The undo did not come to its end: {ended.status}.", err=True)
        return 1
    click.echo(f"Import {ended.id}")
    counts = {
        "reverted": undone.reverted,
        "kept because edited": undone.kept_because_edited,
        "failed": undone.failed,
    }
    show_table(["undo", ""], ((name, f"{count:,}") for name, count in counts.items()))
    if not undone.kept_because_edited and not undone.failed:
        return 0
    click.echo(
        f"GET {config.api_prefix}/imports/{ended.id}/rows tells of each row why it stays.", err=True
    )
    return SOME_LEFT
