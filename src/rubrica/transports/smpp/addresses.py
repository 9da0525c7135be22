"""Addresses as a message centre writes them: type of number, numbering plan, digits."""

import re
from functools import lru_cache
from typing import NamedTuple

from rubrica import phones
from rubrica.transports.settings import SmppSettings

UNKNOWN, INTERNATIONAL, NATIONAL, NETWORK, ALPHANUMERIC = 0, 1, 2, 3, 5
"""TON (SMPP 3.4, 5.2.5)."""
NO_PLAN, E164 = 0, 1
"""NPI (5.2.6)."""
MOST_SHORT = 8
"""Digits that a short code may have."""
MOST_OCTETS = 20
"""Of an address, its end not counted (4.4.1)."""
DIGITS = re.compile(r"[1-9][0-9]{6,14}")


class Address(NamedTuple):
    """An address as it stands in a PDU."""

    ton: int
    npi: int
    text: str


def destination(number: str, settings: SmppSettings) -> Address:
    """Return whom a message goes to; `number` is E.164."""
    return Address(settings.dest_ton, settings.dest_npi, number.removeprefix("+"))


@lru_cache(maxsize=1000)
def sender(written: str | None, ton: int | None, npi: int | None) -> Address | None:
    """Return whom a message comes from; None where no PDU can hold it.

    What is not set follows from the form: a name is alphanumeric (TON 5, NPI 0); up to eight digits
    are a short code (TON 3, NPI 0); digits that begin with 0 a national number (TON 2, NPI 1),
    others an international one (TON 1, NPI 1). No sender at all is the centre's to choose (4.4.1).
    """
    text = written or ""
    digits = text.removeprefix("+")
    if not text:
        found = Address(UNKNOWN, NO_PLAN, "")
    elif not digits.isdecimal():
        found = Address(ALPHANUMERIC, NO_PLAN, text)
    elif digits == text and len(digits) <= MOST_SHORT:
        found = Address(NETWORK, NO_PLAN, digits)
    else:
        found = Address(NATIONAL if digits.startswith("0") else INTERNATIONAL, E164, digits)
    if len(found.text) > MOST_OCTETS or not found.text.isascii() or not _printable(found.text):
        return None
    return Address(found.ton if ton is None else ton, found.npi if npi is None else npi, found.text)


def e164(text: str, ton: int) -> str | None:
    """Return an address in E.164 where it surely is an international number, else None.

    Surely: its type says so, or it has a plus, or it says nothing and libphonenumber knows the
    digits as a number with its country code.
    """
    digits = text.strip().removeprefix("+")
    if not DIGITS.fullmatch(digits):
        return None
    number = f"+{digits}"
    if ton == INTERNATIONAL or text.strip().startswith("+"):
        return number
    return number if ton == UNKNOWN and _is_valid(number) else None


def _is_valid(number: str) -> bool:
    try:
        return phones.parse(number, None).is_valid
    except phones.InvalidPhone:
        return False


def _printable(text: str) -> bool:
    return not text or text.isprintable()
