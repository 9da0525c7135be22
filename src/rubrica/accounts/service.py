"""What one can do with accounts and keys, where it takes more than one statement."""

import msgspec
from msgspec import UNSET

from rubrica.accounts import model, queries
from rubrica.accounts.model import Account, AccountChange, KeyWish, NewKey, NoSuchAccount
from rubrica.db import Tx


async def create_account(tx: Tx, name: str, default_country: str | None) -> int:
    """Add an account; return its id."""
    model.check_account(default_country, None)
    return await queries.insert_account(tx, name, default_country)


async def create_key(tx: Tx, account: int, wish: KeyWish) -> NewKey:
    """Make a key. Its secret is in the answer, and nowhere else."""
    model.check_key(wish)
    secret = model.new_secret()
    number = await queries.insert_key(tx, account, wish, model.hashed(secret))
    return NewKey(
        id=model.key_id(account, number),
        name=wish.name,
        key=model.write_key(account, number, secret),
        scopes=sorted(set(wish.scopes)),
        allowed_ips=wish.allowed_ips,
        rate_limit=wish.limit(),
        expires_at=wish.expires_at,
    )


async def change_account(tx: Tx, id: int, change: AccountChange) -> Account:
    """Change the fields that are named; return the account as it is then."""
    before = await queries.account_by_id(tx, id, lock=True)
    if before is None:
        raise NoSuchAccount
    country = before.default_country if change.default_country is UNSET else change.default_country
    timezone = before.timezone if change.timezone is UNSET else change.timezone
    retention = before.retention if change.retention is UNSET else change.retention
    model.check_account(country, timezone)
    language = before.language if change.language is UNSET else model.language(change.language)
    await queries.update_account(
        tx,
        id,
        name=before.name if change.name is UNSET else change.name,
        default_country=country,
        timezone=timezone,
        language=language,
        retention=msgspec.json.encode(retention).decode(),
    )
    after = await queries.account_by_id(tx, id)
    assert after is not None
    return after
