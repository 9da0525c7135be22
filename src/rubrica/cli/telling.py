"""What became of an import's rows, or would become of them, in words and tables."""

from typing import TextIO

import click

from rubrica.cli.parameters import printable, show_table
from rubrica.db import Database
from rubrica.imports import rejects as rejected
from rubrica.imports.model import Example, Import
from rubrica.settings import Settings

SOME_LEFT = 3
"""The exit code where it is done, but for some rows or contacts."""
OUTCOMES = ("created", "updated", "unchanged", "skipped", "duplicates", "rejected", "total")
WORDS = 100
"""Characters that are shown of an example."""


def tell(config: Settings, ended: Import, rejects: TextIO | None, *, mirrored: bool = False) -> int:
    """Show the balance of an import, and of a dry run examples; return the exit code."""
    counts = [(name, f"{getattr(ended.summary, name):,}") for name in OUTCOMES]
    if ended.dry_run:
        click.echo("A dry run: nothing was written.")
        _show_examples(ended)
    else:
        click.echo(f"Import {ended.id}")
    show_table(["rows", ""], counts)
    if mirrored:
        left = "would leave the list" if ended.dry_run else "left the list"
        click.echo(f"Of its members {ended.removals:,} {left}.")
    for warning in ended.warnings:
        click.echo(f"! {printable(warning['message'])}", err=True)
    if ended.status != "COMPLETED":
        why = ended.error["message"] if ended.error else "somebody cancelled it"
        click.echo(f"Error: The import did not come to its end: {why}", err=True)
        return 1
    if ended.summary.rejected:
        _tell_rejected(config, ended, rejects)
        return SOME_LEFT
    return SOME_LEFT if ended.warnings else 0


def _show_examples(ended: Import) -> None:
    rows = [
        (outcome, example.row, example.contact_id, _example(example)[:WORDS])
        for outcome, examples in ended.examples.items()
        for example in examples
    ]
    if rows:
        show_table(["outcome", "row", "contact", ""], rows)
        click.echo()


def _example(example: Example) -> str:
    """Say what would become of a row: why it is refused, else what it changes, else its cells."""
    if example.message:
        return example.message
    changes = (
        f"{field}: {_shown(before)} → {_shown(after)}"
        for field, (before, after) in example.changes.items()
    )
    return ", ".join(changes) or " · ".join(cell for cell in example.cells if cell.strip())


def _shown(value: object) -> str:
    return "—" if value is None else str(value)


def _tell_rejected(config: Settings, ended: Import, rejects: TextIO | None) -> None:
    codes = ", ".join(f"{code} {count:,}" for code, count in ended.rejected_by_code.items())
    click.echo(f"Rejected: {codes}.", err=True)
    if rejects is not None:
        click.echo(f"They are in {rejects.name}, each with its reason.", err=True)
    else:
        click.echo(
            f"--rejects FILE writes them as CSV, and so does GET {config.api_prefix}/imports/"
            f"{ended.id}/rejects. Rows that are in already stay as they are.",
            err=True,
        )


async def write_rejects(db: Database, account: int, id: int, file: TextIO) -> None:
    """Write the rejected rows as CSV: the columns of the file, then code and reason."""
    async for block in rejected.lines(db, account, id):
        file.write(block)
