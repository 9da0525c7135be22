"""Undoing the import that a database holds, against the seconds that it took."""

import asyncio
import sys
import time

from rubrica import consents, contacts, lists, worker
from rubrica.db import Database
from rubrica.imports import jobs, service, undoing


async def undo(url: str) -> None:
    """Take the last import back, as a worker would; print seconds and how many contacts went."""
    consents.use_secret(lambda: "bench")
    contacts.before_removal.append(lists.forget_contacts)
    db = Database(url)
    await db.open()
    async with db.transaction() as tx:
        account = await tx.value("SELECT max(account_id) FROM imports")
        id = await tx.value("SELECT max(id) FROM imports")
        await service.undo(tx, account, id, jobs.undo)
    began = time.perf_counter()
    await undoing.undo(db, account, id)
    seconds = time.perf_counter() - began
    async with db.read() as tx:
        done = await service.get(tx, account, id)
        left = await tx.value("SELECT count(*) FROM contacts")
    await db.close()
    assert done.undo is not None
    print(f"{seconds:.2f} {done.undo.reverted} {left}")


if __name__ == "__main__":
    worker.tune()
    asyncio.run(undo(sys.argv[1]))
