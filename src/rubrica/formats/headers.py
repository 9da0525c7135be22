"""Where the header of a table is, and whether it has one."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rubrica.formats import vocabulary
from rubrica.formats.model import Finding, Warning  # noqa: A004 - the contract's word

FAR = 20
"""Records from the top among which a header is looked for."""
BELOW = 50
"""Records that are compared with it."""
WIDE = 500
"""Cells of a record that are looked at."""
LONGEST = 80
LONGEST_VALUE = 300
"""Characters of a number, a date or an address at the most."""

_EMAIL = re.compile(r"[^\s@]+@\S+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_PHONE = re.compile(r"(?:tel:)?[+(]?[\d\s()./\-\xa0]{6,24}")
_DATE = re.compile(
    r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[T ]\d{1,2}:\d{2}\S*(?: ?[ap]m)?)?", re.IGNORECASE
)
_NUMBER = re.compile(
    r"[-+(]?[$€£¥]? ?[-+]?\d[\d.,'\s\xa0]*(?:e[-+]?\d+)? ?[%€$£]?\)?", re.IGNORECASE
)
_YEARS = re.compile(r"(?:19|20)\d\d(?:\s*[-/]\s*(?:19|20)?\d\d)?")
_DIGITS_OF_A_PHONE = 7


NO_ROWS = Warning(code="no_rows", message="There is no row below the header.")


class Place(NamedTuple):
    """How many records come before the table, whether it has a header, and whether that is sure."""

    skip: int
    has_header: bool
    sure: bool
    reason: str

    @property
    def finding(self) -> Finding:
        """Tell of it."""
        value = f"row {self.skip + 1}" if self.has_header else "none"
        confidence = 0.95 if self.sure else 0.6
        return Finding(what="header", value=value, confidence=confidence, reason=self.reason)

    def doubt(self, records: Sequence[Sequence[str]]) -> Warning:
        """Warn that it is not sure; `records` begin with the one in question, where it is there."""
        taken = "column names" if self.has_header else "a contact"
        return Warning(
            code="header_uncertain",
            message=f"It is not certain that the first row holds {taken}.",
            examples=[" | ".join(record)[:100] for record in records[:1]],
        )


def find(records: Sequence[Sequence[str]], wish: bool | None = None) -> Place:  # noqa: FBT001
    """Return where the table begins; `records` are the first of the text, blank ones included.

    Records above a header are passed over only where the header is beyond doubt: otherwise they
    may be contacts.
    """
    rows = (place for place, row in enumerate(records) if _filled(row) and not _is_comment(row))
    first = next(rows, 0)
    place = _below_a_title(records, first)
    has_header, sure = _judge(records, place)
    reason = _reason(records, place, has_header=has_header)
    if wish is not None:
        has_header, sure, reason = wish, True, "You said so."
    if has_header and sure:
        place = _last_of_header(records, place)
    return Place(place, has_header, sure, reason)


def _reason(records: Sequence[Sequence[str]], place: int, *, has_header: bool) -> str:
    """Say in a sentence why a record is taken for the header, or why there is none."""
    filled = _filled(records[place][:WIDE]) if place < len(records) else []
    known = sum(map(vocabulary.is_heading, filled))
    if has_header and known:
        return f"{known} of {len(filled)} cells are usual names of columns."
    if has_header:
        return "Its cells are short, all different, and unlike those below."
    if any(map(is_value, filled)):
        return "The first row holds values, such as numbers or addresses."
    return "Nothing tells the first row from those below."


def warnings(header: Sequence[str], width: int) -> Iterator[Warning]:
    """Tell of columns that cannot be named by the header; the table has `width` of them."""
    if not header:
        return
    names = Counter(name.strip().casefold() for name in header)
    blank = names.pop("", 0) + max(0, width - len(header))
    if blank:
        yield Warning(
            code="blank_headers", message="Some columns have no name in the header.", count=blank
        )
    if twice := [name for name, count in names.items() if count > 1]:
        yield Warning(
            code="duplicate_headers",
            message="Some column names stand more than once in the header.",
            count=len(twice),
            examples=twice[:3],
        )


def is_value(cell: str) -> bool:
    """Tell whether a cell is a number, date, phone number, e-mail or web address: no heading."""
    return len(cell) <= LONGEST_VALUE and (_NUMBER.fullmatch(cell) is not None or _is_telling(cell))


def _is_telling(cell: str) -> bool:
    """Tell whether a cell could not head a column: an address, a phone number, a date."""
    if len(cell) > LONGEST_VALUE or _YEARS.fullmatch(cell):
        return False
    if _EMAIL.fullmatch(cell) or _ADDRESS.fullmatch(cell) or _DATE.fullmatch(cell):
        return True
    digits = sum(map(str.isdigit, cell))
    return digits >= _DIGITS_OF_A_PHONE and _PHONE.fullmatch(cell) is not None


def _filled(record: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in record if cell.strip()]


def _is_comment(record: Sequence[str]) -> bool:
    return len(_filled(record)) == 1 and record[0].lstrip().startswith("#")


def _below_a_title(records: Sequence[Sequence[str]], first: int) -> int:
    """Return the place of a header below title lines, or `first` where there are none."""
    widths = Counter(len(record) for record in records if _filled(record))
    width = max(widths, key=lambda columns: (widths[columns], columns), default=0)
    most = max((len(_filled(record)) for record in records[first : first + FAR]), default=0)
    titles: list[int] = []
    for place in range(first, min(len(records), first + FAR)):
        record, filled = records[place], _filled(records[place])
        is_full = len(record) == width and len(filled) * 2 > most
        if is_full and (width > 1 or place == first):
            has_header, sure = _judge(records, place)
            above = all(count < len(filled) * 0.6 for count in titles)
            return place if has_header and sure and above else first
        if any(map(_is_telling, filled)):
            return first
        titles.append(len(filled) if len(record) == width else 0)
    return first


def _judge(records: Sequence[Sequence[str]], place: int) -> tuple[bool, bool]:
    """Tell whether the record at a place is a header, and whether that is beyond doubt."""
    if place >= len(records):
        return False, True
    record = records[place][:WIDE]
    filled = _filled(record)
    below = [row for row in records[place + 1 : place + 1 + BELOW] if _filled(row)]
    known = sum(map(vocabulary.is_heading, filled))
    numbers = sum(is_value(cell) and not _YEARS.fullmatch(cell) for cell in filled)
    if any(map(_is_telling, filled)) and known * 2 < len(filled):
        return False, True
    if known * 3 >= len(filled) and numbers * 2 < len(filled):
        return True, True
    if numbers or not (below or known):  # a row that is all there is would be lost as a header
        return False, numbers * 2 >= len(filled)
    valued = _columns_of_values(below, len(record))
    if any(record[column].strip() for column in valued):
        return True, not any(not record[column].strip() for column in valued)
    distinct = len({cell.casefold() for cell in filled}) == len(filled)
    short = all(len(cell) <= LONGEST for cell in filled)
    recurs = any(
        cell and any(place < len(row) and row[place] == cell for row in below)
        for place, cell in enumerate(record)
    )
    return distinct and short and not recurs and not valued, False


def _columns_of_values(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the columns that hold numbers, dates or addresses, one cell in five excepted."""
    columns: list[int] = []
    for place in range(width):
        column = [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
        if column and sum(map(is_value, column)) >= 0.8 * len(column):
            columns.append(place)
    return columns


def _last_of_header(records: Sequence[Sequence[str]], place: int) -> int:
    """Return the last record of a header: one that repeats it, or fills the gaps of a group row."""
    if place + 1 >= len(records):
        return place
    record, after = records[place], records[place + 1]
    if [cell.casefold() for cell in _filled(record)] == [
        cell.casefold() for cell in _filled(after)
    ]:
        return place + 1
    filled, filled_after = _filled(record), _filled(after)
    below = [row for row in records[place + 2 : place + 2 + BELOW] if _filled(row)]
    gaps = len(filled) * 2 <= len(record) and len(filled_after) == len(record)
    text_only = not any(map(is_value, filled_after))
    valued = gaps and text_only and _columns_of_values(below, min(WIDE, len(after)))
    return place + 1 if valued else place
