r"""How text is written in a value: backslashes, and what parts one piece from the next.

vCard 3.0 and 4.0 (RFC 2426, 4; RFC 6350, 3.4) escape `\`, `;`, `,` and the end of a line. vCard 2.1
knows `\;` only, elsewhere a backslash is itself. No version can write a carriage return: our own
properties escape it as `\r`.
"""

import re
from collections.abc import Mapping
from typing import Literal

_ESCAPE = re.compile(r"\\([nN]|[^\w\s])")
_OLD_ESCAPE = re.compile(r"\\([\\;])")
_OWN_ESCAPE = re.compile(r"\\([nr\\])")
_TOKENS = {sign: re.compile(rf"\\.|({sign})", re.DOTALL) for sign in ",;"}
_ENDS = re.compile(r"\r\n?")
_WRITTEN = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_OWN_WRITTEN = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r"})


def read(value: str, *, old: bool) -> str:
    r"""Return the text of a value; `old` is vCard 2.1.

    >>> read(r"Via Roma\, 1\nC:\temp", old=False)
    'Via Roma, 1\nC:\\temp'
    """
    if "\\" not in value:
        return value
    return value.replace("\\;", ";") if old else _ESCAPE.sub(_meant, value)


def read_part(value: str, *, old: bool) -> str:
    r"""Return the text of one component.

    Where components are parted, vCard 2.1 as Android writes it escapes the backslash as well.
    """
    return _OLD_ESCAPE.sub(r"\1", value) if old else read(value, old=False)


def parts(value: str, separator: Literal[",", ";"]) -> list[str]:
    """Part a value where a separator stands that is not escaped; the pieces keep their escapes."""
    if "\\" not in value:
        return value.split(separator)
    found: list[str] = []
    start = 0
    for token in _TOKENS[separator].finditer(value):
        if token[1]:
            found.append(value[start : token.start()])
            start = token.end()
    return [*found, value[start:]]


def read_own(value: str) -> str:
    """Return the text of one of our own properties."""
    meanings: Mapping[str, str] = {"n": "\n", "r": "\r", "\\": "\\"}
    return _OWN_ESCAPE.sub(lambda found: meanings[found[1]], value)


def written(text: str) -> str:
    r"""Escape a text for vCard 3.0 and 4.0; every end of a line becomes `\n`."""
    return _ENDS.sub("\n", text).translate(_WRITTEN)


def written_own(text: str) -> str:
    """Escape a text for one of our own properties: nothing is lost."""
    return text.translate(_OWN_WRITTEN)


def written_parameter(text: str) -> str:
    """Write the value of a parameter, quoted (RFC 6350, 3.3; RFC 6868)."""
    text = text.replace("^", "^^").replace("\n", "^n").replace('"', "^'")
    return f'"{text}"' if set(text) & set(",;: ") or not text.isascii() else text


def _meant(found: re.Match[str]) -> str:
    return "\n" if found[1] in "nN" else found[1]
