"""Imports end to end, over HTTP, with the loader called as the worker would."""

import pytest

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
    assert "Ugo,Verdi,12,,Bari,invalid_phone" in rejects.text


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
