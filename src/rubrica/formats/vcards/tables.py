"""A card as a row of a table: which of its values go into which column."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from rubrica.formats.model import (
    EmailPreference,
    IsMobile,
    PhonePreference,
    Reading,
    never_mobile,
)
from rubrica.formats.vcards import choosing, escapes, values
from rubrica.formats.vcards.cards import Card
from rubrica.formats.vcards.choosing import Email, Phone
from rubrica.formats.vcards.heads import Head

STANDARD = (
    "firstName", "lastName", "fullName", "phoneNumber", "email", "company", "gender", "birthDate",
    "language", "notes", "tags", "externalId", "isTest", "isValid", "communicationSupported",
    "nickname", "jobTitle", "street", "city", "postalCode", "region", "country", "url",
    "otherPhones", "otherEmails",
)  # fmt: skip
"""The columns that every file of cards has."""
CUSTOM = "customFields."
ALSO_STANDARD = ("nickname", "jobTitle", "street", "city", "postalCode", "region", "country", "url")
"""Columns that our own cards write as custom fields too, which then hold the truth."""
_PLACE = {name: place for place, name in enumerate(STANDARD)}
_FIRST, _LAST, _FULL, _PHONE, _EMAIL, _COMPANY = range(6)
_OTHER_PHONES, _OTHER_EMAILS = _PLACE["otherPhones"], _PLACE["otherEmails"]
_CHANNELS, _EXTERNAL_ID = _PLACE["communicationSupported"], _PLACE["externalId"]
_FIELD, _KEY = "X-RUBRICA-FIELD", "X-KEY"
_USUAL = frozenset({"VERSION", "N", "FN", "TEL", "EMAIL"})

Found = dict[str, list[tuple[Head, str]]]
"""The properties of a card by name."""


class Made(NamedTuple):
    """The rows of one card."""

    rows: list[list[str]]
    left_out: list[str]
    """Names of properties with values that found no place, such as a second address."""


class Table:
    """Turns cards into rows, as a reading wants them.

    `is_mobile` is asked where a card has several numbers, and says of none that it is a mobile's.
    """

    def __init__(self, reading: Reading, is_mobile: IsMobile = never_mobile) -> None:
        self._columns = reading.columns or list(STANDARD)
        self._width = len(self._columns)
        self._custom = {
            name.removeprefix(CUSTOM): place
            for place, name in enumerate(self._columns)
            if name.startswith(CUSTOM)
        }
        self._by_phone: PhonePreference = reading.phone_preference
        self._by_email: EmailPreference = reading.email_preference
        self._splits = reading.split_phones
        self._asks = self._splits or self._by_phone == "MOBILE"
        self._is_mobile = is_mobile
        self._country = reading.country

    def rows(self, card: Card) -> Made:
        """Return the rows of a card: one, or one for each mobile number; none for a group."""
        found: Found = {}
        for head, value in card:
            if head.name in found:
                found[head.name].append((head, value))
            else:
                found[head.name] = [(head, value)]
        version = found.get("VERSION")
        old = version is not None and version[0][1].lstrip().startswith("2")
        cells = [""] * self._width
        left_out: list[str] = []
        is_usual = found.keys() <= _USUAL
        if not is_usual:
            if _is_group(found):
                return Made([], left_out)
            self._fill(cells, found, left_out, old=old)
        phones = self._reach(cells, found, old=old)
        _name(cells, found, old=old)
        if not is_usual:
            for key, text in _own(found.get("X-RUBRICA-EXACT", ())):
                if key in _PLACE:
                    cells[_PLACE[key]] = text
        return Made(self._split(cells, phones) if self._splits else [cells], left_out)

    def _reach(self, cells: list[str], found: Found, *, old: bool) -> list[Phone]:
        """Fill in the number and the address; return all numbers, the chosen one first."""
        phones: list[Phone] = []
        if tel := found.get("TEL"):
            labels = _labels(found) if "X-ABLABEL" in found else {}
            for head, value in tel:
                phone = choosing.phone(head, value, labels.get(head.group, ""), old=old)
                if phone.number:
                    phones.append(phone)
            if len(phones) > 1 and self._asks:
                phones = choosing.judged(phones, self._is_mobile, self._country)
            if chosen := choosing.choose_phone(phones, self._by_phone):
                cells[_PHONE] = chosen.number
                if chosen.is_whatsapp and not cells[_CHANNELS]:
                    cells[_CHANNELS] = "WHATSAPP"
            if len(phones) > 1 or (phones and chosen is None):
                taken = [chosen] if chosen else []
                phones = [*taken, *choosing.others(phones, taken)]
                cells[_OTHER_PHONES] = ", ".join(each.number for each in phones[len(taken) :])
        if written := found.get("EMAIL"):
            emails = [choosing.email(head, value, old=old) for head, value in written if value]
            if chosen_email := choosing.choose_email(emails, self._by_email):
                cells[_EMAIL] = chosen_email.address
                if len(emails) > 1:
                    cells[_OTHER_EMAILS] = _other_emails(emails, chosen_email)
        return phones

    def _fill(self, cells: list[str], found: Found, left_out: list[str], *, old: bool) -> None:
        """Fill in all but the name, the number and the address."""
        place = _PLACE
        for name, (column, read) in _SINGLE.items():
            if name not in found:
                continue
            head, value = _preferred(found[name], left_out)
            if not cells[place[column]]:
                cells[place[column]] = read(head, value, old)
            elif value.strip():
                left_out.append(name)
        for name, column, between in (("NICKNAME", "nickname", ", "), ("NOTE", "notes", "\n")):
            texts = [
                values.listed(value, old=old) if name == "NICKNAME" else _text(head, value, old)
                for head, value in found.get(name, ())
            ]
            cells[place[column]] = between.join(filter(None, texts))
        tags = [
            tag for _, value in found.get("CATEGORIES", ()) for tag in values.tags(value, old=old)
        ]
        cells[place["tags"]] = values.tags_cell(tags)
        if addresses := [each for each in found.get("ADR", ()) if each[1].strip("; ")]:
            _fill_address(cells, addresses, left_out, old=old)
        self._fill_custom(cells, found)

    def _fill_custom(self, cells: list[str], found: Found) -> None:
        for key, text in _own(found.get(_FIELD, ())):
            if key in self._custom:
                cells[self._custom[key]] = text
                if key in ALSO_STANDARD:
                    cells[_PLACE[key]] = ""

    @staticmethod
    def _split(cells: list[str], phones: list[Phone]) -> list[list[str]]:
        """Make a row of each further mobile number."""
        further = [phone for phone in phones[1:] if phone.kind == "MOBILE"]
        if not further:
            return [cells]
        rest = [phone.number for phone in phones[1:] if phone.kind != "MOBILE"]
        cells[_OTHER_PHONES] = ", ".join(rest)
        rows = [cells]
        for phone in further:
            row = cells.copy()
            row[_PHONE], row[_EXTERNAL_ID] = phone.number, ""
            if phone.is_whatsapp or phones[0].is_whatsapp:
                row[_CHANNELS] = "WHATSAPP" if phone.is_whatsapp else ""
            rows.append(row)
        return rows


def custom_keys(card: Card) -> list[str]:
    """Return the keys of the custom fields that one of our own cards holds."""
    return [
        key for head, _ in card if head.name == _FIELD and (key := head.parameters.get(_KEY, ""))
    ]


def _name(cells: list[str], found: Found, *, old: bool) -> None:
    """Fill in the names. An FN that only repeats something else is no name: it must be there."""
    if structured := found.get("N"):
        cells[_FIRST], cells[_LAST] = values.name(structured[0][1], old=old)
    if formatted := found.get("FN"):
        full = escapes.read(formatted[0][1], old=old).strip()
        repeated = (cells[_COMPANY], cells[_EMAIL], cells[_PHONE])
        if cells[_FIRST] or cells[_LAST] or full not in repeated:
            cells[_FULL] = full


def _fill_address(
    cells: list[str], addresses: list[tuple[Head, str]], left_out: list[str], *, old: bool
) -> None:
    """Fill in the preferred address, else the first."""
    found = values.address(_preferred(addresses, [])[1], old=old)
    for column, text in zip(_ADDRESS, found, strict=True):
        cells[_PLACE[column]] = text
    left_out += ["ADR"] * (len(addresses) - 1)


def _preferred(properties: list[tuple[Head, str]], left_out: list[str]) -> tuple[Head, str]:
    """Return the preferred or first one that holds anything, and name the others."""
    filled = [each for each in properties if each[1].strip()]
    left_out += [head.name for head, _ in filled[1:]]
    return min(filled or properties[:1], key=lambda each: each[0].preference)


def _labels(found: Found) -> dict[str, str]:
    """Return what a card calls its groups; Apple writes its own words as `_$!<Mobile>!$_`."""
    return {head.group: value for head, value in found.get("X-ABLABEL", ()) if head.group}


def _is_group(found: Found) -> bool:
    kinds = [*found.get("KIND", ()), *found.get("X-ADDRESSBOOKSERVER-KIND", ())]
    return any(value.strip().lower() == "group" for _, value in kinds)


def _own(properties: Iterable[tuple[Head, str]]) -> Iterator[tuple[str, str]]:
    for head, value in properties:
        yield head.parameters.get(_KEY, ""), escapes.read_own(value).strip()


def _other_emails(emails: list[Email], chosen: Email) -> str:
    seen = {chosen.address.lower(), ""}
    left = [each for each in emails if each.address.lower() not in seen]
    return ", ".join(dict.fromkeys(each.address for each in left))


def _text(_: Head, value: str, old: bool) -> str:  # noqa: FBT001 - one of several readers
    return escapes.read(value, old=old).strip()


_ADDRESS = ("street", "city", "region", "postalCode", "country")
_SINGLE: dict[str, tuple[str, Callable[[Head, str, bool], str]]] = {
    "ORG": ("company", lambda _, value, old: values.organisation(value, old=old)),
    "TITLE": ("jobTitle", _text),
    "ROLE": ("jobTitle", _text),
    "BDAY": ("birthDate", lambda head, value, old: values.day(head, _text(head, value, old))),
    "GENDER": ("gender", lambda _, value, old: values.gender(value, old=old)),
    "X-GENDER": ("gender", lambda _, value, old: values.gender(value, old=old)),
    "LANG": ("language", _text),
    "UID": ("externalId", _text),
    "URL": ("url", _text),
    "X-RUBRICA-TEST": ("isTest", _text),
    "X-RUBRICA-VALID": ("isValid", _text),
    "X-RUBRICA-CHANNELS": ("communicationSupported", _text),
}
"""Properties of which one value is kept, in the order of precedence; the column, how it is read."""
