"""What concerns one person over HTTP: consent, duplicates, merging, what is held, erasure."""

from typing import Any, Literal

import msgspec
from litestar import Request, Response, Router, get, post

from rubrica import audit
from rubrica.accounts import Caller, needs
from rubrica.consents import Channel, Subscription
from rubrica.contacts import duplicates, erasing, joining, persons
from rubrica.contacts.duplicates import DuplicateQuery, Duplicates
from rubrica.contacts.erasing import Erased
from rubrica.contacts.joining import MergeBody
from rubrica.contacts.model import ContactInFull, etag
from rubrica.contacts.persons import WhollyTold
from rubrica.db import Database
from rubrica.paging import Page
from rubrica.storage import Storage
from rubrica.web.queries import documents, read_query

READ, WRITE = [needs("contacts:read")], [needs("contacts:write")]


class SubscriptionBody(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """What a person said of one channel. UNKNOWN is only read: nobody can say it."""

    channel: Channel
    status: Literal["SUBSCRIBED", "UNSUBSCRIBED"]


@post("/contacts/{contact_id:int}/subscriptions", status_code=200, guards=WRITE, once=True)
async def subscribe(
    contact_id: int, data: SubscriptionBody, db: Database, caller: Caller
) -> Subscription:
    """Write whether a contact's address of a channel may be written to."""
    async with db.transaction() as tx:
        written = await persons.write_subscription(
            tx, caller.account, contact_id, data.channel, data.status
        )
        await audit.record(tx, caller, f"contact.{data.status.lower()}", contact=contact_id)
        return written


@get("/contacts/duplicates", guards=READ, operation_class=documents(DuplicateQuery))
async def suggest(
    request: Request[Any, Any, Any], db: Database, caller: Caller
) -> Page[Duplicates]:
    """Suggest contacts that are probably one person, with the reason."""
    query = read_query(request, DuplicateQuery)
    async with db.read() as tx:
        return await duplicates.find(tx, caller.account, query)


@post("/contacts/{contact_id:int}/merge", status_code=200, guards=WRITE, once=True)
async def merge(
    contact_id: int, data: MergeBody, db: Database, caller: Caller
) -> Response[ContactInFull]:
    """Fold another contact into this one; by the other's id this one is read from then on."""
    async with db.transaction() as tx:
        await joining.join(tx, caller.account, contact_id, data.contact_id)
        await audit.record(tx, caller, "contact.merged", contact=contact_id, other=data.contact_id)
        contact = await persons.read(tx, caller.account, contact_id)
    return Response(contact, headers={"ETag": etag(contact)})


@get("/contacts/{contact_id:int}/export", guards=READ)
async def tell(contact_id: int, db: Database, caller: Caller) -> WhollyTold:
    """Tell everything that is held about one person."""
    async with db.transaction() as tx:
        return await persons.tell(tx, caller.account, contact_id)


@post("/contacts/{contact_id:int}/erase", status_code=200, guards=WRITE, once=True)
async def erase(contact_id: int, db: Database, storage: Storage, caller: Caller) -> Erased:
    """Erase a person from everything that is held; their addresses stay suppressed, as hashes."""
    async with db.transaction() as tx:
        erased = await erasing.erase(tx, caller.account, contact_id)
        await audit.record(tx, caller, "contact.erased", contact=contact_id)
    await erasing.finish(db, storage, caller.account)
    return erased


router = Router("/", route_handlers=[subscribe, suggest, merge, tell, erase], tags=["Contacts"])
