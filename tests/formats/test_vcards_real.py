"""Real cards of other projects. What is asserted was read in the files themselves."""

import pytest

from tests import corpora
from tests.cards import people, rows, warnings

pytestmark = corpora.present

CARDS = {
    "aosp-vcard/v21_backslash.vcf": {"firstName": "A;B\\ C\\;", "fullName": "A;B\\C;D:E\\\\"},
    "aosp-vcard/v21_japanese_1.vcf": {"lastName": "安藤ロイド", "phoneNumber": "0300000000"},
    "aosp-vcard/v21_malformed_photo.vcf": {"lastName": "name", "fullName": "fullname"},
    "aosp-vcard/v21_org_before_title.vcf": {
        "fullName": "Normal Guy",
        "company": "Company, Organization, Devision, Room, Sheet No.",
        "jobTitle": "Excellent Janitor",
    },
    "aosp-vcard/v21_simple_3.vcf": {
        "firstName": "Roid",
        "lastName": "Ando",
        "fullName": "Ando Roid",
    },
    "aosp-vcard/v21_x_android_custom_after_photo.vcf": {
        "firstName": "Roid",
        "lastName": "Ando",
        "birthDate": "1975-08-20",
    },
    "aosp-vcard/v30_multibyte_param.vcf": {
        "firstName": "G M",
        "lastName": "F",
        "phoneNumber": "1",
    },
    "aosp-vcard/v30_pager.vcf": {
        "firstName": "G M",
        "lastName": "F",
        "otherPhones": "6101231234@pagersample.com",
    },
    "aosp-vcard/v30_simple.vcf": {
        "firstName": "Roid",
        "lastName": "And",
        "fullName": "And Roid",
        "phoneNumber": "0300000000",
        "company": "Open, Handset, Alliance",
    },
    "aosp-vcard/v40_sip.vcf": {
        "firstName": "ロイド",
        "lastName": "安藤",
        "fullName": "安藤 ロイド",
        "phoneNumber": "1",
        "otherPhones": "sip:example@example.com",
    },
    "aosp-vcard/v40_sort_as.vcf": {
        "firstName": "ロイド",
        "lastName": "安藤",
        "fullName": "安藤 ロイド",
        "company": "グーグル, 検索部門",
    },
    "ez-vcard/ezvcard__io__text__rfc6350-example.vcf": {
        "firstName": "Simon",
        "lastName": "Perreault",
        "fullName": "Simon Perreault",
        "birthDate": "--02-03",
        "gender": "MALE",
        "language": "fr",
        "company": "Viagenie",
        "street": "Suite D2-630, 2875 Laurier",
        "city": "Quebec",
        "region": "QC",
        "postalCode": "G1V 2M2",
        "country": "Canada",
        "phoneNumber": "+1-418-262-6501",
        "otherPhones": "+1-418-656-9254 ext. 102",
        "email": "simon.perreault@viagenie.ca",
        "url": "http://nomis80.org",
    },
    "folker-vcards/Photo_Outlook_v2.vcf": {},
    "folker-vcards/Utf-8__Hebrew.vcf": {
        "firstName": "Ephraim",
        "lastName": "Kishon",
        "fullName": "אפרים קישון",
    },
    "folker-vcards/src__Examples__AnsiFilterExamples__German.vcf": {
        "firstName": "Sören Täve",
        "lastName": "Nüßlebaum",
        "fullName": "Sören Täve Nüßlebaum",
        "city": "Mößlitz",
    },
    "folker-vcards/src__Examples__AnsiFilterExamples__Hebrew.vcf": {
        "firstName": "Ephraim",
        "lastName": "Kishon",
        "fullName": "אפרים קישון",
    },
    "folker-vcards/src__Examples__AnsiFilterExamples__Ukrainian.vcf": {
        "firstName": "Віталій Володимирович",
        "lastName": "Кличко",
        "fullName": "Віталій Володимирович Кличко",
        "city": "Київ",
    },
    "ical4j-vcard/samples__valid__Tony_Small.vcf": {
        "firstName": "Tony",
        "lastName": "Small",
        "fullName": "Tony Small",
        "company": "XpertSite.Com",
        "street": "4700 42nd Ave. SW, Suite 440",
        "city": "Seattle",
        "region": "WA",
        "postalCode": "98116",
        "country": "USA",
        "phoneNumber": "+1-206-937-9972",
        "otherPhones": "+1-206-936-7329",
        "email": "tony@xpertsite.com",
    },
    "ical4j-vcard/samples__valid__vcard-url.vcf": {"url": "http://www.apple.com"},
    "icaljs/test__parser__vcard_grouped.vcf": {
        "street": "pobox, apt, street",
        "city": "city",
        "region": "state",
        "postalCode": "zipcode",
        "country": "country",
    },
    "icaljs/test__parser__vcard21_type_params.vcf": {
        "firstName": "Type",
        "lastName": "Parameters",
        "fullName": "Test Type Parameters",
        "phoneNumber": "+1-555-9999",
        "otherPhones": "+1-555-1234, +1-555-5678",
        "street": "123 Main St",
        "city": "Springfield",
        "region": "IL",
        "postalCode": "62701",
        "country": "USA",
        "email": "test@example.com",
    },
    "sabre-vobject/tests__VObject__issue64.vcf": {},
    "thunderbird/addrbook__test__unit__data__v3-uri-binary-webp.vcf": {
        "fullName": "URI WebP, version 3.0",
        "notes": "This v3.0 card has a WebP photo as a URI and binary valuetype.",
    },
    "thunderbird/mail__components__addrbook__test__browser__data__import.vcf": {
        "firstName": "contact",
        "lastName": "one",
        "fullName": "contact number one",
        "email": "contact1@invalid",
    },
}
"""All that a contact has of the only card of each file."""

SOME = {
    "aosp-vcard/v21_complicated.vcf": {
        "company": "Gump Shrimp Co., Sales Dept.;Manager, Fish keeper",
        "jobTitle": "Shrimp Man",
        "phoneNumber": "0311111111",
        "otherPhones": "(111) 555-1212, (404) 555-1212, 0322222222, 0333333333",
        "email": "forrestgump@walladalla.com",
        "otherEmails": "cell@example.com",
        "street": "100 Waters Edge",
        "notes": "The following note is the example from RFC 2045.\n"
        "Now's the time for all folk to come to the aid of their country.",
        "birthDate": "1980-01-01",
    },
    "ez-vcard/ezvcard__io__text__John_Doe_GMAIL.vcf": {
        "firstName": "John Richter, James",
        "street": "Crescent moon drive\n555-asd\nNice Area, Albaney, New York 12345\n"
        "United States of America",
        "phoneNumber": "905-555-1234",
        "url": "http://www.ibm.com",
    },
    "ez-vcard/ezvcard__io__text__John_Doe_MS_OUTLOOK.vcf": {
        "firstName": "John Richter,James",
        "nickname": "Johny",
        "phoneNumber": "(905) 555-1234",
        "city": "Albaney",
        "birthDate": "1980-03-22",
    },
    "ez-vcard/ezvcard__io__text__gmail-single.vcf": {
        "phoneNumber": "555 555 1111",
        "otherPhones": "555 555 2222",
        "street": "123 Home St\nHome City, HM 12345",
        "notes": "This is GMail's note field.\nIt should be added as a NOTE type.\n"
        "ACustomField: CustomField",
    },
    "ez-vcard/ezvcard__io__text__thunderbird-MoreFunctionsForAddressBook-extension.vcf": {
        "phoneNumber": "555-555-5555",
        "otherPhones": "555-555-1111, 555-555-2222, 555-555-3333, 555-555-4444",
        "email": "doe.john@hotmail.com",
        "street": "222 Broadway, Suite 100",
        "tags": '"category1, category2, category3"',
        "birthDate": "1970-09-21",
    },
    "ical4j-vcard/samples__vcard-antoni-kontact.vcf": {
        "firstName": "Antoni KDE User",
        "phoneNumber": "+48 691 723 056",
        "email": "antoni.mylka.kde@somedomain.com",
        "birthDate": "1985-01-28",
        "street": "Piaskowa 82",
        "jobTitle": "Chief Information Officer",
        "externalId": "BHTRsCvcmd",
    },
    "ical4j-vcard/samples__vcard-antoni-outlook2003.vcf": {
        "firstName": "Antoni Jozef",
        "notes": "These are some notes about antoni.",
        "phoneNumber": "48 91 3 175 234",
        "email": "antoni_mylka@somedomain.com",
    },
    "ical4j-vcard/samples__vcard-antoni-cardpicture.vcf": {
        "phoneNumber": "0634 272 451",
        "otherPhones": "(043) 7245-7234, (012) 7234-8012",
        "email": "antoni@amservices.pl",
        "country": "Poland",
    },
    "icaljs/test__parser__vcard21_comprehensive.vcf": {
        "phoneNumber": "+1-213-555-1234",
        "otherPhones": "+1-213-555-5678",
        "externalId": "unique-id-12345",
        "birthDate": "1970-01-15",
    },
    "py-vobject/test_files__vcard40_full.vcf": {
        "fullName": "Dr. John Q. Public, III",
        "nickname": "Johnny, JQP",
        "phoneNumber": "+1-555-123-4567",
        "otherPhones": "+1-555-555-5555",
        "email": "johnny@personal.example.org",
        "street": "456 Oak Lane",
        "language": "en",
        "tags": "BUSINESS, NETWORKING",
        "externalId": "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    },
}
"""Some of what a contact has of longer cards."""


def content(name: str) -> bytes:
    return (corpora.FOLDER / "vcard" / name).read_bytes()


@pytest.mark.parametrize("name", CARDS)
def test_a_real_card_is_read(name: str):
    assert people(content(name)) == [CARDS[name]]


@pytest.mark.parametrize("name", SOME)
def test_the_fields_of_a_longer_card_are_read(name: str):
    [found] = people(content(name))
    assert {column: found[column] for column in SOME[name]} == SOME[name]


def test_all_of_a_thousand_cards_are_read():
    found = people(content("folker-vcards/LargeFile.vcf"))
    assert len(found) == 1000
    assert found[3]["firstName"] == "Reva Rachel"
    assert all(each.keys() >= {"firstName", "lastName", "fullName"} for each in found)


@pytest.mark.parametrize("name", ["v3.vcf", "MultiAnsiFilterTests__v3Ansi.vcf"])
def test_one_file_in_two_encodings_is_the_same(name: str):
    folker, kms = people(content(f"folker-vcards/{name}"))
    assert (folker["email"], folker["otherEmails"]) == (
        "email1@wumms.de",
        "email2@folker-kinzel.de",
    )
    assert (kms["fullName"], kms["company"]) == ("KMS Außenstelle", "KMS Außenstelle")
    assert (kms["email"], kms["otherPhones"]) == ("blablö@blub.com", "03443-333440")


def test_numbers_that_are_words_stay_beside():
    gerda, max_ = people(content("folker-vcards/v4.vcf"))
    assert (gerda["phoneNumber"], gerda["otherPhones"]) == ("034441/ 2 22 67", "034441/ 39 23 34")
    assert "phoneNumber" not in max_
    assert max_["otherPhones"].split(", ")[0::9] == ["Privattelefon", "ohne"]
    assert max_["birthDate"] == "19723101"


def test_two_cards_of_one_file_are_two_rows():
    frank, tim = people(content("ez-vcard/ezvcard__io__text__rfc2426-example.vcf"))
    assert (frank["fullName"], frank["street"]) == ("Frank Dawson", "6544 Battleford Drive")
    assert (frank["email"], frank["city"]) == ("Frank_Dawson@Lotus.com", "Raleigh")
    assert (tim["phoneNumber"], tim["otherPhones"]) == ("+1-415-937-3419", "+1-415-528-4164")
    john, jane = rows(
        content("thunderbird/import__test__unit__resources__basic_vcard_addressbook.vcf")
    )
    assert (john.number, john.cells[0], jane.number, jane.cells[0]) == (1, "John", 2, "Jane")


def test_what_is_not_kept_of_real_cards_is_told_of():
    found = warnings(content("ical4j-vcard/samples__vcard-antoni-outlook2003.vcf"))
    assert found == {
        "further_phones": (1, ["card 1: 49 631 234 341, 48 691 342 341"]),
        "properties_not_kept": (4, ["LABEL: 2", "ROLE: 1", "ADR: 1"]),
    }


def test_no_real_card_is_read_in_doubt():
    files = corpora.files("vcard/*/*.vcf")
    doubtful = {"encoding_uncertain", "unreadable_lines", "unended_cards", "undecodable_bytes"}
    assert len(files) > 40
    assert [file.name for file in files if doubtful & warnings(file.read_bytes()).keys()] == []
