"""What concerns one person over HTTP: whether they may be written to."""

from typing import Literal

import msgspec
from litestar import Router, post

from rubrica.accounts import Caller, needs
from rubrica.consents import Channel, Subscription
from rubrica.contacts import persons
from rubrica.db import Database

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


router = Router("/", route_handlers=[subscribe], tags=["Contacts"])
