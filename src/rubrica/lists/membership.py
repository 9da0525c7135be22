"""Members by set: who joins with a chunk of an import, and who leaves by its undo or by mirroring.

Each works on a temporary table of list and contact that others fill.
"""

from psycopg.sql import SQL

from rubrica.db import Tx


async def prepare_resolved(tx: Tx) -> None:
    """Make the temporary table `joined` where this connection has none yet, and empty it."""
    await tx.run(
        SQL(
            "CREATE TEMP TABLE IF NOT EXISTS joined (list_id bigint, contact_id bigint);"
            " TRUNCATE joined"
        ).format()
    )


async def add_resolved(tx: Tx, account: int, lists: list[int], round: int) -> None:
    """Put the contacts of a merged round (new or found) into lists.

    Who of those found was not in them before stands in `joined`.
    """
    await tx.run(
        """
        WITH new AS (
            INSERT INTO list_members (account_id, list_id, contact_id)
            SELECT %(account)s, l, r.contact_id
              FROM unnest(%(lists)s::bigint[]) AS l, resolved r
             WHERE r.round = %(round)s AND r.fate = 'NEW'
             ORDER BY l, r.contact_id
            RETURNING list_id
        ), found AS (
            INSERT INTO list_members (account_id, list_id, contact_id)
            SELECT %(account)s, l, r.contact_id
              FROM unnest(%(lists)s::bigint[]) AS l, resolved r
             WHERE r.round = %(round)s AND r.fate = 'FOUND'
             ORDER BY l, r.contact_id
            ON CONFLICT DO NOTHING
            RETURNING list_id, contact_id
        ), kept AS (
            INSERT INTO joined (list_id, contact_id) SELECT list_id, contact_id FROM found
        )
        INSERT INTO list_count_deltas (account_id, list_id, delta)
        SELECT %(account)s, list_id, count(*)
          FROM (TABLE new UNION ALL SELECT list_id FROM found) AS added GROUP BY list_id
        """,
        account=account,
        lists=lists,
        round=round,
    )


async def prepare_parting(tx: Tx) -> None:
    """Make the temporary table `parting` where this connection has none yet, and empty it."""
    await tx.run(
        SQL(
            "CREATE TEMP TABLE IF NOT EXISTS parting (list_id bigint, contact_id bigint);"
            " TRUNCATE parting"
        ).format()
    )


async def part(tx: Tx, account: int) -> None:
    """End the memberships that stand in `parting`."""
    await tx.run(
        """
        WITH removed AS (
            DELETE FROM list_members m USING parting p
             WHERE m.account_id = (SELECT %(account)s::bigint)
               AND m.list_id = p.list_id AND m.contact_id = p.contact_id
            RETURNING m.list_id
        )
        INSERT INTO list_count_deltas (account_id, list_id, delta)
        SELECT %(account)s, list_id, -count(*) FROM removed GROUP BY list_id
        """,
        account=account,
    )


async def prepare_joining(tx: Tx) -> None:
    """Make the temporary table `joining` where this connection has none yet, and empty it."""
    await tx.run(
        SQL(
            "CREATE TEMP TABLE IF NOT EXISTS joining (list_id bigint, contact_id bigint);"
            " TRUNCATE joining"
        ).format()
    )


async def join(tx: Tx, account: int) -> None:
    """Make members of those who stand in `joining`, where contact and list are still there."""
    await tx.run(
        """
        WITH added AS (
            INSERT INTO list_members (account_id, list_id, contact_id)
            SELECT %(account)s, j.list_id, j.contact_id
              FROM joining j
              JOIN lists l ON l.account_id = %(account)s AND l.id = j.list_id
              JOIN contacts c ON c.account_id = %(account)s AND c.id = j.contact_id
             ORDER BY j.list_id, j.contact_id
            ON CONFLICT DO NOTHING
            RETURNING list_id
        )
        INSERT INTO list_count_deltas (account_id, list_id, delta)
        SELECT %(account)s, list_id, count(*) FROM added GROUP BY list_id
        """,
        account=account,
    )


async def delete_unused(tx: Tx, account: int, id: int) -> None:
    """Remove a list for good, unless it has members or was changed since it was made."""
    await tx.value(
        "SELECT id FROM lists WHERE account_id = %(account)s AND id = %(id)s FOR UPDATE",
        account=account,
        id=id,
    )
    # Nobody can become a member from here on: that holds the list first.
    await tx.run(
        """
        WITH gone AS (
            DELETE FROM lists l
             WHERE account_id = %(account)s AND id = %(id)s AND updated_at = created_at
               AND NOT EXISTS (SELECT FROM list_members m
                                WHERE m.account_id = l.account_id AND m.list_id = l.id)
            RETURNING id
        )
        DELETE FROM list_count_deltas d USING gone
         WHERE d.account_id = %(account)s AND d.list_id = gone.id
        """,
        account=account,
        id=id,
    )
