"""What the values of a column look like, one value at a time."""

import itertools
import re
from collections.abc import Callable, Iterable

from rubrica import emails, phones, values
from rubrica.errors import Invalid
from rubrica.imports.suggesting.words import GENDER_WORDS, fold

LONGEST = 254
"""Characters of an e-mail address at the most (RFC 5321, 4.5.3.1.3); nothing here is longer."""

PHONE_SIGNS = re.compile(r"\+?[0-9\s()./\u2010-\u2015-]+").fullmatch
SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,2}").fullmatch
AMOUNT = re.compile(r"[+-]?\d+[.,]\d{1,2}|\d{1,3}(?:[., ]\d{3})+[.,]\d{1,2}").fullmatch
FOUR_BYTES = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}").fullmatch
DAY = re.compile(
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|(?:19|20)\d{6})(?:[ T]\d{1,2}:\d{2}.*)?"
).fullmatch
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*").fullmatch
NAME = re.compile(r"[^\W\d_]+(?:[.'\u2019-][^\W\d_]*)*").fullmatch

MOBILE = frozenset({"MOBILE", "FIXED_LINE_OR_MOBILE"})
CHANNELS = frozenset({"sms", "rcs", "whatsapp", "email", "voice"})
WORD_LIMITS = range(2, 5)
DIGITS = range(7, 16)
WITH_COUNTRY_CODE = 11
"""Digits from which a number without a plus is tried as one that begins with a country code."""
LEAST_DIGITS = 6


def is_email(text: str) -> bool:
    """Tell whether this is a well-formed e-mail address, or more from which an import takes one."""
    if "@" not in text or len(text) > LONGEST:
        return False
    return passes(emails.read, text)


def has_address(text: str) -> bool:
    """Tell whether this was meant as an e-mail address, or as several."""
    before, sign, after = text.partition("@")
    return bool(sign and before.strip() and after.strip())


def is_phone(text: str, country: str | None) -> bool:
    """Tell whether this can hardly be anything but a telephone number.

    Ids, amounts and postal codes are possible numbers in many countries, so a national number must
    be valid in `country` and a mobile's, or begin with 0 or a bracket; possible is enough only
    where it does the latter and is parted by signs, as nothing else is.
    """
    if len(text) > LONGEST:
        return False
    text = text.strip()
    digits = sum(c.isdigit() for c in text)
    if digits not in DIGITS or not PHONE_SIGNS(text) or is_other_number(text):
        return False
    if text.startswith(("+", "00")):
        return passes(lambda t: phones.parse(t, None), "+" + text.lstrip("+0"))
    whole = country is None and digits >= WITH_COUNTRY_CODE
    try:
        phone = phones.parse(f"+{text}" if whole else text, country)
    except Invalid:
        return False
    if text[0] in "0(":
        return phone.is_valid or not text.isdigit()
    return phone.is_valid and phone.type in MOBILE


def is_mobile(text: str, country: str | None) -> bool:
    """Tell whether this is a number that can be a mobile's, as an import would read it."""
    try:
        return phones.read(text.strip(), country).phone.type in MOBILE
    except Invalid:
        return False


def is_phone_like(text: str) -> bool:
    """Tell whether this may be a telephone number, be it damaged by a spreadsheet or two in one."""
    if len(text) > LONGEST or is_other_number(text.strip()):
        return False
    text = text.strip()
    digits = sum(c.isdigit() for c in text)
    signs = sum(not c.isspace() for c in text)
    return bool(SCIENTIFIC(text)) or (digits >= LEAST_DIGITS and 2 * digits >= signs)


def count_up(texts: list[str]) -> bool:
    """Tell whether these are bare figures, each one more than the last, three or more of them."""
    figures = [int(t) for t in texts if t.isascii() and t.isdecimal() and len(t) < DIGITS.stop]
    steps = {after - before for before, after in itertools.pairwise(figures)}
    return len(figures) == len(texts) > 2 and steps == {1}  # noqa: PLR2004


def is_other_number(text: str) -> bool:
    """Tell whether this is written as a date, an amount or an IP address."""
    return bool(DAY(text) or AMOUNT(text) or FOUR_BYTES(text))


def is_day(text: str) -> bool:
    """Tell whether this is written as a date with a year, in figures."""
    return len(text) <= LONGEST and bool(DAY(text.strip()))


def may_be_day(text: str) -> bool:
    """Tell whether this may be a date in any writing, month names and serial numbers included."""
    return len(text) <= LONGEST and any(c.isdigit() for c in text) and "@" not in text


def is_gender(text: str) -> bool:
    """Tell whether this is a known word for a gender, or a form of address that has one."""
    return len(text) <= LONGEST and fold(text) in GENDER_WORDS


def clashing_letters(texts: Iterable[str]) -> tuple[str, str] | None:
    """Return the letters of a column that together mean other than each by itself.

    H and M are *hombre* and *mujer*, U and D *uomo* and *donna*: there M is not male and D is not
    *divers*.
    """
    letters = {fold(text) for text in texts if len(text) <= LONGEST}
    if letters <= {"h", "m", "x"} and letters >= {"h", "m"}:
        return "H", "M"
    if letters <= {"u", "d", "x"} and letters >= {"u", "d"}:
        return "U", "D"
    return None


def is_language(text: str) -> bool:
    """Tell whether this is written as a language code, such as `it` or `pt-BR`."""
    return len(text) <= LONGEST and bool(LANGUAGE(text.strip()))


def is_yes_or_no(text: str) -> bool:
    """Tell whether this is a word for yes or no."""
    return len(text) <= LONGEST and passes(values.yes_or_no, text)


def is_channel(text: str) -> bool:
    """Tell whether this names the channels of a contact, one or several."""
    names = [fold(name) for name in re.split(r"[,;|\s]+", text[:LONGEST].strip("[] "))]
    return all(name in CHANNELS for name in names if name)


def is_text(text: str) -> bool:
    """Tell whether this has a letter and is no address, as a name has."""
    return any(c.isalpha() for c in text) and "@" not in text


def is_full_name(text: str) -> bool:
    """Tell whether this looks like “First Last”: two to four words of letters, capitals first."""
    words = text[: LONGEST + 1].replace(",", " ").split()
    return (
        len(text) <= LONGEST
        and len(words) in WORD_LIMITS
        and all(NAME(word) for word in words)
        and not (words[0][0].islower() or words[-1][0].islower())
    )


def passes(parse: Callable[[str], object], text: str) -> bool:
    """Tell whether a parser takes the text."""
    try:
        parse(text)
    except Invalid:
        return False
    return True
