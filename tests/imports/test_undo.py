import pytest

from rubrica.imports import undoing

PEOPLE = "phone,first name,city\n347 1234567,Anna,Roma\n348 1234567,Bea,Bari\n"


@pytest.fixture
def undo(api, db, tx):
    """Undo an import, as the worker would; return it as it is then."""

    async def undo(id):
        answer = await api.post(f"/imports/{id}/undo")
        assert answer.status_code == 202, answer.text
        assert answer.json()["status"] == "REVERTING"
        account = await tx.value("SELECT account_id FROM imports WHERE id = %(id)s", id=id)
        await undoing.undo(db, account, id)
        done = (await api.get(f"/imports/{id}")).json()
        assert done["status"] == "REVERTED"
        assert done["undoneAt"] is not None
        return done["undo"]

    return undo


@pytest.fixture
async def everyone(api):
    async def everyone():
        found = (await api.get("/contacts", params={"sortBy": "phoneNumber"})).json()
        return {each["phoneNumber"]: each for each in found["content"]}

    return everyone


async def count_of(api, id):
    return (await api.get(f"/contacts/list/{id}")).json()["contactCount"]


async def test_created_contacts_go_with_the_list_and_the_fields_made_for_them(
    api, take_in, undo, everyone
):
    _, done, _ = await take_in(
        PEOPLE,
        mapping=[
            {"column": 0, "field": "phoneNumber"},
            {"column": 2, "field": "customFields.city"},
        ],
        createFields=True,
        newList={"name": "Fair"},
    )
    assert await count_of(api, done["listIds"][0]) == 2

    assert await undo(done["id"]) == {"reverted": 2, "keptBecauseEdited": 0, "failed": 0}

    assert await everyone() == {}
    assert (await api.get(f"/contacts/list/{done['listIds'][0]}")).status_code == 404
    assert (await api.get("/contacts/list", params={"includeDeleted": True})).json()[
        "totalElements"
    ] == 0
    assert (await api.get("/contacts/fields")).json() == []


async def test_updated_fields_regain_their_values_and_added_tags_go(api, take_in, undo, everyone):
    body = {"phoneNumber": "+393471234567", "firstName": "Anna", "tags": ["old"]}
    before = (await api.post("/contacts", json=body)).json()
    _, done, _ = await take_in(
        "phone,first name,tags\n3471234567,Maria,new;old\n", tags=["imported"]
    )
    changed = (await everyone())["+393471234567"]
    assert (changed["firstName"], changed["tags"]) == ("Maria", ["new", "old", "imported"])

    assert (await undo(done["id"]))["reverted"] == 1

    after = (await everyone())["+393471234567"]
    del before["warnings"]
    assert after["updatedAt"] > before["updatedAt"]
    assert after | {"updatedAt": ""} == before | {"updatedAt": ""}


async def test_what_was_touched_since_stays_and_the_ledger_says_why(api, take_in, undo, everyone):
    there = {"phoneNumber": "+393491234567", "firstName": "Carla", "company": "Old"}
    await api.post("/contacts", json=there)
    content = (
        "phone,first name,company\n3471234567,Anna,A\n3481234567,Bea,B\n3491234567,Chiara,New\n"
    )
    _, done, _ = await take_in(content)
    people = await everyone()
    anna, carla = (people[n]["id"] for n in ("+393471234567", "+393491234567"))
    await api.patch(f"/contacts/{anna}", json={"notes": "called"})
    await api.patch(f"/contacts/{carla}", json={"company": "Newest"})

    assert await undo(done["id"]) == {"reverted": 1, "keptBecauseEdited": 2, "failed": 0}

    people = await everyone()
    assert set(people) == {"+393471234567", "+393491234567"}
    assert people["+393471234567"]["notes"] == "called"
    assert people["+393491234567"]["firstName"] == "Carla"
    assert people["+393491234567"]["company"] == "Newest"
    rows = (await api.get(f"/imports/{done['id']}/rows")).json()["content"]
    kept = {"outcome": "KEPT", "code": "changed_since"}
    assert [row["undo"] for row in rows] == [kept, None, kept]


async def test_a_contact_that_another_list_holds_stays_but_leaves_this_one(
    api, take_in, undo, everyone
):
    ours = (await api.post("/contacts/list", json={"name": "ours"})).json()["id"]
    theirs = (await api.post("/contacts/list", json={"name": "theirs"})).json()["id"]
    _, done, _ = await take_in(PEOPLE, listIds=[ours])
    anna = (await everyone())["+393471234567"]["id"]
    await api.post("/contacts/list/contacts", json={"listIds": [theirs], "contactIds": [anna]})

    assert await undo(done["id"]) == {"reverted": 1, "keptBecauseEdited": 1, "failed": 0}

    assert list(await everyone()) == ["+393471234567"]
    assert (await count_of(api, ours), await count_of(api, theirs)) == (0, 1)


async def test_members_that_were_there_before_stay_members(api, take_in, undo):
    list_id = (await api.post("/contacts/list", json={"name": "ours"})).json()["id"]
    people = [
        (await api.post("/contacts", json={"phoneNumber": f"+3934{n}1234567"})).json()["id"]
        for n in (7, 8)
    ]
    await api.post("/contacts/list/contacts", json={"listIds": [list_id], "contactIds": people[:1]})
    _, done, _ = await take_in(PEOPLE, listIds=[list_id])
    assert await count_of(api, list_id) == 2

    await undo(done["id"])

    members = (await api.get(f"/contacts/list/{list_id}/contacts")).json()["content"]
    assert [member["id"] for member in members] == people[:1]


async def test_a_contact_that_another_import_found_stays_until_that_one_is_undone(
    take_in, undo, everyone
):
    _, first, _ = await take_in(PEOPLE)
    _, _, ledger = await take_in(PEOPLE, name="again.csv")
    assert {row["outcome"] for row in ledger} == {"UNCHANGED"}

    assert (await undo(first["id"]))["keptBecauseEdited"] == 2
    assert len(await everyone()) == 2

    _, third, _ = await take_in("phone\n349 1234567\n", name="third.csv")
    _, fourth, _ = await take_in("phone\n349 1234567\n", name="fourth.csv")
    await undo(fourth["id"])
    await undo(third["id"])
    assert len(await everyone()) == 2


async def test_a_number_that_another_contact_has_taken_is_not_brought_back(
    api, take_in, undo, everyone
):
    body = {"phoneNumber": "+393471234567", "externalId": "x1"}
    there = (await api.post("/contacts", json=body)).json()["id"]
    _, done, _ = await take_in(
        "id,phone\nx1,+393481234567\n",
        mapping=[
            {"column": 0, "field": "externalId"},
            {"column": 1, "field": "phoneNumber"},
        ],
        matchBy=["externalId"],
    )
    await api.post("/contacts", json={"phoneNumber": "+393471234567"})

    assert await undo(done["id"]) == {"reverted": 0, "keptBecauseEdited": 0, "failed": 1}

    assert (await everyone())["+393481234567"]["id"] == there
    rows = (await api.get(f"/imports/{done['id']}/rows")).json()["content"]
    assert rows[0]["undo"] == {"outcome": "FAILED", "code": "phone_taken"}


async def test_an_import_is_undone_once_and_only_after_its_end(api, take_in, undo):
    _, done, _ = await take_in(PEOPLE)
    await undo(done["id"])
    again = await api.post(f"/imports/{done['id']}/undo")
    assert (again.status_code, again.json()["code"]) == (409, "not_undoable")
    seen = (await api.post("/contacts/upload", files={"file": ("p.csv", PEOPLE)})).json()
    wish = {"uploadId": seen["uploadId"], "mapping": seen["mapping"]}
    waiting = (await api.post("/contacts/mapped/file", json=wish)).json()["id"]
    too_early = await api.post(f"/imports/{waiting}/undo")
    assert (too_early.status_code, too_early.json()["code"]) == (409, "not_undoable")
    assert "PENDING" in too_early.json()["detail"]
    seen = (await api.post("/contacts/upload", files={"file": ("d.csv", PEOPLE)})).json()
    wish = {"uploadId": seen["uploadId"], "mapping": seen["mapping"], "dryRun": True}
    rehearsed = (await api.post("/contacts/mapped/file", json=wish)).json()["id"]
    nothing = await api.post(f"/imports/{rehearsed}/undo")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "not_undoable")


async def test_what_a_row_took_away_comes_back(api, take_in, undo, everyone):
    await api.post("/contacts/fields", json={"key": "city", "label": "City", "type": "TEXT"})
    body = {
        "phoneNumber": "+393471234567", "company": "A", "tags": ["x"],
        "customFields": {"city": "Roma"},
    }  # fmt: skip
    await api.post("/contacts", json=body)
    fields = ["phoneNumber", "company", "tags", "customFields.city"]
    mapping = [{"column": n, "field": field, "policy": "CLEAR"} for n, field in enumerate(fields)]
    del mapping[0]["policy"]
    _, done, _ = await take_in("phone,company,tags,city\n3471234567,,,\n", mapping=mapping)
    cleared = (await everyone())["+393471234567"]
    assert (cleared["company"], cleared["tags"], cleared["customFields"]) == (None, [], {})

    await undo(done["id"])

    after = (await everyone())["+393471234567"]
    assert {name: after[name] for name in body} == body


async def test_a_contact_that_opted_out_since_stays(api, take_in, undo, everyone):
    _, done, _ = await take_in(PEOPLE)
    anna = (await everyone())["+393471234567"]["id"]
    body = {"channel": "SMS", "status": "UNSUBSCRIBED"}
    answer = await api.post(f"/contacts/{anna}/subscriptions", json=body)
    assert answer.is_success, answer.text

    assert await undo(done["id"]) == {"reverted": 1, "keptBecauseEdited": 1, "failed": 0}

    assert list(await everyone()) == ["+393471234567"]


async def test_opting_out_outlives_an_undo(api, take_in, undo):
    suppression = {"channel": "SMS", "address": "+393471234567"}
    await api.post("/suppressions", json=suppression)
    _, done, _ = await take_in(PEOPLE)
    assert (await undo(done["id"]))["reverted"] == 2
    found = (await api.get("/suppressions")).json()["content"]
    assert [each["address"] for each in found] == ["+393471234567"]
