"""Two imports of the same people at once, and clients that write meanwhile."""

import asyncio
import random

import pytest

from rubrica import contacts, lists
from rubrica.imports import changes, ledger, loading, undoing
from rubrica.imports import service as imports
from tests.contacts.test_races import opened

PEOPLE = 600
CHUNK = 50


def file_of(numbers, name):
    rows = [f"+39347{n:07},{name},shared{n % 7}@example.com" for n in numbers]
    return "\n".join(["phone,first name,email", *rows, ""])


@pytest.fixture(scope="module")
def real_url(make_database):
    return make_database("import_races")


async def confirmed(client, content, **wish):
    seen = (await client.post("/contacts/upload", files={"file": ("people.csv", content)})).json()
    body = {"uploadId": seen["uploadId"], "mapping": seen["mapping"]} | wish
    answer = await client.post("/contacts/mapped/file", json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


async def test_overlapping_imports_and_writes_lose_nothing_and_double_nobody(
    real_url, config, storage, monkeypatch
):
    monkeypatch.setattr(loading, "CHUNK", CHUNK)
    chance = random.Random(7)
    noted: dict[int, str] = {}
    async with opened(real_url, config, storage, "overlapping") as (client, db):

        async def write(start):
            for n in range(start, PEOPLE, 3):
                body = {"phoneNumber": f"+39347{n:07}", "notes": f"note {n}"}
                for _ in range(50):
                    answer = await client.post("/contacts?onConflict=update", json=body)
                    if answer.is_success:
                        noted[n] = body["notes"]
                        break
                    assert answer.status_code in (409, 503), answer.text

        made = (await client.post("/contacts/list", json={"name": "Everybody"})).json()["id"]
        ids = [
            await confirmed(
                client, file_of(chance.sample(range(PEOPLE), PEOPLE), f"import {n}"), listIds=[made]
            )
            for n in range(3)
        ]
        account = (await client.get("/account")).json()["id"]

        await asyncio.gather(
            *(loading.load(db, storage, account, id) for id in ids), *map(write, range(3))
        )

        async with db.read() as tx:
            done = [await imports.get(tx, account, id) for id in ids]
            assert [each.status for each in done] == ["COMPLETED"] * 3, done
            assert [each.summary.total for each in done] == [PEOPLE] * 3
            assert await ledger.unbalanced(tx) == []
            assert await contacts.miscounted(tx) == []
            assert await lists.miscounted(tx) == []
            found = await tx.all(
                dict,
                "SELECT phone_number, first_name, notes FROM contacts"
                " WHERE account_id = %(account)s",
                account=account,
            )
        assert len(found) == len({each["phone_number"] for each in found}) == PEOPLE
        assert len(noted) == PEOPLE
        for each in found:
            assert each["notes"] == noted[int(each["phone_number"][6:])]
            assert each["first_name"] in {"import 0", "import 1", "import 2"}
        assert (await client.get(f"/contacts/list/{made}")).json()["contactCount"] == PEOPLE


async def test_undos_and_an_import_at_once_end(real_url, config, storage, monkeypatch):
    monkeypatch.setattr(loading, "CHUNK", CHUNK)
    async with opened(real_url, config, storage, "undoing") as (client, db):
        account = (await client.get("/account")).json()["id"]
        first = await confirmed(client, file_of(range(300), "first"))
        await loading.load(db, storage, account, first)
        second = await confirmed(client, file_of(range(299, -1, -1), "second"))
        await loading.load(db, storage, account, second)
        third = await confirmed(client, file_of(range(150, 450), "third"))
        async with db.transaction() as tx:
            for id in (first, second):
                assert await changes.begin_undo(tx, account, id)

        await asyncio.gather(
            undoing.undo(db, account, first),
            undoing.undo(db, account, second),
            undoing.undo(db, account, second),
            loading.load(db, storage, account, third),
        )

        async with db.read() as tx:
            done = [await imports.get(tx, account, id) for id in (first, second, third)]
            assert [each.status for each in done] == ["REVERTED", "REVERTED", "COMPLETED"]
            assert await contacts.miscounted(tx) == []
            found = await tx.column(
                "SELECT first_name FROM contacts WHERE account_id = %(account)s"
                " AND phone_number >= '+393470000150'",
                account=account,
            )
        assert found == ["third"] * 300
