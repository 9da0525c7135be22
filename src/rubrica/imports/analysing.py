"""What is found in a file before anybody confirms it. Blocks: call it in a thread."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import islice
from typing import NamedTuple

from rubrica import emails, formats, phones
from rubrica.contacts import CustomField
from rubrica.errors import Refused
from rubrica.formats import Detected, Row, Warning, Wishes  # noqa: A004
from rubrica.imports import suggesting
from rubrica.imports.model import Analysis
from rubrica.imports.normaliser import day, unquoted
from rubrica.imports.suggesting import Suggestion
from rubrica.storage import Storage

SAMPLE = 300
"""Rows by which columns are judged."""
SHOWN = 100
"""Rows that are kept for the answer; more are read from the file."""
SECONDS = 6.0
"""How long a request may read on; what is left is read by a job."""
EXAMPLES = 5
ORDERS = ("DMY", "MDY", "YMD")


class Found(NamedTuple):
    """An analysis, and the number of rows where the file was read to its end."""

    analysis: Analysis
    total_rows: int | None


def analyse(
    storage: Storage,
    key: str,
    name: str,
    wishes: Wishes,
    fields: Iterable[CustomField],
    *,
    whole: bool = False,
) -> Found:
    """Detect, suggest and count. Without `whole`, only as much as fits into a request."""
    until = None if whole else time.monotonic() + SECONDS
    with storage.local(key) as path:
        detected = formats.detect(path, name, wishes)
        with closing(formats.rows(path, detected.reading)) as rows:
            sample = list(islice(rows, SAMPLE))
            columns = suggesting.suggest(
                detected.header,
                [row.cells for row in sample],
                country=wishes.country,
                custom_fields={field.key: field.label for field in fields},
            )
            survey = _Survey(columns, wishes.country, len(detected.header) or None)
            survey.add(sample)
            while block := list(islice(rows, 1000)):
                if until is not None and time.monotonic() > until:
                    break
                survey.add(block)
            else:
                until = None
    return Found(
        Analysis(
            reading=detected.reading,
            header=detected.header,
            sheets=detected.sheets,
            columns=columns,
            rows=sample[:SHOWN],
            warnings=[*_hidden(detected), *detected.warnings, *survey.warnings()],
        ),
        survey.rows if until is None else None,
    )


def _hidden(detected: Detected) -> list[Warning]:
    hidden = [sheet.name for sheet in detected.sheets if sheet.hidden]
    if not hidden:
        return []
    message = "The workbook has hidden sheets; they are read only when asked for by name."
    return [Warning(code="hidden_sheets", message=message, count=len(hidden), examples=hidden)]


class _Survey:
    """Counts rows, and the values that an import could not take as they are."""

    def __init__(self, columns: list[Suggestion], country: str | None, width: int | None) -> None:
        self.rows = 0
        self._checks: list[tuple[int, str, Callable[[str], object], Counter[str]]] = []
        self._examples: dict[tuple[int, str], list[str]] = {}
        self._orders: dict[int, set[str]] = {}
        self._width = width
        self._uneven = 0
        for column in columns:
            if column.suggested_field == "phoneNumber":
                parse: Callable[[str], object] = lambda cell: phones.parse(cell, country)  # noqa: E731
                self._checks.append((column.index, "invalid_phone", parse, Counter()))
            elif column.suggested_field == "email":
                self._checks.append((column.index, "invalid_email", emails.parse, Counter()))
            elif column.suggested_field == "birthDate":
                self._orders[column.index] = set(ORDERS)

    def add(self, rows: list[Row]) -> None:
        """Look at some rows."""
        self.rows += len(rows)
        for row in rows:
            cells = row.cells
            for column, code, parse, counter in self._checks:
                cell = cells[column].strip() if column < len(cells) else ""
                if not cell:
                    continue
                try:
                    parse(unquoted(cell) if cell[0] == "'" else cell)
                except Refused:
                    kind = code
                    if code == "invalid_phone" and "e+" in cell.lower():
                        kind = "phone_damaged"
                    counter[kind] += 1
                    kept = self._examples.setdefault((column, kind), [])
                    if len(kept) < EXAMPLES and cell not in kept:
                        kept.append(cell[:100])
            for column, orders in self._orders.items():
                cell = cells[column].strip() if column < len(cells) else ""
                if cell and len(orders) > 1:
                    fitting = {order for order in orders if _fits(cell, order)}
                    if fitting:
                        self._orders[column] = fitting

    def warnings(self) -> list[Warning]:
        """Return what was found amiss, with how often and examples."""
        words = {
            "invalid_phone": "Some values are not possible telephone numbers; they are not taken.",
            "invalid_email": "Some values are not e-mail addresses; they are not taken.",
            "phone_damaged": "A spreadsheet program has rounded these numbers (1.23E+11): their"
            " digits are lost, and nothing is invented. Format the column as text and save anew.",
        }
        found = [
            Warning(
                code=kind,
                message=words[kind],
                column=column,
                count=count,
                examples=self._examples[column, kind],
            )
            for column, _, _, counter in self._checks
            for kind, count in sorted(counter.items())
        ]
        for column, orders in self._orders.items():
            if {"DMY", "MDY"} <= orders and len(orders) < len(ORDERS) + 1 and self._dated(column):
                message = "Day and month cannot be told apart: say dateFormat, DMY or MDY."
                found.append(Warning(code="ambiguous_dates", message=message, column=column))
        return found

    def _dated(self, column: int) -> bool:
        return self.rows > 0 and "YMD" not in self._orders[column]


def _fits(cell: str, order: str) -> bool:
    try:
        day(cell, order)
    except Refused:
        return False
    return True
