"""Every statement on `operations`: one function, one statement."""

from typing import Any

import msgspec
from psycopg.sql import SQL

from rubrica.db import Tx
from rubrica.operations.model import Operation, Selection

COLUMNS = "id, kind, status, total, processed, result, error, created_at, finished_at"


async def insert(tx: Tx, account: int, kind: str, arguments: Any) -> int:
    """Write down an operation whose contacts are counted next."""
    return await tx.value(
        "INSERT INTO operations (account_id, kind, arguments, total)"
        " VALUES (%(account)s, %(kind)s, %(arguments)s::jsonb, 0) RETURNING id",
        account=account,
        kind=kind,
        arguments=msgspec.json.encode(arguments).decode(),
    )


async def first_ids(tx: Tx, selection: Selection, most: int) -> list[int]:
    """Return the ids of a selection, at most so many."""
    sql = SQL("SELECT id FROM ({}) AS selected LIMIT %(most)s").format(selection.sql)
    return await tx.column(sql, most=most, **selection.values)


async def freeze(tx: Tx, account: int, id: int, selection: Selection) -> int:
    """Write down the contacts that the operation is about; return how many."""
    sql = SQL(
        "INSERT INTO operation_contacts (account_id, operation_id, contact_id)"
        " SELECT %(op_account)s, %(op_id)s, id FROM ({}) AS selected"
    ).format(selection.sql)
    return await tx.run(sql, op_account=account, op_id=id, **selection.values)


async def set_total(tx: Tx, account: int, id: int, total: int) -> None:
    """Remember how many contacts there are to do."""
    await tx.run(
        "UPDATE operations SET total = %(total)s WHERE account_id = %(account)s AND id = %(id)s",
        account=account,
        id=id,
        total=total,
    )


async def by_id(tx: Tx, account: int, id: int) -> Operation | None:
    """Find one operation."""
    return await tx.one(
        Operation,
        SQL("SELECT {} FROM operations WHERE account_id = %(account)s AND id = %(id)s").format(
            SQL(COLUMNS)
        ),
        account=account,
        id=id,
    )


async def begin(tx: Tx, account: int, id: int) -> Any:
    """Take an operation up, alone; return its arguments, or nothing where it has ended."""
    return await tx.value(
        """
        UPDATE operations SET status = 'RUNNING'
         WHERE account_id = %(account)s AND id = %(id)s AND status IN ('PENDING', 'RUNNING')
        RETURNING arguments
        """,
        account=account,
        id=id,
    )


async def take(tx: Tx, account: int, id: int, most: int) -> list[int]:
    """Take the next contacts off the operation.

    By a range of the index: joined to themselves, 10,000 rows that nobody has analysed yet took
    20 s.
    """
    return await tx.column(
        """
        DELETE FROM operation_contacts
         WHERE account_id = %(account)s AND operation_id = %(id)s
           AND contact_id <= (
               SELECT max(contact_id)
                 FROM (SELECT contact_id FROM operation_contacts
                        WHERE account_id = %(account)s AND operation_id = %(id)s
                        ORDER BY contact_id LIMIT %(most)s) AS next)
        RETURNING contact_id
        """,
        account=account,
        id=id,
        most=most,
    )


async def advance(tx: Tx, account: int, id: int, processed: int, result: Any) -> None:
    """Book what a step did."""
    await tx.run(
        """
        UPDATE operations
           SET processed = processed + %(processed)s, result = %(result)s::jsonb
         WHERE account_id = %(account)s AND id = %(id)s
        """,
        account=account,
        id=id,
        processed=processed,
        result=msgspec.json.encode(result).decode(),
    )


async def end(tx: Tx, account: int, id: int, status: str, error: str | None = None) -> bool:
    """End an operation that has not ended yet, and forget the contacts still to be done."""
    return bool(
        await tx.run(
            """
            WITH forgotten AS (
                DELETE FROM operation_contacts
                 WHERE account_id = %(account)s AND operation_id = %(id)s
            )
            UPDATE operations
               SET status = %(status)s, error = %(error)s, finished_at = clock_timestamp()
             WHERE account_id = %(account)s AND id = %(id)s AND finished_at IS NULL
            """,
            account=account,
            id=id,
            status=status,
            error=error,
        )
    )
