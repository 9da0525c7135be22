"""What exports hold of a person who is erased: files, and filters that name them.

A file cannot be searched, so that every one of the account is given up; what is running runs anew.
"""

from typing import LiteralString

from psycopg.sql import SQL, Identifier

from rubrica.contacts import Person, named_in, texts_of
from rubrica.db import Database, Tx
from rubrica.exports import jobs, queries, service
from rubrica.jobs import enqueue
from rubrica.storage import Storage

# Without its filter an export would hold everybody: it names the contact that is gone.
REQUESTS: LiteralString = """
    UPDATE exports e
       SET request = e.request || jsonb_build_object(
               'filter', NULL, 'contactIds', to_jsonb(%(ids)s::bigint[]))
     WHERE e.account_id = %(account)s AND {}
"""


async def erase(tx: Tx, person: Person) -> dict[str, int]:
    """Give up every file of the account, and take the person out of filters."""
    named = named_in(texts_of(SQL("({} -> 'filter')").format(Identifier("e", "request"))))
    await tx.run(SQL(REQUESTS).format(named), **person.values)
    return {"exports": await _give_up(tx, person.account)}


async def finish(db: Database, storage: Storage, account: int) -> None:
    """Give up what was begun while the person was being erased, and delete the files."""
    async with db.transaction() as tx:
        await _give_up(tx, account)
    await service.expire(db, storage)


async def _give_up(tx: Tx, account: int) -> int:
    given_up = await queries.give_up(tx, account)
    for each in given_up:
        if each.status == "PENDING":
            await enqueue(tx, jobs.run, account=account, export_id=each.id, run=each.run)
    return len(given_up)
