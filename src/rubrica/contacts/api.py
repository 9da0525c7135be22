"""Contacts over HTTP. A route reads the request, calls one thing, and answers."""

from typing import Any, Literal

import msgspec
from litestar import Request, Response, Router, delete, get, patch, post, put
from litestar.openapi import ResponseSpec

from rubrica import audit
from rubrica.accounts import Caller, needs
from rubrica.contacts import batches, deletions, pages, persons, queries, quotas, service
from rubrica.contacts.batches import BatchAnswer, BatchBody
from rubrica.contacts.deletions import Deleted, DeletionBody
from rubrica.contacts.filters import ContactFilter, condition
from rubrica.contacts.model import (
    Contact,
    ContactBody,
    ContactInFull,
    ContactWritten,
    CustomField,
    FieldChange,
    etag,
)
from rubrica.contacts.pages import ContactPage
from rubrica.contacts.quotas import Quota
from rubrica.db import Database
from rubrica.operations import Started
from rubrica.paging import Page, page_of
from rubrica.web.queries import documents, read_body_or_query, read_query, read_two

READ, WRITE = [needs("contacts:read")], [needs("contacts:write")]
GONE = {200: ResponseSpec(Deleted), 202: ResponseSpec(Started)}


class CreateQuery(msgspec.Struct, frozen=True, rename="camel"):
    """What may stand behind `POST /contacts`."""

    on_conflict: Literal["update", "error"] = "error"


@post(
    "/contacts",
    guards=WRITE,
    once=True,
    operation_class=documents(CreateQuery),
    responses={200: ResponseSpec(ContactWritten)},
)
async def create(
    request: Request[Any, Any, Any], data: ContactBody, db: Database, caller: Caller
) -> Response[ContactWritten]:
    """Add a contact; 409 with its id where there is one, or update it with `onConflict=update`."""
    query = read_query(request, CreateQuery)
    async with db.transaction() as tx:
        contact, new = await service.create(
            tx,
            caller.account,
            data,
            caller.default_country,
            update_existing=query.on_conflict == "update",
        )
        done = "contact.created" if new else "contact.updated"
        await audit.record(tx, caller, done, contact=contact.id)
    return Response(contact, status_code=201 if new else 200, headers={"ETag": etag(contact)})


@post("/contacts/batch", status_code=200, guards=WRITE, once=True)
async def batch(data: BatchBody, db: Database, caller: Caller) -> BatchAnswer:
    """Write up to 10,000 contacts; each has its outcome, in order."""
    async with db.transaction() as tx:
        fields = await service.field_types(tx, caller.account)
        answer = await batches.write(tx, caller.account, data, caller.default_country, fields)
        await audit.record(tx, caller, "contacts.written", **answer.summary)
    return answer


@get("/contacts", guards=READ, operation_class=documents(ContactFilter, ContactPage))
async def index(request: Request[Any, Any, Any], db: Database, caller: Caller) -> Page[Contact]:
    """Search and filter contacts."""
    filter, query = read_two(request, ContactFilter, ContactPage)
    async with db.read() as tx:
        await service.check_lists(tx, caller.account, filter, query.sort_priority_list_id)
        context = await service.reading(tx, caller.account, caller.default_country)
        where = condition(filter, context)
        content, next_cursor = await pages.find(tx, query, where)
        total = await service.total(tx, caller.account, filter, where) if query.counted else None
    return page_of(content, query, total, next_cursor)


@get("/contacts/{contact_id:int}", guards=READ)
async def show(contact_id: int, db: Database, caller: Caller) -> Response[ContactInFull]:
    """Show one contact, with its lists and subscriptions; by a merged id, the survivor."""
    async with db.read() as tx:
        contact = await persons.read(tx, caller.account, contact_id)
    return Response(contact, headers={"ETag": etag(contact)})


async def _change(
    request: Request[Any, Any, Any],
    contact_id: int,
    data: ContactBody,
    db: Database,
    caller: Caller,
) -> Response[Contact]:
    async with db.transaction() as tx:
        contact = await service.change(
            tx,
            caller.account,
            contact_id,
            data,
            caller.default_country,
            request.headers.get("if-match"),
        )
        await audit.record(tx, caller, "contact.updated", contact=contact_id)
    return Response(contact, headers={"ETag": etag(contact)})


@put("/contacts/{contact_id:int}", guards=WRITE)
async def change(
    request: Request[Any, Any, Any],
    contact_id: int,
    data: ContactBody,
    db: Database,
    caller: Caller,
) -> Response[Contact]:
    """Change the fields that are present; `If-Match` guards against lost updates."""
    return await _change(request, contact_id, data, db, caller)


@patch("/contacts/{contact_id:int}", guards=WRITE)
async def change_partly(
    request: Request[Any, Any, Any],
    contact_id: int,
    data: ContactBody,
    db: Database,
    caller: Caller,
) -> Response[Contact]:
    """Change the fields that are present: the same as PUT."""
    return await _change(request, contact_id, data, db, caller)


@delete("/contacts/{contact_id:int}", guards=WRITE)
async def remove_one(contact_id: int, db: Database, caller: Caller) -> None:
    """Delete one contact, with its memberships."""
    async with db.transaction() as tx:
        result = await service.remove(tx, caller.account, [contact_id])
        if not result["deleted"]:
            raise await service.missing(tx, caller.account, contact_id)
        await audit.record(tx, caller, "contact.deleted", contact=contact_id)


@delete(
    "/contacts",
    status_code=200,
    guards=WRITE,
    operation_class=documents(DeletionBody),
    responses=GONE,
)
async def remove(request: Request[Any, Any, Any], db: Database, caller: Caller) -> Response[Any]:
    """Delete contacts by `ids`, by `notIds` or by `filter`; the latter two with `expectedCount`."""
    wish = await read_body_or_query(request, DeletionBody)
    return await _remove(wish, db, caller)


@post("/contacts/delete", status_code=200, guards=WRITE, responses=GONE, once=True)
async def remove_by_post(data: DeletionBody, db: Database, caller: Caller) -> Response[Any]:
    """Delete contacts: DELETE for clients that cannot send a body with it."""
    return await _remove(data, db, caller)


async def _remove(wish: DeletionBody, db: Database, caller: Caller) -> Response[Any]:
    async with db.transaction() as tx:
        done = await deletions.remove(tx, caller.account, caller.default_country, wish)
        await audit.record(tx, caller, "contacts.deleted", **deletions.told(wish, done))
    return Response(done, status_code=202 if isinstance(done, Started) else 200)


@get("/contacts/stats", guards=READ)
async def stats(db: Database, caller: Caller) -> dict[str, Any]:
    """Count the contacts by validity, channel, country and gender; at most 60 s old."""
    async with db.transaction() as tx:
        return await service.stats(tx, caller.account)


@get("/subscription/contacts", guards=READ)
async def subscription(db: Database, caller: Caller) -> Quota:
    """Tell how many contacts the account may have, has, and may still get; null: no limit."""
    async with db.read() as tx:
        return await quotas.quota(tx, caller.account)


@get("/contacts/fields", guards=READ)
async def fields(db: Database, caller: Caller) -> list[CustomField]:
    """List the custom fields."""
    async with db.read() as tx:
        return await queries.fields(tx, caller.account)


@post("/contacts/fields", guards=WRITE, once=True)
async def define_field(data: CustomField, db: Database, caller: Caller) -> CustomField:
    """Define a custom field."""
    async with db.transaction() as tx:
        await service.define_field(tx, caller.account, data)
        await audit.record(tx, caller, "field.created", field=data.key)
    return data


@put("/contacts/fields/{key:str}", guards=WRITE)
async def change_field(key: str, data: FieldChange, db: Database, caller: Caller) -> CustomField:
    """Change a custom field's label."""
    async with db.transaction() as tx:
        await audit.record(tx, caller, "field.changed", field=key)
        return await service.change_field(tx, caller.account, key, data)


@delete("/contacts/fields/{key:str}", guards=WRITE)
async def drop_field(key: str, db: Database, caller: Caller) -> None:
    """Take a custom field away, with its values in every contact."""
    async with db.transaction() as tx:
        await service.drop_field(tx, caller.account, key)
        await audit.record(tx, caller, "field.deleted", field=key)


router = Router(
    "/",
    route_handlers=[
        create, batch, index, show, change, change_partly, remove_one, remove, remove_by_post,
        stats, subscription, fields, define_field, change_field, drop_field,
    ],
    tags=["Contacts"],
)  # fmt: skip
