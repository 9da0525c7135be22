"""What an export is. No I/O here."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple

import msgspec
from psycopg.sql import Composable

from rubrica.contacts import ContactFilter, Id
from rubrica.errors import Conflict, FieldError, Gone, Invalid, NotFound, TooLarge
from rubrica.paging import PageQuery

KEPT_DAYS = 7
"""Days for which the file of an export is kept."""
Kind = Literal["CONTACTS", "DELIVERY_REPORTS"]
"""What an export is of: see `sources`."""
Status = Literal["PENDING", "RUNNING", "COMPLETED", "FAILED", "EXPIRED"]
ENDED = ("COMPLETED", "FAILED", "EXPIRED")
Format = Literal["CSV", "XLSX", "VCF", "JSONL"]
Delimiter = Literal[",", ";", "\t", "|"]
COMMA: Delimiter = ","
VcardVersion = Literal["4.0", "3.0"]
NEWEST: VcardVersion = "4.0"
Tell = Callable[[int], None]
"""Is told, now and then, how many rows are written so far."""


class NoSuchExport(NotFound):
    """There is no such export."""

    code = "export_not_found"


class NoSuchContacts(NotFound):
    """Some of the contacts do not exist; nothing was exported."""

    code = "contact_not_found"


class InvalidExport(Invalid):
    """The export is not described rightly."""

    code = "invalid"


class ExportRunning(Conflict):
    """The export is running already."""

    code = "export_running"


class WorkbookLimit(TooLarge):
    """The export does not fit into a workbook."""

    code = "workbook_limit"


class NoSuchDownload(NotFound):
    """This is no download link of ours."""

    code = "download_not_found"


class LinkExpired(Gone):
    """The download link has expired."""

    code = "link_expired"


class FileGone(Gone):
    """The file of this link is no longer there."""

    code = "file_gone"


class Wish(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which columns, and how they are written; what is exported is said by each kind."""

    kind: ClassVar[Kind]
    format: Format = "CSV"
    columns: list[str] | None = None
    """Field names in the order wanted; none given: every field, custom ones last."""
    delimiter: Delimiter | None = None
    """Of CSV only; none given: a comma."""
    spreadsheet_safe: bool = True
    """Of CSV and XLSX: nothing in the file is run as a formula."""


class ContactsExport(Wish, frozen=True, kw_only=True):
    """Which contacts, which columns, and how they are written. No selector: every contact."""

    kind: ClassVar[Kind] = "CONTACTS"
    list_ids: list[Id] | None = None
    contact_ids: list[Id] | None = None
    filter: ContactFilter | None = None
    vcard_version: VcardVersion | None = None
    """Of VCF only; none given: 4.0."""


class Plan(NamedTuple):
    """All that decides what stands in a file."""

    wish: Wish
    names: list[str]
    """The columns."""
    cells: Composable
    """The select list of texts, a cell for each name."""
    fields: Composable
    """The select list of values, as an object of JSON has them."""
    rows: Composable
    """What follows FROM: tables, joins, conditions."""
    order: Composable
    values: dict[str, Any]
    """Of the placeholders in `rows`."""


class Progress(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How far an export is: the rows written so far."""

    processed_rows: int


class Export(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file of contacts or of delivery reports, made or being made.

    `rowCount`, `size`, `sha256` and `expiresAt` speak of the file that is there, which is the one
    of an earlier run while the export is run again.
    """

    id: int
    kind: Kind
    status: Status
    format: Format
    list_ids: list[int] | None
    filter: dict[str, Any] | None
    campaign_id: int | None
    """Of delivery reports, as are the two moments."""
    start_date_time: datetime | None
    end_date_time: datetime | None
    columns: list[str] | None
    delimiter: Delimiter | None
    """Null where the format has none."""
    spreadsheet_safe: bool
    vcard_version: VcardVersion | None
    """Null where the format has none."""
    run: int
    file_run: int | None
    """The run that the file is of."""
    progress: Progress
    is_available_for_download: bool
    download_url: str | None
    row_count: int | None
    size: int | None
    sha256: str | None
    expires_at: datetime | None
    error: dict[str, Any] | None
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ExportQuery(PageQuery, frozen=True, kw_only=True):
    """Which exports, newest first."""

    kind: Kind | None = None
    status: Status | None = None
    format: Format | None = None


def check_selector(wish: ContactsExport) -> None:
    """Refuse a wish that names the contacts in two ways, or names none where it should."""
    given = {
        "listIds": wish.list_ids,
        "contactIds": wish.contact_ids,
        "filter": wish.filter,
    }
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        message = f"Give one of listIds, contactIds and filter, not {' and '.join(named)}."
        raise refusal(named[1], message)
    for name in named:
        if given[name] == []:
            raise refusal(name, f"{name} is empty; leave it out to export every contact.")


def check_options(wish: Wish) -> None:
    """Refuse options that the format does not have."""
    if wish.delimiter is not None and wish.format != "CSV":
        raise refusal("delimiter", f"delimiter is of CSV; {wish.format} has none. Leave it out.")
    if isinstance(wish, ContactsExport) and wish.vcard_version and wish.format != "VCF":
        message = f"vcardVersion is of VCF; {wish.format} has none. Leave it out."
        raise refusal("vcardVersion", message)
    if wish.columns is not None and wish.format == "VCF":
        message = "A vCard has no columns: every field is written. Leave columns out."
        raise refusal("columns", message)


def called(wish: Wish) -> str:
    """Return what the rows of an export are called."""
    return wish.kind.lower().replace("_", " ")


def refusal(field: str, message: str) -> InvalidExport:
    """Return the refusal of one field of a wish."""
    return InvalidExport(message, errors=[FieldError(field, "invalid_value", message)])
