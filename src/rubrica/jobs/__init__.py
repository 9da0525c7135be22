"""Work for later, kept in the same database and written in the same transaction."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import signature
from typing import Any, TypeAlias, cast

import structlog
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.retry import RetryStrategy
from procrastinate.tasks import Task
from psycopg import InterfaceError, OperationalError

from rubrica.db import Tx
from rubrica.errors import Unready

Job: TypeAlias = Task[Any, Any, Any]
log = structlog.get_logger()

TRANSIENT = (OperationalError, InterfaceError, Unready)
"""What may pass by trying again: a database that went away, a deadlock."""
LIMITS = "54"
"""The class of PostgreSQL's limits (its Appendix A): what breaks one will break it again."""
HEARTBEAT, STALLED = 1.0, 4.0
"""Seconds between two signs of life of a worker, and without one until its jobs are taken over."""

# The web process only ever writes jobs on a connection it already holds, so this connector
# stays closed there; `rubrica.worker` swaps in an open one.
queue = App(connector=PsycopgConnector())


def passes(error: Exception) -> bool:
    """Tell whether trying again may help."""
    broken = isinstance(error, OperationalError) and (error.sqlstate or "").startswith(LIMITS)
    return isinstance(error, TRANSIENT) and not broken


def job(name: str) -> Callable[[Callable[..., Awaitable[None]]], Job]:
    """Declare a job. Its name is stored: rename it as you would a column.

    A job takes ids, may run twice, and goes on where its last committed step left it. What its
    parameters call `db` and `storage` comes from the worker, as in a route.
    """

    def declare(work: Callable[..., Awaitable[None]]) -> Job:
        wanted = [p for p in signature(work).parameters if p in ("db", "storage")]

        @wraps(work)
        async def run(context: JobContext, **args: Any) -> None:
            worker = cast("dict[str, Any]", context.additional_context)
            await work(**{each: worker[each] for each in wanted}, **args)

        # Tried for ever, and taken up again after a shutdown: a job gives up by itself, in its row.
        again = (*TRANSIENT, asyncio.CancelledError)
        retry = RetryStrategy(
            max_attempts=None,
            wait=1,
            retry_exceptions=again,  # pyright: ignore[reportArgumentType] - it takes them all
        )
        return queue.task(name=name, retry=retry, pass_context=True)(run)

    return declare


async def enqueue(tx: Tx, job: Job, **args: Any) -> None:
    """Have a job done if, and only if, this transaction commits."""
    await job.configure(connection=tx.conn).defer_async(**args)


async def is_worked(tx: Tx) -> bool:
    """Tell whether some worker gave a sign of life of late."""
    return await tx.value(
        "SELECT EXISTS (SELECT FROM procrastinate_workers"
        " WHERE last_heartbeat > clock_timestamp() - make_interval(secs => %(seconds)s))",
        seconds=STALLED,
    )


async def rescue() -> None:
    """Take over, for ever, the jobs of workers that no longer give a sign of life."""
    while True:
        try:
            stalled = await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED)
            for lost in stalled:
                log.warning("taking over a job whose worker died", job=lost.task_name, id=lost.id)
                await queue.job_manager.retry_job(lost)
        except Exception as error:  # noqa: BLE001 - the database may be away: try again
            log.warning("cannot look for stalled jobs", error=str(error))
        await asyncio.sleep(HEARTBEAT)


__all__ = [
    "HEARTBEAT", "STALLED", "TRANSIENT", "Job", "enqueue", "is_worked", "job", "passes", "queue",
    "rescue",
]  # fmt: skip
