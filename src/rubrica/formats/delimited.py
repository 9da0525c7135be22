"""Delimited text: what a file turns out to be, and its rows."""

import io
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import BinaryIO

from rubrica.errors import Invalid
from rubrica.formats import compressed, dialects, encodings, headers
from rubrica.formats.encodings import Encoding
from rubrica.formats.headers import Place
from rubrica.formats.kinds import FileEmpty
from rubrica.formats.model import (
    Detected,
    Finding,
    Reading,
    Row,
    Warning,  # noqa: A004 - the contract's word
    Wishes,
)
from rubrica.formats.records import Dialect, Records

SAMPLE = 1024 * 1024
HEAD = 400
"""Records in which the header is looked for."""
SHOWN = 3
"""Examples that a warning gives."""


class NoEncoding(Invalid):
    """The reading of a text names no encoding."""

    code = "reading_incomplete"


def detect(open_bytes: Callable[[], BinaryIO], wishes: Wishes) -> Detected:
    """Return how a delimited text is to be read, its header, and what looks odd in it.

    `open_bytes` opens the unpacked file at its beginning. The first MiB is looked at, and what the
    warnings count is counted there. What the client wishes is taken as it is.
    """
    with open_bytes() as stream:
        sample = compressed.beginning(stream, SAMPLE + 1)
    complete = len(sample) <= SAMPLE
    sample = sample[:SAMPLE]
    encoding = _encoding(sample, wishes, complete=complete)
    text = encodings.decoded(sample, encoding.name, complete=complete)
    if not text.strip("\0 \t\r\n\ufeff"):
        raise FileEmpty("The file holds no row at all. Choose the file with the contacts.")
    if not complete:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    wish = None if wishes.delimiter is None else dialects.wished(wishes.delimiter)
    choice = dialects.detect(text.replace("\0", ""), wish)
    head = list(itertools.islice(_records(text, choice.dialect, 0), HEAD))[choice.skip :]
    place = headers.find(head, wishes.has_header)
    skip = choice.skip + place.skip
    records = _records(text, choice.dialect, skip)
    table = list(records)
    header = table[skip] if place.has_header and skip < len(table) else []
    warnings = [
        *encodings.warnings(encoding, sample, text),
        *_of_choice(choice, place, table[skip:]),
        *headers.warnings(header, width=len(header)),
        *_of_rows(table, skip + place.has_header, len(header)),
        *_of_mending(records),
    ]
    reading = Reading(
        kind="CSV",
        encoding=encoding.name,
        **choice.dialect._asdict(),
        skip=skip,
        has_header=place.has_header,
    )
    findings = [*_findings(encoding, choice), place.finding]
    return Detected(reading=reading, header=header, findings=findings, warnings=warnings)


def rows(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the rows of an unpacked text below its header; blank records are counted only.

    What cannot be decoded becomes U+FFFD. Refuses a record longer than 16 Mi characters.
    The stream stays open.
    """
    if reading.encoding is None:
        raise NoEncoding("Without its encoding a text cannot be read: upload the file again.")
    dialect = Dialect(reading.delimiter or ",", reading.quote, reading.escape)
    text = io.TextIOWrapper(stream, reading.encoding, errors="replace", newline="")
    records = Records(text, dialect, reading.skip)
    first = reading.skip + reading.has_header
    width = 0
    try:
        for number, cells in enumerate(records, 1):
            if number <= first:
                width = len(cells)
            elif any(map(str.strip, cells)):
                width = width or len(cells)
                damage = None
                if len(cells) != width or records.stray or number == records.last_mended:
                    damage = _damage(records, number, cells, width)
                yield Row(number, cells, damage)
    finally:
        if not stream.closed:
            text.detach()


def _damage(records: Records, number: int, cells: list[str], width: int) -> str | None:
    """Say what is wrong with a record that is not like the others, if it is."""
    if number == records.last_mended:
        return f"Line {records.line}: a quote opens a cell and is never closed."
    if records.stray:
        return f"Line {records.line}: a quote stands in the middle of a cell."
    if len(cells) < width or any(cells[width:]):
        return (
            f"Line {records.line}: the row has {len(cells)} cells, and the table {width} columns."
        )
    return None


def _encoding(sample: bytes, wishes: Wishes, *, complete: bool) -> Encoding:
    if wishes.encoding is None:
        return encodings.detect(sample, complete=complete, country=wishes.country)
    return encodings.wished(wishes.encoding, sample)


def _findings(encoding: Encoding, choice: dialects.Choice) -> list[Finding]:
    delimiter, quote, _ = choice.dialect
    return [
        encoding.finding,
        Finding(
            what="delimiter",
            value=delimiter,
            confidence=choice.confidence,
            reason=choice.reason,
        ),
        Finding(
            what="quote",
            value=quote or "none",
            confidence=choice.confidence,
            reason="Cells stand in it." if quote else "No cell is quoted.",
        ),
    ]


def _records(text: str, dialect: Dialect, skip: int) -> Records:
    return Records(io.StringIO(text, newline=""), dialect, skip)


def _of_choice(choice: dialects.Choice, place: Place, table: list[list[str]]) -> Iterator[Warning]:
    shown = [" | ".join(cells)[:100] for cells in table[:SHOWN]]
    if not choice.sure:
        yield Warning(
            code="delimiter_uncertain",
            message="The columns may be parted wrongly: they were parted at "
            f"“{choice.dialect.delimiter}”.".replace("\t", "tab"),
            examples=shown,
        )
    if not place.sure:
        yield place.doubt(table[:1])


def _of_rows(table: list[list[str]], first: int, header_width: int) -> Iterator[Warning]:
    body = [(number, cells) for number, cells in enumerate(table[first:], first + 1)]
    full = [(number, cells) for number, cells in body if any(map(str.strip, cells))]
    if not full:
        yield headers.NO_ROWS
    if blank := len(body) - len(full):
        yield Warning(
            code="blank_rows", message="Some rows are blank: they are passed over.", count=blank
        )
    widths = Counter(len(cells) for _, cells in full)
    usual = max(widths, key=lambda columns: widths[columns], default=0)
    width = header_width or usual
    ragged = [
        (number, cells)
        for number, cells in full
        if len(cells) < width or len(cells) > max(width, usual) or any(cells[width:])
    ]
    if ragged:
        yield Warning(
            code="ragged_rows",
            message=f"Some rows have more or fewer cells than the {width} columns.",
            count=len(ragged),
            examples=[f"row {number}: {len(cells)} cells" for number, cells in ragged[:SHOWN]],
        )


def _of_mending(records: Records) -> Iterator[Warning]:
    if mended := records.mended:
        yield Warning(
            code="unclosed_quote",
            message="A quote opens a cell and is never closed: such a cell ends with its line.",
            count=len(mended),
            examples=[f"row {number}" for number in mended[:SHOWN]],
        )
    if strays := records.strays:
        yield Warning(
            code="stray_quote",
            message="A quote stands in the middle of a cell: a delimiter may be missing before it.",
            count=len(strays),
            examples=[f"row {number}" for number in strays[:SHOWN]],
        )
