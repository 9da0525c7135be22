"""The refused rows of an import as CSV: to be mended, and uploaded again.

As exports are written: every cell in quotes, so that no program has to guess where one ends, and an
apostrophe before what a spreadsheet program would run. The import reads every cell as it read the
one of the first file.
"""

import csv
import io
from collections.abc import AsyncGenerator, Iterable, Sequence

from rubrica.db import Database
from rubrica.formats import Reading, guarded, unguarded
from rubrica.imports import ledger, queries
from rubrica.imports.normaliser import TRUE_TO_TEXT

AT_ONCE = 1000
"""Rows that are read at a time."""
DELIMITERS = (",", ";", "\t", "|")
"""Those that programs for CSV know, as exports may have them."""


async def lines(db: Database, account: int, id: int) -> AsyncGenerator[str]:
    """Yield the file, some rows at a time: the original columns, then code and message."""
    async with db.read() as tx:
        shape = await queries.shape(tx, account, id)
    header, reading = shape.header, shape.reading
    if header:
        yield table([[*header, "errorCode", "errorMessage"]], reading)
    after = 0
    while True:
        async with db.read() as tx:
            found = await ledger.rejects(tx, account, id, after, AT_ONCE)
        if not found:
            return
        width = max(len(header), *(len(refusal.cells) for refusal in found))
        yield table(
            (
                [*meant(r.cells, reading), *[""] * (width - len(r.cells)), r.code, r.message]
                for r in found
            ),
            reading,
        )
        after = found[-1].row


def meant(cells: Iterable[str], reading: Reading) -> list[str]:
    """Return what an import takes the cells of a row for."""
    stripped = map(str.strip, cells)
    return list(stripped if reading.kind in TRUE_TO_TEXT else map(unguarded, stripped))


def table(rows: Iterable[Sequence[str]], reading: Reading) -> str:
    """Write rows of a file that was read so; with its own delimiter, where that is a usual one."""
    text = io.StringIO()
    own = reading.delimiter if reading.kind == "CSV" and reading.delimiter in DELIMITERS else None
    writer = csv.writer(text, delimiter=own or ",", quoting=csv.QUOTE_ALL)
    writer.writerows(map(guarded, row) for row in rows)
    return text.getvalue()
