"""Uploads over HTTP: the first step of an import, which writes no contact."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, TypeVar, get_args

import msgspec
from litestar import Request, Router, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Reference, RequestBody, Schema
from litestar.openapi.spec.operation import Operation

from rubrica import phones
from rubrica.accounts import Caller, needs
from rubrica.db import Database
from rubrica.errors import FieldError
from rubrica.formats import EmailPreference, Finding, PhonePreference, Sheet, Warning, Wishes  # noqa: A004
from rubrica.imports import analysing, jobs, queries, recipes, service
from rubrica.imports.model import MappingLine, Upload
from rubrica.imports.recipes import Recipe
from rubrica.imports.refusals import InvalidUpload, NotMultipart
from rubrica.imports.service import UploadWish
from rubrica.imports.suggesting import Suggestion
from rubrica.settings import Settings
from rubrica.storage import Storage
from rubrica.web.queries import bad_field, documents, read_query

SomeForm = TypeVar("SomeForm", bound="Form")
READ, WRITE = [needs("imports:read")], [needs("imports:write")]
FORM = 1024 * 1024
"""Bytes that a form may have beside its file."""
NO_CONTACT = "An upload writes no contact and is gone after a day; its import is told."


class UploadAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file, and what was found in it."""

    upload_id: str
    file_name: str
    kind: str
    size: int
    sha256: str
    encoding: str | None
    delimiter: str | None
    quote: str | None
    has_header: bool
    findings: list[Finding]
    sheet: str | None
    sheets: list[Sheet]
    default_country: str | None
    total_rows: int | None
    columns: list[Suggestion]
    rows: list[list[str]]
    mapping: list[MappingLine]
    recipe: Recipe | None
    warnings: list[Warning]
    previous_import: dict[str, Any] | None
    expires_at: Any
    complete: bool


class Said(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What may be said of how any file is read and shown."""

    limit: Annotated[int, msgspec.Meta(ge=0, le=100)] = 10
    encoding: str | None = None
    default_country: str | None = None


class Form(Said, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What may come beside any file."""

    file_name: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    list_id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None


class TableForm(Form, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What may come beside a table."""

    remove_head: bool | None = None
    sheet: str | None = None
    delimiter: str | None = None


class CardForm(Form, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What may come beside a file of vCards."""

    phone_preference: PhonePreference | None = None
    email_preference: EmailPreference | None = None
    split_phones: bool | None = None


class Rereading(Said, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What an upload of either kind may be read anew with."""

    remove_head: bool | None = None
    sheet: str | None = None
    delimiter: str | None = None
    phone_preference: PhonePreference | None = None
    email_preference: EmailPreference | None = None
    split_phones: bool | None = None


class RowsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rows of an upload: from which record of the file on, and how many."""

    from_: Annotated[int, msgspec.Meta(ge=1, le=10**12)] = msgspec.field(default=1, name="from")
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


def _multipart(**fields: Schema) -> type[Operation]:
    """Document a multipart body, which is read from the stream."""
    file = Schema(
        type=OpenAPIType.STRING,
        format="binary",  # pyright: ignore[reportArgumentType]
    )
    every: dict[str, Reference | Schema] = {
        "file": file,
        "fileName": TEXT,
        "limit": Schema(type=OpenAPIType.INTEGER, minimum=0, maximum=100),
        "listId": Schema(type=OpenAPIType.INTEGER, minimum=1),
        "encoding": TEXT,
        "defaultCountry": TEXT,
    }
    schema = Schema(type=OpenAPIType.OBJECT, required=["file"], properties=every | fields)
    body = RequestBody(
        required=True, content={"multipart/form-data": OpenAPIMediaType(schema=schema)}
    )

    class MultipartOperation(Operation):
        def __post_init__(self) -> None:
            self.request_body = body

    return MultipartOperation


TEXT, FLAG = Schema(type=OpenAPIType.STRING), Schema(type=OpenAPIType.BOOLEAN)


@post(
    "/contacts/upload",
    status_code=200,
    guards=WRITE,
    operation_class=_multipart(removeHead=FLAG, sheet=TEXT, delimiter=TEXT),
    request_max_body_size=None,
    once=True,
    unaudited=NO_CONTACT,
)
async def upload(
    request: Request[Any, Any, Any],
    db: Database,
    storage: Storage,
    config: Settings,
    caller: Caller,
) -> UploadAnswer:
    """Take a table in and look into it. No contact is written."""
    file, form = await _form(request, config.max_upload_bytes, TableForm)
    said = {"has_header": form.remove_head, "sheet": form.sheet, "delimiter": form.delimiter}
    made = await _taken(db, storage, config, caller, file, form, said, cards=False)
    return await _answer(db, made, form.limit)


@post(
    "/contacts/upload/vcard",
    status_code=200,
    guards=WRITE,
    operation_class=_multipart(
        phonePreference=Schema(type=OpenAPIType.STRING, enum=get_args(PhonePreference)),
        emailPreference=Schema(type=OpenAPIType.STRING, enum=get_args(EmailPreference)),
        splitPhones=FLAG,
    ),
    request_max_body_size=None,
    once=True,
    unaudited=NO_CONTACT,
)
async def upload_cards(
    request: Request[Any, Any, Any],
    db: Database,
    storage: Storage,
    config: Settings,
    caller: Caller,
) -> UploadAnswer:
    """Take a file of vCards in and look into it. No contact is written."""
    file, form = await _form(request, config.max_upload_bytes, CardForm)
    made = await _taken(db, storage, config, caller, file, form, _of_cards(form), cards=True)
    return await _answer(db, made, form.limit)


def _of_cards(form: CardForm | Rereading) -> dict[str, Any]:
    return {
        "phone_preference": form.phone_preference,
        "email_preference": form.email_preference,
        "split_phones": form.split_phones,
    }


async def _taken(
    db: Database,
    storage: Storage,
    config: Settings,
    caller: Caller,
    file: UploadFile,
    form: Form,
    said: dict[str, Any],
    *,
    cards: bool,
) -> Upload:
    """Store a file and look into it; `said` of how to read it is never overridden."""
    country = _country(form.default_country)
    said |= {"encoding": form.encoding, "country": country or caller.default_country}
    wish = UploadWish(
        file_name=form.file_name or file.filename or "file",
        wishes=Wishes(**{name: value for name, value in said.items() if value not in (None, "")}),
        cards=cards,
        list_id=form.list_id,
        default_country=country,
    )
    return await service.upload(
        db, storage, caller.account, wish, _blocks(file), config.max_upload_bytes, jobs.analyse
    )


async def _form(
    request: Request[Any, Any, Any], most: int, kind: type[SomeForm]
) -> tuple[UploadFile, SomeForm]:
    if request.content_type[0] != "multipart/form-data":
        raise NotMultipart("Send the file as multipart/form-data, in a field called file.")
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most + FORM:
        raise service.UploadTooLarge(
            f"The file is larger than {most:,} bytes (RUBRICA_MAX_UPLOAD_BYTES)."
        )
    form = await request.form()
    fields: dict[str, Any] = {}
    for name, value in form.multi_items():
        if name in fields:
            raise InvalidUpload(f"“{name}” is sent twice: one file, one value of each field.")
        fields[name] = value
    file = fields.pop("file", None)
    if not isinstance(file, UploadFile):
        message = "Send the file in a field called file, with a file name."
        raise InvalidUpload(message, errors=[FieldError("file", "missing", message)])
    return file, _converted(fields, kind)


def _converted(fields: dict[str, Any], kind: type[SomeForm]) -> SomeForm:
    """Read the texts of a form into a struct."""
    try:
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as error:
        raise bad_field(error, kind) from error


async def _blocks(file: UploadFile) -> AsyncIterator[bytes]:
    await file.seek(0)
    while block := await file.read(1024 * 1024):
        yield block


def _country(code: str | None) -> str | None:
    if not code:
        return None
    if not phones.is_country(code.upper()):
        message = f"“{code}” is not a country code such as IT or GB (ISO 3166)."
        raise InvalidUpload(
            message, errors=[FieldError("defaultCountry", "invalid_country", message)]
        )
    return code.upper()


async def _answer(db: Database, upload: Upload, limit: int) -> UploadAnswer:
    async with db.read() as tx:
        previous = await queries.same_file(tx, upload.account_id, upload.sha256)
        recipe = next(iter(await recipes.fitting(tx, upload)), None)
    found = upload.analysis
    warnings = list(found.warnings)
    if previous is not None:
        message = f"The same file was imported before, as import {previous['id']}."
        warnings.append(Warning(code="same_file", message=message, count=1))
    return UploadAnswer(
        upload_id=upload.id,
        file_name=upload.file_name,
        kind=found.reading.kind,
        size=upload.size,
        sha256=upload.sha256,
        encoding=found.reading.encoding,
        delimiter=found.reading.delimiter,
        quote=found.reading.quote,
        has_header=found.reading.has_header,
        findings=found.findings,
        sheet=found.reading.sheet,
        sheets=found.sheets,
        default_country=upload.default_country,
        total_rows=upload.total_rows,
        columns=found.columns,
        rows=[row.cells for row in found.rows[:limit]],
        mapping=(recipe and recipes.mapping_for(recipe, upload)) or found.mapping,
        recipe=recipe,
        warnings=warnings,
        previous_import=previous,
        expires_at=upload.expires_at,
        complete=upload.complete,
    )


@get("/contacts/upload/{upload_id:str}", guards=READ)
async def show_upload(upload_id: str, db: Database, caller: Caller) -> UploadAnswer:
    """Show an upload again; `complete` tells whether it has been read to its end."""
    async with db.read() as tx:
        found = await service.waiting(tx, caller.account, upload_id)
    return await _answer(db, found, 10)


@put("/contacts/upload/{upload_id:str}", guards=WRITE, unaudited=NO_CONTACT)
async def read_otherwise(
    upload_id: str, data: Rereading, db: Database, storage: Storage, caller: Caller
) -> UploadAnswer:
    """Read an upload otherwise: another sheet, encoding, delimiter, header, country or choice."""
    said = _of_cards(data) | {
        "sheet": data.sheet,
        "encoding": data.encoding,
        "delimiter": data.delimiter,
        "has_header": data.remove_head,
        "country": _country(data.default_country),
    }
    changes = {name: value for name, value in said.items() if value is not None}
    made = await service.read_otherwise(
        db, storage, caller.account, upload_id, changes, jobs.analyse
    )
    return await _answer(db, made, data.limit)


@delete("/contacts/upload/{upload_id:str}", guards=WRITE, unaudited=NO_CONTACT)
async def drop_upload(upload_id: str, db: Database, storage: Storage, caller: Caller) -> None:
    """Forget an upload and its file."""
    async with db.transaction() as tx:
        await service.drop(tx, storage, caller.account, upload_id)


@get("/contacts/upload/{upload_id:str}/rows", guards=READ, operation_class=documents(RowsQuery))
async def upload_rows(
    request: Request[Any, Any, Any],
    upload_id: str,
    db: Database,
    storage: Storage,
    caller: Caller,
) -> list[tuple[int, list[str]]]:
    """Show rows of an upload as they will be read: pairs of row number and cells."""
    query = read_query(request, RowsQuery)
    async with db.read() as tx:
        found = await service.waiting(tx, caller.account, upload_id)
    service.check_read(found)
    rows = await asyncio.to_thread(
        analysing.some_rows, storage, found, first=query.from_, limit=query.limit
    )
    return [(row.number, row.cells) for row in rows]


router = Router(
    "/",
    route_handlers=[upload, upload_cards, show_upload, read_otherwise, drop_upload, upload_rows],
    tags=["Imports"],
)
