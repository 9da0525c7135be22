"""Every statement on the tables of lists: one function, one statement."""

from typing import Any, LiteralString

from psycopg.sql import SQL, Composable

from rubrica import keysets
from rubrica.db import Tx, refuses
from rubrica.keysets import Key, Listing
from rubrica.lists.model import KEPT_DAYS, ContactList, ListExists, ListQuery
from rubrica.operations import Selection
from rubrica.paging import Page

COLUMNS = """
    l.id, l.name, l.description, l.is_test,
    (SELECT coalesce(sum(d.delta), 0)::bigint FROM list_count_deltas d
      WHERE d.account_id = l.account_id AND d.list_id = l.id) AS contact_count,
    l.created_at, l.updated_at, l.deleted_at
"""
SORTS: dict[str, Key] = {
    "name": Key("l.name_key", "text"),
    "createdAt": Key("l.created_at", "timestamptz"),
    "updatedAt": Key("l.updated_at", "timestamptz"),
    "id": Key("l.id", "bigint"),
}


@refuses(lists_name=ListExists)
async def insert(tx: Tx, account: int, name: str, description: str, *, is_test: bool) -> int:
    """Add a list; return its id."""
    return await tx.value(
        "INSERT INTO lists (account_id, name, description, is_test)"
        " VALUES (%(account)s, %(name)s, %(description)s, %(is_test)s) RETURNING id",
        account=account,
        name=name,
        description=description,
        is_test=is_test,
    )


async def by_id(tx: Tx, account: int, id: int, *, lock: bool = False) -> ContactList | None:
    """Find one list, deleted or not, and hold it where it is about to be changed."""
    sql = SQL("SELECT {} FROM lists l WHERE l.account_id = %(account)s AND l.id = %(id)s {}")
    held = sql.format(SQL(COLUMNS), SQL("FOR NO KEY UPDATE" if lock else ""))
    return await tx.one(ContactList, held, account=account, id=id)


async def by_ids(tx: Tx, account: int, ids: list[int]) -> list[ContactList]:
    """Find the live lists among some ids."""
    sql = SQL(
        "SELECT {} FROM lists l WHERE l.account_id = %(account)s AND l.deleted_at IS NULL"
        " AND l.id = ANY(%(ids)s::bigint[])"
    )
    return await tx.all(ContactList, sql.format(SQL(COLUMNS)), account=account, ids=ids)


async def by_name(tx: Tx, account: int, name: str) -> ContactList | None:
    """Find a live list by its name, whatever its case and accents."""
    sql = SQL(
        "SELECT {} FROM lists l WHERE l.account_id = %(account)s AND l.deleted_at IS NULL"
        " AND l.name_key = folded(btrim(%(name)s))"
    )
    return await tx.one(ContactList, sql.format(SQL(COLUMNS)), account=account, name=name)


@refuses(lists_name=ListExists)
async def update(
    tx: Tx, account: int, id: int, name: str, description: str, *, is_test: bool
) -> None:
    """Write a live list anew, where it is not so already."""
    await tx.run(
        """
        UPDATE lists SET name = %(name)s, description = %(description)s, is_test = %(is_test)s,
                         updated_at = clock_timestamp()
         WHERE account_id = %(account)s AND id = %(id)s AND deleted_at IS NULL
           AND (name, description, is_test)
               IS DISTINCT FROM (%(name)s, %(description)s, %(is_test)s)
        """,
        account=account,
        id=id,
        name=name,
        description=description,
        is_test=is_test,
    )


async def delete(tx: Tx, account: int, ids: list[int]) -> list[int]:
    """Delete lists; their members are kept until they are purged."""
    return await tx.column(
        "UPDATE lists SET deleted_at = clock_timestamp()"
        " WHERE account_id = %(account)s AND id = ANY(%(ids)s::bigint[]) AND deleted_at IS NULL"
        " RETURNING id",
        account=account,
        ids=ids,
    )


@refuses(lists_name=ListExists)
async def restore(tx: Tx, account: int, id: int) -> None:
    """Bring a deleted list back."""
    await tx.run(
        "UPDATE lists SET deleted_at = NULL, updated_at = clock_timestamp()"
        " WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
    )


async def find(tx: Tx, account: int, query: ListQuery) -> Page[ContactList]:
    """Return a page of lists."""
    parts: list[Composable] = [SQL("l.account_id = %(account)s")]
    values: dict[str, Any] = {"account": account}
    if not query.include_deleted:
        parts.append(SQL("l.deleted_at IS NULL"))
    if query.search:
        parts.append(SQL("strpos(l.name_key, folded(btrim(%(search)s))) > 0"))
        values["search"] = query.search
    if query.id:
        parts.append(SQL("l.id = ANY(%(ids)s)"))
        values["ids"] = query.id
    if query.is_test is not None:
        parts.append(SQL("l.is_test = %(is_test)s"))
        values["is_test"] = query.is_test
    if query.contact_ids:
        parts.append(
            SQL(
                "EXISTS (SELECT FROM list_members m WHERE m.account_id = l.account_id"
                " AND m.list_id = l.id AND m.contact_id = ANY(%(contact_ids)s))"
            )
        )
        values["contact_ids"] = query.contact_ids
    listing = Listing(
        "lists", COLUMNS, "lists l", parts, values, query.sort_by, SORTS[query.sort_by], "l.id"
    )
    return await keysets.find(
        tx, ContactList, query, listing, descending=query.sort_order == "desc"
    )


async def hold(tx: Tx, account: int, ids: list[int]) -> list[int]:
    """Return those of the ids that are live lists, and keep them from being purged meanwhile."""
    return await tx.column(
        "SELECT id FROM lists WHERE account_id = %(account)s AND id = ANY(%(ids)s::bigint[])"
        " AND deleted_at IS NULL ORDER BY id FOR KEY SHARE",
        account=account,
        ids=ids,
    )


COMBINED: dict[str, LiteralString] = {
    "UNION": """
        SELECT DISTINCT contact_id AS id FROM list_members
         WHERE account_id = %(account)s AND list_id = ANY(%(lists)s::bigint[])
    """,
    "INTERSECTION": """
        SELECT contact_id AS id FROM list_members
         WHERE account_id = %(account)s AND list_id = ANY(%(lists)s::bigint[])
         GROUP BY contact_id HAVING count(*) = cardinality(%(lists)s::bigint[])
    """,
    "DIFFERENCE": """
        SELECT contact_id AS id FROM list_members
         WHERE account_id = %(account)s AND list_id = (%(lists)s::bigint[])[1]
        EXCEPT
        SELECT contact_id FROM list_members
         WHERE account_id = %(account)s AND list_id = ANY((%(lists)s::bigint[])[2:])
    """,
}


def combined(account: int, operation: str, lists: list[int], expected: int | None) -> Selection:
    """Select the contacts of lists, each named once, as an operation combines them."""
    sql = SQL("{}").format(SQL(COMBINED[operation]))
    return Selection(sql, {"account": account, "lists": lists}, expected)


async def count_selected(tx: Tx, selection: Selection) -> int:
    """Count the contacts of a selection."""
    sql = SQL("SELECT count(*) FROM ({}) AS selected").format(selection.sql)
    return await tx.value(sql, **selection.values)


async def add_members(
    tx: Tx, account: int, lists: list[int], contacts: list[int]
) -> list[tuple[int, int]]:
    """Put contacts into lists; return for each list how many are new in it."""
    return await _counted(
        tx,
        """
        WITH added AS (
            INSERT INTO list_members (account_id, list_id, contact_id)
            SELECT %(account)s, l, c
              FROM unnest(%(lists)s::bigint[]) AS l, unnest(%(contacts)s::bigint[]) AS c
             ORDER BY l, c
            ON CONFLICT DO NOTHING
            RETURNING list_id
        ), booked AS (
            INSERT INTO list_count_deltas (account_id, list_id, delta)
            SELECT %(account)s, list_id, count(*) FROM added GROUP BY list_id
        )
        SELECT list_id, count(*) AS n FROM added GROUP BY list_id
        """,
        account=account,
        lists=lists,
        contacts=contacts,
    )


async def remove_members(
    tx: Tx, account: int, lists: list[int], contacts: list[int]
) -> list[tuple[int, int]]:
    """Take contacts out of lists; return for each list how many were in it."""
    return await _counted(
        tx,
        """
        WITH removed AS (
            DELETE FROM list_members
             WHERE account_id = %(account)s AND list_id = ANY(%(lists)s::bigint[])
               AND contact_id = ANY(%(contacts)s::bigint[])
            RETURNING list_id
        ), booked AS (
            INSERT INTO list_count_deltas (account_id, list_id, delta)
            SELECT %(account)s, list_id, -count(*) FROM removed GROUP BY list_id
        )
        SELECT list_id, count(*) AS n FROM removed GROUP BY list_id
        """,
        account=account,
        lists=lists,
        contacts=contacts,
    )


async def forget_contacts(tx: Tx, account: int, contacts: list[int]) -> None:
    """Take contacts that are about to go out of every list."""
    await tx.run(
        """
        WITH removed AS (
            DELETE FROM list_members
             WHERE account_id = %(account)s AND contact_id = ANY(%(contacts)s::bigint[])
            RETURNING list_id
        )
        INSERT INTO list_count_deltas (account_id, list_id, delta)
        SELECT %(account)s, list_id, -count(*) FROM removed GROUP BY list_id
        """,
        account=account,
        contacts=contacts,
    )


async def move_members(tx: Tx, account: int, survivor: int, gone: int) -> None:
    """Put a contact into every list of another, deleted ones too; purging waits for it."""
    await tx.run(
        """
        WITH held AS (
            SELECT l.id FROM list_members m
              JOIN lists l ON l.account_id = m.account_id AND l.id = m.list_id
             WHERE m.account_id = %(account)s AND m.contact_id = %(gone)s
             ORDER BY l.id FOR KEY SHARE OF l
        ), added AS (
            INSERT INTO list_members (account_id, list_id, contact_id)
            SELECT %(account)s, id, %(survivor)s FROM held
            ON CONFLICT DO NOTHING
            RETURNING list_id
        )
        INSERT INTO list_count_deltas (account_id, list_id, delta)
        SELECT %(account)s, list_id, 1 FROM added
        """,
        account=account,
        survivor=survivor,
        gone=gone,
    )


async def _counted(tx: Tx, sql: Any, **values: Any) -> list[tuple[int, int]]:
    return await tx.all(_count, sql, **values)


def _count(*, list_id: int, n: int) -> tuple[int, int]:
    return list_id, n


async def fold_counts(tx: Tx) -> int:
    """Sum up the deltas of every list that has many; return how many were taken away."""
    return await tx.value(
        """
        WITH many AS (
            SELECT account_id, list_id FROM list_count_deltas
             GROUP BY account_id, list_id HAVING count(*) > 100
        ), taken AS (
            DELETE FROM list_count_deltas d USING many
             WHERE d.account_id = many.account_id AND d.list_id = many.list_id
            RETURNING d.account_id, d.list_id, d.delta
        ), put AS (
            INSERT INTO list_count_deltas (account_id, list_id, delta)
            SELECT account_id, list_id, sum(delta) FROM taken GROUP BY account_id, list_id
        )
        SELECT count(*) FROM taken
        """
    )


async def miscounted(tx: Tx) -> list[dict[str, Any]]:
    """List the lists whose kept count is not their number of members."""
    return await tx.all(
        dict,
        """
        WITH real AS (SELECT account_id, list_id, count(*) AS n FROM list_members
                       GROUP BY account_id, list_id),
             kept AS (SELECT account_id, list_id, sum(delta)::bigint AS n FROM list_count_deltas
                       GROUP BY account_id, list_id)
        SELECT account_id, list_id, coalesce(real.n, 0) AS real, coalesce(kept.n, 0) AS kept
          FROM real FULL JOIN kept USING (account_id, list_id)
         WHERE coalesce(real.n, 0) <> coalesce(kept.n, 0)
        """,
    )


async def purge(tx: Tx) -> int:
    """Remove for good, with their members and counts, lists whose time to be restored is over."""
    return await tx.value(
        """
        WITH gone AS (
            DELETE FROM lists WHERE deleted_at < now() - make_interval(days => %(days)s)
            RETURNING account_id, id
        ), members AS (
            DELETE FROM list_members m USING gone
             WHERE m.account_id = gone.account_id AND m.list_id = gone.id
        ), counts AS (
            DELETE FROM list_count_deltas d USING gone
             WHERE d.account_id = gone.account_id AND d.list_id = gone.id
        )
        SELECT count(*) FROM gone
        """,
        days=KEPT_DAYS,
    )
