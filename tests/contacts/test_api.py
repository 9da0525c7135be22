import pytest

from tests.contacts.people import made, refused

MARIO = {
    "phoneNumber": "347 123 4567",
    "email": "Mario.Rossi@Example.com",
    "firstName": "Mario",
    "lastName": "Rossi",
}


async def test_a_contact_is_stored_in_the_forms_we_promise(api):
    answer = await api.post("/contacts", json=MARIO | {"tags": ["vip"]})

    assert answer.status_code == 201, answer.text
    contact = answer.json()
    assert contact["phoneNumber"] == "+393471234567"
    assert contact["email"] == "mario.rossi@example.com"
    assert contact["fullName"] == "Mario Rossi"
    assert contact["isValid"] is True
    assert contact["phoneType"] == "MOBILE"
    assert contact["countryCode"] == "IT"
    assert contact["communicationSupported"] == ["SMS", "EMAIL", "VOICE"]
    assert contact["tags"] == ["vip"]
    assert contact["createdAt"].endswith("Z")
    read = await api.get(f"/contacts/{contact['id']}")
    assert contact.pop("warnings") == []
    shown = read.json()
    assert {each["status"] for each in shown.pop("subscriptions")} == {"UNKNOWN"}
    assert shown == contact | {"lists": [], "invalidSource": None}
    assert read.headers["etag"] == answer.headers["etag"]


async def test_every_field_is_kept_as_it_was_given(api):
    fields = {
        "externalId": "crm-1",
        "gender": "OTHER",
        "birthDate": "--02-29",
        "company": "Rossi & figli",
        "language": "pt-BR",
        "notes": "riga 1\nriga 2 \\ \t 😀",
        "tags": ["a", "b,c", 'd"e'],
        "isTest": True,
        "communicationSupported": ["WHATSAPP"],
    }
    contact = await made(api, **MARIO, **fields)

    for name, value in fields.items():
        if name != "communicationSupported":
            assert contact[name] == value, name
    assert set(contact["communicationSupported"]) == {"SMS", "WHATSAPP", "EMAIL", "VOICE"}


async def test_a_number_belongs_to_one_contact(api):
    first = await made(api, **MARIO)

    answer = await api.post("/contacts", json={"phoneNumber": "+39 347 1234567"})

    problem = await refused(answer, 409, "contact_exists")
    assert problem["contactId"] == first["id"]


async def test_people_who_share_an_address_stay_apart_by_their_numbers(api):
    one = await made(api, phoneNumber="3471234567", email="home@example.com")
    two = await made(api, phoneNumber="3471234568", email="home@example.com")

    assert one["id"] != two["id"]
    # Who has the address alone could be either: nobody is chosen.
    answer = await api.post("/contacts", json={"email": "home@example.com"})
    await refused(answer, 409, "ambiguous_match")
    answer = await api.post("/contacts?onConflict=update", json={"email": "home@example.com"})
    await refused(answer, 409, "ambiguous_match")


async def test_an_address_alone_finds_the_one_contact_that_has_it(api):
    there = await made(api, phoneNumber="3471234567", email="home@example.com")

    answer = await api.post("/contacts", json={"email": "HOME@example.com "})

    assert (await refused(answer, 409, "contact_exists"))["contactId"] == there["id"]


async def test_a_contact_without_a_number_gains_the_newcomers(api):
    there = await made(api, email="mario@example.com", firstName="Mario")
    newcomer = {"email": "mario@example.com", "phoneNumber": "3471234567", "lastName": "Rossi"}

    answer = await api.post("/contacts", json=newcomer)
    assert (await refused(answer, 409, "contact_exists"))["contactId"] == there["id"]
    answer = await api.post("/contacts?onConflict=update", json=newcomer)

    assert answer.status_code == 200, answer.text
    contact = answer.json()
    assert contact["id"] == there["id"]
    assert contact["phoneNumber"] == "+393471234567"
    assert contact["fullName"] == "Mario Rossi"
    assert contact["communicationSupported"] == ["SMS", "EMAIL", "VOICE"]
    assert contact["warnings"] == []


async def test_the_number_decides_and_a_warning_names_who_has_the_address(api):
    by_number = await made(api, phoneNumber="3471234567")
    by_address = await made(api, email="mario@example.com")

    answer = await api.post(
        "/contacts?onConflict=update",
        json={"phoneNumber": "3471234567", "email": "mario@example.com"},
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["id"] == by_number["id"]
    assert answer.json()["email"] == "mario@example.com"
    [warning] = answer.json()["warnings"]
    assert (warning["code"], warning["contactId"]) == ("other_contact", by_address["id"])


async def test_an_external_id_belongs_to_one_contact(api):
    await made(api, email="a@example.com", externalId="7")
    other = await made(api, email="b@example.com", externalId="8")

    await refused(
        await api.post("/contacts", json={"email": "c@example.com", "externalId": "7"}),
        409,
        "external_id_taken",
    )
    answer = await api.put(f"/contacts/{other['id']}", json={"externalId": "7"})
    await refused(answer, 409, "external_id_taken")
    assert (await api.get("/contacts")).json()["totalElements"] == 2


async def test_a_change_to_anothers_identity_is_refused(api):
    await made(api, phoneNumber="3471234567")
    await made(api, email="a@example.com")
    contact = await made(api, phoneNumber="3471234568", email="b@example.com")
    path = f"/contacts/{contact['id']}"

    answer = await api.put(path, json={"phoneNumber": "3471234567"})
    await refused(answer, 409, "phone_taken")
    answer = await api.put(path, json={"phoneNumber": None, "email": "a@example.com"})
    await refused(answer, 409, "email_taken")
    # With a number of its own it may share the address.
    answer = await api.put(path, json={"email": "a@example.com"})
    assert answer.status_code == 200


@pytest.mark.parametrize("body", [{}, {"firstName": "A"}, {"phoneNumber": " ", "email": None}])
async def test_a_contact_needs_a_number_or_an_address(api, body):
    await refused(await api.post("/contacts", json=body), 400, "invalid", "phoneNumber")


async def test_the_last_way_to_reach_a_contact_cannot_be_cleared(api):
    contact = await made(api, phoneNumber="3471234567")

    answer = await api.put(f"/contacts/{contact['id']}", json={"phoneNumber": None})

    await refused(answer, 400, "invalid", "phoneNumber")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"phoneNumber": "12"}, "phoneNumber"),
        ({"phoneNumber": "pippo"}, "phoneNumber"),
        ({"phoneNumber": "+999 123456"}, "phoneNumber"),
        ({"phoneNumber": 3471234567}, "phoneNumber"),
        ({"email": "a@b"}, "email"),
        ({"email": "a b@c.it"}, "email"),
        ({"email": "a@c.it", "gender": "male"}, "gender"),
        ({"email": "a@c.it", "birthDate": "2001-02-29"}, "birthDate"),
        ({"email": "a@c.it", "birthDate": "29/02/2000"}, "birthDate"),
        ({"email": "a@c.it", "language": "?"}, "language"),
        ({"email": "a@c.it", "tags": "vip"}, "tags"),
        ({"email": "a@c.it", "tags": [""]}, "tags[0]"),
        ({"email": "a@c.it", "tags": ["x" * 101]}, "tags[0]"),
        ({"email": "a@c.it", "firstName": "x" * 501}, "firstName"),
        ({"email": "a@c.it", "isValid": None}, "isValid"),
        ({"email": "a@c.it", "isTest": "yes"}, "isTest"),
        ({"email": "a@c.it", "communicationSupported": ["FAX"]}, "communicationSupported[0]"),
        ({"email": "a@c.it", "customFields": {"nope": 1}}, "customFields.nope"),
        ({"email": "a@c.it", "nickname": "x"}, "nickname"),
    ],
)
async def test_a_wrong_field_is_named(api, body, field):
    await refused(await api.post("/contacts", json=body), 400, "invalid", field)


async def test_every_wrong_field_is_named_at_once(api):
    body = {"phoneNumber": "1", "email": "x", "birthDate": "y"}
    problem = await refused(await api.post("/contacts", json=body), 400, "invalid")
    assert [error["field"] for error in problem["errors"]] == ["phoneNumber", "email", "birthDate"]
    assert [error["code"] for error in problem["errors"]][:2] == ["invalid_phone", "invalid_email"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"email": "\\ud800@b.it"}',
        b'{"email": "a@b.it", "firstName": "a\\u0000b"}', b"[" * 100_000, b"NaN",
        b'{"email": "a@b.it", "id": ' + b"[" * 3000 + b"]" * 3000 + b"}",
        b'{"email": "a@b.it", "id": ' + b"9" * 6000 + b"}", b'{"email": "a@b.it", "id": 1e999}',
    ],
)  # fmt: skip
async def test_a_body_that_is_no_contact_is_refused(api, body):
    answer = await api.post("/contacts", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await api.get("/contacts")).json()["totalElements"] == 0


async def test_a_possible_number_that_is_not_valid_is_kept(api):
    contact = await made(api, phoneNumber="+39 300 0000000 00")

    assert contact["isValid"] is False
    assert contact["communicationSupported"] == []
    assert (await made(api, email="a@example.com"))["isValid"] is True


async def test_a_fixed_line_has_no_sms_by_itself(api):
    contact = await made(api, phoneNumber="02 6765 1")
    assert contact["phoneType"] == "FIXED_LINE"
    assert contact["communicationSupported"] == ["VOICE"]


async def test_what_was_known_of_a_number_goes_with_it(api):
    contact = await made(
        api, phoneNumber="3471234567", isValid=False, communicationSupported=["RCS", "SMS"]
    )
    path = f"/contacts/{contact['id']}"
    assert contact["communicationSupported"] == ["RCS"]  # a client cannot write SMS

    # Read, change the number, send back: validity and declared channels were the old number's.
    changed = (await api.put(path, json=contact | {"phoneNumber": "3471234568"})).json()

    assert changed["isValid"] is True
    assert changed["communicationSupported"] == ["SMS", "VOICE"]
    # Said of the new number in the same breath, they stay.
    said = {"phoneNumber": "3471234569", "isValid": False, "communicationSupported": ["WHATSAPP"]}
    changed = (await api.put(path, json=said)).json()
    assert (changed["isValid"], changed["communicationSupported"]) == (False, ["WHATSAPP"])
    # The same number in another writing is no new number.
    changed = (await api.put(path, json={"phoneNumber": "+39 347 1234569"})).json()
    assert (changed["isValid"], changed["communicationSupported"]) == (False, ["WHATSAPP"])


async def test_absent_leaves_alone_and_null_clears(api):
    contact = await made(api, **MARIO, notes="x", gender="MALE", tags=["a"], company="C")
    path = f"/contacts/{contact['id']}"

    changed = (await api.patch(path, json={"company": "D"})).json()
    assert changed | {"company": "C", "updatedAt": contact["updatedAt"]} == contact
    nulls = {"notes": None, "gender": None, "tags": None, "company": "", "lastName": None}
    cleared = (await api.put(path, json=nulls)).json()

    assert [cleared[n] for n in ("notes", "gender", "tags", "company")] == [None, None, [], None]
    assert cleared["fullName"] == "Mario"
    cleared = (await api.put(path, json={"firstName": None})).json()
    assert cleared["fullName"] == ""


async def test_clearing_a_number_clears_what_was_derived_from_it(api):
    contact = await made(api, **MARIO)
    changed = (await api.put(f"/contacts/{contact['id']}", json={"phoneNumber": None})).json()
    assert changed["phoneType"] is None
    assert changed["countryCode"] is None
    assert changed["communicationSupported"] == ["EMAIL"]


async def test_what_was_read_can_be_sent_back_and_changes_nothing(api):
    contact = await made(api, **MARIO, tags=["a"], communicationSupported=["RCS"])
    read = await api.get(f"/contacts/{contact['id']}")

    answer = await api.put(f"/contacts/{contact['id']}", json=read.json())

    assert answer.status_code == 200, answer.text
    assert answer.json() == contact
    assert answer.headers["etag"] == read.headers["etag"]


@pytest.mark.parametrize(
    ("full", "first", "last"),
    [
        ("Anna Maria Rossi", "Anna Maria", "Rossi"),
        ("Rossi, Anna Maria", "Anna Maria", "Rossi"),
        ("Madonna", "Madonna", None),
        ("", None, None),
    ],
)
async def test_a_full_name_may_be_written_where_the_parts_are_absent(api, full, first, last):
    contact = await made(api, email="a@example.com", fullName=full)
    assert (contact["firstName"], contact["lastName"]) == (first, last)
    assert contact["fullName"] == " ".join(part for part in (first, last) if part)


async def test_a_full_name_gives_way_to_the_parts(api):
    contact = await made(api, email="a@example.com", fullName="X Y", firstName="Anna")
    assert contact["fullName"] == "Anna"


async def test_if_match_guards_against_lost_updates(api):
    answer = await api.post("/contacts", json=MARIO)
    path, seen = f"/contacts/{answer.json()['id']}", answer.headers["etag"]

    answer = await api.put(path, json={"notes": "one"}, headers={"If-Match": seen})
    assert answer.status_code == 200
    assert answer.headers["etag"] != seen
    late = await api.put(path, json={"notes": "two"}, headers={"If-Match": seen})
    await refused(late, 412, "contact_changed")
    assert (await api.get(path)).json()["notes"] == "one"
    for allowed in ("*", f'"x", {answer.headers["etag"]}'):
        change = await api.put(path, json={"notes": allowed}, headers={"If-Match": allowed})
        assert change.status_code == (200 if allowed == "*" else 412)
    now = (await api.get(path)).headers["etag"]
    change = await api.put(path, json={"notes": "3"}, headers={"If-Match": f'"x", {now}'})
    assert change.status_code == 200


async def test_a_contact_can_be_deleted_once(api):
    contact = await made(api, **MARIO)
    assert (await api.delete(f"/contacts/{contact['id']}")).status_code == 204
    await refused(await api.delete(f"/contacts/{contact['id']}"), 404, "contact_not_found")
    await refused(await api.get(f"/contacts/{contact['id']}"), 404, "contact_not_found")
    assert (await api.get("/contacts")).json()["totalElements"] == 0
    again = await made(api, **MARIO)
    assert again["id"] != contact["id"]


@pytest.mark.parametrize(
    "id", ["0", "-1", "1_0", "007", "%D9%A3", "9" * 30, "9" * 5000, "x", "%00"]
)
async def test_ids_that_nothing_can_have_are_not_found(api, id):
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        body = {"json": {"notes": "x"}} if method.startswith("P") else {}
        answer = await api.request(method, f"/contacts/{id}", **body)
        assert answer.status_code == 404, (method, answer.text)
        assert answer.json()["requestId"] == answer.headers["x-request-id"]


async def test_a_contact_by_id_names_its_lists(api):
    contact = await made(api, **MARIO)
    ids = [
        (await api.post("/contacts/list", json={"name": name})).json()["id"]
        for name in ("Zeta", "alfa", "gone")
    ]
    await api.post("/contacts/list/contacts", json={"listIds": ids, "contactIds": [contact["id"]]})
    await api.delete(f"/contacts/list/{ids[2]}")

    read = (await api.get(f"/contacts/{contact['id']}")).json()

    assert read["lists"] == [{"id": ids[1], "name": "alfa"}, {"id": ids[0], "name": "Zeta"}]


async def test_figures_tell_when_they_were_true(api, tx):
    await made(api, **MARIO, gender="MALE")
    await made(api, email="a@example.com")
    figures = (await api.get("/contacts/stats")).json()

    assert figures["total"] == 2
    assert figures["byValidity"] == {"valid": 2}
    assert figures["byChannel"] == {"SMS": 1, "EMAIL": 2, "VOICE": 1}
    assert figures["byCountry"] == {"IT": 1, "": 1}
    assert figures["byGender"] == {"MALE": 1, "UNKNOWN": 1}
    assert [day["created"] for day in figures["growth"]] == [2]
    # Within a minute they may be the same; later they are counted anew.
    await made(api, email="b@example.com")
    assert (await api.get("/contacts/stats")).json() == figures
    await tx.run("UPDATE contact_stats SET as_of = as_of - interval '61 s'")
    assert (await api.get("/contacts/stats")).json()["total"] == 3
