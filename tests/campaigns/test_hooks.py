"""What becomes of campaigns where contacts are erased, merged or undone, and lists or ways go."""

from datetime import UTC, datetime

import pytest
from psycopg import AsyncConnection

from rubrica.campaigns import claiming, feedback, queries, recording
from rubrica.campaigns import recipients as counts
from rubrica.campaigns.links import Links
from rubrica.campaigns.rendering import Texts
from rubrica.db import Tx
from rubrica.transports import Answer, Inbound, Report

NUMBER = "+393471234567"
NOBODY = {"createdTo": "1970-01-01T00:00:00Z"}


@pytest.fixture
def fates(recipients):
    """Return what became of a campaign's recipients, by number in the audience."""

    async def told(id):
        return [
            (r["contactId"], r["address"], r["status"], r["reason"]) for r in await recipients(id)
        ]

    return told


@pytest.fixture
def erased(api):
    async def erased(id):
        answer = await api.post(f"/contacts/{id}/erase")
        assert answer.status_code == 200, answer.text
        return answer.json()["erased"]

    return erased


@pytest.fixture
def merged(api):
    async def merged(id, other):
        answer = await api.post(f"/contacts/{id}/merge", json={"contactId": other})
        assert answer.status_code == 200, answer.text

    return merged


@pytest.fixture
def replied(tx, account):
    """Have somebody answer."""

    async def replied(address, text="Thank you"):
        transport = await tx.value("SELECT id FROM transports WHERE channel = 'SMS'")
        said = Inbound(address=address, recipient=None, text=text, at=datetime.now(UTC))
        await feedback.take_inbound(tx, account, transport, "SMS", [said])

    return replied


async def totals_of(api, id):
    told = (await api.get(f"/campaigns/{id}")).json()["totals"]
    return {name: n for name, n in told.items() if n}


async def test_an_erased_person_is_sent_nothing_and_the_totals_balance(
    api, tx, a_list, person, campaign, confirm, sender, drain, fates, outbox, erased
):
    clients = await a_list()
    anna = await person(clients, phoneNumber=NUMBER)
    bob = await person(clients, phoneNumber="3471234568")
    id = await campaign(clients)
    await confirm(id)
    await sender.oversee()
    assert (await erased(anna))["campaignRecipients"] == 1
    assert (await fates(id))[0] == (anna, None, "SKIPPED", "erased")
    assert await totals_of(api, id) == {"recipients": 2, "queued": 1, "skipped": 1}
    await drain()
    assert await totals_of(api, id) == {"recipients": 2, "sent": 1, "skipped": 1}
    assert [m["recipientId"] for m in await outbox()] == [2]
    assert (await fates(id))[1][0] == bob
    assert await counts.miscounted(tx) == []


async def test_a_message_on_its_way_goes_on_and_leaves_no_address(
    api, tx, account, config, a_list, person, campaign, confirm, sender, fates, outbox, erased
):
    clients = await a_list()
    anna = await person(clients, phoneNumber=NUMBER)
    id = await campaign(clients)
    await confirm(id)
    await sender.oversee()
    batch = await claiming.claim(tx, account, id, "SMS", "other", [])
    await counts.count(tx, account, id, {"QUEUED": -1, "SENDING": 1})
    await erased(anna)
    transport = await tx.value("SELECT transport_id FROM campaigns WHERE id = %(id)s", id=id)
    [anna_claimed] = batch.recipients
    message = Texts(await queries.by_id(tx, account, id)).message(
        account, anna_claimed, Links(config)
    )
    await recording.put_out(tx, account, id, transport, [message], {1: 1})
    await claiming.let_go(tx, account, id, batch, "other")
    assert await outbox() == []
    assert await fates(id) == [(anna, None, "SENT", None)]
    # What the provider tells of it later is kept without the address.
    await tx.run(
        "INSERT INTO campaign_messages (account_id, transport_id, provider_id, campaign_id,"
        " recipient) VALUES (%(a)s, %(t)s, 'x', %(id)s, 1)",
        a=account,
        t=transport,
        id=id,
    )
    report = Report(provider_id="x", status="DELIVERED", at=datetime.now(UTC), address=NUMBER)
    await feedback.take_reports(tx, account, transport, [report])
    assert await fates(id) == [(anna, None, "DELIVERED", None)]
    [told] = (await api.get("/delivery-reports")).json()["content"]
    assert told["address"] is None
    assert await counts.miscounted(tx) == []


async def test_who_was_to_come_again_and_is_erased_does_not(
    tx, account, a_list, person, campaign, confirm, sender, drain, fates, erased
):
    clients = await a_list()
    anna = await person(clients, phoneNumber=NUMBER)
    id = await campaign(clients)
    await confirm(id)
    await sender.oversee()
    batch = await claiming.claim(tx, account, id, "SMS", "other", [])
    await counts.count(tx, account, id, {"QUEUED": -1, "SENDING": 1})
    await erased(anna)
    later = [Answer(key=1, outcome="LATER", code="ESME_RTHROTTLED")]
    await recording.record(tx, account, id, 1, later, {1: 1})
    await claiming.let_go(tx, account, id, batch, "other")
    await tx.run("UPDATE campaign_batches SET not_before = clock_timestamp()")
    await drain()
    assert await fates(id) == [(anna, None, "SKIPPED", "erased")]
    assert await counts.miscounted(tx) == []


async def test_replies_go_by_any_writing_of_the_number_and_those_of_others_stay(
    api, a_list, person, campaign, confirm, drain, erased, replied
):
    clients = await a_list()
    maria = await person(clients, phoneNumber="+5491123456789")
    await confirm(await campaign(clients))
    await drain()
    for address in ("+5491123456789", "+541123456789", "+541123456780"):
        await replied(address)
    assert (await erased(maria))["inboundMessages"] == 2
    left = (await api.get("/inbound")).json()["content"]
    assert [each["address"] for each in left] == ["+541123456780"]


async def test_addresses_that_a_person_had_are_erased_unless_they_are_anothers_now(
    api, a_list, person, campaign, confirm, drain, erased, replied
):
    clients = await a_list()
    anna = await person(clients, phoneNumber=NUMBER)
    await confirm(await campaign(clients))
    await drain()
    await api.patch(f"/contacts/{anna}", json={"phoneNumber": "3471234569"})
    await confirm(await campaign(clients))
    await drain()
    await api.patch(f"/contacts/{anna}", json={"phoneNumber": "3471234560"})
    await person(phoneNumber=NUMBER)
    for address in (NUMBER, "+393471234569", "+393471234560"):
        await replied(address)
    counted = await erased(anna)
    assert (counted["campaignRecipients"], counted["outboxMessages"]) == (2, 2)
    left = (await api.get("/inbound")).json()["content"]
    assert [each["address"] for each in left] == [NUMBER]


async def test_a_campaign_by_a_filter_that_named_the_person_goes_to_nobody(
    api, a_list, person, campaign, erased
):
    clients = await a_list()
    anna = await person(clients, phoneNumber=NUMBER)
    await person(clients, phoneNumber="3471234568")
    named = await campaign(clients, filter={"phoneNumber": NUMBER})
    other = await campaign(clients, filter={"hasPhone": True})
    await erased(anna)
    assert (await api.get(f"/campaigns/{named}")).json()["filter"] == NOBODY
    assert (await api.post(f"/campaigns/{named}/calculateGoal")).json()["reachable"] == 0
    assert (await api.post(f"/campaigns/{other}/calculateGoal")).json()["reachable"] == 1


async def test_no_audience_is_frozen_while_a_person_is_being_erased(
    api, account, database_url, a_list, person, campaign, confirm, sender
):
    """The two would miss each other: neither sees what the other has not committed."""
    clients = await a_list()
    await person(clients, phoneNumber=NUMBER)
    id = await campaign(clients)
    await confirm(id)
    async with await AsyncConnection.connect(database_url) as elsewhere:
        await queries.keep_from_freezing(Tx(elsewhere), account)
        await sender.oversee()
        assert (await api.get(f"/campaigns/{id}")).json()["frozenAt"] is None
        await elsewhere.rollback()
    await sender.oversee()
    assert (await api.get(f"/campaigns/{id}")).json()["frozenAt"] is not None


async def test_who_is_queued_gets_the_message_after_a_merge_and_gets_it_once(
    api, tx, a_list, person, campaign, confirm, sender, drain, fates, outbox, merged
):
    clients = await a_list()
    anna = await person(clients, email="anna@example.com")
    same = await person(clients, phoneNumber=NUMBER)
    id = await campaign(clients)
    await confirm(id)
    await sender.oversee()
    await merged(anna, same)
    assert await fates(id) == [
        (anna, NUMBER, "QUEUED", None),
        (anna, None, "SKIPPED", "no_address"),
    ]
    await drain()
    assert [m["address"] for m in await outbox()] == [NUMBER]
    assert (await fates(id))[0] == (anna, NUMBER, "SENT", None)
    assert await counts.miscounted(tx) == []


async def test_a_message_to_an_address_that_the_survivor_does_not_take_is_skipped(
    api, tx, a_list, person, campaign, confirm, sender, drain, fates, merged
):
    clients = await a_list()
    anna = await person(clients, phoneNumber=NUMBER)
    same = await person(clients, phoneNumber="3471234568")
    id = await campaign(clients)
    await confirm(id)
    await sender.oversee()
    await merged(anna, same)
    await drain()
    assert await fates(id) == [
        (anna, NUMBER, "SENT", None),
        (anna, "+393471234568", "SKIPPED", "address_changed"),
    ]
    assert await totals_of(api, id) == {"recipients": 2, "sent": 1, "skipped": 1}


@pytest.mark.parametrize(("before", "left"), [("QUEUED", "QUEUED"), ("SENT", "SENT")])
async def test_of_two_at_one_address_that_become_one_the_later_is_skipped(
    tx, account, a_list, person, campaign, confirm, sender, fates, merged, before, left
):
    clients = await a_list()
    anna = await person(clients, phoneNumber=NUMBER)
    same = await person(clients, phoneNumber="3471234568")
    other = await person(clients, phoneNumber="3471234569")
    id = await campaign(clients)
    await confirm(id)
    await sender.oversee()
    # The audience has nobody twice: only a rule for numbers that changed since can make two.
    await tx.run(
        "UPDATE campaign_recipients SET address = %(n)s, status = %(s)s, sent_at = now()"
        " WHERE number = 1",
        n="+393471234568",
        s=before,
    )
    await counts.count(tx, account, id, {"QUEUED": -1, before: 1} if before != "QUEUED" else {})
    await merged(anna, same)
    assert await fates(id) == [
        (anna, "+393471234568", left, None),
        (anna, "+393471234568", "SKIPPED", "duplicate"),
        (other, "+393471234569", "QUEUED", None),
    ]
    assert await counts.miscounted(tx) == []
