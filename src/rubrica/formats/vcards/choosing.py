"""Which of several numbers and addresses is the contact's."""

import functools
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple
from urllib.parse import unquote

from rubrica.formats.model import EmailPreference, IsMobile, PhonePreference
from rubrica.formats.vcards import escapes
from rubrica.formats.vcards.heads import Head

MOBILE_TYPES = frozenset({"cell", "mobile", "iphone", "pcs", "x-mobile", "x-cell", "x-iphone"})
MOBILE_WORDS = frozenset({
    "pcs", "iphone", "smartphone", "handy", "portable", "portatile", "cellulare", "móvil", "movil",
    "telemóvel", "telemovel", "natel", "gsm", "komórka", "komorka", "cep", "携帯",
})  # fmt: skip
"""What people call such a number where a label says it."""
_MOBILE_STEMS = ("mobil", "cell", "celular")
_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")
_NO_DIGITS = re.compile(r"\D+")
_LABEL = 100
"""Characters of a label that are looked at."""
MOST_TYPES = 16
LONGEST_TYPES = 500
"""Characters of types and label that are remembered: real ones are far shorter."""


class Phone(NamedTuple):
    """A number as it stands in a card."""

    number: str
    preference: int
    kind: Literal["MOBILE", "FAX", "OTHER", "NONE"]
    """FAX: pagers too. NONE: it can be no number at all."""
    is_whatsapp: bool = False


class Email(NamedTuple):
    """An address as it stands in a card."""

    address: str
    preference: int


def phone(head: Head, value: str, label: str, *, old: bool) -> Phone:
    """Read a TEL; `label` is what the card calls it (X-ABLabel)."""
    number = escapes.read(value, old=old).strip()
    scheme = number[:4].lower()
    if scheme == "tel:":
        number = _of_uri(number[4:])
    if (account := head.parameters.get("WAID", "")).isascii() and account.isdigit():
        return Phone(f"+{account}", head.preference, "MOBILE", is_whatsapp=True)
    if "@" in number or scheme == "sip:" or not _DIGIT.search(number):
        return Phone(number, head.preference, "NONE")
    return Phone(number, head.preference, _kind(head.types, label[:_LABEL]))


def email(head: Head, value: str, *, old: bool) -> Email:
    """Read an EMAIL."""
    address = escapes.read(value, old=old).strip()
    if address[:7].lower() == "mailto:":
        address = _unquoted(address[7:].partition("?")[0])
    return Email(address, head.preference)


def judged(phones: list[Phone], is_mobile: IsMobile, country: str | None) -> list[Phone]:
    """Return the numbers of a card, judged by themselves where it calls none of them a mobile's."""
    if any(phone.kind == "MOBILE" for phone in phones):
        return phones
    return [
        phone._replace(kind="MOBILE")
        if phone.kind == "OTHER" and is_mobile(phone.number, country)
        else phone
        for phone in phones
    ]


def choose_phone(phones: list[Phone], by: PhonePreference) -> Phone | None:
    """Return the contact's number.

    FIRST is the first of the card. PREF is the preferred one, or the first, that is neither fax nor
    pager; MOBILE the preferred mobile number, then as PREF. Any number is better than none.
    """
    possible = [phone for phone in phones if phone.kind != "NONE"]
    if len(possible) <= 1 or by == "FIRST":
        return possible[0] if possible else None
    mobile = [phone for phone in possible if phone.kind == "MOBILE"] if by == "MOBILE" else []
    talking = mobile or [phone for phone in possible if phone.kind != "FAX"]
    return min(talking, key=_preference) if talking else possible[0]


def choose_email(emails: list[Email], by: EmailPreference) -> Email | None:
    """Return the contact's address: the first, or the preferred one, which may be the first."""
    if len(emails) == 1:
        return emails[0]
    filled = [email for email in emails if email.address]
    if not filled:
        return None
    return filled[0] if by == "FIRST" else min(filled, key=_preference)


def others(phones: Iterable[Phone], taken: Iterable[Phone]) -> list[Phone]:
    """Return the numbers that are not taken, each once, however it is written."""
    seen = {_canonical(phone) for phone in taken}
    left: list[Phone] = []
    for each in phones:
        if (key := _canonical(each)) not in seen:
            seen.add(key)
            left.append(each)
    return left


def _preference(each: Phone | Email) -> int:
    return each.preference


def _canonical(phone: Phone) -> str:
    digits = _NO_DIGITS.sub("", phone.number)
    return phone.number if phone.kind == "NONE" else ("+" in phone.number) * "+" + digits


def _of_uri(uri: str) -> str:
    """Return the number of a `tel:` URI (RFC 3966), with its extension as people write it."""
    number, *parameters = uri.split(";")
    split = (each.lower().partition("=") for each in parameters)
    about = {name: value for name, _, value in split}
    number = _unquoted(number).strip()
    if (context := about.get("phone-context", "")).startswith("+") and "+" not in number:
        number = context + number
    return (
        f"{number} ext. {extension}" if (extension := _unquoted(about.get("ext", ""))) else number
    )


def _unquoted(text: str) -> str:
    """Undo percent-encoding (RFC 3986, 2.1), without the NUL characters that it may bring."""
    return unquote(text).replace("\0", "")


def _kind(types: frozenset[str], label: str) -> Literal["MOBILE", "FAX", "OTHER"]:
    """Tell a kind, by heart where little is to be remembered: a head may be of 64 KiB."""
    usual = len(types) <= MOST_TYPES and sum(map(len, types)) + len(label) <= LONGEST_TYPES
    return (_kind_by_heart if usual else _kind_by_words)(types, label)


def _kind_by_words(types: frozenset[str], label: str) -> Literal["MOBILE", "FAX", "OTHER"]:
    words = [*types, *_WORD.findall(label.lower())]
    if types & MOBILE_TYPES or any(map(_is_mobile, words[len(types) :])):
        return "MOBILE"
    is_fax = any("fax" in word or "pager" in word for word in words)
    return "FAX" if is_fax else "OTHER"


_kind_by_heart = functools.lru_cache(4096)(_kind_by_words)


def _is_mobile(word: str) -> bool:
    return word in MOBILE_WORDS or word.startswith(_MOBILE_STEMS)
