"""Lines of JSON (jsonlines.org): an object a line, its members as the cells of a row.

`customFields` and other objects inside become columns of their own, named with a dot. What an
array holds stands in one cell as the import parts it: by commas, in quotes where need be.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, cast

import msgspec

from rubrica.errors import Invalid
from rubrica.formats.kinds import FileEmpty
from rubrica.formats.model import (
    Detected,
    Finding,
    Reading,
    Row,
    Warning,  # noqa: A004 - the contract's word
    Wishes,
)

SAMPLE = 1000
"""Lines in which the columns are looked for."""
SAMPLE_BYTES = 4 * 1024 * 1024
"""Bytes after which no further line is looked at."""
LONGEST = 16 * 1024 * 1024
"""Bytes of a line at the most."""
PARTING = frozenset(',;|"')
SHOWN = 3


class JsonlUnreadable(Invalid):
    """This is no file of JSON lines."""

    code = "jsonl_unreadable"


def detect(open_bytes: Callable[[], BinaryIO], _: Wishes) -> Detected:
    """Return how lines of JSON are to be read: their columns are the members of the first 1,000.

    A member that only comes later is told of in its row.
    """
    columns: dict[str, None] = {}
    bad: list[int] = []
    seen = 0
    size = 0
    with open_bytes() as stream:
        for number, line in itertools.islice(_lines(stream), SAMPLE):
            size += len(line)
            if seen and size > SAMPLE_BYTES:
                break
            cells = _cells(line)
            if isinstance(cells, str):
                bad.append(number)
            else:
                seen += 1
                columns.update(dict.fromkeys(cells))
    if not seen:
        if not bad:
            raise FileEmpty("There is no line in the file.")
        raise JsonlUnreadable("No line of the file is a JSON object; each must be one.")
    warnings = [
        Warning(
            code="unreadable_lines",
            message="Some lines are no JSON objects: they are rows without any value.",
            count=len(bad),
            examples=[f"line {number}" for number in bad[:SHOWN]],
        )
    ]
    reason = "Each line is a JSON object."
    names = list(columns)
    return Detected(
        reading=Reading(kind="JSONL", encoding="utf-8", columns=names, has_header=False),
        header=names,
        findings=[Finding(what="kind", value="JSONL", confidence=1.0, reason=reason)],
        warnings=warnings if bad else [],
    )


def rows(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield a row for each line; one that is no object has empty cells and says so."""
    columns = reading.columns
    known = set(columns)
    for number, line in _lines(stream):
        cells = _cells(line)
        if isinstance(cells, str):
            yield Row(number, [""] * len(columns), f"Line {number} is no JSON object: {cells}.")
            continue
        later = [name for name in cells if name not in known]
        damage = f"Line {number} has members that come too late: {', '.join(later)}."
        yield Row(number, [cells.get(name, "") for name in columns], damage if later else None)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that hold anything, with their numbers from 1."""
    number = 0
    while line := stream.readline(LONGEST):
        number += 1
        if len(line) == LONGEST and not line.endswith(b"\n"):
            raise JsonlUnreadable(f"Line {number} is longer than 16 MiB.")
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield number, line


def _cells(line: bytes) -> dict[str, str] | str:
    """Return the cells of a line by name, or why there are none."""
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return str(error)
    if not isinstance(found, dict):
        return "it is another kind of value"
    return dict(_members(cast("dict[str, Any]", found)))


def _members(found: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in found.items():
        if isinstance(value, dict):
            yield from _members(value, f"{before}{name}.")  # pyright: ignore[reportUnknownArgumentType]
        else:
            yield before + name, _cell(value)


def _cell(value: Any) -> str:
    match value:
        case str():
            return value.replace("\0", "")
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(_part(_cell(part)) for part in value)  # pyright: ignore[reportUnknownVariableType]
        case dict():
            return msgspec.json.encode(value).decode()
        case _:
            return str(value)


def _part(text: str) -> str:
    if PARTING.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'
