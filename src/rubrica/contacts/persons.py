"""What can be done with one person, beyond their row: be read in full, consent."""

import msgspec
from msgspec import UNSET

from rubrica import consents
from rubrica.consents import Channel, Subscription
from rubrica.contacts import merged, queries, service
from rubrica.contacts.model import ContactInFull
from rubrica.db import Tx


async def read(tx: Tx, account: int, id: int) -> ContactInFull:
    """Return one contact in full; for an id that was merged, the contact it was merged into."""
    contact = await queries.by_id(tx, account, id)
    survivor = None if contact else await merged.survivor(tx, account, id)
    if contact is None:
        contact = await service.get(tx, account, survivor or id)
    return ContactInFull(
        **msgspec.structs.asdict(contact),
        lists=await queries.lists_of(tx, account, contact.id),
        subscriptions=await _subscriptions(tx, account, contact.id),
        merged_into=survivor or UNSET,
    )


async def write_subscription(
    tx: Tx, account: int, id: int, channel: Channel, status: str
) -> Subscription:
    """Write what was said of one channel of a contact."""
    found = await queries.keys(tx, account, id)
    if found is None:
        raise await service.missing(tx, account, id)
    addresses = consents.addresses(found.phone_key, found.email)
    return await consents.write(tx, account, addresses, channel, status)


async def _subscriptions(tx: Tx, account: int, id: int) -> list[Subscription]:
    found = await queries.keys(tx, account, id)
    if found is None:
        raise await service.missing(tx, account, id)
    return await consents.subscriptions(tx, account, found.phone_key, found.email)
