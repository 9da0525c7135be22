"""What an export is. No I/O here."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from rubrica.contacts import ContactFilter, Id
from rubrica.errors import Conflict, FieldError, Gone, Invalid, NotFound
from rubrica.web.paging import PageQuery

KEPT_DAYS = 7
"""Days for which the file of an export is kept."""
Status = Literal["PENDING", "RUNNING", "COMPLETED", "FAILED", "EXPIRED"]
ENDED = ("COMPLETED", "FAILED", "EXPIRED")
Format = Literal["CSV"]
Delimiter = Literal[",", ";", "\t", "|"]


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


class NoSuchDownload(NotFound):
    """This is no download link of ours."""

    code = "download_not_found"


class LinkExpired(Gone):
    """The download link has expired."""

    code = "link_expired"


class FileGone(Gone):
    """The file of this link is no longer there."""

    code = "file_gone"


class ContactsExport(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Which contacts, which columns, and how they are written. No selector: every contact."""

    list_ids: list[Id] | None = None
    contact_ids: list[Id] | None = None
    filter: ContactFilter | None = None
    format: Format = "CSV"
    columns: list[str] | None = None
    """Field names in the order wanted; none given: every field, then every custom field."""
    delimiter: Delimiter = ","
    spreadsheet_safe: bool = True


class Progress(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How far an export is: the rows written so far."""

    processed_rows: int


class Export(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file of contacts, made or being made.

    `rowCount`, `size`, `sha256` and `expiresAt` speak of the file that is there, which is the one
    of an earlier run while the export is run again.
    """

    id: int
    status: Status
    format: Format
    list_ids: list[int] | None
    filter: dict[str, Any] | None
    columns: list[str] | None
    delimiter: Delimiter
    spreadsheet_safe: bool
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

    status: Status | None = None


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


def refusal(field: str, message: str) -> InvalidExport:
    """Return the refusal of one field of a wish."""
    return InvalidExport(message, errors=[FieldError(field, "invalid_value", message)])
