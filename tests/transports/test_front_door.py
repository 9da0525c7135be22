"""What campaigns and workers use: transports with their secrets, tokens, leases."""

import asyncio

import pytest
from msgspec.structs import replace
from rich.pretty import pretty_repr

from rubrica import transports, wiring
from rubrica.db import Database
from rubrica.transports import NoSuchTransport, OutboxSettings, SecretsUnreadable, SmtpSettings
from rubrica.transports.leases import Lease
from rubrica.transports.service import change, create, remove
from rubrica.transports.settings import NewOutbox, NewSmtp, TransportChange

SETTINGS = SmtpSettings(host="mail.example.com", username="acme", password="hunter2")
SMTP = NewSmtp(channel="EMAIL", settings=SETTINGS)


@pytest.fixture(autouse=True)
def wired(config):
    wiring.wire(config)


async def test_a_channel_has_an_outbox_until_somebody_says_otherwise(tx):
    first = await transports.for_channel(tx, 1, "SMS")
    assert (first.kind, first.channel, first.settings) == ("OUTBOX", "SMS", OutboxSettings())
    assert await transports.for_channel(tx, 1, "SMS") == first
    assert await transports.by_id(tx, 1, first.id) == first
    assert (await transports.for_channel(tx, 2, "SMS")).id != first.id
    made = await create(tx, 1, SMTP)
    found = await transports.for_channel(tx, 1, "EMAIL")
    assert (found.id, found.settings) == (made.id, SETTINGS)


async def test_of_many_at_once_who_need_an_outbox_one_makes_it(make_database):
    url = make_database("outboxes")
    db = Database(url, size=8)
    await db.open()

    async def one():
        async with db.transaction() as tx:
            return (await transports.for_channel(tx, 1, "RCS")).id

    found = await asyncio.gather(*(one() for _ in range(24)))
    async with db.read() as tx:
        count = await tx.value("SELECT count(*) FROM transports")
    await db.close()
    assert (len(set(found)), count) == (1, 1)


async def test_a_transport_is_its_accounts_alone(tx):
    made = await create(tx, 1, SMTP)
    assert await transports.by_id(tx, 2, made.id) is None
    assert await transports.by_id(tx, 1, made.id + 1) is None


async def test_workers_see_the_transports_of_a_kind_of_all_accounts(tx):
    one, two = await create(tx, 1, SMTP), await create(tx, 2, SMTP)
    await create(tx, 3, NewOutbox(channel="EMAIL"))
    found = await transports.all_of_kind(tx, "SMTP")
    assert [(each.account, each.id) for each in found] == [(1, one.id), (2, two.id)]
    assert await transports.all_of_kind(tx, "SMPP") == []


async def test_secrets_are_encrypted_where_they_are_stored_and_hidden_where_printed(tx):
    made = await create(tx, 1, SMTP)
    row = await tx.value("SELECT t::text FROM transports t")
    assert "hunter2" not in row
    assert b"hunter2".hex() not in row
    found = await transports.by_id(tx, 1, made.id)
    assert found is not None
    for shown in (repr(found), str(found.settings), pretty_repr(found), f"{SMTP}"):
        assert "hunter2" not in shown
        assert "acme" in shown


async def test_secrets_cannot_be_moved_to_another_transport(tx):
    for account in (1, 2):
        await create(tx, account, SMTP)
    own = await create(tx, 1, NewOutbox(channel="SMS"))
    await tx.run(
        "UPDATE transports SET secrets = (SELECT secrets FROM transports WHERE account_id = 1"
        " AND secrets IS NOT NULL) WHERE account_id = 2 OR id = %(own)s",
        own=own.id,
    )
    with pytest.raises(SecretsUnreadable):
        await transports.by_id(tx, 1, own.id)
    with pytest.raises(SecretsUnreadable):
        await transports.for_channel(tx, 2, "EMAIL")
    assert (await transports.for_channel(tx, 1, "EMAIL")).settings == SETTINGS


async def test_another_secret_of_the_installation_is_told_and_mended_by_a_new_password(tx, config):
    made = await create(tx, 1, SMTP)
    wiring.wire(replace(config, secret="another"))
    with pytest.raises(SecretsUnreadable, match="RUBRICA_SECRET") as refusal:
        await transports.by_id(tx, 1, made.id)
    assert refusal.value.code == "secrets_unreadable"
    assert await transports.all_of_kind(tx, "SMTP") == []
    other = await create(tx, 2, SMTP)
    assert [each.id for each in await transports.all_of_kind(tx, "SMTP")] == [other.id]
    await change(tx, 1, made.id, TransportChange(settings={"password": "new"}))
    found = await transports.by_id(tx, 1, made.id)
    assert found is not None
    assert found.settings == replace(SETTINGS, password="new")


async def test_what_cannot_be_read_is_still_shown_over_http(api, tx, config):
    account = (await api.get("/account")).json()["id"]
    made = await create(tx, account, SMTP)
    wiring.wire(replace(config, secret="another"))
    answer = await api.get(f"/transports/{made.id}")
    assert (answer.status_code, answer.json()["secretsSet"]) == (200, ["password"])


def test_a_token_names_its_transport_and_nothing_else_does(config):
    token = transports.token_of(config, 3, 7)
    assert transports.read_token(config, token) == (3, 7)
    assert transports.token_of(config, 3, 7) == token
    assert transports.token_of(config, 3, 8) != token
    for odd in ("", "x", token[:-1], token + "x", f"{token}.{token}", token.swapcase(), "\0", "é"):
        with pytest.raises(NoSuchTransport):
            transports.read_token(config, odd)
    with pytest.raises(NoSuchTransport):
        transports.read_token(replace(config, secret="another"), token)


async def leased(tx):
    return await tx.column("SELECT slot || ' ' || holder FROM transport_leases ORDER BY slot")


async def test_only_so_many_hold_a_transport(tx):
    id = (await transports.for_channel(tx, 1, "SMS")).id
    taken = [await transports.take(tx, 1, id, 2, holder, 60) for holder in "abc"]
    assert taken == [1, 2, None]
    assert await transports.take(tx, 1, id, 3, "c", 60) == 3
    assert await transports.take(tx, 1, id + 1, 1, "c", 60) is None
    assert await transports.give_back(tx, "a") == 1
    assert await transports.take(tx, 1, id, 2, "b", 60) == 1
    assert await leased(tx) == ["1 b", "2 b", "3 c"]


async def test_a_slot_whose_holder_is_silent_is_taken_by_another(tx):
    id = (await transports.for_channel(tx, 1, "SMS")).id
    assert await transports.take(tx, 1, id, 2, "alive", 60) == 1
    assert await transports.take(tx, 1, id, 2, "silent", -1) == 2
    assert await transports.take(tx, 1, id, 2, "next", 60) == 2
    assert await leased(tx) == ["1 alive", "2 next"]


async def test_a_lease_that_was_lost_is_not_renewed(tx):
    id = (await transports.for_channel(tx, 1, "SMS")).id
    await transports.take(tx, 1, id, 2, "first", 60)
    await transports.take(tx, 1, id, 2, "first", 60)
    await tx.run("UPDATE transport_leases SET held_until = now() - interval '1 s' WHERE slot = 1")
    assert await transports.take(tx, 1, id, 2, "second", 60) == 1
    assert await transports.renew(tx, "first", 60) == [Lease(1, id, 2)]
    assert await transports.renew(tx, "second", 60) == [Lease(1, id, 1)]
    await tx.run("UPDATE transport_leases SET held_until = now() - interval '1 s'")
    assert await transports.renew(tx, "first", 60) == [Lease(1, id, 2)]
    assert await transports.take(tx, 1, id, 2, "third", 60) == 1


async def test_of_many_takers_at_once_each_slot_has_one(make_database):
    url = make_database("leases")
    db = Database(url, size=8)
    await db.open()
    async with db.transaction() as tx:
        id = (await transports.for_channel(tx, 1, "SMS")).id

    async def one(holder):
        async with db.transaction() as tx:
            return await transports.take(tx, 1, id, 5, holder, 60)

    taken = await asyncio.gather(*(one(f"holder {n}") for n in range(20)))
    await db.close()
    assert sorted(slot for slot in taken if slot is not None) == [1, 2, 3, 4, 5]


async def test_with_its_transport_go_the_leases(tx):
    id = (await transports.for_channel(tx, 1, "SMS")).id
    other = (await transports.for_channel(tx, 1, "RCS")).id
    for transport in (id, other):
        await transports.take(tx, 1, transport, 1, "a", 60)
    await remove(tx, 1, id)
    assert await transports.renew(tx, "a", 60) == [Lease(1, other, 1)]
