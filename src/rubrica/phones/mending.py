# The library has no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
"""Numbers as they stand in files: damaged by spreadsheets, copied from chats, two in a cell.

What can be read in one way only is mended, and told of. What has lost digits is refused.
"""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from rphonenumbers import PhoneNumberMatcher

from rubrica.phones.numbers import InvalidPhone, Phone, extension, parse

PLAIN = re.compile(r"\+?[0-9 ().\-]+").fullmatch
"""What needs no mending where it is a valid number; an end like `.0` excepted."""
DECIMALS = re.compile(r"(\+?\d{6,15})[.,]0+").fullmatch
EXPONENT = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,2}").fullmatch
FORMULA = re.compile(r"=\s*(?:\"([^\"]*)\"|(\+?\d+))").fullmatch
WHATSAPP = re.compile(
    r"(?:whatsapp:\s*\+?|(?:https?://)?(?:www\.)?(?:wa\.me/|api\.whatsapp\.com/send/?\?phone=)\+?)"
    r"(\d{7,15})\b.*|(\d{7,15})@(?:c\.us|s\.whatsapp\.net)",
    re.IGNORECASE | re.DOTALL,
).fullmatch
TRUNK = re.compile(r"(\+\s*\d{1,3})\s*\(0\)")
APOSTROPHES = "'\u2019`\u00b4"
INTERNATIONAL = range(9, 18)
"""Digits of a number that may have lost its plus, or has 00 in its place."""
MOBILE_DIGIT = {"IT": "3", "SM": "6", "VA": "3"}
"""Where the zero is part of the number: with what its mobiles begin, which never had one."""
MOBILE = ("MOBILE", "FIXED_LINE_OR_MOBILE")
JOINING = " \t\xa0.-()"
"""What may stand between the digits of one number."""
LONGEST = 300
"""Characters that are searched for numbers."""

WORDS = {
    "phone_decimals": "A spreadsheet gave the number decimals (.0): they are left out.",
    "phone_exponent": "A spreadsheet wrote the number with an exponent; all its digits are there.",
    "phone_formula": 'The number stands in a formula (="…"), which is taken away.',
    "phone_apostrophe": "An apostrophe stands before the number: it is taken away.",
    "phone_invisible": "Invisible characters stand in the number: they are left out.",
    "phone_digits": "The number is written in full-width, Arabic or other digits.",
    "phone_whatsapp": "A WhatsApp id or link is read as the international number in it.",
    "phone_plus_lost": "The number has lost its +: only with it is it valid.",
    "phone_zero_lost": "The number has lost its leading zero: only with it is it valid.",
    "phone_trunk_zero": "A (0) that is not dialled stands in the number: it is left out.",
    "phone_several": "Several numbers stand in one cell: one is taken, a mobile's if there is one,"
    " and the others are not kept.",
    "phone_extension": "The number has an extension, which is not kept.",
    "phone_text": "Words stand beside the number: they are not kept.",
}
"""What was found and mended, by its code: stable names for programs, sentences for people."""


class PhoneDamaged(InvalidPhone):
    """The number has lost digits in a spreadsheet."""

    code = "phone_damaged"


class Mended(NamedTuple):
    """A number, what was amiss with it (codes of `WORDS`), and what of the cell is not kept."""

    phone: Phone
    codes: tuple[str, ...] = ()
    left: str | None = None


def read(text: str, country: str | None) -> Mended:
    """Read a cell of a file that is to hold one number; a national one as of `country`.

    Raises PhoneDamaged where digits are lost for certain (`3.93E+11`): nothing is invented;
    InvalidPhone where there is no possible number.
    """
    if PLAIN(text) and not DECIMALS(text):
        phone = _parsed(text, country)
        if phone and phone.is_valid:
            return Mended(phone, _trunk_zero(text, phone))
    return _mended(text, country)


def _mended(text: str, country: str | None) -> Mended:
    codes: list[str] = []
    clean = _unwrapped(text, codes)
    if (before := _before_slash(clean, country)) is not None:
        return Mended(before.phone, (*codes, *before.codes), before.left)
    phone = _parsed(clean, country)
    if phone and phone.is_valid:
        codes += _trunk_zero(clean, phone)
        left = extension(clean, country)
        if not left:
            return Mended(phone, tuple(codes))
        if not _parsed(left, country):  # else it is a number of its own
            return Mended(phone, (*codes, "phone_extension"), left)
    for code, candidate in _otherwise(clean, country, possible=phone is not None):
        return Mended(candidate, (*codes, code))
    several = _found_within(clean, country)
    if several:
        return Mended(several.phone, (*codes, *several.codes), several.left)
    # As it is: possible, though not valid, or refused with the reason.
    phone = phone or parse(clean, country)
    left = extension(clean, country)
    return Mended(phone, (*codes, "phone_extension") if left else tuple(codes), left)


def _before_slash(text: str, country: str | None) -> Mended | None:
    """Read what stands before a slash, where that is a whole number: `02 1234567/8`.

    Joined with what follows it would be a number of somebody else. `347/1234567` is one number.
    """
    head, slash, tail = text.rpartition("/")
    phone = _parsed(head, country) if slash else None
    if phone is None or not phone.is_valid:
        return None
    other = _parsed(tail, country)
    if other and other.is_valid:
        return _found_within(text, country)
    return Mended(phone, ("phone_several",), tail.strip())


def _parsed(text: str, country: str | None) -> Phone | None:
    try:
        return parse(text, country)
    except InvalidPhone:
        return None


def _unwrapped(text: str, codes: list[str]) -> str:
    """Take away what programs put around a number, and note what it was."""

    def note(code: str, before: str, after: str) -> str:
        if after != before:
            codes.append(code)
        return after

    seen = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc") or c in "\t\r\n")
    seen = note("phone_invisible", text, seen).strip()
    seen = note("phone_digits", seen, "".join(map(_ascii_digit, seen)))
    formula = FORMULA(seen)
    if formula:
        seen = note("phone_formula", seen, (formula[1] or formula[2] or "").strip())
    seen = note("phone_apostrophe", seen, seen.lstrip(APOSTROPHES))
    chat = WHATSAPP(seen)
    if chat:
        seen = note("phone_whatsapp", seen, f"+{chat[1] or chat[2]}")
    decimals = DECIMALS(seen)
    if decimals:
        return note("phone_decimals", seen, decimals[1])
    if EXPONENT(seen):
        return note("phone_exponent", seen, _all_digits(seen))
    return seen


def _ascii_digit(sign: str) -> str:
    return sign if sign.isascii() or not sign.isdecimal() else str(unicodedata.decimal(sign))


def _all_digits(text: str) -> str:
    """Write a number without its exponent where no digit is lost; refuse it else."""
    number = Decimal(text.replace(",", "."))
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or exponent > 0 or number != number.to_integral_value():
        raise PhoneDamaged(
            f"“{text}” is a number that a spreadsheet has rounded: its last digits are lost. Format"
            " the column as text in the original and save the file anew."
        )
    return "".join(map(str, digits[: len(digits) + exponent if exponent else None]))


def _trunk_zero(text: str, phone: Phone) -> tuple[str, ...]:
    """Tell of a `(0)` that was left out; in Italy it belongs to the number."""
    if "(0)" not in text:
        return ()
    digits = re.sub(r"\D", "", text)
    return () if digits.endswith(phone.number[1:]) else ("phone_trunk_zero",)


def _otherwise(text: str, country: str | None, *, possible: bool) -> Iterator[tuple[str, Phone]]:
    """Yield the one other reading that gives a valid number, where there is just one."""
    without = TRUNK.sub(r"\1", text)
    if without != text:
        phone = _parsed(without, country)
        if phone and phone.is_valid:
            yield "phone_trunk_zero", phone
        return
    digits = re.sub(r"[\s().\-/]", "", text)
    if not digits.isdecimal():
        return
    readings = {
        "phone_plus_lost": f"+{digits.removeprefix('00')}" if len(digits) in INTERNATIONAL else "",
        "phone_zero_lost": f"0{digits}" if _may_lack_zero(digits, country) and possible else "",
    }
    valid = [
        (code, phone)
        for code, reading in readings.items()
        if reading and (phone := _parsed(reading, country)) and phone.is_valid
    ]
    if len(valid) == 1:
        yield valid[0]


def _may_lack_zero(digits: str, country: str | None) -> bool:
    mobile = MOBILE_DIGIT.get(country or "")
    return mobile is not None and not digits.startswith(("0", mobile))


def _found_within(text: str, country: str | None) -> Mended | None:
    """Find the numbers in a text; of several the first that can be a mobile's, else the first."""
    searched = text[:LONGEST]
    matches = [match for match in PhoneNumberMatcher(searched, country or "ZZ") if match]
    if not all(_stands_alone(searched, match.start, match.end) for match in matches):
        return None  # a piece of a longer number is no number
    read = [(_parsed(piece, country), piece) for piece in (m.raw_string for m in matches)]
    found = [(phone, piece) for phone, piece in read if phone and phone.is_valid]
    if not found:
        return None
    taken, raw = next((each for each in found if each[0].type in MOBILE), found[0])
    others = [each for phone, each in found if phone.key != taken.key]
    if others:
        return Mended(taken, ("phone_several",), ", ".join(others))
    rest = searched.replace(raw, "", 1).strip(" \t\r\n/;,:|-()")
    return Mended(taken, ("phone_text",) if rest else (), rest or None)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether no further digits are joined to a piece of a text."""
    before, after = text[:start].rstrip(JOINING), text[end:].lstrip(JOINING)
    return not (before[-1:].isdecimal() and text[start] != "+") and not after[:1].isdecimal()
