"""E-mail addresses, and cells of files in which more stands than one."""

import re
import unicodedata
from typing import NamedTuple

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from rubrica.errors import Invalid

SPECIAL_USE_DOMAIN_NAMES.clear()  # `.invalid` and `.local` are well-formed; the library offers this

PLAIN = re.compile(
    r"(?=[^@]{1,64}@.{4,128}$)(?!.*--)"
    r"[a-z0-9_'+&/=-]{1,64}(?:\.[a-z0-9_'+&/=-]{1,64}){0,5}"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,6}[a-z]{2,63}"
).fullmatch
_ADDRESS = r"(?:mailto:\s*)?([^\s<>()\[\]?]+@[^\s<>()\[\]?]+)(?:\?[^\s<>]*)?"
IN_BRACKETS = (
    re.compile(rf"[^<>@]*<\s*{_ADDRESS}\s*>", re.IGNORECASE).fullmatch,
    re.compile(rf"[^()\[\]@]*[(\[]\s*{_ADDRESS}\s*[)\]]", re.IGNORECASE).fullmatch,
)
"""`Carla <…>`, `Carla (…)`."""
BARE = (
    re.compile(_ADDRESS, re.IGNORECASE).fullmatch,
    re.compile(rf"{_ADDRESS}\s*[(\[<][^@]*[)\]>]", re.IGNORECASE).fullmatch,
    re.compile(rf"[^\W\d_][\w -]{{0,30}}:\s*{_ADDRESS}", re.IGNORECASE).fullmatch,
)
"""The address, `mailto:` before it included; `… (Carla)`; `E-mail: …`."""
BETWEEN = re.compile(r"[,;|\r\n\t]|:::")
BESIDE = re.compile(r"(@[^\s,;|<>()/]+)(?:\s*/\s*|\s+)(?=[^\s,;|<>()/]+@)")
"""A space or a slash between two addresses: elsewhere a slash may be a sign of the address."""
AROUND = " \t\r\n\xa0<>()[]\"'“”:;,|/"
LONGEST = 1000
"""Characters of a cell that is searched for addresses."""

WORDS = {
    "email_several": "Several addresses stand in one cell: the first is kept, the others are not.",
    "email_mended": "More stands in the cell than an address, such as a name, brackets or mailto:"
    " the address alone is kept.",
}
"""What was found and mended, by its code: stable names for programs, sentences for people."""


class InvalidEmail(Invalid):
    """That is not an e-mail address."""

    code = "invalid_email"


def parse(text: str) -> str:
    """Return the address in the one form we store: checked (RFC 5322, 6531), lower case.

    Nothing is looked up: whether the domain exists is not asked, only that it has a dot. Plain
    addresses take a short way (20 times faster) that the library would have agreed with.
    """
    address = text.strip().lower()
    if PLAIN(address):
        return address
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError as error:
        raise InvalidEmail(f"“{text}” is not an e-mail address: {error}") from error
    return found.normalized.lower()


class Mended(NamedTuple):
    """An address, what was amiss with its cell (codes of `WORDS`), and what of it is not kept."""

    address: str
    codes: tuple[str, ...] = ()
    left: str | None = None


def read(text: str) -> Mended:
    """Read a cell of a file that is to hold one address.

    >>> read("Carla Neri <carla@example.com>")
    Mended(address='carla@example.com', codes=('email_mended',), left='Carla Neri')
    """
    try:
        return Mended(parse(text))
    except InvalidEmail:
        mended = _mended(text) if "@" in text and len(text) <= LONGEST else None
        if mended is None:
            raise
        return mended


def _mended(text: str) -> Mended | None:
    """Find the first address that stands by itself, and what stands beside it.

    Words beside a bare one may be a part of it, as in `mario,rossi@example.com`: that is refused.
    """
    seen = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    pieces = [piece.strip() for piece in BETWEEN.split(BESIDE.sub(r"\1,", seen))]
    found = [_address(piece) for piece in pieces]
    taken = next(filter(None, found), None)
    if taken is None:
        return None
    left: list[str] = []
    several = False
    for piece, own in zip(pieces, found, strict=True):
        if own is not None and own.address == taken.address:
            left.append(own.around)
            continue
        if piece and "@" not in piece and not taken.bracketed:
            return None
        several = several or "@" in piece
        left.append(piece.strip('"'))
    code = "email_several" if several else "email_mended"
    return Mended(taken.address, (code,), ", ".join(filter(None, left)) or None)


class _Found(NamedTuple):
    address: str
    around: str
    bracketed: bool


def _address(piece: str) -> _Found | None:
    """Return the address of a piece that has one in a known form."""
    bracketed = next(filter(None, (form(piece) for form in IN_BRACKETS)), None)
    found = bracketed or next(filter(None, (form(piece) for form in BARE)), None)
    if found is None:
        return None
    try:
        address = parse(found[1].strip("'").rstrip("."))
    except InvalidEmail:
        return None
    around = f"{piece[: found.start(1)]} {piece[found.end(1) :]}"
    around = re.sub(r"(?i)mailto:|\?\S*", "", around).strip(AROUND)
    return _Found(address, around, bracketed is not None)
