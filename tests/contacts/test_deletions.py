import pytest

from rubrica.contacts import jobs
from rubrica.operations import AT_ONCE
from tests.contacts.people import made, refused


@pytest.fixture
async def three(api):
    return [(await made(api, email=f"{name}@example.com"))["id"] for name in "abc"]


async def ids(api):
    answer = await api.get("/contacts?sortBy=id&limit=1000")
    return [contact["id"] for contact in answer.json()["content"]]


async def test_named_contacts_go_and_the_unknown_are_named(api, three):
    a, b, c = three
    answer = await api.delete(f"/contacts?ids={a},{b}&ids={b},999999")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"deleted": 2, "notFound": [999999]}
    assert await ids(api) == [c]


async def test_the_ids_may_stand_in_a_body(api, three):
    answer = await api.request("DELETE", "/contacts", json={"ids": three[:1]})
    assert answer.json() == {"deleted": 1, "notFound": []}
    answer = await api.post("/contacts/delete", json={"ids": three[:2]})
    assert answer.json() == {"deleted": 1, "notFound": three[:1]}
    assert await ids(api) == three[2:]


async def test_all_but_some_go_where_their_number_is_the_expected_one(api, three):
    query = {"notIds": three[0], "expectedCount": 1}
    problem = await refused(await api.delete("/contacts", params=query), 409, "count_changed")
    assert problem["count"] == 2
    assert await ids(api) == three

    answer = await api.delete("/contacts", params=query | {"expectedCount": 2})

    assert answer.json() == {"deleted": 2, "notFound": []}
    assert await ids(api) == three[:1]


async def test_a_filter_deletes_those_that_were_counted(api, three):
    wish = {"filter": {"email": "a*"}, "expectedCount": 1}
    assert (await api.post("/contacts/delete", json=wish)).json()["deleted"] == 1
    query = {"filter": '{"email": "b@example.com"}', "expectedCount": 1}
    assert (await api.delete("/contacts", params=query)).json()["deleted"] == 1
    assert await ids(api) == three[2:]
    # Nobody is left that it means.
    await refused(await api.post("/contacts/delete", json=wish), 409, "count_changed")


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"expectedCount": 3},
        {"ids": []},
        {"ids": [1], "notIds": [1], "expectedCount": 1},
        {"ids": [1], "filter": {}},
        {"notIds": [1]},
        {"notIds": []},
        {"filter": {}},
        {"ids": [0]},
        {"ids": ["1"]},
        {"ids": [2**63]},
        {"ids": [1], "foo": 1},
        {"filter": {}, "expectedCount": -1},
        {"filter": {}, "expectedCount": 2**63},
    ],
)
async def test_an_unclear_deletion_deletes_nothing(api, three, wish):
    await refused(await api.post("/contacts/delete", json=wish), 400, "invalid")
    await refused(await api.request("DELETE", "/contacts", json=wish), 400, "invalid")
    assert await ids(api) == three


async def test_query_and_body_are_not_mixed(api, three):
    answer = await api.request("DELETE", f"/contacts?ids={three[0]}", json={"ids": three[1:]})
    await refused(answer, 400, "invalid")
    for query in ("", "?ids=", "?notIds=&expectedCount=3", "?ids=1&ids=x", "?id=1", "?filter=x"):
        answer = await api.delete(f"/contacts{query}")
        assert answer.status_code == 400, query
    assert await ids(api) == three


async def test_a_filter_with_an_unknown_list_is_not_found(api, three):
    wish = {"filter": {"listIds": [99]}, "expectedCount": 0}
    await refused(await api.post("/contacts/delete", json=wish), 404, "list_not_found")


@pytest.fixture
async def many(api, tx):
    """More contacts than are deleted at once; return how many."""
    contact = await made(api, email="keep@example.com", firstName="Keep")
    await tx.run(
        "INSERT INTO contacts (account_id, email, is_valid)"
        " SELECT account_id, 'm' || n || '@example.com', true"
        " FROM contacts, generate_series(1, %(n)s) n WHERE id = %(id)s",
        n=AT_ONCE + 1,
        id=contact["id"],
    )
    await tx.run(
        "INSERT INTO contact_count_deltas (account_id, delta)"
        " SELECT account_id, %(n)s FROM contacts WHERE id = %(id)s",
        n=AT_ONCE + 1,
        id=contact["id"],
    )
    return AT_ONCE + 1


async def queued(tx):
    """Return what was put into the queue last."""
    return await tx.one(
        lambda task_name, args: (task_name, args),
        "SELECT task_name, args FROM procrastinate_jobs ORDER BY id DESC LIMIT 1",
    )


async def test_more_than_ten_thousand_go_by_a_job(api, tx, db, many):
    wish = {"filter": {"email": "m*"}, "expectedCount": many}
    answer = await api.post("/contacts/delete", json=wish)
    assert answer.status_code == 202, answer.text
    path = f"/operations/{answer.json()['operationId']}"
    before = (await api.get(path)).json()
    assert (before["kind"], before["status"]) == ("CONTACTS_REMOVE", "PENDING")
    assert (before["total"], before["processed"]) == (many, 0)
    assert before["finishedAt"] is None
    # Who comes now was not counted, and stays.
    late = await made(api, email="mlate@example.com")

    name, arguments = await queued(tx)
    assert name == "contacts.remove"
    await jobs.remove.func(_worker(db), **arguments)

    after = (await api.get(path)).json()
    assert (after["status"], after["processed"]) == ("COMPLETED", many)
    assert after["result"] == {"deleted": many, "notFound": []}
    assert after["finishedAt"]
    assert await ids(api) == [await _keep(api), late["id"]]
    assert (await api.get("/contacts")).json()["totalElements"] == 2
    # A job may run twice.
    await jobs.remove.func(_worker(db), **arguments)
    assert (await api.get(path)).json() == after
    await refused(await api.post(f"{path}/cancel"), 409, "operation_ended")


async def test_a_wrong_number_above_ten_thousand_starts_nothing(api, tx, many):
    wish = {"filter": {"email": "m*"}, "expectedCount": many - 1}
    problem = await refused(await api.post("/contacts/delete", json=wish), 409, "count_changed")
    assert problem["count"] == many
    assert await tx.value("SELECT count(*) FROM operations") == 0
    assert await tx.value("SELECT count(*) FROM operation_contacts") == 0


async def test_a_cancelled_operation_does_no_more(api, tx, db, many):
    wish = {"notIds": [await _keep(api)], "expectedCount": many}
    id = (await api.post("/contacts/delete", json=wish)).json()["operationId"]

    answer = await api.post(f"/operations/{id}/cancel")

    assert answer.status_code == 200
    assert answer.json()["status"] == "CANCELLED"
    _, arguments = await queued(tx)
    await jobs.remove.func(_worker(db), **arguments)
    assert (await api.get("/contacts")).json()["totalElements"] == many + 1
    assert (await api.get(f"/operations/{id}")).json()["processed"] == 0


async def _keep(api):
    return (await api.get("/contacts?name=keep")).json()["content"][0]["id"]


class _worker:  # noqa: N801
    """What a job is given by the worker."""

    def __init__(self, db):
        self.additional_context = {"db": db}
