"""Every statement on `consents`: one function, one statement."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from psycopg.sql import SQL, Composable, Placeholder

from rubrica import keysets
from rubrica.consents import hashing
from rubrica.consents.model import (
    Address,
    Agreeing,
    Channel,
    Source,
    Subscription,
    Suppression,
    SuppressionQuery,
    beginnings,
)
from rubrica.db import Tx
from rubrica.keysets import Key, Listing
from rubrica.paging import Page

COLUMNS = "id, channel, address, source, reason, at"
SORTS: dict[str, Key] = {
    "at": Key("at", "timestamptz"),
    "id": Key("id", "bigint"),
}


def _and_new(*, new: bool, **columns: Any) -> tuple[Suppression, bool]:
    return Suppression(**columns), new


async def suppress(
    tx: Tx,
    account: int,
    channel: Channel,
    address: str,
    source: Source,
    reason: str | None,
    now: datetime,
) -> tuple[Suppression, bool]:
    """Suppress an address; return it, and whether it was not suppressed before.

    What was said first stays.
    """
    found = await tx.one(
        _and_new,
        """
        INSERT INTO consents AS c (account_id, channel, address_hash, address, status, source,
                                   reason, at)
        VALUES (%(account)s, %(channel)s, %(hash)s, %(address)s, 'UNSUBSCRIBED', %(source)s,
                %(reason)s, %(now)s)
        ON CONFLICT (account_id, channel, address_hash) DO UPDATE
           SET status = 'UNSUBSCRIBED',
               address = CASE c.status WHEN 'SUBSCRIBED' THEN excluded.address ELSE c.address END,
               source = CASE c.status WHEN 'SUBSCRIBED' THEN excluded.source ELSE c.source END,
               reason = CASE c.status WHEN 'SUBSCRIBED' THEN excluded.reason ELSE c.reason END,
               at = CASE c.status WHEN 'SUBSCRIBED' THEN excluded.at ELSE c.at END
        RETURNING id, channel, address, source, reason, at, at = %(now)s AS new
        """,
        account=account,
        channel=channel,
        hash=hashing.hashed(account, address),
        address=address,
        source=source,
        reason=reason,
        now=now,
    )
    assert found is not None
    return found


async def suppress_all(
    tx: Tx, account: int, addresses: Collection[Address], source: Source, reason: str
) -> set[Address]:
    """Suppress addresses; return those that were not before. What was said first stays."""
    return set(
        await tx.all(
            Address,
            """
            INSERT INTO consents AS c (account_id, channel, address_hash, address, status, source,
                                       reason, at)
            SELECT %(account)s, channel, hash, address, 'UNSUBSCRIBED', %(source)s, %(reason)s,
                   clock_timestamp()
              FROM unnest(%(channels)s::text[], %(hashes)s::bytea[], %(addresses)s::text[])
                   AS asked (channel, hash, address)
             ORDER BY channel, hash
            ON CONFLICT (account_id, channel, address_hash) DO UPDATE
               SET status = excluded.status, address = excluded.address, source = excluded.source,
                   reason = excluded.reason, at = excluded.at
             WHERE c.status = 'SUBSCRIBED'
            RETURNING channel, address
            """,
            account=account,
            source=source,
            reason=reason,
            **_asked(account, addresses),
        )
    )


async def suppressed_already(
    tx: Tx, account: int, addresses: Collection[Address], reason: str | None = None
) -> set[Address]:
    """Return those of the addresses that are suppressed, or were so for a reason."""
    because = SQL("AND c.source = 'IMPORT' AND c.reason = %(reason)s" if reason else "")
    return set(
        await tx.all(
            Address,
            SQL(
                "SELECT asked.channel, asked.address"
                "  FROM unnest(%(channels)s::text[], %(hashes)s::bytea[], %(addresses)s::text[])"
                "       AS asked (channel, hash, address)"
                "  JOIN consents c ON c.account_id = %(account)s AND c.channel = asked.channel"
                "   AND c.address_hash = asked.hash AND c.status = 'UNSUBSCRIBED' {}"
            ).format(because),
            account=account,
            reason=reason,
            **_asked(account, addresses),
        )
    )


def _asked(account: int, addresses: Collection[Address]) -> dict[str, Any]:
    plain = {each.address for each in addresses}
    hashes = {address: hashing.hashed(account, address) for address in plain}
    return {
        "channels": [each.channel for each in addresses],
        "hashes": [hashes[each.address] for each in addresses],
        "addresses": [each.address for each in addresses],
    }


async def subscribe(
    tx: Tx, account: int, channel: Channel, address: str, source: Agreeing
) -> Subscription:
    """Remember that an address agreed to be written to; a suppression ends."""
    found = await tx.one(
        Subscription,
        """
        INSERT INTO consents (account_id, channel, address_hash, address, status, source, at)
        VALUES (%(account)s, %(channel)s, %(hash)s, %(address)s, 'SUBSCRIBED', %(source)s,
                clock_timestamp())
        ON CONFLICT (account_id, channel, address_hash) DO UPDATE
           SET status = excluded.status, address = excluded.address, source = excluded.source,
               reason = NULL, at = excluded.at
        RETURNING channel, status, source, at
        """,
        account=account,
        channel=channel,
        hash=hashing.hashed(account, address),
        address=address,
        source=source,
    )
    assert found is not None
    return found


async def known(tx: Tx, account: int, addresses: dict[Channel, str]) -> list[Subscription]:
    """Return what is known of addresses, by their channels."""
    return await tx.all(
        Subscription,
        """
        SELECT c.channel, c.status, c.source, c.at
          FROM unnest(%(channels)s::text[], %(hashes)s::bytea[]) AS asked (channel, hash)
          JOIN consents c ON c.account_id = %(account)s AND c.channel = asked.channel
                         AND c.address_hash = asked.hash
        """,
        account=account,
        channels=list(addresses),
        hashes=[hashing.hashed(account, address) for address in addresses.values()],
    )


async def suppressed(tx: Tx, account: int, addresses: dict[Channel, str]) -> list[Suppression]:
    """Return the suppressions of addresses, by their channels."""
    return await tx.all(
        Suppression,
        """
        SELECT c.id, c.channel, c.address, c.source, c.reason, c.at
          FROM unnest(%(channels)s::text[], %(hashes)s::bytea[]) AS asked (channel, hash)
          JOIN consents c ON c.account_id = %(account)s AND c.channel = asked.channel
                         AND c.address_hash = asked.hash
         WHERE c.status = 'UNSUBSCRIBED'
         ORDER BY c.id
        """,
        account=account,
        channels=list(addresses),
        hashes=[hashing.hashed(account, address) for address in addresses.values()],
    )


async def end(tx: Tx, account: int, id: int) -> bool:
    """Forget a suppression."""
    return bool(
        await tx.run(
            "DELETE FROM consents WHERE account_id = %(account)s AND id = %(id)s"
            " AND status = 'UNSUBSCRIBED'",
            account=account,
            id=id,
        )
    )


async def erase(tx: Tx, account: int, addresses: dict[Channel, str]) -> int:
    """Leave of addresses their hashes alone, suppressed; return how many there are."""
    return await tx.run(
        """
        INSERT INTO consents (account_id, channel, address_hash, status, source, at)
        SELECT %(account)s, channel, hash, 'UNSUBSCRIBED', 'ERASURE', clock_timestamp()
          FROM unnest(%(channels)s::text[], %(hashes)s::bytea[]) AS gone (channel, hash)
         ORDER BY channel
        ON CONFLICT (account_id, channel, address_hash) DO UPDATE
           SET status = excluded.status, source = excluded.source, at = excluded.at,
               address = NULL, reason = NULL
        """,
        account=account,
        channels=list(addresses),
        hashes=[hashing.hashed(account, address) for address in addresses.values()],
    )


async def any_erased(tx: Tx, account: int) -> bool:
    """Tell whether an account has erased anybody: a look into an index that is mostly empty."""
    return await tx.value(
        "SELECT EXISTS (SELECT FROM consents"
        " WHERE account_id = %(account)s AND source = 'ERASURE')",
        account=account,
    )


class _Plain(msgspec.Struct, frozen=True):
    account_id: int
    address: str
    address_hash: bytes


async def hashed_otherwise(tx: Tx) -> list[int]:
    """Name the accounts whose addresses were hashed with another secret, by one of each."""
    found = await tx.all(
        _Plain,
        """
        SELECT c.account_id, c.address, c.address_hash
          FROM accounts a
         CROSS JOIN LATERAL (
                   SELECT account_id, address, address_hash FROM consents
                    WHERE account_id = a.id AND address IS NOT NULL ORDER BY id DESC LIMIT 1
               ) c
         ORDER BY c.account_id
        """,
    )
    return [
        each.account_id
        for each in found
        if hashing.hashed(each.account_id, each.address) != each.address_hash
    ]


async def otherwise_written(tx: Tx) -> list[int]:
    """Name the first accounts that know a number by a writing which is not its key."""
    return await tx.column(
        """
        SELECT DISTINCT account_id
          FROM (SELECT account_id FROM consents WHERE address <> canonical_number(address)
                 ORDER BY account_id LIMIT 1000) AS older  -- so that the index is read
         ORDER BY account_id
        """
    )


async def end_laxer(tx: Tx, account: int) -> None:
    """Forget what a number's key agreed to where an older writing of it was suppressed."""
    await tx.run(
        """
        DELETE FROM consents
         WHERE account_id = %(account)s AND id IN (
               SELECT o.id FROM consents c
                CROSS JOIN LATERAL (
                          SELECT o.id, o.status FROM consents o
                           WHERE o.account_id = %(account)s AND o.channel = c.channel
                             AND o.address_hash = address_hash(
                                 canonical_number(c.address), %(inner_pad)s, %(outer_pad)s)
                          OFFSET 0  -- keeps it a look-up for each
                      ) o
                WHERE c.account_id = %(account)s AND c.address <> canonical_number(c.address)
                  AND o.status = 'SUBSCRIBED' AND c.status = 'UNSUBSCRIBED')
        """,
        account=account,
        **hashing.pads(account),
    )


async def forget_older(tx: Tx, account: int) -> None:
    """Forget what is known of an older writing where something is known of the number's key."""
    await tx.run(
        """
        DELETE FROM consents c
         WHERE c.account_id = %(account)s AND c.address <> canonical_number(c.address)
           AND EXISTS (SELECT FROM consents o
                        WHERE o.account_id = %(account)s AND o.channel = c.channel
                          AND o.address_hash = address_hash(
                              canonical_number(c.address), %(inner_pad)s, %(outer_pad)s)
                       OFFSET 0)  -- keeps it a look-up for each
        """,
        account=account,
        **hashing.pads(account),
    )


async def rekey(tx: Tx, account: int) -> None:
    """Know by their keys the numbers that are known by an older writing."""
    await tx.run(
        """
        UPDATE consents
           SET address = canonical_number(address),
               address_hash =
                   address_hash(canonical_number(address), %(inner_pad)s, %(outer_pad)s)
         WHERE account_id = %(account)s AND address <> canonical_number(address)
        """,
        account=account,
        **hashing.pads(account),
    )


async def find(
    tx: Tx, account: int, query: SuppressionQuery, address: str | None, country: str | None
) -> Page[Suppression]:
    """Return a page of suppressions."""
    parts: list[Composable] = [SQL("account_id = %(account)s AND status = 'UNSUBSCRIBED'")]
    values: dict[str, Any] = {"account": account}
    if query.channel is not None:
        parts.append(SQL("channel = %(channel)s"))
        values["channel"] = query.channel
    if query.source:
        parts.append(SQL("source = ANY(%(sources)s)"))
        values["sources"] = query.source
    if address is not None:
        parts.append(SQL("address_hash = %(hash)s"))
        values["hash"] = hashing.hashed(account, address)
        if query.channel is None:  # the index begins with it
            parts.append(SQL("channel IN ('SMS', 'RCS', 'WHATSAPP', 'EMAIL', 'VOICE')"))
    if query.search is not None:
        begin = {f"begin{n}": text for n, text in enumerate(beginnings(query.search, country))}
        each = [SQL("starts_with(address, {}::text)").format(Placeholder(name)) for name in begin]
        parts.append(SQL("({})").format(SQL(" OR ").join(each)))
        values |= begin
    listing = Listing(
        "suppressions",
        COLUMNS,
        "consents",
        parts,
        values,
        query.sort_by,
        SORTS[query.sort_by],
        "id",
    )
    return await keysets.find(tx, Suppression, query, listing, descending=query.sort_order != "asc")
