"""Every statement on what a dry run has seen: its examples, and whether its word still holds."""

import secrets
from typing import Any

from rubrica.db import Tx
from rubrica.imports.model import Plan, as_json

EXAMPLES = 5
"""Rows that are shown of each outcome."""


async def examples(tx: Tx, account: int, id: int, first: int, last: int) -> list[dict[str, Any]]:
    """Return the first rows of each outcome of the chunk that was just merged."""
    return await tx.all(
        dict[str, Any],
        """
        SELECT x.row, x.outcome, x.contact_id, x.code, x.message, o.prior, o.written
          FROM (SELECT row, outcome, contact_id, code, message,
                       row_number() OVER (PARTITION BY outcome ORDER BY row) AS place
                  FROM import_rows
                 WHERE account_id = (SELECT %(account)s::bigint)
                   AND import_id = (SELECT %(id)s::bigint)
                   AND row BETWEEN %(first)s AND %(last)s) x
          LEFT JOIN LATERAL (SELECT prior, written FROM overwritten
                              WHERE overwritten.row = x.row LIMIT 1) o ON true
         WHERE x.place <= %(most)s
         ORDER BY x.row
        """,
        account=account,
        id=id,
        first=first,
        last=last,
        most=EXAMPLES,
    )


async def keep(tx: Tx, account: int, id: int, examples: Any, plan: Plan) -> None:
    """Keep a dry run's examples, and the token that its word is held by."""
    await tx.run(
        "UPDATE imports SET plan_token = %(token)s, examples = %(examples)s::jsonb,"
        "                   lists_seen = %(lists)s"
        " WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
        token=secrets.token_urlsafe(16),
        examples=as_json(examples),
        lists=await lists_seen(tx, account, plan),
    )


async def lists_seen(tx: Tx, account: int, plan: Plan) -> str:
    """Return what changes whenever a list of a plan does; under MIRROR its size counts too."""
    return await tx.value(
        """
        SELECT coalesce(string_agg(concat_ws(' ', l.id, l.updated_at, l.deleted_at,
                   CASE WHEN %(mirror)s THEN
                       (SELECT coalesce(sum(delta), 0) FROM list_count_deltas d
                         WHERE d.account_id = l.account_id AND d.list_id = l.id) END),
                   ', ' ORDER BY l.id), '')
          FROM lists l
         WHERE l.account_id = %(account)s AND l.id = ANY(%(lists)s::bigint[])
        """,
        account=account,
        lists=plan.as_foretold().lists,
        mirror=plan.list_mode == "MIRROR",
    )


async def foretold(tx: Tx, account: int, token: str) -> dict[str, Any] | None:
    """Find the dry run of a token."""
    found = await tx.all(
        dict[str, Any],
        """
        SELECT id, plan, sha256, lists_seen, started_at FROM imports
         WHERE account_id = %(account)s AND plan_token = %(token)s
           AND ledger_deleted_at IS NULL
        """,
        account=account,
        token=token,
    )
    return found[0] if found else None


async def has_changed(tx: Tx, account: int, id: int) -> bool:
    """Tell whether a contact that a dry run has looked at is another now, or gone."""
    return await tx.value(
        """
        SELECT EXISTS (
            SELECT FROM import_seen s
             CROSS JOIN LATERAL (
                       SELECT coalesce(bit_xor(contact_fingerprint(c.id, c.updated_at)), 0) AS now
                         FROM unnest(s.contact_ids) AS met (id)
                         JOIN contacts c ON c.account_id = s.account_id AND c.id = met.id
                   ) n
             WHERE s.account_id = %(account)s AND s.import_id = %(id)s AND s.fingerprint <> n.now)
        """,
        account=account,
        id=id,
    )


async def has_company(tx: Tx, account: int, id: int) -> bool:
    """Tell whether a contact has come that the rows of a dry run would meet, and did not see.

    Writes are looked at from 15 minutes before its start: longer than any transaction stays open.
    """
    return await tx.value(
        """
        WITH recent AS MATERIALIZED (
            SELECT c.id, c.phone_key, c.email, c.external_id
              FROM contacts c, imports i
             WHERE i.account_id = %(account)s AND i.id = %(id)s AND c.account_id = %(account)s
               AND c.updated_at > i.started_at - interval '15 minutes'
        ), keys AS MATERIALIZED (
            SELECT DISTINCT unnest(keys) AS key FROM import_seen
             WHERE account_id = %(account)s AND import_id = %(id)s
        ), seen AS MATERIALIZED (
            SELECT unnest(contact_ids) AS id FROM import_seen
             WHERE account_id = %(account)s AND import_id = %(id)s
        )
        SELECT EXISTS (
            SELECT FROM recent r
             CROSS JOIN LATERAL (VALUES
                       (key_hash('p', r.phone_key)), (key_hash('e', r.email)),
                       (CASE WHEN r.phone_key IS NULL THEN key_hash('f', r.email) END),
                       (key_hash('x', r.external_id))) AS h (key)
              JOIN keys k ON k.key = h.key
             WHERE NOT EXISTS (SELECT FROM seen WHERE seen.id = r.id))
        """,
        account=account,
        id=id,
    )
