"""The commands that run the service, or a part of it."""

import asyncio
import os
import sys

import click

from rubrica import db, settings, supervisor
from rubrica.cli.database import reached


@click.command()
def serve() -> None:
    """Run everything: database, web, workers. Ctrl-C stops it."""
    sys.exit(supervisor.serve(settings.read(os.environ)))


@click.command()
def worker() -> None:
    """Run one more worker, until Ctrl-C."""
    from rubrica.worker import work  # noqa: PLC0415 - `serve` does without

    with reached() as config:
        asyncio.run(work(config))


@click.command()
def migrate() -> None:
    """Bring the database up to date."""
    with reached(up_to_date=False) as config:
        applied = db.migrate(config.database_url)
    for step in applied:
        click.echo(step)
    click.echo("The database is up to date.", err=True)
