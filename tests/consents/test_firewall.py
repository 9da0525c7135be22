"""Opting out belongs to (channel, address): it outlives whatever happens to contacts."""

import pytest

from tests.contacts.people import made, refused

NUMBER, ANOTHER, EMAIL = "+393471234567", "+393481234567", "ada@example.com"
CSV = f"phone,email,first name\n{NUMBER},{EMAIL},Ada\n".encode()


async def told(api, id, channel="SMS", status="UNSUBSCRIBED"):
    body = {"channel": channel, "status": status}
    answer = await api.post(f"/contacts/{id}/subscriptions", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def statuses(api, id):
    subscriptions = (await api.get(f"/contacts/{id}")).json()["subscriptions"]
    return {each["channel"]: each["status"] for each in subscriptions}


@pytest.fixture
async def ada(api):
    """A contact who opted out of SMS."""
    contact = await made(api, phoneNumber=NUMBER)
    await told(api, contact["id"])
    return contact["id"]


async def test_a_contact_shows_what_is_known_of_each_of_its_channels(api):
    contact = await made(api, phoneNumber=NUMBER, email=EMAIL)
    said = await told(api, contact["id"])
    agreed = await told(api, contact["id"], "EMAIL", "SUBSCRIBED")

    unknown = {"status": "UNKNOWN", "source": None, "at": None}
    assert said["status"] == "UNSUBSCRIBED"
    assert agreed["source"] == "API"
    assert (await api.get(f"/contacts/{contact['id']}")).json()["subscriptions"] == [
        said,
        {"channel": "RCS"} | unknown,
        {"channel": "WHATSAPP"} | unknown,
        agreed,
        {"channel": "VOICE"} | unknown,
    ]


async def test_only_channels_whose_address_is_there_are_shown(api):
    number = await made(api, phoneNumber=NUMBER)
    address = await made(api, email=EMAIL)

    assert set(await statuses(api, number["id"])) == {"SMS", "RCS", "WHATSAPP", "VOICE"}
    assert set(await statuses(api, address["id"])) == {"EMAIL"}


async def test_what_is_said_of_a_channel_without_an_address_is_refused(api):
    contact = await made(api, phoneNumber=NUMBER)
    path = f"/contacts/{contact['id']}/subscriptions"

    answer = await api.post(path, json={"channel": "EMAIL", "status": "SUBSCRIBED"})
    problem = await refused(answer, 400, "no_address", "channel")
    assert "no e-mail address" in problem["detail"]
    answer = await api.post(path, json={"channel": "SMS", "status": "UNKNOWN"})
    await refused(answer, 400, "invalid", "status")
    answer = await api.post(
        "/contacts/999999/subscriptions", json={"channel": "SMS", "status": "SUBSCRIBED"}
    )
    await refused(answer, 404, "contact_not_found")


async def test_opting_out_twice_keeps_when_it_was_first(api, ada):
    first = (await api.get(f"/contacts/{ada}")).json()["subscriptions"][0]

    assert await told(api, ada) == first


async def test_opting_out_outlives_deletion(api, ada):
    await api.delete(f"/contacts/{ada}")

    again = await made(api, phoneNumber="347 1234567")
    assert (await statuses(api, again["id"]))["SMS"] == "UNSUBSCRIBED"


async def test_opting_out_outlives_a_changed_number(api, ada):
    await api.put(f"/contacts/{ada}", json={"phoneNumber": ANOTHER})
    assert (await statuses(api, ada))["SMS"] == "UNKNOWN"

    await api.put(f"/contacts/{ada}", json={"phoneNumber": NUMBER})
    assert (await statuses(api, ada))["SMS"] == "UNSUBSCRIBED"


async def test_opting_out_holds_for_whoever_gets_the_number(api, ada):
    await api.delete(f"/contacts/{ada}")
    somebody = await made(api, email="b@example.com")

    await api.put(f"/contacts/{somebody['id']}", json={"phoneNumber": NUMBER})
    assert (await statuses(api, somebody["id"]))["SMS"] == "UNSUBSCRIBED"


@pytest.mark.parametrize("gone", [False, True])
async def test_opting_out_outlives_an_import(api, ada, take_in, gone):
    if gone:
        await api.delete(f"/contacts/{ada}")

    _, _, rows = await take_in(CSV)
    assert rows[0]["outcome"] == ("CREATED" if gone else "UPDATED")
    assert (await statuses(api, rows[0]["contactId"]))["SMS"] == "UNSUBSCRIBED"


async def test_opting_out_outlives_a_batch_and_an_update(api, ada):
    batch = {"contacts": [{"phoneNumber": NUMBER, "firstName": "Ada"}]}
    assert (await api.post("/contacts/batch", json=batch)).json()["summary"]["updated"] == 1
    shown = (await api.get(f"/contacts/{ada}")).json()

    # What was read can be sent back, and says nothing of consent.
    shown["subscriptions"][0]["status"] = "SUBSCRIBED"
    assert (await api.put(f"/contacts/{ada}", json=shown)).status_code == 200
    assert (await statuses(api, ada))["SMS"] == "UNSUBSCRIBED"


async def test_opting_out_concerns_its_channel_alone(api, ada):
    assert await statuses(api, ada) == {
        "SMS": "UNSUBSCRIBED",
        "RCS": "UNKNOWN",
        "WHATSAPP": "UNKNOWN",
        "VOICE": "UNKNOWN",
    }


async def test_only_subscribing_or_ending_the_suppression_ends_it(api, ada):
    await told(api, ada, "SMS", "SUBSCRIBED")
    assert (await statuses(api, ada))["SMS"] == "SUBSCRIBED"

    await told(api, ada)
    listed = (await api.get("/suppressions", params={"address": NUMBER})).json()["content"]
    assert (await api.delete(f"/suppressions/{listed[0]['id']}")).status_code == 204
    assert (await statuses(api, ada))["SMS"] == "UNKNOWN"


async def test_a_suppression_may_come_before_the_contact(api):
    body = {"channel": "EMAIL", "address": "ADA@example.com"}
    assert (await api.post("/suppressions", json=body)).status_code == 201

    contact = await made(api, email=EMAIL)
    assert await statuses(api, contact["id"]) == {"EMAIL": "UNSUBSCRIBED"}


async def test_nothing_but_a_person_or_their_keeper_can_subscribe(tx):
    """The database holds the rule, whoever writes."""
    for source in ("IMPORT", "PROVIDER", "ERASURE"):
        with pytest.raises(Exception, match=r"said_by_somebody|erasure"):
            async with tx.conn.transaction():
                await tx.run(
                    "INSERT INTO consents (account_id, channel, address_hash, address, status,"
                    " source, at) VALUES (1, 'SMS', sha256('x'), 'x', 'SUBSCRIBED', %(source)s,"
                    " now())",
                    source=source,
                )
