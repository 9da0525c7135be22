"""A CSV file from COPY: PostgreSQL writes every row, and Python only hands the bytes on.

UTF-8 with a byte order mark, without which Excel reads a file in the code page of its country; the
import passes over it. Lines end with a line feed. Every cell that holds something is quoted, so
that no program has to guess where a cell ends or what its quote is.
"""

import csv
import io
from collections.abc import AsyncGenerator, Sequence

from psycopg.sql import SQL, Composed, Literal

from rubrica.db import Tx
from rubrica.exports.model import COMMA, Plan, Tell

BLOCK = 1024 * 1024
"""Bytes that are handed on together."""


def header(names: Sequence[str], delimiter: str) -> bytes:
    """Return the byte order mark and the first line.

    COPY's own header would cut names after 63 bytes, and a custom field's may be longer.
    """
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(
        names
    )
    return line.getvalue().encode("utf-8-sig")


def statement(plan: Plan, delimiter: str) -> Composed:
    """Return the COPY of the cells of a plan's rows."""
    return SQL(
        "COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT"
        " (FORMAT csv, DELIMITER {}, FORCE_QUOTE *, ENCODING 'UTF8')"
    ).format(plan.cells, plan.rows, plan.order, Literal(delimiter))


def write(tx: Tx, plan: Plan, tell: Tell) -> AsyncGenerator[bytes]:
    """Yield the file."""
    delimiter = plan.wish.delimiter or COMMA
    return blocks(tx, plan, statement(plan, delimiter), header(plan.names, delimiter), tell)


async def blocks(
    tx: Tx, plan: Plan, copy: Composed, first: bytes, tell: Tell
) -> AsyncGenerator[bytes]:
    """Yield what COPY sends behind `first`, about 1 MiB at a time, and tell of the rows so far.

    PostgreSQL sends a message for each row (its protocol, COPY Operations), so that a block ends
    with a row, and counting the messages gives the progress; the number in the end is the one of
    the command's own status.
    """
    held, size, rows = [first], len(first), 0
    async with tx.conn.cursor() as cursor:
        async with cursor.copy(copy, plan.values) as messages:
            async for message in messages:
                held.append(bytes(message))
                size += len(message)
                rows += 1
                if size >= BLOCK:
                    tell(rows)
                    yield b"".join(held)
                    held, size = [], 0
        tell(max(0, cursor.rowcount))
    yield b"".join(held)
