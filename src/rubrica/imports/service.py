"""What one can do with uploads and imports, where it takes more than one statement."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from rubrica import contacts, lists
from rubrica.contacts import CustomField
from rubrica.db import Database, Tx
from rubrica.errors import FieldError, Refused
from rubrica.formats import Kind, Warning, Wishes  # noqa: A004
from rubrica.imports import analysing, cards, planning, queries
from rubrica.imports.model import (
    AlreadyConfirmed,
    CardConfirmation,
    Confirmation,
    Import,
    ImportEnded,
    InvalidMapping,
    NoSuchImport,
    NoSuchUpload,
    NotCards,
    Upload,
    UploadExpired,
    UploadTooLarge,
)
from rubrica.jobs import Job, enqueue
from rubrica.lists import NoSuchList
from rubrica.storage import Storage

EXPIRES = timedelta(hours=24)


class UploadWish(msgspec.Struct, frozen=True, kw_only=True):
    """What came with a file."""

    file_name: str
    wishes: Wishes
    cards: bool | None = None
    """Whether it is to be a file of vCards; None: either is welcome."""
    list_id: int | None = None
    default_country: str | None = None


async def upload(
    db: Database,
    storage: Storage,
    account: int,
    wish: UploadWish,
    blocks: AsyncIterator[bytes],
    most: int,
    job: Job,
) -> Upload:
    """Store a file and look into it; what that leaves to be read is read by a job.

    Nothing is left of a file that is refused.
    """
    id = secrets.token_urlsafe(16)
    key = f"uploads/{account}/{id}"
    if wish.list_id is not None:
        async with db.read() as tx:
            await _check_list(tx, account, wish.list_id)
    kept = await storage.put(key, _bounded(blocks, most))
    try:
        now = datetime.now(UTC)
        async with db.read() as tx:
            fields = await contacts.fields(tx, account)
        found = await asyncio.to_thread(
            analysing.analyse, storage, key, wish.file_name, wish.wishes, fields
        )
        _check_kind(found.analysis.reading.kind, cards_wanted=wish.cards)
        made = Upload(
            account_id=account,
            id=id,
            file_name=wish.file_name,
            storage_key=key,
            size=kept.size,
            sha256=kept.sha256,
            wishes=wish.wishes,
            analysis=found.analysis,
            total_rows=found.total_rows,
            complete=found.total_rows is not None,
            list_id=wish.list_id,
            default_country=wish.default_country,
            created_at=now,
            expires_at=now + EXPIRES,
            import_id=None,
        )
        async with db.transaction() as tx:
            await queries.insert_upload(tx, made)
            if not made.complete:
                await enqueue(tx, job, account=account, upload=made.id)
    except BaseException:
        await storage.delete(key)
        raise
    return made


async def read_otherwise(
    db: Database, storage: Storage, account: int, id: str, changes: dict[str, Any], job: Job
) -> Upload:
    """Look into a stored file again, with other wishes."""
    async with db.read() as tx:
        before = await waiting(tx, account, id)
        fields = await contacts.fields(tx, account)
    wishes = msgspec.structs.replace(
        before.wishes, **{k: v for k, v in changes.items() if k in Wishes.__struct_fields__}
    )
    found = await asyncio.to_thread(
        analysing.analyse, storage, before.storage_key, before.file_name, wishes, fields
    )
    after = msgspec.structs.replace(
        before,
        wishes=wishes,
        analysis=found.analysis,
        total_rows=found.total_rows,
        complete=found.total_rows is not None,
        default_country=changes.get("country", before.default_country),
    )
    async with db.transaction() as tx:
        if not await queries.update_upload(tx, after):
            raise AlreadyConfirmed
        if not after.complete:
            await enqueue(tx, job, account=account, upload=after.id)
    return after


async def analyse_whole(db: Database, storage: Storage, account: int, id: str) -> None:
    """Read an uploaded file to its end: how many rows there are, and what is amiss in them."""
    async with db.read() as tx:
        found = await queries.upload(tx, account, id)
        fields = await contacts.fields(tx, account)
    if found is None or found.complete or found.import_id is not None:
        return
    try:
        analysis, total_rows = await asyncio.to_thread(
            analysing.analyse,
            storage,
            found.storage_key,
            found.file_name,
            found.wishes,
            fields,
            whole=True,
        )
    except Refused as refusal:  # the rest cannot be read: an import would end there too
        told = Warning(code=refusal.code, message=refusal.detail)
        warnings = [*found.analysis.warnings, told]
        analysis = msgspec.structs.replace(found.analysis, warnings=warnings)
        total_rows = None
    async with db.transaction() as tx:
        now = await queries.upload(tx, account, id, lock=True)
        if now is not None and now.wishes == found.wishes:
            done = msgspec.structs.replace(
                now, analysis=analysis, total_rows=total_rows, complete=True
            )
            await queries.update_upload(tx, done)


async def waiting(tx: Tx, account: int, id: str, *, lock: bool = False) -> Upload:
    """Return an upload that can still be confirmed."""
    found = None if "\0" in id else await queries.upload(tx, account, id, lock=lock)
    if found is None:
        raise NoSuchUpload(f"There is no upload “{id}”.")
    if found.import_id is not None:
        raise AlreadyConfirmed(
            f"The upload was confirmed as import {found.import_id}.", importId=found.import_id
        )
    if found.expires_at < datetime.now(UTC):
        raise UploadExpired
    return found


async def drop(tx: Tx, storage: Storage, account: int, id: str) -> None:
    """Forget an upload and its file."""
    await waiting(tx, account, id, lock=True)
    key = await queries.delete_upload(tx, account, id)
    if key:
        await storage.delete(key)


async def confirm(
    tx: Tx, account: int, country: str | None, wish: Confirmation, created_by: str, job: Job
) -> int:
    """Turn an upload into an import, with what it makes on the way; return the import's id."""
    found = await waiting(tx, account, wish.upload_id, lock=True)
    analysis = found.analysis
    country = wish.default_country or found.default_country or country
    country = country and country.upper()
    if isinstance(wish, CardConfirmation):
        reading = cards.reading(wish, analysis.reading, country)
        wish = cards.completed(wish, analysis)
        analysis = msgspec.structs.replace(analysis, reading=reading)
    known = {field.key: field for field in await contacts.fields(tx, account)}
    types: dict[str, str] = {key: field.type for key, field in known.items()}
    new = planning.new_fields(wish, types) if wish.create_fields else []
    made = planning.plan(
        wish,
        analysis,
        types | dict.fromkeys(new, "TEXT"),
        country,
        complete=found.complete,
    )
    own: list[int] = [] if found.list_id is None else [found.list_id]
    list_ids: list[int] = sorted({*wish.list_ids, *own})
    await lists.unknown_lists(tx, account, list_ids)
    if not wish.dry_run:
        for key in new:
            await contacts.insert_field(tx, account, _new_field(key))
        if wish.new_list is not None:
            description = wish.new_list.description or ""
            list_ids.append(
                await lists.insert(
                    tx, account, wish.new_list.name.strip(), description, is_test=False
                )
            )
    made = msgspec.structs.replace(made, lists=list_ids)
    id = await queries.insert(tx, found, made, dry_run=wish.dry_run, created_by=created_by)
    if not wish.dry_run:
        await queries.confirmed(tx, account, found.id, id)
    await enqueue(tx, job, account=account, import_id=id)
    return id


def _new_field(key: str) -> CustomField:
    try:
        return msgspec.convert({"key": key, "label": key, "type": "TEXT"}, CustomField)
    except msgspec.ValidationError as error:
        message = (
            f"“{key}” cannot be the key of a custom field: letters, digits, _ and -, beginning"
            " with a letter, at most 64."
        )
        raise InvalidMapping(
            message, errors=[FieldError("mapping", "invalid_field_key", message)]
        ) from error


async def get(tx: Tx, account: int, id: int) -> Import:
    """Return one import."""
    found = await queries.by_id(tx, account, id)
    if found is None:
        raise NoSuchImport(f"There is no import {id}.")
    return found


async def cancel(tx: Tx, account: int, id: int) -> Import:
    """Stop an import after the running chunk."""
    found = await get(tx, account, id)
    if not await queries.ask_to_cancel(tx, account, id):
        raise ImportEnded(f"The import has ended: {found.status}.")
    return await get(tx, account, id)


def _check_kind(kind: Kind, *, cards_wanted: bool | None) -> None:
    if cards_wanted is None or cards_wanted == (kind == "VCARD"):
        return
    if cards_wanted:
        raise NotCards("The file holds no vCards: upload it to /contacts/upload.")
    raise NotCards("The file holds vCards: upload it to /contacts/upload/vcard.")


async def _check_list(tx: Tx, account: int, id: int) -> None:
    if id not in await lists.hold(tx, account, [id]):
        raise NoSuchList(f"There is no list {id}.")


async def _bounded(blocks: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    size = 0
    async for block in blocks:
        size += len(block)
        if size > most:
            raise UploadTooLarge(
                f"The file is larger than {most:,} bytes (RUBRICA_MAX_UPLOAD_BYTES)."
            )
        yield block
