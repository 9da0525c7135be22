"""What msgspec finds wrong, in words: where it stands, and what would have been right there."""

import re
from ast import literal_eval
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import inspect

from rubrica.errors import FieldError

NAMED = re.compile(r"Object (contains unknown|missing required) field `(.*)`", re.DOTALL).fullmatch
"""How msgspec says that a field is too many, or missing."""
NO_CHOICE = re.compile(r"Invalid enum value (.*)", re.DOTALL).fullmatch
"""How it says that a value is none of those that may stand there; the value is Python's `repr`."""
LONGEST = 100
"""Characters of such a value that are repeated."""
STEP = re.compile(r"\[(?:\d+|\.\.\.)\]|[^.\[]+")


def misfit(error: msgspec.ValidationError, kind: Any) -> FieldError:
    """Name the field that was found wrong when something was read into a type."""
    message, _, path = str(error).partition(" - at `")
    path = path.rstrip("`").removeprefix("$").removeprefix(".")
    found = field_error(path, message)
    chosen = NO_CHOICE(message)
    there = choices(kind, path) if chosen else []
    if not chosen or not there:
        return found
    value = str(literal_eval(chosen[1]))[:LONGEST]
    return found._replace(message=f"“{value}” is not one of {', '.join(map(_shown, there))}.")


def field_error(path: str, message: str) -> FieldError:
    """Name a field that msgspec found wrong; `path` is where it looked, empty for the whole."""
    found = NAMED(message)
    if found is None:
        return FieldError(path or "body", "invalid_value", message)
    field = f"{path}.{found[2]}" if path else found[2]
    if found[1] == "contains unknown":
        return FieldError(field, "unknown_field", f"“{found[2]}” is not known here.")
    return FieldError(field, "missing", f"“{found[2]}” is missing.")


def choices(kind: Any, path: str) -> list[Any]:
    """Return the values that may stand at a place of a type, such as `mapping[0].policy`.

    Nothing where any may that is of the right type.
    """
    places = list(_parts(inspect.type_info(kind)))
    for step in STEP.findall(path):
        inside = [inner for place in places for inner in _inside(place, step)]
        places = [part for inner in inside for part in _parts(inner)]
    found = [
        value
        for place in places
        if isinstance(place, inspect.LiteralType)
        for value in place.values
    ]
    return list(dict.fromkeys(found))


def _parts(kind: inspect.Type) -> Iterator[inspect.Type]:
    """Yield the types that a type is a choice of."""
    match kind:
        case inspect.Metadata():
            yield from _parts(kind.type)
        case inspect.UnionType():
            for part in kind.types:
                yield from _parts(part)
        case _:
            yield kind


def _inside(kind: inspect.Type, step: str) -> Sequence[inspect.Type]:
    match kind:
        case inspect.StructType():
            return [field.type for field in kind.fields if field.encode_name == step]
        case inspect.CollectionType():
            return [kind.item_type]
        case inspect.TupleType():
            return kind.item_types
        case inspect.DictType():
            return [kind.value_type]
        case _:
            return []


def _shown(value: object) -> str:
    """Return a value as it is written; what is no word stands in quotes."""
    text = str(value)
    if re.fullmatch(r"[\w.]+", text):
        return text
    return f"“{repr(text)[1:-1]}”"
