"""The database of a command: the one that is served, or one of our own for as long as it takes."""

import itertools
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager, suppress
from functools import partial
from types import FrameType
from typing import Any

import click
import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict

from rubrica import embedded, settings, setup, supervisor
from rubrica.db import Database
from rubrica.db.migrate import missing
from rubrica.errors import Conflict
from rubrica.settings import PREFIX, BadSetting, Settings
from rubrica.supervisor import AlreadyServing

PATIENCE = 60
"""Seconds for whoever holds the data directory to have its database answer."""


TOLD_AT = 10
"""Tenths of a second that nobody needs to know about."""


class DatabaseOutOfDate(Conflict):
    """The database is not up to date."""

    code = "database_out_of_date"


@contextmanager
def reached(*, up_to_date: bool = True) -> Generator[Settings]:
    """Read the settings, and give them with the URL of a database that answers.

    The embedded one is the server of whoever holds the data directory; where nobody does, it is
    started, made and migrated, and stopped in the end. Where `up_to_date` is false nothing is
    migrated, nor is a database of somebody else's looked at.
    """
    config = settings.read(os.environ)
    if config.database_url:
        try:
            conninfo_to_dict(config.database_url)
        except psycopg.ProgrammingError as error:
            raise BadSetting(
                f"{PREFIX}DATABASE_URL is not an address such as "
                "postgresql://user:password@host:5432/database."
            ) from error
        if up_to_date and missing(config.database_url):
            raise DatabaseOutOfDate(
                "The database is not up to date. `rubrica migrate` mends that, and `rubrica "
                "serve` does so by itself."
            )
        yield config
        return
    with ExitStack() as stack:
        url = _embedded(config, stack, up_to_date=up_to_date)
        yield msgspec.structs.replace(config, database_url=url)


def _embedded(config: Settings, stack: ExitStack, *, up_to_date: bool) -> str:
    """Return the URL of the embedded database, held by the stack where it is ours."""
    folder = config.data_dir / "postgres"
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            stack.enter_context(supervisor.held(config.data_dir))
        except AlreadyServing:
            url = embedded.url(folder)
            # The connection is kept, so that a command that started the server waits for us.
            with ExitStack() as attempt, suppress(psycopg.OperationalError):
                conn = attempt.enter_context(closing(psycopg.connect(url, autocommit=True)))
                if not up_to_date or (not missing(url) and _is_begun(conn)):
                    stack.push(attempt.pop_all())
                    return url
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            break
    stack.enter_context(_ending_in_order())
    url = stack.enter_context(embedded.running(folder))
    stack.push(partial(_outlast_others, url))
    if up_to_date:
        for line in setup.first_start(config, url):
            click.echo(line, err=True)
    return url


def _is_begun(conn: psycopg.Connection[Any]) -> bool:
    """Tell whether the first account was made: whoever started the server is about to, if not."""
    return conn.execute("SELECT FROM accounts LIMIT 1").fetchone() is not None


@contextmanager
def _ending_in_order() -> Generator[None]:
    """Take SIGTERM for a reason to clean up first."""

    def end(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _outlast_others(url: str, raised: type[BaseException] | None, *_: object) -> None:
    """Let other commands that found our server running come to their end.

    Not where we are interrupted: our own connections may be among those that are left.
    """
    if raised is not None and not issubclass(raised, Exception):
        return
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(url, autocommit=True) as conn:
        for again in itertools.count():
            if conn.execute(others).fetchone() == (0,):
                return
            if again == TOLD_AT:
                click.echo("Others still use the database; it stops with the last.", err=True)
            time.sleep(0.1)


@asynccontextmanager
async def opened(config: Settings) -> AsyncGenerator[Database]:
    """Connect, for as long as it takes."""
    db = Database(config.database_url, size=config.pool_size)
    await db.open()
    try:
        yield db
    finally:
        await db.close()
