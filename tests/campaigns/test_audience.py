"""Whom a campaign reaches: counted before, frozen, and sent, to the last contact."""

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rubrica import consents
from rubrica.campaigns import service
from rubrica.campaigns.model import NewCampaign
from rubrica.campaigns.sending import Sender
from rubrica.contacts import ContactFilter


async def goal(api, id):
    answer = await api.post(f"/campaigns/{id}/calculateGoal")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_preflight_tells_why_people_drop_out_in_all_and_by_list(
    api, a_list, person, campaign
):
    one, two, out = await a_list("one"), await a_list("two"), await a_list("out")
    await person(one, two, phoneNumber="3471234560")
    await person(one, phoneNumber="3471234561", isValid=False)
    await person(one, phoneNumber="0612345678")
    await person(two, email="only@example.com")
    await person(two, out, phoneNumber="3471234562")
    stopped = await person(two, phoneNumber="3471234563")
    said = {"channel": "SMS", "address": "3471234563"}
    await api.post("/suppressions", json=said)
    assert stopped
    told = await goal(api, await campaign(one, two, excludeListIds=[out]))
    none = dict.fromkeys(("no_address", "invalid", "unsupported", "unsubscribed", "suppressed"), 0)
    lists = told.pop("lists")
    assert told == {
        "members": 7,
        "people": 5,
        "reachable": 1,
        "excluded": none
        | {"no_address": 1, "invalid": 1, "unsupported": 1, "suppressed": 1, "duplicate": 0},
    }
    assert [
        (each["name"], each["members"], each["people"], each["reachable"]) for each in lists
    ] == [
        ("one", 3, 3, 1),
        ("two", 4, 3, 1),
    ]
    assert lists[1]["excluded"] == none | {"no_address": 1, "suppressed": 1, "duplicate": 0}


async def test_one_mailbox_of_two_people_gets_one_message(
    api, a_list, person, campaign, confirm, drain, outbox
):
    clients = await a_list()
    await person(clients, phoneNumber="3471234560", email="shared@example.com", firstName="Ann")
    await person(clients, phoneNumber="3471234561", email="shared@example.com", firstName="Bea")
    id = await campaign(clients, sendingMode="EMAIL", subject="Hi", body="Hello {{firstName}}")
    assert (await goal(api, id))["excluded"]["duplicate"] == 1
    await confirm(id)
    await drain()
    assert [m["body"] for m in await outbox()] == ["Hello Ann"]


async def test_a_filter_narrows_the_lists_down(api, a_list, person, campaign):
    clients = await a_list()
    await person(clients, phoneNumber="3471234560", tags=["vip"])
    await person(clients, phoneNumber="3471234561")
    id = await campaign(clients, filter={"tags": ["vip"]})
    told = await goal(api, id)
    assert (told["members"], told["people"], told["reachable"]) == (2, 1, 1)


async def test_old_writings_are_sent_to_the_number_that_took_their_place(
    a_list, person, campaign, confirm, drain, outbox
):
    clients = await a_list()
    await person(clients, phoneNumber="+5215512345678")
    await person(clients, phoneNumber="+5491123456789")
    await confirm(await campaign(clients))
    await drain()
    assert sorted(m["address"] for m in await outbox()) == ["+525512345678", "+5491123456789"]


people = st.lists(
    st.fixed_dictionaries(
        {
            "number": st.one_of(st.none(), st.integers(0, 14)),
            "email": st.one_of(st.none(), st.integers(0, 4)),
            "valid": st.booleans(),
            "kind": st.sampled_from(["MOBILE", "MOBILE", "FIXED_LINE"]),
            "vip": st.booleans(),
            "lists": st.sets(st.integers(0, 3)),
        }
    ),
    max_size=20,
)
worlds = st.fixed_dictionaries(
    {
        "people": people,
        "stopped": st.sets(st.tuples(st.sampled_from(["SMS", "EMAIL"]), st.integers(0, 14))),
        "said_so": st.booleans(),
        "target": st.sets(st.integers(0, 3), min_size=1),
        "without": st.sets(st.integers(0, 3)),
        "channel": st.sampled_from(["SMS", "EMAIL"]),
        "vips": st.booleans(),
    }
)


async def build(tx, account, world):
    """Write a world's contacts, lists and suppressions; return the lists' ids."""
    lists = [
        await tx.value(
            "INSERT INTO lists (account_id, name) VALUES (%(a)s, %(n)s) RETURNING id",
            a=account,
            n=f"list {n}",
        )
        for n in range(4)
    ]
    taken = set()
    for each in world["people"]:
        number = None if each["number"] is None else f"+39347123{each['number']:04}"
        number = None if number in taken else number
        email = None if each["email"] is None else f"p{each['email']}@example.com"
        if number is None and (email is None or email in taken):
            continue
        taken.add(number or email)
        id = await tx.value(
            "INSERT INTO contacts (account_id, phone_number, phone_key, phone_type, email,"
            " is_valid, tags) VALUES (%(a)s, %(n)s, %(n)s, %(k)s, %(e)s, %(v)s, %(t)s)"
            " RETURNING id",
            a=account,
            n=number,
            k=number and each["kind"],
            e=email,
            v=each["valid"],
            t=["vip"] if each["vip"] else [],
        )
        for n in each["lists"]:
            await tx.run(
                "INSERT INTO list_members (account_id, list_id, contact_id)"
                " VALUES (%(a)s, %(l)s, %(c)s)",
                a=account,
                l=lists[n],
                c=id,
            )
    for channel, n in world["stopped"]:
        address = f"p{n}@example.com" if channel == "EMAIL" else f"+39347123{n:04}"
        source = "PERSON" if world["said_so"] else "IMPORT"
        await consents.unsubscribe(tx, account, channel, address, source)
    return lists


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds)
async def test_what_was_counted_is_what_is_sent_and_skipped(tx, db, config, api, account, world):
    async with tx.conn.transaction(force_rollback=True):
        lists = await build(tx, account, world)
        wish = NewCampaign(
            name="x",
            sending_mode=world["channel"],
            contact_list_ids=[lists[n] for n in sorted(world["target"])],
            exclude_list_ids=[lists[n] for n in sorted(world["without"])],
            filter=ContactFilter(tags=["vip"]) if world["vips"] else None,
            subject="Hi" if world["channel"] == "EMAIL" else None,
            body="Hello",
        )
        made = await service.create(tx, account, "UTC", wish, "me")
        told = await service.goal(tx, account, "IT", made.id)
        assert told.people == told.reachable + sum(told.excluded.values())
        if told.reachable:
            await service.confirm(tx, config, account, "IT", made.id, told.reachable)
            sender = Sender(db, config)
            await sender.oversee()
            while await sender.send_next():
                pass
            await sender.oversee()
            await compare(tx, account, made.id, told)


async def compare(tx, account, id, told):
    """Compare what was foretold with what stands in the audience, and with the outbox."""
    found = Counter(
        await tx.column(
            "SELECT coalesce(reason, status) FROM campaign_recipients"
            " WHERE account_id = %(a)s AND campaign_id = %(c)s",
            a=account,
            c=id,
        )
    )
    excluded = {reason: n for reason, n in told.excluded.items() if n}
    assert found == Counter({"SENT": told.reachable} | excluded)
    sent = await tx.column(
        "SELECT address FROM outbox_messages WHERE account_id = %(a)s AND campaign_id = %(c)s",
        a=account,
        c=id,
    )
    assert len(sent) == len(set(sent)) == told.reachable
    done = await service.get(tx, account, id)
    assert done.status == "COMPLETED"
    assert done.totals.sent == told.reachable
    assert done.totals.skipped == sum(told.excluded.values())
    assert done.totals.recipients == told.people
