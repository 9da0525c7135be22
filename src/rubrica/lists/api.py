"""Contact lists over HTTP."""

from typing import Any

import msgspec
from litestar import Request, Response, Router, delete, get, post, put
from litestar.openapi import ResponseSpec

from rubrica import audit
from rubrica.accounts import Caller, needs
from rubrica.contacts import Contact, ContactFilter, ContactPage, Id
from rubrica.db import Database
from rubrica.lists import combining, jobs, queries, service
from rubrica.lists.model import (
    Combination,
    CombinedCount,
    ContactList,
    InvalidMembership,
    ListChange,
    ListQuery,
    ListsDeleted,
    MembersAdded,
    Membership,
    MembersRemoved,
    NewList,
    NoSuchList,
)
from rubrica.operations import Started
from rubrica.paging import Page
from rubrica.web.queries import documents, read_body_or_query, read_query, read_two

READ, WRITE = [needs("lists:read")], [needs("lists:write")]
ADDED = {201: ResponseSpec(MembersAdded), 202: ResponseSpec(Started)}
COMBINED = ADDED | {200: ResponseSpec(CombinedCount)}
REMOVED = {200: ResponseSpec(MembersRemoved), 202: ResponseSpec(Started)}


class IdsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which lists to delete."""

    ids: list[Id] = []


@post("/contacts/list", guards=WRITE, once=True)
async def create(data: NewList, db: Database, caller: Caller) -> ContactList:
    """Make a list."""
    async with db.transaction() as tx:
        made = await service.create(tx, caller.account, data)
        await audit.record(tx, caller, "list.created", list=made.id)
    return made


@get("/contacts/list", guards=READ, operation_class=documents(ListQuery))
async def index(request: Request[Any, Any, Any], db: Database, caller: Caller) -> Page[ContactList]:
    """Find lists."""
    query = read_query(request, ListQuery)
    async with db.read() as tx:
        return await queries.find(tx, caller.account, query)


@get("/contacts/list/{list_id:int}", guards=READ)
async def show(list_id: int, db: Database, caller: Caller) -> ContactList:
    """Show one list, with its exact count."""
    async with db.read() as tx:
        return await service.get(tx, caller.account, list_id)


@put("/contacts/list/{list_id:int}", guards=WRITE)
async def change(list_id: int, data: ListChange, db: Database, caller: Caller) -> ContactList:
    """Rename or describe a list."""
    async with db.transaction() as tx:
        await audit.record(tx, caller, "list.changed", list=list_id)
        return await service.change(tx, caller.account, list_id, data)


@delete("/contacts/list/{list_id:int}", guards=WRITE)
async def remove_one(list_id: int, db: Database, caller: Caller) -> None:
    """Delete a list, never its contacts; it can be restored for 30 days."""
    async with db.transaction() as tx:
        if not await queries.delete(tx, caller.account, [list_id]):
            raise NoSuchList(f"There is no list {list_id}.")
        await audit.record(tx, caller, "list.deleted", list=list_id)


@delete("/contacts/list", status_code=200, guards=WRITE, operation_class=documents(IdsQuery))
async def remove(request: Request[Any, Any, Any], db: Database, caller: Caller) -> ListsDeleted:
    """Delete lists, never their contacts. As query parameters or a JSON body."""
    ids = sorted(set((await read_body_or_query(request, IdsQuery)).ids))
    if not ids:
        raise InvalidMembership("Name the lists to delete: ?ids=1,2.")
    async with db.transaction() as tx:
        gone = await queries.delete(tx, caller.account, ids)
        await audit.record(tx, caller, "lists.deleted", lists=gone, deleted=len(gone))
    return ListsDeleted(deleted=len(gone), not_found=sorted(set(ids) - set(gone)))


@post("/contacts/list/{list_id:int}/restore", status_code=200, guards=WRITE, once=True)
async def restore(list_id: int, db: Database, caller: Caller) -> ContactList:
    """Bring a deleted list back with its members; 409 where its name is taken meanwhile."""
    async with db.transaction() as tx:
        await audit.record(tx, caller, "list.restored", list=list_id)
        return await service.restore(tx, caller.account, list_id)


@post("/contacts/list/contacts", guards=WRITE, responses=ADDED, once=True)
async def add_members(data: Membership, db: Database, caller: Caller) -> Response[Any]:
    """Put contacts into lists, many to many in one call."""
    async with db.transaction() as tx:
        done = await service.apply(
            tx, caller.account, caller.default_country, data, service.add, jobs.add
        )
        await audit.record(tx, caller, "members.added", **service.told(data, done))
    return Response(done, status_code=202 if isinstance(done, Started) else 201)


@delete(
    "/contacts/list/contacts",
    status_code=200,
    guards=WRITE,
    operation_class=documents(Membership),
    responses=REMOVED,
)
async def remove_members(
    request: Request[Any, Any, Any], db: Database, caller: Caller
) -> Response[Any]:
    """Take contacts out of lists; contacts and lists stay. As query parameters or a JSON body."""
    return await _remove(await read_body_or_query(request, Membership), db, caller)


@post(
    "/contacts/list/contacts/remove",
    status_code=200,
    guards=WRITE,
    responses=REMOVED,
    once=True,
)
async def remove_members_by_post(data: Membership, db: Database, caller: Caller) -> Response[Any]:
    """Take contacts out of lists: DELETE for clients that cannot send a body with it."""
    return await _remove(data, db, caller)


async def _remove(wish: Membership, db: Database, caller: Caller) -> Response[Any]:
    async with db.transaction() as tx:
        done = await service.apply(
            tx, caller.account, caller.default_country, wish, service.remove, jobs.remove
        )
        await audit.record(tx, caller, "members.removed", **service.told(wish, done))
    return Response(done, status_code=202 if isinstance(done, Started) else 200)


@post("/contacts/list/{list_id:int}/combine", guards=WRITE, responses=COMBINED, once=True)
async def combine(list_id: int, data: Combination, db: Database, caller: Caller) -> Response[Any]:
    """Put the contacts of combined lists into this one; `dryRun` only counts them."""
    async with db.transaction() as tx:
        if data.dry_run:
            counted = await combining.count(tx, caller.account, list_id, data)
            return Response(counted, status_code=200)
        done = await combining.combine(tx, caller.account, list_id, data, jobs.add)
        await audit.record(tx, caller, "list.combined", **combining.told(list_id, data, done))
    return Response(done, status_code=202 if isinstance(done, Started) else 201)


@get(
    "/contacts/list/{list_id:int}/contacts",
    guards=READ,
    operation_class=documents(ContactFilter, ContactPage),
)
async def members(
    request: Request[Any, Any, Any], list_id: int, db: Database, caller: Caller
) -> Page[Contact]:
    """Browse the members of a list, with every filter of `GET /contacts`."""
    filter, query = read_two(request, ContactFilter, ContactPage)
    async with db.read() as tx:
        return await service.members(
            tx, caller.account, caller.default_country, list_id, filter, query
        )


router = Router(
    "/",
    route_handlers=[
        create, index, show, change, remove_one, remove, restore, add_members, remove_members,
        remove_members_by_post, combine, members,
    ],
    tags=["Lists"],
)  # fmt: skip
