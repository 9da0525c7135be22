"""Imports end to end, over HTTP, with the loader called as the worker would."""

import pytest

from rubrica.formats import records
from rubrica.imports import analysing, service, uploads

CSV = """Nome;Cognome;Cellulare;E-mail;Città
Mario;Rossi;347 123 4567;mario@example.com;Roma
Anna;Bianchi;+39 348 1234567;;Città di Castello
Ugo;Verdi;12;;Bari
Ada;Neri;;ADA@example.com;Como
Mario;Rossi;0039 347 1234567;mario.rossi@example.com;Milano
;;;;
Eva;;;;
""".encode("cp1252")


async def upload(api, content=CSV, name="rubrica.csv", **fields):
    return await api.post("/contacts/upload", files={"file": (name, content)}, data=fields)


async def test_a_file_goes_in_in_two_steps(api, run):
    answer = await upload(api)
    assert answer.status_code == 200, answer.text
    preview = answer.json()
    assert preview["encoding"] == "cp1252"
    assert preview["delimiter"] == ";"
    assert preview["totalRows"] == 6
    assert [c["suggestedField"] for c in preview["columns"]] == [
        "firstName",
        "lastName",
        "phoneNumber",
        "email",
        None,
    ]
    assert (await api.get("/contacts")).json()["totalElements"] == 0

    made = (await api.post("/contacts/list", json={"name": "Clienti"})).json()
    answer = await api.post(
        "/contacts/mapped/file",
        json={
            "uploadId": preview["uploadId"],
            "mapping": preview["mapping"],
            "listIds": [made["id"]],
        },
    )
    assert answer.status_code == 202, answer.text
    await run(answer.json()["id"])

    done = (await api.get(f"/imports/{answer.json()['id']}")).json()
    assert done["status"] == "COMPLETED", done
    assert done["summary"] == {
        "total": 6,
        "created": 3,
        "updated": 0,
        "unchanged": 0,
        "skipped": 0,
        "duplicates": 1,
        "rejected": 2,
    }
    assert done["rejectedByCode"] == {"invalid_phone": 1, "no_identity": 1}
    assert (await api.get(f"/contacts/list/{made['id']}")).json()["contactCount"] == 3
    found = (await api.get("/contacts", params={"search": "rossi"})).json()["content"]
    assert [(c["phoneNumber"], c["email"]) for c in found] == [
        ("+393471234567", "mario.rossi@example.com")
    ]
    rows = (await api.get(f"/imports/{done['id']}/rows")).json()["content"]
    assert [(r["row"], r["outcome"]) for r in rows] == [
        (2, "CREATED"),
        (3, "CREATED"),
        (4, "REJECTED"),
        (5, "CREATED"),
        (6, "DUPLICATE"),
        (8, "REJECTED"),
    ]
    rejects = await api.get(f"/imports/{done['id']}/rejects")
    assert '"Ugo";"Verdi";"12";"";"Bari";"invalid_phone"' in rejects.text


async def test_a_display_name_serves_the_rows_whose_other_names_are_blank(api, run):
    content = "First Name,Last Name,Display Name,Email\n"
    content += "Anna,Rossi,Annina,a@example.com\n,,Ugo Verdi,u@example.com\n"
    seen = (await upload(api, content)).json()
    wish = {"uploadId": seen["uploadId"], "mapping": seen["mapping"]}
    await run((await api.post("/contacts/mapped/file", json=wish)).json()["id"])
    found = (await api.get("/contacts")).json()["content"]
    assert [(each["firstName"], each["lastName"]) for each in found] == [
        ("Anna", "Rossi"), ("Ugo", "Verdi"),
    ]  # fmt: skip


@pytest.mark.parametrize("head", ["true", "false"])
async def test_a_table_of_too_many_columns_is_refused(api, head):
    content = ",".join(f"c{number}" for number in range(20_000)) + "\n" + ",".join("1" * 20_000)
    answer = await upload(api, content, removeHead=head)
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_columns")


async def test_a_very_long_name_in_any_script_is_stored(api, run):
    long = "".join(chr(0x4E00 + n) for n in range(499))
    content = f"First Name,Last Name,Mobile Phone\n{long},{long},3471234567\n"
    seen = (await upload(api, content)).json()
    wish = {"uploadId": seen["uploadId"], "mapping": seen["mapping"]}
    id = (await api.post("/contacts/mapped/file", json=wish)).json()["id"]
    await run(id)
    assert (await api.get(f"/imports/{id}")).json()["summary"]["created"] == 1
    (found,) = (await api.get("/contacts", params={"search": long[:3]})).json()["content"]
    assert found["fullName"] == f"{long} {long}"


async def test_an_upload_whose_rest_cannot_be_read_says_so(api, db, storage, tx, monkeypatch):
    monkeypatch.setattr(analysing, "SECONDS", 0.0)
    monkeypatch.setattr(records, "LONGEST", 100_000)
    content = "phone\n" + "3471234567\n" * 150_000 + "x" * 200_000
    seen = (await upload(api, content)).json()
    assert not seen["complete"]
    account = await tx.value(
        "SELECT account_id FROM uploads WHERE id = %(id)s", id=seen["uploadId"]
    )
    await service.analyse_whole(db, storage, account, seen["uploadId"])
    again = (await api.get(f"/contacts/upload/{seen['uploadId']}")).json()
    assert again["complete"]
    assert "unreadable_record" in {each["code"] for each in again["warnings"]}


async def test_an_expired_upload_loses_its_file_at_once_and_its_name_in_a_week(api, tx):
    id = (await upload(api)).json()["uploadId"]
    age = "UPDATE uploads SET expires_at = now() - %(age)s::interval WHERE id = %(id)s"
    await tx.run(age, age="1 hour", id=id)
    assert len(await uploads.delete_expired(tx)) == 1
    assert await uploads.delete_expired(tx) == []
    answer = await api.get(f"/contacts/upload/{id}")
    assert (answer.status_code, answer.json()["code"]) == (410, "upload_expired")
    await tx.run(age, age="8 days", id=id)
    await uploads.delete_expired(tx)
    assert (await api.get(f"/contacts/upload/{id}")).status_code == 404


async def test_the_file_of_a_confirmed_upload_is_let_go_once_more(api, run, tx):
    seen = (await upload(api)).json()
    wish = {"uploadId": seen["uploadId"], "mapping": seen["mapping"]}
    id = (await api.post("/contacts/mapped/file", json=wish)).json()["id"]
    age = "UPDATE uploads SET expires_at = now() - interval '8 days' WHERE id = %(id)s"
    await tx.run(age, id=seen["uploadId"])
    assert await uploads.delete_expired(tx) == []
    await run(id)
    assert len(await uploads.delete_expired(tx)) == 1


async def test_a_number_that_stands_before_the_mobile_column_serves_where_that_is_blank(api, run):
    content = "Telefon geschäftlich,Name,Mobiltelefon\n+39 06 12345678,Anna Rossi,347 1234567\n"
    content += "+39 06 87654321,Ugo Verdi,\n"
    seen = (await upload(api, content)).json()
    wish = {"uploadId": seen["uploadId"], "mapping": seen["mapping"]}
    await run((await api.post("/contacts/mapped/file", json=wish)).json()["id"])
    found = (await api.get("/contacts")).json()["content"]
    assert [(each["firstName"], each["phoneNumber"]) for each in found] == [
        ("Anna", "+393471234567"), ("Ugo", "+390687654321"),
    ]  # fmt: skip
