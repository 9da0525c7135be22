"""A JSONL file: an object for each row, with the fields that the API shows, in one line.

PostgreSQL makes the objects. Its JSON has no raw control characters (RFC 8259, 7, forbids them), so
that COPY in CSV form, with two of those for delimiter and quote, finds nothing to quote and hands
each object on as it is; its text form would double the backslashes.
"""

from collections.abc import AsyncGenerator

from psycopg.sql import SQL, Composed

from rubrica.db import Tx
from rubrica.exports import copying
from rubrica.exports.model import Plan, Tell


def statement(plan: Plan) -> Composed:
    """Return the COPY of a plan's rows as objects."""
    return SQL(
        "COPY (SELECT row_to_json(line) FROM (SELECT {} FROM {} ORDER BY {}) AS line)"
        " TO STDOUT (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02', ENCODING 'UTF8')"
    ).format(plan.fields, plan.rows, plan.order)


def write(tx: Tx, plan: Plan, tell: Tell) -> AsyncGenerator[bytes]:
    """Yield the file; each block ends with a line."""
    return copying.blocks(tx, plan, statement(plan), b"", tell)
