"""Dry runs that keep their word, and corrections of single cells."""

import asyncio

import pytest

from rubrica.accounts import service as accounts
from rubrica.accounts.model import KeyWish
from rubrica.imports import loading
from tests.imports.worlds import serial

PEOPLE = (
    "phone,first name,email\n347 1234567,Anna,\n348 1234567,Bea,bea@example.com\n"
    "3471234567,Anna,\n12,Nobody,\n"
)


@pytest.fixture
async def own(client, database):
    """A client with a key of an account of its own, on a real database."""
    async with database.transaction() as tx:
        account = await accounts.create_account(tx, f"planner {next(serial)}", "IT")
        wish = KeyWish(name="key", scopes=["admin"], rate_limit=None)
        client.headers["X-API-Key"] = (await accounts.create_key(tx, account, wish)).key
    client.account = account
    return client


@pytest.fixture
def foresee(own, database, stored_in):
    """Upload, rehearse, and return the wish with its token, and the dry run."""

    async def foresee(content=PEOPLE, **wish):
        seen = await own.post("/contacts/upload", files={"file": ("people.csv", content)})
        seen = seen.json()
        body = {"uploadId": seen["uploadId"], "mapping": seen["mapping"]} | wish
        answer = await own.post("/contacts/mapped/file", json=body | {"dryRun": True})
        assert answer.status_code == 202, answer.text
        id = answer.json()["id"]
        await loading.load(database, stored_in[1], own.account, id)
        dry = (await own.get(f"/imports/{id}")).json()
        assert dry["status"] == "COMPLETED", dry
        return body | {"planToken": dry["planToken"]}, dry

    return foresee


async def test_a_dry_run_shows_examples_of_each_outcome(own, foresee):
    body = {"phoneNumber": "+393481234567", "firstName": "Beate", "lastName": "Blu"}
    there = (await own.post("/contacts", json=body)).json()["id"]
    _, dry = await foresee()
    assert {outcome: len(rows) for outcome, rows in dry["examples"].items()} == {
        "CREATED": 1, "UPDATED": 1, "DUPLICATE": 1, "REJECTED": 1,
    }  # fmt: skip
    assert dry["examples"]["UPDATED"] == [
        {
            "row": 3,
            "contactId": there,
            "code": None,
            "message": None,
            "cells": ["348 1234567", "Bea", "bea@example.com"],
            "changes": {"firstName": ["Beate", "Bea"], "email": [None, "bea@example.com"]},
        }
    ]
    created = dry["examples"]["CREATED"][0]
    assert (created["row"], created["contactId"], created["changes"]) == (2, None, {})
    assert dry["examples"]["REJECTED"][0]["code"] == "invalid_phone"


async def test_a_plan_is_kept_where_nothing_changed(own, foresee):
    await own.post("/contacts", json={"phoneNumber": "+393481234567"})
    wish, _ = await foresee()
    await own.post("/contacts", json={"phoneNumber": "+393491234567", "email": "x@example.com"})
    answer = await own.post("/contacts/mapped/file", json=wish)
    assert answer.status_code == 202, answer.text


async def test_somebody_with_the_address_and_another_number_changes_no_plan(own, foresee):
    wish, _ = await foresee()
    body = {"phoneNumber": "+393491234567", "email": "bea@example.com"}
    await own.post("/contacts", json=body)
    assert (await own.post("/contacts/mapped/file", json=wish)).status_code == 202


async def refused(own, wish, word):
    answer = await own.post("/contacts/mapped/file", json=wish)
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_changed"), answer.text
    assert word in answer.json()["detail"]


@pytest.mark.parametrize(
    "newcomer",
    [{"phoneNumber": "+393471234567"}, {"email": "bea@example.com"}],
)
async def test_a_plan_is_refused_once_a_contact_came_that_its_rows_would_meet(
    own, foresee, newcomer
):
    wish, _ = await foresee()
    await own.post("/contacts", json=newcomer)
    await refused(own, wish, "a contact that came since")


async def test_a_plan_is_refused_once_a_contact_of_it_changed_or_went(own, foresee):
    there = (await own.post("/contacts", json={"phoneNumber": "+393481234567"})).json()["id"]
    wish, _ = await foresee()
    await own.patch(f"/contacts/{there}", json={"notes": "called"})
    await refused(own, wish, "a contact that the rows name")
    wish, _ = await foresee()
    await own.delete(f"/contacts/{there}")
    await refused(own, wish, "a contact that the rows name")


async def test_a_plan_is_refused_once_a_list_or_an_option_of_it_changed(own, foresee):
    made = (await own.post("/contacts/list", json={"name": "Fair"})).json()["id"]
    wish, _ = await foresee(listIds=[made])
    await refused(own, wish | {"mode": "CREATE"}, "the options")
    await refused(own, wish | {"newList": {"name": "another"}}, "the options")
    await asyncio.sleep(0.001)
    await own.put(f"/contacts/list/{made}", json={"name": "Fair 2026"})
    await refused(own, wish, "a list")


async def test_a_plan_of_another_file_or_of_nothing_is_refused(own, foresee):
    wish, _ = await foresee()
    other, _ = await foresee("phone,first name,email\n349 1234567,Carla,\n")
    await refused(own, wish | {"planToken": other["planToken"]}, "the file")
    await refused(own, wish | {"planToken": "nothing"}, "no dry run")
    await refused(own, wish | {"planToken": "\0"}, "no dry run")


async def test_a_plan_with_a_new_list_and_new_fields_is_kept(own, foresee):
    seen = await own.post("/contacts/upload", files={"file": ("people.csv", PEOPLE)})
    mapping = [
        {"column": 0, "field": "phoneNumber"},
        {"column": 1, "field": "customFields.nick"},
    ]
    assert seen.status_code == 200
    wish, _ = await foresee(mapping=mapping, createFields=True, newList={"name": "New"})
    assert (await own.post("/contacts/mapped/file", json=wish)).status_code == 202


async def test_corrections_stand_in_place_of_the_cells(api, take_in):
    _, done, rows = await take_in(
        PEOPLE,
        corrections=[
            {"row": 5, "column": "phone", "value": "349 1234567"},
            {"row": 3, "column": 2, "value": None},
            {"row": 4, "column": 0, "value": "nonsense"},
        ],
    )
    assert [row["outcome"] for row in rows] == ["CREATED", "CREATED", "REJECTED", "CREATED"]
    found = (await api.get("/contacts", params={"sortBy": "phoneNumber"})).json()["content"]
    assert [(each["phoneNumber"], each["email"]) for each in found] == [
        ("+393471234567", None), ("+393481234567", None), ("+393491234567", None),
    ]  # fmt: skip
    refused = (await api.get(f"/imports/{done['id']}/rejects")).text
    assert "nonsense" in refused
    assert done["warnings"] == []


async def test_a_correction_of_a_row_that_is_not_there_is_told(take_in):
    _, done, _ = await take_in(PEOPLE, corrections=[{"row": 99, "column": 0, "value": "1"}])
    assert [(each["code"], each["row"]) for each in done["warnings"]] == [
        ("correction_without_row", 99)
    ]


async def test_a_correction_names_a_column_of_the_file(api):
    seen = (await api.post("/contacts/upload", files={"file": ("p.csv", PEOPLE)})).json()
    body = {"uploadId": seen["uploadId"], "mapping": seen["mapping"]}
    corrections = [{"row": 2, "column": "fax", "value": "1"}]
    answer = await api.post("/contacts/mapped/file", json=body | {"corrections": corrections})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["corrections[0].column"]


async def test_a_dry_run_tells_what_it_would_suppress_and_suppresses_nothing(own, foresee):
    _, dry = await foresee(target="SUPPRESSIONS")
    assert dry["summary"] | {"total": 4} == {
        "total": 4, "created": 2, "updated": 0, "unchanged": 0, "skipped": 0, "duplicates": 1,
        "rejected": 1,
    }  # fmt: skip
    assert (await own.get("/suppressions")).json()["content"] == []


@pytest.fixture
def limited(own, database):
    async def limited(most):
        async with database.transaction() as tx:
            await tx.run(
                "UPDATE accounts SET contact_limit = %(most)s WHERE id = %(id)s",
                most=most,
                id=own.account,
            )

    return limited


async def load(own, database, stored_in, wish):
    wish = {name: value for name, value in wish.items() if name != "planToken"}
    id = (await own.post("/contacts/mapped/file", json=wish)).json()["id"]
    await loading.load(database, stored_in[1], own.account, id)
    return (await own.get(f"/imports/{id}")).json()


async def test_a_quota_is_told_at_the_dry_run_and_before_the_first_row(
    own, foresee, limited, database, stored_in
):
    await limited(1)
    wish, dry = await foresee()
    assert [(each["code"], each["count"]) for each in dry["warnings"]] == [("quota_exceeded", 2)]
    done = await load(own, database, stored_in, wish)
    assert (done["status"], done["error"]["code"]) == ("FAILED", "quota_exceeded")
    assert done["summary"]["total"] == 0
    assert (await own.get("/contacts")).json()["totalElements"] == 0


async def test_an_import_within_the_quota_comes_in_though_it_has_more_rows(
    own, foresee, limited, database, stored_in
):
    await limited(2)
    wish, dry = await foresee()
    assert dry["warnings"] == []
    done = await load(own, database, stored_in, wish)
    assert (done["status"], done["summary"]["created"]) == ("COMPLETED", 2)


async def test_rows_that_pass_the_quota_though_it_was_looked_at_are_rejected(
    own, foresee, limited, database, stored_in, monkeypatch
):
    wish, _ = await foresee()
    await limited(1)

    async def nothing(*_):
        pass

    monkeypatch.setattr(loading, "_check_room", nothing)
    done = await load(own, database, stored_in, wish)
    assert done["status"] == "COMPLETED"
    assert done["rejectedByCode"]["quota_exceeded"] >= 1
    assert (await own.get("/contacts")).json()["totalElements"] == 1


async def test_a_recipe_that_is_changed_breaks_the_word_of_a_dry_run(own, foresee):
    lines = [{"column": "phone", "field": "phoneNumber"}]
    body = {"name": "People", "headers": ["phone"], "mapping": lines, "tags": ["one"]}
    made = (await own.post("/imports/recipes", json=body)).json()
    at = f"/imports/recipes/{made['id']}"
    wish, _ = await foresee(recipeId=made["id"])
    await own.put(at, json={"tags": ["other"]})
    answer = (await own.post("/contacts/mapped/file", json=wish)).json()
    assert (answer["code"], "the options" in answer["detail"]) == ("plan_changed", True)
    await own.put(at, json={"tags": ["one"]})
    assert (await own.post("/contacts/mapped/file", json=wish)).status_code == 202


async def test_a_dry_run_that_was_stopped_gives_no_word(own, database, stored_in):
    seen = (await own.post("/contacts/upload", files={"file": ("people.csv", PEOPLE)})).json()
    body = {"uploadId": seen["uploadId"], "mapping": seen["mapping"], "dryRun": True}
    id = (await own.post("/contacts/mapped/file", json=body)).json()["id"]
    await own.post(f"/imports/{id}/cancel")
    await loading.load(database, stored_in[1], own.account, id)
    dry = (await own.get(f"/imports/{id}")).json()
    assert (dry["status"], dry["planToken"]) == ("CANCELLED", None)
