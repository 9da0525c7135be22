"""What one can do with uploads and imports, where it takes more than one statement."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog

from rubrica import contacts, lists
from rubrica.contacts import CustomField
from rubrica.db import Database, Tx
from rubrica.deadlines import Deadline
from rubrica.errors import FieldError, Refused
from rubrica.formats import Kind, Warning, Wishes  # noqa: A004
from rubrica.imports import analysing, cards, changes, foretelling, planning, queries, uploads
from rubrica.imports.model import Analysis, CardConfirmation, Confirmation, Import, Plan, Upload
from rubrica.imports.refusals import (
    AlreadyConfirmed,
    ImportEnded,
    InvalidMapping,
    LedgerExpired,
    NoSuchImport,
    NoSuchUpload,
    NotCards,
    NotUndoable,
    PlanChanged,
    Unreadable,
    UploadExpired,
    UploadTooLarge,
    UploadUnread,
)
from rubrica.jobs import Job, enqueue, passes
from rubrica.lists import NoSuchList
from rubrica.storage import Storage

EXPIRES = timedelta(hours=24)
STRAY = timedelta(days=2)
"""How old a file without a row is at the least: the row follows within the request."""
WRITING = re.compile(r"#\d+$")
"""What ends the name of a file that is being written (`object_store`, LocalFileSystem)."""
log = structlog.get_logger()


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
    *,
    patience: float | None = None,
) -> Upload:
    """Store a file and look into it; what that leaves to be read is read by a job.

    Nothing is left of a file that is refused. `patience`: seconds that its first rows may take
    before they are left to the job too; by default those of a request.
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
            analysing.analyse,
            storage,
            key,
            wish.file_name,
            wish.wishes,
            fields,
            deadline=Deadline.after(analysing.PATIENCE if patience is None else patience),
        )
        if not found.analysis.unread:
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
            await uploads.insert(tx, made)
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
        analysing.analyse,
        storage,
        before.storage_key,
        before.file_name,
        wishes,
        fields,
        deadline=Deadline.after(analysing.PATIENCE),
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
        if not await uploads.update(tx, after):
            raise AlreadyConfirmed
        if not after.complete:
            await enqueue(tx, job, account=account, upload=after.id)
    return after


async def analyse_whole(db: Database, storage: Storage, account: int, id: str) -> None:
    """Read an uploaded file to its end: how many rows there are, and what is amiss in them."""
    async with db.read() as tx:
        found = await uploads.by_id(tx, account, id)
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
    except Exception as error:
        if passes(error):
            raise
        analysis, total_rows = _refused(found.analysis, _told(error, id)), None
    async with db.transaction() as tx:
        now = await uploads.by_id(tx, account, id, lock=True)
        if now is not None and now.wishes == found.wishes:
            done = msgspec.structs.replace(
                now, analysis=analysis, total_rows=total_rows, complete=True
            )
            await uploads.update(tx, done)


def _told(error: Exception, id: str) -> Warning:
    if isinstance(error, Refused):
        return Warning(code=error.code, message=error.detail)
    log.error("analysis failed", upload_id=id, exc_info=error)
    message = f"Something went wrong on our side ({type(error).__name__}); the log tells more."
    return Warning(code="internal_error", message=message)


def _refused(before: Analysis, why: Warning) -> Analysis:
    """Say why a file cannot be read on, or not at all where no row of it was seen before."""
    if before.unread:
        return msgspec.structs.replace(before, warnings=[why], unread=False, refused=why)
    # an import would end there too, with the rows before
    return msgspec.structs.replace(before, warnings=[*before.warnings, why])


def check_read(found: Upload) -> None:
    """Refuse an upload of which no row is known, yet or for ever."""
    if found.analysis.refused is not None:
        raise Unreadable(found.analysis.refused)
    if found.analysis.unread:
        raise UploadUnread(
            "The file is still being read, and its columns are not known yet. Ask for the upload"
            " again until it is complete."
        )


async def waiting(tx: Tx, account: int, id: str, *, lock: bool = False) -> Upload:
    """Return an upload that can still be confirmed."""
    found = None if "\0" in id else await uploads.by_id(tx, account, id, lock=lock)
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
    key = await uploads.delete(tx, account, id)
    if key:
        await storage.delete(key)


async def sweep(db: Database, storage: Storage) -> None:
    """Delete files that nothing names: a kill came before the row of their upload was written.

    A file is looked at long after its row would have been there.
    """
    async for keys in storage.old("uploads", STRAY):
        whole = {key: WRITING.sub("", key) for key in keys}
        async with db.read() as tx:
            nameless = set(await uploads.nameless(tx, list(whole.values())))
        for key in keys:
            if whole[key] in nameless:
                log.info("deleting a file that no upload names", key=key)
                await storage.delete(key)


async def confirm(
    tx: Tx, account: int, country: str | None, wish: Confirmation, created_by: str, job: Job
) -> int:
    """Turn an upload into an import, with what it makes on the way; return the import's id."""
    found = await waiting(tx, account, wish.upload_id, lock=True)
    check_read(found)
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
    suppressing = wish.target == "SUPPRESSIONS"
    own: list[int] = [] if found.list_id is None or suppressing else [found.list_id]
    list_ids: list[int] = sorted({*wish.list_ids, *own})
    if wish.list_mode == "MIRROR" and not list_ids and wish.new_list is None:
        message = "MIRROR needs a list to be mirrored: name it in listIds."
        raise InvalidMapping(message, errors=[FieldError("listIds", "missing", message)])
    await lists.unknown_lists(tx, account, list_ids)
    if wish.plan_token is not None:
        foretold = msgspec.structs.replace(made, lists=list_ids)
        await _keep_word(tx, account, wish.plan_token, found, foretold)
    new_list: int | None = None
    if not wish.dry_run:
        for key in new:
            await contacts.insert_field(tx, account, _new_field(key))
        if wish.new_list is not None:
            name, description = wish.new_list.name.strip(), wish.new_list.description or ""
            new_list = await lists.insert(tx, account, name, description, is_test=False)
            list_ids.append(new_list)
    made = msgspec.structs.replace(made, lists=list_ids, new_list=new_list, new_fields=new)
    id = await queries.insert(tx, found, made, dry_run=wish.dry_run, created_by=created_by)
    if not wish.dry_run:
        await uploads.confirmed(tx, account, found.id, id)
    await enqueue(tx, job, account=account, import_id=id)
    return id


async def _keep_word(tx: Tx, account: int, token: str, upload: Upload, plan: Plan) -> None:
    """Refuse where what a dry run has foretold is no longer what would happen."""
    dry = None if "\0" in token else await foretelling.foretold(tx, account, token)
    if dry is None:
        raise PlanChanged("There is no dry run of this planToken any more: run it again.")
    reasons = {
        "the file": dry["sha256"] != upload.sha256,
        "the options": msgspec.convert(dry["plan"], Plan).as_foretold() != plan.as_foretold(),
        "a list": dry["lists_seen"] != await foretelling.lists_seen(tx, account, plan),
        "a contact that the rows name": await foretelling.has_changed(tx, account, dry["id"]),
        "a contact that came since": await foretelling.has_company(tx, account, dry["id"]),
    }
    changed = [reason for reason, holds in reasons.items() if holds]
    if changed:
        raise PlanChanged(f"Changed since the dry run: {', '.join(changed)}. Run it again.")


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


async def with_ledger(tx: Tx, account: int, id: int) -> Import:
    """Return one import whose ledger is still there."""
    found = await get(tx, account, id)
    if await queries.is_without_ledger(tx, account, id):
        raise LedgerExpired
    return found


async def cancel(tx: Tx, account: int, id: int) -> Import:
    """Stop an import after the running chunk."""
    found = await get(tx, account, id)
    if not await queries.ask_to_cancel(tx, account, id):
        raise ImportEnded(f"The import has ended: {found.status}.")
    return await get(tx, account, id)


async def undo(tx: Tx, account: int, id: int, job: Job) -> Import:
    """Begin to take an ended import back; one that is being taken back is left to go on."""
    found = await get(tx, account, id)
    if found.dry_run:
        raise NotUndoable("A dry run changed nothing: there is nothing to undo.")
    if await queries.target(tx, account, id) == "SUPPRESSIONS":
        message = "Opting out outlives an undo: DELETE /suppressions/{id} ends one suppression."
        raise NotUndoable(message)
    if found.status == "REVERTED":
        raise NotUndoable("The import has been undone already.")
    if found.status != "REVERTING":
        if not await changes.begin_undo(tx, account, id):
            message = "An import can be undone once it has ended, as long as its ledger is kept."
            raise NotUndoable(f"{message} This one is {found.status}.")
        await enqueue(tx, job, account=account, import_id=id)
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
