"""Pages of a listing: by number, or by a cursor that goes on behind a key, with ids last.

One of the few places where SQL is put together from parts: no value is ever among them.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, LiteralString, NamedTuple, Protocol, TypeVar

from psycopg.sql import SQL, Composable

from rubrica.db import Tx
from rubrica.paging import (
    BadCursor,
    Page,
    PageQuery,
    is_id,
    page_of,
    read_cursor,
    write_cursor,
)


class HasId(Protocol):
    """What a listing holds: each thing has an id of its own."""

    @property
    def id(self) -> int:
        """Return it."""
        ...


Row = TypeVar("Row", bound=HasId)


class Key(NamedTuple):
    """What a listing is sorted by: a column that is never null, and its type."""

    column: LiteralString
    type: LiteralString


class Listing(NamedTuple):
    """What is listed: the columns of a source, where all of `where` holds, by a key and an id."""

    name: str
    """What cursors are bound to, beside the filter and the sort."""
    columns: LiteralString
    source: LiteralString
    where: Sequence[Composable]
    values: dict[str, Any]
    sort_by: str
    key: Key
    id: LiteralString


async def find(
    tx: Tx, row: Callable[..., Row], query: PageQuery, listing: Listing, *, descending: bool
) -> Page[Row]:
    """Return a page of a listing. Raises BadCursor for a cursor of another filter or sort."""
    where = SQL(" AND ").join(listing.where)
    values = dict(listing.values)
    source, key, id = SQL(listing.source), SQL(listing.key.column), SQL(listing.id)
    total = None
    if query.counted:
        count = SQL("SELECT count(*) FROM {} WHERE {}").format(source, where)
        total = await tx.value(count, **values)
    bound_to = [listing.name, where.as_string(), dict(values), listing.sort_by, descending]
    if query.cursor is not None:
        match read_cursor(query.cursor, bound_to):
            case [str() | int() as at, last] if is_id(last):
                values |= {"key": str(at), "last": last}
            case _:
                raise BadCursor
        behind = "({key}, {id}) {sign} (%(key)s::{type}, %(last)s)"
        if listing.key.column == listing.id:
            behind = "{id} {sign} %(last)s"
        after = SQL(behind).format(
            key=key, id=id, sign=SQL("<" if descending else ">"), type=SQL(listing.key.type)
        )
        where = SQL("{} AND {}").format(where, after)
    rows = await tx.all(
        partial(_keyed, row),
        SQL(
            "SELECT {columns}, {key} AS sort_key FROM {source} WHERE {where}"
            " ORDER BY {key} {order}, {id} {order} LIMIT %(limit)s OFFSET %(offset)s"
        ).format(
            columns=SQL(listing.columns),
            key=key,
            source=source,
            where=where,
            id=id,
            order=SQL("DESC" if descending else "ASC"),
        ),
        limit=query.limit + 1,
        offset=0 if query.cursor else query.page * query.limit,
        **values,
    )
    content = [found for _, found in rows[: query.limit]]
    cursor = None
    if len(rows) > query.limit:
        at, last = rows[query.limit - 1]
        place: Any = at.isoformat() if isinstance(at, datetime) else at
        cursor = write_cursor([place, last.id], bound_to)
    return page_of(content, query, total, cursor)


def _keyed(row: Callable[..., Row], *, sort_key: Any, **columns: Any) -> tuple[Any, Row]:
    return sort_key, row(**columns)
