"""The life of a campaign, as a client sees it."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from rubrica.campaigns import miscounted


async def test_everybody_in_the_lists_gets_the_message_once(
    api, a_list, person, campaign, confirm, drain, outbox, recipients
):
    one, two = await a_list("one"), await a_list("two")
    anna = await person(one, two, phoneNumber="3471234567", firstName="Anna")
    bob = await person(two, phoneNumber="3471234568")
    id = await campaign(one, two, body="Ciao {{firstName|amico}}!")
    answer = await confirm(id)
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "SENDING"
    await drain()
    assert [(m["address"], m["body"]) for m in await outbox()] == [
        ("+393471234567", "Ciao Anna!"),
        ("+393471234568", "Ciao amico!"),
    ]
    told = (await api.get(f"/campaigns/{id}")).json()
    assert told["status"] == "COMPLETED"
    assert told["totals"] == {
        "recipients": 2, "queued": 0, "sent": 2, "delivered": 0, "read": 0, "failed": 0,
        "expired": 0, "unknown": 0, "skipped": 0,
    }  # fmt: skip
    seen = await recipients(id)
    assert [(r["contactId"], r["status"], r["parts"]) for r in seen] == [
        (anna, "SENT", 1),
        (bob, "SENT", 1),
    ]


async def test_a_campaign_is_read_changed_and_deleted_while_it_is_a_draft(api, a_list, campaign):
    clients = await a_list()
    id = await campaign(clients, description="for spring")
    told = (await api.get(f"/campaigns/{id}")).json()
    assert (told["status"], told["readyToSend"], told["timezone"]) == ("DRAFT", False, "UTC")
    again = await api.put(f"/campaigns/{id}", json=told | {"name": "Summer", "subject": None})
    assert again.status_code == 200, again.text
    assert (again.json()["name"], again.json()["description"]) == ("Summer", "for spring")
    assert (await api.delete(f"/campaigns/{id}")).status_code == 204
    assert (await api.get(f"/campaigns/{id}")).status_code == 404


async def test_what_nobody_has_is_named_when_the_text_is_saved(api):
    wish = {"name": "x", "sendingMode": "SMS", "body": "{{fristName}} {{customFields.town}}"}
    answer = await api.post("/campaigns", json=wish)
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["code"] == "bad_template"
    assert [error["field"] for error in problem["errors"]] == ["body"]
    assert "fristName" in problem["detail"]
    assert "customFields.town" in problem["detail"]
    assert "firstName" in problem["detail"]


async def test_a_list_that_is_not_there_is_named(api, campaign):
    wish = {"name": "x", "sendingMode": "SMS", "contactListIds": [999_999]}
    answer = await api.post("/campaigns", json=wish)
    assert answer.status_code == 404
    assert answer.json()["missing"] == [999_999]


async def test_confirming_tells_every_reason_at_once(api, campaign, confirm):
    id = await campaign(body="", sendingMode="EMAIL")
    answer = await confirm(id)
    assert answer.status_code == 400
    errors = {(e["field"], e["code"]) for e in answer.json()["errors"]}
    assert errors == {
        ("contactListIds", "required"),
        ("body", "required"),
        ("subject", "required"),
    }
    assert (await api.get(f"/campaigns/{id}")).json()["status"] == "DRAFT"


async def test_a_list_that_is_gone_keeps_a_campaign_from_going_out(
    api, a_list, person, campaign, confirm
):
    one, two = await a_list("one"), await a_list("two")
    await person(one, phoneNumber="3471234567")
    id = await campaign(one, excludeListIds=[two])
    await api.delete(f"/contacts/list/{two}")
    answer = await confirm(id)
    assert answer.status_code == 400
    assert [e["code"] for e in answer.json()["errors"]] == ["list_gone"]


async def test_another_count_than_expected_sends_nothing(
    api, a_list, person, campaign, confirm, drain, outbox
):
    clients = await a_list()
    await person(clients, phoneNumber="3471234567")
    id = await campaign(clients)
    answer = await confirm(id, expectedCount=2)
    assert (answer.status_code, answer.json()["code"], answer.json()["count"]) == (
        409, "count_changed", 1,
    )  # fmt: skip
    await drain()
    assert await outbox() == []
    assert (await confirm(id, expectedCount=1)).status_code == 202


async def test_a_campaign_is_confirmed_once(a_list, person, campaign, confirm):
    clients = await a_list()
    await person(clients, phoneNumber="3471234567")
    id = await campaign(clients)
    await confirm(id)
    answer = await confirm(id)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_status")


async def test_a_scheduled_campaign_starts_when_its_time_has_come(
    api, tx, a_list, person, campaign, confirm, drain, outbox
):
    clients = await a_list()
    await person(clients, phoneNumber="3471234567")
    date = datetime.now(UTC) + timedelta(days=1)
    id = await campaign(clients, scheduledDate=date.isoformat())
    assert (await confirm(id)).json()["status"] == "SCHEDULED"
    await drain()
    assert await outbox() == []
    await tx.run("UPDATE campaigns SET scheduled_at = clock_timestamp() WHERE id = %(id)s", id=id)
    await drain()
    assert len(await outbox()) == 1
    assert (await api.get(f"/campaigns/{id}")).json()["status"] == "COMPLETED"


async def test_a_date_without_an_offset_is_what_clocks_show_in_the_time_zone(api, campaign):
    id = await campaign(scheduledDate="2027-07-01T09:00", timezone="Europe/Rome")
    told = (await api.get(f"/campaigns/{id}")).json()
    assert told["scheduledDate"] == "2027-07-01T07:00:00Z"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"scheduledDate": "tomorrow"}, "invalid_date"),
        ({"scheduledDate": "2027-03-28T02:30", "timezone": "Europe/Rome"}, "no_such_time"),
        ({"timezone": "Europe/Atlantis"}, "invalid_timezone"),
        ({"subject": "Hi"}, "invalid_value"),
        ({"sender": "far too long a name"}, "bad_sender"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(api, fields, code):
    answer = await api.post("/campaigns", json={"name": "x", "sendingMode": "SMS"} | fields)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["code"] == code


async def test_a_chain_of_channels_is_refused_until_it_is_built(api):
    answer = await api.post("/campaigns", json={"name": "x", "sendingMode": "RCS_SMS"})
    assert answer.status_code == 400
    assert "SMS" in answer.json()["detail"]


async def test_a_date_that_has_passed_is_not_sent_at_once(a_list, person, campaign, confirm):
    clients = await a_list()
    await person(clients, phoneNumber="3471234567")
    id = await campaign(clients, scheduledDate="2026-01-01T00:00:00Z")
    answer = await confirm(id)
    assert [e["code"] for e in answer.json()["errors"]] == ["in_the_past"]


async def test_what_is_scheduled_may_be_changed_and_must_stay_fit_to_be_sent(
    api, a_list, person, campaign, confirm
):
    clients = await a_list()
    await person(clients, phoneNumber="3471234567")
    id = await campaign(clients, scheduledDate="2099-01-01T00:00:00Z")
    await confirm(id)
    assert (await api.put(f"/campaigns/{id}", json={"body": "Better"})).status_code == 200
    worse = await api.put(f"/campaigns/{id}", json={"body": ""})
    assert (worse.status_code, worse.json()["code"]) == (400, "not_ready")
    undated = await api.put(f"/campaigns/{id}", json={"scheduledDate": None})
    assert undated.status_code == 400
    told = (await api.get(f"/campaigns/{id}")).json()
    assert (told["body"], told["status"]) == ("Better", "SCHEDULED")
    assert (await api.post(f"/campaigns/{id}/cancel")).json()["status"] == "CANCELLED"


async def test_a_paused_campaign_claims_nothing_and_goes_on_where_it_was(
    api, a_list, person, campaign, confirm, sender, drain, outbox
):
    clients = await a_list()
    for n in range(3):
        await person(clients, phoneNumber=f"347123456{n}")
    id = await campaign(clients, throttlePerSecond=1)
    await confirm(id)
    await sender.oversee()
    assert await sender.send_next()
    assert (await api.post(f"/campaigns/{id}/pause")).json()["status"] == "PAUSED"
    assert not await sender.send_next()
    assert len(await outbox()) == 1
    assert (await api.post(f"/campaigns/{id}/pause")).status_code == 409
    assert (await api.post(f"/campaigns/{id}/resume")).json()["status"] == "SENDING"
    assert await sender.send_next()
    assert (await api.post(f"/campaigns/{id}/cancel")).json()["status"] == "CANCELLED"
    assert not await sender.send_next()
    told = (await api.get(f"/campaigns/{id}")).json()
    assert (told["totals"]["sent"], told["totals"]["queued"]) == (2, 1)
    assert (await api.post(f"/campaigns/{id}/resume")).status_code == 409
    assert (await api.delete(f"/campaigns/{id}")).status_code == 409


async def test_a_throttled_campaign_claims_a_second_at_a_time(
    tx, a_list, person, campaign, confirm, sender, outbox
):
    clients = await a_list()
    for n in range(5):
        await person(clients, phoneNumber=f"347123456{n}")
    id = await campaign(clients, throttlePerSecond=2)
    await confirm(id)
    await sender.oversee()
    sizes = await tx.column(
        "SELECT last - first + 1 FROM campaign_batches WHERE campaign_id = %(id)s ORDER BY number",
        id=id,
    )
    assert sizes == [2, 2, 1]
    assert await sender.send_next()
    assert not await sender.send_next()
    waits = await tx.value(
        "SELECT next_batch_at - clock_timestamp() FROM campaigns WHERE id = %(id)s", id=id
    )
    assert timedelta(0) < waits <= timedelta(seconds=1)
    assert len(await outbox()) == 2


async def test_a_test_goes_to_a_test_list_and_leaves_the_campaign_a_draft(
    api, a_list, person, campaign, drain, outbox
):
    clients, team = await a_list("clients"), await a_list("team", isTest=True)
    await person(clients, phoneNumber="3471234567")
    await person(team, phoneNumber="3471234568")
    id = await campaign(clients, body="Try me")
    refused = await api.post(f"/campaigns/{id}/test", json={"listId": clients})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "not_a_test_list")
    tried = await api.post(f"/campaigns/{id}/test", json={"listId": team})
    assert tried.status_code == 202, tried.text
    assert tried.json()["testOf"] == id
    await drain()
    assert [m["address"] for m in await outbox()] == ["+393471234568"]
    assert (await api.get(f"/campaigns/{id}")).json()["status"] == "DRAFT"
    shown = (await api.get("/campaigns")).json()["content"]
    assert [each["id"] for each in shown] == [id]
    with_tests = (await api.get("/campaigns", params={"includeTests": True})).json()
    assert with_tests["totalElements"] == 2


async def test_campaigns_are_found_by_status_channel_list_and_name(api, a_list, campaign):
    clients = await a_list()
    spring = await campaign(clients, name="Frühling")
    mail = await campaign(name="Autumn", sendingMode="EMAIL")

    async def found(**asked):
        answer = (await api.get("/campaigns", params=asked)).json()
        return [each["id"] for each in answer["content"]]

    assert await found() == [mail, spring]
    assert await found(search="fruhling") == [spring]
    assert await found(sendingMode="EMAIL") == [mail]
    assert await found(listId=clients) == [spring]
    assert await found(status="SENDING") == []
    first = (await api.get("/campaigns", params={"limit": 1})).json()
    assert await found(limit=1, cursor=first["nextCursor"]) == [spring]


async def test_a_campaign_cannot_take_a_way_that_is_not_drawn(tx, campaign, a_list):
    id = await campaign(await a_list())
    with pytest.raises(psycopg.errors.CheckViolation):
        async with tx.conn.transaction():
            await tx.run(
                "UPDATE campaigns SET status = 'COMPLETED', confirmed_at = now(),"
                " started_at = now(), frozen_at = now(), finished_at = now(), transport_id = 1"
                " WHERE id = %(id)s",
                id=id,
            )


async def test_nobody_to_be_reached_is_told(a_list, campaign, confirm):
    answer = await confirm(await campaign(await a_list()))
    assert [e["code"] for e in answer.json()["errors"]] == ["nobody_reachable"]


async def test_e_mail_by_a_provider_needs_an_address_for_its_links(
    api, a_list, person, campaign, confirm
):
    settings = {"host": "mail.example.com", "defaultSender": "news@example.com"}
    way = {"channel": "EMAIL", "kind": "SMTP", "settings": settings}
    assert (await api.post("/transports", json=way)).status_code == 201
    clients = await a_list()
    await person(clients, email="anna@example.com")
    answer = await confirm(await campaign(clients, sendingMode="EMAIL", subject="Hi"))
    assert [e["code"] for e in answer.json()["errors"]] == ["public_url_missing"]


async def test_who_was_not_sent_to_when_a_campaign_is_cancelled_is_skipped(
    tx, api, a_list, person, campaign, confirm, sender, outbox
):
    clients = await a_list()
    for n in range(3):
        await person(clients, phoneNumber=f"347123456{n}")
    id = await campaign(clients, throttlePerSecond=1)
    await confirm(id)
    await sender.oversee()
    assert await sender.send_next()
    await api.post(f"/campaigns/{id}/cancel")
    await sender.oversee()
    seen = (await api.get(f"/campaigns/{id}/recipients")).json()["content"]
    assert [(r["status"], r["reason"]) for r in seen] == [
        ("SENT", None), ("SKIPPED", "cancelled"), ("SKIPPED", "cancelled"),
    ]  # fmt: skip
    totals = (await api.get(f"/campaigns/{id}")).json()["totals"]
    assert (totals["sent"], totals["skipped"], totals["queued"]) == (1, 2, 0)
    assert await miscounted(tx) == []
    assert len(await outbox()) == 1


async def test_a_subject_is_one_line(api):
    wish = {"name": "x", "sendingMode": "EMAIL", "subject": "Hi\r\nBcc: everybody@example.com"}
    answer = await api.post("/campaigns", json=wish)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "subject")
