"""Pages and filters, hot, on the account that the import made."""

import time
from collections.abc import Awaitable, Callable
from statistics import median, quantiles
from typing import Any

from msgspec import convert

from rubrica import contacts
from rubrica.contacts import ContactFilter, ContactPage, Context, condition
from rubrica.contacts.service import get
from rubrica.db import Database, Tx

RUNS = 60
FILTERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "first page by name": ({}, {}),
    "newest first": ({}, {"sortBy": "createdAt", "sortOrder": "desc"}),
    "page 1,000 by number": ({}, {"page": 1000, "count": "none"}),
    "search “ross”": ({"search": "ross"}, {"count": "none"}),
    "search “niccolò ru”": ({"search": "niccolò ru"}, {"count": "none"}),
    "search “+39328015”": ({"search": "+39328015"}, {"count": "none"}),
    "search with no hit": ({"search": "qzx"}, {"count": "none"}),
    "e-mail by prefix": ({"email": "mario*"}, {"count": "none"}),
    "phone exact": ({"phoneNumber": "+393280150981"}, {}),
    "one flag, by name": ({"gender": "FEMALE"}, {"count": "none"}),
    "gender and country": ({"gender": "FEMALE", "countryCode": "DE"}, {"count": "none"}),
    "members of a list": ({"listIds": [1]}, {"count": "none"}),
    "exact count of one flag": ({"gender": "MALE"}, {"limit": 1}),
}


async def measure(url: str) -> None:
    """Print the milliseconds of each read, and their ratio to reading one contact by id."""
    db = Database(url)
    await db.open()
    async with db.session() as tx:
        await tx.run("ANALYZE")
        await tx.run("VACUUM contacts")  # as autovacuum does soon after an import
        total = await contacts.total(tx, 1)
        some = await tx.value("SELECT max(id) / 2 FROM contacts")
        print(f"\nReads of one account of {total:,} contacts, pages of 50; ms")
        one, _ = await _timed(lambda: get(tx, 1, some))
        print(f"  {'by id':26}{one:9.2f} median")
        for name, (filter, page) in FILTERS.items():
            taken = await _timed(lambda f=filter, p=page: _page(tx, f, {"limit": 50} | p))
            _tell(name, one, taken)
        walk = {"limit": 50, "cursor": await _deep(tx, total // 2000)}
        _tell("deep page by cursor", one, await _timed(lambda: _page(tx, {}, walk)))
    await db.close()


def _tell(name: str, one: float, taken: tuple[float, float]) -> None:
    middle, slow = taken
    print(f"  {name:26}{middle:9.2f} median {slow:9.2f} p95   {middle / one:8.1f} times by id")


async def _page(tx: Tx, filter: dict[str, Any], page: dict[str, Any]) -> str | None:
    query = convert(page, ContactPage)
    asked = convert(filter, ContactFilter)
    where = condition(asked, Context(1, "IT", {}))
    _, cursor = await contacts.find(tx, query, where)
    if query.counted:
        await (contacts.count(tx, where) if filter else contacts.total(tx, 1))
    return cursor


async def _deep(tx: Tx, thousands: int) -> str | None:
    """Return a cursor far down in the default order."""
    return await _page(tx, {}, {"limit": 1000, "page": thousands, "count": "none"})


async def _timed(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Return the median and the 95th percentile, in milliseconds, after three rounds unseen."""
    taken: list[float] = []
    for _ in range(RUNS + 3):
        began = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken[3:]), quantiles(taken[3:], n=20)[-1]
