"""What a recipe is, which files it is for, and how its columns are found in them. No I/O here."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from rubrica.errors import Conflict, FieldError, Invalid, NotFound
from rubrica.formats import CARD_COLUMNS, MOST_COLUMNS, EmailPreference, PhonePreference
from rubrica.imports.model import MappingLine, Options
from rubrica.imports.suggesting import fold

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
CARDS = "cards"
"""The fingerprint of every file of vCards: their columns are known."""


REASONS = ["errorcode", "errormessage"]
"""What rejected rows have behind their own columns: mended, they are for the same recipe."""


class NoSuchRecipe(NotFound):
    """There is no such recipe."""

    code = "recipe_not_found"


class RecipeExists(Conflict):
    """There is a recipe of this name already."""

    code = "recipe_exists"


class InvalidRecipe(Invalid):
    """The recipe is not right."""

    code = "invalid"


class RecipeMisfit(Invalid):
    """The recipe is for other files than this one."""

    code = "recipe_misfit"


class Choices(Options, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a recipe keeps of a confirmation, of a table or of vCards."""

    mapping: Annotated[list[MappingLine], msgspec.Meta(max_length=MOST_COLUMNS)] = msgspec.field(
        default_factory=list
    )
    phone_preference: PhonePreference | None = None
    email_preference: EmailPreference | None = None
    split_phones: bool | None = None


class Wish(Choices, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is said of a recipe: it is for the headers of an upload, those given, or vCards.

    The read-only fields are taken and ignored, so that what was read can be sent back.
    """

    upload_id: str | None = None
    headers: Annotated[list[str], msgspec.Meta(max_length=MOST_COLUMNS)] | None = None
    cards: bool = False
    id: Any = UNSET
    created_at: Any = UNSET
    updated_at: Any = UNSET


class RecipeBody(Wish, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A recipe to be saved."""

    name: Name


class RecipeChange(Wish, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What changes of a recipe: only the fields that are present."""

    name: Name | UnsetType = UNSET


class Recipe(Choices, frozen=True, kw_only=True, rename="camel"):
    """A saved mapping with its options, and what files it is for."""

    id: int
    name: str
    headers: list[str]
    """The headers of the files that it is for; none: they have no header, or are vCards."""
    cards: bool
    created_at: datetime
    updated_at: datetime


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A recipe as it is stored."""

    name: str
    headers: list[str]
    cards: bool
    fingerprint: str | None
    choices: Choices


def key(header: str) -> str:
    """Return what headers are compared by: their letters and digits, without case and accents."""
    return fold(header) or header.strip()


def fingerprint(headers: Sequence[str], *, cards: bool = False) -> str | None:
    """Return what files of the same headers have in common; None where they have none.

    The order of the columns does not count, unless headers are blank or stand there twice: such
    columns are known by their places alone.
    """
    if cards:
        return CARDS
    keys = [key(header) for header in headers]
    while keys and not keys[-1]:
        keys.pop()
    if keys[-len(REASONS) :] == REASONS:
        keys = keys[: -len(REASONS)]
    if not keys:
        return None
    placed = "" in keys or len(set(keys)) < len(keys)
    text = msgspec.json.encode([placed, keys if placed else sorted(keys)])
    return hashlib.sha256(text).hexdigest()


def by_header(mapping: Sequence[MappingLine], headers: Sequence[str]) -> list[MappingLine]:
    """Return lines of columns by number with the header for it, where only one column has that."""
    times = Counter(map(key, headers))
    return [
        msgspec.structs.replace(line, column=headers[line.column].strip())
        if isinstance(line.column, int)
        and line.column < len(headers)
        and key(headers[line.column])
        and times[key(headers[line.column])] == 1
        else line
        for line in mapping
    ]


def check_kind(recipe: Recipe, *, cards: bool) -> None:
    """Refuse a recipe for vCards where the upload is a table, and the other way round."""
    kinds = ("tables", "vCards")
    if recipe.cards != cards:
        raise RecipeMisfit(
            f"The recipe “{recipe.name}” is for {kinds[recipe.cards]}, and the upload is of"
            f" {kinds[cards]}."
        )


def lines_for(recipe: Recipe, header: Sequence[str]) -> list[MappingLine]:
    """Return a recipe's mapping with the numbers of a file's columns.

    Refuses with every column that the file does not have. A file of vCards has only the further
    columns that its cards need: a line for another one is left out.
    """
    there: dict[str, list[int]] = {}
    for index, text in enumerate(header):
        there.setdefault(text if recipe.cards else key(text), []).append(index)
    lines: list[MappingLine] = []
    wrong: list[FieldError] = []
    missing: list[str] = []
    for number, line in enumerate(recipe.mapping):
        place = _place(line.column, recipe, header, there)
        if place is not None:
            lines.append(msgspec.structs.replace(line, column=place))
        elif not recipe.cards:
            missing.append(_called(line.column, recipe))
            message = f"The file has no column {missing[-1]}, or several of them."
            wrong.append(FieldError(f"mapping[{number}].column", "unknown_column", message))
    if wrong:
        raise RecipeMisfit(
            f"The recipe “{recipe.name}” is for other headers. Not in the file, or several times:"
            f" {', '.join(missing)}.",
            errors=wrong,
        )
    return lines


def whole(lines: Sequence[MappingLine], width: int) -> list[MappingLine]:
    """Return lines with one for each column of a file: those that none speaks of are left out."""
    spoken = {line.column for line in lines}
    rest = (MappingLine(column=place) for place in range(width) if place not in spoken)
    return [*lines, *rest]


def _place(
    column: int | str, recipe: Recipe, header: Sequence[str], there: dict[str, list[int]]
) -> int | None:
    """Return where a column is in a file; one that is known by its place must look the same."""
    if isinstance(column, str):
        found = there.get(column if recipe.cards else key(column), [])
        return found[0] if len(found) == 1 else None
    if not recipe.headers:
        return None if header and not recipe.cards else column
    if column >= len(header) or key(header[column]) != key(recipe.headers[column]):
        return None
    return column


def _called(column: int | str, recipe: Recipe) -> str:
    if isinstance(column, str):
        return f"“{column}”"
    name = recipe.headers[column].strip() if column < len(recipe.headers) else ""
    return f"{column} (“{name}”)" if name else str(column)


def card_columns(mapping: Sequence[MappingLine]) -> list[str]:
    """Return the columns that vCards have, with those that only some have and a mapping names."""
    named = [line.column for line in mapping if isinstance(line.column, str)]
    return list(dict.fromkeys([*CARD_COLUMNS, *named]))
