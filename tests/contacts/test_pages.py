import base64

import msgspec
import pytest

from tests.contacts.people import found, made, refused

SORTS = ("fullName", "createdAt", "updatedAt", "email", "phoneNumber", "id")


@pytest.fixture
async def crowd(api):
    """Nine contacts, some without a name, an address or a number; three are in a list."""
    ids = []
    for n, (name, email, phone) in enumerate(
        [
            ("Zoe", "b@example.com", None), (None, "z@example.com", None),
            ("anna", None, "3471234567"), ("Anna", None, "3471234568"),
            ("Élise", "a@example.com", "3471234569"), (None, None, "3471234560"),
            ("anna", "c@example.com", None), (None, "y@example.com", "3471234561"),
            ("Bruno", None, "3471234562"),
        ]
    ):  # fmt: skip
        fields = {"firstName": name, "email": email, "phoneNumber": phone}
        ids.append((await made(api, **{k: v for k, v in fields.items() if v}))["id"])
        if n % 3 == 0:
            await api.put(f"/contacts/{ids[0]}", json={"notes": str(n)})
    list_id = (await api.post("/contacts/list", json={"name": "first"})).json()["id"]
    members = {"listIds": [list_id], "contactIds": [ids[1], ids[4], ids[8]]}
    assert (await api.post("/contacts/list/contacts", json=members)).status_code == 201
    return ids, list_id


async def walk(api, limit=2, path="/contacts", **query):
    """Return the contacts of all pages, by the cursor."""
    seen, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = await api.get(path, params=query | {"limit": limit} | more)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["page"] == (None if cursor else 0)
        assert (page["totalElements"] is None) == bool(cursor)
        seen += page["content"]
        cursor = page["nextCursor"]
        if cursor is None:
            return seen


@pytest.mark.parametrize("preferred", [False, True])
async def test_pages_follow_one_another_in_one_order(api, crowd, preferred):
    for sort in SORTS:
        for order in ("asc", "desc"):
            await holds_an_order(api, crowd, sort, order, preferred=preferred)


async def holds_an_order(api, crowd, sort, order, *, preferred):
    ids, list_id = crowd
    query = {"sortBy": sort, "sortOrder": order}
    if preferred:
        query["sortPriorityListId"] = list_id
    whole = (await api.get("/contacts", params=query | {"limit": 100})).json()["content"]

    assert sorted(contact["id"] for contact in whole) == ids
    for limit in (1, 2, 4):
        assert await walk(api, limit, **query) == whole
        numbered = []
        for number in range(-(-len(ids) // limit)):
            page = await api.get("/contacts", params=query | {"limit": limit, "page": number})
            numbered += page.json()["content"]
        assert numbered == whole

    def folded(contact):
        value = contact[sort]
        return value.lower().replace("é", "e") if sort == "fullName" else value

    parts = [whole[:3], whole[3:]] if preferred else [whole]
    if preferred:
        assert {contact["id"] for contact in parts[0]} == {ids[1], ids[4], ids[8]}
    for part in parts:
        keys = [(folded(contact), contact["id"]) for contact in part]
        full = [key for key in keys if key[0] not in (None, "")]
        empty = [key for key in keys if key[0] in (None, "")]
        down = order == "desc"
        assert full == sorted(full, reverse=down)
        assert keys == full + sorted(empty, key=lambda key: key[1], reverse=down)


async def test_the_default_is_ten_by_name(api):
    for n in range(12):
        await made(api, email=f"c{n}@example.com", firstName=f"N{11 - n:02}")

    page = (await api.get("/contacts")).json()

    assert [contact["firstName"] for contact in page["content"]] == [f"N{n:02}" for n in range(10)]
    assert (page["page"], page["limit"]) == (0, 10)
    assert (page["totalElements"], page["totalPages"]) == (12, 2)
    last = (await api.get("/contacts?page=1")).json()
    assert len(last["content"]) == 2
    assert last["nextCursor"] is None
    beyond = (await api.get("/contacts?page=10000000&limit=1000")).json()
    assert (beyond["content"], beyond["totalElements"], beyond["nextCursor"]) == ([], 12, None)


async def test_totals_are_there_as_they_are_asked_for(api, crowd):
    first = (await api.get("/contacts?limit=2&count=none")).json()
    assert (first["totalElements"], first["totalPages"]) == (None, None)
    query = {"limit": 2, "cursor": first["nextCursor"]}
    assert (await api.get("/contacts", params=query)).json()["totalElements"] is None
    counted = (await api.get("/contacts", params=query | {"count": "exact"})).json()
    assert (counted["totalElements"], counted["totalPages"]) == (9, 5)


async def test_a_cursor_is_bound_to_its_filter_and_sort(api, crowd):
    _, list_id = crowd

    async def cursor(**query):
        answer = await api.get("/contacts", params=query | {"limit": 1})
        return answer.json()["nextCursor"]

    given = await cursor(hasPhone="true")
    assert given
    for other in (
        {}, {"hasPhone": "false"}, {"hasEmail": "true"}, {"hasPhone": "true", "sortBy": "id"},
        {"hasPhone": "true", "sortOrder": "desc"},
        {"hasPhone": "true", "sortPriorityListId": list_id},
    ):  # fmt: skip
        answer = await api.get("/contacts", params=other | {"cursor": given})
        await refused(answer, 400, "bad_cursor")
    # The size of a page is no part of the place.
    answer = await api.get("/contacts", params={"hasPhone": "true", "cursor": given, "limit": 7})
    assert len(answer.json()["content"]) == 5
    members = f"/contacts/list/{list_id}/contacts"
    answer = await api.get(members, params={"hasPhone": "true", "cursor": given})
    await refused(answer, 400, "bad_cursor")


async def test_what_is_no_cursor_is_refused(api):
    for path in ("/contacts", "/contacts/list"):
        for cursor in ("", "x", "é", "%%%", "AAAA", "a" * 5000):
            await refused(await api.get(path, params={"cursor": cursor}), 400, "bad_cursor")


PLACES = (
    [], [0], [0, "a", 0], [0, "a", 2**63], [9, "a", 1], [-1, "a", 1], ["a", "a", 1],
    [0, {"a": 1}, 1], [0, ["a"], 1], [0, "a", "b"], [0, 1.5, 1], {"a": 1}, None,
)  # fmt: skip


async def test_a_forged_cursor_is_refused(api, crowd):
    given = (await api.get("/contacts?limit=1")).json()["nextCursor"]
    packed = msgspec.msgpack.decode(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))
    for place in PLACES:
        forged = base64.urlsafe_b64encode(msgspec.msgpack.encode([packed[0], place])).decode()
        await refused(await api.get("/contacts", params={"cursor": forged}), 400, "bad_cursor")


async def test_a_forged_moment_is_refused(api, crowd):
    query = {"sortBy": "createdAt", "limit": 1}
    given = (await api.get("/contacts", params=query)).json()["nextCursor"]
    packed = msgspec.msgpack.decode(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))
    forged = base64.urlsafe_b64encode(msgspec.msgpack.encode([packed[0], [0, "nie", 1]])).decode()
    answer = await api.get("/contacts", params=query | {"cursor": forged})
    assert answer.status_code == 400


async def test_a_walk_meets_neither_twice_nor_misses_while_others_come_and_go(api, crowd):
    ids, _ = crowd
    first = (await api.get("/contacts?sortBy=id&limit=4")).json()
    await api.delete(f"/contacts/{ids[0]}")
    await api.delete(f"/contacts/{ids[3]}")
    new = await made(api, email="new@example.com")

    rest = await found(api, sortBy="id", limit=100, cursor=first["nextCursor"])

    assert rest == [*ids[4:], new["id"]]


async def test_members_are_paged_like_contacts(api, crowd):
    ids, list_id = crowd
    path = f"/contacts/list/{list_id}/contacts"
    assert [c["id"] for c in await walk(api, 1, path)] == [ids[8], ids[4], ids[1]]
    assert await found(api, path, hasPhone="true", sortBy="id") == [ids[4], ids[8]]
    assert await found(api, path, search="bru") == [ids[8]]
    await refused(await api.get(path, params={"foo": 1}), 400, "invalid", "foo")
    await refused(await api.get("/contacts/list/999999/contacts"), 404, "list_not_found")
