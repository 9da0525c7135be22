"""Taking an import back: chunk by chunk, the last first, each in one transaction.

A kill at any moment loses nothing and repeats nothing: a chunk says itself whether it is undone.
"""

import asyncio

from psycopg import IntegrityError
from psycopg.errors import DeadlockDetected

from rubrica import contacts, lists
from rubrica.db import Database, Tx
from rubrica.imports import changes, mirrors, queries
from rubrica.imports.model import CUSTOM, Plan
from rubrica.imports.normaliser import rules_of

TRIES = 10
"""How often a chunk is tried that lost a race against another writer."""


async def undo(db: Database, account: int, id: int) -> None:
    """Take an import back, from wherever its undo stands."""
    while await _step(db, account, id):
        pass


async def _step(db: Database, account: int, id: int) -> bool:
    """Take the last chunk back that is left, or end; return whether there is more to do."""
    for attempt in range(TRIES):
        try:
            async with db.transaction() as tx:
                plan = await changes.reverting(tx, account, id)
                if plan is None:
                    return False
                chunk = await changes.last_chunk(tx, account, id)
                if chunk is None:
                    await _end(tx, account, id, plan)
                    return False
                await queries.commit_later(tx)
                await _take_back(tx, account, id, plan, chunk)
                return True
        except (IntegrityError, DeadlockDetected):
            if attempt == TRIES - 1:
                raise
            await asyncio.sleep(0.05 * (attempt + 1))
    return False


async def _take_back(tx: Tx, account: int, id: int, plan: Plan, chunk: changes.Chunk) -> None:
    named = {line.field.removeprefix(CUSTOM) for line in plan.lines if CUSTOM in line.field}
    known = {field.key for field in await contacts.fields(tx, account)}
    await contacts.prepare_reverting(tx)
    await lists.prepare_parting(tx)
    await changes.pour(tx, account, id, chunk.number)
    await changes.find_leaving(tx, account, id, chunk, plan.lists)
    await changes.find_parting(tx, account, id, chunk.number, plan.lists)
    await lists.part(tx, account)
    leaving = await changes.removable(tx)
    if leaving:
        await contacts.remove(tx, account, leaving)
    await contacts.revert(tx, rules_of(plan, account, id), sorted(named - known))
    await changes.commit_undo(tx, account, id, chunk.number)


async def _end(tx: Tx, account: int, id: int, plan: Plan) -> None:
    if plan.list_mode == "MIRROR":
        await lists.prepare_joining(tx)
        await mirrors.removed(tx, account, id)
        await lists.join(tx, account)
    if plan.new_list is not None:
        await lists.delete_unused(tx, account, plan.new_list)
    for key in plan.new_fields:
        await contacts.delete_unused_field(tx, account, key)
    await changes.end_undo(tx, account, id)
