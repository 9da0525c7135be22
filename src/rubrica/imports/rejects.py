"""The refused rows of an import as CSV: to be mended, and uploaded again."""

import csv
import io
from collections.abc import AsyncGenerator, Iterable, Sequence

from rubrica.db import Database
from rubrica.imports import ledger, queries

AT_ONCE = 1000
"""Rows that are read at a time."""


async def lines(db: Database, account: int, id: int) -> AsyncGenerator[str]:
    """Yield the file, some rows at a time: the original columns, then code and message."""
    async with db.read() as tx:
        header = await queries.header(tx, account, id)
    yield _csv([[*header, "errorCode", "errorMessage"]] if header else [])
    after = 0
    while True:
        async with db.read() as tx:
            found = await ledger.rejects(tx, account, id, after, AT_ONCE)
        if not found:
            return
        width = max(len(header), *(len(refusal.cells) for refusal in found))
        yield _csv([*r.cells, *[""] * (width - len(r.cells)), r.code, r.message] for r in found)
        after = found[-1].row


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
