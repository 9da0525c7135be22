"""What the command line says of columns: `--map`, and its words for what is wrong with them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import click
from msgspec.structs import replace

from rubrica.errors import FieldError, Refused
from rubrica.imports.model import MappingLine
from rubrica.imports.refusals import InvalidMapping
from rubrica.imports.suggesting import Suggestion

OPTIONS = {
    "format or dateFormat": "--date-format",
    "dateFormat": "--date-format",
    "defaultCountry": "--default-country",
    "createFields": "--create-fields",
    "matchBy": "--match-by",
    "removeHead": "--header or --no-header",
    "`sheet`": "--sheet",
}
"""What a program says in a request, and a person on the command line."""
_SAID = re.compile("|".join(map(re.escape, OPTIONS)))
_PLACE = re.compile(r"mapping\[(\d+)\]").match


class Said(NamedTuple):
    """A column, by its header or its number, and what it is for; None: it is left out."""

    column: str
    field: str | None


class Mapped(click.ParamType[Said]):
    """A column and its field, as `COLUMN=FIELD`."""

    name = "mapping"

    def convert(
        self, value: str | Said, param: click.Parameter | None, ctx: click.Context | None
    ) -> Said:
        """Part it at its last equals sign: a header may hold others."""
        if isinstance(value, Said):
            return value
        column, sign, field = value.rpartition("=")
        if not sign or not column.strip():
            self.fail(f"“{value}” is not of the form COLUMN=FIELD.", param, ctx)
        return Said(column.strip(), field.strip() or None)


def names(columns: Sequence[Suggestion]) -> list[str]:
    """Return how columns are called here: by their headers, with the number where it is needed."""
    headers = [(column.header or "").strip() for column in columns]
    return [
        str(number)
        if not header
        else f"{header} ({number})"
        if headers.count(header) > 1
        else header
        for number, header in enumerate(headers, start=1)
    ]


def mapped(
    columns: Sequence[Suggestion], suggested: Sequence[MappingLine], said: Sequence[Said]
) -> list[MappingLine]:
    """Return the suggested mapping, but for what was said: that comes first.

    A field that was said is taken from the columns that it was only suggested for. Refuses with
    every word that names no column, or one that was named before.
    """
    wrong: list[FieldError] = []
    lines: dict[int | str, MappingLine] = {}
    for each in said:
        found = _places(each.column, columns)
        if len(found) == 1 and found[0] not in lines:
            lines[found[0]] = MappingLine(column=found[0], field=each.field)
            continue
        there = ", ".join(f"“{name}”" for name in names(columns))
        message = f"The file has no column “{each.column}”. There are: {there}."
        if found:
            numbers = " or ".join(str(place + 1) for place in found)
            message = f"Several columns are called “{each.column}”: say {numbers}."
        if len(found) == 1:
            message = f"The column “{each.column}” is mapped twice."
        wrong.append(FieldError("mapping", "unknown_column", message))
    if wrong:
        raise InvalidMapping(wrong[0].message, errors=wrong)
    fields = {each.field for each in said}
    others = (line for line in suggested if line.column not in lines)
    freed = (
        replace(line, field=None, format=None) if line.field in fields else line for line in others
    )
    return [*lines.values(), *freed]


def _places(column: str, columns: Sequence[Suggestion]) -> list[int]:
    """Return the columns of that header, else the one of that number, counted from 1."""
    found = [each.index for each in columns if (each.header or "").strip() == column]
    if not found and column.isascii() and column.isdigit() and 0 < int(column) <= len(columns):
        return [int(column) - 1]
    return found


def in_options(text: str) -> str:
    """Name the options of the command line where a text names what a request may hold."""
    return _SAID.sub(lambda said: OPTIONS[said[0]], text)


def told(refusal: Refused, called: Sequence[str] = ()) -> str:
    """Say a refusal, with everything that is wrong; `called` are the names of mapped columns."""
    parts: list[str] = []
    for error in refusal.errors:
        place = _PLACE(error.field)
        name = f"“{called[int(place[1])]}”: " if place and int(place[1]) < len(called) else ""
        parts.append(name + error.message)
    parts = [" ".join(in_options(part).split()) for part in parts or [refusal.detail]]
    return parts[0] if len(parts) == 1 else "\n  ".join([refusal.title, *parts])
