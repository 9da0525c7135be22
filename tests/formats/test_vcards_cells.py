import tracemalloc

import pytest

from tests.cards import card, detected, people, person, rows, warnings


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("Rossi;Mario;;Dr.;Jr.", "Mario", "Rossi"),
        ("Rossi;Mario;Luigi,Maria;;", "Mario Luigi Maria", "Rossi"),
        (r"De\, Luca;Mario\;M;;;", "Mario;M", "De, Luca"),
        (r"O\\;Neil;;;", "Neil", "O\\"),
        ("Rossi", "", "Rossi"),
        (" Rossi ; Mario ", "Mario", "Rossi"),
        (";;;;", "", ""),
        ("", "", ""),
    ],
)
def test_a_name_is_read_by_its_parts(value: str, first: str, last: str):
    found = person(f"N:{value}", "FN:Somebody")
    assert (found.get("firstName", ""), found.get("lastName", "")) == (first, last)
    assert found["fullName"] == "Somebody"


def test_an_old_card_escapes_the_semicolon_only():
    lines = [r"N:Rossi\;Neri;Mario,Luigi", r"NOTE:C:\temp\, a\;b\\c", r"ORG:A\;B;C"]
    assert person(*lines, version="2.1") == {
        "firstName": "Mario,Luigi",
        "lastName": "Rossi;Neri",
        "notes": r"C:\temp\, a;b\\c",
        "company": "A;B, C",
    }


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_a_new_card_escapes_what_parts_and_ends(version: str):
    note = r"NOTE:a\, b\; c\: d\\n e\nf\Ng \" h \x"
    assert person(note, version=version)["notes"] == 'a, b; c: d\\n e\nf\ng " h \\x'


def test_a_name_that_only_repeats_something_is_no_name():
    assert person("FN:ACME", "ORG:ACME") == {"company": "ACME"}
    assert person("FN:a@x.it", "EMAIL:a@x.it") == {"email": "a@x.it"}
    assert person("FN:ACME", "N:ACME;;;;", "ORG:ACME")["fullName"] == "ACME"


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("BDAY:19960415", "1996-04-15"),
        ("BDAY:1996-04-15", "1996-04-15"),
        ("BDAY;VALUE=date-time:1996-04-15T10:22:00Z", "1996-04-15"),
        ("BDAY:19960415T102200", "1996-04-15"),
        ("BDAY:--0415", "--04-15"),
        ("BDAY:--04-15", "--04-15"),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15", "--04-15"),
        ("BDAY;VALUE=text:circa 1800", "circa 1800"),
        ("BDAY:1996-04", "1996-04"),
        ("BDAY:19963104", "19963104"),
    ],
)
def test_a_birthday_has_a_year_or_none(line: str, day: str):
    assert person(line, version="4.0") == {"birthDate": day}


@pytest.mark.parametrize(
    ("line", "gender"),
    [
        ("GENDER:M", "MALE"),
        ("GENDER:f;woman", "FEMALE"),
        ("GENDER:O", "OTHER"),
        ("GENDER:N", None),
        ("GENDER:U", None),
        ("GENDER:;it's complicated", "it's complicated"),
        ("X-GENDER:Female", "FEMALE"),
        ("X-GENDER:uomo", "uomo"),
    ],
)
def test_a_gender_is_a_letter_or_a_word(line: str, gender: str | None):
    assert person(line, version="4.0").get("gender") == gender


def test_the_preferred_address_is_read_else_the_first():
    work = "ADR;TYPE=work:PO 1;2nd floor;Via Po 1;Roma;RM;00100;Italia"
    home = "ADR;TYPE=home:;;Via Po 2;Pisa"
    assert person(work) == {
        "street": "PO 1, 2nd floor, Via Po 1",
        "city": "Roma",
        "region": "RM",
        "postalCode": "00100",
        "country": "Italia",
    }
    assert person(home, work)["street"] == "Via Po 2"
    assert person(home, work.replace("work", "work,pref"))["city"] == "Roma"
    assert person(home, work.replace("TYPE", "PREF=2;TYPE"), version="4.0")["city"] == "Roma"
    assert warnings(card(home, work)) == {"properties_not_kept": (1, ["ADR: 1"])}


def test_preference_is_said_in_three_styles():
    assert person("URL:a.it", "URL;PREF:b.it", version="2.1")["url"] == "b.it"
    assert person("URL:a.it", "URL;TYPE=work,PREF:b.it")["url"] == "b.it"
    lines = ["LANG:fr", "LANG;PREF=20:de", 'LANG;PREF="3":it']
    assert person(*lines, version="4.0")["language"] == "it"


def test_tags_are_parted_and_quoted_where_they_must_be():
    lines = [r"CATEGORIES:a,b\, c, d", 'CATEGORIES:say "e"', r"CATEGORIES:f\;g,,h|i"]
    assert person(*lines)["tags"] == 'a, "b, c", d, "say ""e""", "f;g", "h|i"'
    assert person("CATEGORIES:a;b,c", version="2.1")["tags"] == "a, b, c"


def test_several_of_one_kind_are_joined():
    assert person("NOTE:one", "NOTE: ", "NOTE:two")["notes"] == "one\ntwo"
    assert person("NICKNAME:Jim,Jimmie", r"NICKNAME:J\,J")["nickname"] == "Jim, Jimmie, J,J"
    assert person("ORG:ABC\\, Inc.;Sales;;")["company"] == "ABC, Inc., Sales"


def test_a_role_stands_for_a_title():
    assert person("ROLE:Lead")["jobTitle"] == "Lead"
    assert person("ROLE:Lead", "TITLE:Boss")["jobTitle"] == "Boss"


def test_an_identifier_is_kept_as_it_is():
    uid = "urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1"
    assert person(f"UID:{uid}", version="4.0") == {"externalId": uid}


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("TEL:+39 (0)6 1", "+39 (0)6 1"),
        ("TEL;VALUE=uri:tel:+1-418-656-9254;ext=102", "+1-418-656-9254 ext. 102"),
        ("TEL;VALUE=uri:tel:%2B39%20333%00", "+39 333"),
        ("TEL:tel:7042;phone-context=+1-914-555", "+1-914-5557042"),
        ("TEL;waid=393331234567;type=CELL:+39 333 123 4567", "+393331234567"),
        ('TEL;TYPE="cell;x:y",home:333', "333"),
        ('TEL;TYPE=cell":333', "333"),
    ],
)
def test_a_number_is_written_in_many_ways(line: str, number: str):
    assert person(line)["phoneNumber"] == number


def test_an_account_of_whatsapp_is_a_channel():
    found = person("TEL;TYPE=home:06 1", "item1.TEL;waid=39333:+39 333", "item1.X-ABLabel:x")
    assert found["phoneNumber"] == "+39333"
    assert found["communicationSupported"] == "WHATSAPP"
    lines = ["TEL:06 1", "TEL;waid=39333:+39 333"]
    assert "communicationSupported" not in person(*lines, phone_preference="FIRST")


NUMBERS = (
    "TEL;TYPE=fax:1",
    "TEL;TYPE=home:2",
    "TEL;TYPE=cell:3",
    "TEL;TYPE=work,pref:4",
    "TEL;TYPE=cell,pref:5",
)


@pytest.mark.parametrize(
    ("preference", "places", "number"),
    [
        ("MOBILE", (0, 1, 2, 3, 4), "5"),
        ("MOBILE", (0, 1, 2, 3), "3"),
        ("MOBILE", (0, 1, 3), "4"),
        ("MOBILE", (0, 1), "2"),
        ("MOBILE", (0,), "1"),
        ("PREF", (0, 1, 2, 3, 4), "4"),
        ("PREF", (0, 1, 2), "2"),
        ("PREF", (0,), "1"),
        ("FIRST", (0, 1, 2), "1"),
        ("FIRST", (4, 3), "5"),
    ],
)
def test_one_number_is_the_contacts(preference: str, places: tuple[int, ...], number: str):
    lines = [NUMBERS[place] for place in places]
    found = person(*lines, phone_preference=preference)
    assert found["phoneNumber"] == number
    left = [line[-1] for line in lines if line[-1] != number]
    assert found.get("otherPhones", "") == ", ".join(left)


@pytest.mark.parametrize(
    "label", ["_$!<Mobile>!$_", "iPhone", "cellulare", "Handy", "portable", "móvil", "Cell phone"]
)
def test_a_label_says_that_a_number_is_mobile(label: str):
    lines = ["TEL:1", "item2.TEL:2", f"ITEM2.X-ABLabel:{label}"]
    assert person(*lines)["phoneNumber"] == "2"


def test_a_label_says_that_a_number_is_a_fax():
    lines = ["item1.TEL:1", "item1.X-ABLabel:homeFax", "TEL;PAGER:2", "TEL:3"]
    assert person(*lines)["phoneNumber"] == "3"


def test_old_types_are_bare_words():
    assert person("TEL;HOME;VOICE:1", "TEL;CELL;VOICE:2", version="2.1")["phoneNumber"] == "2"


def test_what_is_no_number_stays_beside():
    lines = ["TEL;TYPE=cell:ask Anna", "TEL:sip:1@x.it", "TEL:333", "TEL:"]
    found = person(*lines)
    assert (found["phoneNumber"], found["otherPhones"]) == ("333", "ask Anna, sip:1@x.it")
    assert person("TEL:a@x.it") == {"otherPhones": "a@x.it"}


def test_a_number_written_twice_is_one():
    found = person("TEL;TYPE=cell:+39 333-1", "TEL;TYPE=home:+39 3331", "TEL:06", "TEL:0 6")
    assert (found["phoneNumber"], found["otherPhones"]) == ("+39 333-1", "06")


def test_one_address_is_the_contacts():
    lines = [
        "EMAIL:a@x.it",
        "EMAIL;TYPE=pref:mailto:b%2B1@x.it?subject=x",
        "EMAIL:",
        "EMAIL:A@x.it",
    ]
    found = person(*lines)
    assert (found["email"], found["otherEmails"]) == ("b+1@x.it", "a@x.it, A@x.it")
    assert person(*lines, email_preference="FIRST")["email"] == "a@x.it"


def test_cards_with_more_than_one_number_or_address_are_counted():
    content = card("TEL:1", "TEL:2", "TEL:3") + card("TEL:1", "EMAIL:a@x", "EMAIL:b@x")
    assert warnings(content) == {
        "further_phones": (1, ["card 1: 2, 3"]),
        "further_emails": (1, ["card 2: b@x"]),
    }


def test_cards_may_be_split_by_their_mobile_numbers():
    content = card("FN:Anna", "UID:7", "TEL;TYPE=cell:1", "TEL:2", "TEL;TYPE=cell;waid=3:3")
    content += card("KIND:group") + card("FN:Ugo", "TEL:4")
    assert people(content, split_phones=True) == [
        {"fullName": "Anna", "externalId": "7", "phoneNumber": "1", "otherPhones": "2"},
        {
            "fullName": "Anna",
            "phoneNumber": "+3",
            "otherPhones": "2",
            "communicationSupported": "WHATSAPP",
        },
        {"fullName": "Ugo", "phoneNumber": "4"},
    ]
    assert [row.number for row in rows(content, split_phones=True)] == [1, 2, 3]
    reading = detected(content, split_phones=True, phone_preference="PREF").reading
    assert (reading.split_phones, reading.phone_preference) == (True, "PREF")


def test_custom_fields_of_our_own_are_columns():
    content = card("X-RUBRICA-FIELD;X-KEY=city:Roma", "X-RUBRICA-FIELD;X-KEY=loyalty:")
    content += card('X-RUBRICA-FIELD;X-KEY="a^^b; c":1\\n2\\r3\\\\')
    columns = ["customFields.city", "customFields.loyalty", "customFields.a^b; c"]
    assert detected(content).header[25:] == columns
    assert people(content) == [
        {"customFields.city": "Roma"},
        {"customFields.a^b; c": "1\n2\r3\\"},
    ]


def test_a_custom_field_does_not_come_back_twice():
    lines = ["ADR:;;Via Po 1;Pisa;;;", "X-RUBRICA-FIELD;X-KEY=city:Roma"]
    assert person(*lines) == {"street": "Via Po 1", "customFields.city": "Roma"}


def test_endless_types_of_numbers_are_not_remembered():
    content = "".join(
        card(f"TEL;TYPE={number},{'x' * 60_000},cell:1", "TEL:2") for number in range(100)
    )
    tracemalloc.start()
    try:
        assert {person["phoneNumber"] for person in people(content)} == {"1"}
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1_000_000
