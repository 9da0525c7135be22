"""How a call with a key is carried out once, whoever dies on the way."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog

from rubrica.db import Database, Tx
from rubrica.idempotency import queries
from rubrica.idempotency.model import (
    PATIENCE,
    RENEWED,
    Answer,
    Call,
    IdempotencyKeyInFlight,
    IdempotencyKeyReused,
    IdempotentAnswerLost,
)

PAUSE = 0.05
"""Seconds between two looks at a twin; no connection is held meanwhile."""
log = structlog.get_logger()


class OnceDatabase(Database):
    """The database as one call sees it: its first transaction also marks the call as done.

    The mark is the last thing before the commit: both are there, or neither.
    """

    def __init__(self, db: Database, call: Call) -> None:  # pyright: ignore[reportMissingSuperCall]
        self._db = db
        self._call = call
        self.marked = False
        """Whether what the call asked for is committed."""

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Tx]:
        """Begin; mark and commit at the end, or roll back on any exception."""
        async with self._db.transaction() as tx:
            yield tx
            if not self.marked and not await queries.mark(tx, self._call):
                raise IdempotencyKeyInFlight
        self.marked = True

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Tx]:
        """Keep one connection, outside a transaction."""
        async with self._db.session() as tx:
            yield tx

    read = session

    @asynccontextmanager
    async def fresh(self) -> AsyncGenerator[Tx]:
        """Open a connection outside the pool."""
        async with self._db.fresh() as tx:
            yield tx

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[Tx]:
        """Begin a transaction that sees one moment throughout."""
        async with self._db.snapshot() as tx:
            yield tx


async def begin(db: Database, call: Call) -> Answer | None:
    """Become the one who carries a call out, or return what its twin was answered with.

    A twin in flight is waited for. Raises where the key came with another call, where the twin
    takes too long, and where it was carried out but nobody knows its answer.
    """
    until = asyncio.get_running_loop().time() + PATIENCE
    while True:
        async with db.session() as tx:
            known = await queries.find(tx, call)
            dead = known is not None and not known.held and not known.done
            if known is not None and known.fingerprint != call.fingerprint:
                raise IdempotencyKeyReused(
                    "This Idempotency-Key came with another address, query or body within the"
                    " last 24 h; nothing was done. Take a new key for a new call."
                )
            if (known is None or dead) and await queries.claim(tx, call):
                return None
        if known is not None and known.answer is not None:
            return known.answer
        if known is not None and known.done and not known.held:
            raise IdempotentAnswerLost(
                "The call with this Idempotency-Key was carried out, and is not done again. Its"
                " answer was lost or erased: look at what is there."
            )
        if asyncio.get_running_loop().time() > until:
            raise IdempotencyKeyInFlight(
                f"A call with this Idempotency-Key has been at work for more than {PATIENCE:.0f} s;"
                " ask again later."
            )
        await asyncio.sleep(PAUSE)


@asynccontextmanager
async def alive(db: Database, call: Call) -> AsyncGenerator[None]:
    """Give signs of life meanwhile."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(RENEWED)
            try:
                async with db.session() as tx:
                    await queries.hold(tx, call)
            except Exception as error:  # noqa: BLE001 - the database may be away: try again
                log.warning("cannot renew the hold on a call", error=str(error))

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()


async def end(db: Database, call: Call, answer: Answer | None, *, marked: bool) -> None:
    """Keep the answer, or nothing where the call was refused; the caller is answered anyhow."""
    try:
        async with db.session() as tx:
            if answer is not None:
                await queries.keep(tx, call, answer)
            elif marked:
                await queries.hold(tx, call, 0)
            else:
                await queries.release(tx, call)
    except Exception as error:  # noqa: BLE001 - what was done is marked; the hold ends by itself
        log.warning("cannot keep an answer", error=str(error))
