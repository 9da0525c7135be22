"""Pages of contacts: how a filter and a sort become one statement.

Every sort ends with the id; empty values stand last in both orders. A sort is walked in
segments (members of the preferred list, the others; values, then empty ones), so that each is
read in the order of an index.
"""

from itertools import product
from typing import Any, Literal, LiteralString

from psycopg.sql import SQL, Composable, Identifier

from rubrica.contacts.filters import Condition
from rubrica.contacts.model import Contact, Id
from rubrica.db import Tx
from rubrica.paging import BadCursor, PageQuery, is_id, read_cursor, write_cursor

SortBy = Literal["fullName", "createdAt", "updatedAt", "email", "phoneNumber", "id"]
COLUMN = {
    "fullName": "name_key",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "email": "email",
    "phoneNumber": "phone_key",
    "id": "id",
}
"""The key of a number is sorted by, not its writing: it has the index, and they are equal."""
CAN_BE_EMPTY = frozenset({"name_key", "email", "phone_key"})
TYPE: dict[str, LiteralString] = {
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
    "id": "bigint",
}
NUMBER: tuple[LiteralString, ...] = ("0", "1", "2", "3")
"""The segments' own numbers, as SQL."""

COLUMNS = """
    c.id, c.external_id, c.phone_number, c.email, c.first_name, c.last_name,
    btrim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')) AS full_name,
    c.gender, c.birth_date, c.company, c.language, c.notes, c.custom_fields, c.tags, c.is_valid,
    c.phone_type, c.country_code, c.channels AS communication_supported, c.is_test,
    c.created_at, c.updated_at
"""


class ContactPage(PageQuery, frozen=True, kw_only=True):
    """Which page of contacts, in which order."""

    sort_by: SortBy = "fullName"
    sort_priority_list_id: Id | None = None


async def find(tx: Tx, query: ContactPage, where: Condition) -> tuple[list[Contact], str | None]:
    """Return one page, and the cursor of the next where there is one."""
    column = COLUMN[query.sort_by]
    down = query.sort_order == "desc"
    segments = _segments(column, query.sort_priority_list_id)
    priority = query.sort_priority_list_id
    bound_to = ["contacts", where.sql.as_string(), where.values, query.sort_by, down, priority]
    start, key, last = 0, None, None
    if query.cursor is not None:
        start, key, last = _place(query.cursor, bound_to, len(segments))
    values: dict[str, Any] = where.values | {
        "key": key,
        "last": last,
        "priority": priority,
        "limit": query.limit + 1,
        "offset": 0 if query.cursor else query.page * query.limit,
    }
    parts = [
        _segment(
            number, extra, column, where, down=down, resume=number == start and last is not None
        )
        for number, extra in enumerate(segments)
        if number >= start
    ]
    order = SQL("segment, sort_key {0}, id {0}").format(SQL("DESC" if down else "ASC"))
    sql = SQL("SELECT * FROM ({}) AS page ORDER BY {} LIMIT %(limit)s OFFSET %(offset)s").format(
        SQL(" UNION ALL ").join(parts), order
    )
    rows = await tx.all(_row, sql, **values)
    content = [contact for _, _, contact in rows[: query.limit]]
    if len(rows) <= query.limit:
        return content, None
    segment, key, contact = rows[query.limit - 1]
    place = key.isoformat() if column.endswith("_at") else key
    return content, write_cursor([segment, place, contact.id], bound_to)


def _place(cursor: str, bound_to: Any, segments: int) -> tuple[int, str | None, int]:
    match read_cursor(cursor, bound_to):
        case [int() as segment, None | str() | int() as key, last] if (
            0 <= segment < segments and is_id(last)
        ):
            return segment, None if key is None else str(key), last
        case _:
            raise BadCursor


def _segments(column: str, priority: int | None) -> list[Composable]:
    member = (
        "EXISTS (SELECT FROM list_members p WHERE p.account_id = c.account_id"
        " AND p.list_id = %(priority)s AND p.contact_id = c.id)"
    )
    first: list[Any] = [SQL(member), SQL("NOT " + member)] if priority else [SQL("TRUE")]
    empty = SQL("c.{} IS {} NULL")
    second: list[Any] = [SQL("TRUE")]
    if column in CAN_BE_EMPTY:
        second = [empty.format(Identifier(column), SQL(word)) for word in ("NOT", "")]
    return [SQL("{} AND {}").format(*pair) for pair in product(first, second)]


def _segment(
    number: int, extra: Composable, column: str, where: Condition, *, down: bool, resume: bool
) -> Composable:
    # Where the segment is that of the empty values, its keys are all null: the id alone is the key.
    only_id = column == "id" or (column in CAN_BE_EMPTY and number % 2 == 1)
    key = (
        SQL("NULL::text") if only_id and column != "id" else SQL("c.{}").format(Identifier(column))
    )
    sign, order = (SQL("<"), SQL("DESC")) if down else (SQL(">"), SQL("ASC"))
    after: Composable = SQL("TRUE")
    if resume and only_id:
        after = SQL("c.id {} %(last)s").format(sign)
    elif resume:
        after = SQL("({}, c.id) {} (%(key)s::{}, %(last)s)").format(
            key,
            sign,
            SQL(TYPE.get(column, "text")),
        )
    by = SQL("c.id {}").format(order) if only_id else SQL("{0} {1}, c.id {1}").format(key, order)
    return SQL(
        "(SELECT {number}::int AS segment, {key} AS sort_key, {columns} FROM contacts c"
        " WHERE {where} AND {extra} AND {after} ORDER BY {by}"
        " LIMIT %(limit)s::bigint + %(offset)s::bigint)"
    ).format(
        number=SQL(NUMBER[number]),
        key=key,
        columns=SQL(COLUMNS),
        where=where.sql,
        extra=extra,
        after=after,
        by=by,
    )


def _row(*, segment: int, sort_key: Any, **columns: Any) -> tuple[int, Any, Contact]:
    return segment, sort_key, Contact(**columns)
