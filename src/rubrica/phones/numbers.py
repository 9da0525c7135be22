# The library has no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
"""Telephone numbers, by libphonenumber's rules."""

from typing import NamedTuple

import rphonenumbers as library
from rphonenumbers import (
    CountryCodeSource,
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberType,
)

from rubrica.errors import Invalid
from rubrica.phones.keys import canonical, renumbered

TYPES = {
    value: name
    for name, value in vars(PhoneNumberType).items()
    if isinstance(value, int) and not name.startswith("_")
}
"""libphonenumber's names: MOBILE, FIXED_LINE, FIXED_LINE_OR_MOBILE, VOIP, TOLL_FREE, …"""

REASONS = {
    1: "its country code does not exist",
    2: "it is too short",
    3: "it is too long",
    4: "its area code is missing",
    5: "no number of its country has this length",
}


class InvalidPhone(Invalid):
    """That is not a possible telephone number."""

    code = "invalid_phone"


class Phone(NamedTuple):
    """A possible number. `number` is E.164 as written, `key` what makes two writings one number."""

    number: str
    key: str
    type: str
    country: str | None
    is_valid: bool


def parse(text: str, country: str | None) -> Phone:
    """Read a number in any usual form; a national one as of `country` (ISO 3166).

    An old number is what the one that took its place is: in type, country and validity. Raises
    `InvalidPhone` where libphonenumber's length check says that it cannot exist.
    """
    try:
        number = library.parse(text, country)
    except NumberParseException as error:
        if country is None and any(c.isdigit() for c in text) and "+" not in text:
            raise InvalidPhone(
                f"“{text}” has no country code, and no default country is set: write it with"
                " +…, or give defaultCountry."
            ) from error
        raise InvalidPhone(f"“{text}” is not a telephone number.") from error
    e164 = library.format_number(number, PhoneNumberFormat.E164)
    reason = library.is_possible_number_with_reason(number)
    today = renumbered(e164)
    if today != e164 and (reason == 0 or _is_international(text, country)):
        number, reason = library.parse(today, None), 0
    if reason != 0:
        why = REASONS.get(reason, "no such number can exist")
        raise InvalidPhone(f"“{text}” is not a possible telephone number: {why}.")
    return Phone(
        number=e164,
        key=canonical(e164),
        type=TYPES[library.number_type(number)],
        country=library.region_code_for_number(number),
        is_valid=library.is_valid_number(number),
    )


def _is_international(text: str, country: str | None) -> bool:
    """Tell whether a number has its country code: `1 212 555 1234` is not of Mexico."""
    source = library.parse(text, country, keep_raw_input=True).country_code_source
    return source != CountryCodeSource.FROM_DEFAULT_COUNTRY


def extension(text: str, country: str | None) -> str | None:
    """Return the extension behind a number that `parse` takes; E.164 has no place for it."""
    return library.parse(text, country).extension or None


def national_digits(number: str) -> str:
    """Return the digits of an E.164 number that every writing of it has, leading zeros left out."""
    return str(library.parse(number, None).national_number)


def calling_code(country: str) -> str | None:
    """Return the digits that numbers of a country begin with, such as `39`."""
    code = library.country_code_for_region(country)
    return str(code) if code else None


def trunk_prefix(country: str) -> str:
    """Return what national numbers begin with and international ones lack: `0` in Germany."""
    return library.ndd_prefix_for_region(country, True) or ""  # noqa: FBT003


def is_country(code: str) -> bool:
    """Tell whether this is a country that has telephone numbers (ISO 3166)."""
    return code in library.SUPPORTED_REGIONS
