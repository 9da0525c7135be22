"""Every statement on `audit`: one function, one statement. There is none that changes a row."""

from typing import Any

import msgspec
from psycopg.sql import SQL, Composable

from rubrica.audit.model import Actor, AuditEntry, AuditQuery, told
from rubrica.db import Tx


async def record(tx: Tx, by: Actor, action: str, **about: Any) -> None:
    """Write down what this transaction does: ids (`contact=1`), counts (`deleted=2`), no values."""
    subject, id, details = told(about)
    await tx.run(
        """
        INSERT INTO audit (account_id, actor, key_id, key_name, action, subject, subject_id,
                           details, address, request_id)
        VALUES (%(account)s, %(actor)s, %(key)s, %(name)s, %(action)s, %(subject)s, %(id)s,
                %(details)s::jsonb, %(address)s, %(request)s)
        """,
        account=by.account,
        actor=by.kind,
        key=by.key,
        name=by.name,
        action=action,
        subject=subject,
        id=id,
        details=msgspec.json.encode(details).decode(),
        address=by.address,
        request=by.request,
    )


async def find(
    tx: Tx, account: int, query: AuditQuery, key: int | None, before: int | None
) -> list[AuditEntry]:
    """Return one entry more than a page holds, newest first, from before an id on."""
    where, values = _which(account, query, key)
    return await tx.all(
        AuditEntry,
        SQL(
            "SELECT id, at, actor, account_id || '-' || key_id AS key_id, key_name, action,"
            " subject, subject_id, details, address, request_id"
            " FROM audit WHERE {} AND id < %(before)s"
            " ORDER BY id DESC LIMIT %(limit)s OFFSET %(offset)s"
        ).format(where),
        before=before or 2**63 - 1,
        limit=query.limit + 1,
        offset=0 if query.cursor else query.page * query.limit,
        **values,
    )


async def count(tx: Tx, account: int, query: AuditQuery, key: int | None) -> int:
    """Count the entries of a query."""
    where, values = _which(account, query, key)
    return await tx.value(SQL("SELECT count(*) FROM audit WHERE {}").format(where), **values)


def _which(account: int, query: AuditQuery, key: int | None) -> tuple[Composable, dict[str, Any]]:
    parts: list[Composable] = [SQL("account_id = %(account)s")]
    values: dict[str, Any] = {"account": account}
    for name, value, part in (
        ("action", query.action, SQL("action = %(action)s")),
        ("actor", query.actor, SQL("actor = %(actor)s")),
        ("key", key, SQL("key_id = %(key)s")),
        ("from", query.from_, SQL("at >= %(from)s")),
        ("to", query.to, SQL("at <= %(to)s")),
        ("subject", query.subject, None),
    ):
        if value is not None:
            values[name] = value
            if part is not None:
                parts.append(part)
    if query.subject is not None and query.subject_id is not None:
        values |= {"id": query.subject_id, **_among(query.subject, query.subject_id)}
        parts.append(
            SQL(
                "((subject = %(subject)s AND subject_id = %(id)s) OR (details <> '{}'"
                " AND details @> ANY(ARRAY[%(single)s, %(several)s]::jsonb[])))"
            )
        )
    elif query.subject is not None:
        parts.append(SQL("subject = %(subject)s"))
    return SQL(" AND ").join(parts), values


def _among(subject: str, id: str) -> dict[str, str]:
    """Return what the details of an entry hold that names a thing beside others."""
    value: Any = int(id) if id.isascii() and id.isdigit() else id
    single, several = {subject: value}, {f"{subject}s": [value]}
    return {
        "single": msgspec.json.encode(single).decode(),
        "several": msgspec.json.encode(several).decode(),
    }
