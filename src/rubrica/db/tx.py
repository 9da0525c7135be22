"""One open transaction."""

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from typing import Any, LiteralString, TypeAlias, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import kwargs_row, scalar_row
from psycopg.sql import Composed

Row = TypeVar("Row")
Query: TypeAlias = LiteralString | Composed
"""SQL is a literal. Only filters and sorts are composed, in the modules made for that."""


class Tx:
    """One open transaction.

    Every query takes its SQL as a literal and its values by name. A type checker refuses SQL
    that was put together from anything but literals.
    """

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self.conn = conn

    async def all(self, row: Callable[..., Row], sql: Query, **values: Any) -> list[Row]:
        """Return every row. Composed SQL is planned for its values each time."""
        async with self.conn.cursor(row_factory=kwargs_row(row), binary=True) as cur:
            await cur.execute(sql, values, prepare=_prepare(sql))
            return await cur.fetchall()

    async def one(self, row: Callable[..., Row], sql: Query, **values: Any) -> Row | None:
        """Return the row, or nothing."""
        async with self.conn.cursor(row_factory=kwargs_row(row), binary=True) as cur:
            await cur.execute(sql, values, prepare=_prepare(sql))
            return await cur.fetchone()

    async def value(self, sql: Query, **values: Any) -> Any:
        """Return the first column of the first row."""
        async with self.conn.cursor(row_factory=scalar_row) as cur:
            await cur.execute(sql, values, prepare=_prepare(sql))
            return await cur.fetchone()

    async def column(self, sql: Query, **values: Any) -> list[Any]:
        """Return the first column of every row."""
        async with self.conn.cursor(row_factory=scalar_row) as cur:
            await cur.execute(sql, values, prepare=_prepare(sql))
            return await cur.fetchall()

    async def run(self, sql: Query, **values: Any) -> int:
        """Change something; return how many rows changed."""
        return (await self.conn.execute(sql, values, prepare=_prepare(sql))).rowcount

    async def copy_in(self, sql: LiteralString, rows: Iterable[Sequence[Any]]) -> None:
        """Pour rows into a table, with COPY … FROM STDIN."""
        async with self.conn.cursor() as cur, cur.copy(sql) as copy:
            for row in rows:
                await copy.write_row(row)

    async def copy_text(self, sql: LiteralString, block: bytes) -> None:
        """Pour a ready block of COPY's own text format into a table."""
        async with self.conn.cursor() as cur, cur.copy(sql) as copy:
            await copy.write(block)

    async def copy_out(self, sql: Query, **values: Any) -> AsyncGenerator[bytes]:
        """Stream the bytes of COPY … TO STDOUT."""
        async with self.conn.cursor() as cur, cur.copy(sql, values) as copy:
            async for block in copy:
                yield bytes(block)


def _prepare(sql: Query) -> bool | None:
    # A filter's best plan hangs on its values: a generic one took 190 ms in place of 3.
    return False if isinstance(sql, Composed) else None
