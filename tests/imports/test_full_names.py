"""Full names of files: in which order they are read, and that none is lost unseen."""

import pytest

CONTENT = "{};Cellulare\nRossi Mario;3471234501\nDe Luca Anna Maria;3471234502\n"


async def people(api):
    found = (await api.get("/contacts", params={"limit": 50})).json()["content"]
    return [(each["firstName"], each["lastName"]) for each in found]


async def test_the_order_that_a_header_states_is_suggested_and_obeyed(api, take_in):
    seen, _, _ = await take_in(CONTENT.format("Cognome e nome"))
    assert seen["mapping"][0] == {
        "column": 0, "field": "fullName", "policy": None, "format": "LAST_FIRST",
    }  # fmt: skip
    assert seen["columns"][0]["nameOrder"] == "LAST_FIRST"
    assert seen["columns"][0]["names"][1] == {
        "fullName": "De Luca Anna Maria", "firstName": "Anna Maria", "lastName": "De Luca",
    }  # fmt: skip
    assert sorted(await people(api)) == [("Anna Maria", "De Luca"), ("Mario", "Rossi")]


@pytest.mark.parametrize(
    ("header", "format", "expected"),
    [
        ("Cognome e nome", None, ("Mario", "Rossi")),
        ("Cognome e nome", "FIRST_LAST", ("Rossi", "Mario")),
        ("Nominativo", None, ("Rossi", "Mario")),
        ("Nominativo", "LAST_FIRST", ("Mario", "Rossi")),
    ],
)
async def test_what_the_mapping_says_of_the_order_counts_before_the_header(
    api, take_in, header, format, expected
):
    mapping = [{"column": 0, "field": "fullName", "format": format},
               {"column": 1, "field": "phoneNumber"}]  # fmt: skip
    await take_in(CONTENT.format(header), mapping=mapping, dateFormat="DMY")
    assert expected in await people(api)


@pytest.mark.parametrize(
    ("field", "format"), [("fullName", "DMY"), ("birthDate", "LAST_FIRST"), ("fullName", "LAST")]
)
async def test_a_format_of_another_field_is_refused(api, field, format):
    answer = await api.post("/contacts/upload", files={"file": ("a.csv", CONTENT.format("Nome"))})
    mapping = [{"column": 0, "field": field, "format": format},
               {"column": 1, "field": "phoneNumber"}]  # fmt: skip
    wish = {"uploadId": answer.json()["uploadId"], "mapping": mapping}
    answer = await api.post("/contacts/mapped/file", json=wish)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("mapping[0].format", "invalid_format")
    assert ("LAST_FIRST" in error["message"]) == (field == "fullName")


async def lost(api, content):
    answer = await api.post("/contacts/upload", files={"file": ("a.csv", content)})
    return [
        (each["column"], each["examples"])
        for each in answer.json()["warnings"]
        if each["code"] == "names_not_kept"
    ]


NAMES = ("Anna Rossi", "Ugo De Santis", "Zoë Neri")


async def test_names_that_no_column_is_suggested_for_are_warned_of(api):
    rows = "".join(f"{name};347123450{n}\n" for n, name in enumerate(NAMES))
    assert await lost(api, f"Zzz;Cellulare\n{rows}") == [(0, list(NAMES))]
    assert await lost(api, f"Nominativo;Cellulare\n{rows}") == []
    assert await lost(api, f"Agente;Cellulare\n{rows}") == []


async def test_words_that_recur_and_single_words_are_not_taken_for_lost_names(api):
    jobs = "".join(f"Sales Manager;347123450{n}\n" for n in range(5))
    assert await lost(api, f"Zzz;Cellulare\n{jobs}") == []
    cities = "".join(f"{city};347123450{n}\n" for n, city in enumerate(("Roma", "Bari", "Asti")))
    assert await lost(api, f"Zzz;Cellulare\n{cities}") == []
