"""What an upload and an import are, and how the one becomes the other. No I/O here."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from rubrica import names
from rubrica.consents import Channel
from rubrica.contacts import Id, Key, Mode, Policy
from rubrica.formats import (
    MOST_COLUMNS,
    EmailPreference,
    Finding,
    PhonePreference,
    Reading,
    Row,
    Sheet,
    Warning,  # noqa: A004 - the contract's word
    Wishes,
)
from rubrica.imports.dates import DateFormat
from rubrica.imports.suggesting import Suggestion
from rubrica.paging import PageQuery

CHUNK_LETTERS = 16 * 1024 * 1024
"""Characters after which a chunk ends, however few its rows."""
CHUNK = 20_000
"""Rows that are committed together: about a second of work."""
NUL = re.compile(r"(\\\\)|\\u0000")
"""In JSON: a backslash, or the character that PostgreSQL cannot store."""
SCALARS = (
    "phoneNumber", "email", "externalId", "id", "firstName", "lastName", "fullName", "gender",
    "birthDate", "company", "language", "notes", "isTest", "isValid",
)  # fmt: skip
CUSTOM = "customFields."
"""What the name of a custom field begins with."""
ARRAYS = ("tags", "communicationSupported")
Status = Literal["PENDING", "RUNNING", "COMPLETED", "CANCELLED", "FAILED", "REVERTING", "REVERTED"]
ENDED = ("COMPLETED", "CANCELLED", "FAILED", "REVERTED")
"""Where nothing happens any more, unless somebody asks for it."""
ListMode = Literal["ADD", "MIRROR"]
Target = Literal["CONTACTS", "SUPPRESSIONS"]
MOST_CORRECTIONS = 10_000
Outcome = Literal["CREATED", "UPDATED", "UNCHANGED", "SKIPPED", "DUPLICATE", "REJECTED"]

WORDS: dict[str, str] = {
    "quota_exceeded": "The account has as many contacts as it may have.",
    "no_identity": "The row has neither a phone number nor an e-mail address.",
    "ambiguous_match": "Several contacts have this address, and none has the number.",
    "phone_taken": "Another contact has this phone number.",
    "external_id_taken": "Another contact has this externalId.",
    "email_taken": "Another contact without a number has this e-mail address.",
    "erased": "The person was erased; only POST /contacts brings them back.",
}


class MappingLine(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """What one column is for."""

    column: int | str
    field: str | None = None
    policy: Policy | None = None
    format: str | None = None


class Analysis(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was found in a file: how it is read, its columns, and what a person should know."""

    reading: Reading
    header: list[str]
    findings: list[Finding] = []
    sheets: list[Sheet]
    columns: list[Suggestion]
    rows: list[Row]
    warnings: list[Warning]
    unread: bool = False
    """No row has been seen yet: a job reads the file."""
    refused: Warning | None = None
    """Why the file cannot be read, where that was found out only after its upload was answered."""

    @property
    def mapping(self) -> list[MappingLine]:
        """The suggested mapping, ready to be sent back; for one field the better column first."""
        return [
            MappingLine(
                column=column.index,
                field=column.suggested_field,
                format=column.date_formats[0]
                if column.suggested_field and len(column.date_formats) == 1
                else column.name_order,
            )
            for column in _best_first(self.columns)
        ]


def _best_first(columns: list[Suggestion]) -> list[Suggestion]:
    """Leave columns where they are, save those for one field: they change places by precedence."""
    ordered = list(columns)
    for field in {column.suggested_field for column in columns} - {None}:
        rivals = [place for place, each in enumerate(columns) if each.suggested_field == field]
        best = sorted(rivals, key=lambda place: columns[place].precedence)
        for place, better in zip(rivals, best, strict=True):
            ordered[place] = columns[better]
    return ordered


class Correction(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """What shall stand in a cell in place of what the file has; null empties it."""

    row: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    column: int | str
    value: str | None = None


class NewList(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """A list to be made for the import's contacts."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
    description: Annotated[str, msgspec.Meta(max_length=10_000)] | None = None


class Options(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """What is to be done with the rows of a file; a recipe keeps all of it."""

    mode: Mode = "CREATE_UPDATE"
    match_by: Annotated[tuple[Key, ...], msgspec.Meta(min_length=1, max_length=4)] = (
        "phoneNumber",
        "email",
    )
    blanks: Literal["KEEP", "CLEAR"] = "KEEP"
    on_bad_value: Literal["SKIP_CELL", "REJECT_ROW"] = "SKIP_CELL"
    list_ids: list[Id] = []
    new_list: NewList | None = None
    list_mode: ListMode = "ADD"
    tags: list[Annotated[str, msgspec.Meta(min_length=1, max_length=100)]] = []
    default_country: str | None = None
    date_format: DateFormat | None = None
    create_fields: bool = False
    target: Target = "CONTACTS"
    channels: Annotated[list[Channel], msgspec.Meta(min_length=1)] | None = None
    """With `target: SUPPRESSIONS`, what is suppressed; None: every channel of an address."""


class Confirmation(Options, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The second step: what to do with an upload.

    A recipe has filled what was left out before this is carried out.
    """

    upload_id: str
    recipe_id: Id | None = None
    mapping: Annotated[list[MappingLine], msgspec.Meta(min_length=1, max_length=MOST_COLUMNS)] = []
    expected_removals: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None = None
    corrections: Annotated[list[Correction], msgspec.Meta(max_length=MOST_CORRECTIONS)] = []
    dry_run: bool = False
    plan_token: str | None = None


class CardConfirmation(
    Confirmation, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """The second step for vCards. Without a mapping the standard one is meant.

    What is not said of numbers and addresses is as it was said at the upload.
    """

    mapping: Annotated[list[MappingLine], msgspec.Meta(max_length=MOST_COLUMNS)] = []
    phone_preference: PhonePreference | None = None
    email_preference: EmailPreference | None = None
    split_phones: bool | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A column that is read, by its index, and what it may write."""

    column: int
    name: str
    """How the file calls the column; used in the ledger."""
    field: str
    policy: Policy
    format: DateFormat | names.Order | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that decides an import's outcome beside the file and the contacts that are there."""

    reading: Reading
    header: list[str]
    lines: list[Line]
    mode: Mode
    match_by: list[Key]
    blanks: Literal["KEEP", "CLEAR"]
    on_bad_value: Literal["SKIP_CELL", "REJECT_ROW"]
    lists: list[int]
    tags: list[str]
    country: str | None
    fields: dict[str, str]
    """The types of the custom fields, by their keys."""
    new_fields: list[str] = []
    """Those of them that the import defined, and the list that it made."""
    new_list: int | None = None
    wanted_list: NewList | None = None
    """The list as it was asked for; a dry run makes none."""
    list_mode: ListMode = "ADD"
    expected_removals: int | None = None
    corrections: dict[str, list[tuple[int, str]]] = {}
    """For the number of a row what shall stand in its columns."""

    target: Target = "CONTACTS"
    channels: list[Channel] = []
    """What is suppressed, where that is the target."""

    def as_foretold(self) -> "Plan":
        """Return the plan without what differs between a dry run and the import it foretells."""
        own = [id for id in self.lists if id != self.new_list]
        return msgspec.structs.replace(
            self, lists=own, new_list=None, new_fields=[], expected_removals=None
        )


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file that waits to be confirmed."""

    account_id: int
    id: str
    file_name: str
    storage_key: str
    size: int
    sha256: str
    wishes: Wishes
    analysis: Analysis
    total_rows: int | None
    complete: bool
    list_id: int | None
    default_country: str | None
    created_at: datetime
    expires_at: datetime
    import_id: int | None


class Progress(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How far an import is."""

    processed_rows: int
    total_rows: int | None
    rows_per_second: float | None
    eta_seconds: float | None


class Summary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The rows accounted for so far: `total` is the sum of the others."""

    total: int
    created: int
    updated: int
    unchanged: int
    skipped: int
    duplicates: int
    rejected: int


class Example(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One row of a dry run, with what it would change: for each field before and after."""

    row: int
    contact_id: int | None
    code: str | None
    message: str | None
    cells: list[str]
    changes: dict[str, tuple[Any, Any]]


class Undo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of the contacts that an import had created, and of its writes over others."""

    reverted: int
    kept_because_edited: int
    failed: int


class Import(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file on its way into the contacts, or there."""

    id: int
    upload_id: str
    status: Status
    dry_run: bool
    mode: Mode
    file_name: str
    size: int
    sha256: str
    list_ids: list[int]
    progress: Progress
    summary: Summary
    rejected_by_code: dict[str, int]
    removals: int
    """Memberships that mirroring ended; in a dry run those that it would end."""
    warnings: list[dict[str, Any]]
    examples: dict[Outcome, list[Example]]
    """Of a dry run: for each outcome the first rows that have it."""
    plan_token: str | None
    undo: Undo | None
    error: dict[str, Any] | None
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    undone_at: datetime | None


class LedgerRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one row."""

    row: int
    outcome: Outcome
    contact_id: int | None
    code: str | None
    column: str | None
    value: str | None
    message: str | None
    warnings: list[dict[str, Any]]
    undo: dict[str, Any] | None
    """Why an undo left the row's contact as it was, or could not bring it back."""


class ImportQuery(PageQuery, frozen=True, kw_only=True):
    """Which imports, newest first."""

    status: Status | None = None
    dry_run: bool | None = None


class LedgerQuery(PageQuery, frozen=True, kw_only=True):
    """Which rows of an import, in the order of the file."""

    outcome: list[Outcome] | None = None


def as_json(value: Any) -> str:
    """Return a value as PostgreSQL takes it for jsonb, which cannot hold a NUL character."""
    return NUL.sub(r"\1", msgspec.json.encode(value).decode())
