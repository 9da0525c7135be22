"""What stands in the columns of a file that an import could not take as it is, counted."""

from collections import Counter

import msgspec

from rubrica import emails, phones
from rubrica.errors import Refused
from rubrica.formats import Row, Warning, unguarded  # noqa: A004 - the contract's word
from rubrica.imports.dates import Orders, needs_order
from rubrica.imports.suggesting import Suggestion

EXAMPLES = 5
LONGEST = 100
"""Characters of an example."""
MOSTLY = 0.5
WORDS = {
    **phones.WORDS,
    **emails.WORDS,
    "invalid_phone": "Some values are not possible telephone numbers; they are not taken.",
    "invalid_email": "Some values are not e-mail addresses; they are not taken.",
    "value_not_kept": "Another column that comes first for the field has another value in these"
    " rows: these are not kept. Map the column to a custom field to keep them.",
    "phone_damaged": "A spreadsheet program has rounded these numbers (1.23E+11): their digits are"
    " lost, and nothing is invented. Format the column as text and save anew.",
}


NO_COUNTRY = (
    " No country is set, and national numbers cannot be read without: say defaultCountry, or set it"
    " for the account."
)


class Survey:
    """Counts rows, and the values that are damaged or can be read in several ways."""

    def __init__(
        self,
        columns: list[Suggestion],
        country: str | None,
        *,
        guarded: bool,
        filled: bool,
        dates: set[str],
    ) -> None:
        """Begin.

        `guarded`: cells may have a spreadsheet's apostrophe; `filled`: count the rows in which
        each column has a value; `dates`: fields that hold dates.
        """
        self.rows = 0
        self._country = country
        self._guarded = guarded
        self._columns = columns
        self._checked = [
            (column.index, column.suggested_field)
            for column in sorted(columns, key=lambda column: column.precedence)
            if column.suggested_field in ("phoneNumber", "email")
        ]
        self._orders = {
            column.index: Orders() for column in columns if _may_hold_dates(column, dates)
        }
        self._filled = Counter[int]() if filled else None
        self._counts: Counter[tuple[int, str]] = Counter()
        self._examples: dict[tuple[int, str], list[str]] = {}

    def add(self, rows: list[Row]) -> None:
        """Look at some rows."""
        self.rows += len(rows)
        for row in rows:
            taken: dict[str, str] = {}
            for column, field in self._checked:
                if cell := self._cell(row, column):
                    found, codes = self._found(cell, field)
                    for code in codes:
                        self._count(column, code, cell)
                    if found and taken.setdefault(field, found) != found:
                        self._count(column, "value_not_kept", cell)
            for column, orders in self._orders.items():
                if cell := self._cell(row, column):
                    orders.add(cell)
            if self._filled is not None:
                self._filled.update(index for index, cell in enumerate(row.cells) if cell)

    def columns(self) -> list[Suggestion]:
        """Return the columns, with what was found out about all of their values."""
        return [
            msgspec.structs.replace(
                column,
                date_formats=list(orders.formats) if orders else [],
                filled=None if self._filled is None else self._filled[column.index],
            )
            for column in self._columns
            for orders in [self._orders.get(column.index)]
        ]

    def warnings(self) -> list[Warning]:
        """Return what was found amiss, with how often and examples."""
        found = [
            Warning(
                code=code,
                message=WORDS[code] + (NO_COUNTRY if self._lacks_country(code) else ""),
                column=column,
                count=count,
                examples=self._examples[column, code],
            )
            for (column, code), count in sorted(self._counts.items())
        ]
        for column, orders in self._orders.items():
            if len(orders.formats) > 1:
                message = "Day and month cannot be told apart: say dateFormat, DMY or MDY."
                if orders.mixed:
                    message = "The dates are written in several orders: say dateFormat; those of"
                    message = f"{message} another order are not taken."
                found.append(Warning(code="ambiguous_dates", message=message, column=column))
        return found

    def _lacks_country(self, code: str) -> bool:
        return code == "invalid_phone" and self._country is None

    def _cell(self, row: Row, column: int) -> str:
        cell = row.cells[column].strip() if column < len(row.cells) else ""
        return unguarded(cell) if self._guarded else cell

    def _found(self, cell: str, field: str) -> tuple[str | None, tuple[str, ...]]:
        """Return a number or an address in its one form, where there is one, and what is amiss."""
        try:
            if field == "phoneNumber":
                phone, codes, _ = phones.read(cell, self._country)
                return phone.key, codes
            address, codes, _ = emails.read(cell)
        except Refused as refusal:
            return None, (refusal.code,)
        return address, codes

    def _count(self, column: int, code: str, cell: str) -> None:
        self._counts[column, code] += 1
        kept = self._examples.setdefault((column, code), [])
        if len(kept) < EXAMPLES and cell[:LONGEST] not in kept:
            kept.append(cell[:LONGEST])


def _may_hold_dates(column: Suggestion, dates: set[str]) -> bool:
    if column.suggested_field in dates:
        return True
    return bool(column.samples) and sum(map(needs_order, column.samples)) >= MOSTLY * len(
        column.samples
    )
