"""One line of JSON as cells: its members by name, and those of the objects inside it."""

import itertools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import msgspec

from rubrica.formats.model import MOST_COLUMNS

DEEPEST = 50
"""Objects in one another. A fixed number, so that a line reads the same on any stack."""
LONGEST_NAME = 1000
"""Characters of a name with those before its dots, which each member inside repeats."""
PARTING = frozenset(',;|"')
_ESCAPED = re.compile(
    r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
"""A backslash, a whole character of two escapes, or half of one alone."""


class Members(NamedTuple):
    """What an object holds, as text."""

    cells: dict[str, str]
    twice: list[str]
    """Names that two members come to: the latter stands in the cell."""
    more: bool
    """There are more than a table has columns, and only the first were read."""


def decoded(text: str) -> Any:
    r"""Decode a JSON value; half a character, such as `\ud800`, becomes U+FFFD.

    RFC 8259, 8.2 leaves open what it means, and no database keeps it.
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        mended = _ESCAPED.sub(lambda found: "\ufffd" if found[1] else found[0], text)
        if mended == text:
            raise
        return msgspec.json.decode(mended)


def read(line: str) -> Members | str:
    """Return the members of an object, or why there are none."""
    try:
        found = decoded(line)
        if not isinstance(found, dict):
            return "it is another kind of value"
        members = _members(cast("dict[str, Any]", found))
        first = list(itertools.islice(members, MOST_COLUMNS + 1))
    except RecursionError:
        return "it is nested too deeply"
    except (msgspec.DecodeError, ValueError) as error:
        return str(error)
    cells: dict[str, str] = {}
    twice: list[str] = []
    for name, text in first:
        if name in cells:
            twice.append(name)
        cells[name] = text
    return Members(cells, twice, len(first) > MOST_COLUMNS)


def _members(found: dict[str, Any], before: str = "", depth: int = 1) -> Iterator[tuple[str, str]]:
    if depth > DEEPEST:
        raise ValueError(f"it is nested deeper than {DEEPEST} levels")
    for name, value in found.items():
        path = before + name
        if len(path) > LONGEST_NAME:
            raise ValueError(f"the name of a member is longer than {LONGEST_NAME:,} characters")
        if isinstance(value, dict):
            yield from _members(cast("dict[str, Any]", value), f"{path}.", depth + 1)
        else:
            yield path, _cell(value)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_part, cast("list[Any]", value)))
    return _text(value)


def _part(value: Any) -> str:
    text = _text(value)
    return text if PARTING.isdisjoint(text) else '"' + text.replace('"', '""') + '"'


def _text(value: Any) -> str:
    """Return a single value; what stands inside an array stays JSON.

    Arrays in arrays are not parted again: each level would double the quotes of those below.
    """
    match value:
        case str():
            return value.replace("\0", "")
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list() | dict():
            return msgspec.json.encode(value).decode()
        case _:
            return str(value)
