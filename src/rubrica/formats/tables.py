"""Tables in files of every kind: what a file is, and its rows."""

from collections.abc import Callable, Generator, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from rubrica.formats import compressed, delimited, jsonl, kinds, spreadsheets, vcards
from rubrica.formats.model import (
    MOST_COLUMNS,
    Detected,
    IsMobile,
    Kind,
    Reading,
    Row,
    TooManyColumns,
    Wishes,
    never_mobile,
)


class _Streamed(NamedTuple):
    """The two readings of a kind of text."""

    detect: Callable[[Callable[[], BinaryIO], Wishes], Detected]
    rows: Callable[[BinaryIO, Reading], Iterator[Row]]


STREAMED: dict[Kind, _Streamed] = {
    "CSV": _Streamed(delimited.detect, delimited.rows),
    "JSONL": _Streamed(jsonl.detect, jsonl.rows),
}
"""Kinds of text that are read from a stream of bytes alone, as cards are with a word on numbers;
the others are workbooks, and need a file."""


def detect(
    path: Path, name: str, wishes: Wishes, *, is_mobile: IsMobile = never_mobile
) -> Detected:
    """Find out how a file is to be read; what is wished is never overridden.

    Reads the beginning of a text or an XLSX sheet, and all of the sheet of other workbooks. `name`
    is the name that the file was uploaded under. `is_mobile` is asked of numbers of cards that say
    nothing of it themselves. Refuses what is no table, empty, damaged, behind a password, too large
    or too wide.
    """
    kind, compression = kinds.found(path, name)
    opened = partial(compressed.opened, path, compression)
    if kind == "VCARD":
        detected = vcards.detect(opened, wishes, is_mobile)
    elif kind in STREAMED:
        detected = STREAMED[kind].detect(opened, wishes)
    else:
        with compressed.unpacked(path, compression, f".{kind.lower()}") as plain:
            detected = spreadsheets.detect(plain, kind, wishes)
    if len(detected.header) > MOST_COLUMNS:
        raise TooManyColumns
    reading = msgspec.structs.replace(detected.reading, compression=compression)
    return msgspec.structs.replace(detected, reading=reading)


def taken(rows: Iterator[Row], most: int, letters: int) -> list[Row]:
    """Take the next rows, at the most so many, and none behind so many characters of cells."""
    found: list[Row] = []
    for row in islice(rows, most):
        found.append(row)
        letters -= sum(map(len, row.cells))
        if letters <= 0:
            break
    return found


def rows(
    path: Path, reading: Reading, *, soon: bool = False, is_mobile: IsMobile = never_mobile
) -> Generator[Row]:
    """Yield the rows of a file, without its header and without blank ones.

    They are numbered from 1 over all records of the file: the skipped ones, the header and the
    blank ones count. `soon`: have the first ones at once, though all of them take longer.
    `is_mobile` as for `detect`. Close the iterator to stop early. Refuses as `detect` does, later
    on too.
    """
    if reading.kind == "VCARD":
        with compressed.opened(path, reading.compression) as stream:
            yield from vcards.rows(stream, reading, is_mobile)
    elif reading.kind in STREAMED:
        with compressed.opened(path, reading.compression) as stream:
            yield from STREAMED[reading.kind].rows(stream, reading)
    else:
        ending = f".{reading.kind.lower()}"
        with compressed.unpacked(path, reading.compression, ending) as plain:
            yield from spreadsheets.rows(plain, reading, soon=soon)
