"""Suggestions of contacts that are probably one person."""

import pytest

from rubrica.contacts import duplicates
from tests.contacts.people import made, refused

EMAIL = "ada@example.com"
ADA = {"firstName": "Ada", "lastName": "Byron"}


async def numbered(api, n, **fields):
    return (await made(api, phoneNumber=f"+3934712345{n:02}", **fields))["id"]


async def suggested(api, **query):
    answer = await api.get("/contacts/duplicates", params=query)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    return [(each["reason"], [c["id"] for c in each["contacts"]]) for each in page["content"]]


async def test_one_address_with_several_numbers_is_suggested(api):
    ids = [await numbered(api, n, email=EMAIL) for n in range(2)]
    ids.append((await made(api, email="alone@example.com"))["id"])

    assert await suggested(api) == [("SAME_EMAIL", ids[:2])]
    await api.post(f"/contacts/{ids[0]}/merge", json={"contactId": ids[1]})
    assert await suggested(api) == []


async def test_one_name_with_one_birth_date_or_company_is_suggested(api):
    born = [
        await numbered(api, 1, **ADA, birthDate="1815-12-10", company="Engine"),
        await numbered(api, 2, firstName="ÀDA", lastName="byron", birthDate="1815-12-10"),
    ]
    employed = [
        await numbered(api, 3, firstName="Ugo", lastName="Verdi", company="Società"),
        await numbered(api, 4, firstName="Ugo", lastName="Verdi", company="SOCIETA"),
    ]
    await numbered(api, 5, **ADA)
    await numbered(api, 6, firstName="Ugo", lastName="Verdi", company="Another")

    by_birth, by_company = ("SAME_NAME_AND_BIRTH_DATE", born), ("SAME_NAME_AND_COMPANY", employed)
    assert await suggested(api) == [by_birth, by_company]
    assert await suggested(api, reason="SAME_NAME_AND_COMPANY") == [by_company]
    assert await suggested(api, reason="SAME_EMAIL") == []


async def test_what_is_the_same_twice_is_suggested_once(api):
    both = {"birthDate": "1815-12-10", "company": "Engine"} | ADA
    ids = [await numbered(api, n, **both) for n in range(2)]

    assert await suggested(api) == [("SAME_NAME_AND_BIRTH_DATE", ids)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"email": EMAIL, **ADA}, {"email": EMAIL, "firstName": "Ugo", "lastName": "Byron"}),
        ({"email": EMAIL, "birthDate": "1815-12-10"}, {"email": EMAIL, "birthDate": "1816-01-01"}),
        (
            {"company": "E", "birthDate": "1815-12-10", **ADA},
            {"company": "E", "birthDate": "1816-01-01", **ADA},
        ),
        ({"firstName": "Ada", "company": "E"}, {"firstName": "Ada", "company": "E"}),
        (ADA, ADA),
    ],
)
async def test_people_who_cannot_be_one_are_not_suggested(api, one, other):
    await numbered(api, 1, **one)
    await numbered(api, 2, **other)

    assert await suggested(api) == []


async def test_those_of_one_name_at_a_shared_address_are_suggested(api):
    ids = [await numbered(api, n, email=EMAIL, **ADA) for n in range(2)]
    await numbered(api, 3, email=EMAIL, firstName="Ugo")
    await numbered(api, 4, email=EMAIL)

    assert await suggested(api) == [("SAME_EMAIL", ids)]


async def test_an_office_is_not_a_person(api, tx):
    for n in range(duplicates.MOST + 1):
        await numbered(api, n, email="office@example.com")

    assert await suggested(api) == []


@pytest.mark.parametrize("window", [2, 3, 4, 7, 1000])
async def test_suggestions_are_walked_to_their_end(api, monkeypatch, window):
    """However small the windows: a key that fills one is passed over, no other is lost."""
    expected = []
    for n in range(6):
        same = {"email": f"a{n}@example.com", "firstName": "Ada", "lastName": f"B{n}"}
        ids = [await numbered(api, 10 * n + i, **same, company="E") for i in range(2)]
        expected += [("SAME_EMAIL", ids), ("SAME_NAME_AND_COMPANY", ids)]
    monkeypatch.setattr(duplicates, "WINDOW", window)
    monkeypatch.setattr(duplicates, "WINDOWS", 2)

    walked, query = [], {"limit": 4}
    for _ in range(100):
        page = (await api.get("/contacts/duplicates", params=query)).json()
        walked += [(e["reason"], [c["id"] for c in e["contacts"]]) for e in page["content"]]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert page["nextCursor"] is None
    assert len(page["content"]) <= 4
    assert walked == ([] if window == 2 else sorted(expected))


async def test_each_account_has_duplicates_of_its_own(api, other):
    for n in range(2):
        await numbered(api, n, email=EMAIL)

    page = (await api.get("/contacts/duplicates", headers=other)).json()
    assert (page["content"], page["nextCursor"], page["totalElements"]) == ([], None, None)


async def test_what_is_no_page_of_duplicates_is_refused(api):
    await refused(await api.get("/contacts/duplicates?cursor=x"), 400, "bad_cursor")
    await refused(await api.get("/contacts/duplicates?limit=101"), 400, "invalid", "limit")
    await refused(await api.get("/contacts/duplicates?page=1"), 400, "invalid", "page")
    await refused(await api.get("/contacts/duplicates?reason=LOOKS"), 400, "invalid", "reason")
