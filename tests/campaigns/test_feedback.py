"""What providers and people say of messages."""

from itertools import permutations

import pytest

from rubrica.campaigns import feedback
from rubrica.transports import Answer, Report, token_of


@pytest.fixture
async def sent(api, a_list, person, campaign, confirm, drain, outbox):
    """A campaign of one message, and what the outbox calls it."""
    clients = await a_list()
    contact = await person(clients, phoneNumber="3471234567")
    id = await campaign(clients, body="Hello {{unsubscribeUrl}}")
    await confirm(id)
    await drain()
    [message] = await outbox(campaignId=id)
    return {"campaign": id, "contact": contact, "list": clients, "message": message}


@pytest.fixture
async def token(api, sent, config, account):
    return token_of(config, account, sent["message"]["transportId"])


@pytest.fixture
def call(root):
    """Call a public address: below no prefix, without a key."""

    async def called(method, path, **how):
        url = str(root.base_url).removesuffix("/").removesuffix("/api/v1") + path
        return await root.request(method, url, headers=how.pop("headers", {"X-API-Key": ""}), **how)

    return called


@pytest.fixture
def status(recipients):
    async def told(campaign):
        [one] = await recipients(campaign)
        return one["status"]

    return told


async def test_a_report_is_taken_once_and_tells_the_recipients_status(
    api, call, sent, token, status
):
    report = {"messageId": str(sent["message"]["id"]), "status": "DELIVERED"}
    for _ in range(2):
        answer = await call("POST", f"/delivery-reports/{token}", json=report)
        assert (answer.status_code, answer.json()) == (200, {"reports": 1})
    assert await status(sent["campaign"]) == "DELIVERED"
    totals = (await api.get(f"/campaigns/{sent['campaign']}")).json()["totals"]
    assert (totals["sent"], totals["delivered"], totals["recipients"]) == (0, 1, 1)
    shown = (await api.get("/delivery-reports")).json()["content"]
    assert [(r["status"], r["recipientId"]) for r in shown] == [("DELIVERED", 1)]


async def test_reports_lead_to_the_same_in_any_order(sent, tx, account, status):
    transport, id = sent["message"]["transportId"], str(sent["message"]["id"])
    at = sent["message"]["at"]

    for order in permutations(["SENT", "FAILED", "EXPIRED", "DELIVERED"]):
        async with tx.conn.transaction(force_rollback=True):
            for each in order:
                report = Report(provider_id=id, status=each, at=at)
                await feedback.take_reports(tx, account, transport, [report])
            assert await status(sent["campaign"]) == "DELIVERED"


async def test_a_report_of_a_message_that_nobody_knows_is_kept_and_shown(api, call, token):
    report = {"messageId": "unheard-of", "status": "UNDELIV", "code": "001"}
    assert (await call("POST", f"/delivery-reports/{token}", json=report)).status_code == 200
    [shown] = (await api.get("/delivery-reports", params={"known": "false"})).json()["content"]
    assert (shown["messageId"], shown["status"], shown["campaignId"]) == (
        "unheard-of", "FAILED", None,
    )  # fmt: skip


async def test_a_report_that_comes_before_its_answer_waits_for_it(tx, account, sent, status, api):
    campaign, transport = sent["campaign"], sent["message"]["transportId"]
    early = Report(provider_id="early", status="DELIVERED", at=sent["message"]["at"])
    await feedback.take_reports(tx, account, transport, [early])
    assert await status(campaign) == "SENT"
    await tx.run(
        "INSERT INTO campaign_messages (account_id, transport_id, provider_id, campaign_id,"
        " recipient) VALUES (%(a)s, %(t)s, 'early', %(c)s, 1)",
        a=account,
        t=transport,
        c=campaign,
    )
    await feedback.apply_early(
        tx, account, transport, [Answer(key=1, outcome="ACCEPTED", provider_ids=("early",))]
    )
    assert await status(campaign) == "DELIVERED"


async def test_a_long_message_is_delivered_when_all_its_parts_are(tx, account, sent, status):
    campaign, transport = sent["campaign"], sent["message"]["transportId"]
    await tx.run("UPDATE campaign_recipients SET parts = 2 WHERE campaign_id = %(c)s", c=campaign)
    for part in ("a", "b"):
        await tx.run(
            "INSERT INTO campaign_messages (account_id, transport_id, provider_id, campaign_id,"
            " recipient) VALUES (%(a)s, %(t)s, %(p)s, %(c)s, 1)",
            a=account,
            t=transport,
            p=part,
            c=campaign,
        )
    seen = []
    for part in ("b", "a"):
        report = Report(provider_id=part, status="DELIVERED", at=sent["message"]["at"])
        await feedback.take_reports(tx, account, transport, [report])
        seen.append(await status(campaign))
    assert seen == ["SENT", "DELIVERED"]


async def test_a_reply_that_says_stop_suppresses_its_sender(
    api, call, sent, token, campaign, confirm
):
    answer = await call(
        "POST", f"/inbound/{token}", json={"address": "+39 347 123 4567", "text": "Stop!"}
    )
    assert answer.status_code == 200, answer.text
    [told] = (await api.get("/inbound")).json()["content"]
    assert (told["address"], told["text"], told["unsubscribed"]) == (
        "+393471234567", "Stop!", True,
    )  # fmt: skip
    [stopped] = (await api.get("/suppressions")).json()["content"]
    assert (stopped["channel"], stopped["source"]) == ("SMS", "PERSON")
    goal = await api.post(f"/campaigns/{await campaign(sent['list'])}/calculateGoal")
    assert goal.json()["excluded"]["unsubscribed"] == 1


async def test_a_reply_that_says_something_else_is_kept_and_changes_nothing(api, call, token):
    await call("POST", f"/inbound/{token}", json={"address": "393471234567", "text": "Thank you"})
    [told] = (await api.get("/inbound")).json()["content"]
    assert (told["address"], told["unsubscribed"]) == ("+393471234567", False)
    assert (await api.get("/suppressions")).json()["content"] == []


@pytest.mark.parametrize("path", ["/delivery-reports", "/inbound"])
async def test_a_token_that_is_not_ours_opens_nothing(call, token, path):
    body = {"messageId": "x", "status": "DELIVERED", "address": "1", "text": "x"}
    assert (await call("POST", f"{path}/{token}x", json=body)).status_code == 404


async def test_a_link_asks_first_and_unsubscribes_when_it_is_pressed(api, call, sent):
    url = sent["message"]["body"].split()[-1]
    path = "/unsubscribe/" + url.rpartition("/")[2]
    page = await call("GET", path, headers={"Accept-Language": "it"})
    assert page.status_code == 200
    assert 'lang="it"' in page.text
    assert "acme" in page.text
    assert (await api.get("/suppressions")).json()["totalElements"] == 0
    done = await call("POST", path, content="List-Unsubscribe=One-Click")
    assert done.status_code == 200
    [stopped] = (await api.get("/suppressions")).json()["content"]
    assert (stopped["channel"], stopped["address"], stopped["source"]) == (
        "SMS", "+393471234567", "PERSON",
    )  # fmt: skip
    assert (await call("POST", path)).status_code == 200


async def test_a_link_that_is_not_ours_says_so(call, sent):
    url = sent["message"]["body"].split()[-1]
    path = "/unsubscribe/" + url.rpartition("/")[2]
    assert (await call("GET", path + "x")).status_code == 404
    assert (await call("POST", path[:-2])).status_code == 404
