"""Every statement on `uploads`: one function, one statement."""

from typing import Any

import msgspec
from psycopg.sql import SQL

from rubrica.db import Tx
from rubrica.formats import Wishes
from rubrica.imports.model import Analysis, Upload, as_json


def _upload(*, wishes: Any, analysis: Any, **columns: Any) -> Upload:
    return Upload(
        wishes=msgspec.convert(wishes, Wishes),
        analysis=msgspec.convert(analysis, Analysis),
        **columns,
    )


UPLOAD = """
    account_id, id, file_name, storage_key, size, sha256, wishes, analysis, total_rows, complete,
    list_id, default_country, created_at, expires_at, import_id
"""


async def insert(tx: Tx, upload: Upload) -> None:
    """Remember a stored file and what was found in it."""
    await tx.run(
        SQL(
            """
            INSERT INTO uploads ({})
            VALUES (%(account_id)s, %(id)s, %(file_name)s, %(storage_key)s, %(size)s, %(sha256)s,
                    %(wishes)s::jsonb, %(analysis)s::jsonb, %(total_rows)s, %(complete)s,
                    %(list_id)s, %(default_country)s, %(created_at)s, %(expires_at)s,
                    %(import_id)s)
            """
        ).format(SQL(UPLOAD)),
        **_upload_values(upload),
    )


async def update(tx: Tx, upload: Upload) -> bool:
    """Write what was found in a file anew, unless it has been confirmed or given up meanwhile."""
    return bool(
        await tx.run(
            """
            UPDATE uploads
               SET wishes = %(wishes)s::jsonb, analysis = %(analysis)s::jsonb,
                   total_rows = %(total_rows)s, complete = %(complete)s,
                   default_country = %(default_country)s
             WHERE account_id = %(account_id)s AND id = %(id)s AND import_id IS NULL
               AND expires_at > clock_timestamp()
            """,
            **_upload_values(upload),
        )
    )


def _upload_values(upload: Upload) -> dict[str, Any]:
    values = msgspec.structs.asdict(upload)
    return values | {"wishes": as_json(upload.wishes), "analysis": as_json(upload.analysis)}


async def by_id(tx: Tx, account: int, id: str, *, lock: bool = False) -> Upload | None:
    """Find one upload."""
    return await tx.one(
        _upload,
        SQL("SELECT {} FROM uploads WHERE account_id = %(account)s AND id = %(id)s {}").format(
            SQL(UPLOAD), SQL("FOR UPDATE" if lock else "")
        ),
        account=account,
        id=id,
    )


async def delete(tx: Tx, account: int, id: str) -> str | None:
    """Forget an upload that was not confirmed; return where its file is."""
    return await tx.value(
        "DELETE FROM uploads WHERE account_id = %(account)s AND id = %(id)s AND import_id IS NULL"
        " RETURNING storage_key",
        account=account,
        id=id,
    )


async def delete_expired(tx: Tx) -> list[str]:
    """Let go of uploads whose time is over; return where their files are, or were.

    Their rows stay for a week, so that they are called expired rather than unknown. The file of a
    confirmed one went when its import ended, unless a kill came between.
    """
    return await tx.column(
        """
        WITH expired AS (
            SELECT account_id, id, storage_key FROM uploads
             WHERE expires_at < now() AND import_id IS NULL AND storage_key <> ''
               FOR UPDATE SKIP LOCKED
        ), emptied AS (
            UPDATE uploads u SET storage_key = '' FROM expired e
             WHERE u.account_id = e.account_id AND u.id = e.id
            RETURNING e.storage_key
        ), gone AS (
            DELETE FROM uploads u
             WHERE expires_at < now() - interval '7 days'
               AND CASE WHEN import_id IS NULL THEN storage_key = ''
                        ELSE NOT EXISTS (SELECT FROM imports i
                                          WHERE i.account_id = u.account_id AND i.id = u.import_id
                                            AND i.finished_at IS NULL) END
            RETURNING storage_key
        )
        SELECT storage_key FROM emptied
        UNION ALL SELECT storage_key FROM gone WHERE storage_key <> ''
        """
    )


async def nameless(tx: Tx, keys: list[str]) -> list[str]:
    """Return those of the keys that neither an upload nor an import that runs has its file at."""
    return await tx.column(
        """
        SELECT key FROM unnest(%(keys)s::text[]) AS each(key)
         WHERE NOT EXISTS (SELECT FROM uploads u WHERE u.storage_key = key)
           AND NOT EXISTS (SELECT FROM imports i
                            WHERE i.storage_key = key AND i.finished_at IS NULL)
        """,
        keys=keys,
    )


async def confirmed(tx: Tx, account: int, id: str, import_id: int) -> None:
    """Use up an upload."""
    await tx.run(
        "UPDATE uploads SET import_id = %(import_id)s"
        " WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
        import_id=import_id,
    )
