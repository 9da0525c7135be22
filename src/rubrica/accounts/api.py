"""Accounts, keys and the audit over HTTP."""

from typing import Any

from litestar import Request, Router, delete, get, post, put

from rubrica import audit
from rubrica.accounts import model, queries, service
from rubrica.accounts.authentication import Caller, needs
from rubrica.accounts.model import (
    Account,
    AccountChange,
    InvalidAuditQuery,
    Key,
    KeyWish,
    NewKey,
    NoSuchAccount,
    NoSuchKey,
)
from rubrica.audit import AuditEntry, AuditQuery
from rubrica.db import Database
from rubrica.paging import BadCursor, Page, is_id, page_of, read_cursor, write_cursor
from rubrica.web.queries import documents, read_query


@get("/authentication", guards=[needs("admin")])
async def keys(db: Database, caller: Caller) -> list[Key]:
    """List the API keys of this account, without their secrets."""
    async with db.read() as tx:
        return await queries.keys(tx, caller.account)


@post("/authentication", guards=[needs("admin")])
async def create_key(data: KeyWish, db: Database, caller: Caller) -> NewKey:
    """Make an API key. The answer shows it this once."""
    async with db.transaction() as tx:
        made = await service.create_key(tx, caller.account, data)
        await audit.record(tx, caller, "key.created", key=made.id)
    return made


@delete("/authentication/{key_id:str}", guards=[needs("admin")])
async def delete_key(key_id: str, db: Database, caller: Caller) -> None:
    """Take an API key back, at once."""
    place = model.read_key_id(key_id)
    if place is None or place[0] != caller.account:
        raise NoSuchKey
    async with db.transaction() as tx:
        if not await queries.delete_key(tx, *place):
            raise NoSuchKey
        await audit.record(tx, caller, "key.deleted", key=key_id)


@get("/account")
async def account(db: Database, caller: Caller) -> Account:
    """Show this account."""
    async with db.read() as tx:
        found = await queries.account_by_id(tx, caller.account)
    if found is None:
        raise NoSuchAccount
    return found


@put("/account", guards=[needs("admin")])
async def change_account(data: AccountChange, db: Database, caller: Caller) -> Account:
    """Change the fields that are named."""
    async with db.transaction() as tx:
        await audit.record(tx, caller, "account.changed", account=caller.account)
        return await service.change_account(tx, caller.account, data)


@get("/audit", guards=[needs("admin")], operation_class=documents(AuditQuery))
async def entries(
    request: Request[Any, Any, Any], db: Database, caller: Caller
) -> Page[AuditEntry]:
    """Tell who did what, when: newest first."""
    query = read_query(request, AuditQuery)
    if query.subject_id is not None and query.subject is None:
        raise InvalidAuditQuery
    key = None if query.key_id is None else _key_number(query.key_id, caller.account)
    bound_to = [
        "audit", query.action, query.actor, query.key_id, query.subject, query.subject_id,
        query.from_, query.to,
    ]  # fmt: skip
    before = None if query.cursor is None else _place(query.cursor, bound_to)
    async with db.read() as tx:
        found = await audit.find(tx, caller.account, query, key, before)
        total = await audit.count(tx, caller.account, query, key) if query.counted else None
    content = found[: query.limit]
    more = len(found) > query.limit
    return page_of(
        content, query, total, write_cursor([content[-1].id], bound_to) if more else None
    )


def _key_number(id: str, account: int) -> int:
    """Return the number of a key of this account; of any other one that no key has."""
    place = model.read_key_id(id)
    return 0 if place is None or place[0] != account else place[1]


def _place(cursor: str, bound_to: Any) -> int:
    match read_cursor(cursor, bound_to):
        case [int() as place] if is_id(place):
            return place
        case _:
            raise BadCursor


router = Router(
    "/",
    route_handlers=[keys, create_key, delete_key, account, change_account, entries],
    tags=["Account"],
)
