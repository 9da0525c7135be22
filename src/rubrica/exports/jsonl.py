"""A JSONL file: an object for each contact, with the fields that the API shows, in one line.

PostgreSQL makes the objects. Its JSON has no raw control characters (RFC 8259, 7, forbids them), so
that COPY in CSV form, with two of those for delimiter and quote, finds nothing to quote and hands
each object on as it is; its text form would double the backslashes.
"""

from collections.abc import AsyncGenerator, Sequence

from psycopg.sql import SQL, Composed, Identifier, Literal

from rubrica.contacts import Condition
from rubrica.db import Tx
from rubrica.exports import columns, copying
from rubrica.exports.model import Plan, Tell


def statement(where: Condition, names: Sequence[str], *, custom: bool) -> Composed:
    """Return the COPY of the contacts of a condition, by id; `custom`: with `customFields`."""
    keys = [name.removeprefix(columns.CUSTOM) for name in names if name not in columns.FIELDS]
    fields = [
        SQL("{} AS {}").format(columns.VALUES[name], Identifier(name))
        for name in names
        if name in columns.FIELDS
    ]
    if custom or keys:
        fields.append(SQL("{} AS {}").format(_custom_fields(keys), Identifier("customFields")))
    return SQL(
        "COPY (SELECT row_to_json(contact) FROM (SELECT {} FROM contacts c WHERE {} ORDER BY c.id)"
        " AS contact) TO STDOUT (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02', ENCODING 'UTF8')"
    ).format(SQL(", ").join(fields), where.sql)


def _custom_fields(keys: list[str]) -> Composed:
    """Return an object that has every key; json_build_object would take fifty at the most."""
    return SQL(
        "coalesce((SELECT json_object_agg(key, c.custom_fields -> key)"
        " FROM unnest({}::text[]) AS key), '{{}}')"
    ).format(Literal(keys))


def write(tx: Tx, plan: Plan, tell: Tell) -> AsyncGenerator[bytes]:
    """Yield the file; each block ends with a line."""
    copy = statement(plan.where, plan.names, custom=plan.wish.columns is None)
    return copying.blocks(tx, plan.where, copy, b"", tell)
