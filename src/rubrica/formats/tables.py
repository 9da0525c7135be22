"""Tables in files of every kind: what a file is, and its rows."""

from collections.abc import Callable, Generator, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from rubrica.deadlines import NEVER, Deadline, TimeIsUp
from rubrica.formats import compressed, delimited, jsonl, kinds, spreadsheets, vcards
from rubrica.formats.model import (
    MOST_COLUMNS,
    Compression,
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
    path: Path,
    name: str,
    wishes: Wishes,
    deadline: Deadline = NEVER,
    *,
    is_mobile: IsMobile = never_mobile,
) -> Detected:
    """Find out how a file is to be read; what is wished is never overridden.

    Reads the beginning of a text or an XLSX sheet, and all of the sheet of other workbooks. `name`
    is the name that the file was uploaded under. `is_mobile` is asked of numbers of cards that say
    nothing of it themselves. Refuses what is no table, empty, damaged, behind a password, too large
    or too wide. Where the deadline passes first, little more is said of the file than its kind, and
    that it is `unread`.
    """
    kind, compression = kinds.guessed(name)
    try:
        kind, compression = kinds.found(path, name, deadline)
        detected = _detected(path, kind, compression, wishes, deadline, is_mobile)
    except TimeIsUp:
        detected = _unread(kind)
    if len(detected.header) > MOST_COLUMNS:
        raise TooManyColumns
    reading = msgspec.structs.replace(detected.reading, compression=compression)
    return msgspec.structs.replace(detected, reading=reading)


def _detected(
    path: Path,
    kind: Kind,
    compression: Compression,
    wishes: Wishes,
    deadline: Deadline,
    is_mobile: IsMobile,
) -> Detected:
    open_bytes = partial(compressed.opened, path, compression, deadline)
    if kind == "VCARD":
        return vcards.detect(open_bytes, wishes, is_mobile)
    if kind in STREAMED:
        return STREAMED[kind].detect(open_bytes, wishes)
    with compressed.unpacked(path, compression, f".{kind.lower()}", deadline) as plain:
        return spreadsheets.detect(plain, kind, wishes, deadline)


def unread(name: str) -> Detected:
    """Return what its name lets expect of a file that could not be looked into in time."""
    return _unread(kinds.guessed(name).kind)


def _unread(kind: Kind) -> Detected:
    return Detected(reading=Reading(kind=kind), header=[], unread=True)


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
    path: Path,
    reading: Reading,
    *,
    soon: bool = False,
    deadline: Deadline = NEVER,
    is_mobile: IsMobile = never_mobile,
) -> Generator[Row]:
    """Yield the rows of a file, without its header and without blank ones.

    They are numbered from 1 over all records of the file: the skipped ones, the header and the
    blank ones count. `soon`: have the first ones at once, though all of them take longer.
    `is_mobile` as for `detect`. Close the iterator to stop early. Refuses as `detect` does, later
    on too; raises TimeIsUp where the next one is not there by the deadline.
    """
    if reading.kind == "VCARD":
        with compressed.opened(path, reading.compression, deadline) as stream:
            yield from vcards.rows(stream, reading, is_mobile)
    elif reading.kind in STREAMED:
        with compressed.opened(path, reading.compression, deadline) as stream:
            yield from STREAMED[reading.kind].rows(stream, reading)
    else:
        ending = f".{reading.kind.lower()}"
        with compressed.unpacked(path, reading.compression, ending, deadline) as plain:
            yield from spreadsheets.rows(plain, reading, soon=soon, deadline=deadline)
