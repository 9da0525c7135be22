"""Contacts that are probably one person: groups to be looked at, and merged.

Read in the order of an index, a window of rows after the other, so that a request costs the same
in an account of a million contacts as in a small one: it may end before its page is full.
"""

from typing import Annotated, Literal, LiteralString, NamedTuple

import msgspec
from psycopg.sql import SQL

from rubrica.contacts import queries, twins
from rubrica.contacts.model import Contact
from rubrica.db import Tx
from rubrica.paging import BadCursor, Page, read_cursor, write_cursor

WINDOW, WINDOWS = 20_000, 10
"""Contacts that are compared at a time, and how often in one request."""
MOST = 20
"""Contacts above which a group is an office or a family name, not a person."""
Reason = Literal["SAME_NUMBER", "SAME_EMAIL", "SAME_NAME_AND_BIRTH_DATE", "SAME_NAME_AND_COMPANY"]


class DuplicateQuery(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Which suggestions; walked by `cursor`, and never counted."""

    reason: Reason | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    cursor: str | None = None


class Duplicates(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts that are probably one person, and why."""

    reason: Reason
    contacts: list[Contact]


class _Look(NamedTuple):
    """What contacts must have in common: a key that is sorted by, and something within it."""

    key: LiteralString
    within: LiteralString = "''"
    among: LiteralString = "true"
    having: LiteralString = "true"


LOOKS: dict[Reason, _Look | None] = {
    "SAME_NUMBER": None,  # `twins` knows of them
    "SAME_EMAIL": _Look("c.email"),
    "SAME_NAME_AND_BIRTH_DATE": _Look(
        "c.name_key", "c.birth_date", "c.birth_date IS NOT NULL AND strpos(c.name_key, ' ') > 0"
    ),
    # Those of one birth date as well were named before.
    "SAME_NAME_AND_COMPANY": _Look(
        "c.name_key",
        "folded(c.company)",
        "c.company IS NOT NULL AND strpos(c.name_key, ' ') > 0",
        "count(born) < count(*)",
    ),
}
_EDGE: LiteralString = """
    SELECT max(key) AS key, count(*) AS rows
      FROM (SELECT {key} AS key FROM contacts c
             WHERE c.account_id = %(account)s AND {key} >= %(after)s
             ORDER BY {key}, c.id LIMIT %(window)s) AS w
"""
# Who goes by several names, or was born on several days, is several people: they are parted, and
# those of whom it is not known belong to none of them.
_GROUPS: LiteralString = """
    SELECT key, first, ids
      FROM (SELECT key, min(id) AS first, array_agg(id ORDER BY id) AS ids
              FROM (SELECT c.id, {key} AS key, {within} AS within, c.birth_date AS born,
                           CASE WHEN min(c.name_key) OVER k <> max(c.name_key) OVER k
                                THEN coalesce(c.name_key, c.id::text) END AS other_name,
                           CASE WHEN min(c.birth_date) OVER k <> max(c.birth_date) OVER k
                                THEN coalesce(c.birth_date, c.id::text) END AS other_birth
                      FROM contacts c
                     WHERE c.account_id = %(account)s AND {key} >= %(after)s
                       AND (%(upto)s::text IS NULL OR {key} < %(upto)s) AND {among}
                    WINDOW k AS (PARTITION BY {key}, {within})) AS parted
             GROUP BY key, within, other_name, other_birth
            HAVING count(*) BETWEEN 2 AND %(most)s AND {having}) AS found
     WHERE (key, first) > (%(after)s, %(first)s)
     ORDER BY key, first LIMIT %(limit)s
"""


class _Edge(msgspec.Struct, frozen=True):
    key: str | None
    rows: int


class _Group(msgspec.Struct, frozen=True):
    key: str
    first: int
    ids: list[int]


class _Place(NamedTuple):
    """Where to go on: behind the group of a key whose first contact this is."""

    look: int
    after: str = ""
    first: int = 0


async def find(tx: Tx, account: int, query: DuplicateQuery) -> Page[Duplicates]:
    """Return some suggestions, and where to go on."""
    reasons: list[Reason] = [query.reason] if query.reason else list(LOOKS)
    place: _Place | None = _Place(0)
    if query.cursor is not None:
        place = _read(query.cursor, query, len(reasons))
    found: list[tuple[Reason, _Group]] = []
    for _ in range(WINDOWS):
        if place is None or len(found) >= query.limit:
            break
        reason = reasons[place.look]
        groups, behind = await _window(tx, account, place, reason, query.limit - len(found))
        found.extend((reason, group) for group in groups)
        place = behind if behind.look < len(reasons) else None
    ids = sorted({id for _, group in found for id in group.ids})
    contacts = {each.id: each for each in await queries.by_ids(tx, account, ids)}
    content = [
        Duplicates(reason=reason, contacts=[contacts[id] for id in group.ids if id in contacts])
        for reason, group in found
    ]
    cursor = None if place is None else write_cursor(list(place), _bound(query))
    return Page(content=content, page=None, limit=query.limit, next_cursor=cursor)


async def _window(
    tx: Tx, account: int, place: _Place, reason: Reason, limit: int
) -> tuple[list[_Group], _Place]:
    """Return the groups of one window, and the place behind them."""
    asked = LOOKS[reason]
    if asked is None:
        return await _twins(tx, account, place, limit)
    look = {name: SQL(part) for name, part in asked._asdict().items()}
    edge = await tx.one(
        _Edge, SQL(_EDGE).format(key=look["key"]), account=account, after=place.after, window=WINDOW
    )
    assert edge is not None
    last = edge.rows < WINDOW
    if not last and edge.key == place.after:
        # One key fills the window: these are not one person. \x01 makes the next key there can be.
        return [], _Place(place.look, f"{place.after}\x01")
    groups = await tx.all(
        _Group,
        SQL(_GROUPS).format(**look),
        account=account,
        after=place.after,
        first=place.first,
        upto=None if last else edge.key,
        most=MOST,
        limit=limit + 1,
    )
    if len(groups) > limit:
        end = groups[limit - 1]
        return groups[:limit], _Place(place.look, end.key, end.first)
    return groups, _Place(place.look + 1) if last else _Place(place.look, edge.key or "")


async def _twins(tx: Tx, account: int, place: _Place, limit: int) -> tuple[list[_Group], _Place]:
    pairs = await twins.find(tx, account, place.after, limit + 1)
    groups = [_Group(pair.key, pair.ids[0], pair.ids) for pair in pairs]
    if len(groups) > limit:
        return groups[:limit], _Place(place.look, groups[limit - 1].key)
    return groups, _Place(place.look + 1)


def _bound(query: DuplicateQuery) -> list[str | None]:
    return ["duplicates", query.reason]


def _read(cursor: str, query: DuplicateQuery, looks: int) -> _Place:
    match read_cursor(cursor, _bound(query)):
        case [int() as look, str() as after, int() as first] if (
            0 <= look < looks and 0 <= first < 2**63 and "\0" not in after
        ):
            return _Place(look, after, first)
        case _:
            raise BadCursor
