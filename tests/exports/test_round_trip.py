# ruff: noqa: RUF001 - names are written in the letters of their language
"""What is exported comes in again elsewhere, and is the same, field by field."""

import pytest

from rubrica.imports import loading

FIELDS = [
    {"key": "city", "label": "Città"},
    {"key": "email", "label": "Second e-mail"},
    {"key": "score", "label": "Punti", "type": "NUMBER"},
    {"key": "since", "label": "Since", "type": "DATE"},
    {"key": "vip", "label": "VIP", "type": "BOOLEAN"},
    {"key": "site", "label": "Web page", "type": "URL"},
]
EVERYTHING = {
    "phoneNumber": "+393471234500", "email": "anna@example.com", "externalId": "=A-1",
    "firstName": "Anna Maria", "lastName": "D'Angelo", "gender": "FEMALE",
    "birthDate": "1980-02-29", "company": 'Rossi & Figli; "Da Anna", S.r.l.', "language": "pt-BR",
    "notes": "Una riga\nun'altra\r\n\r\n= 3 | 4", "tags": ["=vip", "'quoted", "due parole", "@x"],
    "communicationSupported": ["SMS", "RCS", "WHATSAPP", "EMAIL", "VOICE"], "isTest": True,
    "customFields": {"city": "'s-Hertogenbosch", "email": "b@example.com", "score": -12.5,
                     "since": "--05-01", "vip": False, "site": "https://example.com/?a=1,2"},
}  # fmt: skip
NAMES = [
    ("Niccolò", "Dell'Acqua"), ("Łukasz", "Żółć"), ("Ђорђе", "Петровић"), ("Ελένη", "Παπαδοπούλου"),
    ("محمد", "الأحمد"), ("יוסי", "כהן"), ("太郎", "山田"), ("小明", "王"),
    ("민준", "김"), ("สมชาย", "ใจดี"),
    ("नरेन्द्र", "शर्मा"), ("Nguyễn Văn", "Đức"), ("გიორგი", "ბერიძე"), ("Արամ", "Խաչատրյան"),
    ("አበበ", "ቢቂላ"),
    ("İpek", "Şahin"), ("👩‍👩‍👧", "🙂"), ("e\u0301", "\u00e9"), ("Ana", None), (None, "Solo"),
]  # fmt: skip
NASTY = [
    "=1+1", "+39 06", "-1", "@SUM(A1:A9)", "'", "''", "'=1", "'t Hooft", '="x"', '"quoted"', '"',
    ",", ";", "|", "a\tb", "\\", "\\N", "\\.", "NULL", "null", "true", "0012", "1e5",
    "a\nb", "a\r\nb",
    "%s %(account)s", "{}", "$1", "--", "/* */", "<b>", "sep=;", "id", "\ufeffx",
    "x\u00a0y", "x\u2028y",
]  # fmt: skip


def people():
    """Contacts that between them have every field and every kind of text."""
    yield EVERYTHING
    yield {"email": "+only@example.com", "isValid": False}
    yield {"email": "'o'neill@example.com", "birthDate": "--02-29", "gender": "OTHER"}
    yield {"phoneNumber": "+390612345678", "isValid": False, "gender": "MALE"}
    yield {"phoneNumber": "+441632960000", "communicationSupported": ["WHATSAPP"]}
    yield {"phoneNumber": "+12025550143", "language": "zh-Hant", "customFields": {"score": 0}}
    for number, (first, last) in enumerate(NAMES):
        yield {"phoneNumber": f"+3934712346{number:02}", "firstName": first, "lastName": last}
    for number, text in enumerate(NASTY):
        yield {
            "phoneNumber": f"+3934712347{number:02}", "firstName": text, "lastName": text,
            "company": text, "notes": text, "externalId": text, "customFields": {"city": text},
        }  # fmt: skip


async def fill(api, contacts, headers=None):
    for field in FIELDS:
        assert (await api.post("/contacts/fields", json=field, headers=headers)).status_code == 201
    if not contacts:
        return
    wish = {"contacts": contacts, "mode": "CREATE"}
    done = await api.post("/contacts/batch", json=wish, headers=headers)
    assert done.status_code == 200, done.text
    assert {result["outcome"] for result in done.json()["results"]} <= {"CREATED"}


async def held(api, headers=None):
    """Every contact as the API shows it, without what is an account's own."""
    answer = await api.get("/contacts", params={"limit": 1000}, headers=headers)
    own = ("id", "createdAt", "updatedAt")
    found = [
        {name: value for name, value in contact.items() if name not in own}
        for contact in answer.json()["content"]
    ]
    return sorted(found, key=lambda contact: (contact["phoneNumber"] or "", contact["email"] or ""))


@pytest.fixture
def bring_in(api, db, storage, tx):
    """Upload a file and confirm it with the mapping that is suggested; cards with their UID."""

    async def bring_in(content, headers, *, cards=False):
        upload = await api.post(
            "/contacts/upload/vcard" if cards else "/contacts/upload",
            files={"file": ("contacts", content)},
            headers=headers,
        )
        assert upload.status_code == 200, upload.text
        found = upload.json()
        uid = [{"column": "externalId", "field": "externalId"}] if cards else []
        wish = {"uploadId": found["uploadId"], "mapping": found["mapping"] + uid}
        answer = await api.post("/contacts/mapped/file", json=wish, headers=headers)
        assert answer.status_code == 202, answer.text
        id = answer.json()["id"]
        account = await tx.value("SELECT account_id FROM imports WHERE id = %(id)s", id=id)
        await loading.load(db, storage, account, id)
        rows = await api.get(f"/imports/{id}/rows", params={"limit": 1000}, headers=headers)
        return found, rows.json()["content"]

    return bring_in


CSV = {"kind": "CSV", "encoding": "utf-8-sig"}
FILES = [
    *(({"delimiter": each}, CSV | {"delimiter": each}) for each in (",", ";", "\t", "|")),
    ({"format": "XLSX"}, {"kind": "XLSX", "sheets": [{"name": "Contacts", "hidden": False}]}),
    ({"format": "JSONL"}, {"kind": "JSONL", "warnings": []}),
]


@pytest.mark.parametrize(("wish", "read_as"), FILES)
async def test_contacts_come_back_the_same(api, other, export, bring_in, wish, read_as):
    contacts = list(people())
    await fill(api, contacts)
    await fill(api, [], other)
    before = await held(api)
    assert len(before) == len(contacts)

    _, content = await export(wish)
    upload, rows = await bring_in(content, other)

    assert {name: upload[name] for name in read_as} == read_as
    assert upload["totalRows"] == len(contacts)
    suggested = {column["header"]: column["suggestedField"] for column in upload["columns"]}
    left_out = {"id", "phoneType", "countryCode", "createdAt", "updatedAt"}
    assert suggested == {name: None if name in left_out else name for name in suggested}
    assert [(row["outcome"], row["warnings"]) for row in rows] == [("CREATED", [])] * len(rows)
    assert await held(api, other) == before


@pytest.mark.parametrize("version", ["4.0", "3.0"])
async def test_contacts_come_back_the_same_from_cards(api, other, export, bring_in, version):
    contacts = list(people())
    await fill(api, contacts)
    await fill(api, [], other)
    before = await held(api)

    _, content = await export({"format": "VCF", "vcardVersion": version})
    upload, rows = await bring_in(content, other, cards=True)

    assert (upload["kind"], upload["totalRows"], upload["warnings"]) == (
        "VCARD", len(contacts), [],
    )  # fmt: skip
    assert [(row["outcome"], row["warnings"]) for row in rows] == [("CREATED", [])] * len(rows)
    assert await held(api, other) == before


async def test_an_export_of_what_came_in_is_the_same_file(api, other, export, bring_in):
    columns = ["phoneNumber", "email", "externalId", "firstName", "lastName", "notes", "tags"]
    await fill(api, list(people()))
    await fill(api, [], other)
    first, content = await export({"columns": columns})
    await bring_in(content, other)
    second, _ = await export({"columns": columns}, other)
    assert first["sha256"] == second["sha256"]


async def test_tags_that_hold_what_parts_tags_come_back(api, other, export, bring_in):
    tags = ["a, b", "c;d", "e|f", 'the "g"', '"', "plain", ","]
    await fill(api, [{"email": "a@example.com", "tags": tags}])
    await fill(api, [], other)
    _, content = await export({})
    await bring_in(content, other)
    assert [contact["tags"] for contact in await held(api, other)] == [tags]
