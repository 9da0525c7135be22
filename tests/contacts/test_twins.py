"""One telephone is one contact, however its number is written, and pairs older than that rule."""

import pytest

from rubrica import contacts
from rubrica.db.migrate import FOLDER
from rubrica.imports import undoing
from tests.contacts.people import found, made, refused

MEXICO = ("+5215512345678", "+525512345678")
ARGENTINA = ("+5491123456789", "+541123456789")
BRAZIL = ("+551187654321", "+5511987654321")


@pytest.fixture
async def aged(tx):
    """Give contacts the keys that they had before writings were united."""

    async def aged(*ids):
        await tx.run(
            "UPDATE contacts SET phone_key = phone_number WHERE id = ANY(%(ids)s)", ids=list(ids)
        )

    return aged


@pytest.fixture
async def twins(api, tx, aged):
    """Two contacts whose numbers are one; the second kept its key."""
    one = await made(api, phoneNumber=MEXICO[1], firstName="Ana")
    other = await made(api, phoneNumber="+525500000000", lastName="Luz")
    await tx.run(
        "UPDATE contacts SET phone_number = %(n)s, phone_key = %(n)s WHERE id = %(id)s",
        n=MEXICO[0],
        id=other["id"],
    )
    return [one["id"], other["id"]]


@pytest.mark.parametrize("writings", [MEXICO, ARGENTINA, BRAZIL])
async def test_the_other_writing_is_the_same_contact(api, take_in, writings):
    for there, came in (writings, reversed(writings)):
        contact = await made(api, phoneNumber=there)
        assert contact["phoneNumber"] == there
        problem = await refused(
            await api.post("/contacts", json={"phoneNumber": came}), 409, "contact_exists"
        )
        assert problem["contactId"] == contact["id"]
        for each in writings:
            assert await found(api, phoneNumber=each) == [contact["id"]]
            assert await found(api, search=each) == [contact["id"]]
        _, done, _ = await take_in(f"phone,first name\n{came},Ana\n".encode())
        assert (done["summary"]["updated"], done["summary"]["created"]) == (1, 0)
        stored = (await api.get(f"/contacts/{contact['id']}")).json()
        assert (stored["phoneNumber"], stored["firstName"]) == (there, "Ana")
        await api.delete(f"/contacts/{contact['id']}")


async def test_a_landline_and_a_mobile_begin_as_they_are_written(api):
    landline = (await made(api, phoneNumber="+54 11 4321 1234"))["id"]
    mobile = (await made(api, phoneNumber="+54 9 11 4444 1234"))["id"]
    assert await found(api, phoneNumber="+549*") == [mobile]
    assert await found(api, phoneNumber="+54 9 11 4*") == [mobile]
    assert sorted(await found(api, phoneNumber="+54 11 4*")) == [landline, mobile]
    old = (await made(api, phoneNumber=BRAZIL[0]))["id"]
    assert await found(api, phoneNumber="+55 11 8*") == [old]
    assert await found(api, phoneNumber="+55 11 98*") == [old]


async def test_another_writing_is_taken_by_a_change_and_keeps_what_was_declared(api):
    contact = await made(api, phoneNumber=ARGENTINA[1], communicationSupported=["WHATSAPP"])
    path = f"/contacts/{contact['id']}"
    changed = (await api.patch(path, json={"phoneNumber": ARGENTINA[0]})).json()
    assert (changed["phoneNumber"], changed["phoneType"]) == (ARGENTINA[0], "MOBILE")
    assert "WHATSAPP" in changed["communicationSupported"]

    body = {"phoneNumber": ARGENTINA[1], "firstName": "Ana"}
    again = (await api.post("/contacts?onConflict=update", json=body)).json()
    assert (again["phoneNumber"], again["firstName"]) == (ARGENTINA[0], "Ana")


async def test_two_writings_in_one_file_are_one_contact(take_in):
    rows = "\n".join([*MEXICO, *ARGENTINA, *BRAZIL, "+541143211234"])
    _, done, ledger = await take_in(f"phone\n{rows}\n".encode())
    assert (done["summary"]["created"], done["summary"]["duplicates"]) == (4, 3)
    assert [row["outcome"] for row in ledger] == ["CREATED", "DUPLICATE"] * 3 + ["CREATED"]


async def test_stored_keys_are_made_anew_save_those_of_twins(api, tx, aged, twins):
    lonely = [(await made(api, phoneNumber=each[0]))["id"] for each in (ARGENTINA, BRAZIL)]
    landline = (await made(api, phoneNumber="+551143210000"))["id"]
    await aged(*lonely)
    script = (FOLDER / "0016_phone_keys.sql").read_text()
    update = script[script.index("UPDATE contacts") : script.index("-- Those pairs")]
    await tx.run(update)  # pyright: ignore[reportArgumentType]

    keys = await tx.column("SELECT phone_key FROM contacts ORDER BY id")
    assert keys == [MEXICO[1], MEXICO[0], ARGENTINA[1], BRAZIL[1], "+551143210000"]
    assert await found(api, phoneNumber="+551143210000") == [landline]
    counted = await contacts.twins_counted(tx)
    assert [row["pairs"] for row in counted] == [1]


async def test_twins_are_suggested_found_and_merged(api, tx, twins):
    page = (await api.get("/contacts/duplicates?reason=SAME_NUMBER")).json()
    assert [[c["id"] for c in group["contacts"]] for group in page["content"]] == [twins]
    assert page["nextCursor"] is None
    assert (await api.get("/contacts/duplicates")).json()["content"] == page["content"]
    assert sorted(await found(api, phoneNumber=MEXICO[0])) == twins
    assert await found(api, phoneNumber=MEXICO[1]) == twins[:1]

    merged = await api.post(f"/contacts/{twins[1]}/merge", json={"contactId": twins[0]})
    assert (merged.json()["phoneNumber"], merged.json()["fullName"]) == (MEXICO[0], "Ana Luz")
    assert await found(api, phoneNumber=MEXICO[1]) == [twins[1]]
    assert await contacts.twins_counted(tx) == []


async def test_a_twin_that_is_left_alone_gets_the_key(api, tx, twins):
    assert await contacts.mend_keys(tx) == 0
    await api.delete(f"/contacts/{twins[0]}")
    assert await contacts.mend_keys(tx) == 1
    assert await found(api, phoneNumber=MEXICO[1]) == [twins[1]]


async def test_an_undo_brings_no_old_key_back(api, db, tx, take_in):
    contact = await made(api, phoneNumber=ARGENTINA[0], externalId="7")
    mapping = [{"column": 0, "field": "externalId"}, {"column": 1, "field": "phoneNumber"}]
    file = f"id,phone\n7,{MEXICO[0]}\n".encode()
    _, done, _ = await take_in(file, mapping=mapping, matchBy=["externalId"])
    assert await found(api, phoneNumber=MEXICO[1]) == [contact["id"]]

    old = f'{{"phone_key": "{ARGENTINA[0]}"}}'
    await tx.run("UPDATE import_changes SET prior = prior || %(old)s::jsonb", old=old)
    assert (await api.post(f"/imports/{done['id']}/undo")).status_code == 202
    await undoing.undo(db, await tx.value("SELECT min(id) FROM accounts"), done["id"])
    assert await tx.column("SELECT phone_key FROM contacts") == [ARGENTINA[1]]
