"""Values as text, and what makes them harmless in the place where they are put.

The author of a template may write what he likes; the values are other people's. `None` for an
escape means: as it is.
"""

import html
import re
from collections.abc import Callable
from datetime import datetime
from typing import cast
from urllib.parse import quote

Escape = Callable[[str], str]

BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""Control characters, and whatever a mail program may take for the end of a line."""
WITH_SCHEME = re.compile(r"(?:https?://[^\s/?#\\]|(?:mailto|tel|sms):)", re.IGNORECASE).match
WITHOUT_SCHEME = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#]\S*)?").fullmatch


def text(value: object) -> str:
    """Return a value as a person reads it; nothing for null, items of a list joined by ", ".

    >>> text(["gold", "milan"]), text(12.0), text(True)
    ('gold, milan', '12', 'true')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return ", ".join([text(each) for each in cast("list[object]", value)])
    match value:
        case None:
            shown = ""
        case bool():
            shown = "true" if value else "false"
        case float() if value.is_integer():
            shown = str(int(value))
        case datetime():
            shown = value.isoformat(timespec="seconds")
        case _:
            shown = str(value)
    return shown


def line(value: str) -> str:
    """Return a text as one line: runs of control characters and line breaks become a space."""
    return value if value.isprintable() else BREAKS.sub(" ", value)


def escaped(value: str) -> str:
    """Escape a text for HTML, between tags or inside a quoted attribute."""
    return html.escape(value, quote=True)


def address(value: str) -> str:
    """Return a whole web address for a quoted attribute, or nothing where it is not a harmless one.

    Harmless are http, https, mailto, tel and sms; a host without a scheme is taken for https.
    """
    found = value.strip()
    if WITH_SCHEME(found):
        return html.escape(found)
    return "https://" + html.escape(found) if WITHOUT_SCHEME(found) else ""


def component(safe: str) -> Escape:
    """Return what percent-encodes a part of a web address (RFC 3986, 2.1), save some signs."""

    def encoded(value: str) -> str:
        return quote(value, safe=safe)

    return encoded
