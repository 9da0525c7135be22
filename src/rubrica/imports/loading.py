"""The loader: from a stored file to contacts, chunk by chunk.

The next chunk is read and normalised in a thread while PostgreSQL merges this one. A chunk's
transaction holds its contacts, memberships, ledger and bookmark; a kill at any moment loses
nothing and repeats nothing.
"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import islice
from typing import NamedTuple

import structlog
from psycopg import IntegrityError
from psycopg.errors import DeadlockDetected

from rubrica import contacts, formats, lists
from rubrica.consents import Address
from rubrica.contacts import Newcomer, Rules
from rubrica.db import Database, Tx
from rubrica.errors import Refused
from rubrica.formats import Row
from rubrica.imports import (
    cards,
    changes,
    ending,
    foretelling,
    ledger,
    mirrors,
    queries,
    rehearsal,
    suppressing,
)
from rubrica.imports.model import CHUNK, CHUNK_LETTERS, Plan
from rubrica.imports.normaliser import Normaliser, Rejected, rules_of
from rubrica.imports.queries import Running
from rubrica.jobs import passes
from rubrica.storage import Storage

TRIES = 10
"""How often a chunk is tried that lost a race against another writer."""
log = structlog.get_logger()


class Chunk(NamedTuple):
    """Rows that are committed together, normalised and arranged."""

    first: int
    last: int
    newcomers: list[Newcomer]
    rejected: list[Rejected]
    cells: dict[int, list[str]]
    batch: contacts.Batch
    block: bytes
    foreseen: set[Address]
    """The addresses that earlier chunks of a dry run would have suppressed."""


class Reader:
    """Reads and normalises a file, a chunk at a time. Its methods block: call them in a thread."""

    def __init__(self, storage: Storage, running: Running, rules: Rules) -> None:
        self._stack = ExitStack()
        self._storage = storage
        self._running = running
        self._rules = rules
        self._normaliser = Normaliser(running.plan)
        self._rows: Iterator[Row] = iter(())
        self._foreseen: set[Address] = set()

    def open(self, skip: int) -> None:
        """Begin behind the rows that are in already."""
        path = self._stack.enter_context(self._storage.local(self._running.storage_key))
        rows = formats.rows(path, self._running.plan.reading, is_mobile=cards.is_mobile)
        self._rows = islice(self._stack.enter_context(closing(rows)), skip, None)

    def next(self) -> Chunk | None:
        """Return the next chunk; nothing at the end of the file."""
        taken = formats.taken(self._rows, CHUNK, CHUNK_LETTERS)
        if not taken:
            return None
        rows = [corrected(row, self._running.plan) for row in taken]
        newcomers: list[Newcomer] = []
        rejected: list[Rejected] = []
        for row in rows:
            found = self._normaliser.read(row)
            if isinstance(found, Rejected):
                rejected.append(found)
            else:
                newcomers.append(found)
        batch = contacts.arranged(newcomers, self._rules)
        return Chunk(
            first=rows[0].number,
            last=rows[-1].number,
            newcomers=newcomers,
            rejected=rejected,
            cells={row.number: row.cells for row in rows},
            batch=batch,
            block=contacts.staged(batch, self._rules),
            foreseen=self._foreseen,
        )

    def close(self) -> None:
        """Let go of the file, and end a child process that reads it."""
        self._stack.close()


def corrected(row: Row, plan: Plan) -> Row:
    """Put what the confirmation says in place of what the file has."""
    corrections = plan.corrections.get(str(row.number))
    if corrections is None:
        return row
    width = max(len(row.cells), *(column + 1 for column, _ in corrections))
    cells = [*row.cells, *[""] * (width - len(row.cells))]
    for column, value in corrections:
        cells[column] = value
    return row._replace(cells=cells)


class _Cancelled(Exception):  # noqa: N818 - not an error
    """Somebody asked to stop."""


async def load(db: Database, storage: Storage, account: int, id: int) -> None:
    """Carry an import to its end, from wherever it stands."""
    async with db.transaction() as tx:
        running = await queries.begin(tx, account, id)
    if running is None:
        return
    try:
        if not running.dry_run and running.chunks == 0:
            await _check_room(db, storage, account, running)
        done = await _load(db, storage, account, running)
    except Refused as refusal:
        await ending.finish(
            db, storage, account, id, "FAILED", {"code": refusal.code, "message": refusal.detail}
        )
    except Exception as error:
        if passes(error):
            raise
        log.exception("import failed", import_id=id)
        message = f"Something went wrong on our side ({type(error).__name__}); the log tells more."
        await ending.finish(
            db, storage, account, id, "FAILED", {"code": "internal_error", "message": message}
        )
    else:
        if done == "COMPLETED":
            await ending.complete(db, storage, account, running)
        elif done:
            await ending.finish(db, storage, account, id, done)


async def _check_room(db: Database, storage: Storage, account: int, running: Running) -> None:
    """Refuse an import that would pass the account's quota, before its first row.

    Where more rows than room are left, a dry run tells how many would be new.
    """
    async with db.read() as tx:
        room = (await contacts.quota(tx, account)).remaining
        before = await queries.by_id(tx, account, running.id)
    if room is None or before is None or running.plan.target == "SUPPRESSIONS":
        return
    if before.mode == "UPDATE" or (before.progress.total_rows or room + 1) <= room:
        return
    async with db.transaction() as tx:
        dry = await queries.as_dry_run(tx, account, running.id, f"quota of import {running.id}")
    await load(db, storage, account, dry)
    async with db.transaction() as tx:
        found = await queries.by_id(tx, account, dry)
        if found is not None:
            await contacts.require_room(tx, account, found.summary.created)


async def _load(db: Database, storage: Storage, account: int, running: Running) -> str | None:
    rules = rules_of(running.plan, account, running.id)
    reader = Reader(storage, running, rules)
    try:
        if running.dry_run:
            async with rehearsal.stage(db, account, running.id) as stage:
                done = await _chunks(stage, reader, account, running, rules, number=0, skip=0)
            if done == "COMPLETED":
                async with db.transaction() as tx:
                    await foretelling.keep(tx, account, running.id, stage.examples, running.plan)
            return done
        return await _chunks(
            db, reader, account, running, rules, number=running.chunks, skip=running.rows
        )
    finally:
        await asyncio.to_thread(reader.close)


async def _chunks(
    db: Database | rehearsal.Stage,
    reader: Reader,
    account: int,
    running: Running,
    rules: Rules,
    *,
    number: int,
    skip: int,
) -> str | None:
    await asyncio.to_thread(reader.open, skip)
    coming = asyncio.create_task(asyncio.to_thread(reader.next))
    try:
        while chunk := await coming:
            coming = asyncio.create_task(asyncio.to_thread(reader.next))
            try:
                if not await _merge(db, account, running, rules, number, chunk):
                    return None
            except _Cancelled:
                return "CANCELLED"
            number += 1
    finally:
        # The thread must be done with the file before it is closed.
        await asyncio.wait([coming])
    return "COMPLETED"


async def _merge(
    db: Database | rehearsal.Stage,
    account: int,
    running: Running,
    rules: Rules,
    number: int,
    chunk: Chunk,
) -> bool:
    """Commit a chunk; return whether it was ours to commit."""
    for attempt in range(TRIES):
        try:
            async with db.transaction() as tx:
                await _merge_chunk(tx, account, running, rules, number, chunk)
        except (IntegrityError, DeadlockDetected):
            async with db.read() as tx:
                if await ledger.committed_chunks(tx, account, running.id) > number:
                    return False  # another loader is at work, and ahead of us
            if attempt == TRIES - 1:
                raise
            await asyncio.sleep(0.05 * (attempt + 1))
        else:
            if isinstance(db, rehearsal.Stage):
                await db.look(account, running.id, chunk.first, chunk.last, chunk.cells)
            return True
    return False


async def _merge_chunk(
    tx: Tx, account: int, running: Running, rules: Rules, number: int, chunk: Chunk
) -> None:
    if await queries.is_cancelled(tx, account, running.id):
        raise _Cancelled
    await queries.commit_later(tx)
    room = None
    if rules.mode != "UPDATE" and not running.dry_run:
        room = await contacts.room(tx, account)
    live = await lists.hold(tx, account, running.plan.lists) if running.plan.lists else []
    await contacts.pour(tx, chunk.block)
    if running.plan.target == "SUPPRESSIONS":
        await suppressing.merge(tx, account, running, chunk.newcomers, chunk.foreseen)
        if chunk.rejected:
            await ledger.book_rejected(tx, account, running.id, chunk.rejected)
        await ledger.commit_chunk(tx, account, running.id, number, chunk.first, chunk.last)
        return
    await lists.prepare_resolved(tx)
    if running.dry_run:
        await rehearsal.fill(tx, account, running.id, number)
    batch = await contacts.linked(tx, chunk.newcomers, rules, chunk.batch)
    for round in range(max(batch.rounds, default=-1) + 1):
        contested = contacts.contested(batch, round)
        changed = await contacts.merge_round(tx, rules, round, contested=contested, room=room)
        if live and not running.dry_run:
            await lists.add_resolved(tx, account, live, round)
        made = await ledger.book_created(tx, account, running.id, round)
        room = None if room is None else room - made
        await ledger.book_found(tx, account, running.id, round, changed)
    if -1 in batch.rounds:
        await ledger.book_folded(tx, account, running.id)
    if chunk.rejected:
        await ledger.book_rejected(tx, account, running.id, chunk.rejected)
    refused = await ledger.refused_in_merge(tx)
    if refused:
        await ledger.keep_cells(tx, account, running.id, {row: chunk.cells[row] for row in refused})
    if running.plan.list_mode == "MIRROR":
        await mirrors.pour(tx, [rejected.read for rejected in chunk.rejected])
        await mirrors.book_sightings(tx, account, running.id, running.plan.match_by)
    if not running.dry_run:
        await changes.book(tx, account, running.id, number)
    await ledger.commit_chunk(tx, account, running.id, number, chunk.first, chunk.last)
