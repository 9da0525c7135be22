import pytest

from rubrica.campaigns.sending import Sender


@pytest.fixture
async def account(api) -> int:
    return (await api.get("/account")).json()["id"]


@pytest.fixture
async def sender(db, config):
    """What a worker runs; the test says when it does what."""
    made = Sender(db, config)
    yield made
    made.stop()
    await made.run()  # closes its ways


@pytest.fixture
def drain(sender):
    """Do all that is due of campaigns."""

    async def done() -> None:
        await sender.oversee()
        while await sender.send_next():
            pass
        await sender.oversee()

    return done


@pytest.fixture
def person(api):
    """Make a contact, in lists; return its id."""

    async def made(*lists: int, **fields) -> int:
        answer = await api.post("/contacts", json=fields)
        assert answer.status_code in (200, 201), answer.text
        id = answer.json()["id"]
        if lists:
            members = {"listIds": list(lists), "contactIds": [id]}
            assert (await api.post("/contacts/list/contacts", json=members)).status_code == 201
        return id

    return made


@pytest.fixture
def a_list(api):
    """Make a list; return its id."""

    async def made(name: str = "clients", **fields) -> int:
        answer = await api.post("/contacts/list", json={"name": name, **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    return made


@pytest.fixture
def campaign(api):
    """Make a campaign; return its id."""

    async def made(*lists: int, **fields) -> int:
        wish = {"name": "Spring", "sendingMode": "SMS", "body": "Hello", "contactListIds": lists}
        answer = await api.post("/campaigns", json=wish | fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    return made


@pytest.fixture
def confirm(api):
    """Confirm a campaign; return the answer."""

    async def confirmed(id: int, **said):
        return await api.put(f"/campaigns/{id}/confirm", json=said or None)

    return confirmed


@pytest.fixture
def outbox(api):
    """Return the messages of the outbox, oldest first."""

    async def shown(**asked):
        query = {"limit": 1000, "sortOrder": "asc", **asked}
        return (await api.get("/outbox", params=query)).json()["content"]

    return shown


@pytest.fixture
def recipients(api):
    """Return a campaign's recipients, by what is asked."""

    async def shown(id: int, **asked):
        query = {"limit": 1000, **asked}
        answer = await api.get(f"/campaigns/{id}/recipients", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()["content"]

    return shown
