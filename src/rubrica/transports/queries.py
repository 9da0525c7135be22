"""Every statement on `transports`: one function, one statement."""

from typing import Any

import msgspec
from psycopg.sql import SQL

from rubrica.db import Tx, refuses
from rubrica.transports.model import Channel, Kind, Moment
from rubrica.transports.refusals import KindMisfit, TransportExists

COLUMNS = (
    "t.account_id AS account, t.id, t.channel, t.kind, t.settings, t.secrets,"
    " t.created_at, t.updated_at"
)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A transport as it is stored: each secret sealed, by its name."""

    account: int
    id: int
    channel: Channel
    kind: Kind
    settings: dict[str, Any]
    sealed: dict[str, bytes]
    created_at: Moment
    updated_at: Moment


def _kept(*, secrets: bytes | None, **columns: Any) -> Kept:
    sealed = {} if secrets is None else msgspec.msgpack.decode(secrets, type=dict[str, bytes])
    return Kept(sealed=sealed, **columns)


async def every(tx: Tx, account: int) -> list[Kept]:
    """List the transports of an account, by their channels."""
    sql = SQL("SELECT {} FROM transports t WHERE t.account_id = %(account)s ORDER BY t.channel")
    return await tx.all(_kept, sql.format(SQL(COLUMNS)), account=account)


async def of_kind(tx: Tx, kind: Kind) -> list[Kept]:
    """List the transports of a kind, of all accounts."""
    sql = SQL("SELECT {} FROM transports t WHERE t.kind = %(kind)s ORDER BY t.account_id, t.id")
    return await tx.all(_kept, sql.format(SQL(COLUMNS)), kind=kind)


async def by_id(tx: Tx, account: int, id: int, *, lock: bool = False) -> Kept | None:
    """Find one transport, and hold it where it is about to be changed."""
    sql = SQL("SELECT {} FROM transports t WHERE t.account_id = %(account)s AND t.id = %(id)s {}")
    held = sql.format(SQL(COLUMNS), SQL("FOR UPDATE" if lock else ""))
    return await tx.one(_kept, held, account=account, id=id)


async def hold_channel(tx: Tx, account: int, channel: Channel) -> Kept | None:
    """Find the transport of a channel, and keep it from going or changing meanwhile."""
    sql = SQL(
        "SELECT {} FROM transports t"
        " WHERE t.account_id = %(account)s AND t.channel = %(channel)s FOR KEY SHARE"
    )
    return await tx.one(_kept, sql.format(SQL(COLUMNS)), account=account, channel=channel)


async def hold_for_lease(tx: Tx, account: int, id: int) -> bool:
    """Have whoever else takes a lease of a transport wait; tell whether there is such a one."""
    found = await tx.value(
        "SELECT t.id FROM transports t WHERE t.account_id = %(account)s AND t.id = %(id)s"
        " FOR NO KEY UPDATE",
        account=account,
        id=id,
    )
    return found is not None


async def ensure_outbox(tx: Tx, account: int, channel: Channel) -> Kept:
    """Add an outbox for a channel; return the transport that another added meanwhile, if so."""
    sql = SQL(
        "INSERT INTO transports AS t (account_id, channel, kind)"
        " VALUES (%(account)s, %(channel)s, 'OUTBOX')"
        " ON CONFLICT (account_id, channel) DO UPDATE SET channel = EXCLUDED.channel"
        " RETURNING {}"
    )
    found = await tx.one(_kept, sql.format(SQL(COLUMNS)), account=account, channel=channel)
    assert found is not None
    return found


@refuses(transports_channel=TransportExists, transports_kind=KindMisfit)
async def insert(tx: Tx, account: int, channel: Channel, kind: Kind, settings: Any) -> int:
    """Add a transport, without its secrets: they are sealed for its id. Return that."""
    return await tx.value(
        """
        INSERT INTO transports (account_id, channel, kind, settings)
        VALUES (%(account)s, %(channel)s, %(kind)s, %(settings)s::jsonb)
        RETURNING id
        """,
        account=account,
        channel=channel,
        kind=kind,
        settings=msgspec.json.encode(settings).decode(),
    )


@refuses(transports_kind=KindMisfit)
async def update(
    tx: Tx, account: int, id: int, kind: Kind, settings: Any, sealed: dict[str, bytes]
) -> None:
    """Write a transport anew, all but its channel."""
    await tx.run(
        """
        UPDATE transports
           SET kind = %(kind)s, settings = %(settings)s::jsonb, secrets = %(secrets)s,
               updated_at = clock_timestamp()
         WHERE account_id = %(account)s AND id = %(id)s
        """,
        account=account,
        id=id,
        kind=kind,
        settings=msgspec.json.encode(settings).decode(),
        secrets=msgspec.msgpack.encode(sealed) if sealed else None,
    )


async def delete(tx: Tx, account: int, id: int) -> None:
    """Forget a transport, and who held its connections."""
    await tx.run(
        """
        WITH leases AS (
            DELETE FROM transport_leases
             WHERE account_id = %(account)s AND transport_id = %(id)s)
        DELETE FROM transports WHERE account_id = %(account)s AND id = %(id)s
        """,
        account=account,
        id=id,
    )
