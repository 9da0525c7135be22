"""Two contacts that are one person are made one."""

import pytest

from rubrica import contacts, lists
from tests.contacts.people import found, made, refused

ADA = {"phoneNumber": "+393471234567", "firstName": "Ada", "tags": ["a", "b"]}
AUGUSTA = {
    "phoneNumber": "+393481234567",
    "email": "ada@example.com",
    "externalId": "crm-1",
    "firstName": "Augusta",
    "lastName": "Byron",
    "gender": "FEMALE",
    "birthDate": "1815-12-10",
    "company": "Engine",
    "language": "en",
    "notes": "first",
    "tags": ["b", "c"],
}


async def merged(api, id, other, status=200):
    answer = await api.post(f"/contacts/{id}/merge", json={"contactId": other})
    assert answer.status_code == status, answer.text
    return answer.json()


async def read(api, id):
    answer = await api.get(f"/contacts/{id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
async def two(api):
    """The ids of two contacts who are one person."""
    return [(await made(api, **fields))["id"] for fields in (ADA, AUGUSTA)]


async def test_blanks_are_filled_and_what_is_there_stays(api, two):
    ada, augusta = two
    before = await read(api, ada)

    after = await merged(api, ada, augusta)
    assert after == await read(api, ada)
    filled = {
        name: AUGUSTA[name]
        for name in (
            "email", "externalId", "lastName", "gender", "birthDate", "company", "language",
            "notes",
        )
    }  # fmt: skip
    assert {name: after[name] for name in filled} == filled
    assert after["tags"] == ["a", "b", "c"]
    for name in ("id", "phoneNumber", "firstName", "phoneType", "createdAt", "isTest"):
        assert after[name] == before[name]
    assert after["fullName"] == "Ada Byron"
    assert "mergedInto" not in after
    assert await found(api) == [ada]


async def test_custom_fields_are_filled_key_by_key(api):
    for key in ("city", "score"):
        await api.post("/contacts/fields", json={"key": key, "label": key})
    one = await made(api, email="a@example.com", customFields={"city": "Roma"})
    other = await made(api, email="b@example.com", customFields={"city": "Bari", "score": "1"})

    after = await merged(api, one["id"], other["id"])
    assert after["customFields"] == {"city": "Roma", "score": "1"}
    assert after["email"] == "a@example.com"


async def test_a_number_comes_with_all_that_is_known_of_it(api):
    one = await made(api, email="ada@example.com")
    other = await made(
        api, phoneNumber="+393471234567", isValid=False, communicationSupported=["WHATSAPP"]
    )

    after = await merged(api, one["id"], other["id"])
    assert after["phoneNumber"] == "+393471234567"
    assert (after["isValid"], after["phoneType"], after["countryCode"]) == (False, "MOBILE", "IT")
    assert after["communicationSupported"] == ["WHATSAPP", "EMAIL"]
    # The number is the survivor's: nobody else can have it.
    answer = await api.post("/contacts", json={"phoneNumber": "+393471234567"})
    assert (await refused(answer, 409, "contact_exists"))["contactId"] == one["id"]


async def test_what_was_declared_of_another_number_does_not_come(api, two):
    ada, augusta = two
    await api.put(f"/contacts/{augusta}", json={"communicationSupported": ["RCS"]})

    assert "RCS" not in (await merged(api, ada, augusta))["communicationSupported"]


async def test_memberships_are_united_and_counted(api, tx, two):
    ada, augusta = two
    ids = [(await api.post("/contacts/list", json={"name": n})).json()["id"] for n in "abcd"]
    for members, its in (([ada], ids[:2]), ([augusta], [*ids[1:3], ids[3]])):
        body = {"listIds": its, "contactIds": members}
        assert (await api.post("/contacts/list/contacts", json=body)).status_code == 201
    await api.delete(f"/contacts/list/{ids[3]}")

    after = await merged(api, ada, augusta)
    assert [each["id"] for each in after["lists"]] == ids[:3]
    for id in ids[:3]:
        assert (await api.get(f"/contacts/list/{id}")).json()["contactCount"] == 1
    restored = (await api.post(f"/contacts/list/{ids[3]}/restore")).json()
    assert restored["contactCount"] == 1
    assert await lists.miscounted(tx) == []
    assert await contacts.miscounted(tx) == []


async def test_consent_stays_with_each_address(api, two):
    ada, augusta = two
    for id, channel in ((ada, "VOICE"), (augusta, "EMAIL"), (augusta, "SMS")):
        body = {"channel": channel, "status": "UNSUBSCRIBED"}
        await api.post(f"/contacts/{id}/subscriptions", json=body)

    after = await merged(api, ada, augusta)
    statuses = {each["channel"]: each["status"] for each in after["subscriptions"]}
    assert (statuses["VOICE"], statuses["EMAIL"]) == ("UNSUBSCRIBED", "UNSUBSCRIBED")
    assert statuses["SMS"] == "UNKNOWN"
    # The number that the survivor did not take is suppressed for whoever has it next.
    page = (await api.get("/suppressions", params={"address": AUGUSTA["phoneNumber"]})).json()
    assert [each["channel"] for each in page["content"]] == ["SMS"]


async def test_by_the_old_id_the_survivor_is_read(api, two):
    ada, augusta = two
    await merged(api, ada, augusta)

    assert await read(api, augusta) == await read(api, ada) | {"mergedInto": ada}
    # What was read can be sent back.
    sent = await api.put(f"/contacts/{ada}", json=await read(api, augusta))
    assert sent.status_code == 200, sent.text


async def test_writing_to_the_old_id_is_refused(api, two):
    ada, augusta = two
    third = (await made(api, email="c@example.com"))["id"]
    await merged(api, ada, augusta)

    old = f"/contacts/{augusta}"
    for method, path, body in (
        ("PUT", old, {"notes": "x"}),
        ("PATCH", old, {"notes": "x"}),
        ("DELETE", old, None),
        ("POST", f"{old}/subscriptions", {"channel": "SMS", "status": "SUBSCRIBED"}),
        ("POST", f"{old}/merge", {"contactId": third}),
        ("POST", f"{old}/erase", None),
        ("POST", f"/contacts/{third}/merge", {"contactId": augusta}),
    ):
        answer = await api.request(method, path, json=body)
        problem = await refused(answer, 409, "contact_merged")
        assert problem["mergedInto"] == ada
    # Elsewhere it is an id like any that is not there.
    gone = (await api.post("/contacts/delete", json={"ids": [augusta]})).json()
    assert gone == {"deleted": 0, "notFound": [augusta]}
    made_list = (await api.post("/contacts/list", json={"name": "All"})).json()["id"]
    body = {"listIds": [made_list], "contactIds": [augusta]}
    answer = await api.post("/contacts/list/contacts", json=body)
    await refused(answer, 404, "contact_not_found")


async def test_merging_twice_is_merging_once(api, two):
    ada, augusta = two
    first = await merged(api, ada, augusta)

    assert await merged(api, ada, augusta) == first


async def test_a_chain_leads_to_its_end(api, two):
    ada, augusta = two
    third = (await made(api, email="c@example.com"))["id"]
    await merged(api, ada, augusta)
    await merged(api, third, ada)

    for old in two:
        assert (await read(api, old))["mergedInto"] == third
        answer = await api.put(f"/contacts/{old}", json={})
        assert (await refused(answer, 409, "contact_merged"))["mergedInto"] == third


async def test_with_the_survivor_the_old_ids_are_forgotten(api, tx, two):
    ada, augusta = two
    await merged(api, ada, augusta)
    await api.delete(f"/contacts/{ada}")

    await refused(await api.get(f"/contacts/{augusta}"), 404, "contact_not_found")
    await refused(await api.delete(f"/contacts/{augusta}"), 404, "contact_not_found")
    assert await tx.value("SELECT count(*) FROM contact_merges") == 0


async def test_what_cannot_be_merged_is_refused(api, two, other):
    ada, augusta = two
    stranger = (await api.post("/contacts", json={"email": "x@example.com"}, headers=other)).json()

    for id, body, status, code in (
        (ada, {"contactId": ada}, 400, "invalid"),
        (ada, {"contactId": 999999}, 404, "contact_not_found"),
        (ada, {"contactId": stranger["id"]}, 404, "contact_not_found"),
        (999999, {"contactId": ada}, 404, "contact_not_found"),
        (ada, {}, 400, "invalid"),
        (ada, {"contactId": augusta, "keep": True}, 400, "invalid"),
    ):
        await refused(await api.post(f"/contacts/{id}/merge", json=body), status, code)


async def test_erasing_the_survivor_erases_what_the_other_left(api, tx, take_in):
    _, _, rows = await take_in(
        b"phone,email,birthday\n+393471234567,a@example.com,soon\n+393481234567,,late\n"
        b"+393491234567,,2001-02-03\n"
    )
    one, other, _ = [row["contactId"] for row in rows]
    assert rows[1]["warnings"]
    await merged(api, one, other)

    assert (await api.post(f"/contacts/{one}/erase")).json()["erased"]["importRows"] == 2
    assert await tx.value("SELECT count(*) FROM import_rows WHERE warnings IS NOT NULL") == 0
