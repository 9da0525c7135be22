"""Every statement on `exports`: one function, one statement."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from psycopg.sql import SQL, Composed

from rubrica.db import Tx
from rubrica.exports.model import (
    COMMA,
    KEPT_DAYS,
    NEWEST,
    Export,
    ExportQuery,
    Format,
    Kind,
    Progress,
    Status,
    Wish,
)
from rubrica.exports.sources import sources
from rubrica.storage import Kept

# The ids of a request can be a million: they are not shown again.
EXPORT = """
    e.id, coalesce(e.request ->> 'kind', 'CONTACTS') AS kind, e.status, e.format,
    e.request - 'contactIds' AS request, e.run, e.file_run, e.processed_rows,
    e.storage_key IS NOT NULL AND e.expires_at > clock_timestamp() AS is_available_for_download,
    e.row_count, e.size, e.sha256, e.expires_at, e.error, e.created_by, e.created_at,
    e.started_at, e.finished_at
"""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """The file of an export."""

    kind: Kind
    storage_key: str
    format: Format
    run: int
    size: int
    sha256: str
    finished: str
    """The day on which it was made, as `YYYY-MM-DD`."""


class LeftOver(msgspec.Struct, frozen=True):
    """Files of an export that nothing needs any more."""

    account_id: int
    id: int
    old_keys: list[str]


async def insert(tx: Tx, account: int, wish: Wish, created_by: str) -> int:
    """Write down an export that is to be run. Requests from before there were kinds name none."""
    return await tx.value(
        "INSERT INTO exports (account_id, format, request, created_by)"
        " VALUES (%(account)s, %(format)s, %(request)s::jsonb, %(created_by)s) RETURNING id",
        account=account,
        format=wish.format,
        request=msgspec.json.encode({"kind": wish.kind} | msgspec.to_builtins(wish)).decode(),
        created_by=created_by,
    )


async def by_id(tx: Tx, account: int, id: int) -> Export | None:
    """Find one export."""
    return await tx.one(
        _export,
        SQL("SELECT {} FROM exports e WHERE e.account_id = %(account)s AND e.id = %(id)s").format(
            SQL(EXPORT)
        ),
        account=account,
        id=id,
    )


async def find(tx: Tx, account: int, query: ExportQuery, before: int | None) -> list[Export]:
    """Return one export more than a page holds, newest first, from before an id on."""
    return await tx.all(
        _export,
        SQL(
            "SELECT {} FROM exports e WHERE {} AND e.id < %(before)s"
            " ORDER BY e.id DESC LIMIT %(limit)s OFFSET %(offset)s"
        ).format(SQL(EXPORT), _which(query)),
        account=account,
        kind=query.kind,
        status=query.status,
        format=query.format,
        before=before or 2**63 - 1,
        limit=query.limit + 1,
        offset=0 if query.cursor else query.page * query.limit,
    )


async def count(tx: Tx, account: int, query: ExportQuery) -> int:
    """Count the exports of a query."""
    return await tx.value(
        SQL("SELECT count(*) FROM exports e WHERE {}").format(_which(query)),
        account=account,
        kind=query.kind,
        status=query.status,
        format=query.format,
    )


def _which(query: ExportQuery) -> Composed:
    parts = [SQL("e.account_id = %(account)s")]
    if query.kind is not None:
        parts.append(SQL("coalesce(e.request ->> 'kind', 'CONTACTS') = %(kind)s"))
    if query.status is not None:
        parts.append(SQL("e.status = %(status)s"))
    if query.format is not None:
        parts.append(SQL("e.format = %(format)s"))
    return SQL(" AND ").join(parts)


def _export(
    *, request: dict[str, Any], format: Format, processed_rows: int, **columns: Any
) -> Export:
    filter = request.get("filter")
    return Export(
        format=format,
        list_ids=request.get("listIds"),
        filter=filter and {name: value for name, value in filter.items() if value is not None},
        campaign_id=request.get("campaignId"),
        start_date_time=_moment(request.get("startDateTime")),
        end_date_time=_moment(request.get("endDateTime")),
        columns=request["columns"],
        delimiter=(request["delimiter"] or COMMA) if format == "CSV" else None,
        spreadsheet_safe=request["spreadsheetSafe"],
        vcard_version=(request.get("vcardVersion") or NEWEST) if format == "VCF" else None,
        progress=Progress(processed_rows=processed_rows),
        download_url=None,
        **columns,
    )


def _moment(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said).astimezone(UTC)


def _wish(*, request: dict[str, Any]) -> Wish:
    kind: Kind = request.pop("kind", "CONTACTS")
    return msgspec.convert(request, sources[kind].wish)


async def again(tx: Tx, account: int, id: int) -> int | None:
    """Have an export that has ended run anew; return the number of the run."""
    return await tx.value(
        """
        UPDATE exports
           SET status = 'PENDING', run = run + 1, processed_rows = 0, error = NULL,
               started_at = NULL, finished_at = NULL
         WHERE account_id = %(account)s AND id = %(id)s AND finished_at IS NOT NULL
        RETURNING run
        """,
        account=account,
        id=id,
    )


async def wish(tx: Tx, account: int, id: int) -> Wish | None:
    """Return what an export was asked to hold."""
    return await tx.one(
        _wish,
        "SELECT request FROM exports WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
    )


async def begin(tx: Tx, account: int, id: int, run: int, key: str) -> bool:
    """Take a run up, alone: an attempt that died left its file, one that lives is fenced off."""
    return bool(
        await tx.run(
            """
        UPDATE exports
           SET status = 'RUNNING', processed_rows = 0, draft_key = %(key)s,
               started_at = coalesce(started_at, clock_timestamp()),
               old_keys = array_remove(old_keys || draft_key, NULL)
         WHERE account_id = %(account)s AND id = %(id)s AND run = %(run)s
           AND status IN ('PENDING', 'RUNNING')
        """,
            account=account,
            id=id,
            run=run,
            key=key,
        )
    )


async def advance(tx: Tx, account: int, id: int, key: str, rows: int) -> None:
    """Book how many rows an attempt has written."""
    await tx.run(
        "UPDATE exports SET processed_rows = %(rows)s"
        " WHERE account_id = %(account)s AND id = %(id)s AND draft_key = %(key)s",
        account=account,
        id=id,
        key=key,
        rows=rows,
    )


async def complete(tx: Tx, account: int, id: int, key: str, kept: Kept, rows: int) -> bool:
    """Put a file in the place of the one before, if its attempt is still the one that counts."""
    return bool(
        await tx.run(
            """
            UPDATE exports
               SET status = 'COMPLETED', finished_at = clock_timestamp(),
                   old_keys = array_remove(old_keys || storage_key, NULL),
                   storage_key = draft_key, draft_key = NULL, file_run = run,
                   processed_rows = %(rows)s, row_count = %(rows)s,
                   size = %(size)s, sha256 = %(sha256)s,
                   expires_at = clock_timestamp() + make_interval(days => %(days)s)
             WHERE account_id = %(account)s AND id = %(id)s AND draft_key = %(key)s
            """,
            account=account,
            id=id,
            key=key,
            rows=rows,
            size=kept.size,
            sha256=kept.sha256,
            days=KEPT_DAYS,
        )
    )


async def fail(tx: Tx, account: int, id: int, key: str, error: dict[str, str]) -> None:
    """End an attempt that cannot succeed; the file before it stays."""
    await tx.run(
        """
        UPDATE exports
           SET status = 'FAILED', finished_at = clock_timestamp(), error = %(error)s::jsonb,
               old_keys = old_keys || draft_key, draft_key = NULL
         WHERE account_id = %(account)s AND id = %(id)s AND draft_key = %(key)s
        """,
        account=account,
        id=id,
        key=key,
        error=msgspec.json.encode(error).decode(),
    )


async def file(tx: Tx, account: int, id: int) -> File | None:
    """Return the file of an export, where there is one and its time is not over."""
    return await tx.one(
        File,
        """
        SELECT coalesce(request ->> 'kind', 'CONTACTS') AS kind, storage_key, format,
               file_run AS run, size, sha256,
               to_char(expires_at - make_interval(days => %(days)s), 'YYYY-MM-DD') AS finished
          FROM exports
         WHERE account_id = %(account)s AND id = %(id)s AND storage_key IS NOT NULL
           AND expires_at > clock_timestamp()
        """,
        account=account,
        id=id,
        days=KEPT_DAYS,
    )


async def expire(tx: Tx) -> int:
    """Give up the files whose time is over; an export that is being run again goes on."""
    return await tx.run(
        """
        UPDATE exports
           SET status = CASE status WHEN 'COMPLETED' THEN 'EXPIRED' ELSE status END,
               old_keys = old_keys || storage_key, storage_key = NULL
         WHERE storage_key IS NOT NULL AND expires_at <= clock_timestamp()
        """
    )


class GivenUp(msgspec.Struct, frozen=True):
    """An export whose file, or running attempt, is no longer wanted."""

    id: int
    run: int
    status: Status


async def give_up(tx: Tx, account: int) -> list[GivenUp]:
    """Give up every file of an account; what is running is to run anew."""
    return await tx.all(
        GivenUp,
        """
        UPDATE exports
           SET status = CASE status WHEN 'COMPLETED' THEN 'EXPIRED' WHEN 'RUNNING' THEN 'PENDING'
                                    ELSE status END,
               run = CASE status WHEN 'RUNNING' THEN run + 1 ELSE run END,
               started_at = CASE status WHEN 'RUNNING' THEN NULL ELSE started_at END,
               old_keys = old_keys || array_remove(ARRAY[storage_key, draft_key], NULL),
               storage_key = NULL, draft_key = NULL
         WHERE account_id = %(account)s AND (storage_key IS NOT NULL OR status = 'RUNNING')
        RETURNING id, run, status
        """,
        account=account,
    )


async def left_over(tx: Tx) -> list[LeftOver]:
    """List some exports that have files to be deleted."""
    return await tx.all(
        LeftOver,
        "SELECT account_id, id, old_keys FROM exports WHERE old_keys <> '{}' LIMIT 100",
    )


async def forget(tx: Tx, left: LeftOver) -> None:
    """Forget files that are deleted."""
    await tx.run(
        """
        UPDATE exports
           SET old_keys = ARRAY(SELECT k FROM unnest(old_keys) AS k
                                 WHERE k <> ALL (%(keys)s::text[]))
         WHERE account_id = %(account)s AND id = %(id)s
        """,
        account=left.account_id,
        id=left.id,
        keys=left.old_keys,
    )
