"""Telephone numbers, by libphonenumber's rules, and as spreadsheets and people leave them.

This is the front door: other packages import from here, never from the rooms behind it.
"""

from rubrica.phones.keys import also_begins, canonical
from rubrica.phones.mending import WORDS, Mended, PhoneDamaged, read
from rubrica.phones.numbers import (
    InvalidPhone,
    Phone,
    calling_code,
    is_country,
    national_digits,
    parse,
    trunk_prefix,
)

__all__ = [
    "WORDS",
    "InvalidPhone",
    "Mended",
    "Phone",
    "PhoneDamaged",
    "also_begins",
    "calling_code",
    "canonical",
    "is_country",
    "national_digits",
    "parse",
    "read",
    "trunk_prefix",
]
