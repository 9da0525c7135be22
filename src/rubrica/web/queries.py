"""Query strings, read into structs: one definition serves the reading and the document."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, ClassVar, TypeVar, get_args, get_origin

import msgspec
from litestar import Request
from litestar.openapi.spec import Operation

from rubrica.errors import FieldError, Invalid
from rubrica.misfits import misfit

T = TypeVar("T", bound=msgspec.Struct)
U = TypeVar("U", bound=msgspec.Struct)
INTEGER = re.compile(r"-?[0-9]{1,40}").fullmatch
FLAGS = {"true": True, "1": True, "false": False, "0": False}


class InvalidField(Invalid):
    """A field is not right."""

    code = "invalid"


class Malformed(Invalid):
    """The request cannot be read."""

    code = "malformed_request"


def bad_field(error: msgspec.ValidationError, kind: Any) -> InvalidField:
    """Return the refusal for what msgspec found: where it stands, and what is expected there."""
    found = misfit(error, kind)
    return InvalidField(f"{found.field}: {found.message}.".replace("..", "."), errors=[found])


def read_query(request: Request[Any, Any, Any], kind: type[T]) -> T:
    """Read the query string; lists are comma-separated or repeated, an unknown name is refused."""
    return _read(request.query_params.multi_items(), [kind])[0]


def read_two(request: Request[Any, Any, Any], first: type[T], second: type[U]) -> tuple[T, U]:
    """Read a query string that speaks of two things, such as a filter and a page."""
    one, two = _read(request.query_params.multi_items(), [first, second])
    return one, two


async def read_body_or_query(request: Request[Any, Any, Any], kind: type[T]) -> T:
    """Read a struct from the JSON body where there is one, else from the query string."""
    body = await request.body()
    if not body:
        return read_query(request, kind)
    if request.query_params:
        raise InvalidField("Say it in the query string or in the body, not in both.")
    return decoded(body, kind)


def decoded(text: bytes | str, kind: Any) -> Any:
    """Read JSON into a type, strictly; refuse what is no JSON, or does not fit."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise bad_field(error, kind) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Malformed(f"This is not JSON that can be read: {error}.") from error


def _read(pairs: Iterable[tuple[str, str]], kinds: Sequence[type[Any]]) -> list[Any]:
    fields = {
        field.encode_name: (kind, field) for kind in kinds for field in msgspec.structs.fields(kind)
    }
    given: dict[type[Any], dict[str, Any]] = {kind: {} for kind in kinds}
    for name, text in pairs:
        outer, dot, key = name.partition(".")
        if outer not in fields or bool(dot) != _holds(fields[outer][1].type, dict):
            raise InvalidField(
                f"“{name}” is not a parameter here. There are: {', '.join(sorted(fields))}.",
                errors=[FieldError(name, "unknown_parameter", "This parameter is not known.")],
            )
        kind, field = fields[outer]
        mine = given[kind].setdefault(outer, {}) if dot else given[kind]
        if _holds(field.type, list):
            # An empty one says nothing: forms send the fields that were left blank.
            parts = [_plain(part, field.type) for part in text.split(",") if part]
            if parts:
                mine.setdefault(name, []).extend(parts)
            continue
        if (key or name) in mine:
            raise InvalidField(
                f"“{name}” is given twice.",
                errors=[FieldError(name, "given_twice", "This parameter takes one value.")],
            )
        mine[key or name] = text if dot else _plain(text, field.type)
    return [_converted(mine, kind) for kind, mine in given.items()]


def _converted(given: dict[str, Any], kind: type[Any]) -> Any:
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise bad_field(error, kind) from error


def _plain(text: str, kind: Any) -> Any:
    """Return what a text of a query string stands for, where its type is not text itself.

    A struct is written as JSON. What does not fit stays text, for msgspec to refuse.
    """
    leaves = list(_leaves(kind))
    for leaf in leaves:
        if isinstance(leaf, type) and issubclass(leaf, msgspec.Struct):
            return decoded(text, leaf)
    if bool in leaves:
        return FLAGS.get(text.lower(), text)
    return int(text) if int in leaves and INTEGER(text) else text


def _leaves(kind: Any) -> Iterator[Any]:
    """Yield the types that a type is made of: of `Annotated[list[int], …] | None`, also `int`."""
    if get_origin(kind) is Annotated:
        yield from _leaves(get_args(kind)[0])
    elif get_args(kind) and get_origin(kind) is not dict:
        for part in get_args(kind):
            yield from _leaves(part)
    else:
        yield kind


def _holds(kind: Any, origin: type) -> bool:
    """Tell whether a type is, or may be, a list or a dict of something."""
    if get_origin(kind) is Annotated:
        return _holds(get_args(kind)[0], origin)
    return get_origin(kind) is origin or any(
        get_origin(part) is origin or (get_origin(part) is Annotated and _holds(part, origin))
        for part in get_args(kind)
    )


class Documented(Operation):
    """An operation that reads the query string itself: `kinds` are the structs it reads."""

    kinds: ClassVar[tuple[type[msgspec.Struct], ...]] = ()


def documents(*kinds: type[msgspec.Struct]) -> type[Operation]:
    """Return the OpenAPI operation class that lists the structs' fields as query parameters."""
    return type("Documented", (Documented,), {"kinds": kinds})
