"""Small values as people write them: dates, yes and no, languages, custom fields."""

import re
from datetime import date
from typing import Any, Literal
from urllib.parse import urlsplit

from rubrica.errors import Invalid

FieldType = Literal["TEXT", "NUMBER", "DATE", "BOOLEAN", "URL"]
YES = frozenset(
    {"true", "yes", "y", "1", "x", "si", "sì", "sí", "oui", "ja", "vero", "wahr", "vrai"}
)
NO = frozenset({"false", "no", "n", "0", "non", "nein", "falso", "falsch", "faux"})
PARTIAL = re.compile(r"--(\d{2})-?(\d{2})").fullmatch
WHOLE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII).fullmatch
LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*").fullmatch
NUMBER = re.compile(r"[+-]?\d{1,400}(\.\d{1,400})?").fullmatch
LONGEST_TAG = 100
"""Characters of a language tag: more than any that is registered has (BCP 47, 4.4)."""
TEXT_LENGTH = 10_000
"""Characters of a text field at the most."""


class InvalidValue(Invalid):
    """A value does not fit its field."""

    code = "invalid_value"


def day(text: str) -> str:
    """Return `YYYY-MM-DD`, or `--MM-DD` without a year (RFC 6350, 4.3.1); nothing else is read.

    >>> day("--02-29")
    '--02-29'
    """
    partial = PARTIAL(text)
    why = InvalidValue(f"“{text}” is not a date: write YYYY-MM-DD, or --MM-DD.")
    if not (partial or WHOLE(text)):
        raise why
    try:
        if partial:
            return f"--{date(2000, int(partial[1]), int(partial[2])):%m-%d}"
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise why from error


def yes_or_no(text: str) -> bool:
    """Read a word for yes or no in English, Italian, German, French or Spanish."""
    word = text.strip().casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise InvalidValue(f"“{text}” is neither yes nor no: write true or false.")


def language(text: str) -> str:
    """Return a language tag in its usual spelling (BCP 47, 2.1.1): `pt-BR`, `zh-Hant`."""
    if len(text) > LONGEST_TAG or not LANGUAGE(text):
        raise InvalidValue(f"“{text}” is not a language tag such as en, it or pt-BR.")
    first, *rest = text.replace("_", "-").split("-")
    shaped = [p.upper() if len(p) == 2 else p.title() if len(p) == 4 else p.lower() for p in rest]  # noqa: PLR2004
    return "-".join([first.lower(), *shaped])


def url(text: str) -> str:
    """Return a web address; one without a scheme is taken for https."""
    whole = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(whole)
        good = parts.scheme in ("http", "https") and "." in (parts.hostname or "")
    except ValueError:
        good = False
    if not good or any(c.isspace() for c in whole):
        raise InvalidValue(f"“{text}” is not a web address.")
    return whole


def number(text: str) -> int | float:
    """Read a number with a point for the decimals and nothing between the thousands."""
    if not NUMBER(text):
        raise InvalidValue(f"“{text}” is not a number: digits and a decimal point only.")
    return float(text) if "." in text else int(text)


def custom(value: Any, kind: FieldType) -> Any:  # noqa: PLR0911 - a return for each type
    """Return a custom field's value as it is stored, from JSON or a file's text; blank: None."""
    match kind:
        case "TEXT" if isinstance(value, str):
            return short(value.strip()) or None
        case "NUMBER" if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        case "NUMBER" if isinstance(value, str):
            return number(value.strip())
        case "DATE" if isinstance(value, str):
            return day(value.strip())
        case "BOOLEAN" if isinstance(value, bool):
            return value
        case "BOOLEAN" if isinstance(value, str):
            return yes_or_no(value)
        case "URL" if isinstance(value, str):
            return url(value.strip())
        case _:
            raise InvalidValue(f"{value!r} does not fit a field of type {kind}.")


def short(text: str) -> str:
    """Return the text, without the NUL characters that PostgreSQL cannot store."""
    if len(text) > TEXT_LENGTH:
        raise InvalidValue(f"The text has {len(text):,} characters; {TEXT_LENGTH:,} are kept.")
    return text.replace("\0", "")
