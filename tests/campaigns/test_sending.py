"""Sending: who is left out at the last moment, who is lost, and who comes again."""

from rubrica.campaigns import claiming, feedback, queries, recipients, recording, sending
from rubrica.transports import Answer


async def reasons(recipients, id):
    return {r["contactId"]: (r["status"], r["reason"]) for r in await recipients(id)}


async def test_who_unsubscribes_between_freezing_and_sending_gets_nothing(
    api, a_list, person, campaign, confirm, sender, outbox, recipients
):
    clients = await a_list()
    anna = await person(clients, phoneNumber="3471234567")
    bob = await person(clients, phoneNumber="3471234568")
    id = await campaign(clients)
    await confirm(id)
    await sender.oversee()
    said = {"channel": "SMS", "status": "UNSUBSCRIBED"}
    answer = await api.post(f"/contacts/{anna}/subscriptions", json=said)
    assert answer.status_code in (200, 201)
    assert await sender.send_next()
    assert [m["address"] for m in await outbox()] == ["+393471234568"]
    assert await reasons(recipients, id) == {
        anna: ("SKIPPED", "suppressed"),
        bob: ("SENT", None),
    }
    totals = (await api.get(f"/campaigns/{id}")).json()["totals"]
    assert (totals["sent"], totals["skipped"], totals["queued"]) == (1, 1, 0)


async def test_who_is_gone_or_invalid_or_elsewhere_by_now_is_skipped(
    api, a_list, person, campaign, confirm, sender, outbox, recipients
):
    clients = await a_list()
    gone = await person(clients, phoneNumber="3471234560")
    invalid = await person(clients, phoneNumber="3471234561")
    moved = await person(clients, phoneNumber="3471234562")
    there = await person(clients, phoneNumber="3471234563")
    id = await campaign(clients)
    await confirm(id)
    await sender.oversee()
    await api.delete(f"/contacts/{gone}")
    await api.patch(f"/contacts/{invalid}", json={"isValid": False})
    await api.patch(f"/contacts/{moved}", json={"phoneNumber": "3471234569"})
    assert await sender.send_next()
    assert await reasons(recipients, id) == {
        gone: ("SKIPPED", "deleted"),
        invalid: ("SKIPPED", "invalid"),
        moved: ("SKIPPED", "address_changed"),
        there: ("SENT", None),
    }
    assert len(await outbox()) == 1


async def test_who_joins_a_list_after_freezing_gets_nothing(
    a_list, person, campaign, confirm, sender, drain, outbox
):
    clients = await a_list()
    await person(clients, phoneNumber="3471234567")
    await confirm(await campaign(clients))
    await sender.oversee()
    await person(clients, phoneNumber="3471234568")
    await drain()
    assert len(await outbox()) == 1


async def claimed(tx, account, a_list, person, campaign, confirm, sender, people=3):
    """A campaign whose only batch is with somebody called `other`."""
    clients = await a_list()
    for n in range(people):
        await person(clients, phoneNumber=f"347123456{n}")
    id = await campaign(clients)
    await confirm(id)
    await sender.oversee()
    batch = await claiming.claim(tx, account, id, "SMS", "other", [])
    await recipients.count(tx, account, id, {"QUEUED": -people, "SENDING": people})
    transport = await tx.value("SELECT transport_id FROM campaigns WHERE id = %(id)s", id=id)
    return id, transport, batch


async def die(tx):
    await tx.run("UPDATE campaign_batches SET held_until = clock_timestamp() - interval '1 s'")
    assert await sending.bury(tx) == 1


async def to_a_provider(tx, account, id):
    """Let a campaign go by something that cannot be asked."""
    settings = '{"host": "localhost", "systemId": "x"}'
    await tx.run(
        "UPDATE transports SET kind = 'SMPP', settings = %(s)s::jsonb"
        " WHERE account_id = %(a)s AND channel = 'SMS'",
        a=account,
        s=settings,
    )


async def test_whoever_was_in_flight_when_a_sender_died_is_unknown_and_is_not_sent_again(
    tx, api, account, a_list, person, campaign, confirm, sender
):
    id, _, _ = await claimed(tx, account, a_list, person, campaign, confirm, sender)
    await to_a_provider(tx, account, id)
    seen = (await api.get(f"/campaigns/{id}/recipients")).json()["content"]
    assert [(r["status"], r["inFlight"]) for r in seen] == [("QUEUED", True)] * 3
    await die(tx)
    assert await claiming.claim(tx, account, id, "SMS", "third", []) is None
    await sender.oversee()
    told = (await api.get(f"/campaigns/{id}")).json()
    assert (told["status"], told["totals"]["unknown"], told["totals"]["queued"]) == (
        "COMPLETED", 3, 0,
    )  # fmt: skip


async def test_the_outbox_is_asked_what_it_took_of_a_dead_senders_batch(
    tx, api, account, a_list, person, campaign, confirm, sender, drain, outbox
):
    id, transport, _ = await claimed(tx, account, a_list, person, campaign, confirm, sender)
    await tx.run(
        "INSERT INTO outbox_messages (account_id, transport_id, campaign_id, recipient, channel,"
        " address, body) VALUES (%(a)s, %(t)s, %(c)s, 2, 'SMS', '+393471234561', 'Hello')",
        a=account,
        t=transport,
        c=id,
    )
    await die(tx)
    await drain()
    assert sorted(m["recipientId"] for m in await outbox()) == [1, 2, 3]
    totals = (await api.get(f"/campaigns/{id}")).json()["totals"]
    assert (totals["sent"], totals["unknown"]) == (3, 0)
    assert await recipients.miscounted(tx) == []


async def test_an_answer_that_comes_after_all_is_believed(
    tx, api, account, a_list, person, campaign, confirm, sender
):
    id, transport, batch = await claimed(tx, account, a_list, person, campaign, confirm, sender)
    await to_a_provider(tx, account, id)
    await die(tx)
    answers = [
        Answer(key=1, outcome="ACCEPTED", provider_ids=("x",)),
        Answer(key=2, outcome="LATER", code="ESME_RTHROTTLED"),
        Answer(key=3, outcome="REFUSED", code="ESME_RINVDSTADR", address_is_invalid=True),
    ]
    parts = {1: 1, 2: 1, 3: 1}
    assert await recording.record(tx, account, id, transport, answers, parts) == 1
    await claiming.bring_back(tx, account, id, batch)
    await claiming.let_go(tx, account, id, batch, "other")
    seen = (await api.get(f"/campaigns/{id}/recipients")).json()["content"]
    assert [(r["status"], r["reason"]) for r in seen] == [
        ("SENT", None), ("QUEUED", "ESME_RTHROTTLED"), ("FAILED", "ESME_RINVDSTADR"),
    ]  # fmt: skip
    again = await claiming.claim(tx, account, id, "SMS", "third", [])
    assert [each.number for each in again.recipients] == [2]
    await recipients.count(tx, account, id, {"QUEUED": -1, "SENDING": 1})
    assert await recipients.miscounted(tx) == []


async def test_who_is_told_to_come_later_waits_longer_each_time(
    tx, account, a_list, person, campaign, confirm, sender
):
    id, transport, batch = await claimed(tx, account, a_list, person, campaign, confirm, sender, 1)
    waits = []
    for _ in range(3):
        later = [Answer(key=1, outcome="LATER", code="ESME_RTHROTTLED")]
        await recording.record(tx, account, id, transport, later, {1: 1})
        await claiming.let_go(tx, account, id, batch, "other")
        waits.append(
            await tx.value(
                "UPDATE campaign_batches SET not_before = clock_timestamp()"
                " WHERE campaign_id = %(id)s"
                " RETURNING (SELECT round(extract(epoch FROM b.not_before"
                "                                            - clock_timestamp()))::int"
                "              FROM campaign_batches b WHERE b.campaign_id = %(id)s)",
                id=id,
            )
        )
        batch = await claiming.claim(tx, account, id, "SMS", "other", [])
    assert waits == [1, 3, 7]


async def test_a_number_that_a_provider_calls_invalid_is_so_with_its_source(
    tx, api, account, a_list, person, campaign, confirm, sender
):
    id, _, _ = await claimed(tx, account, a_list, person, campaign, confirm, sender, 1)
    wrong = [Answer(key=1, outcome="REFUSED", code="ESME_RINVDSTADR", address_is_invalid=True)]
    await feedback.call_invalid(tx, account, id, wrong)
    [recipient] = (await api.get(f"/campaigns/{id}/recipients")).json()["content"]
    contact = (await api.get(f"/contacts/{recipient['contactId']}")).json()
    assert (contact["isValid"], contact["invalidSource"]) == (False, "PROVIDER")
    await api.patch(f"/contacts/{contact['id']}", json={"phoneNumber": "3471234999"})
    contact = (await api.get(f"/contacts/{contact['id']}")).json()
    assert (contact["isValid"], contact["invalidSource"]) == (True, None)


async def test_a_person_settles_what_nobody_answered_and_nothing_else(
    tx, api, account, a_list, person, campaign, confirm, sender
):
    id, _, _ = await claimed(tx, account, a_list, person, campaign, confirm, sender, 2)
    await to_a_provider(tx, account, id)
    path = f"/campaigns/{id}/recipients/1/settle"
    early = await api.post(path, json={"status": "SENT"})
    assert (early.status_code, early.json()["code"]) == (409, "not_unknown")
    await die(tx)
    settled = await api.post(path, json={"status": "DELIVERED"})
    assert (settled.status_code, settled.json()["status"]) == (200, "DELIVERED")
    assert (await api.post(path, json={"status": "FAILED"})).status_code == 409
    missing = await api.post(f"/campaigns/{id}/recipients/9/settle", json={"status": "SENT"})
    assert missing.status_code == 404
    resent = await api.post(path, json={"status": "QUEUED"})
    assert resent.status_code == 400
    assert await recipients.miscounted(tx) == []


async def test_a_text_that_is_empty_for_somebody_is_refused_for_them_alone(
    a_list, person, campaign, confirm, drain, recipients, outbox
):
    clients = await a_list()
    anna = await person(clients, phoneNumber="3471234567", firstName="Anna")
    nameless = await person(clients, phoneNumber="3471234568")
    id = await campaign(clients, body="{{firstName}}")
    await confirm(id)
    await drain()
    assert await reasons(recipients, id) == {
        anna: ("SENT", None),
        nameless: ("FAILED", "empty_text"),
    }


async def test_counts_are_folded_and_stay_what_they_are(
    tx, api, account, a_list, person, campaign, confirm, drain
):
    clients = await a_list()
    await person(clients, phoneNumber="3471234567")
    id = await campaign(clients)
    await confirm(id)
    await drain()
    for _ in range(60):
        await recipients.count(tx, account, id, {"SENT": 1, "QUEUED": -1})
    before = (await api.get(f"/campaigns/{id}")).json()["totals"]
    await recipients.fold_counts(tx)
    assert (await api.get(f"/campaigns/{id}")).json()["totals"] == before
    rows = "SELECT count(*) FROM campaign_count_deltas WHERE campaign_id = %(id)s"
    assert await tx.value(rows, id=id) <= 3
    assert len(await recipients.miscounted(tx)) == 1


async def test_a_large_campaign_does_not_keep_a_small_one_waiting(
    a_list, person, campaign, confirm, sender, outbox
):
    clients = await a_list()
    for n in range(4):
        await person(clients, phoneNumber=f"347123456{n}")
    first = await campaign(clients, throttlePerSecond=100)
    second = await campaign(clients, throttlePerSecond=100)
    for id in (first, second):
        await confirm(id)
    await sender.oversee()
    assert await sender.send_next()
    assert await sender.send_next()
    assert {m["campaignId"] for m in await outbox()} == {first, second}


async def test_what_a_campaign_waited_for_is_forgotten_once_it_goes_on(
    tx, api, account, a_list, person, campaign, confirm, sender
):
    clients = await a_list()
    for n in range(2):
        await person(clients, phoneNumber=f"347123456{n}")
    id = await campaign(clients, throttlePerSecond=1)
    await confirm(id)
    await sender.oversee()
    assert await sender.send_next()
    await queries.hold_up(tx, account, id, "provider_unready", "It does not answer.")
    assert (await api.get(f"/campaigns/{id}")).json()["waitingFor"] is not None
    await tx.run("UPDATE campaigns SET next_batch_at = clock_timestamp() WHERE id = %(id)s", id=id)
    assert await sender.send_next()
    assert (await api.get(f"/campaigns/{id}")).json()["waitingFor"] is None
