"""The list of suppressions over HTTP."""

from datetime import UTC, datetime

import pytest

from tests.contacts.people import found, refused

NUMBER = "+393471234567"


async def suppressed(api, channel="SMS", address=NUMBER, status=201, **more):
    body = {"channel": channel, "address": address} | more
    answer = await api.post("/suppressions", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_an_address_is_suppressed_in_the_form_we_know_it_by(api):
    made = await suppressed(api, address="347 123 4567", reason="asked by telephone")

    moment = datetime.fromisoformat(made.pop("at"))
    assert (datetime.now(UTC) - moment).total_seconds() < 60
    assert made.pop("id") > 0
    assert made == {
        "channel": "SMS",
        "address": NUMBER,
        "source": "API",
        "reason": "asked by telephone",
    }
    assert (await suppressed(api, "EMAIL", " Ada@Example.COM "))["address"] == "ada@example.com"


async def test_a_suppression_that_is_there_stays_as_it_is(api):
    first = await suppressed(api, reason="first")

    assert await suppressed(api, status=200, reason="second") == first
    # What was read can be sent back.
    assert (await api.post("/suppressions", json=first)).json() == first
    await suppressed(api, "VOICE")


async def test_a_suppression_ends_by_its_id_once(api):
    made = await suppressed(api)

    assert (await api.delete(f"/suppressions/{made['id']}")).status_code == 204
    await refused(await api.delete(f"/suppressions/{made['id']}"), 404, "suppression_not_found")
    assert await found(api, "/suppressions") == []
    await suppressed(api)


async def test_a_subscription_is_no_suppression(api):
    contact = (await api.post("/contacts", json={"phoneNumber": NUMBER})).json()
    made = await suppressed(api)
    path = f"/contacts/{contact['id']}/subscriptions"
    await api.post(path, json={"channel": "SMS", "status": "SUBSCRIBED"})

    assert await found(api, "/suppressions") == []
    await refused(await api.delete(f"/suppressions/{made['id']}"), 404, "suppression_not_found")
    assert (await suppressed(api, reason="again"))["reason"] == "again"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"channel": "SMS", "address": "12"}, "address"),
        ({"channel": "EMAIL", "address": NUMBER}, "address"),
        ({"channel": "FAX", "address": NUMBER}, "channel"),
        ({"channel": "SMS"}, "address"),
        ({"channel": "SMS", "address": NUMBER, "reason": "x" * 1001}, "reason"),
        ({"channel": "SMS", "address": NUMBER, "because": "x"}, "because"),
    ],
)
async def test_a_suppression_that_cannot_be_is_refused(api, body, field):
    await refused(await api.post("/suppressions", json=body), 400, "invalid", field)


async def test_suppressions_are_filtered(api):
    sms = await suppressed(api)
    voice = await suppressed(api, "VOICE", "+393481234567")
    email = await suppressed(api, "EMAIL", "ada@example.com")

    for query, expected in (
        ({}, [email, voice, sms]),
        ({"sortOrder": "asc"}, [sms, voice, email]),
        ({"sortBy": "id", "sortOrder": "asc"}, [sms, voice, email]),
        ({"channel": "SMS"}, [sms]),
        ({"address": "347 1234567"}, [sms]),
        ({"address": "ADA@example.com"}, [email]),
        ({"address": "347 1234567", "channel": "VOICE"}, []),
        ({"search": "347"}, [sms]),
        ({"search": "+39 34"}, [voice, sms]),
        ({"search": "3934"}, [voice, sms]),
        ({"search": "ADA@"}, [email]),
        ({"search": "example"}, []),
        ({"search": "%"}, []),
        ({"source": "API"}, [email, voice, sms]),
        ({"source": "PERSON,ERASURE"}, []),
    ):
        assert await found(api, "/suppressions", **query) == [s["id"] for s in expected], query
    await refused(await api.get("/suppressions?address=12"), 400, "invalid", "address")
    await refused(await api.get("/suppressions?number=12"), 400, "invalid", "number")


async def test_suppressions_are_paged(api):
    made = [await suppressed(api, address=f"+3934712345{n}") for n in range(60, 67)]

    for sort_by in ("at", "id"):
        query, ids = {"limit": 3, "sortBy": sort_by}, []
        while True:
            page = (await api.get("/suppressions", params=query)).json()
            ids += [each["id"] for each in page["content"]]
            if page["nextCursor"] is None:
                break
            query["cursor"] = page["nextCursor"]
        assert ids == [each["id"] for each in reversed(made)]
    second = (await api.get("/suppressions?limit=3&page=1")).json()
    assert [each["id"] for each in second["content"]] == [made[n]["id"] for n in (3, 2, 1)]
    assert (second["totalElements"], second["totalPages"]) == (7, 3)
    answer = await api.get("/suppressions", params=query | {"channel": "SMS"})
    assert answer.json()["code"] == "bad_cursor"


async def test_each_account_has_suppressions_of_its_own(api, other):
    made = await suppressed(api)

    answer = await api.post(
        "/suppressions", json={"channel": "SMS", "address": NUMBER}, headers=other
    )
    assert answer.status_code == 201
    assert answer.json()["id"] != made["id"]
    assert (await api.delete(f"/suppressions/{made['id']}", headers=other)).status_code == 404


async def test_suppressions_need_the_scopes_of_contacts(api):
    wish = {"name": "reader", "scopes": ["contacts:read"]}
    reader = {"X-API-Key": (await api.post("/authentication", json=wish)).json()["key"]}

    assert (await api.get("/suppressions", headers=reader)).status_code == 200
    body = {"channel": "SMS", "address": NUMBER}
    await refused(await api.post("/suppressions", json=body, headers=reader), 403, "scope_missing")
    await refused(await api.delete("/suppressions/1", headers=reader), 403, "scope_missing")
