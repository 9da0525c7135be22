import pytest

from tests.contacts.people import made, refused


async def batch(api, *contacts, **more):
    answer = await api.post("/contacts/batch", json={"contacts": list(contacts)} | more)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [result["index"] for result in body["results"]] == list(range(len(contacts)))
    summary = body["summary"]
    assert summary.pop("total") == sum(summary.values()) == len(contacts)
    return body["results"]


def outcomes(results):
    return [result["outcome"] for result in results]


async def test_outcomes_are_in_order(api):
    results = await batch(
        api,
        {"phoneNumber": "3471234567", "firstName": "A"},
        {"phoneNumber": "3471234567", "firstName": "B"},
        {"phoneNumber": "12"},
        {"firstName": "nobody"},
        {"email": "a@b.it"},
        {"phoneNumber": "3471234568", "email": "a@b.it"},
    )
    assert outcomes(results) == [
        "CREATED", "DUPLICATE", "REJECTED", "REJECTED", "CREATED", "DUPLICATE",
    ]  # fmt: skip
    assert [r["code"] for r in results[2:4]] == ["invalid_phone", "no_identity"]
    assert all(r["message"] for r in results[2:4])
    assert results[5]["contactId"] == results[4]["contactId"]
    assert (await api.get(f"/contacts/{results[0]['contactId']}")).json()["firstName"] == "B"
    joined = (await api.get(f"/contacts/{results[4]['contactId']}")).json()
    assert joined["phoneNumber"] == "+393471234568"
    assert (await api.get("/contacts")).json()["totalElements"] == 2


async def test_the_same_again_changes_nothing(api):
    people = [
        {"phoneNumber": "3471234567", "firstName": "A", "tags": ["x"], "notes": "a\tb\nc\\"},
        {"email": "a@b.it", "communicationSupported": ["RCS"], "isTest": True},
    ]
    first = await batch(api, *people)
    before = [(await api.get(f"/contacts/{r['contactId']}")).json() for r in first]
    assert before[0]["notes"] == "a\tb\nc\\"

    again = await batch(api, *people)

    assert outcomes(again) == ["UNCHANGED", "UNCHANGED"]
    assert [(await api.get(f"/contacts/{r['contactId']}")).json() for r in again] == before
    changed = await batch(api, {"email": "a@b.it", "isTest": False})
    assert outcomes(changed) == ["UPDATED"]


async def test_modes_forbid_what_they_say(api):
    there = await made(api, phoneNumber="3471234567", firstName="A")
    both = [{"phoneNumber": "3471234567", "firstName": "B"}, {"phoneNumber": "3471234568"}]

    created = await batch(api, *both, mode="CREATE")
    assert outcomes(created) == ["SKIPPED", "CREATED"]
    assert created[0]["contactId"] == there["id"]
    assert (await api.get(f"/contacts/{there['id']}")).json()["firstName"] == "A"
    updated = await batch(api, both[0], {"phoneNumber": "3471234569"}, mode="UPDATE")
    assert outcomes(updated) == ["UPDATED", "SKIPPED"]
    assert updated[1]["contactId"] is None
    assert (await api.get("/contacts")).json()["totalElements"] == 2


async def test_null_clears_and_absent_leaves_alone_each_contact_for_itself(api):
    one = await made(api, phoneNumber="3471234567", firstName="A", company="C", tags=["t"])
    two = await made(api, phoneNumber="3471234568", firstName="A", company="C", tags=["t"])

    await batch(
        api,
        {"phoneNumber": "3471234567", "company": None, "tags": None},
        {"phoneNumber": "3471234568", "firstName": "B"},
    )

    one = (await api.get(f"/contacts/{one['id']}")).json()
    two = (await api.get(f"/contacts/{two['id']}")).json()
    assert (one["firstName"], one["company"], one["tags"]) == ("A", None, [])
    assert (two["firstName"], two["company"], two["tags"]) == ("B", "C", ["t"])


async def test_the_one_matching_rule_holds_in_batches_too(api):
    number = await made(api, phoneNumber="3471234567", email="shared@b.it")
    await made(api, phoneNumber="3471234568", email="shared@b.it")
    address = await made(api, email="only@b.it")

    results = await batch(
        api,
        {"email": "shared@b.it"},
        {"phoneNumber": "3471234567", "email": "only@b.it"},
        {"phoneNumber": "3471234560", "externalId": "9"},
        {"phoneNumber": "3471234561", "externalId": "9"},
    )

    assert outcomes(results) == ["REJECTED", "UPDATED", "CREATED", "REJECTED"]
    assert [results[0]["code"], results[3]["code"]] == ["ambiguous_match", "external_id_taken"]
    assert results[1]["contactId"] == number["id"]
    [warning] = results[1]["warnings"]
    assert (warning["code"], warning["contactId"]) == ("other_contact", address["id"])
    assert results[0]["contactId"] is None
    assert results[3]["contactId"] is None


async def test_each_contact_is_read_alone(api):
    results = await batch(
        api,
        {"email": "a@b.it", "foo": 1},
        {"email": 5},
        {"email": "c@b.it", "customFields": {"nope": 1}},
        {"email": "d@b.it", "isTest": "true"},
        {"email": "ok@b.it", "id": 5, "createdAt": "x"},
        {"email": "nul@b.it", "firstName": "a\u0000b"},
    )
    assert outcomes(results) == ["REJECTED"] * 4 + ["CREATED", "CREATED"]
    assert [r["code"] for r in results[:4]] == ["invalid"] * 2 + ["invalid_value", "invalid"]
    assert results[4]["contactId"] != 5
    # The NUL, which cannot be stored, is left out.
    contact = (await api.get(f"/contacts/{results[5]['contactId']}")).json()
    assert contact["firstName"] == "ab"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "contacts"),
        ({"contacts": []}, "contacts"),
        ({"contacts": [{}] * 10_001}, "contacts"),
        ({"contacts": [1]}, "contacts[0]"),
        ({"contacts": [{"email": "a@b.it"}], "mode": "REPLACE"}, "mode"),
        ({"contacts": [{"email": "a@b.it"}], "foo": 1}, "foo"),
    ],
)
async def test_what_is_no_batch_is_refused(api, body, field):
    await refused(await api.post("/contacts/batch", json=body), 400, "invalid", field)


async def test_ten_thousand_fit(api):
    results = await batch(api, *({"phoneNumber": f"+3934712{n:05}"} for n in range(10_000)))
    assert set(outcomes(results)) == {"CREATED"}
    assert (await api.get("/contacts")).json()["totalElements"] == 10_000
