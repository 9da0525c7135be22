"""Campaigns by real peers: who takes, who refuses, who does not answer."""

import msgspec
import pytest
import smpp34

from rubrica.campaigns import feedback
from rubrica.transports import Report
from tests.transports.mail_server import STALL, MailServer, serving
from tests.transports.smpp.centre import Centre


@pytest.fixture
def config(config):
    return msgspec.structs.replace(config, public_url="https://mail.example.com")


@pytest.fixture
async def server():
    async with serving(MailServer()) as running:
        yield running


@pytest.fixture
def by_mail(api, server):
    """Have e-mail go by the server."""

    async def set_up(**said):
        settings = {"host": "127.0.0.1", "port": server.port, "security": "NONE"}
        settings |= {"defaultSender": "Acme <news@acme.example>", "timeoutSeconds": 1}
        way = {"channel": "EMAIL", "kind": "SMTP", "settings": settings | said}
        answer = await api.post("/transports", json=way)
        assert answer.status_code == 201, answer.text

    return set_up


@pytest.fixture
async def mailing(a_list, person, campaign, by_mail):
    await by_mail()
    clients = await a_list()
    for name in ("anna", "bob", "carl"):
        await person(clients, email=f"{name}@example.com", firstName=name.title())
    return await campaign(
        clients, sendingMode="EMAIL", subject="For {{firstName}}", body="Dear {{firstName}}"
    )


async def fates(recipients, id):
    return {
        r["address"].partition("@")[0]: (r["status"], r["reason"]) for r in await recipients(id)
    }


async def test_e_mail_goes_out_with_a_link_that_ends_it(
    mailing, confirm, drain, server, recipients, sender
):
    assert (await confirm(mailing)).status_code == 202
    await drain()
    assert sorted(to for to, _ in server.got) == [
        "anna@example.com", "bob@example.com", "carl@example.com",
    ]  # fmt: skip
    [anna] = [mail for to, mail in server.got if to.startswith("anna")]
    assert anna["subject"] == "For Anna"
    assert anna["from"] == "Acme <news@acme.example>"
    assert anna["list-unsubscribe"].startswith("<https://mail.example.com/unsubscribe/")
    assert anna["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert set((await fates(recipients, mailing)).values()) == {("SENT", None)}


async def test_each_gets_what_the_server_said_of_them(
    api, tx, mailing, confirm, drain, server, recipients, sender
):
    said = {"bob@example.com": "550 5.1.1 No such user", "carl@example.com": "451 4.7.1 Later"}
    server.says["RCPT"] = said.get
    await confirm(mailing)
    await drain()
    assert await fates(recipients, mailing) == {
        "anna": ("SENT", None),
        "bob": ("FAILED", "550 5.1.1"),
        "carl": ("QUEUED", "451 4.7.1"),
    }
    [stopped] = (await api.get("/suppressions")).json()["content"]
    assert (stopped["address"], stopped["source"]) == ("bob@example.com", "PROVIDER")
    server.says.clear()
    await tx.run("UPDATE campaign_batches SET not_before = clock_timestamp()")
    await drain()
    assert (await fates(recipients, mailing))["carl"] == ("SENT", None)
    assert sorted(to for to, _ in server.got) == ["anna@example.com", "carl@example.com"]


async def test_whose_answer_does_not_come_is_unknown_and_is_not_sent_again(
    mailing, confirm, drain, server, recipients, sender
):
    server.says["DATA"] = STALL
    await confirm(mailing)
    await drain()
    assert {status for status, _ in (await fates(recipients, mailing)).values()} == {"UNKNOWN"}
    server.says.clear()
    await drain()
    assert len(server.got) == len(set(server.recipients)) == 3


async def test_a_server_that_is_not_there_holds_a_campaign_up_and_nobody_is_lost(
    api, a_list, person, campaign, by_mail, confirm, drain, sender, recipients
):
    await by_mail(port=9)
    clients = await a_list()
    await person(clients, email="anna@example.com")
    id = await campaign(clients, sendingMode="EMAIL", subject="Hi")
    await confirm(id)
    await drain()
    told = (await api.get(f"/campaigns/{id}")).json()
    assert told["status"] == "SENDING"
    assert told["waitingFor"]["code"] == "provider_unready"
    assert "127.0.0.1" in told["waitingFor"]["message"]
    assert told["totals"]["queued"] == 1


async def test_a_report_settles_the_one_at_its_address_whose_answer_was_lost(
    tx, account, mailing, confirm, drain, server, recipients, sender
):
    server.says["DATA"] = STALL
    await confirm(mailing)
    await drain()
    transport = await tx.value("SELECT transport_id FROM campaigns WHERE id = %(id)s", id=mailing)
    [anna, *_] = await recipients(mailing)
    report = Report(
        provider_id="lost", status="DELIVERED", at=anna["statusAt"], address=anna["address"]
    )
    await feedback.take_reports(tx, account, transport, [report])
    await feedback.match_unknown(tx)
    assert (await recipients(mailing))[0]["status"] == "UNKNOWN"
    await tx.run("UPDATE delivery_reports SET received_at = now() - interval '2 minutes'")
    await tx.run("UPDATE campaign_recipients SET claimed_at = now() - interval '3 minutes'")
    await feedback.match_unknown(tx)
    seen = await recipients(mailing)
    assert [r["status"] for r in seen] == ["DELIVERED", "UNKNOWN", "UNKNOWN"]


@pytest.fixture
async def centre(api):
    async with Centre() as opened:
        settings = {"host": "127.0.0.1", "port": opened.port, "systemId": "x", "password": "x"}
        settings |= {"defaultSender": "Acme"}
        way = {"channel": "SMS", "kind": "SMPP", "settings": settings}
        assert (await api.post("/transports", json=way)).status_code == 201
        yield opened


@pytest.fixture
async def texting(a_list, person, campaign, centre):
    clients = await a_list()
    await person(clients, phoneNumber="3471234567", firstName="Anna")
    return await campaign(clients, body="Dear {{firstName}}, " + "all is well. " * 20)


async def test_an_sms_goes_out_in_parts_and_is_delivered_when_all_of_them_are(
    texting, confirm, drain, centre, recipients, sender
):
    await confirm(texting)
    await drain()
    esme = await centre.binds.get()
    seen = []
    [recipient] = await recipients(texting)
    assert (recipient["status"], recipient["parts"], recipient["providerId"]) == ("SENT", 2, "id-1")
    for id in ("id-1", "id-2"):
        text = f"id:{id} sub:001 dlvrd:001 stat:DELIVRD err:000 text:".encode()
        answer = await esme.deliver_sm("Acme", text, source_addr="393471234567", esm_class=4)
        assert answer.is_success
        seen.append((await recipients(texting))[0]["status"])
    assert seen == ["SENT", "DELIVERED"]


async def test_a_reply_by_smpp_is_stored_and_obeyed_before_it_is_acknowledged(
    api, texting, confirm, drain, centre, sender, campaign, a_list
):
    await drain()  # nothing is being sent: the bind stays open for what comes
    esme = await centre.binds.get()
    answer = await esme.deliver_sm("Acme", b"STOP", source_addr="393471234567", source_addr_ton=1)
    assert answer.is_success
    [told] = (await api.get("/inbound")).json()["content"]
    assert (told["address"], told["recipient"], told["unsubscribed"]) == (
        "+393471234567", "Acme", True,
    )  # fmt: skip
    goal = await api.post(f"/campaigns/{texting}/calculateGoal")
    assert goal.json()["excluded"]["unsubscribed"] == 1


async def test_a_number_that_the_centre_calls_invalid_is_remembered(
    api, texting, confirm, drain, centre, recipients, sender
):
    centre.decide = lambda event: event.reject(smpp34.ESME_RINVDSTADR)
    await confirm(texting)
    await drain()
    [recipient] = await recipients(texting)
    assert (recipient["status"], recipient["reason"]) == ("FAILED", "ESME_RINVDSTADR")
    contact = (await api.get(f"/contacts/{recipient['contactId']}")).json()
    assert (contact["isValid"], contact["invalidSource"]) == (False, "PROVIDER")


async def test_a_throttled_message_comes_again_and_goes_once(
    tx, texting, confirm, drain, centre, recipients, sender
):
    centre.decide = lambda event: event.reject(smpp34.ESME_RTHROTTLED)
    await confirm(texting)
    await drain()
    [recipient] = await recipients(texting)
    assert (recipient["status"], recipient["attempts"]) == ("QUEUED", 1)
    centre.decide, centre.submits = centre.accept, []
    await tx.run("UPDATE campaign_batches SET not_before = clock_timestamp()")
    await drain()
    assert (await recipients(texting))[0]["status"] == "SENT"
    assert len(centre.submits) == 2
