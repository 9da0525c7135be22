"""What was said of a number holds for its other writing."""

import pytest
from psycopg.sql import SQL

from rubrica import consents
from tests.contacts.people import made

WRITINGS = [
    ("+5215512345678", "+525512345678"),
    ("+5491123456789", "+541123456789"),
    ("+551187654321", "+5511987654321"),
]


@pytest.fixture
async def account(api, tx):
    return await tx.value("SELECT min(id) FROM accounts")


async def statuses(api, id):
    subscriptions = (await api.get(f"/contacts/{id}")).json()["subscriptions"]
    return {each["channel"]: each["status"] for each in subscriptions}


async def aged(tx, account, number, status="UNSUBSCRIBED"):
    """Have something known of a number by its own writing, as it was before keys."""
    await tx.run(
        "INSERT INTO consents (account_id, channel, address_hash, address, status, source, at)"
        " VALUES (%(account)s, 'SMS', address_hash(%(number)s, %(inner_pad)s, %(outer_pad)s),"
        "         %(number)s, %(status)s, 'API', now())",
        account=account,
        number=number,
        status=status,
        **consents.pads(account),
    )


@pytest.mark.parametrize("writings", WRITINGS)
@pytest.mark.parametrize("turned", [False, True])
async def test_a_suppression_of_one_writing_holds_for_the_other(api, writings, turned):
    one, other = reversed(writings) if turned else writings
    body = {"channel": "SMS", "address": one}
    assert (await api.post("/suppressions", json=body)).status_code == 201
    contact = await made(api, phoneNumber=other)
    assert (await statuses(api, contact["id"]))["SMS"] == "UNSUBSCRIBED"
    for each in writings:
        for asked in ({"address": each}, {"search": each}):
            page = (await api.get("/suppressions", params=asked)).json()
            assert len(page["content"]) == 1, asked


@pytest.mark.parametrize("writings", WRITINGS)
async def test_what_was_known_of_an_old_writing_is_brought_under_the_key(
    api, tx, account, writings
):
    contact = await made(api, phoneNumber=writings[0])
    await aged(tx, account, writings[0])
    assert await consents.otherwise_written(tx) == [account]
    await consents.mend(tx)
    assert (await statuses(api, contact["id"]))["SMS"] == "UNSUBSCRIBED"
    assert await consents.otherwise_written(tx) == []
    assert await consents.hashed_otherwise(tx) == []


@pytest.mark.parametrize(
    ("old", "new"), [("SUBSCRIBED", "UNSUBSCRIBED"), ("UNSUBSCRIBED", "SUBSCRIBED")]
)
async def test_of_two_writings_the_stricter_stays(api, tx, account, old, new):
    contact = await made(api, phoneNumber=WRITINGS[0][1])
    await aged(tx, account, WRITINGS[0][0], old)
    await aged(tx, account, WRITINGS[0][1], new)
    await consents.mend(tx)
    assert (await statuses(api, contact["id"]))["SMS"] == "UNSUBSCRIBED"
    assert await tx.value("SELECT count(*) FROM consents") == 1


async def test_a_contact_that_kept_an_older_key_is_suppressed_too(api, tx):
    contact = await made(api, phoneNumber=WRITINGS[0][0])
    await tx.run("UPDATE contacts SET phone_key = phone_number")
    body = {"channel": "SMS", "address": WRITINGS[0][1]}
    assert (await api.post("/suppressions", json=body)).status_code == 201
    assert (await statuses(api, contact["id"]))["SMS"] == "UNSUBSCRIBED"
    known = consents.suppressed(SQL("'SMS'"), SQL("c.phone_key"))
    account = await tx.value("SELECT min(id) FROM accounts")
    sql = SQL("SELECT count(*) FROM contacts c WHERE {}").format(known)
    assert await tx.value(sql, account=account, **consents.pads(account)) == 1
