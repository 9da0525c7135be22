import pytest

from tests.contacts.people import found, made, refused


@pytest.fixture
async def people(api):
    """Six people by their names."""
    await api.post("/contacts/fields", json={"key": "city", "label": "City"})
    await api.post("/contacts/fields", json={"key": "age", "label": "Age", "type": "NUMBER"})
    await api.post("/contacts/fields", json={"key": "vip", "label": "VIP", "type": "BOOLEAN"})
    given = {
        "niccolo": {
            "phoneNumber": "+39 347 1234567", "email": "n.rossi@example.com",
            "firstName": "Niccolò", "lastName": "Rossi", "gender": "MALE", "tags": ["a", "b"],
            "customFields": {"city": "Roma", "age": 40, "vip": True},
        },
        "eva": {
            "phoneNumber": "+49 1512 3456789", "firstName": "Eva", "lastName": "Groß",
            "gender": "FEMALE", "tags": ["a"], "communicationSupported": ["WHATSAPP"],
            "customFields": {"city": "roma", "age": 40.5},
        },
        "percent": {"email": "100%@example.com", "firstName": "100%", "lastName": "O_o"},
        "null": {"email": "null@example.com", "firstName": "Null", "isValid": False},
        "invalid": {"phoneNumber": "+39 300 0000000 00", "isTest": True},
        "fixed": {"phoneNumber": "02 67651", "firstName": "Łukasz D'Angelo"},
    }  # fmt: skip
    return {name: (await made(api, **fields))["id"] for name, fields in given.items()}


MEANT = [
    ({"search": "niccolo"}, ["niccolo"]),
    ({"search": "COLÒ"}, ["niccolo"]),
    ({"search": "rossi nic"}, ["niccolo"]),
    ({"search": "ro"}, ["niccolo"]),
    ({"search": "os"}, []),
    ({"search": "gross"}, ["eva"]),
    ({"search": "GROSS"}, ["eva"]),
    ({"search": "lukasz"}, ["fixed"]),
    ({"search": "%"}, []),
    ({"search": "\N{FULLWIDTH PERCENT SIGN}"}, []),
    ({"search": "_"}, []),
    ({"search": "00%"}, ["percent"]),
    ({"search": "o_"}, ["percent"]),
    ({"search": "null"}, ["null"]),
    ({"search": "n.ros"}, ["niccolo"]),
    ({"search": "347"}, ["niccolo"]),
    ({"search": "+39347"}, ["niccolo"]),
    ({"search": "0039 347"}, ["niccolo"]),
    ({"search": "(347) 12"}, ["niccolo"]),
    ({"search": "٣٤٧"}, ["niccolo"]),
    ({"search": "²"}, []),
    ({"search": "-"}, []),
    ({"search": "0267"}, ["fixed"]),
    ({"search": "999"}, []),
    ({"search": "zz"}, []),
    ({"name": "rossi"}, ["niccolo"]),
    ({"name": "n.rossi"}, []),
    ({"name": "null"}, ["null"]),
    ({"phoneNumber": "347 123 45 67"}, ["niccolo"]),
    ({"phoneNumber": "00393471234567"}, ["niccolo"]),
    ({"phoneNumber": "3471234568"}, []),
    ({"phoneNumber": "347*"}, ["niccolo"]),
    ({"phoneNumber": "+49*"}, ["eva"]),
    ({"email": "N.Rossi@example.com"}, ["niccolo"]),
    ({"email": "N.R*"}, ["niccolo"]),
    ({"email": "%*"}, []),
    ({"gender": "FEMALE"}, ["eva"]),
    ({"isValid": "false"}, ["null", "invalid"]),
    ({"isTest": "true"}, ["invalid"]),
    ({"communicationSupported": "WHATSAPP"}, ["eva"]),
    ({"communicationSupported": "SMS,VOICE"}, ["niccolo", "eva"]),
    ({"communicationSupported": ["SMS", "EMAIL"]}, ["niccolo"]),
    ({"tags": "a"}, ["niccolo", "eva"]),
    ({"tags": "a,b"}, ["niccolo"]),
    ({"countryCode": "de"}, ["eva"]),
    ({"hasPhone": "false"}, ["percent", "null"]),
    ({"hasEmail": "true"}, ["niccolo", "percent", "null"]),
    ({"hasEmail": "1", "hasPhone": "1"}, ["niccolo"]),
    ({"createdFrom": "2099-01-01T00:00:00Z"}, []),
    ({"createdTo": "2000-01-01T00:00:00Z"}, []),
    ({"updatedFrom": "2000-01-01T00:00:00+02:00", "gender": "MALE"}, ["niccolo"]),
    ({"updatedTo": "2099-01-01T00:00:00Z", "gender": "MALE"}, ["niccolo"]),
    ({"importId": "7"}, []),
    ({"customFields.city": "Roma"}, ["niccolo"]),
    ({"customFields.age": "40.0"}, ["niccolo"]),
    ({"customFields.age": "40.5"}, ["eva"]),
    ({"customFields.vip": "yes", "customFields.city": "Roma"}, ["niccolo"]),
    ({"gender": "MALE", "tags": "a"}, ["niccolo"]),
    ({"gender": "MALE", "search": "eva"}, []),
    ({"tags": "", "listIds": "", "gender": "MALE"}, ["niccolo"]),
]


async def test_a_filter_finds_whom_it_means(api, people):
    for query, names in MEANT:
        ids = await found(api, **query)
        assert sorted(name for name, id in people.items() if id in ids) == sorted(names), query


REFUSED = [
    ({"foo": "1"}, "foo"),
    ({"search.x": "1"}, "search.x"),
    ({"customFields": "1"}, "customFields"),
    ({"customFields.nope": "1"}, "customFields.nope"),
    ({"customFields.age": "old"}, "customFields.age"),
    ({"gender": "male"}, "gender"),
    ({"isValid": "maybe"}, "isValid"),
    ({"isValid": "null"}, "isValid"),
    ({"hasPhone": ""}, "hasPhone"),
    ({"communicationSupported": "FAX"}, "communicationSupported[0]"),
    ({"listIds": "x"}, "listIds[0]"),
    ({"listIds": "0"}, "listIds[0]"),
    ({"listIds": "1_0"}, "listIds[0]"),
    ({"importId": "9" * 40}, "importId"),
    ({"createdFrom": "2026"}, "createdFrom"),
    ({"createdFrom": "2026-01-01"}, "createdFrom"),
    ({"createdFrom": "2026-01-01T00:00:00"}, "createdFrom"),
    ({"phoneNumber": "pippo"}, "phoneNumber"),
    ({"phoneNumber": "pippo*"}, "phoneNumber"),
    ({"phoneNumber": "*"}, "phoneNumber"),
    ({"email": "x"}, "email"),
    ({"search": "x" * 201}, "search"),
    ({"search": ["a", "b"]}, "search"),
    ({"limit": "0"}, "limit"),
    ({"limit": "1001"}, "limit"),
    ({"limit": "ten"}, "limit"),
    ({"page": "-1"}, "page"),
    ({"page": "10000001"}, "page"),
    ({"sortBy": "name"}, "sortBy"),
    ({"sortOrder": "up"}, "sortOrder"),
    ({"count": "some"}, "count"),
]


async def test_an_unknown_parameter_or_value_is_refused(api, people):
    for query, field in REFUSED:
        await refused(await api.get("/contacts", params=query), 400, "invalid", field)


async def test_a_character_that_cannot_be_stored_is_refused(api):
    await refused(await api.get("/contacts?search=%00"), 400, "invalid_value")
    assert (await api.get("/contacts?search=%ED%A0%80%FF")).status_code == 200


async def test_members_of_any_of_several_lists_are_found_once(api, people):
    lists = []
    for name, members in (("one", ["eva", "null"]), ("two", ["eva", "fixed"])):
        made_list = (await api.post("/contacts/list", json={"name": name})).json()["id"]
        ids = [people[member] for member in members]
        body = {"listIds": [made_list], "contactIds": ids}
        assert (await api.post("/contacts/list/contacts", json=body)).status_code == 201
        lists.append(made_list)
    one, two = lists

    async def names(**query):
        ids = await found(api, **query)
        return sorted(name for name, id in people.items() if id in ids)

    assert await names(listIds=f"{one},{two}") == ["eva", "fixed", "null"]
    assert await names(listIds=[one, two]) == ["eva", "fixed", "null"]
    assert await names(listIds=one, notListIds=two) == ["null"]
    assert await names(notListIds=lists) == ["invalid", "niccolo", "percent"]
    for parameter in ("listIds", "notListIds", "sortPriorityListId"):
        problem = await refused(
            await api.get("/contacts", params={parameter: two + 1000}), 404, "list_not_found"
        )
        assert problem["missing"] == [two + 1000]
    await api.delete(f"/contacts/list/{one}")
    await refused(await api.get("/contacts", params={"listIds": one}), 404, "list_not_found")


async def test_a_filter_in_a_body_knows_contacts_without_a_value(api, people):
    wish = {"filter": {"customFields": {"city": None}}, "expectedCount": 0}
    answer = await api.post("/contacts/delete", json=wish)
    assert (await refused(answer, 409, "count_changed"))["count"] == 4


REFUSED_IN_A_BODY = [
    ({"listIds": []}, "filter.listIds"),
    ({"tags": []}, "filter.tags"),
    ({"foo": 1}, "filter.foo"),
    ({"isValid": "true"}, "filter.isValid"),
    ({"customFields": {"age": [1]}}, "customFields.age"),
    ({"createdFrom": 2026}, "filter.createdFrom"),
]


async def test_a_filter_in_a_body_is_read_strictly(api, people):
    for filter, field in REFUSED_IN_A_BODY:
        answer = await api.post("/contacts/delete", json={"filter": filter, "expectedCount": 0})
        await refused(answer, 400, "invalid", field)
