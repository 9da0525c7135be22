"""Every statement on `imports`: one function, one statement."""

from typing import Any

import msgspec
from psycopg.sql import SQL

from rubrica.db import Tx, refuses
from rubrica.formats import Reading
from rubrica.imports.model import (
    Example,
    Import,
    ImportQuery,
    Outcome,
    Plan,
    Progress,
    Summary,
    Undo,
    Upload,
    as_json,
)
from rubrica.imports.refusals import FileTaken

WATCHED = "watched folder "
"""What `created_by` begins with where a file was found in a watched folder; its mark follows."""
COUNTS = ("created", "updated", "unchanged", "skipped", "duplicates", "rejected")


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """An import that was taken up, and where it stands."""

    id: int
    storage_key: str
    plan: Plan
    dry_run: bool
    chunks: int
    rows: int


async def same_file(tx: Tx, account: int, sha256: str) -> dict[str, Any] | None:
    """Find the last import of the same bytes."""
    rows = await tx.all(
        dict[str, Any],
        """
        SELECT id, file_name AS "fileName", status, created_by AS "createdBy",
               created_at AS "createdAt"
          FROM imports
         WHERE account_id = %(account)s AND sha256 = %(sha256)s AND NOT dry_run
         ORDER BY id DESC LIMIT 1
        """,
        account=account,
        sha256=sha256,
    )
    return rows[0] if rows else None


@refuses(imports_watched=FileTaken)
async def insert(tx: Tx, upload: Upload, plan: Plan, *, dry_run: bool, created_by: str) -> int:
    """Start an import; return its id."""
    return await tx.value(
        """
        INSERT INTO imports (account_id, upload_id, dry_run, mode, file_name, size, sha256,
                             storage_key, plan, total_rows, created_by)
        VALUES (%(account)s, %(upload)s, %(dry_run)s, %(mode)s, %(file_name)s, %(size)s,
                %(sha256)s, %(storage_key)s, %(plan)s::jsonb, %(total_rows)s, %(created_by)s)
        RETURNING id
        """,
        account=upload.account_id,
        upload=upload.id,
        dry_run=dry_run,
        mode=plan.mode,
        file_name=upload.file_name,
        size=upload.size,
        sha256=upload.sha256,
        storage_key=upload.storage_key,
        plan=as_json(plan),
        total_rows=upload.total_rows,
        created_by=created_by,
    )


async def of_watched(tx: Tx, account: int, mark: str) -> int | None:
    """Find the import of a file from a watched folder, by the mark that it was given there."""
    return await tx.value(
        "SELECT id FROM imports WHERE account_id = %(account)s AND created_by = %(created_by)s"
        " AND created_by LIKE 'watched folder %%' AND NOT dry_run",
        account=account,
        created_by=WATCHED + mark,
    )


async def begin(tx: Tx, account: int, id: int) -> Running | None:
    """Take an import up; nothing where it has ended."""

    def read(*, plan: Any, **columns: Any) -> Running:
        return Running(plan=msgspec.convert(plan, Plan), **columns)

    return await tx.one(
        read,
        """
        UPDATE imports i
           SET status = 'RUNNING', started_at = coalesce(started_at, clock_timestamp())
         WHERE account_id = %(account)s AND id = %(id)s AND finished_at IS NULL
        RETURNING id, storage_key, plan, dry_run,
                  (SELECT count(*)::int FROM import_chunks c
                    WHERE c.account_id = i.account_id AND c.import_id = i.id) AS chunks,
                  (SELECT coalesce(sum(rows), 0)::bigint FROM import_chunks c
                    WHERE c.account_id = i.account_id AND c.import_id = i.id) AS rows
        """,
        account=account,
        id=id,
    )


async def commit_later(tx: Tx) -> None:
    """Let this transaction's commit not wait for the disk.

    A crash of PostgreSQL may then lose the last chunks whole, with their bookmarks: they are done
    again. The end of the import is committed in the usual way, and everything before it with it.
    """
    await tx.run("SET LOCAL synchronous_commit = off")


async def is_cancelled(tx: Tx, account: int, id: int) -> bool:
    """Tell whether somebody asked to stop."""
    return await tx.value(
        "SELECT cancel_at IS NOT NULL FROM imports WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
    )


async def ask_to_cancel(tx: Tx, account: int, id: int) -> bool:
    """Ask an import to stop after the running chunk."""
    return bool(
        await tx.run(
            "UPDATE imports SET cancel_at = coalesce(cancel_at, clock_timestamp())"
            " WHERE account_id = %(account)s AND id = %(id)s AND finished_at IS NULL",
            account=account,
            id=id,
        )
    )


async def end(tx: Tx, account: int, id: int, status: str, error: Any = None) -> str | None:
    """End an import; return where its file is, or nothing where it had ended before."""
    return await tx.value(
        """
        UPDATE imports i
           SET status = %(status)s, error = %(error)s::jsonb, finished_at = clock_timestamp(),
               started_at = coalesce(started_at, clock_timestamp()),
               total_rows = CASE WHEN %(status)s = 'COMPLETED' THEN
                   (SELECT coalesce(sum(rows), 0) FROM import_chunks c
                     WHERE c.account_id = i.account_id AND c.import_id = i.id)
                   ELSE total_rows END
         WHERE account_id = %(account)s AND id = %(id)s AND finished_at IS NULL
        RETURNING storage_key
        """,
        account=account,
        id=id,
        status=status,
        error=None if error is None else as_json(error),
    )


IMPORT = """
    i.id, i.upload_id, i.status, i.dry_run, i.mode, i.file_name, i.size, i.sha256,
    i.plan -> 'lists' AS list_ids, i.total_rows, i.error, i.created_by, i.created_at,
    i.started_at, i.finished_at, i.undone_at, i.removals, i.warnings, i.examples, i.plan_token,
    s.*
"""
SUMS = """
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(rows), 0)::bigint AS total,
               coalesce(sum(created), 0)::bigint AS created,
               coalesce(sum(updated), 0)::bigint AS updated,
               coalesce(sum(unchanged), 0)::bigint AS unchanged,
               coalesce(sum(skipped), 0)::bigint AS skipped,
               coalesce(sum(duplicates), 0)::bigint AS duplicates,
               coalesce(sum(rejected), 0)::bigint AS rejected,
               coalesce(sum(reverted), 0)::bigint AS reverted,
               coalesce(sum(kept), 0)::bigint AS kept_because_edited,
               coalesce(sum(failed), 0)::bigint AS failed,
               coalesce((SELECT jsonb_object_agg(code, n) FROM (
                   SELECT e.key AS code, sum(e.value::bigint)::bigint AS n
                     FROM import_chunks x, jsonb_each_text(x.rejected_by_code) e
                    WHERE x.account_id = i.account_id AND x.import_id = i.id
                    GROUP BY e.key) AS codes), '{}') AS rejected_by_code,
               extract(epoch FROM coalesce(i.finished_at, clock_timestamp()) - i.started_at)::float8
                   AS seconds
          FROM import_chunks c
         WHERE c.account_id = i.account_id AND c.import_id = i.id
    ) s ON true
"""


def _import(
    *, total_rows: int | None, seconds: float | None, examples: Any, **columns: Any
) -> Import:
    counts = {name: columns.pop(name) for name in COUNTS}
    undo = Undo(**{name: columns.pop(name) for name in Undo.__struct_fields__})
    total = columns.pop("total")
    speed = total / seconds if seconds and total else None
    ended = columns["finished_at"] is not None
    left = None if total_rows is None or not speed or ended else max(0, total_rows - total) / speed
    return Import(
        progress=Progress(
            processed_rows=total,
            total_rows=total_rows,
            rows_per_second=None if speed is None else round(speed, 1),
            eta_seconds=None if left is None else round(left, 1),
        ),
        summary=Summary(total=total, **counts),
        examples=msgspec.convert(examples, dict[Outcome, list[Example]]),
        undo=undo if columns["status"] in ("REVERTING", "REVERTED") else None,
        **columns,
    )


async def by_id(tx: Tx, account: int, id: int) -> Import | None:
    """Find one import with its balance."""
    return await tx.one(
        _import,
        SQL(
            "SELECT {} FROM imports i {} WHERE i.account_id = %(account)s AND i.id = %(id)s"
        ).format(SQL(IMPORT), SQL(SUMS)),
        account=account,
        id=id,
    )


async def find(tx: Tx, account: int, query: ImportQuery, before: int | None) -> list[Import]:
    """Return one import more than a page holds, newest first, from before an id on."""
    return await tx.all(
        _import,
        SQL(
            "SELECT {} FROM imports i {} WHERE {} AND i.id < %(before)s"
            " ORDER BY i.id DESC LIMIT %(limit)s OFFSET %(offset)s"
        ).format(SQL(IMPORT), SQL(SUMS), _which(query)),
        account=account,
        status=query.status,
        dry_run=query.dry_run,
        before=before or 2**63 - 1,
        limit=query.limit + 1,
        offset=0 if query.cursor else query.page * query.limit,
    )


async def count(tx: Tx, account: int, query: ImportQuery) -> int:
    """Count the imports of a query."""
    return await tx.value(
        SQL("SELECT count(*) FROM imports i WHERE {}").format(_which(query)),
        account=account,
        status=query.status,
        dry_run=query.dry_run,
    )


def _which(query: ImportQuery) -> Any:
    parts = [SQL("i.account_id = %(account)s")]
    if query.status is not None:
        parts.append(SQL("i.status = %(status)s"))
    if query.dry_run is not None:
        parts.append(SQL("i.dry_run = %(dry_run)s"))
    return SQL(" AND ").join(parts)


async def is_without_ledger(tx: Tx, account: int, id: int) -> bool:
    """Tell whether an import's ledger has been deleted, or is about to be."""
    return await tx.value(
        "SELECT ledger_deleted_at IS NOT NULL FROM imports"
        " WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
    )


async def target(tx: Tx, account: int, id: int) -> str:
    """Return what an import writes."""
    return await tx.value(
        "SELECT coalesce(plan ->> 'target', 'CONTACTS') FROM imports"
        " WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
    )


async def as_dry_run(tx: Tx, account: int, id: int, created_by: str) -> int:
    """Return the dry run of an import that somebody started before, or start it."""
    return await tx.value(
        """
        WITH there AS (
            SELECT id FROM imports
             WHERE account_id = %(account)s AND created_by = %(by)s AND dry_run
        ), made AS (
            INSERT INTO imports (account_id, upload_id, dry_run, mode, file_name, size, sha256,
                                 storage_key, plan, total_rows, created_by)
            SELECT account_id, upload_id, true, mode, file_name, size, sha256, storage_key, plan,
                   total_rows, %(by)s
              FROM imports
             WHERE account_id = %(account)s AND id = %(id)s AND NOT EXISTS (SELECT FROM there)
            RETURNING id
        )
        SELECT id FROM there UNION ALL SELECT id FROM made
        """,
        account=account,
        id=id,
        by=created_by,
    )


async def warn(tx: Tx, account: int, id: int, warnings: list[dict[str, Any]]) -> None:
    """Tell what an import could not do as it was asked to."""
    await tx.run(
        "UPDATE imports SET warnings = warnings || %(warnings)s::jsonb"
        " WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
        warnings=as_json(warnings),
    )


class Shape(msgspec.Struct, frozen=True):
    """What an import's file looks like."""

    header: list[str]
    reading: Reading


async def shape(tx: Tx, account: int, id: int) -> Shape:
    """Return what an import's file looks like."""
    found = await tx.value(
        "SELECT plan FROM imports WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
    )
    return msgspec.convert(found, Shape)
