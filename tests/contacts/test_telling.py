"""Everything that is held about one person, in one answer."""

from tests.contacts.people import made, refused

NUMBER, EMAIL = "+393471234567", "ada@example.com"
CSV = f"phone,email,birthday\n{NUMBER},{EMAIL},soon\n+393481234567,b@example.com,2001-02-03\n"


async def test_everything_about_a_person_is_told(api, take_in):
    await api.post("/contacts", json={"phoneNumber": "+393491234567"})  # nobody's business
    _, done, rows = await take_in(CSV.encode(), name="people.csv")
    id = rows[0]["contactId"]
    twin = await made(api, email="twin@example.com")
    await api.post(f"/contacts/{id}/merge", json={"contactId": twin["id"]})
    made_list = (await api.post("/contacts/list", json={"name": "All"})).json()["id"]
    members = {"listIds": [made_list], "contactIds": [id]}
    await api.post("/contacts/list/contacts", json=members)
    body = {"channel": "SMS", "address": NUMBER, "reason": "STOP"}
    suppression = (await api.post("/suppressions", json=body)).json()
    await api.post("/suppressions", json=body | {"address": "+393481234567"})

    told = (await api.get(f"/contacts/{id}/export")).json()
    imported = told["heldElsewhere"]["imports"]
    assert told == {
        "contact": (await api.get(f"/contacts/{id}")).json(),
        "suppressions": [suppression],
        "mergedIds": [twin["id"]],
        "heldElsewhere": {
            "imports": [
                {
                    "importId": done["id"],
                    "fileName": "people.csv",
                    "dryRun": False,
                    "at": done["createdAt"],
                    "row": 2,
                    "outcome": "CREATED",
                    "warnings": rows[0]["warnings"],
                }
            ],
            "messages": [],
            "replies": [],
        },
    }
    assert [warning["value"] for warning in imported[0]["warnings"]] == ["soon"]
    assert told["contact"]["lists"] == [{"id": made_list, "name": "All"}]


async def test_by_a_merged_id_the_survivor_is_told(api):
    one, other = [await made(api, email=f"{name}@example.com") for name in "ab"]
    await api.post(f"/contacts/{one['id']}/merge", json={"contactId": other["id"]})

    told = (await api.get(f"/contacts/{other['id']}/export")).json()
    assert (told["contact"]["id"], told["contact"]["mergedInto"]) == (one["id"], one["id"])


async def test_nobody_is_told_of_nobody(api, other):
    contact = await made(api, email=EMAIL)
    await refused(await api.get("/contacts/999999/export"), 404, "contact_not_found")
    answer = await api.get(f"/contacts/{contact['id']}/export", headers=other)
    await refused(answer, 404, "contact_not_found")
