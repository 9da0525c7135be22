"""What concerns one person over HTTP: whether they may be written to, and their erasure."""

from typing import Literal

import msgspec
from litestar import Router, post

from rubrica.accounts import Caller, needs
from rubrica.consents import Channel, Subscription
from rubrica.contacts import erasing, persons
from rubrica.contacts.erasing import Erased
from rubrica.db import Database
from rubrica.storage import Storage

WRITE = [needs("contacts:write")]


class SubscriptionBody(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """What a person said of one channel. UNKNOWN is only read: nobody can say it."""

    channel: Channel
    status: Literal["SUBSCRIBED", "UNSUBSCRIBED"]


@post("/contacts/{contact_id:int}/subscriptions", status_code=200, guards=WRITE)
async def subscribe(
    contact_id: int, data: SubscriptionBody, db: Database, caller: Caller
) -> Subscription:
    """Write whether a contact's address of a channel may be written to."""
    async with db.transaction() as tx:
        return await persons.write_subscription(
            tx, caller.account, contact_id, data.channel, data.status
        )


@post("/contacts/{contact_id:int}/erase", status_code=200, guards=WRITE)
async def erase(contact_id: int, db: Database, storage: Storage, caller: Caller) -> Erased:
    """Erase a person from everything that is held; their addresses stay suppressed, as hashes."""
    async with db.transaction() as tx:
        erased = await erasing.erase(tx, caller.account, contact_id)
    await erasing.finish(db, storage, caller.account)
    return erased


router = Router("/", route_handlers=[subscribe, erase], tags=["Contacts"])
