import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from rubrica.imports import changes, loading, queries, undoing
from tests.imports.worlds import (
    an_account,
    an_upload,
    carry_out,
    chunks,
    compare,
    contents,
    erase,
    expected,
    identity,
    scenarios,
    store,
    the_file,
    unhurried,
)

PEOPLE = "phone,birthday\n347 1234567,2001-02-03\n348 1234567,soon\n"


@pytest.fixture(scope="module")
def mirror(database, stored_in):
    async def mirror(rules, people, rows, chunk, *, miscounted):
        account, made = await an_account(database)
        await store(database, account, made, people)
        await erase(database, account, rules.erased)
        ids = {f"#{n}": p.id for n, p in enumerate(people)} | {"none": 10**15}
        book, _ = expected(rules, people, rows)
        leavers = book.leavers(rules)
        upload = await an_upload(
            database, stored_in[1], account, the_file(rules, rows, ids), len(rules.lines)
        )
        go = (database, stored_in[1], account, made, upload, rules, chunk)
        before = await contents(database, account, made)
        dry, _ = await carry_out(*go, dry_run=True)
        assert dry.removals == len(leavers)
        done, _ = await carry_out(*go, removals=len(leavers) + miscounted)
        if miscounted:
            assert [warning["code"] for warning in done.warnings] == ["removals_not_applied"]
        else:
            assert (done.warnings, done.removals) == ([], len(leavers))
            for contact, number in leavers:
                contact.lists.discard(number)
        compare(await contents(database, account, made), book)
        async with database.transaction() as tx:
            await changes.begin_undo(tx, account, done.id)
        await undoing.undo(database, account, done.id)
        after = await contents(database, account, made)
        assert {key: (p.id, p.values, p.lists) for key, p in after.items()} == {
            key: (p.id, p.values, p.lists) for key, p in before.items()
        }
        assert {identity(p) for p in people} == set(after)

    return mirror


@unhurried
@given(
    scenario=scenarios(), chunk=chunks, lists=st.sets(st.integers(0, 1), min_size=1),
    miscounted=st.sampled_from([0, 0, 1]),
)  # fmt: skip
async def test_whoever_no_row_names_leaves_and_an_undo_puts_them_back(
    mirror, scenario, chunk, lists, miscounted
):
    rules, people, rows = scenario
    rules.mirror, rules.lists = True, lists
    for person in people:
        person.lists = set(lists) if len(person.values) % 3 else set()
    note(f"{scenario} in chunks of {chunk}")
    await mirror(rules, people, rows, chunk, miscounted=miscounted)


@pytest.fixture
async def fair(api):
    """A list with three people; return its id, and theirs."""
    made = (await api.post("/contacts/list", json={"name": "Fair"})).json()["id"]
    ids = [
        (await api.post("/contacts", json={"phoneNumber": f"+3934{n}1234567"})).json()["id"]
        for n in (7, 8, 9)
    ]
    await api.post("/contacts/list/contacts", json={"listIds": [made], "contactIds": ids})
    return made, ids


async def members(api, id):
    found = (await api.get(f"/contacts/list/{id}/contacts", params={"sortBy": "id"})).json()
    return [each["id"] for each in found["content"]]


async def test_a_mirrored_list_loses_whom_the_file_does_not_name(api, fair, take_in):
    made, ids = fair
    _, done, _ = await take_in(PEOPLE, listIds=[made], listMode="MIRROR", expectedRemovals=1)
    assert (done["removals"], done["warnings"]) == (1, [])
    assert await members(api, made) == ids[:2]
    assert (await api.get(f"/contacts/list/{made}")).json()["contactCount"] == 2
    assert (await api.get(f"/contacts/{ids[2]}")).status_code == 200


async def test_nobody_leaves_where_another_number_was_expected(api, fair, take_in):
    made, ids = fair
    _, done, _ = await take_in(PEOPLE, listIds=[made], listMode="MIRROR", expectedRemovals=2)
    assert done["removals"] == 0
    assert done["warnings"] == [
        {
            "code": "removals_not_applied",
            "message": "Nobody left: 1 would have, and 2 were expected.",
            "count": 1,
        }
    ]
    assert await members(api, made) == ids


async def test_a_refused_row_keeps_its_member(api, fair, take_in):
    made, ids = fair
    _, done, rows = await take_in(
        PEOPLE, listIds=[made], listMode="MIRROR", expectedRemovals=1, onBadValue="REJECT_ROW"
    )
    assert [row["outcome"] for row in rows] == ["UNCHANGED", "REJECTED"] or done
    assert rows[1]["outcome"] == "REJECTED"
    assert await members(api, made) == ids[:2]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"listMode": "MIRROR", "listIds": []}, "expectedRemovals"),
        ({"listMode": "MIRROR", "expectedRemovals": 0, "listIds": []}, "listIds"),
        ({"expectedRemovals": 0}, "expectedRemovals"),
    ],
)
async def test_mirroring_says_what_it_needs(api, wish, field):
    seen = (await api.post("/contacts/upload", files={"file": ("p.csv", PEOPLE)})).json()
    body = {"uploadId": seen["uploadId"], "mapping": seen["mapping"]} | wish
    answer = await api.post("/contacts/mapped/file", json=body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_nobody_leaves_once_the_import_was_asked_to_stop(api, tx, fair, run):
    made, ids = fair
    seen = (await api.post("/contacts/upload", files={"file": ("p.csv", PEOPLE)})).json()
    wish = {
        "uploadId": seen["uploadId"], "mapping": seen["mapping"], "listIds": [made],
        "listMode": "MIRROR", "expectedRemovals": 1,
    }  # fmt: skip
    id = (await api.post("/contacts/mapped/file", json=wish)).json()["id"]
    asked = False
    merge_chunk = loading._merge_chunk

    async def and_stop(*values):
        nonlocal asked
        await merge_chunk(*values)
        asked = await queries.ask_to_cancel(tx, values[1], id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "_merge_chunk", and_stop)
        await run(id)

    done = (await api.get(f"/imports/{id}")).json()
    assert asked
    assert [each["code"] for each in done["warnings"]] == ["removals_not_applied"]
    assert await members(api, made) == ids
