"""What the database knows of itself and of work that waits: one function, one statement."""

from rubrica.db import Tx
from rubrica.jobs import STALLED

Count = tuple[tuple[str, ...], int]
"""The values of the labels, and how many there are."""


async def jobs(tx: Tx) -> list[Count]:
    """Count the jobs of the queue by name, and whether somebody does them."""
    return await tx.all(
        _two,
        "SELECT task_name AS a, CASE status WHEN 'todo' THEN 'waiting' ELSE 'running' END AS b,"
        " count(*) AS n FROM procrastinate_jobs WHERE status IN ('todo', 'doing') GROUP BY 1, 2",
    )


async def workers(tx: Tx) -> list[Count]:
    """Count the workers that give signs of life, and those that no longer do."""
    return await tx.all(
        _one,
        "SELECT CASE WHEN last_heartbeat > clock_timestamp() - make_interval(secs => %(s)s)"
        " THEN 'alive' ELSE 'silent' END AS a, count(*) AS n FROM procrastinate_workers GROUP BY 1",
        s=STALLED,
    )


async def imports(tx: Tx) -> list[Count]:
    """Count the imports by status."""
    return await tx.all(_one, "SELECT status AS a, count(*) AS n FROM imports GROUP BY 1")


async def exports(tx: Tx) -> list[Count]:
    """Count the exports by status."""
    return await tx.all(_one, "SELECT status AS a, count(*) AS n FROM exports GROUP BY 1")


async def operations(tx: Tx) -> list[Count]:
    """Count the bulk operations by status."""
    return await tx.all(_one, "SELECT status AS a, count(*) AS n FROM operations GROUP BY 1")


async def connections(tx: Tx) -> list[Count]:
    """Count everybody's connections to this database by what they do."""
    return await tx.all(
        _one,
        "SELECT coalesce(state, 'unknown') AS a, count(*) AS n FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend' GROUP BY 1",
    )


def _one(*, a: str, n: int) -> Count:
    return (a,), n


def _two(*, a: str, b: str, n: int) -> Count:
    return (a, b), n
