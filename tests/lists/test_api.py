import pytest

from rubrica import lists
from rubrica.contacts import miscounted
from rubrica.lists import jobs
from rubrica.operations import AT_ONCE
from tests.contacts.people import made, refused


async def made_list(api, name, **fields):
    answer = await api.post("/contacts/list", json={"name": name} | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
async def some(api):
    """Two lists and three contacts, by their ids."""
    two = [(await made_list(api, name))["id"] for name in ("One", "Two")]
    three = [(await made(api, email=f"{name}@example.com"))["id"] for name in "abc"]
    return two, three


async def count(api, id):
    return (await api.get(f"/contacts/list/{id}")).json()["contactCount"]


async def members(api, id):
    answer = await api.get(f"/contacts/list/{id}/contacts?sortBy=id")
    assert answer.json()["totalElements"] == len(answer.json()["content"]) == await count(api, id)
    return [contact["id"] for contact in answer.json()["content"]]


async def test_a_list_is_made_read_changed_and_deleted(api):
    made = await made_list(api, "  Clienti ", description="x", isTest=True)
    path = f"/contacts/list/{made['id']}"
    assert (made["name"], made["description"], made["isTest"]) == ("Clienti", "x", True)
    assert (made["contactCount"], made["deletedAt"]) == (0, None)
    assert (await api.get(path)).json() == made

    assert (await api.put(path, json=made)).json() == made  # sent back, nothing changes
    changed = (await api.put(path, json={"description": None})).json()
    assert (changed["name"], changed["description"]) == ("Clienti", "")
    assert changed["updatedAt"] > made["updatedAt"]
    changed = (await api.put(path, json={"name": "CLIENTI", "isTest": False})).json()
    assert (changed["name"], changed["isTest"]) == ("CLIENTI", False)
    assert (await api.delete(path)).status_code == 204
    for method in ("GET", "DELETE"):
        await refused(await api.request(method, path), 404, "list_not_found")
    await refused(await api.put(path, json={"name": "x"}), 404, "list_not_found")


async def test_a_name_belongs_to_one_live_list_whatever_its_case_and_accents(api):
    first = await made_list(api, "Città")
    other = await made_list(api, "Paesi")

    await refused(await api.post("/contacts/list", json={"name": "CITTA "}), 409, "list_exists")
    answer = await api.put(f"/contacts/list/{other['id']}", json={"name": "cittá"})
    await refused(answer, 409, "list_exists")
    await api.delete(f"/contacts/list/{first['id']}")
    await made_list(api, "citta")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": None}, "name"),
        ({"name": 1}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "x", "description": "x" * 10_001}, "description"),
        ({"name": "x", "isTest": "true"}, "isTest"),
        ({"name": "x", "foo": 1}, "foo"),
    ],
)
async def test_a_list_that_cannot_be_is_refused(api, body, field):
    await refused(await api.post("/contacts/list", json=body), 400, "invalid", field)
    made = await made_list(api, "there")
    if body:
        answer = await api.put(f"/contacts/list/{made['id']}", json=body)
        await refused(answer, 400, "invalid", field)


async def test_lists_are_found_sorted_and_paged(api, some):
    (one, two), (a, b, _) = some
    three = (await made_list(api, "àlfa", isTest=True))["id"]
    await api.post("/contacts/list/contacts", json={"listIds": [one, three], "contactIds": [a]})
    await api.delete(f"/contacts/list/{two}")

    async def ids(**query):
        answer = await api.get("/contacts/list", params=query)
        assert answer.status_code == 200, answer.text
        return [found["id"] for found in answer.json()["content"]]

    assert await ids() == [three, one]
    assert await ids(sortOrder="desc") == [one, three]
    assert await ids(sortBy="id") == [one, three]
    assert await ids(sortBy="createdAt", sortOrder="desc") == [three, one]
    assert await ids(includeDeleted="true", sortBy="id") == [one, two, three]
    assert await ids(search="LF") == [three]
    assert await ids(search="%") == []
    assert await ids(id=f"{one},{two}") == [one]
    assert await ids(contactIds=a) == [three, one]
    assert await ids(contactIds=b) == []
    assert await ids(isTest="true") == [three]
    for sort in ("name", "createdAt", "updatedAt", "id"):
        for order in ("asc", "desc"):
            query = {"sortBy": sort, "sortOrder": order, "includeDeleted": "true"}
            whole, walked, cursor = await ids(**query), [], None
            while True:
                more = {"cursor": cursor} if cursor else {}
                answer = await api.get("/contacts/list", params=query | {"limit": 1} | more)
                assert answer.status_code == 200, answer.text
                page = answer.json()
                walked += [found["id"] for found in page["content"]]
                cursor = page["nextCursor"]
                if cursor is None:
                    break
            assert walked == whole
    given = (await api.get("/contacts/list?limit=1")).json()["nextCursor"]
    for query in ({"includeDeleted": "true"}, {"isTest": "true"}, {"sortBy": "id"}):
        answer = await api.get("/contacts/list", params=query | {"cursor": given})
        await refused(answer, 400, "bad_cursor")
    for query in ({"foo": 1}, {"sortBy": "count"}, {"id": "x"}, {"limit": 0}):
        [field] = query
        answer = await api.get("/contacts/list", params=query)
        assert (await refused(answer, 400, "invalid"))["errors"][0]["field"].startswith(field)


async def test_contacts_go_into_lists_many_to_many(api, some, tx):
    (one, two), (a, b, c) = some
    answer = await api.post(
        "/contacts/list/contacts", json={"listIds": [one, two, one], "contactIds": [a, b, a]}
    )
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "added": 4,
        "alreadyMembers": 0,
        "perList": {
            str(one): {"added": 2, "alreadyMembers": 0},
            str(two): {"added": 2, "alreadyMembers": 0},
        },
    }
    wish = {"listIds": [one], "allContacts": True, "excludeIdsAllContacts": [b]}
    answer = (await api.post("/contacts/list/contacts", json=wish)).json()
    assert (answer["added"], answer["alreadyMembers"]) == (1, 1)
    wish = {"listIds": [two], "filter": {"email": "c*"}, "expectedCount": 1}
    assert (await api.post("/contacts/list/contacts", json=wish)).json()["added"] == 1
    assert await members(api, one) == await members(api, two) == [a, b, c]
    assert await lists.miscounted(tx) == []


async def test_contacts_leave_lists_and_stay(api, some, tx):
    (one, two), (a, b, c) = some
    await api.post("/contacts/list/contacts", json={"listIds": [one, two], "allContacts": True})

    answer = await api.delete(f"/contacts/list/contacts?listIds={one}&contactIds={a},999999")
    assert answer.status_code == 404
    answer = await api.delete(f"/contacts/list/contacts?listIds={one},{two}&contactIds={a}")
    assert answer.json()["removed"] == 2
    wish = {"listIds": [one, two], "contactIds": [a, b]}
    answer = await api.request("DELETE", "/contacts/list/contacts", json=wish)
    assert answer.json() == {
        "removed": 2,
        "notMembers": 2,
        "perList": {
            str(one): {"removed": 1, "notMembers": 1},
            str(two): {"removed": 1, "notMembers": 1},
        },
    }
    wish = {"listIds": [one], "filter": {"email": "c@example.com"}}
    assert (await api.post("/contacts/list/contacts/remove", json=wish)).json()["removed"] == 1
    query = {"listIds": two, "filter": '{"email": "c*"}', "expectedCount": 1}
    answer = await api.delete("/contacts/list/contacts", params=query)
    assert answer.json()["removed"] == 1
    assert await members(api, one) == await members(api, two) == []
    assert (await api.get("/contacts")).json()["totalElements"] == 3
    query = {"listIds": two, "allContacts": "true", "excludeIdsAllContacts": c}
    answer = await api.delete("/contacts/list/contacts", params=query)
    assert (answer.json()["removed"], answer.json()["notMembers"]) == (0, 2)
    assert await lists.miscounted(tx) == []


async def test_an_unknown_list_or_contact_is_named_and_nothing_is_done(api, some):
    (one, two), (a, _, _) = some
    await api.delete(f"/contacts/list/{two}")
    for method, path in (
        ("POST", "/contacts/list/contacts"),
        ("DELETE", "/contacts/list/contacts"),
        ("POST", "/contacts/list/contacts/remove"),
    ):
        for ids in ([one, two], [one, 999_999]):
            wish = {"listIds": ids, "contactIds": [a]}
            problem = await refused(
                await api.request(method, path, json=wish), 404, "list_not_found"
            )
            assert problem["missing"] == ids[1:]
        wish = {"listIds": [one], "contactIds": [a, 999_999]}
        problem = await refused(
            await api.request(method, path, json=wish), 404, "contact_not_found"
        )
        assert problem["missing"] == [999_999]
        wish = {"listIds": [one], "filter": {"listIds": [two]}}
        await refused(await api.request(method, path, json=wish), 404, "list_not_found")
    assert await members(api, one) == []


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"contactIds": [1]},
        {"listIds": [], "contactIds": [1]},
        {"listIds": "one"},
        {"listIds": "one", "contactIds": []},
        {"listIds": "one", "contactIds": [1], "allContacts": True},
        {"listIds": "one", "filter": {}, "allContacts": True},
        {"listIds": "one", "filter": {}, "excludeIdsAllContacts": [1]},
        {"listIds": "one", "allContacts": False},
        {"listIds": "one", "allContacts": "true"},
        {"listIds": "one", "filter": {"listIds": []}},
        {"listIds": "one", "contactIds": [1], "foo": 1},
    ],
)
async def test_an_unclear_membership_changes_nothing(api, some, wish):
    (one, _), _ = some
    wish = {k: [one] if v == "one" else v for k, v in wish.items()}
    for method, path in (
        ("POST", "/contacts/list/contacts"),
        ("DELETE", "/contacts/list/contacts"),
        ("POST", "/contacts/list/contacts/remove"),
    ):
        await refused(await api.request(method, path, json=wish), 400, "invalid")
    assert await members(api, one) == []


async def test_a_stale_count_changes_nothing(api, some):
    (one, _), three = some
    everybody = {"listIds": [one], "allContacts": True}
    for path in ("/contacts/list/contacts", "/contacts/list/contacts/remove"):
        answer = await api.post(path, json=everybody | {"expectedCount": 2})
        assert (await refused(answer, 409, "count_changed"))["count"] == 3
        assert await members(api, one) == []
    await api.post("/contacts/list/contacts", json=everybody | {"expectedCount": 3})
    assert await members(api, one) == three


async def test_a_deleted_list_comes_back_with_its_members(api, some, tx):
    (one, two), (a, b, c) = some
    await api.post("/contacts/list/contacts", json={"listIds": [one, two], "allContacts": True})
    answer = await api.delete(f"/contacts/list?ids={one},999999")
    assert answer.json() == {"deleted": 1, "notFound": [999_999]}
    await api.delete(f"/contacts/{b}")

    answer = await api.post(f"/contacts/list/{one}/restore")

    assert answer.status_code == 200, answer.text
    assert (answer.json()["deletedAt"], answer.json()["contactCount"]) == (None, 2)
    assert await members(api, one) == await members(api, two) == [a, c]
    await refused(await api.post(f"/contacts/list/{one}/restore"), 409, "list_not_deleted")
    await refused(await api.post("/contacts/list/999999/restore"), 404, "list_not_found")
    assert await lists.miscounted(tx) == []


async def test_a_deleted_list_cannot_come_back_to_a_taken_name(api, some):
    (one, _), _ = some
    await api.delete(f"/contacts/list/{one}")
    await made_list(api, "ONE")
    await refused(await api.post(f"/contacts/list/{one}/restore"), 409, "list_exists")
    assert (await api.get(f"/contacts/list/{one}")).status_code == 404


async def test_after_thirty_days_a_deleted_list_is_gone(api, some, tx):
    (one, _), _ = some
    await api.post("/contacts/list/contacts", json={"listIds": [one], "allContacts": True})
    await api.delete(f"/contacts/list/{one}")
    await tx.run(
        "UPDATE lists SET deleted_at = deleted_at - interval '31 days' WHERE id = %(i)s", i=one
    )
    await refused(await api.post(f"/contacts/list/{one}/restore"), 410, "list_purged")
    assert await lists.purge(tx) == 1
    await refused(await api.post(f"/contacts/list/{one}/restore"), 404, "list_not_found")
    assert await tx.value("SELECT count(*) FROM list_members WHERE list_id = %(i)s", i=one) == 0
    assert await lists.miscounted(tx) == []


async def test_lists_are_deleted_by_their_ids_only(api, some):
    (one, two), _ = some
    for query in ("", "?ids=", "?ids=x", "?id=1", "?ids=0"):
        answer = await api.delete(f"/contacts/list{query}")
        assert answer.status_code == 400, query
    answer = await api.request("DELETE", "/contacts/list", json={"ids": [one, two]})
    assert answer.json() == {"deleted": 2, "notFound": []}
    assert (await api.get("/contacts")).json()["totalElements"] == 3


async def test_deleting_contacts_lowers_the_counts_of_their_lists(api, some, tx):
    (one, two), (a, b, c) = some
    await api.post("/contacts/list/contacts", json={"listIds": [one, two], "allContacts": True})
    await api.delete(f"/contacts/{a}")
    assert await members(api, one) == await members(api, two) == [b, c]
    wish = {"filter": {"listIds": [one]}, "expectedCount": 2}
    assert (await api.post("/contacts/delete", json=wish)).json()["deleted"] == 2
    assert await members(api, one) == await members(api, two) == []
    assert await lists.miscounted(tx) == await miscounted(tx) == []


async def test_folding_keeps_the_counts(api, some, tx):
    (one, _), (a, _, _) = some
    wish = {"listIds": [one], "contactIds": [a]}
    for _ in range(51):
        await api.post("/contacts/list/contacts", json=wish)
        await api.post("/contacts/list/contacts/remove", json=wish)
    await api.post("/contacts/list/contacts", json=wish)
    assert await lists.fold_counts(tx) == 103
    assert await count(api, one) == 1
    assert await lists.miscounted(tx) == []


async def test_more_than_ten_thousand_are_added_and_removed_by_a_job(api, some, tx, db):
    (one, two), (a, _, _) = some
    await tx.run(
        "INSERT INTO contacts (account_id, email, is_valid)"
        " SELECT account_id, 'm' || n || '@example.com', true"
        " FROM contacts, generate_series(1, %(n)s) n WHERE id = %(a)s",
        n=AT_ONCE,
        a=a,
    )
    total = AT_ONCE + 3

    class Worker:
        additional_context = {"db": db}  # noqa: RUF012

    everybody = {"listIds": [one, two], "allContacts": True, "expectedCount": total}
    for path, job, word in (
        ("/contacts/list/contacts", jobs.add, "added"),
        ("/contacts/list/contacts/remove", jobs.remove, "removed"),
    ):
        answer = await api.post(path, json=everybody)
        assert answer.status_code == 202, answer.text
        id = answer.json()["operationId"]
        account = await tx.value("SELECT account_id FROM operations WHERE id = %(id)s", id=id)
        await job.func(Worker(), account=account, operation=id)
        done = (await api.get(f"/operations/{id}")).json()
        assert (done["status"], done["processed"]) == ("COMPLETED", total)
        assert done["result"][word] == 2 * total
        assert done["result"]["perList"][str(one)][word] == total
        assert await count(api, one) == await count(api, two) == (total if word == "added" else 0)
        assert await lists.miscounted(tx) == []
