from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrica.formats import vcards
from rubrica.imports.cells import TAG
from tests.cards import people, rows, warnings

Version = Literal["4.0", "3.0"]
VERSIONS: list[Version] = ["4.0", "3.0"]
ALSO_STANDARD = ["nickname", "jobTitle", "street", "city", "postalCode", "region", "country", "url"]

SIGNS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TELLING = st.sampled_from("\r\n\t \\;,:^|=\u2028\u0085\x0b😀éß中אعкक한がกაი" + '"')
TEXT = st.text(SIGNS | TELLING, max_size=500).map(str.strip)
WORD = TEXT.filter(bool)
CONTACTS = st.fixed_dictionaries(
    {},
    optional={
        "phoneNumber": st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True),
        "phoneType": st.sampled_from(["MOBILE", "FIXED_LINE", None]),
        "email": st.emails(),
        "firstName": TEXT,
        "lastName": TEXT | st.none(),
        "gender": st.sampled_from(["MALE", "FEMALE", "OTHER", None]),
        "birthDate": st.dates().map(str) | st.dates().map(lambda day: f"--{day:%m-%d}"),
        "company": TEXT,
        "language": st.sampled_from(["it", "pt-BR", "zh-Hant"]),
        "notes": TEXT,
        "tags": st.lists(WORD, unique=True),
        "externalId": TEXT,
        "isTest": st.booleans(),
        "isValid": st.booleans(),
        "communicationSupported": st.lists(st.sampled_from(["RCS", "WHATSAPP"]), unique=True),
        "customFields": st.dictionaries(
            st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", fullmatch=True)
            | st.sampled_from(ALSO_STANDARD),
            TEXT | st.none(),
        ),
    },
)


def cells(contact: dict[str, Any]) -> dict[str, str]:
    """Return what a table must hold of a contact, save the tags."""
    custom = contact.get("customFields") or {}
    plain = {
        name: text
        for name, text in contact.items()
        if isinstance(text, str) and text and name != "phoneType"
    }
    return (
        plain
        | {f"customFields.{key}": text for key, text in custom.items() if text}
        | ({"isTest": "true"} if contact.get("isTest") else {})
        | ({"isValid": "false"} if contact.get("isValid") is False else {})
        | (
            {"communicationSupported": ",".join(contact["communicationSupported"])}
            if contact.get("communicationSupported")
            else {}
        )
    )


def tags(cell: str) -> list[str]:
    """Read a cell of tags as an import does."""
    found = [(quoted.replace('""', '"') or plain).strip() for quoted, plain in TAG.findall(cell)]
    return [tag for tag in found if tag]


@pytest.mark.parametrize("version", VERSIONS)
@settings(deadline=None)
@given(contact=CONTACTS)
def test_what_was_written_is_read_again(version: Version, contact: dict[str, Any]):
    written = vcards.write(contact, version)
    [found] = people(written)
    named = contact.get("firstName") or contact.get("lastName")
    full = found.pop("fullName", None)
    assert (full is None) == (not named)
    assert tags(found.pop("tags", "")) == contact.get("tags", [])
    assert found == cells(contact)
    assert warnings(written) == {}


@pytest.mark.parametrize("version", VERSIONS)
@settings(deadline=None)
@given(contact=CONTACTS)
def test_no_line_is_longer_than_75_octets(version: Version, contact: dict[str, Any]):
    written = vcards.write(contact, version)
    lines = written.encode().split(b"\r\n")
    assert lines.pop() == b""
    assert all(len(line) <= 75 for line in lines)
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert [line.decode() for line in lines] == written.split("\r\n")[:-1]
    assert lines[0] == b"BEGIN:VCARD"
    assert lines[-1] == b"END:VCARD"


def test_many_cards_are_read_as_they_were_written():
    contacts = [
        {"firstName": f"Anna {number}", "phoneNumber": f"+3933300{number:05}", "notes": "é" * 300}
        for number in range(3000)
    ]
    written = "".join(vcards.write(contact) for contact in contacts).encode()
    found = [(row.number, row.cells[0], row.cells[9]) for row in rows(written)]
    assert found == [(n, f"Anna {n - 1}", "é" * 300) for n in range(1, 3001)]


def test_a_card_says_to_other_programs_what_it_can():
    contact = {
        "phoneNumber": "+393331234567",
        "phoneType": "MOBILE",
        "email": "anna@x.it",
        "firstName": "Anna",
        "lastName": "Rossi",
        "gender": "FEMALE",
        "birthDate": "--04-15",
        "notes": "one\r\ntwo",
        "tags": ["a,b", "c"],
        "isTest": True,
        "customFields": {"city": "Roma", "country": "Italia", "nickname": "Nina", "shoe": 39},
    }
    new, old = (vcards.write(contact, version).split("\r\n") for version in VERSIONS)
    assert new == [
        "BEGIN:VCARD",
        "VERSION:4.0",
        "FN:Anna Rossi",
        "N:Rossi;Anna;;;",
        "TEL;VALUE=uri;TYPE=cell:tel:+393331234567",
        "EMAIL:anna@x.it",
        "NOTE:one\\ntwo",
        "CATEGORIES:a\\,b,c",
        "GENDER:F",
        "BDAY:--0415",
        "NICKNAME:Nina",
        "ADR:;;;Roma;;;Italia",
        "X-RUBRICA-TEST:true",
        "X-RUBRICA-EXACT;X-KEY=notes:one\\r\\ntwo",
        "X-RUBRICA-FIELD;X-KEY=city:Roma",
        "X-RUBRICA-FIELD;X-KEY=country:Italia",
        "X-RUBRICA-FIELD;X-KEY=nickname:Nina",
        "X-RUBRICA-FIELD;X-KEY=shoe:39",
        "END:VCARD",
        "",
    ]
    assert set(old) - set(new) == {
        "VERSION:3.0",
        "TEL;TYPE=cell:+393331234567",
        "X-GENDER:FEMALE",
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15",
    }


@pytest.mark.parametrize(
    ("contact", "name"),
    [
        ({"company": "ACME", "email": "a@x.it", "phoneNumber": "+39333"}, "ACME"),
        ({"email": "a@x.it", "phoneNumber": "+39333"}, "a@x.it"),
        ({"phoneNumber": "+39333"}, "+39333"),
        ({}, ""),
    ],
)
def test_a_card_always_has_a_formatted_name(contact: dict[str, Any], name: str):
    assert f"FN:{name}" in vcards.write(contact).split("\r\n")
    assert people(vcards.write(contact)) == [contact]
