"""An account has no more contacts than it may have."""

import asyncio

import pytest

from rubrica import contacts
from rubrica.accounts import queries
from tests.contacts.people import made, refused
from tests.contacts.test_races import opened


@pytest.fixture
async def account(api):
    return (await api.get("/account")).json()["id"]


async def stands(api):
    answer = await api.get("/subscription/contacts")
    assert answer.status_code == 200, answer.text
    return tuple(answer.json()[name] for name in ("totalLimit", "used", "remaining"))


def people(*names):
    return {"contacts": [{"email": f"{name}@example.com"} for name in names]}


async def test_without_a_limit_any_number_may_come(api, tx, account):
    await made(api, email="a@example.com")
    assert await stands(api) == (None, 1, None)
    assert await contacts.room(tx, account) is None


async def test_a_contact_beyond_the_limit_is_refused(api, tx, account):
    await queries.set_contact_limit(tx, account, 2)
    a = await made(api, email="a@example.com")
    await made(api, email="b@example.com")
    assert await stands(api) == (2, 2, 0)

    answer = await api.post("/contacts", json={"email": "c@example.com"})

    problem = await refused(answer, 409, "quota_exceeded")
    assert [problem[name] for name in ("totalLimit", "used", "remaining")] == [2, 2, 0]
    # Who is there is found and changed as before, and leaves room by going.
    again = {"email": "a@example.com", "notes": "x"}
    await refused(await api.post("/contacts", json=again), 409, "contact_exists")
    assert (await api.post("/contacts?onConflict=update", json=again)).status_code == 200
    await api.delete(f"/contacts/{a['id']}")
    assert await stands(api) == (2, 1, 1)
    await made(api, email="c@example.com")


async def test_a_limit_below_what_is_there_takes_nobody_away(api, tx, account):
    await made(api, email="a@example.com")
    await made(api, email="b@example.com")
    await queries.set_contact_limit(tx, account, 1)
    assert await stands(api) == (1, 2, 0)
    assert await contacts.room(tx, account) == 0
    await refused(
        await api.post("/contacts", json={"email": "c@example.com"}), 409, "quota_exceeded"
    )
    await queries.set_contact_limit(tx, account, None)
    await made(api, email="c@example.com")


async def test_rows_of_a_batch_that_would_pass_the_limit_are_rejected(api, tx, account):
    await queries.set_contact_limit(tx, account, 3)
    await made(api, email="b@example.com")
    body = people("a", "b", "c", "d", "d", "e")
    body["contacts"][1]["notes"] = "x"

    answer = (await api.post("/contacts/batch", json=body)).json()

    outcomes = [(result["outcome"], result["code"]) for result in answer["results"]]
    over = ("REJECTED", "quota_exceeded")
    assert outcomes == [("CREATED", None), ("UPDATED", None), ("CREATED", None), over, over, over]
    assert all(r["message"] for r in answer["results"] if r["code"])
    assert answer["results"][3]["contactId"] is None
    assert answer["summary"]["rejected"] == 3
    assert await stands(api) == (3, 3, 0)
    assert await contacts.miscounted(tx) == []


async def test_rounds_of_a_batch_share_the_room(api, tx, account):
    await queries.set_contact_limit(tx, account, 1)
    # The second waits for the first: it would be found by its address if that came in.
    number, address = {"phoneNumber": "3471234567", "email": "a@example.com"}, "a@example.com"
    body = {"contacts": [number, {"email": address}, {"email": "b@example.com", "externalId": "b"}]}

    answer = (await api.post("/contacts/batch", json=body)).json()

    assert answer["summary"]["created"] == 1
    assert [result["outcome"] for result in answer["results"]] == [
        "CREATED",
        "DUPLICATE",
        "REJECTED",
    ]
    assert await stands(api) == (1, 1, 0)


async def test_a_batch_that_only_updates_needs_no_room(api, tx, account):
    await made(api, email="a@example.com")
    await queries.set_contact_limit(tx, account, 0)
    body = people("a", "b") | {"mode": "UPDATE"}
    body["contacts"][0]["notes"] = "x"
    answer = (await api.post("/contacts/batch", json=body)).json()
    assert [result["outcome"] for result in answer["results"]] == ["UPDATED", "SKIPPED"]


@pytest.fixture(scope="module")
def real_url(make_database):
    return make_database("quotas")


async def test_the_limit_holds_while_many_write_at_once(real_url, config, storage):
    async with opened(real_url, config, storage, "limited") as (client, db):
        account = (await client.get("/account")).json()["id"]
        async with db.transaction() as tx:
            await queries.set_contact_limit(tx, account, 25)
        calls = [client.post("/contacts", json={"email": f"s{n}@example.com"}) for n in range(20)]
        calls += [
            client.post("/contacts/batch", json=people(*(f"b{n}-{m}" for m in range(5))))
            for n in range(6)
        ]
        calls += [client.post("/contacts", json={"email": "same@example.com"}) for _ in range(5)]

        answers = await asyncio.gather(*calls)

        assert {answer.status_code for answer in answers} <= {200, 201, 409}
        codes = {answer.json()["code"] for answer in answers if answer.status_code == 409}
        assert codes <= {"quota_exceeded", "contact_exists"}
        assert (await client.get("/contacts")).json()["totalElements"] == 25
        assert await stands(client) == (25, 25, 0)
        async with db.read() as tx:
            assert await contacts.miscounted(tx) == []
