"""`rubrica doctor`: what must be true, looked at."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import click
from procrastinate import PsycopgConnector

from rubrica import campaigns, consents, contacts, lists, wiring
from rubrica.cli import one_line
from rubrica.cli.database import opened, reached
from rubrica.db import Database
from rubrica.db.migrate import missing
from rubrica.imports import ledger
from rubrica.jobs import STALLED, queue
from rubrica.settings import Settings
from rubrica.storage import open_storage

OLDEST = 150_000
"""PostgreSQL 15, as `server_version_num`."""
SHOWN = 5
"""Things that are named of those that are wrong."""


class Wrong(Exception):  # noqa: N818 - a finding
    """Something is not as it must be."""


@click.command()
def doctor() -> None:
    """Look whether all is well: database, queue, storage, counts, imports. Exit code 1: no."""
    with reached(up_to_date=False) as config:
        well = asyncio.run(_examine(config))
    sys.exit(0 if well else 1)


async def _examine(config: Settings) -> bool:
    """Make every check, and print a line for each; return whether all is well."""

    async def of_database(check: Callable[[Database], Awaitable[str]]) -> str:
        async with opened(config) as db:
            return await check(db)

    wiring.wire(config)
    well = await _check("storage", lambda: _storage(config))
    # Without a database that is up to date there is nothing else to look at.
    if not (
        await _check("database", lambda: _database(config))
        and await _check("migrations", lambda: _migrations(config))
    ):
        return False
    for name, check in (
        ("contact counts", _contact_counts),
        ("list counts", _list_counts),
        ("campaigns", _campaigns),
        ("imports", _imports),
        ("suppressions", _suppressions),
        ("numbers", _numbers),
    ):
        well &= await _check(name, lambda check=check: of_database(check))
    return await _check("queue", lambda: _queue(config)) and well


async def _check(name: str, check: Callable[[], Awaitable[str]]) -> bool:
    try:
        said = await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        click.echo(f"✗ {name}: {one_line(str(error)) or type(error).__name__}")
        return False
    click.echo(f"✓ {name}: {said}")
    return True


async def _storage(config: Settings) -> str:
    await open_storage(config).check()
    return "files can be written, read and deleted"


async def _database(config: Settings) -> str:
    async with Database(config.database_url).fresh() as tx:
        number = int(await tx.value("SHOW server_version_num"))
        version = await tx.value("SHOW server_version")
    if number < OLDEST:
        raise Wrong(f"PostgreSQL {version} is too old; it must be 15 or later")
    return f"PostgreSQL {version}"


async def _migrations(config: Settings) -> str:
    steps = await asyncio.to_thread(missing, config.database_url)
    if steps:
        raise Wrong(f"{', '.join(steps)} not applied; `rubrica migrate` does it")
    return "up to date"


async def _queue(config: Settings) -> str:
    connector = PsycopgConnector(conninfo=config.database_url, min_size=1, max_size=1)
    with queue.replace_connector(connector) as app:
        async with app.open_async():
            waiting = sum(each["todo"] for each in await app.job_manager.list_queues_async())
            stalled = len(
                list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED))
            )
    if stalled:
        raise Wrong(
            f"{stalled} jobs of workers that died, {waiting} waiting; a running worker takes them "
            "over within seconds: see that `rubrica serve` runs"
        )
    return f"{waiting} jobs waiting, none stalled"


async def _contact_counts(db: Database) -> str:
    async with db.read() as tx:
        wrong = await contacts.miscounted(tx)
    return _all_true("account", [(row["account_id"], row) for row in wrong])


async def _list_counts(db: Database) -> str:
    async with db.read() as tx:
        wrong = await lists.miscounted(tx)
    return _all_true("list", [(row["list_id"], row) for row in wrong])


async def _campaigns(db: Database) -> str:
    async with db.read() as tx:
        wrong = await campaigns.miscounted(tx)
        open_ends = await campaigns.unsettled(tx)
    if wrong:
        named = ", ".join(
            f"campaign {each.campaign_id} of account {each.account_id}" for each in wrong[:SHOWN]
        )
        raise Wrong(f"{named}{_more(len(wrong))}: the kept counts are not those of the recipients")
    if not open_ends:
        return "kept counts are true"
    named = ", ".join(
        f"{each.people:,} of campaign {each.campaign_id} of account {each.account_id}"
        for each in open_ends[:SHOWN]
    )
    return (
        f"kept counts are true; UNKNOWN for more than a day are {named}{_more(len(open_ends))}:"
        " ask the provider, then POST /campaigns/{id}/recipients/{recipientId}/settle"
    )


def _all_true(what: str, wrong: list[tuple[int, dict[str, Any]]]) -> str:
    """Refuse kept counts that are not the real ones."""
    if wrong:
        named = ", ".join(
            f"{what} {id} counts {row['kept']:,} and has {row['real']:,}"
            for id, row in wrong[:SHOWN]
        )
        raise Wrong(named + _more(len(wrong)))
    return "kept counts are true"


async def _imports(db: Database) -> str:
    async with db.read() as tx:
        wrong = await ledger.unbalanced(tx)
    if wrong:
        named = ", ".join(wrong[:SHOWN]) + _more(len(wrong))
        raise Wrong(f"{named}: the ledger does not give its sums")
    return "every finished one is balanced"


async def _suppressions(db: Database) -> str:
    async with db.read() as tx:
        wrong = await consents.hashed_otherwise(tx)
    if wrong:
        named = ", ".join(map(str, wrong[:SHOWN])) + _more(len(wrong))
        raise Wrong(
            f"those of account {named} were made with another secret and are not found: bring the "
            "former RUBRICA_SECRET, or the file `secret`, back"
        )
    return "they are of our secret"


async def _numbers(db: Database) -> str:
    async with db.read() as tx:
        pairs = await contacts.twins_counted(tx)
        unknown = await consents.otherwise_written(tx)
    if unknown:
        named = ", ".join(map(str, unknown[:SHOWN])) + _more(len(unknown))
        raise Wrong(
            f"suppressions of account {named} are known by old writings of their numbers; "
            "`rubrica serve` mends that at its start"
        )
    if pairs:
        named = ", ".join(
            f"account {row['account_id']} has {row['pairs']:,}" for row in pairs[:SHOWN]
        )
        raise Wrong(
            f"{named}{_more(len(pairs))} pairs of contacts whose numbers are one in two writings: "
            "GET /contacts/duplicates?reason=SAME_NUMBER names them, merge them"
        )
    return "one contact for each"


def _more(count: int) -> str:
    return f" and {count - SHOWN} more" if count > SHOWN else ""
