"""Texts with placeholders: `{{firstName}}`, `{{customFields.city}}`, `{{firstName|friend}}`.

What stands behind the bar is the default, taken where the contact has nothing; an empty one is the
same as none. `{{{{` writes two braces; `}}` alone is text. Spaces around name and default go.
"""

import difflib
import html
import re
from collections.abc import Callable, Collection, Mapping
from typing import Literal, NamedTuple, cast

import msgspec

from rubrica.errors import Invalid
from rubrica.messages import escaping, places
from rubrica.messages.escaping import Escape

Kind = Literal["TEXT", "LINE", "HTML"]
"""What a template makes: text, one line of text such as a subject, or HTML."""
_NAMES = """
    id externalId phoneNumber email firstName lastName fullName gender birthDate company language
    notes tags isValid phoneType countryCode communicationSupported isTest createdAt updatedAt
    unsubscribeUrl
"""
FIELDS = frozenset(_NAMES.split())
"""What may be named in every account: the fields of a contact, and the link that ends messages."""
CUSTOM = "customFields"
NAME = re.compile(rf"[A-Za-z][A-Za-z0-9]*|{CUSTOM}\.[A-Za-z_][A-Za-z0-9_-]{{0,63}}").fullmatch
OPEN, CLOSE, LITERAL = "{{", "}}", "{{{{"
SHOWN = 40
"""Characters of a placeholder that a refusal quotes."""
NEAR = 0.6
"""How alike two names must be (difflib's ratio) for one to be taken for the other."""


class BadTemplate(Invalid):
    """A placeholder of the text is not right."""

    code = "bad_template"


class Slot(NamedTuple):
    """A placeholder, ready to be filled, and the literal text behind it."""

    name: str
    key: str | None
    """Of a custom field."""
    default: str
    escape: Escape | None
    after: str


class Template(msgspec.Struct, frozen=True):
    """A text that is checked and taken apart; made by `parse`."""

    text: str
    kind: Kind
    fields: tuple[str, ...]
    """What is named, in order of appearance, each once: `firstName`, `customFields.city`."""
    head: str
    slots: tuple[Slot, ...]

    def check(self, known: Collection[str]) -> None:
        """Refuse names that are not among the known ones, all at once, each with what was meant.

        `known` has names as they are written: `FIELDS`, and `customFields.city` for every key.
        """
        unknown = [name for name in self.fields if name not in known]
        if unknown:
            told = ", ".join(_unknown(name, known) for name in unknown)
            raise BadTemplate(
                f"Placeholders name fields that contacts do not have: {told}. Write the name of a"
                f" field, or {OPEN}{CUSTOM}.key{CLOSE} with the key of a custom field.",
                unknown=unknown,
            )

    def render(self, values: Mapping[str, object]) -> str:
        """Return the text with a contact's values; nothing of it is a placeholder any more.

        `values` are keyed as the contact is in JSON; custom fields are a dict of their own under
        `customFields`. Text, numbers, booleans, dates, lists, None; what is missing, None or blank
        gives the default. In HTML so does an address that would run something.
        """
        parts = [self.head]
        for name, key, default, escape, after in self.slots:
            value = values.get(name)
            if key is not None:
                custom = cast("dict[str, object]", value)
                value = custom.get(key) if isinstance(value, dict) else None
            text = value if type(value) is str else escaping.text(value)
            if text and not text.isspace():
                parts.append((escape(text) if escape else text) or default)
            else:
                parts.append(default)
            parts.append(after)
        return "".join(parts)


def parse(text: str, kind: Kind = "TEXT") -> Template:
    """Take a text apart; values and defaults are escaped by its kind, its own text never.

    TEXT: as they are. LINE: line breaks and control characters become spaces. HTML: escaped by the
    place they stand in (`rubrica.messages.places`). Raises BadTemplate, saying where and how to
    mend it, for a placeholder that is not closed, has no proper name, or stands in a place of HTML
    where a value could do harm.
    """
    literals, found = _taken_apart(text, kind)
    escapes: list[Escape | None] = [escaping.line if kind == "LINE" else None] * len(found)
    if kind == "HTML" and found:
        escapes = places.escapes(literals)
    slots: list[Slot] = []
    for each, escape, after in zip(found, escapes, literals[1:], strict=True):
        if kind == "HTML" and escape is None:
            raise BadTemplate(
                f"{_where(text, each.start)}: a value cannot stand here without doing harm. Put the"
                " placeholder between tags, into the quoted text of an attribute such as alt or"
                " title, or into a link that it begins or that begins with https://."
            )
        default = (escape(each.default) if escape else each.default) if each.default else ""
        if each.default and not default:
            raise BadTemplate(
                f"{_where(text, each.start)}: the default of a link must be a web address, such as"
                " https://example.com."
            )
        name, _, key = each.name.partition(".")
        slots.append(Slot(name, key or None, default, escape, after))
    fields = tuple(dict.fromkeys(each.name for each in found))
    return Template(text, kind, fields, literals[0], tuple(slots))


class _Found(NamedTuple):
    start: int
    name: str
    default: str


def _taken_apart(text: str, kind: Kind) -> tuple[list[str], list[_Found]]:
    """Return the literal texts, one more than placeholders, and the placeholders between them."""
    literals: list[str] = []
    found: list[_Found] = []
    literal, place = "", 0
    while (start := text.find(OPEN, place)) >= 0:
        literal += text[place:start]
        if text.startswith(LITERAL, start):
            literal += OPEN
            place = start + len(LITERAL)
            continue
        end = text.find(CLOSE, start)
        inner = text[start + len(OPEN) : end]
        if end < 0 or OPEN in inner:
            raise BadTemplate(
                f"{_where(text, start)}: the placeholder is not closed. Write {CLOSE} behind its"
                f" name or default; a brace pair that is only text is written {LITERAL}."
            )
        # HTML editors write &nbsp; and &amp; where a person types a space and an ampersand.
        name, _, default = (html.unescape(inner) if kind == "HTML" else inner).partition("|")
        found.append(_Found(start, _named(text, start, name.strip()), default.strip()))
        literals.append(literal)
        literal, place = "", end + len(CLOSE)
    literals.append(literal + text[place:])
    return literals, found


def _named(text: str, start: int, name: str) -> str:
    if NAME(name):
        return name
    if not name:
        why = f"the placeholder has no name. Write one, such as {OPEN}firstName{CLOSE}."
    else:
        meant = _meant(name, FIELDS)
        why = f"“{name[:SHOWN]}” is not a name of a field. " + (
            f"Did you mean {meant}?" if meant else f"Names look like firstName or {CUSTOM}.city."
        )
    raise BadTemplate(f"{_where(text, start)}: {why}")


def _where(text: str, start: int) -> str:
    """Return the place in words: “Line 2, column 5, “{{firstName|fr…””."""
    end = text.find(CLOSE, start)
    whole = text[start : end + len(CLOSE) if end >= 0 else None].splitlines()[0]
    excerpt = whole if len(whole) <= SHOWN else whole[:SHOWN] + "…"
    row = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    return f"Line {row}, column {column}, “{excerpt}”"


def _unknown(name: str, known: Collection[str]) -> str:
    meant = _meant(name, known)
    return f"{name} (did you mean {meant}?)" if meant else name


def _meant(name: str, known: Collection[str]) -> str | None:
    """Return the known name that is most like one that was written: `first_name`, `city`."""

    def bare(each: str) -> str:
        return re.sub(r"[\W_]", "", each).casefold()

    for form in (bare, _short(bare)):
        by_form = {form(each): each for each in sorted(known, reverse=True)}
        near = difflib.get_close_matches(form(name), by_form, n=1, cutoff=NEAR)
        if near:
            return by_form[near[0]]
    return None


def _short(bare: Callable[[str], str]) -> Callable[[str], str]:
    """Compare custom fields by their keys alone."""
    return lambda each: bare(each.removeprefix(f"{CUSTOM}."))
