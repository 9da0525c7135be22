"""Recipes: mappings with their options that are kept for files of the same headers."""

import itertools

import pytest

from rubrica.imports.model import CardConfirmation
from rubrica.imports.recipes.model import Choices, fingerprint

SHOP = "Nome;Cell;E-Mail;Città\nAnna;347 1234567;anna@example.com;Roma\n"
MAPPING = [
    {"column": "Cell", "field": "phoneNumber"},
    {"column": 0, "field": "firstName"},
    {"column": "Città", "field": "customFields.town"},
]
CARD = "BEGIN:VCARD\nVERSION:4.0\nFN:Anna Rossi\nTEL:+39 347 1234567\nTITLE:Capo\nEND:VCARD\n"


@pytest.fixture
def upload(api):
    async def upload(content=SHOP, name="shop.csv", path="/contacts/upload"):
        answer = await api.post(path, files={"file": (name, content)})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return upload


@pytest.fixture
def save(api):
    async def save(name="Shop", status=201, **body):
        answer = await api.post("/imports/recipes", json={"name": name} | body)
        assert answer.status_code == status, answer.text
        return answer.json()

    return save


@pytest.fixture
async def shop(api, save):
    await api.post("/contacts/fields", json={"key": "town", "label": "Town"})
    return await save(headers=["Nome", "Cell", "E-Mail", "Città"], mapping=MAPPING, tags=["shop"])


@pytest.fixture
def confirm(api, run):
    async def confirm(seen, path="file", **body):
        wish = {"uploadId": seen["uploadId"]} | body
        answer = await api.post(f"/contacts/mapped/{path}", json=wish)
        assert answer.status_code == 202, answer.text
        await run(answer.json()["id"])
        return (await api.get(f"/imports/{answer.json()['id']}")).json()

    return confirm


def test_a_recipe_keeps_all_that_a_confirmation_takes_of_any_file():
    of_one_file = {
        "upload_id", "recipe_id", "corrections", "plan_token", "dry_run", "expected_removals",
    }  # fmt: skip
    assert {*Choices.__struct_fields__} == {*CardConfirmation.__struct_fields__} - of_one_file


async def test_a_recipe_keeps_its_columns_by_their_headers(api, shop):
    assert [line["column"] for line in shop["mapping"]] == ["Cell", "Nome", "Città"]
    assert shop["headers"] == ["Nome", "Cell", "E-Mail", "Città"]
    assert (shop["tags"], shop["mode"], shop["cards"]) == (["shop"], "CREATE_UPDATE", False)
    assert (await api.get("/imports/recipes")).json() == [shop]


async def test_an_upload_whose_headers_match_is_answered_with_the_recipe(api, shop, upload):
    content = "città;E-MAIL ; Nome;CELL;\nRoma;a@example.com;Anna;347 1234567;\n"
    seen = await upload(content)
    assert seen["recipe"] == shop
    fields = [(line["column"], line["field"]) for line in seen["mapping"]]
    assert fields[:3] == [(3, "phoneNumber"), (2, "firstName"), (0, "customFields.town")]
    assert {field for _, field in fields[3:]} == {None}
    again = (await api.get(f"/contacts/upload/{seen['uploadId']}")).json()
    assert (again["recipe"], again["mapping"]) == (shop, seen["mapping"])


async def test_other_headers_do_not_match(shop, upload):
    for content in (SHOP.replace("Cell", "Fax"), SHOP.replace("Nome;", ""), "Anna;347 1234567\n"):
        seen = await upload(content)
        assert seen["recipe"] is None
        assert len(seen["mapping"]) == len(seen["columns"])


async def test_a_recipe_fills_what_the_body_leaves_out(api, shop, upload, confirm):
    town = {"createFields": False, "recipeId": shop["id"]}
    done = await confirm(await upload(), **town)
    assert done["summary"]["created"] == 1
    (found,) = (await api.get("/contacts")).json()["content"]
    assert found["firstName"] == "Anna"
    assert (found["customFields"], found["email"]) == ({"town": "Roma"}, None)
    assert found["tags"] == ["shop"]


async def test_what_the_body_says_wins(api, shop, upload, confirm):
    mapping = [{"column": 2, "field": "email"}]
    await confirm(await upload(), recipeId=shop["id"], mapping=mapping, tags=[])
    (found,) = (await api.get("/contacts")).json()["content"]
    assert (found["email"], found["phoneNumber"]) == ("anna@example.com", None)
    assert found["tags"] == []


async def test_without_a_recipe_a_mapping_is_needed(api, upload):
    seen = await upload()
    answer = await api.post("/contacts/mapped/file", json={"uploadId": seen["uploadId"]})
    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == ["mapping"]


async def test_a_recipe_for_other_headers_names_the_columns_that_are_not_there(api, shop, upload):
    seen = await upload(SHOP.replace("Cell", "Fax").replace("Città", "Cap"))
    wish = {"uploadId": seen["uploadId"], "recipeId": shop["id"]}
    answer = (await api.post("/contacts/mapped/file", json=wish)).json()
    assert (answer["status"], answer["code"]) == (400, "recipe_misfit")
    assert "“Cell”, “Città”" in answer["detail"]
    assert [e["field"] for e in answer["errors"]] == ["mapping[0].column", "mapping[2].column"]


async def test_a_list_or_field_that_is_gone_is_named(api, shop, upload):
    made = (await api.post("/contacts/list", json={"name": "Customers"})).json()["id"]
    change = {"listIds": [made]}
    assert (await api.put(f"/imports/recipes/{shop['id']}", json=change)).status_code == 200
    await api.delete(f"/contacts/list/{made}")
    await api.delete("/contacts/fields/town")
    seen = await upload()
    wish = {"uploadId": seen["uploadId"], "recipeId": shop["id"]}
    answer = (await api.post("/contacts/mapped/file", json=wish)).json()
    assert (answer["status"], answer["code"], answer["missing"]) == (404, "list_not_found", [made])
    assert f"“Shop” names list {made}" in answer["detail"]
    answer = (await api.post("/contacts/mapped/file", json=wish | {"listIds": []})).json()
    assert (answer["status"], answer["code"]) == (400, "invalid_mapping")
    assert "“town”" in answer["detail"]


async def test_a_list_that_a_recipe_makes_is_made_once(api, shop, upload, confirm):
    change = {"newList": {"name": "Visitors"}}
    await api.put(f"/imports/recipes/{shop['id']}", json=change)
    for phone in ("347 1234567", "347 7654321"):
        await confirm(await upload(SHOP.replace("347 1234567", phone)), recipeId=shop["id"])
    (made,) = (await api.get("/contacts/list")).json()["content"]
    assert (made["name"], made["contactCount"]) == ("Visitors", 2)


async def test_a_name_is_a_recipes_alone(api, shop, save):
    assert (await save("  SHÓP ", 409, headers=["Cell"], mapping=MAPPING[:1]))["code"] == (
        "recipe_exists"
    )
    second = await save("Other", headers=["Cell"], mapping=MAPPING[:1])
    answer = await api.put(f"/imports/recipes/{second['id']}", json={"name": "shop"})
    assert answer.status_code == 409
    assert [r["name"] for r in (await api.get("/imports/recipes")).json()] == ["Other", "Shop"]


async def test_only_what_is_said_changes(api, shop, upload):
    answer = await api.put(f"/imports/recipes/{shop['id']}", json={"name": "Store"})
    changed = {"name", "updatedAt"}
    after = answer.json()
    assert {name for name in shop if after[name] != shop[name]} == changed
    answer = await api.put(f"/imports/recipes/{shop['id']}", json=after)
    assert {k: v for k, v in answer.json().items() if k != "updatedAt"} == {
        k: v for k, v in after.items() if k != "updatedAt"
    }
    seen = await upload(SHOP.replace("Nome;", "Nome;Fax;").replace("Anna;", "Anna;;"))
    assert seen["recipe"] is None
    answer = await api.put(f"/imports/recipes/{shop['id']}", json={"uploadId": seen["uploadId"]})
    assert answer.json()["headers"] == ["Nome", "Fax", "Cell", "E-Mail", "Città"]
    seen = (await api.get(f"/contacts/upload/{seen['uploadId']}")).json()
    assert seen["recipe"]["id"] == shop["id"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"mapping": MAPPING[:1]}, "headers"),
        ({"headers": ["Cell"], "cards": True}, "headers"),
        ({"headers": ["Cell"]}, "mapping"),
        ({"headers": ["Tel"], "mapping": MAPPING[:1]}, "mapping[0].column"),
        ({"headers": ["Cell"], "mapping": [{"column": 0, "field": "pet"}]}, "mapping[0].field"),
        ({"headers": ["Cell"], "mapping": MAPPING[:1], "matchBy": ["externalId"]}, "matchBy"),
        ({"headers": ["Cell"], "mapping": MAPPING[:1], "defaultCountry": "ZZ"}, "defaultCountry"),
        ({"headers": ["Cell"], "mapping": MAPPING[:1], "splitPhones": True}, "phonePreference"),
        ({"headers": ["Cell"], "mapping": MAPPING[:1], "corrections": []}, "corrections"),
    ],
)
async def test_a_recipe_that_could_not_be_confirmed_is_not_saved(save, body, field):
    refused = await save(status=400, **body)
    assert [error["field"] for error in refused["errors"]] == [field]


async def test_a_recipe_names_lists_and_uploads_that_are_there(save):
    assert (await save(status=404, uploadId="x", mapping=MAPPING[:1]))["code"] == "upload_not_found"
    refused = await save(status=404, headers=["Cell"], mapping=MAPPING[:1], listIds=[999999])
    assert refused["code"] == "list_not_found"


async def test_columns_of_one_name_are_known_by_their_places(save, upload, confirm, api):
    mapping = [{"column": 2, "field": "phoneNumber"}, {"column": 0, "field": "firstName"}]
    made = await save(headers=["Nome", "Tel", "Tel"], mapping=mapping)
    assert [line["column"] for line in made["mapping"]] == [2, "Nome"]
    seen = await upload("nome,tel,tel\nAnna,x,347 1234567\n")
    assert seen["recipe"]["id"] == made["id"]
    moved = await upload("tel,nome,tel\nx,Anna,347 1234567\n")
    assert moved["recipe"] is None
    await confirm(moved, recipeId=made["id"])  # the third is a “Tel” here too
    other = await upload("tel,tel,nome\nx,347 1234567,Anna\n")
    wish = {"uploadId": other["uploadId"], "recipeId": made["id"]}
    assert (await api.post("/contacts/mapped/file", json=wish)).json()["code"] == "recipe_misfit"


async def test_a_file_without_a_header_has_recipes_by_name_alone(save, upload, confirm, api):
    seen = await upload("Anna;347 1234567\nUgo;348 1234567\n")
    assert not seen["hasHeader"]
    mapping = [{"column": 1, "field": "phoneNumber"}]
    made = await save(uploadId=seen["uploadId"], mapping=mapping)
    assert made["headers"] == []
    again = await upload("Eva;349 1234567\nIda;340 1234567\n")
    assert again["recipe"] is None
    assert (await confirm(again, recipeId=made["id"]))["summary"]["created"] == 2
    with_header = {"uploadId": (await upload())["uploadId"], "recipeId": made["id"]}
    answer = await api.post("/contacts/mapped/file", json=with_header)
    assert answer.json()["code"] == "recipe_misfit"


async def test_cards_have_recipes_of_options(api, save, upload, confirm):
    made = await save("Cards", cards=True, createFields=True, splitPhones=True, tags=["card"])
    assert (made["cards"], made["headers"], made["mapping"]) == (True, [], [])
    seen = await upload(CARD, "a.vcf", "/contacts/upload/vcard")
    assert seen["recipe"]["id"] == made["id"]
    assert len(seen["mapping"]) > 20
    await confirm(seen, "vcard", recipeId=made["id"])
    (found,) = (await api.get("/contacts")).json()["content"]
    assert (found["customFields"], found["tags"]) == ({"jobTitle": "Capo"}, ["card"])
    table = {"uploadId": (await upload())["uploadId"], "recipeId": made["id"]}
    answer = (await api.post("/contacts/mapped/file", json=table)).json()
    assert (answer["code"], "for vCards" in answer["detail"]) == ("recipe_misfit", True)


async def test_cards_have_recipes_of_mappings_too(api, save, upload, confirm):
    seen = await upload(CARD, "a.vcf", "/contacts/upload/vcard")
    place = next(c["index"] for c in seen["columns"] if c["header"] == "jobTitle")
    mapping = [
        {"column": "phoneNumber", "field": "phoneNumber"},
        {"column": place, "field": "notes"},
        {"column": "customFields.rare", "field": "company"},
    ]
    made = await save("Cards", cards=True, mapping=mapping)
    assert [line["column"] for line in made["mapping"]][1] == "jobTitle"
    await confirm(seen, "vcard", recipeId=made["id"])
    (found,) = (await api.get("/contacts")).json()["content"]
    assert (found["notes"], found["fullName"]) == ("Capo", "")


async def test_of_several_recipes_the_one_written_last_is_answered(api, shop, save, upload):
    second = await save("Second", headers=shop["headers"], mapping=MAPPING[:1])
    assert (await upload())["recipe"]["id"] == second["id"]
    await api.put(f"/imports/recipes/{shop['id']}", json={"tags": []})
    assert (await upload())["recipe"]["id"] == shop["id"]
    assert (await api.delete(f"/imports/recipes/{shop['id']}")).status_code == 204
    assert (await api.delete(f"/imports/recipes/{shop['id']}")).status_code == 404
    assert (await upload())["recipe"]["id"] == second["id"]


async def test_recipes_of_others_are_neither_seen_nor_used(api, other, shop, upload):
    assert (await api.get("/imports/recipes", headers=other)).json() == []
    answer = await api.post("/contacts/upload", files={"file": ("shop.csv", SHOP)}, headers=other)
    assert answer.json()["recipe"] is None
    wish = {"uploadId": answer.json()["uploadId"], "recipeId": shop["id"]}
    answer = await api.post("/contacts/mapped/file", json=wish, headers=other)
    assert (answer.status_code, answer.json()["code"]) == (404, "recipe_not_found")


def test_the_order_of_columns_does_not_count_unless_one_is_told_by_its_place():
    for order in itertools.permutations(["Name", "Phone", "€"]):
        assert fingerprint(order) == fingerprint(["name ", "PHONE", "€", ""])
    assert fingerprint(["a", "a", "b"]) != fingerprint(["a", "b", "a"])
    assert fingerprint(["a", "", "b"]) != fingerprint(["a", "b", ""])
    assert fingerprint(["a", "b"]) != fingerprint(["a", "b", "c"])
    assert fingerprint(["a", "b"]) == fingerprint(["b", "a", "errorCode", "errorMessage"])
    assert fingerprint([]) is fingerprint(["", " "]) is None
