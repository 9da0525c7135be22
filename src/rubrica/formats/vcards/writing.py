"""A contact as a vCard that other programs understand and that we read back exactly.

What a card has no way to say stands in properties of our own: custom fields under their keys, and
under X-RUBRICA-EXACT any text with a carriage return, for which vCard has no escape. There the
standard property has a plain end of a line instead.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from rubrica.formats.vcards import escapes, values
from rubrica.formats.vcards.tables import ALSO_STANDARD

Version = Literal["4.0", "3.0"]

LINE = 75
"""Octets of a line at the most, its end not counted (RFC 6350, 3.2; RFC 2426, 2.6)."""
_E164 = re.compile(r"\+\d+", re.ASCII).fullmatch
_DAY = re.compile(r"(-|\d{4})-\d\d-\d\d", re.ASCII).fullmatch
_GENDERS = {"MALE": "M", "FEMALE": "F", "OTHER": "O"}
_TEXTS = ("firstName", "lastName", "company", "notes", "externalId")
_ADDRESS = ("street", "city", "region", "postalCode", "country")


def write(contact: Mapping[str, Any], version: Version = "4.0") -> str:
    """Write a contact as one card, its lines ended by CRLF and folded at 75 octets.

    The keys are the API's: `phoneNumber`, `email`, `firstName`, `lastName`, `gender`, `birthDate`,
    `company`, `language`, `notes`, `tags`, `externalId`, `isTest`, `isValid`,
    `communicationSupported`, `customFields` (each key is written, blank where it has no value), and
    `phoneType`. Others are left out. White space around a text is not kept.
    """
    lines = ["BEGIN:VCARD", f"VERSION:{version}", *_properties(contact, version), "END:VCARD"]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _properties(contact: Mapping[str, Any], version: Version) -> Iterator[str]:
    custom: Mapping[str, Any] = contact.get("customFields") or {}
    standard = {key: text for key in ALSO_STANDARD if (text := _text(custom.get(key)))}
    yield from _names(contact)
    yield from _reach(contact, version)
    for name, key in (("ORG", "company"), ("NOTE", "notes"), ("UID", "externalId")):
        if text := _text(contact.get(key)):
            yield f"{name}:{escapes.written(text)}"
    if tags := contact.get("tags"):
        yield "CATEGORIES:" + ",".join(escapes.written(tag) for tag in tags)
    yield from _about(contact, version)
    yield from _standard(standard)
    yield from _own(contact, custom)


def _names(contact: Mapping[str, Any]) -> Iterator[str]:
    """Write FN, without which no card is one, and N, which alone is a name where we read it."""
    first, last = _text(contact.get("firstName")), _text(contact.get("lastName"))
    others = (_text(contact.get(key)) for key in ("company", "email", "phoneNumber"))
    full = f"{first} {last}".strip() or next(filter(None, others), "")
    yield f"FN:{escapes.written(full)}"
    yield f"N:{escapes.written(last)};{escapes.written(first)};;;"


def _reach(contact: Mapping[str, Any], version: Version) -> Iterator[str]:
    if number := _text(contact.get("phoneNumber")):
        cell = ";TYPE=cell" if contact.get("phoneType") == "MOBILE" else ""
        if version == "4.0" and _E164(number):
            yield f"TEL;VALUE=uri{cell}:tel:{number}"
        else:
            yield f"TEL{cell}:{escapes.written(number)}"
    if address := _text(contact.get("email")):
        yield f"EMAIL:{escapes.written(address)}"


def _about(contact: Mapping[str, Any], version: Version) -> Iterator[str]:
    """Write what the versions write differently. vCard 3.0 knows neither gender nor language."""
    if gender := _text(contact.get("gender")):
        new = version == "4.0" and gender in _GENDERS
        yield f"GENDER:{_GENDERS[gender]}" if new else f"X-GENDER:{escapes.written(gender)}"
    if day := _text(contact.get("birthDate")):
        yield _birthday(day, version)
    if language := _text(contact.get("language")):
        if version == "4.0":
            yield f"LANG:{escapes.written(language)}"
        else:
            yield f"X-RUBRICA-EXACT;X-KEY=language:{escapes.written_own(language)}"


def _birthday(day: str, version: Version) -> str:
    """Write a BDAY; in vCard 3.0 one without a year as Apple writes it."""
    if not _DAY(day):
        return f"BDAY;VALUE=text:{escapes.written(day)}"
    if version == "4.0":
        return f"BDAY:{day[:-6].ljust(2, '-')}{day[-5:-3]}{day[-2:]}"
    omitted = day.startswith("--")
    return f"BDAY;X-APPLE-OMIT-YEAR=1604:1604{day[1:]}" if omitted else f"BDAY:{day}"


def _standard(texts: Mapping[str, str]) -> Iterator[str]:
    """Write for other programs those custom fields that vCard has a property for."""
    written = {key: escapes.written(text) for key, text in texts.items()}
    for name, key in (("NICKNAME", "nickname"), ("TITLE", "jobTitle"), ("URL", "url")):
        if key in written:
            yield f"{name}:{written[key]}"
    address = [written.get(key, "") for key in _ADDRESS]
    if any(address):
        yield "ADR:;;" + ";".join(address)


def _own(contact: Mapping[str, Any], custom: Mapping[str, Any]) -> Iterator[str]:
    if contact.get("isTest"):
        yield "X-RUBRICA-TEST:true"
    if contact.get("isValid") is False:
        yield "X-RUBRICA-VALID:false"
    if channels := contact.get("communicationSupported"):
        yield "X-RUBRICA-CHANNELS:" + ",".join(channels)
    texts = {key: _text(contact.get(key)) for key in _TEXTS}
    texts["tags"] = values.tags_cell(contact.get("tags") or [])
    for key, text in texts.items():
        if "\r" in text:
            yield f"X-RUBRICA-EXACT;X-KEY={key}:{escapes.written_own(text)}"
    for key, value in custom.items():
        name = escapes.written_parameter(key)
        yield f"X-RUBRICA-FIELD;X-KEY={name}:{escapes.written_own(_text(value))}"


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value).strip()


def _folded(line: str) -> str:
    """Fold a line, never within a character."""
    if len(line) <= LINE and line.isascii():
        return line
    octets = line.encode()
    pieces: list[bytes] = []
    start, room = 0, LINE
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:  # noqa: PLR2004 - the middle of a character in UTF-8
            end -= 1
        pieces.append(octets[start:end])
        start, room = end, LINE - 1
    return b"\r\n ".join([*pieces, octets[start:]]).decode()
