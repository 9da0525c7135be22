"""Single values of a card as the cells of a table: names, dates, genders, addresses, tags."""

import re
from typing import NamedTuple

from rubrica.formats.vcards import escapes
from rubrica.formats.vcards.heads import Head

GENDERS = {
    "M": "MALE",
    "F": "FEMALE",
    "O": "OTHER",
    "N": "",
    "U": "",
    "MALE": "MALE",
    "FEMALE": "FEMALE",
    "OTHER": "OTHER",
    "NONE": "",
    "UNKNOWN": "",
}
"""RFC 6350, 6.2.7, and the words of X-GENDER. Not applicable and unknown are no gender."""
_OF_YEAR = r"(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])"
_DAY = re.compile(rf"(\d{{4}})-?{_OF_YEAR}(?:[T ].*)?", re.ASCII | re.DOTALL).fullmatch
_PARTIAL_DAY = re.compile(f"--{_OF_YEAR}(?:T.*)?", re.ASCII | re.DOTALL).fullmatch
_QUOTED_TAG = re.compile(r'[,;|"]')


class Address(NamedTuple):
    """An ADR (RFC 6350, 6.3.1): post office box, extension and street are one."""

    street: str
    city: str
    region: str
    postal_code: str
    country: str


def name(value: str, *, old: bool) -> tuple[str, str]:
    """Return first and last name of an N; prefixes and suffixes are left out.

    The first name is the given and the additional ones, several of them parted by blanks.
    """
    if "\\" not in value and "," not in value:
        last, *more = value.split(";", 3)[:3]
        return " ".join(map(str.strip, more)).strip(), last.strip()
    last, *more = [_names(part, old=old) for part in escapes.parts(value, ";")[:3]]
    return " ".join(more).strip(), last


def organisation(value: str, *, old: bool) -> str:
    """Return an ORG: the organisation and its units, parted by commas."""
    return _joined(escapes.parts(value, ";"), old=old)


def listed(value: str, *, old: bool) -> str:
    """Return a NICKNAME: several are parted by commas."""
    return _joined(escapes.parts(value, ","), old=old)


def address(value: str, *, old: bool) -> Address:
    """Return what an ADR says. Components may be missing at its end."""
    parts = escapes.parts(value, ";")
    cells = [escapes.read_part(part, old=old).strip() for part in parts[3:7]]
    city, region, code, country = cells + [""] * (4 - len(cells))
    return Address(_joined(parts[:3], old=old), city, region, code, country)


def tags(value: str, *, old: bool) -> list[str]:
    """Return the categories of one CATEGORIES; vCard 2.1 parts them by semicolons too."""
    pieces = [piece for part in escapes.parts(value, ",") for piece in _by_semicolon(part, old=old)]
    found = [escapes.read_part(piece, old=old).strip() for piece in pieces]
    return [tag for tag in found if tag]


def tags_cell(found: list[str]) -> str:
    """Return tags as one cell; a tag that holds what parts them is quoted as in CSV."""
    return ", ".join(
        '"' + tag.replace('"', '""') + '"' if _QUOTED_TAG.search(tag) else tag for tag in found
    )


def day(head: Head, value: str) -> str:
    """Return a BDAY as `YYYY-MM-DD` or `--MM-DD`; what is neither stays as it is.

    Apple writes a year that stands for none, and says which in X-APPLE-OMIT-YEAR.
    """
    text = value.strip()
    if found := _DAY(text):
        year, month, date = found.groups()
        omitted = year == head.parameters.get("X-APPLE-OMIT-YEAR")
        return f"--{month}-{date}" if omitted else f"{year}-{month}-{date}"
    if found := _PARTIAL_DAY(text):
        return f"--{found[1]}-{found[2]}"
    return text


def gender(value: str, *, old: bool) -> str:
    """Return a GENDER or X-GENDER: the sex, or the text behind it where there is none."""
    sex, *identity = [
        escapes.read_part(part, old=old).strip() for part in escapes.parts(value, ";")
    ]
    known = GENDERS.get(sex.upper(), sex)
    return known or (identity[0] if identity and not sex else "")


def _names(part: str, *, old: bool) -> str:
    pieces = [part] if old else escapes.parts(part, ",")
    return " ".join(filter(None, (escapes.read_part(each, old=old).strip() for each in pieces)))


def _joined(pieces: list[str], *, old: bool) -> str:
    found = (escapes.read_part(piece, old=old).strip() for piece in pieces)
    return ", ".join(filter(None, found))


def _by_semicolon(part: str, *, old: bool) -> list[str]:
    return escapes.parts(part, ";") if old else [part]
