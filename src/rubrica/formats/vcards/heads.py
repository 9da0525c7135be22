"""What stands before the colon of a property: its name, its group and its parameters."""

import re
from typing import Literal, NamedTuple

from rubrica.formats import encodings

Coding = Literal["", "Q", "B"]
"""As it is, quoted-printable, base64."""

KEPT = frozenset({
    "VERSION", "KIND", "X-ADDRESSBOOKSERVER-KIND", "N", "FN", "NICKNAME", "ORG", "TITLE", "ROLE",
    "BDAY", "GENDER", "X-GENDER", "TEL", "EMAIL", "X-ABLABEL", "ADR", "NOTE", "CATEGORIES", "URL",
    "UID", "LANG", "X-RUBRICA-FIELD", "X-RUBRICA-EXACT", "X-RUBRICA-TEST", "X-RUBRICA-VALID",
    "X-RUBRICA-CHANNELS",
})  # fmt: skip
"""The properties that are read."""
TECHNICAL = frozenset({
    "BEGIN", "END", "AGENT", "GEO", "REV", "PRODID", "SORT-STRING", "CLASS", "MAILER", "TZ",
    "PROFILE",
})  # fmt: skip
"""Properties that nobody misses, and those that stand for no value."""
NO_PREFERENCE = 101
"""One more than the lowest that PREF can say (RFC 6350, 5.3)."""
REMEMBERED = 4096
"""Different heads that are read only once."""
LONGEST_REMEMBERED = 256

_WHOLE = re.compile(r'((?:[^":]++|"[^"]*+")*+):')
_NAME = re.compile(r"\ufeff?(?:([\w/-]+)\.)?([A-Za-z][\w/.-]*)\s*(?=;|\Z)", re.ASCII)
_PARAMETER = re.compile(r';\s*+([^=;"]*+)(=?)((?:[^;"]++|"[^"]*+"|")*+)')
_CARET = re.compile(r"\^([n'^])")
_CODINGS: dict[str, Coding] = {
    "QUOTED-PRINTABLE": "Q",
    "Q": "Q",
    "BASE64": "B",
    "B": "B",
}


class Head(NamedTuple):
    """The name of a property in capitals, and what its parameters say of the value."""

    name: str
    group: str = ""
    types: frozenset[str] = frozenset()
    """In small letters: of TYPE, and the bare words of vCard 2.1."""
    preference: int = NO_PREFERENCE
    """From 1, the most preferred."""
    charset: str | None = None
    """A Python codec."""
    coding: Coding = ""
    parameters: dict[str, str] = {}  # noqa: RUF012 - nobody writes into it
    """The other parameters, by their names in capitals."""
    plain: bool = False
    """The property is read, and its value is text as it stands."""


class Heads:
    """Reads heads, each different one only once: a file of a million cards has a few dozen."""

    def __init__(self) -> None:
        self.plain: dict[str, Head] = {}
        """Those of plain text, by all that stands before the colon."""
        self._known: dict[str, Head | None] = {}

    def charsets(self) -> set[str]:
        """Return the charsets that any of them declares."""
        return {head.charset for head in self._known.values() if head and head.charset}

    def split(self, line: str) -> tuple[Head, str] | None:
        """Part a line into head and value; nothing where it is no property."""
        text, colon, value = line.partition(":")
        if not colon:
            return None
        if '"' in text and text.count('"') % 2 and (whole := _WHOLE.match(line)):
            text, value = whole[1], line[whole.end() :]
        head = self._known[text] if text in self._known else self._learn(text)
        return None if head is None else (head, value)

    def _learn(self, text: str) -> Head | None:
        head = _parsed(text)
        if len(text) <= LONGEST_REMEMBERED:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
                self.plain.clear()
            self._known[text] = head
            if head is not None and head.plain:
                self.plain[text] = head
        return head


def _parsed(text: str) -> Head | None:
    """Read a head. Non-ASCII bytes of a parameter are UTF-8, whatever the value is written in."""
    found = _NAME.match(text)
    if found is None:
        return None
    types: set[str] = set()
    preference, charset, coding = NO_PREFERENCE, None, ""
    parameters: dict[str, str] = {}
    for name, equals, value in _PARAMETER.findall(text, found.end()):
        key = name.strip().upper()
        if not equals:
            coding = _CODINGS.get(key, coding)
            types.add(key.lower())
        elif key == "TYPE":
            types.update(part.strip().lower() for part in value.replace('"', "").split(","))
        elif key == "PREF":
            preference = min(preference, _rank(value))
        elif key == "CHARSET":
            charset = encodings.codec_of(value.strip(' "'))
        elif key == "ENCODING":
            coding = _CODINGS.get(value.strip(' "').upper(), coding)
        else:
            parameters[key] = _parameter(value)
    if "pref" in types:
        preference = 1
    name = found[2].upper()
    plain = name in KEPT and charset is None and coding == "" and text.count('"') % 2 == 0
    group = (found[1] or "").lower()
    return Head(name, group, frozenset(types), preference, charset, coding, parameters, plain=plain)


def _rank(value: str) -> int:
    digits = value.strip(' "')
    return min(max(int(digits), 1), 100) if digits.isdecimal() and len(digits) < 4 else 101  # noqa: PLR2004


def _parameter(value: str) -> str:
    """Undo quotes and the escapes of RFC 6868."""
    text = value.strip().replace('"', "")
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return _CARET.sub(lambda found: {"n": "\n", "'": '"', "^": "^"}[found[1]], text)
