import pytest

from rubrica.imports import loading

STOP = "phone,name,email\n347 1234567,Anna,\n,Bea,Bea@Example.com\n3471234567,Anna,\n12,x,\n"


@pytest.fixture
async def suppressed(api):
    async def suppressed():
        found = (await api.get("/suppressions", params={"limit": 100})).json()["content"]
        return {(each["channel"], each["address"]) for each in found}

    return suppressed


@pytest.mark.parametrize("chunk", [1, 100])
async def test_addresses_are_suppressed_and_contacts_untouched(
    api, take_in, suppressed, monkeypatch, chunk
):
    monkeypatch.setattr(loading, "CHUNK", chunk)
    _, done, rows = await take_in(STOP, target="SUPPRESSIONS")

    assert [row["outcome"] for row in rows] == ["CREATED", "CREATED", "DUPLICATE", "REJECTED"]
    assert done["summary"]["created"] == 2
    number = {(channel, "+393471234567") for channel in ("SMS", "RCS", "WHATSAPP", "VOICE")}
    assert await suppressed() == number | {("EMAIL", "bea@example.com")}
    assert (await api.get("/contacts")).json()["totalElements"] == 0

    _, _, rows = await take_in(STOP, target="SUPPRESSIONS", name="again.csv")
    assert [row["outcome"] for row in rows[:3]] == ["UNCHANGED"] * 3


async def test_only_the_channels_that_are_named_are_suppressed(take_in, suppressed):
    await take_in(STOP, target="SUPPRESSIONS", channels=["SMS"])
    assert await suppressed() == {("SMS", "+393471234567")}


async def test_who_had_agreed_is_suppressed_and_who_was_suppressed_keeps_the_reason(
    api, take_in, suppressed
):
    anna = (await api.post("/contacts", json={"phoneNumber": "+393471234567"})).json()["id"]
    said = {"channel": "SMS", "status": "SUBSCRIBED"}
    await api.post(f"/contacts/{anna}/subscriptions", json=said)
    first = {"channel": "VOICE", "address": "+393471234567", "reason": "asked by phone"}
    await api.post("/suppressions", json=first)

    _, done, rows = await take_in(STOP, target="SUPPRESSIONS")

    assert rows[0]["outcome"] == "CREATED"
    found = (await api.get("/suppressions", params={"limit": 100})).json()["content"]
    reasons = {each["channel"]: (each["source"], each["reason"]) for each in found}
    assert reasons["VOICE"] == ("API", "asked by phone")
    assert reasons["SMS"] == ("IMPORT", f"import {done['id']}")


async def test_a_suppression_outlives_an_undo(api, take_in, suppressed):
    _, done, _ = await take_in(STOP, target="SUPPRESSIONS")
    answer = await api.post(f"/imports/{done['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_undoable")
    assert len(await suppressed()) == 5


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"target": "SUPPRESSIONS", "tags": ["x"]}, "tags"),
        ({"target": "SUPPRESSIONS", "newList": {"name": "x"}}, "newList"),
        ({"target": "SUPPRESSIONS", "mode": "UPDATE"}, "mode"),
        ({"channels": ["SMS"]}, "channels"),
    ],
)
async def test_what_speaks_of_contacts_is_refused(api, wish, field):
    seen = (await api.post("/contacts/upload", files={"file": ("p.csv", STOP)})).json()
    body = {"uploadId": seen["uploadId"], "mapping": seen["mapping"]} | wish
    answer = await api.post("/contacts/mapped/file", json=body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
