"""Every statement on `accounts` and `api_keys`: one function, one statement."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg.sql import SQL

from rubrica.accounts.model import (
    Account,
    AccountExists,
    Key,
    KeyWish,
    RateLimit,
    Retention,
    key_id,
)
from rubrica.db import Tx, refuses

COLUMNS = """
    id, name, default_country, timezone, language, retention, created_at, updated_at
"""


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to let somebody in, found in one statement."""

    account_id: int
    key_id: int
    name: str
    secret_hash: bytes
    scopes: list[str]
    allowed_ips: list[str]
    per_minute: int | None
    per_second: int | None
    expires_at: datetime | None
    last_used_at: datetime | None
    default_country: str | None


@refuses(accounts_name=AccountExists)
async def insert_account(tx: Tx, name: str, default_country: str | None) -> int:
    """Add an account."""
    return await tx.value(
        "INSERT INTO accounts (name, default_country) VALUES (%(name)s, %(country)s) RETURNING id",
        name=name,
        country=default_country,
    )


async def account_by_id(tx: Tx, id: int, *, lock: bool = False) -> Account | None:
    """Find one account, and hold it where it is about to be changed."""
    sql = SQL("SELECT {} FROM accounts WHERE id = %(id)s {}")
    hold = SQL("FOR NO KEY UPDATE" if lock else "")
    return await tx.one(_account, sql.format(SQL(COLUMNS), hold), id=id)


async def account_by_name(tx: Tx, name: str) -> Account | None:
    """Find one account by its name, whatever its case and accents."""
    return await tx.one(
        _account,
        SQL("SELECT {} FROM accounts WHERE folded(name) = folded(%(name)s)").format(SQL(COLUMNS)),
        name=name,
    )


async def all_accounts(tx: Tx) -> list[Account]:
    """List the accounts."""
    return await tx.all(
        _account,
        SQL("SELECT {} FROM accounts ORDER BY id").format(SQL(COLUMNS)),
    )


@refuses(accounts_name=AccountExists)
async def update_account(
    tx: Tx,
    id: int,
    *,
    name: str,
    default_country: str | None,
    timezone: str,
    language: str,
    retention: str,
) -> None:
    """Write an account anew."""
    await tx.run(
        """
        UPDATE accounts
           SET name = %(name)s, default_country = %(country)s, timezone = %(timezone)s,
               language = %(language)s, retention = %(retention)s::jsonb,
               updated_at = clock_timestamp()
         WHERE id = %(id)s
        """,
        id=id,
        name=name,
        country=default_country,
        timezone=timezone,
        language=language,
        retention=retention,
    )


async def contact_limit(tx: Tx, id: int) -> int | None:
    """Return how many contacts an account may have; None: any number."""
    return await tx.value("SELECT contact_limit FROM accounts WHERE id = %(id)s", id=id)


async def hold_contact_limit(tx: Tx, id: int) -> int | None:
    """Return the limit, and keep it and all who ask likewise waiting; None, at once: no limit."""
    return await tx.value(
        "SELECT contact_limit FROM accounts WHERE id = %(id)s AND contact_limit IS NOT NULL"
        " FOR NO KEY UPDATE",
        id=id,
    )


async def set_contact_limit(tx: Tx, id: int, limit: int | None) -> None:
    """Let an account have so many contacts, whatever it has already; None: any number."""
    await tx.run(
        "UPDATE accounts SET contact_limit = %(limit)s, updated_at = clock_timestamp()"
        " WHERE id = %(id)s",
        id=id,
        limit=limit,
    )


async def insert_key(tx: Tx, account: int, wish: KeyWish, secret_hash: bytes) -> int:
    """Add a key."""
    limit = wish.limit()
    return await tx.value(
        """
        INSERT INTO api_keys
               (account_id, name, secret_hash, scopes, allowed_ips, per_minute, per_second,
                expires_at)
        VALUES (%(account)s, %(name)s, %(hash)s, %(scopes)s, %(ips)s, %(minute)s, %(second)s,
                %(end)s)
        RETURNING id
        """,
        account=account,
        name=wish.name,
        hash=secret_hash,
        scopes=sorted(set(wish.scopes)),
        ips=wish.allowed_ips,
        minute=limit and limit.per_minute,
        second=limit and limit.per_second,
        end=wish.expires_at,
    )


async def keys(tx: Tx, account: int) -> list[Key]:
    """List an account's keys."""
    return await tx.all(
        _key,
        """
        SELECT account_id, id, name, scopes, allowed_ips, per_minute, per_second, expires_at,
               last_used_at, created_at
          FROM api_keys
         WHERE account_id = %(account)s
         ORDER BY id
        """,
        account=account,
    )


async def delete_key(tx: Tx, account: int, id: int) -> bool:
    """Close a door for good."""
    return bool(
        await tx.run(
            "DELETE FROM api_keys WHERE account_id = %(account)s AND id = %(id)s",
            account=account,
            id=id,
        )
    )


async def door(tx: Tx, account: int, id: int) -> Door | None:
    """Find a key with all that decides whether it opens."""
    return await tx.one(
        Door,
        """
        SELECT k.account_id, k.id AS key_id, k.name, k.secret_hash, k.scopes, k.allowed_ips,
               k.per_minute, k.per_second, k.expires_at, k.last_used_at, a.default_country
          FROM api_keys k
          JOIN accounts a ON a.id = k.account_id
         WHERE k.account_id = %(account)s AND k.id = %(id)s
        """,
        account=account,
        id=id,
    )


async def touch_key(tx: Tx, account: int, id: int) -> None:
    """Remember that a key was used, to the minute."""
    await tx.run(
        """
        UPDATE api_keys
           SET last_used_at = now()
         WHERE account_id = %(account)s AND id = %(id)s
           AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
        """,
        account=account,
        id=id,
    )


def _account(*, retention: Any, **columns: Any) -> Account:
    return Account(retention=msgspec.convert(retention, Retention), **columns)


def _key(
    *, account_id: int, id: int, per_minute: int | None, per_second: int | None, **rest: Any
) -> Key:
    limit = None
    if per_minute is not None and per_second is not None:
        limit = RateLimit(per_minute=per_minute, per_second=per_second)
    return Key(id=key_id(account_id, id), rate_limit=limit, **rest)
