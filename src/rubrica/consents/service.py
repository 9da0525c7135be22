"""What one can do with consents, where it takes more than one statement."""

from datetime import UTC, datetime

from rubrica.consents import model, queries
from rubrica.consents.model import (
    CHANNELS,
    Agreeing,
    Channel,
    NoAddress,
    NoSuchSuppression,
    Source,
    Subscription,
    Suppression,
    SuppressionBody,
    SuppressionQuery,
)
from rubrica.db import Tx
from rubrica.errors import FieldError
from rubrica.paging import Page


async def suppress(
    tx: Tx, account: int, country: str | None, body: SuppressionBody
) -> tuple[Suppression, bool]:
    """Suppress an address as a client writes it; return it, and whether it is new."""
    address = model.read_address(body.channel, body.address, country)
    now = datetime.now(UTC)
    return await queries.suppress(tx, account, body.channel, address, "API", body.reason, now)


async def unsubscribe(
    tx: Tx,
    account: int,
    channel: Channel,
    address: str,
    source: Source,
    reason: str | None = None,
) -> None:
    """Suppress an address in the form it is known by; one that is suppressed stays as it is."""
    await queries.suppress(tx, account, channel, address, source, reason, datetime.now(UTC))


async def subscribe(
    tx: Tx, account: int, channel: Channel, address: str, source: Agreeing
) -> Subscription:
    """Remember that an address agreed to be written to; a suppression ends."""
    return await queries.subscribe(tx, account, channel, address, source)


async def write(
    tx: Tx, account: int, addresses: dict[Channel, str], channel: Channel, status: str
) -> Subscription:
    """Write what a client says of one channel of a person; return what is known then."""
    address = addresses.get(channel)
    if address is None:
        what = "e-mail address" if channel == "EMAIL" else "phone number"
        message = f"The contact has no {what}: there is nothing to write to by {channel}."
        raise NoAddress(message, errors=[FieldError("channel", NoAddress.code, message)])
    if status == "SUBSCRIBED":
        return await subscribe(tx, account, channel, address, "API")
    await unsubscribe(tx, account, channel, address, "API")
    return (await queries.known(tx, account, {channel: address}))[0]


async def end(tx: Tx, account: int, id: int) -> None:
    """End a suppression: of its address nothing is known any more."""
    if not await queries.end(tx, account, id):
        raise NoSuchSuppression(f"There is no suppression {id}.")


async def subscriptions(
    tx: Tx, account: int, phone_key: str | None, email: str | None
) -> list[Subscription]:
    """Return what is known of each channel that a person has an address of."""
    addresses = model.addresses(phone_key, email)
    known = {each.channel: each for each in await queries.known(tx, account, addresses)}
    return [
        known.get(channel, Subscription(channel=channel, status="UNKNOWN", source=None, at=None))
        for channel in CHANNELS
        if channel in addresses
    ]


async def suppressions(
    tx: Tx, account: int, phone_key: str | None, email: str | None
) -> list[Suppression]:
    """Return the suppressions of a person's addresses, with their reasons."""
    return await queries.suppressed(tx, account, model.addresses(phone_key, email))


async def erase(tx: Tx, account: int, phone_key: str | None, email: str | None) -> int:
    """Leave of a person's addresses their hashes alone, suppressed on every channel."""
    return await queries.erase(tx, account, model.addresses(phone_key, email))


async def mend(tx: Tx) -> None:
    """Know every number by its key, whose rule may be younger than what is known.

    Of what was said of two writings the stricter stays.
    """
    while accounts := await queries.otherwise_written(tx):
        for account in accounts:
            await queries.end_laxer(tx, account)
            await queries.forget_older(tx, account)
            await queries.rekey(tx, account)


async def find(
    tx: Tx, account: int, country: str | None, query: SuppressionQuery
) -> Page[Suppression]:
    """Return a page of suppressions."""
    address = None
    if query.address is not None:
        address = model.read_address(query.channel, query.address, country)
    return await queries.find(tx, account, query, address, country)
