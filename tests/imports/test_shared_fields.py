"""Several columns for one field: which is taken, and that no other value is lost without a word."""

import pytest


async def people(api):
    found = (await api.get("/contacts", params={"limit": 50})).json()["content"]
    return {each["firstName"]: each for each in found}


def told(rows):
    return {
        row["row"]: [(each["code"], each["column"], each["value"]) for each in row["warnings"]]
        for row in rows
    }


PHONES = """Nome;Casa;Cellulare
Anna;06 12345678;347 1234501
Ugo;+39 347 1234502;3471234502
Elsa;;347 1234503
Dario;06 12345679;
"""
TWICE = [
    {"column": "Nome", "field": "firstName"},
    {"column": "Cellulare", "field": "phoneNumber"},
    {"column": "Casa", "field": "phoneNumber"},
]


async def test_a_value_that_another_column_comes_before_is_told_of(api, take_in):
    _, _, rows = await take_in(PHONES, mapping=TWICE)
    assert told(rows) == {2: [("value_not_kept", "Casa", "06 12345678")], 3: [], 4: [], 5: []}
    message = rows[0]["warnings"][0]["message"]
    assert message == "Not kept: phoneNumber is taken from “Cellulare”, which comes first."
    found = await people(api)
    assert found["Anna"]["phoneNumber"] == "+393471234501"
    assert found["Dario"]["phoneNumber"] == "+390612345679"


async def test_the_order_of_the_mapping_decides_and_not_that_of_the_file(api, take_in):
    await take_in(PHONES, mapping=[TWICE[2], TWICE[1], TWICE[0]])
    assert (await people(api))["Anna"]["phoneNumber"] == "+390612345678"


async def test_a_number_that_cannot_be_read_gives_way_to_the_next(api, take_in):
    content = "Nome;Casa;Cellulare\nAnna;06 12345678;da chiedere\n"
    _, done, rows = await take_in(content, mapping=TWICE)
    assert told(rows) == {2: [("invalid_phone", "Cellulare", "da chiedere")]}
    assert (await people(api))["Anna"]["phoneNumber"] == "+390612345678"
    _, done, _ = await take_in(content, mapping=TWICE, onBadValue="REJECT_ROW")
    assert done["rejectedByCode"] == {"invalid_phone": 1}


@pytest.mark.parametrize(
    ("field", "first", "second", "kept"),
    [
        ("email", "Anna@example.com", "anna@example.com", True),
        ("email", "anna@example.com", "<anna@example.com>", True),
        ("email", "anna@example.com", "a@example.com", False),
        ("company", "Rossi SRL", "Rossi & C.", False),
        ("birthDate", "1980-02-09", "9 febbraio 1980", True),
        ("gender", "F", "femmina", True),
        ("fullName", "Anna Rossi", "Rossi, Anna", True),
        ("fullName", "Anna Rossi", "Annina", False),
        ("notes", "one", "two", False),
        ("customFields.city", "Roma", "Roma", True),
        ("customFields.city", "Roma", "Torino", False),
    ],
)
async def test_values_that_come_to_the_same_are_no_loss(take_in, field, first, second, kept):
    content = f'phone,a,b\n3471234501,"{first}","{second}"\n'
    mapping = [{"column": 0, "field": "phoneNumber"},
               {"column": 1, "field": field}, {"column": 2, "field": field}]  # fmt: skip
    _, _, rows = await take_in(content, mapping=mapping, createFields=True)
    expected = [] if kept else [("value_not_kept", "b", second)]
    assert told(rows) == {2: expected}


async def test_arrays_of_all_columns_unite(api, take_in):
    content = "name,phone,a,b,c,d\nAnna,3471234501,vip,new,WHATSAPP,SMS;RCS\n"
    fields = ("firstName", "phoneNumber", "tags", "tags", "communicationSupported",
              "communicationSupported")  # fmt: skip
    mapping = [{"column": column, "field": field} for column, field in enumerate(fields)]
    _, _, rows = await take_in(content, mapping=mapping)
    assert told(rows) == {2: []}
    anna = (await people(api))["Anna"]
    assert anna["tags"] == ["vip", "new"]
    assert {"WHATSAPP", "RCS"} <= set(anna["communicationSupported"])


async def test_the_upload_counts_what_would_not_be_kept(take_in):
    seen, _, rows = await take_in(PHONES.replace("Casa", "Telefono casa"))
    (warning,) = seen["warnings"]
    assert (warning["code"], warning["column"]) == ("value_not_kept", 1)
    assert (warning["count"], warning["examples"]) == (1, ["06 12345678"])
    assert told(rows)[2] == [("value_not_kept", "Telefono casa", "06 12345678")]


OLD, NEW = "Group Membership", "Labels"


@pytest.mark.parametrize(
    ("header", "cell", "tags"),
    [
        (NEW, "* myContacts ::: Friends", ["Friends"]),
        (NEW, "* myContacts", []),
        (NEW, "Roma, Torino ::: * starred ::: * myContacts", ["Roma, Torino", "starred"]),
        (OLD, "Soci ::: * My Contacts", ["Soci"]),
        (NEW, "vip, new", ["vip", "new"]),
        ("tags", "* starred", ["* starred"]),
    ],
)
async def test_google_s_labels_are_parted_and_its_own_groups_are_no_tags(
    api, take_in, header, cell, tags
):
    await take_in(f'First Name,Phone 1 - Value,{header}\nAnna,3471234501,"{cell}"\n')
    assert (await people(api))["Anna"]["tags"] == tags
