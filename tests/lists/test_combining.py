import pytest

from rubrica import lists
from rubrica.lists import jobs
from rubrica.operations import AT_ONCE
from tests.contacts.people import made, refused
from tests.lists.test_api import count, made_list, members


@pytest.fixture
async def three(api):
    """A list to be filled, three lists, and who is in which: a everywhere, b in two, c in one."""
    target, *some = [(await made_list(api, name))["id"] for name in ("Target", "1", "2", "3")]
    a, b, c, d = [(await made(api, email=f"{name}@example.com"))["id"] for name in "abcd"]
    for id, inside in zip(some, ([a, b], [b, c, a], [a]), strict=True):
        wish = {"listIds": [id], "contactIds": inside}
        assert (await api.post("/contacts/list/contacts", json=wish)).status_code == 201
    return target, some, (a, b, c, d)


async def combine(api, target, operation, ids, **more):
    wish = {"operation": operation, "listIds": ids} | more
    return await api.post(f"/contacts/list/{target}/combine", json=wish)


@pytest.mark.parametrize(
    ("operation", "which", "who"),
    [
        ("UNION", (0, 1, 2), "abc"),
        ("UNION", (2,), "a"),
        ("INTERSECTION", (0, 1), "ab"),
        ("INTERSECTION", (0, 1, 2), "a"),
        ("INTERSECTION", (0, 0, 1), "ab"),
        ("INTERSECTION", (1,), "abc"),
        ("DIFFERENCE", (1, 0), "c"),
        ("DIFFERENCE", (1, 2), "bc"),
        ("DIFFERENCE", (1, 2, 0), "c"),
        ("DIFFERENCE", (0, 1), ""),
        ("DIFFERENCE", (0,), "ab"),
    ],
)
async def test_lists_are_combined_into_one(api, tx, three, operation, which, who):
    target, some, people = three
    ids = [some[n] for n in which]
    wanted = [people["abcd".index(letter)] for letter in who]

    counted = await combine(api, target, operation, ids, dryRun=True)
    assert (counted.status_code, counted.json()) == (200, {"count": len(wanted)})
    assert await members(api, target) == []
    done = await combine(api, target, operation, ids, expectedCount=len(wanted))

    assert done.status_code == 201, done.text
    tally = {"added": len(wanted), "alreadyMembers": 0}
    assert done.json() == tally | {"perList": {str(target): tally}}
    assert await members(api, target) == wanted
    again = (await combine(api, target, operation, ids)).json()
    assert (again["added"], again["alreadyMembers"]) == (0, len(wanted))
    assert await lists.miscounted(tx) == []


async def test_who_is_in_the_list_already_stays_and_is_counted(api, three):
    target, some, (a, b, c, d) = three
    await api.post("/contacts/list/contacts", json={"listIds": [target], "contactIds": [a, d]})

    counted = await combine(api, target, "UNION", some, dryRun=True)
    assert counted.json() == {"count": 3}
    done = (await combine(api, target, "UNION", some, expectedCount=3)).json()

    assert (done["added"], done["alreadyMembers"]) == (2, 1)
    assert await members(api, target) == [a, b, c, d]
    # The list itself may be among those that are combined.
    own = await combine(api, target, "DIFFERENCE", [target, *some], dryRun=True)
    assert own.json() == {"count": 1}


async def test_a_wrong_count_combines_nothing(api, three):
    target, some, _ = three
    problem = await refused(
        await combine(api, target, "UNION", some, expectedCount=2), 409, "count_changed"
    )
    assert problem["count"] == 3
    assert await members(api, target) == []


async def test_lists_that_are_not_there_are_named(api, three):
    target, (one, two, gone), _ = three
    await api.delete(f"/contacts/list/{gone}")
    for dry in (False, True):
        answer = await combine(api, target, "UNION", [one, gone, 999999], dryRun=dry)
        problem = await refused(answer, 404, "list_not_found")
        assert problem["missing"] == [gone, 999999]
        answer = await combine(api, 999999, "UNION", [one], dryRun=dry)
        assert (await refused(answer, 404, "list_not_found"))["missing"] == [999999]
    assert await members(api, target) == []
    assert await count(api, two) == 3


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"listIds": [1]}, "operation"),
        ({"operation": "XOR", "listIds": [1]}, "operation"),
        ({"operation": "UNION"}, "listIds"),
        ({"operation": "UNION", "listIds": []}, "listIds"),
        ({"operation": "UNION", "listIds": [0]}, "listIds[0]"),
        ({"operation": "UNION", "listIds": [1], "expectedCount": -1}, "expectedCount"),
        ({"operation": "UNION", "listIds": [1], "foo": 1}, "foo"),
    ],
)
async def test_a_combination_that_cannot_be_is_refused(api, three, wish, field):
    answer = await api.post(f"/contacts/list/{three[0]}/combine", json=wish)
    await refused(answer, 400, "invalid", field)


async def test_more_than_ten_thousand_are_combined_by_a_job(api, tx, db, three):
    target, (one, two, _), _ = three
    account = (await api.get("/account")).json()["id"]
    await tx.run(
        "INSERT INTO contacts (account_id, email, is_valid)"
        " SELECT %(account)s, 'm' || n || '@example.com', true FROM generate_series(1, %(n)s) n",
        account=account,
        n=AT_ONCE + 5,
    )
    everybody = {"listIds": [one], "filter": {"email": "m*"}}
    started = (await api.post("/contacts/list/contacts", json=everybody)).json()["operationId"]
    await jobs.add.func(_worker(db), account=account, operation=started)

    total = AT_ONCE + 5 + 3
    counted = await combine(api, target, "UNION", [one, two], dryRun=True)
    assert counted.json() == {"count": total}
    wrong = await combine(api, target, "UNION", [one, two], expectedCount=total - 1)
    assert (await refused(wrong, 409, "count_changed"))["count"] == total
    answer = await combine(api, target, "UNION", [one, two], expectedCount=total)
    assert answer.status_code == 202, answer.text
    operation = answer.json()["operationId"]
    await jobs.add.func(_worker(db), account=account, operation=operation)

    done = (await api.get(f"/operations/{operation}")).json()
    assert (done["status"], done["total"]) == ("COMPLETED", total)
    assert done["result"]["added"] == total
    assert await count(api, target) == total
    [entry] = (await api.get("/audit?action=list.combined")).json()["content"]
    assert (entry["subject"], entry["subjectId"]) == ("list", str(target))
    assert entry["details"] == {"lists": [one, two], "operation": operation}


class _worker:  # noqa: N801
    """What a job is given by the worker."""

    def __init__(self, db):
        self.additional_context = {"db": db}
