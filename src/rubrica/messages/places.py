"""Where in an HTML text its placeholders stand, and what makes a value harmless there.

The author of the HTML is trusted, the values are not. A place of which nothing is known is refused:
a value goes between tags, into quoted attributes that are plain text, and into links.

The reader is ours (WHATWG, HTML, 13.2.5, in outline): the standard library's takes half a minute
over 60,000 characters of unclosed tags, and stumbles over the conditions of old Outlook.
"""

import html
import re
from collections.abc import Sequence

from rubrica.messages import escaping
from rubrica.messages.escaping import Escape

_WORDS = """
    abbr align alt bgcolor border class color colspan datetime dir for height hspace id label lang
    name placeholder rowspan summary title valign value vspace width
"""
TEXTS = frozenset(_WORDS.split())
"""Attributes that are shown, or known of themselves, but never run or fetched."""
LINKS = frozenset({"href", "src", "background", "cite", "xlink:href"})
NEVER_LINKED = frozenset(
    {"applet", "base", "embed", "frame", "iframe", "link", "object", "script", "use"}
)
"""Elements whose address decides what runs, or where every other link goes."""
RAW = frozenset({"script", "style"})
TAG = re.compile(r"<([A-Za-z][^\s/>]*+)")
ATTRIBUTE = re.compile(
    r"[\s/]*+([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:([\"'])(.*?)(?:\2|\Z)|[^\s>]*+))?", re.DOTALL
)
"""Its name, and its value where that stands in quotation marks."""
COMMENT, COMMENT_ENDS = "<!--", "-->"
BEGINS = re.compile(r"(?:https?://|//|/|[?#]|(?:mailto|tel|sms):)", re.IGNORECASE).match
"""How a link may begin that goes on with a value: what follows cannot become a scheme."""
IN_PATH = re.compile(r"(?:https?:)?//[^/?#]+/[^?#]*", re.IGNORECASE).fullmatch
"""A link that has reached its path, where a slash in a value is only a slash."""


def escapes(literals: Sequence[str]) -> list[Escape | None]:
    """Return what escapes the placeholder behind each literal but the last; None: not to be.

    A link's first value must be a whole web address, if nothing stands before it; elsewhere in a
    link values are percent-encoded.
    """
    count = len(literals) - 1
    sign = "\ue000"
    while any(sign in each for each in literals):
        sign += "\ue000"
    marks = [f"{sign}{number}{sign}" for number in range(count)] + [""]
    pieces = [part for pair in zip(literals, marks, strict=True) for part in pair]
    reader = _Reader(re.compile(f"{sign}([0-9]+){sign}"))
    reader.read("".join(pieces))
    return [reader.found.get(number) for number in range(count)]


class _Reader:
    """Finds the marks that stand where a value may stand; of the others it says nothing."""

    def __init__(self, mark: re.Pattern[str]) -> None:
        self.mark = mark
        self.found: dict[int, Escape] = {}

    def read(self, text: str) -> None:
        """Read an HTML text once, from its beginning to its end."""
        place = 0
        while (start := text.find("<", place)) >= 0:
            self._shown(text[place:start])
            if tag := TAG.match(text, start):
                place = self._attributes(text, tag)
            elif text.startswith(COMMENT, start):
                place = self._comment(text, start + len(COMMENT))
            elif text.startswith(("</", "<!", "<?"), start):
                place = _behind(text, ">", start)
            else:  # only text; but what follows the sign at once would be the name of a tag
                beside = self.mark.match(text, start + 1)
                place = beside.end() if beside else start + 1
        self._shown(text[place:])

    def _shown(self, text: str) -> None:
        for mark in self.mark.finditer(text):
            self.found[int(mark[1])] = escaping.escaped

    def _comment(self, text: str, start: int) -> int:
        """Read what old Outlook reads: `<!--[if mso]> … <![endif]-->`."""
        end = text.find(COMMENT_ENDS, start)
        inner = text[start : end if end >= 0 else len(text)]
        self.read(inner.replace(COMMENT, ""))
        return end + len(COMMENT_ENDS) if end >= 0 else len(text)

    def _attributes(self, text: str, tag: re.Match[str]) -> int:
        """Read the attributes of an element, and past what of it is not HTML; return the place."""
        name, place = tag[1].lower(), tag.end()
        while attribute := ATTRIBUTE.match(text, place):
            place = attribute.end()
            value = html.unescape(attribute[3] or "")
            for mark in self.mark.finditer(value):
                found = _in_attribute(name, attribute[1].lower(), value[: mark.start()].lstrip())
                if found:
                    self.found[int(mark[1])] = found
        place = _behind(text, ">", place)
        return _behind(text, f"</{name}", place) if name in RAW else place


def _behind(text: str, end: str, start: int) -> int:
    found = re.compile(re.escape(end), re.IGNORECASE).search(text, start)
    return found.end() if found else len(text)


def _in_attribute(tag: str, name: str, before: str) -> Escape | None:
    if name in TEXTS or name.startswith(("aria-", "data-")):
        return escaping.escaped
    if name not in LINKS or tag in NEVER_LINKED:
        return None
    return _in_link(before)


def _in_link(before: str) -> Escape | None:
    if not before:
        return escaping.address
    if before.startswith("\ue000"):  # another value, which may be empty: a colon is encoded
        return escaping.component("")
    if not BEGINS(before):
        return None
    if before.lower().startswith(("mailto:", "tel:", "sms:")):
        return escaping.component("" if "?" in before else "+@")
    return escaping.component("/" if IN_PATH(before) else "")
