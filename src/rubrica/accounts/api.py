"""Accounts and keys over HTTP."""

from litestar import Router, delete, get, post, put

from rubrica.accounts import model, queries, service
from rubrica.accounts.authentication import Caller, needs
from rubrica.accounts.model import (
    Account,
    AccountChange,
    Key,
    KeyWish,
    NewKey,
    NoSuchAccount,
    NoSuchKey,
)
from rubrica.db import Database


@get("/authentication", guards=[needs("admin")])
async def keys(db: Database, caller: Caller) -> list[Key]:
    """List the API keys of this account, without their secrets."""
    async with db.read() as tx:
        return await queries.keys(tx, caller.account)


@post("/authentication", guards=[needs("admin")])
async def create_key(data: KeyWish, db: Database, caller: Caller) -> NewKey:
    """Make an API key. The answer shows it this once."""
    async with db.transaction() as tx:
        return await service.create_key(tx, caller.account, data)


@delete("/authentication/{key_id:str}", guards=[needs("admin")])
async def delete_key(key_id: str, db: Database, caller: Caller) -> None:
    """Take an API key back, at once."""
    place = model.read_key_id(key_id)
    if place is None or place[0] != caller.account:
        raise NoSuchKey
    async with db.transaction() as tx:
        if not await queries.delete_key(tx, *place):
            raise NoSuchKey


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
        return await service.change_account(tx, caller.account, data)


router = Router(
    "/", route_handlers=[keys, create_key, delete_key, account, change_account], tags=["Account"]
)
