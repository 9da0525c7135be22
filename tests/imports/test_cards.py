"""vCards in the same two steps as tables: the mapping is known, and nothing is dropped unseen."""

import gzip

import pytest

CARDS = """BEGIN:VCARD
VERSION:3.0
N:Rossi;Anna;Maria;;
FN:Anna Maria Rossi
TEL;TYPE=work:+39 06 12345678
TEL;TYPE=cell:+39 347 1234501
TEL;TYPE=cell:+39 347 1234502
EMAIL;TYPE=home:anna@example.com
EMAIL;TYPE=pref:a.rossi@example.com
ORG:Rossi & Figli;Vendite
NICKNAME:Annina
ADR;TYPE=home:;;Via Po 1;Torino;TO;10100;Italia
CATEGORIES:VIP,Soci
BDAY:1980-02-29
UID:anna-1
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Dell'Acqua, Zoë
TEL;VALUE=uri;TYPE=cell:tel:+39-347-1234503
BDAY:--0505
GENDER:F
END:VCARD
BEGIN:VCARD
VERSION:4.0
KIND:group
FN:Friends
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Nobody
END:VCARD
"""


async def upload(api, content=CARDS, path="vcard", **fields):
    return await api.post(
        f"/contacts/upload/{path}", files={"file": ("cards.vcf", content)}, data=fields
    )


async def people(api):
    found = (await api.get("/contacts", params={"limit": 50})).json()["content"]
    return {each["phoneNumber"]: each for each in found}


async def test_cards_come_in_by_the_standard_mapping(api, take_in):
    seen, done, rows = await take_in(CARDS, path="vcard")
    assert (seen["kind"], seen["totalRows"], seen["complete"]) == ("VCARD", 3, True)
    assert done["summary"]["created"] == 2
    assert [(row["row"], row["outcome"], row["code"]) for row in rows] == [
        (1, "CREATED", None), (2, "CREATED", None), (4, "REJECTED", "no_identity"),
    ]  # fmt: skip
    found = await people(api)
    anna = found["+393471234501"]
    assert (anna["firstName"], anna["lastName"]) == ("Anna Maria", "Rossi")
    assert (anna["email"], anna["company"]) == ("a.rossi@example.com", "Rossi & Figli, Vendite")
    assert (anna["tags"], anna["birthDate"]) == (["VIP", "Soci"], "1980-02-29")
    assert (anna["externalId"], anna["customFields"]) == (None, {})
    zoe = found["+393471234503"]
    assert (zoe["firstName"], zoe["lastName"], zoe["birthDate"], zoe["gender"]) == (
        "Zoë", "Dell'Acqua", "--05-05", "FEMALE",
    )  # fmt: skip


async def test_the_preview_shows_what_is_kept_and_what_is_not(api):
    seen = (await upload(api)).json()
    columns = {each["header"]: each for each in seen["columns"]}
    assert columns["phoneNumber"]["suggestedField"] == "phoneNumber"
    for name in ("otherPhones", "otherEmails", "nickname", "city"):
        assert columns[name]["suggestedField"] is None
        assert columns[name]["reason"].startswith("Not kept")
        assert columns[name]["filled"] == 1
    assert columns["otherPhones"]["samples"] == ["+39 06 12345678, +39 347 1234502"]
    assert columns["url"]["filled"] == 0
    told = {each["code"]: each["count"] for each in seen["warnings"]}
    assert {"further_phones": 1, "further_emails": 1, "group_cards": 1}.items() <= told.items()
    assert seen["rows"][0][columns["firstName"]["index"]] == "Anna Maria"


async def test_create_fields_keeps_what_contacts_have_no_place_for(api, take_in):
    await take_in(CARDS, path="vcard", createFields=True)
    anna = (await people(api))["+393471234501"]
    assert anna["customFields"] == {
        "nickname": "Annina", "street": "Via Po 1", "city": "Torino", "region": "TO",
        "postalCode": "10100", "country": "Italia",
    }  # fmt: skip
    fields = (await api.get("/contacts/fields")).json()
    assert "url" not in {field["key"] for field in fields}


async def test_a_mapping_may_be_sent_as_for_tables(api, take_in):
    mapping = [{"column": "phoneNumber", "field": "phoneNumber"},
               {"column": "externalId", "field": "externalId"}]  # fmt: skip
    await take_in(CARDS, path="vcard", mapping=mapping)
    anna = (await people(api))["+393471234501"]
    assert (anna["externalId"], anna["firstName"]) == ("anna-1", None)


async def test_each_further_mobile_number_can_be_a_contact_of_its_own(api, take_in):
    _, done, rows = await take_in(CARDS, path="vcard", splitPhones=True)
    found = await people(api)
    assert set(found) == {"+393471234501", "+393471234502", "+393471234503"}
    assert found["+393471234502"]["firstName"] == "Anna Maria"
    assert done["summary"]["total"] == done["progress"]["totalRows"] == 4
    assert [row["row"] for row in rows] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("wish", "phone", "email"),
    [
        ({"phonePreference": "FIRST", "emailPreference": "FIRST"}, "+390612345678", "anna"),
        ({"phonePreference": "PREF"}, "+390612345678", "a.rossi"),
        ({}, "+393471234501", "a.rossi"),
    ],
)
async def test_which_number_and_address_is_kept_can_be_said(api, take_in, wish, phone, email):
    await take_in(CARDS, path="vcard", **wish)
    assert (await people(api))[phone]["email"] == f"{email}@example.com"


async def test_what_was_said_at_the_upload_counts_and_can_be_said_anew(api, run):
    seen = (await upload(api, phonePreference="FIRST", splitPhones="true")).json()
    assert (seen["totalRows"], seen["rows"][0][3]) == (5, "+39 06 12345678")
    path = f"/contacts/upload/{seen['uploadId']}"
    again = (await api.put(path, json={"splitPhones": False})).json()
    assert (again["totalRows"], again["rows"][0][3]) == (3, "+39 06 12345678")
    answer = await api.post("/contacts/mapped/vcard", json={"uploadId": seen["uploadId"]})
    await run(answer.json()["id"])
    assert set(await people(api)) == {"+390612345678", "+393471234503"}


async def test_each_kind_has_its_own_calls(api):
    answer = await upload(api, path="../upload")
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_kind")
    assert "/contacts/upload/vcard" in answer.json()["detail"]
    answer = await upload(api, "name,phone\nAnna,3471234567\n")
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_kind")
    table = await api.post("/contacts/upload", files={"file": ("a.csv", "phone\n3471234567\n")})
    wish = {"uploadId": table.json()["uploadId"]}
    answer = await api.post("/contacts/mapped/vcard", json=wish)
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_kind")


async def test_bad_wishes_for_cards_are_refused(api):
    answer = await upload(api, phonePreference="LAST")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "phonePreference"
    answer = await upload(api, sheet="1")
    assert answer.status_code == 400


async def test_a_packed_and_cut_file_is_read_as_far_as_it_goes(api):
    seen = (await upload(api, gzip.compress(CARDS.removesuffix("END:VCARD\n").encode()))).json()
    assert seen["totalRows"] == 3
    assert "cut_card" in {each["code"] for each in seen["warnings"]}


SILENT = """BEGIN:VCARD
VERSION:3.0
N:Neri;Elsa;;;
TEL;TYPE=home:06 12345678
TEL;TYPE=fax:347 1234500
TEL:347 1234501
TEL;TYPE=work:+39 348 1234502
END:VCARD
BEGIN:VCARD
VERSION:3.0
N:Bo;Ugo;;;
TEL;TYPE=home:349 1234503
TEL;TYPE=cell:06 12345679
END:VCARD
BEGIN:VCARD
VERSION:3.0
N:Doe;Jane;;;
TEL;TYPE=work:+1 212 456 7890
TEL;TYPE=home:+1 212 456 7891
END:VCARD
"""


async def test_where_a_card_calls_no_number_a_mobile_s_the_numbers_decide(api, take_in):
    seen, _, _ = await take_in(SILENT, path="vcard")
    assert set(await people(api)) == {"+393471234501", "+390612345679", "+12124567890"}
    assert seen["rows"][0][3] == "347 1234501"


async def test_where_it_was_asked_for_the_first_number_the_numbers_are_not_asked(api, take_in):
    await take_in(SILENT, path="vcard", phonePreference="FIRST")
    assert set(await people(api)) == {"+390612345678", "+393491234503", "+12124567890"}


async def test_cards_are_split_by_numbers_that_are_mobiles_for_certain(api, take_in):
    _, done, _ = await take_in(SILENT, path="vcard", splitPhones=True)
    assert set(await people(api)) == {
        "+393471234501", "+393481234502", "+390612345679", "+12124567890",
    }  # fmt: skip
    assert done["summary"]["total"] == 4


async def test_national_numbers_of_cards_are_judged_by_the_country_that_is_confirmed(api, take_in):
    card = "BEGIN:VCARD\nVERSION:3.0\nN:Roux;Zo;;;\nTEL:01 23 45 67 89\nTEL:06 12 34 56 78\n"
    await take_in(f"{card}END:VCARD\n", path="vcard", defaultCountry="FR")
    assert set(await people(api)) == {"+33612345678"}


async def test_create_fields_counts_beside_a_mapping_too(api, take_in):
    mapping = [{"column": "phoneNumber", "field": "phoneNumber"},
               {"column": "nickname", "field": "firstName"},
               {"column": "city", "field": None}]  # fmt: skip
    await take_in(CARDS, path="vcard", mapping=mapping, createFields=True)
    anna = (await people(api))["+393471234501"]
    assert (anna["firstName"], anna["email"]) == ("Annina", None)
    assert anna["customFields"] == {
        "street": "Via Po 1", "region": "TO", "postalCode": "10100", "country": "Italia",
    }  # fmt: skip
