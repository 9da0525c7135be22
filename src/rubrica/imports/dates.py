"""Dates as people write them: read in one order of day, month and year for a whole column."""

import re
import unicodedata
from collections import Counter
from datetime import date
from typing import Final, Literal

from rubrica import values
from rubrica.errors import Refused
from rubrica.values import InvalidValue

DateFormat = Literal["YMD", "DMY", "MDY"]
ORDERS: Final[list[DateFormat]] = ["DMY", "MDY", "YMD"]
_WORD = r"([^\W\d_]{3,10})\.?"
FIGURES = re.compile(
    r"(\d{4}|\d{1,2})[-./ ](\d{1,2})[-./ ](\d{4}|\d{1,2})(?:[T ]\d{1,2}:.*)?"
).fullmatch
DAY_FIRST = re.compile(
    rf"(\d{{1,2}})(?:\.|º|°|st|nd|rd|th|er)?[\s\-.]*(?:de\s+)?{_WORD}[\s\-,]*(?:del?\s+)?(\d{{4}})"
).fullmatch
MONTH_FIRST = re.compile(rf"{_WORD}[\s\-]*(\d{{1,2}})(?:st|nd|rd|th)?[\s\-,]+(\d{{4}})").fullmatch
MONTHS = tuple(
    tuple(names.split())
    for names in (
        "january gennaio januar janner janvier enero janeiro",
        "february febbraio februar feber fevrier febrero fevereiro",
        "march marzo marz maerz mrz mars marco",
        "april aprile avril abril",
        "may maggio mai mayo maio",
        "june giugno juni juin junio junho",
        "july luglio juli juillet julio julho",
        "august agosto aout",
        "september settembre septembre septiembre setiembre setembro",
        "october ottobre oktober octobre octubre outubro",
        "november novembre noviembre novembro",
        "december dicembre dezember decembre diciembre dezembro",
    )
)
"""The months in English, Italian, German, French, Spanish and Portuguese, without accents."""
COMPACT = re.compile(r"(?:19|20)\d{6}").fullmatch
FULL_YEAR = 4
TWO_DIGITS = 100


def day(cell: str, order: str | None) -> str:
    """Return `YYYY-MM-DD`, or `--MM-DD` without a year.

    ISO dates, years in front and months in words are read as they are; figures alone by the order
    that is agreed on. Of a year of two digits the one in the last hundred years is meant.
    """
    found = None if cell.startswith("--") else FIGURES(cell)
    if found is None:
        plain = f"{cell[:4]}-{cell[4:6]}-{cell[6:]}" if COMPACT(cell) else cell
        return _in_words(cell) or values.day(plain)
    parts = [found[1], found[2], found[3]]
    if len(parts[0]) == FULL_YEAR:
        order = "YMD"
    if order is None:
        raise InvalidValue(f"“{cell}” may be read in two ways: say dateFormat, DMY or MDY.")
    by = dict(zip(order, parts, strict=True))
    year = int(by["Y"])
    if year < TWO_DIGITS:
        this = date.today().year  # noqa: DTZ011 - the century is meant
        year += 2000 if 2000 + year <= this else 1900
    try:
        return date(year, int(by["M"]), int(by["D"])).isoformat()
    except ValueError as error:
        raise InvalidValue(f"“{cell}” is not a date in the order {order}.") from error


def needs_order(cell: str) -> bool:
    """Tell whether a date is written in figures with no year of four digits in front."""
    found = FIGURES(cell)
    return found is not None and len(found[1]) < FULL_YEAR


class Orders:
    """Finds out in which order the dates of a column are written: one that fits them all."""

    def __init__(self) -> None:
        self._dates = 0
        self._fitting: Counter[DateFormat] = Counter()

    def add(self, cell: str) -> None:
        """Look at a cell; what is no date in any order says nothing."""
        if not needs_order(cell):
            return
        fitting: list[DateFormat] = [order for order in ORDERS if _fits(cell, order)]
        self._dates += bool(fitting)
        self._fitting.update(fitting)

    @property
    def formats(self) -> list[DateFormat]:
        """The orders that fit every date; where none does, all that fit some. None: none needed."""
        some: list[DateFormat] = [order for order in ORDERS if self._fitting[order]]
        return [order for order in some if self._fitting[order] == self._dates] or some

    @property
    def mixed(self) -> bool:
        """Whether no order fits every date."""
        return bool(self._dates) and self._dates not in self._fitting.values()


def _fits(cell: str, order: DateFormat) -> bool:
    try:
        day(cell, order)
    except Refused:
        return False
    return True


def _in_words(cell: str) -> str | None:
    """Read a date whose month is a word, such as `5. März 1980` or `Jan 5, 1980`."""
    plain = unicodedata.normalize("NFKD", cell.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    found = DAY_FIRST(plain)
    parts = (found[1], found[2], found[3]) if found else None
    if parts is None and (found := MONTH_FIRST(plain)):
        parts = (found[2], found[1], found[3])
    if parts is None:
        return None
    months = [
        number
        for number, names in enumerate(MONTHS, 1)
        if any(name.startswith(parts[1]) for name in names)
    ]
    if len(months) != 1:
        return None
    try:
        return date(int(parts[2]), months[0], int(parts[0])).isoformat()
    except ValueError as error:
        raise InvalidValue(f"“{cell}” is not a date.") from error
