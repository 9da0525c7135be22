"""How many contacts an account may still get."""

import msgspec

from rubrica import accounts
from rubrica.contacts import queries
from rubrica.contacts.model import QuotaExceeded
from rubrica.db import Tx


class Quota(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many contacts an account may have, has, and may still get; null: there is no limit."""

    total_limit: int | None
    used: int
    remaining: int | None


async def quota(tx: Tx, account: int) -> Quota:
    """Return where an account stands."""
    limit = await accounts.contact_limit(tx, account)
    return _stands(limit, await queries.total(tx, account))


async def room(tx: Tx, account: int) -> int | None:
    """Return how many contacts may still be added; None: any number.

    Where there is a limit nobody else adds contacts until this transaction ends. To be asked
    before any row is written: who has written and then waits here could be waited for.
    """
    limit = await accounts.hold_contact_limit(tx, account)
    return None if limit is None else max(0, limit - await queries.total(tx, account))


async def require_room(tx: Tx, account: int, wanted: int) -> None:
    """Refuse where so many contacts would pass the limit; `room` says how it is held."""
    left = await room(tx, account)
    if left is not None and wanted > left:
        now = await quota(tx, account)
        raise QuotaExceeded(
            f"The account may have {now.total_limit:,} contacts and has {now.used:,};"
            f" {wanted:,} more would pass that.",
            totalLimit=now.total_limit,
            used=now.used,
            remaining=now.remaining,
        )


def _stands(limit: int | None, used: int) -> Quota:
    remaining = None if limit is None else max(0, limit - used)
    return Quota(total_limit=limit, used=used, remaining=remaining)
