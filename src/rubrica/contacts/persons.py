"""What can be done with one person, beyond their row: consent."""

from rubrica import consents
from rubrica.consents import Channel, Subscription
from rubrica.contacts import queries
from rubrica.contacts.model import NoSuchContact
from rubrica.db import Tx
from rubrica.errors import Refused


async def subscriptions(tx: Tx, account: int, id: int) -> list[Subscription]:
    """Return what is known of the channels that a contact has an address of."""
    found = await _keys(tx, account, id)
    return await consents.subscriptions(tx, account, found.phone_key, found.email)


async def write_subscription(
    tx: Tx, account: int, id: int, channel: Channel, status: str
) -> Subscription:
    """Write what was said of one channel of a contact."""
    found = await _keys(tx, account, id)
    addresses = consents.addresses(found.phone_key, found.email)
    return await consents.write(tx, account, addresses, channel, status)


async def _keys(tx: Tx, account: int, id: int) -> queries.Keys:
    found = await queries.keys(tx, account, id)
    if found is None:
        raise await missing(tx, account, id)
    return found


async def missing(_tx: Tx, _account: int, id: int) -> Refused:
    """Return the refusal of an id that is no contact's."""
    return NoSuchContact(f"There is no contact {id}.")
