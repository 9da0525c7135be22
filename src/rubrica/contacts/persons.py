"""What can be done with one person, beyond their row: be read in full, consent, be told."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import UNSET

from rubrica import consents
from rubrica.consents import Channel, Subscription, Suppression
from rubrica.contacts import merged, queries, service, verdicts
from rubrica.contacts.model import ContactInFull
from rubrica.db import Tx

tellers: list[Callable[[Tx, int, list[int]], Awaitable[dict[str, Any]]]] = []
"""What other features hold of a contact, by the name it has in an export: transaction, account, ids
(the contact's, and of those merged into it). Filled where the application is put together."""


class WhollyTold(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Everything that is held about one person."""

    contact: ContactInFull
    suppressions: list[Suppression]
    """Of the addresses that the contact has."""
    merged_ids: list[int]
    held_elsewhere: dict[str, Any]
    """By the feature that holds it; `imports`: the rows of files that are about the contact."""


async def tell(tx: Tx, account: int, id: int) -> WhollyTold:
    """Return everything that is held about one person, lists and consent included."""
    contact = await read(tx, account, id)
    keys = await queries.keys(tx, account, contact.id)
    if keys is None:
        raise await service.missing(tx, account, id)
    ids = await merged.into(tx, account, contact.id)
    held: dict[str, Any] = {}
    for teller in tellers:
        held |= await teller(tx, account, [contact.id, *ids])
    return WhollyTold(
        contact=contact,
        suppressions=await consents.suppressions(tx, account, keys.phone_key, keys.email),
        merged_ids=ids,
        held_elsewhere=held,
    )


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
        invalid_source=await verdicts.invalid_source(tx, account, contact.id),
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
