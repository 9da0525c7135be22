"""What one can do with transports, where it takes more than one statement."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from msgspec import UNSET

from rubrica.db import Tx
from rubrica.errors import FieldError
from rubrica.transports import queries, sealing, settings
from rubrica.transports.model import Channel, Kind
from rubrica.transports.queries import Kept
from rubrica.transports.refusals import (
    KindMisfit,
    NoSuchTransport,
    SecretsUnreadable,
    TransportExists,
    wrong,
)
from rubrica.transports.settings import OF_KIND, NewTransport, Transport, TransportChange

log = structlog.get_logger()
KINDS: dict[type[settings.AnySettings], Kind] = {of: kind for kind, of in OF_KIND.items()}
before_removal: list[Callable[[Tx, int, int], Awaitable[None]]] = []
"""Asked, with the account and the id, before a transport goes or becomes one of another kind: who
still sends through it refuses. The transport is held: nobody begins to meanwhile."""


async def get(tx: Tx, account: int, id: int, *, lock: bool = False) -> Kept:
    """Return one transport as it is stored."""
    found = await queries.by_id(tx, account, id, lock=lock)
    if found is None:
        raise NoSuchTransport(f"There is no transport {id}.")
    return found


async def create(tx: Tx, account: int, new: NewTransport) -> Kept:
    """Add a transport. The outbox that a channel has where nobody said anything gives way to it."""
    kind = KINDS[type(new.settings)]
    _check_channel(kind, new.channel)
    secrets = settings.secrets(new.settings)
    settings.check(new.settings, set(secrets))
    written = settings.written(new.settings)
    there = await queries.hold_channel(tx, account, new.channel)
    if there is not None and there.kind == "OUTBOX" != kind:
        id = (await get(tx, account, there.id, lock=True)).id
        await _may_go(tx, account, id)
        await queries.update(tx, account, id, kind, written, {})
    else:
        id = await _inserted(tx, account, new.channel, kind, written)
    if secrets:
        sealed = {name: sealing.seal(account, id, name, text) for name, text in secrets.items()}
        await queries.update(tx, account, id, kind, written, sealed)
    return await get(tx, account, id)


async def _inserted(
    tx: Tx, account: int, channel: Channel, kind: Kind, written: dict[str, Any]
) -> int:
    try:
        return await queries.insert(tx, account, channel, kind, written)
    except TransportExists as there:
        raise TransportExists(
            f"There is a transport for {channel} already, and an account has one for each"
            " channel: change it, or delete it first."
        ) from there


async def change(tx: Tx, account: int, id: int, wish: TransportChange) -> Kept:
    """Change what was said of a transport, and leave the rest as it is.

    A secret that is not mentioned stays, as long as it goes where it went: one who may not read
    it must not be able to have it sent elsewhere either.
    """
    before = await get(tx, account, id, lock=True)
    if wish.channel is not UNSET and wish.channel != before.channel:
        message = f"The channel of a transport stays {before.channel}: make another transport."
        raise wrong([FieldError("channel", "fixed", message)])
    kind = before.kind if wish.kind is UNSET else wish.kind
    _check_channel(kind, before.channel)
    said = {} if wish.settings is UNSET else wish.settings
    old, sealed = before.settings, before.sealed
    if kind != before.kind:
        await _may_go(tx, account, id)
        old, sealed = {}, {}
    new = settings.read(kind, old | said)
    written = settings.written(new)
    sealed = {name: kept for name, kept in sealed.items() if name not in said}
    if sealed and (elsewhere := settings.moved(old, written)):
        new_place = " and ".join(elsewhere)
        message = f"It was given for another place: say it again with the new {new_place}."
        raise wrong([FieldError(f"settings.{name}", "missing", message) for name in sealed])
    for name, text in settings.secrets(new).items():
        sealed[name] = sealing.seal(account, id, name, text)
    settings.check(new, set(sealed))
    await queries.update(tx, account, id, kind, written, sealed)
    return await get(tx, account, id)


async def remove(tx: Tx, account: int, id: int) -> None:
    """Forget a transport through which nothing is being sent."""
    await get(tx, account, id, lock=True)
    await _may_go(tx, account, id)
    await queries.delete(tx, account, id)


async def for_channel(tx: Tx, account: int, channel: Channel) -> Transport:
    """Return the transport of a channel, an outbox where nobody has said anything.

    It is held until the transaction ends: it does not go, nor change, before who takes it has
    written so. Raises SecretsUnreadable.
    """
    found = await queries.hold_channel(tx, account, channel)
    return _opened(found or await queries.ensure_outbox(tx, account, channel))


async def by_id(tx: Tx, account: int, id: int) -> Transport | None:
    """Return a transport, secrets included. Raises SecretsUnreadable."""
    found = await queries.by_id(tx, account, id)
    return None if found is None else _opened(found)


async def all_of_kind(tx: Tx, kind: Kind) -> list[Transport]:
    """Return the transports of a kind, of all accounts; one with unreadable secrets is left out."""
    found: list[Transport] = []
    for kept in await queries.of_kind(tx, kind):
        try:
            found.append(_opened(kept))
        except SecretsUnreadable as unreadable:
            log.warning("transport left out", account=kept.account, reason=unreadable.detail)
    return found


def _opened(kept: Kept) -> Transport:
    secrets = {
        name: sealing.unseal(kept.account, kept.id, name, sealed)
        for name, sealed in kept.sealed.items()
    }
    return Transport(
        account=kept.account,
        id=kept.id,
        channel=kept.channel,
        kind=kept.kind,
        settings=settings.read(kept.kind, kept.settings | secrets),
        updated_at=kept.updated_at,
    )


async def _may_go(tx: Tx, account: int, id: int) -> None:
    for ask in before_removal:
        await ask(tx, account, id)


def _check_channel(kind: Kind, channel: Channel) -> None:
    """Say in words what the constraint `transports_kind` holds."""
    carries = OF_KIND[kind].channel
    if carries is not None and carries != channel:
        message = f"{kind} carries {carries}, not {channel}."
        raise KindMisfit(message, errors=[FieldError("kind", KindMisfit.code, message)])
