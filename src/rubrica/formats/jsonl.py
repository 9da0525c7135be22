"""Lines of JSON (jsonlines.org): an object a line, its members as the cells of a row.

`customFields` and other objects inside become columns of their own, named with a dot. What an
array holds stands in one cell as the import parts it: by commas, in quotes where need be.
"""

import io
import itertools
from collections.abc import Callable, Iterator
from typing import BinaryIO

from rubrica.errors import Invalid
from rubrica.formats import compressed, encodings, members
from rubrica.formats.kinds import FileEmpty
from rubrica.formats.members import Members
from rubrica.formats.model import (
    MOST_COLUMNS,
    Detected,
    Finding,
    Reading,
    Row,
    TooManyColumns,
    Warning,  # noqa: A004 - the contract's word
    Wishes,
)

SAMPLE = 1000
"""Lines in which the columns are looked for."""
SAMPLE_CHARACTERS = 4 * 1024 * 1024
"""Characters after which no further line is looked at."""
BEGINNING = 1024 * 1024
"""Bytes by which the encoding is told."""
LONGEST = 16 * 1024 * 1024
"""Characters of a line at the most."""
SHOWN = 3
QUOTED = 500
"""Characters of a line that is no object that are told."""
NAMED = 10
"""Names that a sentence tells, each cut to so many characters:"""
NAMED_CHARACTERS = 60


class JsonlUnreadable(Invalid):
    """This is no file of JSON lines."""

    code = "jsonl_unreadable"


def detect(open_bytes: Callable[[], BinaryIO], wishes: Wishes) -> Detected:
    """Return how lines of JSON are to be read: their columns are the members of the first 1,000.

    A member that only comes later is told of in its row.
    """
    with open_bytes() as stream:
        sample = compressed.beginning(stream, BEGINNING + 1)
    complete = len(sample) <= BEGINNING
    sample = sample[:BEGINNING]
    if wishes.encoding is None:
        encoding = encodings.detect(sample, complete=complete, country=wishes.country)
    else:
        encoding = encodings.wished(wishes.encoding, sample)
    with open_bytes() as stream:
        names, bad = _columns(stream, encoding.name)
    text = encodings.decoded(sample, encoding.name, complete=complete)
    warnings = list(encodings.warnings(encoding, sample, text))
    if bad:
        warnings.append(
            Warning(
                code="unreadable_lines",
                message="Some lines are no JSON objects: they are rows without any value.",
                count=len(bad),
                examples=[f"line {number}" for number in bad[:SHOWN]],
            )
        )
    reason = "Each line is a JSON object."
    kind = Finding(what="kind", value="JSONL", confidence=1.0, reason=reason)
    return Detected(
        reading=Reading(kind="JSONL", encoding=encoding.name, columns=names, has_header=False),
        header=names,
        findings=[kind, encoding.finding],
        warnings=warnings,
    )


def rows(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield a row for each line; one that is no object has empty cells and says so.

    What cannot be decoded becomes U+FFFD. Refuses a line longer than 16 Mi characters. The stream
    stays open.
    """
    columns = reading.columns
    known = set(columns)
    for number, line in _lines(stream, reading.encoding or "utf-8"):
        found = members.read(line)
        if isinstance(found, str):
            damage = f"Line {number} is no JSON object: {found}. It reads: {_cut(line)}"
            yield Row(number, [""] * len(columns), damage)
        else:
            cells = [found.cells.get(name, "") for name in columns]
            yield Row(number, cells, _damage(number, found, known))


def _columns(stream: BinaryIO, encoding: str) -> tuple[list[str], list[int]]:
    """Return the names of members in the first lines, and the numbers of those that have none."""
    columns: dict[str, None] = {}
    bad: list[int] = []
    seen = 0
    size = 0
    for number, line in itertools.islice(_lines(stream, encoding), SAMPLE):
        size += len(line)
        if seen and size > SAMPLE_CHARACTERS:
            break
        found = members.read(line)
        if isinstance(found, str):
            bad.append(number)
            continue
        seen += 1
        columns.update(dict.fromkeys(found.cells))
        if len(columns) > MOST_COLUMNS:
            raise TooManyColumns
    if not seen:
        if not bad:
            raise FileEmpty("There is no line in the file.")
        raise JsonlUnreadable("No line of the file is a JSON object; each must be one.")
    return list(columns), bad


def _lines(stream: BinaryIO, encoding: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold anything but NUL, with their numbers from 1."""
    text = io.TextIOWrapper(stream, encoding, errors="replace", newline="\n")
    number = 0
    try:
        while line := text.readline(LONGEST):
            number += 1
            if len(line) == LONGEST and not line.endswith("\n"):
                raise JsonlUnreadable(f"Line {number} is longer than 16 Mi characters.")
            if number == 1:
                line = line.removeprefix("\ufeff")
            if line := line.replace("\0", "").strip(" \t\r\n\v\f"):
                yield number, line
    finally:
        if not stream.closed:
            text.detach()


def _damage(number: int, found: Members, known: set[str]) -> str | None:
    """Say what of a line does not stand in its row, if anything."""
    wrong: list[str] = []
    if found.more:
        wrong.append(f"more than {MOST_COLUMNS:,} members, of which the first are read")
    if found.twice:
        wrong.append(
            f"several members of one name, of which the last is read: {_named(found.twice)}"
        )
    if late := [name for name in found.cells if name not in known]:
        wrong.append(f"members that come too late: {_named(late)}")
    return f"Line {number} has {'; and '.join(wrong)}." if wrong else None


def _cut(line: str) -> str:
    return line if len(line) <= QUOTED else f"{line[:QUOTED]}…"


def _named(names: list[str]) -> str:
    told = ", ".join(name[:NAMED_CHARACTERS] for name in names[:NAMED])
    return f"{told} and {len(names) - NAMED:,} more" if len(names) > NAMED else told
