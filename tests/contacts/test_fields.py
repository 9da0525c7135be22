import pytest

from tests.contacts.people import made, refused

TYPES = {
    "TEXT": (["Roma", "40", "😀"], [40, True, [], {}, "x" * 10_001]),
    "NUMBER": ([40, -1.5, 0, 10**20, "40", "1.5"], ["old", "", True, [], "1,5", "NaN"]),
    "DATE": (["2024-02-29", "--12-31"], ["2023-02-29", "x", 5, True, ""]),
    "BOOLEAN": ([True, False, "yes", "0"], ["maybe", 1, [], ""]),
    "URL": (["https://example.com/a?b=c", "example.com"], ["x", "ftp://a.b", 5, ""]),
}
STORED = {"40": 40, "1.5": 1.5, "yes": True, "0": False, "example.com": "https://example.com"}


@pytest.mark.parametrize("kind", TYPES)
async def test_a_value_has_the_type_of_its_field(api, kind):
    field = {"key": "f", "label": "F", "type": kind}
    assert (await api.post("/contacts/fields", json=field)).status_code == 201
    contact = await made(api, email="a@b.it")
    path = f"/contacts/{contact['id']}"
    good, bad = TYPES[kind]

    for value in good:
        answer = await api.put(path, json={"customFields": {"f": value}})
        assert answer.status_code == 200, (value, answer.text)
        wanted = value if kind == "TEXT" else STORED.get(value, value)
        assert (await api.get(path)).json()["customFields"] == {"f": wanted}
    before = (await api.get(path)).json()
    for value in bad:
        answer = await api.put(path, json={"customFields": {"f": value}})
        await refused(answer, 400, "invalid", "customFields.f")
    assert (await api.get(path)).json() == before


async def test_fields_merge_by_key(api):
    for key in "abc":
        await api.post("/contacts/fields", json={"key": key, "label": key.upper()})
    contact = await made(api, email="a@b.it", customFields={"a": "1", "b": "2"})
    path = f"/contacts/{contact['id']}"

    await api.put(path, json={"customFields": {"b": None, "c": "3"}})
    assert (await api.get(path)).json()["customFields"] == {"a": "1", "c": "3"}
    assert (await api.put(path, json={"customFields": {}})).json()["customFields"]
    assert (await made(api, email="b@b.it", customFields=None))["customFields"] == {}


async def test_fields_are_defined_once_and_only_their_label_changes(api):
    field = {"key": "city", "label": "City", "type": "TEXT"}
    answer = await api.post("/contacts/fields", json=field)
    assert (answer.status_code, answer.json()) == (201, field)
    await refused(await api.post("/contacts/fields", json=field), 409, "field_exists")
    assert (await api.get("/contacts/fields")).json() == [field]

    renamed = field | {"label": "Città"}
    assert (await api.put("/contacts/fields/city", json=renamed)).json() == renamed
    await refused(
        await api.put("/contacts/fields/city", json=field | {"type": "URL"}), 400, "invalid"
    )
    await refused(await api.put("/contacts/fields/x", json=field), 404, "field_not_found")
    assert (await api.get("/contacts/fields")).json() == [renamed]
    other = await api.put("/contacts/fields/city", json={"key": "town", "label": "Town"})
    await refused(other, 400, "invalid", "key")
    assert (await api.get("/contacts/fields")).json() == [renamed]


async def test_a_new_label_is_all_that_a_change_needs_to_say(api):
    field = {"key": "born", "label": "Born", "type": "DATE"}
    await api.post("/contacts/fields", json=field)
    changed = await api.put("/contacts/fields/born", json={"label": "Nata il"})
    assert (changed.status_code, changed.json()) == (200, field | {"label": "Nata il"})
    await refused(await api.put("/contacts/fields/born", json={"key": "born"}), 400, "invalid")


async def test_a_field_goes_with_its_values(api):
    await api.post("/contacts/fields", json={"key": "city", "label": "City"})
    contact = await made(api, email="a@b.it", customFields={"city": "Roma"})

    assert (await api.delete("/contacts/fields/city")).status_code == 204

    read = (await api.get(f"/contacts/{contact['id']}")).json()
    assert read["customFields"] == {}
    assert read["updatedAt"] > contact["updatedAt"]
    await refused(await api.delete("/contacts/fields/city"), 404, "field_not_found")
    assert (await api.get("/contacts/fields")).json() == []


@pytest.mark.parametrize(
    "field",
    [
        {}, {"key": "a"}, {"key": "", "label": "A"}, {"key": "a b", "label": "A"},
        {"key": "1a", "label": "A"}, {"key": "a\n", "label": "A"}, {"key": "a" * 65, "label": "A"},
        {"key": "a", "label": ""}, {"key": "a", "label": "x" * 201},
        {"key": "a", "label": "A", "type": "COLOUR"}, {"key": "a", "label": "A", "foo": 1},
        {"key": "a", "label": "\u0000"}, {"key": "a", "label": None},
    ],
)  # fmt: skip
async def test_a_field_that_cannot_be_is_refused(api, field):
    answer = await api.post("/contacts/fields", json=field)
    assert answer.status_code == 400, answer.text
    assert (await api.get("/contacts/fields")).json() == []
