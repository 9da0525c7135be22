"""What only shows with several connections: on a database of its own, really committed."""

import asyncio
from contextlib import asynccontextmanager

import httpx
import pytest

from rubrica import contacts, lists
from rubrica.app import build_app
from rubrica.db import Database
from tests.conftest import an_account
from tests.contacts.people import refused


@pytest.fixture(scope="module")
def real_url(make_database):
    return make_database("races")


@asynccontextmanager
async def opened(url, config, storage, name):
    """Have a client of a new account, and the database that it writes to.

    Entered in the test itself: a fixture is left in another task, and Litestar's own test client
    opens the pool in another event loop than it asks from.
    """
    db = Database(url, size=8)
    app = build_app(config, db, storage)
    async with app.lifespan():
        async with db.transaction() as tx:
            headers = {"X-API-Key": await an_account(tx, name)}
        there = httpx.ASGITransport(app=app)
        at = "http://testserver.local/api/v1"
        async with httpx.AsyncClient(transport=there, base_url=at, headers=headers) as client:
            yield client, db


async def test_of_many_equal_newcomers_one_is_made(real_url, config, storage):
    async with opened(real_url, config, storage, "account 0") as (client, db):
        body = {"phoneNumber": "3471234567", "email": "a@example.com"}

        answers = await asyncio.gather(*(client.post("/contacts", json=body) for _ in range(16)))
        updates = await asyncio.gather(
            *(
                client.post("/contacts?onConflict=update", json=body | {"notes": str(n)})
                for n in range(8)
            )
        )

        [made] = [answer for answer in answers if answer.status_code == 201]
        for answer in answers:
            if answer is not made:
                problem = await refused(answer, 409, "contact_exists")
                assert problem["contactId"] == made.json()["id"]
        assert {answer.status_code for answer in updates} == {200}
        assert (await client.get("/contacts")).json()["totalElements"] == 1
        async with db.read() as tx:
            assert await contacts.miscounted(tx) == []


async def test_counts_stay_exact_while_contacts_come_and_go(real_url, config, storage):
    async with opened(real_url, config, storage, "account 1") as (client, db):
        made = [(await client.post("/contacts/list", json={"name": n})).json()["id"] for n in "ab"]
        wish = {"contacts": [{"email": f"{n}@example.com"} for n in range(200)]}
        results = (await client.post("/contacts/batch", json=wish)).json()["results"]
        ids = [result["contactId"] for result in results]

        calls = []
        for n in range(0, 200, 20):
            some = ids[n : n + 40]
            add = {"listIds": made, "contactIds": some}
            calls += [
                client.post("/contacts/list/contacts", json=add),
                client.post("/contacts/list/contacts", json={"listIds": made, "allContacts": True}),
                client.post("/contacts/delete", json={"ids": some[::-1][:25]}),
                client.post("/contacts/list/contacts/remove", json=add),
            ]
        answers = await asyncio.gather(*calls)

        assert {answer.status_code for answer in answers} <= {200, 201, 404}
        async with db.read() as tx:
            assert await lists.miscounted(tx) == []
            assert await contacts.miscounted(tx) == []
