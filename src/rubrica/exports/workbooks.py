"""A workbook (.xlsx) of one sheet, in which every cell is text: no formulas, no numbers.

Columns are formatted as text too, so that a number that is edited stays one with all its digits.
The rows come as COPY's CSV and are written in a thread; the workbook grows in temporary files, and
is handed on when it is whole.
"""

import asyncio
import csv
import io
import re
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, closing
from typing import Any, cast

from psycopg.sql import SQL
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from rubrica.db import Tx
from rubrica.exports import copying
from rubrica.exports.model import Plan, Tell, WorkbookLimit, called

MOST_ROWS = 1_048_575
"""Rows of a sheet, less the header (Excel specifications and limits)."""
MOST_COLUMNS = 16_384
MOST_LETTERS = 32_767
"""Characters of a cell, in units of UTF-16."""
WIDTHS = {
    "id": 10, "email": 30, "gender": 10, "birthDate": 12, "language": 10, "notes": 40, "isValid": 8,
    "countryCode": 8, "isTest": 8, "createdAt": 27, "updatedAt": 27, "campaignName": 30,
    "address": 30, "parts": 8, "attempts": 8, "claimedAt": 27, "sentAt": 27, "statusAt": 27,
}  # fmt: skip
WIDTH = 20
"""Of the other columns, in letters."""
# A line feed and a tab stand as they are. An underscore is escaped where it might begin an escape,
# whose last one may be that of the next.
ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4})|[\x00-\x08\x0B-\x1F]|^<(?=r>)")
NOWHERE = re.compile(r"[\uFFFE\uFFFF]")
WAY_OUT = "Export as CSV, which has no such limit."


class _Sheet(Worksheet):
    """A sheet whose texts are only texts."""

    @staticmethod
    def _escape_control_characters(data: str) -> str:
        """Escape what XML cannot hold, as `_xHHHH_` (ECMA-376, part 1, 22.9.2.19).

        XlsxWriter's own escaping gives `_x0041_x0042_` back as another text, and it takes a text
        from `<r>` to `</r>` for markup. U+FFFE and U+FFFF, which are no characters, are left out.
        """
        return ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", NOWHERE.sub("", data))

    def close(self) -> None:
        """Close the temporary file of the rows, as the workbook does when it is closed."""
        cast("Any", self).fh.close()


async def write(tx: Tx, plan: Plan, tell: Tell) -> AsyncGenerator[bytes]:
    """Yield the file; nothing before all of it is made. Refuses what does not fit into a sheet."""
    await _check_size(tx, plan)
    copy = copying.statement(plan, ",")
    with tempfile.TemporaryFile() as file, tempfile.TemporaryDirectory() as folder:
        options = {"constant_memory": True, "tmpdir": folder, "use_zip64": True}
        workbook = Workbook(file, options)
        with closing(_sheet(workbook, called(plan.wish).capitalize(), plan.names)) as sheet:
            add = _adding(sheet, plan.names)
            async with aclosing(copying.blocks(tx, plan, copy, b"", tell)) as blocks:
                async for block in blocks:
                    await asyncio.to_thread(add, block)
            await asyncio.to_thread(workbook.close)
        file.seek(0)
        while block := await asyncio.to_thread(file.read, copying.BLOCK):
            yield block


async def _check_size(tx: Tx, plan: Plan) -> None:
    """Refuse before the work what cannot fit in the end."""
    number = await tx.value(SQL("SELECT count(*) FROM {}").format(plan.rows), **plan.values)
    if number > MOST_ROWS:
        raise WorkbookLimit(
            f"There are {number:,} {called(plan.wish)}; a sheet holds {MOST_ROWS:,}. {WAY_OUT}"
        )
    if len(plan.names) > MOST_COLUMNS:
        raise WorkbookLimit(
            f"There are {len(plan.names):,} columns; a sheet holds {MOST_COLUMNS:,}. Name fewer in"
            f" `columns`, or export as CSV."
        )


def _sheet(workbook: Any, title: str, names: Sequence[str]) -> _Sheet:
    """Begin the sheet: a bold header that stays in sight, columns formatted as text."""
    text: Any = workbook.add_format({"num_format": "@"})
    bold: Any = workbook.add_format({"num_format": "@", "bold": True})
    sheet: _Sheet = workbook.add_worksheet(title, worksheet_class=_Sheet)
    sheet.freeze_panes(1, 0)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    for place, name in enumerate(names):
        sheet.set_column(place, place, WIDTHS.get(name, WIDTH), text)
        sheet.write_string(0, place, name, bold)
    return sheet


def _adding(sheet: _Sheet, names: Sequence[str]) -> Callable[[bytes], None]:
    """Return what adds the rows of a block of CSV."""
    number = 0

    def add(block: bytes) -> None:
        nonlocal number
        try:
            for cells in csv.reader(io.StringIO(block.decode(), newline="")):
                number += 1
                for place, cell in enumerate(cells):
                    if cell and sheet.write_string(number, place, cell) != 0:
                        raise _too_long(number, names[place])
        except csv.Error as error:  # a cell too long even for the CSV reader
            raise _too_long(number + 1, "?") from error

    return add


def _too_long(number: int, name: str) -> WorkbookLimit:
    return WorkbookLimit(
        f"A cell holds {MOST_LETTERS:,} characters; in row {number:,} below the header"
        f" “{name}” is longer. {WAY_OUT}"
    )
