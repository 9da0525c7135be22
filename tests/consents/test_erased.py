"""Nothing brings an erased person back but somebody who means to."""

import pytest

from rubrica import consents
from tests.contacts.people import made, refused

NUMBER, EMAIL = "+393471234567", "ada@example.com"
CSV = f"phone,email,first name\n{NUMBER},,Ada\n,{EMAIL},Ada\n+393481234567,,Bob\n".encode()


@pytest.fixture
async def erased(api, tx):
    account = (await api.get("/account")).json()["id"]
    await consents.erase(tx, account, NUMBER, EMAIL)
    return account


async def test_erasure_leaves_a_hash_for_each_channel(api, erased, tx):
    page = (await api.get("/suppressions", params={"limit": 100})).json()

    assert {s["channel"] for s in page["content"]} == {"SMS", "RCS", "WHATSAPP", "EMAIL", "VOICE"}
    assert {(s["address"], s["source"], s["reason"]) for s in page["content"]} == {
        (None, "ERASURE", None)
    }
    rows = await tx.column("SELECT c::text FROM consents c")
    assert not any("3471234" in row or "ada" in row for row in rows)
    # Who asks for the address finds it still.
    query = {"address": "347 1234567", "channel": "SMS"}
    assert (await api.get("/suppressions", params=query)).json()["totalElements"] == 1


async def test_erasure_takes_the_address_out_of_what_was_known(api, tx):
    contact = await made(api, phoneNumber=NUMBER)
    path = f"/contacts/{contact['id']}/subscriptions"
    await api.post(path, json={"channel": "SMS", "status": "SUBSCRIBED"})
    body = {"channel": "VOICE", "address": NUMBER, "reason": "Ada said so"}
    await api.post("/suppressions", json=body)
    account = (await api.get("/account")).json()["id"]

    assert await consents.erase(tx, account, NUMBER, None) == 4
    rows = await tx.column("SELECT c::text FROM consents c")
    assert not any("3471234" in row or "Ada" in row for row in rows)
    shown = (await api.get(f"/contacts/{contact['id']}")).json()["subscriptions"]
    assert {(each["status"], each["source"]) for each in shown} == {("UNSUBSCRIBED", "ERASURE")}


async def test_an_import_does_not_bring_the_erased_back(api, erased, take_in, tx):
    _, done, rows = await take_in(CSV)

    assert [(r["outcome"], r["code"]) for r in rows] == [
        ("REJECTED", "erased"), ("REJECTED", "erased"), ("CREATED", None),
    ]  # fmt: skip
    assert done["rejectedByCode"] == {"erased": 2}
    # Nor does its ledger keep what they are called.
    held = await tx.column("SELECT r::text FROM import_rows r")
    assert not any("3471234" in row or "Ada" in row or "ada" in row for row in held)
    rejects = (await api.get(f"/imports/{done['id']}/rejects")).text
    assert rejects.count("erased") == 2 * 2  # the code, and the sentence


async def test_neither_do_rows_that_were_folded_into_one(api, erased, take_in, tx):
    _, _, rows = await take_in(f"phone,company\n{NUMBER},Acme\n{NUMBER},Umbrella\n".encode())

    assert [r["code"] for r in rows] == ["erased", "erased"]
    held = await tx.column("SELECT r::text FROM import_rows r")
    assert not any("3471234" in row or "Acme" in row or "Umbrella" in row for row in held)


async def test_a_batch_does_not_bring_the_erased_back(api, erased):
    batch = {"contacts": [{"phoneNumber": NUMBER}, {"email": EMAIL}, {"email": "b@example.com"}]}
    answer = (await api.post("/contacts/batch", json=batch)).json()

    assert [(r["outcome"], r["code"]) for r in answer["results"]] == [
        ("REJECTED", "erased"), ("REJECTED", "erased"), ("CREATED", None),
    ]  # fmt: skip
    assert "erased" in answer["results"][0]["message"]


async def test_who_means_to_may_add_them_and_they_stay_suppressed(api, erased, take_in):
    contact = await made(api, phoneNumber=NUMBER)
    shown = (await api.get(f"/contacts/{contact['id']}")).json()["subscriptions"]
    assert {each["status"] for each in shown} == {"UNSUBSCRIBED"}

    # A contact that is there is updated like any other.
    _, _, rows = await take_in(CSV)
    assert [r["outcome"] for r in rows] == ["UPDATED", "REJECTED", "CREATED"]


async def test_who_subscribes_again_is_erased_no_longer(api, erased, take_in):
    contact = await made(api, phoneNumber=NUMBER)
    path = f"/contacts/{contact['id']}/subscriptions"
    await api.post(path, json={"channel": "SMS", "status": "SUBSCRIBED"})
    await api.delete(f"/contacts/{contact['id']}")

    _, _, rows = await take_in(CSV)
    assert [r["outcome"] for r in rows] == ["CREATED", "REJECTED", "CREATED"]
    shown = (await api.get(f"/contacts/{rows[0]['contactId']}")).json()["subscriptions"]
    assert [each["status"] for each in shown] == ["SUBSCRIBED", *["UNSUBSCRIBED"] * 3]


async def test_an_erasure_concerns_its_account_alone(api, erased, other):
    batch = {"contacts": [{"phoneNumber": NUMBER}]}
    answer = await api.post("/contacts/batch", json=batch, headers=other)
    assert answer.json()["summary"]["created"] == 1


async def test_an_account_that_erased_nobody_is_not_asked_for_its_key(api, monkeypatch):
    """The check costs such an account one look, and no hash."""
    monkeypatch.setattr(consents, "pads", refused)
    batch = {"contacts": [{"phoneNumber": NUMBER}]}
    assert (await api.post("/contacts/batch", json=batch)).json()["summary"]["created"] == 1
