"""Exports over HTTP, with the run called as the worker would."""

import hashlib
from datetime import datetime, timedelta

import pytest

from rubrica.accounts import queries as account_queries
from rubrica.accounts import service as accounts
from rubrica.accounts.model import KeyWish
from rubrica.exports import expire

NUMBERS = ["+393471234567", "+393471234568", "+393471234569"]


@pytest.fixture
async def people(api):
    """Three contacts, by their ids."""
    return [
        (await api.post("/contacts", json={"phoneNumber": n, "firstName": f"P{i}"})).json()["id"]
        for i, n in enumerate(NUMBERS)
    ]


async def a_list(api, name, ids):
    made = (await api.post("/contacts/list", json={"name": name})).json()["id"]
    await api.post("/contacts/list/contacts", json={"listIds": [made], "contactIds": ids})
    return made


async def test_everything_is_exported_where_nothing_is_chosen(api, people, table):
    await api.post("/contacts/fields", json={"key": "city", "label": "Città"})
    await api.patch(
        f"/contacts/{people[0]}", json={"customFields": {"city": "Forlì"}, "tags": ["a", "b"]}
    )
    contact = (await api.get(f"/contacts/{people[0]}")).json()

    header, *rows = await table({})

    assert header == [
        *(
            name
            for name in contact
            if name
            not in (
                "lists",
                "subscriptions",
                "customFields",
                "tags",
                "isValid",
                "invalidSource",
                "phoneType",
                "countryCode",
                "communicationSupported",
                "isTest",
                "createdAt",
                "updatedAt",
            )
        ),
        "tags",
        "isValid",
        "phoneType",
        "countryCode",
        "communicationSupported",
        "isTest",
        "createdAt",
        "updatedAt",
        "customFields.city",
    ]
    assert [row[0] for row in rows] == [str(id) for id in people]
    first = dict(zip(header, rows[0], strict=True))
    for name in ("id", "phoneNumber", "firstName", "fullName", "phoneType", "countryCode"):
        assert first[name] == str(contact[name])
    for name in ("createdAt", "updatedAt"):
        assert datetime.fromisoformat(first[name]) == datetime.fromisoformat(contact[name])
    assert first["lastName"] == first["notes"] == ""
    assert (first["isValid"], first["isTest"]) == ("true", "false")
    assert first["tags"] == "a, b"
    assert first["communicationSupported"] == "SMS, VOICE"
    assert first["customFields.city"] == "Forlì"


async def test_an_export_without_a_body_is_one_of_everything(api, people, run):
    answer = await api.post("/exports/contacts")
    assert answer.status_code == 202, answer.text
    await run(answer.json()["id"])
    assert (await api.get(f"/exports/{answer.json()['id']}")).json()["rowCount"] == 3


async def test_an_export_tells_what_it_made(api, people, export):
    done, content = await export({})

    assert done["rowCount"] == done["progress"]["processedRows"] == 3
    assert done["size"] == len(content)
    assert done["sha256"] == hashlib.sha256(content).hexdigest()
    assert done["isAvailableForDownload"] is True
    ends, expires = (datetime.fromisoformat(done[name]) for name in ("finishedAt", "expiresAt"))
    assert abs(expires - ends - timedelta(days=7)) < timedelta(seconds=1)


async def test_members_of_several_lists_come_once(api, people, table):
    one, two = await a_list(api, "One", people[:2]), await a_list(api, "Two", people[1:2])

    assert await table({"listIds": [one, two], "columns": ["phoneNumber"]}) == [
        ["phoneNumber"],
        [NUMBERS[0]],
        [NUMBERS[1]],
    ]


async def test_contacts_are_exported_by_their_ids(people, table):
    assert await table({"contactIds": [people[2], people[0], people[0]], "columns": ["id"]}) == [
        ["id"],
        [str(people[0])],
        [str(people[2])],
    ]


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({"search": "P1"}, [1]), ({"phoneNumber": "347 123 4569"}, [2]), ({"isTest": True}, []),
        ({"createdFrom": "2020-01-01T00:00:00Z", "gender": None}, [0, 1, 2]),
        ({"tags": ["100%"]}, [0]),
        ({"communicationSupported": ["SMS"], "customFields": {"city": "L'Aquila"}}, [1]),
    ],
)  # fmt: skip
async def test_a_filter_chooses_as_it_does_in_a_search(api, people, table, filter, found):
    await api.post("/contacts/fields", json={"key": "city", "label": "Città"})
    await api.patch(f"/contacts/{people[0]}", json={"tags": ["100%"]})
    await api.patch(f"/contacts/{people[1]}", json={"customFields": {"city": "L'Aquila"}})

    assert await table({"filter": filter, "columns": ["id"]}) == [
        ["id"],
        *([str(people[i])] for i in found),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
async def test_cells_are_parted_by_the_delimiter_that_is_asked_for(api, table, delimiter):
    await api.post(
        "/contacts", json={"email": "a@b.it", "firstName": f"A{delimiter}B", "notes": 'Line\n"two"'}
    )

    assert await table(
        {"delimiter": delimiter, "columns": ["firstName", "email", "notes"]}, delimiter
    ) == [["firstName", "email", "notes"], [f"A{delimiter}B", "a@b.it", 'Line\n"two"']]


async def test_formulas_are_disarmed_unless_that_is_not_wanted(api, table):
    values = ["=1+1", "+1", "-1", "@SUM(A1)", "'t Hooft", "''", "a=b"]
    for number, value in enumerate(values):
        await api.post(
            "/contacts", json={"phoneNumber": f"+3934712345{number:02}", "company": value}
        )
    columns = ["phoneNumber", "company"]

    safe = (await table({"columns": columns}))[1:]
    plain = (await table({"columns": columns, "spreadsheetSafe": False}))[1:]

    assert [row[1] for row in safe] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@SUM(A1)",
        "''t Hooft",
        "'''",
        "a=b",
    ]
    assert [row[1] for row in plain] == values
    assert {row[0][:5] for row in safe} == {"+3934"}


async def test_long_keys_of_custom_fields_stand_whole_in_the_header(api, people, table):
    keys = ["k" * 63 + letter for letter in "ab"]
    for key in keys:
        assert (
            await api.post("/contacts/fields", json={"key": key, "label": key})
        ).status_code == 201

    assert (await table({}))[0][-2:] == [f"customFields.{key}" for key in keys]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"format": "PDF"}, "format"),
        ({"format": "xlsx"}, "format"),
        ({"format": "XLSX", "delimiter": ","}, "delimiter"),
        ({"format": "JSONL", "delimiter": ";"}, "delimiter"),
        ({"format": "VCF", "delimiter": ";"}, "delimiter"),
        ({"format": "VCF", "columns": ["id"]}, "columns"),
        ({"format": "VCF", "columns": []}, "columns"),
        ({"format": "VCF", "vcardVersion": "2.1"}, "vcardVersion"),
        ({"format": "JSONL", "vcardVersion": "4.0"}, "vcardVersion"),
        ({"format": "XLSX", "vcardVersion": "4.0"}, "vcardVersion"),
        ({"vcardVersion": "3.0"}, "vcardVersion"),
        ({"format": "JSONL", "columns": ["id", "nope"]}, "columns[1]"),
        ({"listIds": []}, "listIds"),
        ({"contactIds": []}, "contactIds"),
        ({"contactIds": [1], "filter": {}}, "filter"),
        ({"listIds": [1], "contactIds": [1]}, "contactIds"),
        ({"columns": []}, "columns"),
        ({"columns": ["id", "phone"]}, "columns[1]"),
        ({"columns": ["id", "customFields.nope"]}, "columns[1]"),
        ({"columns": ["lists"]}, "columns[0]"),
        ({"columns": ["id", "email", "id"]}, "columns[2]"),
        ({"delimiter": ":"}, "delimiter"),
        ({"delimiter": ""}, "delimiter"),
        ({"spreadsheetSafe": "yes"}, "spreadsheetSafe"),
        ({"filter": {"customFields": {"nope": "1"}}}, "customFields.nope"),
        ({"filter": {"nope": 1}}, "filter.nope"),
        ({"contactIds": [0]}, "contactIds[0]"),
    ],
)
async def test_what_cannot_be_exported_is_refused(api, people, wish, field):
    answer = await api.post("/exports/contacts", json=wish)

    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await api.get("/exports")).json()["content"] == []


async def test_unknown_columns_are_answered_with_those_there_are(api):
    await api.post("/contacts/fields", json={"key": "city", "label": "Città"})
    answer = await api.post("/exports/contacts", json={"columns": ["city"]})
    assert "“city” is no column" in answer.json()["detail"]
    assert "phoneNumber" in answer.json()["detail"]
    assert "customFields.city" in answer.json()["detail"]


@pytest.mark.parametrize(
    "wish", [{"listIds": [99]}, {"filter": {"listIds": [99]}}, {"filter": {"notListIds": [99]}}]
)
async def test_lists_that_are_not_there_are_not_found(api, wish):
    answer = await api.post("/exports/contacts", json=wish)
    assert (answer.status_code, answer.json()["code"], answer.json()["missing"]) == (
        404,
        "list_not_found",
        [99],
    )


async def test_contacts_that_are_not_there_are_not_found(api, people):
    answer = await api.post("/exports/contacts", json={"contactIds": [people[0], people[2] + 1]})
    assert (answer.status_code, answer.json()["code"], answer.json()["missing"]) == (
        404,
        "contact_not_found",
        [people[2] + 1],
    )


async def test_an_export_runs_again_on_fresh_data_under_the_same_id(api, people, export, run):
    first, before = await export({"columns": ["phoneNumber"]})
    await api.delete(f"/contacts/{people[0]}")

    answer = await api.post(f"/exports/{first['id']}")
    assert (answer.status_code, answer.json()["status"], answer.json()["run"]) == (
        202,
        "PENDING",
        2,
    )
    meanwhile = (await api.get(f"/exports/{first['id']}")).json()
    assert (meanwhile["sha256"], meanwhile["rowCount"], meanwhile["isAvailableForDownload"]) == (
        first["sha256"],
        3,
        True,
    )
    assert (await api.get(meanwhile["downloadUrl"])).content == before
    again = await api.post(f"/exports/{first['id']}")
    assert (again.status_code, again.json()["code"]) == (409, "export_running")

    await run(first["id"])
    second = (await api.get(f"/exports/{first['id']}")).json()
    assert (second["status"], second["rowCount"], second["run"]) == ("COMPLETED", 2, 2)
    assert NUMBERS[0] not in (await api.get(second["downloadUrl"])).text
    assert (await api.get(first["downloadUrl"])).status_code == 410
    assert (await api.get("/exports")).json()["totalElements"] == 1


async def test_a_run_that_is_asked_for_twice_is_done_once(api, people, export, run, tx):
    done, _ = await export({})
    await run(done["id"])
    after = (await api.get(f"/exports/{done['id']}")).json()
    assert (after["finishedAt"], after["sha256"]) == (done["finishedAt"], done["sha256"])
    assert await tx.column("SELECT old_keys FROM exports") == [[]]


async def test_an_export_whose_list_is_gone_cannot_run_again(api, people, export):
    made = await a_list(api, "One", people)
    done, content = await export({"listIds": [made]})
    await api.delete(f"/contacts/list/{made}")

    answer = await api.post(f"/exports/{done['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "list_not_found")
    assert (await api.get(done["downloadUrl"])).content == content


async def test_what_goes_between_asking_and_running_makes_the_run_fail_with_the_reason(
    api, people, export, run
):
    await api.post("/contacts/fields", json={"key": "city", "label": "Città"})
    done, content = await export({"columns": ["id", "customFields.city"]})
    await api.post(f"/exports/{done['id']}")
    await api.delete("/contacts/fields/city")
    await run(done["id"])

    failed = (await api.get(f"/exports/{done['id']}")).json()
    assert failed["status"] == "FAILED"
    assert failed["error"]["code"] == "invalid"
    assert "customFields.city" in failed["error"]["message"]
    assert (await api.get(failed["downloadUrl"])).content == content


async def test_contacts_deleted_since_are_left_out_of_a_run(api, people, export, run):
    done, _ = await export({"contactIds": people})
    await api.delete(f"/contacts/{people[1]}")
    await api.post(f"/exports/{done['id']}")
    await run(done["id"])
    assert (await api.get(f"/exports/{done['id']}")).json()["rowCount"] == 2


async def test_files_are_deleted_when_their_time_is_over(
    api, people, export, run, db, storage, tx, tmp_path
):
    done, _ = await export({})
    kept = lambda: [file.name for file in (tmp_path / "files").rglob("*.csv")]  # noqa: E731
    await expire(db, storage)
    assert len(kept()) == 1

    await tx.run("UPDATE exports SET expires_at = now() - interval '1 s'")
    assert (await api.get(done["downloadUrl"])).status_code == 410
    await expire(db, storage)
    assert kept() == []
    gone = (await api.get(f"/exports/{done['id']}")).json()
    assert (
        gone["status"],
        gone["isAvailableForDownload"],
        gone["downloadUrl"],
        gone["rowCount"],
    ) == ("EXPIRED", False, None, 3)

    assert (await api.post(f"/exports/{done['id']}")).status_code == 202
    await run(done["id"])
    assert (await api.get(f"/exports/{done['id']}")).json()["isAvailableForDownload"] is True
    assert len(kept()) == 1


async def test_the_file_of_the_run_before_is_deleted(
    api, people, export, run, db, storage, tmp_path
):
    done, _ = await export({})
    await api.post(f"/exports/{done['id']}")
    await run(done["id"])
    await expire(db, storage)
    assert [file.name.split("-")[1] for file in (tmp_path / "files").rglob("*.csv")] == ["2"]


async def test_exports_are_listed_newest_first_by_page_and_by_cursor(api, run):
    ids = [(await api.post("/exports/contacts", json={})).json()["id"] for _ in range(5)]
    await run(ids[0])
    newest = ids[::-1]

    for page in range(3):
        answer = (await api.get("/exports", params={"limit": 2, "page": page})).json()
        assert [e["id"] for e in answer["content"]] == newest[2 * page : 2 * page + 2]
        assert (answer["totalElements"], answer["totalPages"]) == (5, 3)
    seen, cursor = [], None
    while True:
        answer = (
            await api.get("/exports", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        ).json()
        seen += [e["id"] for e in answer["content"]]
        cursor = answer["nextCursor"]
        if cursor is None:
            break
    assert seen == newest
    some = (await api.get("/exports", params={"status": "COMPLETED"})).json()
    assert [e["id"] for e in some["content"]] == ids[:1]
    assert some["content"][0]["downloadUrl"]


async def test_a_cursor_belongs_to_its_query(api):
    for _ in range(2):
        await api.post("/exports/contacts", json={})
    cursor = (await api.get("/exports", params={"limit": 1})).json()["nextCursor"]
    for query in ({"cursor": cursor, "status": "FAILED"}, {"cursor": "zz"}):
        answer = await api.get("/exports", params=query)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")
    assert (await api.get("/exports", params={"nope": 1})).status_code == 400


async def test_the_ids_that_were_asked_for_are_not_repeated(api, people):
    answer = (await api.post("/exports/contacts", json={"contactIds": people})).json()
    assert "contactIds" not in answer
    filtered = (await api.post("/exports/contacts", json={"filter": {"search": "P1"}})).json()
    assert filtered["filter"] == {"search": "P1"}


async def test_an_export_of_another_account_is_one_that_never_existed(api, people, export, other):
    done, _ = await export({})
    for answer in (
        await api.get(f"/exports/{done['id']}", headers=other),
        await api.post(f"/exports/{done['id']}", headers=other),
        await api.get("/exports/999"),
        await api.post("/exports/999"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "export_not_found")
    assert (await api.get("/exports", headers=other)).json()["content"] == []


async def test_an_export_holds_no_contact_of_another_account(api, people, export, other):
    made = await a_list(api, "One", people)
    await api.post("/contacts", json={"email": "mine@example.com"}, headers=other)

    assert (
        await api.post("/exports/contacts", json={"listIds": [made]}, headers=other)
    ).status_code == 404
    assert (
        await api.post("/exports/contacts", json={"contactIds": people}, headers=other)
    ).status_code == 404
    done, content = await export({"columns": ["email"]}, headers=other)
    assert content.decode("utf-8-sig") == '"email"\n"mine@example.com"\n'
    assert done["rowCount"] == 1


async def test_scopes_say_who_may_export(api, tx, key):
    account = (await account_queries.account_by_name(tx, "acme")).id
    keys = {}
    for scopes in (["exports:read"], ["exports:write"], ["contacts:write"]):
        wish = KeyWish(name=scopes[0], scopes=scopes, rate_limit=None)
        keys[scopes[0]] = {"X-API-Key": (await accounts.create_key(tx, account, wish)).key}
    made = (await api.post("/exports/contacts", json={}, headers=keys["exports:write"])).json()[
        "id"
    ]

    statuses = {
        scope: [
            (await api.get("/exports", headers=headers)).status_code,
            (await api.get(f"/exports/{made}", headers=headers)).status_code,
            (await api.post(f"/exports/{made}", headers=headers)).status_code,
            (await api.post("/exports/contacts", json={}, headers=headers)).status_code,
        ]
        for scope, headers in keys.items()
    }
    assert statuses == {
        "exports:read": [200, 200, 403, 403],
        "exports:write": [200, 200, 409, 202],
        "contacts:write": [403] * 4,
    }
