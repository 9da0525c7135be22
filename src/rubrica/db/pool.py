"""Where transactions come from."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, IsolationLevel
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from rubrica.db.tx import Tx
from rubrica.errors import Unready


class Database:
    """A pool of connections to one PostgreSQL database."""

    def __init__(self, url: str, *, size: int = 10) -> None:
        self.url = url
        self._pool = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            open=False,
            timeout=10,
            reconnect_timeout=60,
            kwargs={"autocommit": True},
            configure=_in_utc,
            check=AsyncConnectionPool.check_connection,
        )

    async def open(self) -> None:
        """Connect; a database that does not answer yet is waited for in the background."""
        await self._pool.open()

    async def close(self) -> None:
        """Disconnect."""
        await self._pool.close()

    def stats(self) -> dict[str, int]:
        """Return what the pool says of itself, such as `pool_size` and `pool_available`."""
        return self._pool.get_stats()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Tx]:
        """Begin; commit at the end, or roll back on any exception."""
        async with self.session() as tx, tx.conn.transaction():
            yield tx

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Tx]:
        """Keep one connection, outside a transaction: each statement sees its own moment."""
        try:
            conn = await self._pool.getconn()
        except PoolTimeout as error:
            raise Unready("The database does not answer; try again in a moment.") from error
        try:
            yield Tx(conn)
        finally:
            await self._pool.putconn(conn)

    read = session

    @asynccontextmanager
    async def fresh(self) -> AsyncGenerator[Tx]:
        """Open a connection outside the pool, that prepares nothing and is closed afterwards."""
        async with await AsyncConnection.connect(
            self.url, autocommit=True, prepare_threshold=None
        ) as conn:
            await _in_utc(conn)
            yield Tx(conn)

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[Tx]:
        """Begin a transaction that sees one moment throughout, and writes nothing."""
        async with self.session() as tx:
            await tx.conn.set_isolation_level(IsolationLevel.REPEATABLE_READ)
            await tx.conn.set_read_only(True)
            try:
                async with tx.conn.transaction():
                    yield tx
            finally:
                if tx.conn.info.transaction_status != TransactionStatus.IDLE:
                    # Cancelled where a COPY begins, it is of no more use; the pool opens another.
                    await tx.conn.close()
                else:
                    await tx.conn.set_isolation_level(None)
                    await tx.conn.set_read_only(None)


async def _in_utc(conn: AsyncConnection[Any]) -> None:
    """Have every moment come out in UTC, wherever the server stands."""
    await conn.execute("SET TIME ZONE 'UTC'")
