"""Lists combined into one: who is in any of them, in all, or in the first and no other."""

from typing import Any

from rubrica.db import Tx
from rubrica.jobs import Job
from rubrica.lists import queries, service
from rubrica.lists.model import Combination, CombinedCount
from rubrica.operations import Started, by_set


async def count(tx: Tx, account: int, id: int, wish: Combination) -> CombinedCount:
    """Count the contacts that would be put into the list; do nothing."""
    lists = await _checked(tx, account, id, wish)
    selection = queries.combined(account, wish.operation, lists, None)
    return CombinedCount(count=await queries.count_selected(tx, selection))


async def combine(
    tx: Tx, account: int, id: int, wish: Combination, job: Job
) -> dict[str, Any] | Started:
    """Put the contacts of a combination into a list; above 10,000 of them by a job."""
    lists = await _checked(tx, account, id, wish)
    selection = queries.combined(account, wish.operation, lists, wish.expected_count)
    return await by_set(tx, account, selection, {"lists": [id]}, service.add, job)


def told(id: int, wish: Combination, done: dict[str, Any] | Started) -> dict[str, Any]:
    """Return what the audit tells of a combination: the lists, and how many came."""
    about: dict[str, Any] = {"list": id, "lists": list(dict.fromkeys(wish.list_ids))}
    if isinstance(done, Started):
        return about | {"operation": done.operation_id}
    return about | {name: n for name, n in done.items() if name != "perList"}


async def _checked(tx: Tx, account: int, id: int, wish: Combination) -> list[int]:
    """Refuse where a list is not there; return those to be combined, each once, in order."""
    await service.unknown_lists(tx, account, sorted({id, *wish.list_ids}))
    return list(dict.fromkeys(wish.list_ids))
