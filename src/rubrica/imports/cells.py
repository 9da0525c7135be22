"""One cell of a file into a contact on its way in."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, cast

from rubrica import emails, names, phones, values
from rubrica.contacts import Newcomer
from rubrica.emails import InvalidEmail
from rubrica.imports import dates
from rubrica.imports.model import CUSTOM, Line, Plan
from rubrica.imports.suggesting import GENDER_WORDS, fold
from rubrica.values import FieldType, InvalidValue

COLUMNS = {
    "phoneNumber": "phone_number",
    "externalId": "external_id",
    "id": "contact_id",
    "firstName": "first_name",
    "lastName": "last_name",
    "birthDate": "birth_date",
    "isTest": "is_test",
    "isValid": "is_valid",
    "communicationSupported": "declared",
}
"""Fields that go by another name in `Newcomer`."""
BETWEEN = re.compile(r"[,;|]")
TAG = re.compile(r'\s*(?:"((?:[^"]|"")*+)"\s*|([^,;|]*))(?:[,;|]|$)')
"""A tag of a cell; one that holds what parts them, or a quote, is quoted as a CSV cell is."""
LABELS = frozenset({"labels", "groupmembership"})
"""Headers of Google Contacts, which parts labels in a way of its own."""
LINE_LENGTH = 500

Reader = Callable[[Newcomer, str], Iterable[tuple[str, str]] | None]
"""Writes a cell into a newcomer; returns code and sentence of what it mended or left out."""


def reader(line: Line, plan: Plan) -> Reader:
    """Return what reads the cells of a column."""
    field = line.field
    if field == "phoneNumber":
        return _phone(plan.country)
    if field.startswith(CUSTOM):
        key = field.removeprefix(CUSTOM)
        return _custom(key, cast("FieldType", plan.fields[key]), line)
    if field == "fullName":
        return _full_name(line)
    if field == "tags" and fold(line.name) in LABELS:
        return _labels
    if field in OWN:
        return OWN[field]
    name = COLUMNS.get(field, field)
    parse = _parser(field, line)
    return lambda newcomer, cell: setattr(newcomer, name, parse(cell))


def value(newcomer: Newcomer, field: str) -> Any:
    """Return what a newcomer has of a field."""
    if field == "fullName":
        return newcomer.first_name, newcomer.last_name
    if field.startswith(CUSTOM):
        return (newcomer.custom or {}).get(field.removeprefix(CUSTOM))
    return getattr(newcomer, COLUMNS.get(field, field))


def _phone(country: str | None) -> Reader:
    def read(newcomer: Newcomer, cell: str) -> Iterable[tuple[str, str]] | None:
        phone, codes, left = phones.read(cell, country)
        newcomer.phone_number, newcomer.phone_key = phone.number, phone.key
        newcomer.phone_type, newcomer.country_code = phone.type, phone.country
        newcomer.phone_valid = "t" if phone.is_valid else "f"
        if not codes:
            return None
        kept = f" It is read as {phone.number}."
        return [(code, phones.WORDS[code] + kept + _missing(left)) for code in codes]

    return read


def _email(newcomer: Newcomer, cell: str) -> Iterable[tuple[str, str]] | None:
    try:
        newcomer.email = emails.parse(cell)
    except InvalidEmail:
        newcomer.email, codes, left = emails.read(cell)
        return [(code, emails.WORDS[code] + _missing(left)) for code in codes]
    return None


def _missing(left: str | None) -> str:
    return f" Not kept: {left}." if left else ""


def _parser(field: str, line: Line) -> Callable[[str], str]:

    @lru_cache(1 << 16)
    def birth_date(cell: str) -> str:
        return dates.day(cell, line.format)

    parsers: dict[str, Callable[[str], str]] = {
        # These recur: most rows find their value read already.
        "gender": lru_cache(1 << 10)(_gender),
        "birthDate": birth_date,
        "language": lru_cache(1 << 10)(values.language),
        "notes": values.short,
        "id": _id,
        "isTest": lambda cell: "t" if values.yes_or_no(cell) else "f",
        "isValid": lambda cell: "t" if values.yes_or_no(cell) else "f",
    }
    return parsers.get(field, _line)


def _line(cell: str) -> str:
    if len(cell) > LINE_LENGTH:
        raise InvalidValue(f"The text has {len(cell):,} characters; {LINE_LENGTH} are kept.")
    return cell


def _id(cell: str) -> str:
    if not (cell.isascii() and cell.isdigit() and len(cell) < 19):  # noqa: PLR2004 - a bigint
        raise InvalidValue(f"“{cell}” is not the id of a contact.")
    return cell


def _gender(cell: str) -> str:
    found = GENDER_WORDS.get(fold(cell))
    if found is None:
        raise InvalidValue(
            f"“{cell}” is not a known word for a gender: write MALE, FEMALE or OTHER."
        )
    return found


def _channels(newcomer: Newcomer, cell: str) -> None:
    named = [part.strip().upper() for part in BETWEEN.split(cell) if part.strip()]
    for name in named:
        if name not in ("SMS", "RCS", "WHATSAPP", "EMAIL", "VOICE"):
            raise InvalidValue(f"“{name}” is not a channel: SMS, RCS, WHATSAPP, EMAIL or VOICE.")
    there = newcomer.declared.split(",") if newcomer.declared else []
    declared = [*there, *(name for name in named if name in ("RCS", "WHATSAPP"))]
    newcomer.declared = ",".join(dict.fromkeys(declared))


def _full_name(line: Line) -> Reader:
    order = cast("names.Order", line.format or "FIRST_LAST")

    def read(newcomer: Newcomer, cell: str) -> None:
        if newcomer.first_name is None and newcomer.last_name is None:
            first, last = names.split(_line(cell), order)
            if first or last:
                newcomer.first_name, newcomer.last_name = first or "", last or ""

    return read


def _tags(newcomer: Newcomer, cell: str) -> None:
    found: list[tuple[str, str]] = TAG.findall(cell)
    _add_tags(newcomer, [(quoted.replace('""', '"') or plain).strip() for quoted, plain in found])


def _labels(newcomer: Newcomer, cell: str) -> None:
    """Read labels of Google Contacts: `* myContacts ::: Friends`.

    An asterisk marks its own groups. Every contact is in `* myContacts`: that says nothing.
    """
    if ":::" not in cell and not cell.startswith("* "):
        _tags(newcomer, cell)
        return
    parts = [part.strip() for part in cell.split(":::")]
    own = [part for part in parts if not (part.startswith("* ") and fold(part) == "mycontacts")]
    _add_tags(newcomer, [part.removeprefix("* ") for part in own])


def _add_tags(newcomer: Newcomer, tags: list[str]) -> None:
    if any(len(tag) > 100 for tag in tags):  # noqa: PLR2004
        raise InvalidValue("A tag has at most 100 characters.")
    whole = [*(newcomer.tags or []), *(tag for tag in tags if tag)]
    newcomer.tags = list(dict.fromkeys(whole)) or None


def _custom(key: str, kind: FieldType, line: Line) -> Reader:
    def read(newcomer: Newcomer, cell: str) -> None:
        if newcomer.custom is None:
            newcomer.custom = {}
        text = dates.day(cell, line.format) if kind == "DATE" else cell
        newcomer.custom[key] = values.custom(text, kind)

    return read


OWN: dict[str, Reader] = {
    "email": _email,
    "tags": _tags,
    "communicationSupported": _channels,
}
"""Fields that are read in a way of their own, the same in every file."""
