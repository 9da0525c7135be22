"""Every statement on the tables of contacts: one function, one statement."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg.sql import SQL, Identifier, Placeholder

from rubrica.contacts.filters import Condition
from rubrica.contacts.model import (
    Contact,
    CustomField,
    EmailTaken,
    ExternalIdTaken,
    FieldExists,
    ListName,
    Person,
    PhoneTaken,
)
from rubrica.contacts.pages import COLUMNS
from rubrica.db import Tx, refuses

taken = refuses(
    contacts_phone=PhoneTaken,
    contacts_email_alone=EmailTaken,
    contacts_external_id=ExternalIdTaken,
)


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the one matching rule finds, key by key."""

    by_phone: int | None
    by_email: int | None
    email_hits: int

    @property
    def anyone(self) -> int | None:
        """Return the contact that is meant: the number decides."""
        return self.by_email if self.by_phone is None else self.by_phone


MATCH = """
    SELECT p.id AS by_phone, e.id AS by_email, coalesce(e.hits, 0) AS email_hits
      FROM (SELECT) AS nobody
      LEFT JOIN contacts p ON p.account_id = %(account)s AND p.phone_key = %(phone_key)s::text
      LEFT JOIN LATERAL (
               SELECT min(c.id) AS id, count(*) AS hits
                 FROM contacts c
                WHERE c.account_id = %(account)s AND c.email = %(email)s::text
                  AND (c.phone_key IS NULL OR %(phone_key)s::text IS NULL)
           ) e ON true
"""


async def match(tx: Tx, account: int, phone_key: str | None, email: str | None) -> Match:
    """Find whom a newcomer is: by number; by address only where one of the two has no number."""
    found = await tx.one(Match, MATCH, account=account, phone_key=phone_key, email=email)
    assert found is not None
    return found


async def by_id(tx: Tx, account: int, id: int, *, lock: bool = False) -> Contact | None:
    """Find one contact, and hold it where it is about to be changed."""
    sql = SQL("SELECT {} FROM contacts c WHERE c.account_id = %(account)s AND c.id = %(id)s {}")
    return await tx.one(
        Contact,
        sql.format(SQL(COLUMNS), SQL("FOR UPDATE" if lock else "")),
        account=account,
        id=id,
    )


async def by_ids(tx: Tx, account: int, ids: list[int]) -> list[Contact]:
    """Find contacts."""
    sql = SQL(
        "SELECT {} FROM contacts c"
        " WHERE c.account_id = %(account)s AND c.id = ANY(%(ids)s::bigint[])"
    )
    return await tx.all(Contact, sql.format(SQL(COLUMNS)), account=account, ids=ids)


class Keys(msgspec.Struct, frozen=True):
    """What a contact is reached and told apart by."""

    phone_key: str | None
    email: str | None


async def keys(tx: Tx, account: int, id: int) -> Keys | None:
    """Return the keys of one contact."""
    return await tx.one(
        Keys,
        "SELECT phone_key, email FROM contacts WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
    )


async def person(tx: Tx, account: int, id: int) -> Person:
    """Return what a contact that is held is known by."""
    found = await tx.one(
        Person,
        """
        SELECT account_id AS account, id, phone_number, phone_key, email, first_name, last_name,
               external_id, id || ARRAY(SELECT m.old_id FROM contact_merges m
                                         WHERE m.account_id = %(account)s
                                           AND m.survivor_id = %(id)s) AS ids
          FROM contacts WHERE account_id = %(account)s AND id = %(id)s
        """,
        account=account,
        id=id,
    )
    assert found is not None
    return found


async def columns(tx: Tx, account: int, id: int) -> dict[str, Any]:
    """Return the stored columns of a contact that is held."""
    found = await tx.one(
        dict[str, Any],
        "SELECT * FROM contacts WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
    )
    assert found is not None
    return found


async def lists_of(tx: Tx, account: int, id: int) -> list[ListName]:
    """Name the lists that a contact is in."""
    return await tx.all(
        ListName,
        """
        SELECT l.id, l.name
          FROM list_members m
          JOIN lists l ON l.account_id = m.account_id AND l.id = m.list_id
         WHERE m.account_id = %(account)s AND m.contact_id = %(id)s AND l.deleted_at IS NULL
         ORDER BY l.name_key
        """,
        account=account,
        id=id,
    )


async def missing_lists(tx: Tx, account: int, ids: list[int]) -> list[int]:
    """Return those of the ids that are no live list's."""
    return await tx.column(
        """
        SELECT wanted
          FROM unnest(%(ids)s::bigint[]) AS wanted
         WHERE NOT EXISTS (SELECT FROM lists l WHERE l.account_id = %(account)s
                            AND l.id = wanted AND l.deleted_at IS NULL)
         ORDER BY wanted
        """,
        account=account,
        ids=ids,
    )


async def insert(tx: Tx, account: int, columns: dict[str, Any]) -> int | None:
    """Add one contact and return its id, or nothing where there is one of its keys."""
    names = ["account_id", *columns]
    sql = SQL("INSERT INTO contacts ({}) VALUES ({}) ON CONFLICT DO NOTHING RETURNING id").format(
        SQL(", ").join(map(Identifier, names)), SQL(", ").join(map(Placeholder, names))
    )
    return await tx.value(sql, account_id=account, **columns)


@taken
async def update(tx: Tx, account: int, id: int, columns: dict[str, Any]) -> None:
    """Write some columns of one contact."""
    sets = [SQL("{} = {}").format(Identifier(name), Placeholder(name)) for name in columns]
    sql = SQL(
        "UPDATE contacts SET {}, updated_at = clock_timestamp()"
        " WHERE account_id = %(account_id)s AND id = %(contact_id)s"
    ).format(SQL(", ").join(sets))
    await tx.run(sql, account_id=account, contact_id=id, **columns)


async def delete(tx: Tx, account: int, ids: list[int]) -> list[int]:
    """Delete contacts; return the ids of those that were there."""
    return await tx.column(
        "DELETE FROM contacts WHERE account_id = %(account)s AND id = ANY(%(ids)s::bigint[])"
        " RETURNING id",
        account=account,
        ids=ids,
    )


async def existing(tx: Tx, account: int, ids: list[int]) -> list[int]:
    """Return those of the ids that are contacts', and keep them from going meanwhile."""
    return await tx.column(
        "SELECT id FROM contacts WHERE account_id = %(account)s AND id = ANY(%(ids)s::bigint[])"
        " ORDER BY id FOR KEY SHARE",
        account=account,
        ids=ids,
    )


async def held(tx: Tx, account: int, ids: list[int]) -> list[int]:
    """Return those of the ids that are contacts', and keep them from being deleted meanwhile."""
    return await tx.column(
        "SELECT id FROM contacts WHERE account_id = %(account)s AND id = ANY(%(ids)s::bigint[])"
        " ORDER BY id FOR KEY SHARE",
        account=account,
        ids=ids,
    )


async def hold_alone(tx: Tx, account: int, ids: list[int]) -> list[int]:
    """Return those of the ids that are contacts', in order, and keep everybody else from them."""
    return await tx.column(
        "SELECT id FROM contacts WHERE account_id = %(account)s AND id = ANY(%(ids)s::bigint[])"
        " ORDER BY id FOR UPDATE",
        account=account,
        ids=ids,
    )


async def count(tx: Tx, where: Condition) -> int:
    """Count the contacts of a filter."""
    sql = SQL("SELECT count(*) FROM contacts c WHERE {}").format(where.sql)
    return await tx.value(sql, **where.values)


async def total(tx: Tx, account: int) -> int:
    """Return how many contacts an account has, from its kept count."""
    return await tx.value(
        "SELECT coalesce(sum(delta), 0)::bigint FROM contact_count_deltas"
        " WHERE account_id = %(account)s",
        account=account,
    )


async def add_to_total(tx: Tx, account: int, delta: int) -> None:
    """Append what this transaction changes in the number of contacts."""
    await tx.run(
        "INSERT INTO contact_count_deltas (account_id, delta) VALUES (%(account)s, %(delta)s)",
        account=account,
        delta=delta,
    )


async def fold_totals(tx: Tx) -> int:
    """Sum up the deltas of every account that has many; return how many were taken away."""
    return await tx.value(
        """
        WITH many AS (
            SELECT account_id FROM contact_count_deltas GROUP BY account_id HAVING count(*) > 100
        ), taken AS (
            DELETE FROM contact_count_deltas d USING many
             WHERE d.account_id = many.account_id
            RETURNING d.account_id, d.delta
        ), put AS (
            INSERT INTO contact_count_deltas (account_id, delta)
            SELECT account_id, sum(delta) FROM taken GROUP BY account_id
        )
        SELECT count(*) FROM taken
        """
    )


async def miscounted(tx: Tx) -> list[dict[str, Any]]:
    """List the accounts whose kept count is not their number of contacts."""
    return await tx.all(
        dict,
        """
        WITH real AS (SELECT account_id, count(*) AS n FROM contacts GROUP BY account_id),
             kept AS (SELECT account_id, sum(delta)::bigint AS n FROM contact_count_deltas
                       GROUP BY account_id)
        SELECT account_id, coalesce(real.n, 0) AS real, coalesce(kept.n, 0) AS kept
          FROM real FULL JOIN kept USING (account_id)
         WHERE coalesce(real.n, 0) <> coalesce(kept.n, 0)
        """,
    )


async def fields(tx: Tx, account: int) -> list[CustomField]:
    """List an account's custom fields."""
    return await tx.all(
        CustomField,
        "SELECT key, label, type FROM contact_fields WHERE account_id = %(account)s ORDER BY key",
        account=account,
    )


@refuses(contact_fields_pkey=FieldExists)
async def insert_field(tx: Tx, account: int, field: CustomField) -> None:
    """Define a custom field."""
    await tx.run(
        "INSERT INTO contact_fields (account_id, key, label, type)"
        " VALUES (%(account)s, %(key)s, %(label)s, %(type)s)",
        account=account,
        key=field.key,
        label=field.label,
        type=field.type,
    )


async def rename_field(tx: Tx, account: int, key: str, label: str) -> CustomField | None:
    """Give a custom field another label."""
    return await tx.one(
        CustomField,
        "UPDATE contact_fields SET label = %(label)s"
        " WHERE account_id = %(account)s AND key = %(key)s RETURNING key, label, type",
        account=account,
        key=key,
        label=label,
    )


async def delete_field(tx: Tx, account: int, key: str) -> bool:
    """Take a custom field's definition away."""
    return bool(
        await tx.run(
            "DELETE FROM contact_fields WHERE account_id = %(account)s AND key = %(key)s",
            account=account,
            key=key,
        )
    )


async def delete_unused_field(tx: Tx, account: int, key: str) -> None:
    """Take a custom field's definition away, unless a contact has a value of it."""
    await tx.run(
        """
        DELETE FROM contact_fields f
         WHERE account_id = %(account)s AND key = %(key)s
           AND NOT EXISTS (SELECT FROM contacts c
                            WHERE c.account_id = f.account_id AND c.custom_fields ? f.key)
        """,
        account=account,
        key=key,
    )


async def clear_field(tx: Tx, account: int, key: str) -> int:
    """Take a custom field's values out of every contact."""
    return await tx.run(
        "UPDATE contacts"
        " SET custom_fields = custom_fields - %(key)s, updated_at = clock_timestamp()"
        " WHERE account_id = %(account)s AND custom_fields ? %(key)s",
        account=account,
        key=key,
    )


async def stats(tx: Tx, account: int) -> tuple[datetime, dict[str, Any]] | None:
    """Return the figures, if they are at most 60 s old."""
    return await tx.one(
        _figures,
        "SELECT as_of, figures FROM contact_stats"
        " WHERE account_id = %(account)s AND as_of > clock_timestamp() - interval '60 s'",
        account=account,
    )


def _figures(*, as_of: datetime, figures: dict[str, Any]) -> tuple[datetime, dict[str, Any]]:
    return as_of, figures


async def refresh_stats(tx: Tx, account: int) -> None:
    """Count anew, in one statement that sees one moment."""
    await tx.run(
        """
        INSERT INTO contact_stats (account_id, as_of, figures)
        SELECT %(account)s, clock_timestamp(), jsonb_build_object(
            'total', (SELECT count(*) FROM contacts WHERE account_id = %(account)s),
            'byValidity', (SELECT coalesce(jsonb_object_agg(k, n), '{}') FROM (
                SELECT CASE WHEN is_valid THEN 'valid' ELSE 'invalid' END AS k, count(*) AS n
                  FROM contacts WHERE account_id = %(account)s GROUP BY 1) s),
            'byChannel', (SELECT coalesce(jsonb_object_agg(k, n), '{}') FROM (
                SELECT unnest(channels) AS k, count(*) AS n
                  FROM contacts WHERE account_id = %(account)s GROUP BY 1) s),
            'byCountry', (SELECT coalesce(jsonb_object_agg(k, n), '{}') FROM (
                SELECT coalesce(country_code, '') AS k, count(*) AS n
                  FROM contacts WHERE account_id = %(account)s GROUP BY 1) s),
            'byGender', (SELECT coalesce(jsonb_object_agg(k, n), '{}') FROM (
                SELECT coalesce(gender, 'UNKNOWN') AS k, count(*) AS n
                  FROM contacts WHERE account_id = %(account)s GROUP BY 1) s),
            'growth', (SELECT coalesce(jsonb_agg(jsonb_build_object('day', d, 'created', n)
                                                 ORDER BY d), '[]') FROM (
                SELECT (created_at AT TIME ZONE 'UTC')::date AS d, count(*) AS n
                  FROM contacts
                 WHERE account_id = %(account)s AND created_at > now() - interval '30 days'
                 GROUP BY 1) s))
        ON CONFLICT (account_id) DO UPDATE
           SET as_of = excluded.as_of, figures = excluded.figures
        """,
        account=account,
    )
