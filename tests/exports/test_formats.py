"""Every format of export, read by others than us."""

import io
import json
import re
import tempfile
import zipfile
from datetime import datetime

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from rubrica.exports import workbooks

NASTY = [
    "=1+1", "#N/A", "@SUM(A1)", "'t Hooft", "0012", "+39 06", "1e5", "TRUE", " x ", "\tx", "a\r\nb",
    "<b>&amp;</b>", "<r>a & b</r>", "]]>", "_x000D_", "_x0041_x0042_", "\\", "\\N", '"', "\ufeffx",
    "\x01\x1b[31m", "\x7f", "\u2028", "👩‍👩‍👧", "{}", "%s",
]  # fmt: skip
FIELDS = {"city": "TEXT", "score": "NUMBER", "vip": "BOOLEAN"}


@pytest.fixture
async def people(api):
    """Contacts that have everything, little, and every kind of text."""
    for key, kind in FIELDS.items():
        await api.post("/contacts/fields", json={"key": key, "label": key, "type": kind})
    everything = {
        "phoneNumber": "+393471234567", "email": "a@example.com", "firstName": "Ànna",
        "lastName": "Rossi", "birthDate": "--02-29", "gender": "FEMALE", "company": "=1+1",
        "notes": 'Una "riga"\nun\\altra', "tags": ["vip", "a, b"], "isTest": True,
        "customFields": {"city": "Forlì", "score": -12.5, "vip": False},
    }  # fmt: skip
    contacts = [everything, {"email": "b@example.com"}]
    contacts += [
        {"phoneNumber": f"+3934712346{number:02}", "notes": text, "customFields": {"city": text}}
        for number, text in enumerate(NASTY)
    ]
    done = await api.post("/contacts/batch", json={"contacts": contacts})
    assert done.json()["summary"]["created"] == len(contacts)
    found = await api.get("/contacts", params={"limit": 1000, "sortBy": "id"})
    return found.json()["content"]


@pytest.fixture
def objects(export):
    """Export as JSONL: the objects."""

    async def objects(wish):
        done, content = await export({"format": "JSONL", **wish})
        lines = content.decode().split("\n")
        assert lines.pop() == ""
        assert done["rowCount"] == done["progress"]["processedRows"] == len(lines)
        return [json.loads(line) for line in lines]

    return objects


@pytest.fixture
def sheet(export):
    """Export as a workbook: its sheet, as another reader has it, and the cells."""

    async def sheet(wish):
        done, content = await export({"format": "XLSX", **wish})
        found = openpyxl.load_workbook(io.BytesIO(content)).active
        assert done["rowCount"] == done["progress"]["processedRows"] == found.max_row - 1
        return found, [list(row) for row in found.iter_rows()]

    return sheet


def moment(contact):
    return [datetime.fromisoformat(contact.pop(name)) for name in ("createdAt", "updatedAt")]


async def test_jsonl_shows_contacts_as_the_api_does(people, objects):
    found = await objects({})

    assert found[0]["customFields"] == {"city": "Forlì", "score": -12.5, "vip": False}
    assert found[1]["customFields"] == dict.fromkeys(FIELDS)
    for ours, shown in zip(found, people, strict=True):
        shown["customFields"] = dict.fromkeys(FIELDS) | shown["customFields"]
        assert moment(ours) == moment(shown)
        assert ours == shown


async def test_the_numbers_of_jsonl_are_numbers_with_all_their_digits(api, export):
    await api.post("/contacts/fields", json={"key": "n", "label": "N", "type": "NUMBER"})
    body = '{"email": "a@example.com", "customFields": {"n": 12345678901234567890}}'
    answer = await api.post("/contacts", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201, answer.text
    _, content = await export({"format": "JSONL", "columns": ["customFields.n"]})
    assert re.sub(rb"\s", b"", content) == b'{"customFields":{"n":12345678901234567890}}'


@pytest.mark.parametrize(
    ("columns", "first"),
    [
        (["email", "id"], ["email", "id"]),
        (["customFields.vip", "email"], ["email", "customFields"]),
        (["customFields.vip"], ["customFields"]),
    ],
)
async def test_columns_choose_the_fields_of_jsonl(people, objects, columns, first):
    found = await objects({"columns": columns})
    assert list(found[0]) == first
    assert found[0].get("customFields", {"vip": False}) == {"vip": False}


async def test_jsonl_has_custom_fields_where_the_account_has_none(api, objects):
    await api.post("/contacts", json={"email": "a@example.com"})
    assert [each["customFields"] for each in await objects({})] == [{}]


async def test_jsonl_takes_as_many_custom_fields_as_there_are(api, tx, people, objects):
    await tx.run(
        "INSERT INTO contact_fields (account_id, key, label, type)"
        " SELECT account_id, 'k' || repeat('x', 58) || i, 'l', 'TEXT'"
        "   FROM (SELECT DISTINCT account_id FROM contacts) a, generate_series(1000, 1119) i"
    )
    assert len((await objects({}))[0]["customFields"]) == 120 + len(FIELDS)


async def test_every_cell_of_a_workbook_is_text(people, sheet):
    _, rows = await sheet({})

    names = [cell.value for cell in rows[0]]
    assert names[:3] == ["id", "externalId", "phoneNumber"]
    assert names[-3:] == [f"customFields.{key}" for key in sorted(FIELDS)]
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s"}
    first = dict(zip(names, [cell.value for cell in rows[1]], strict=True))
    assert first["id"] == str(people[0]["id"])
    assert (first["phoneNumber"], first["company"]) == ("+393471234567", "'=1+1")
    assert (first["tags"], first["isTest"]) == ('vip, "a, b"', "true")
    assert first["customFields.score"] == "'-12.5"
    assert {cell.number_format for row in rows for cell in row if cell.value} == {"@"}


async def test_the_header_of_a_workbook_is_bold_and_stays_in_sight(people, sheet):
    found, rows = await sheet({"columns": ["phoneNumber", "notes"]})
    assert [cell.font.bold for cell in rows[0]] == [True, True]
    assert not any(cell.font.bold for row in rows[1:] for cell in row)
    assert found.freeze_panes == "A2"
    assert found.column_dimensions["B"].width > found.column_dimensions["A"].width > 15


async def test_columns_of_a_workbook_stand_in_the_order_asked_for(people, sheet):
    _, rows = await sheet({"columns": ["customFields.city", "email"]})
    assert [[cell.value for cell in row] for row in rows[:3]] == [
        ["customFields.city", "email"],
        ["Forlì", "a@example.com"],
        [None, "b@example.com"],
    ]


async def test_a_workbook_holds_formulas_as_texts_where_safety_is_not_wanted(people, sheet):
    _, rows = await sheet({"columns": ["id", "company"], "spreadsheetSafe": False})
    assert (rows[1][1].value, rows[1][1].data_type) == ("=1+1", "s")


async def test_a_workbook_is_well_formed_whatever_stands_in_it(people, sheet):
    _, rows = await sheet({"columns": ["id", "notes"], "spreadsheetSafe": False})
    assert [unescape(row[1].value or "") for row in rows[3:]] == [text.strip() for text in NASTY]


@pytest.mark.parametrize("version", [None, "4.0", "3.0"])
async def test_a_card_is_written_for_every_contact(people, export, version):
    wish = {"format": "VCF"} | ({"vcardVersion": version} if version else {})
    done, content = await export(wish)

    text = content.decode()
    assert done["vcardVersion"] == (version or "4.0")
    assert done["rowCount"] == text.count("BEGIN:VCARD\r\n") == len(people)
    assert text.count(f"VERSION:{version or '4.0'}\r\n") == len(people)
    assert text.startswith("BEGIN:VCARD\r\n")
    assert text.endswith("END:VCARD\r\n")
    for contact in people:
        assert (contact["phoneNumber"] or "") in text


@pytest.mark.parametrize(
    ("format", "ending", "media_type"),
    [
        ("CSV", "csv", "text/csv; charset=utf-8"),
        ("XLSX", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("VCF", "vcf", "text/vcard; charset=utf-8"),
        ("JSONL", "jsonl", "application/jsonl"),
    ],
)
async def test_a_download_says_what_it_is(api, export, tx, format, ending, media_type):
    await api.post("/contacts", json={"email": "a@example.com"})
    done, content = await export({"format": format})

    whole, head = await api.get(done["downloadUrl"]), await api.head(done["downloadUrl"])
    part = await api.get(done["downloadUrl"], headers={"Range": "bytes=2-5"})
    for answer in (whole, head, part):
        assert answer.headers["content-type"] == media_type
        assert answer.headers["content-disposition"].endswith(f'-{done["id"]}.{ending}"')
    assert (part.status_code, part.content) == (206, content[2:6])
    assert (await tx.value("SELECT storage_key FROM exports")).endswith(f".{ending}")
    assert (done["format"], done["delimiter"]) == (format, "," if format == "CSV" else None)
    assert done["vcardVersion"] == ("4.0" if format == "VCF" else None)


@pytest.mark.parametrize("format", ["CSV", "XLSX", "VCF", "JSONL"])
async def test_nobody_can_be_exported(export, format):
    done, content = await export({"format": format})
    assert done["rowCount"] == 0
    if format == "XLSX":
        assert zipfile.is_zipfile(io.BytesIO(content))
    else:
        assert len(content.splitlines()) == (format == "CSV")


@pytest.mark.parametrize("format", ["XLSX", "VCF", "JSONL"])
async def test_an_export_of_any_format_runs_again(api, people, export, run, format):
    done, _ = await export({"format": format})
    await api.delete(f"/contacts/{people[0]['id']}")
    assert (await api.post(f"/exports/{done['id']}")).status_code == 202
    await run(done["id"])
    again = (await api.get(f"/exports/{done['id']}")).json()
    assert (again["status"], again["rowCount"]) == ("COMPLETED", len(people) - 1)


async def test_exports_are_found_by_their_format(api):
    ids = {
        format: (await api.post("/exports/contacts", json={"format": format})).json()["id"]
        for format in ("CSV", "XLSX", "VCF", "JSONL", "CSV")
    }
    answer = (await api.get("/exports", params={"format": "VCF"})).json()
    assert [each["id"] for each in answer["content"]] == [ids["VCF"]]
    assert answer["totalElements"] == 1
    some = (await api.get("/exports", params={"format": "CSV", "limit": 1})).json()
    assert some["totalElements"] == 2
    rest = await api.get("/exports", params={"format": "CSV", "cursor": some["nextCursor"]})
    assert len(rest.json()["content"]) == 1
    foreign = await api.get("/exports", params={"format": "VCF", "cursor": some["nextCursor"]})
    assert (foreign.status_code, foreign.json()["code"]) == (400, "bad_cursor")
    assert (await api.get("/exports", params={"format": "PDF"})).status_code == 400


@pytest.fixture
def failed(api, run):
    """Export as a workbook what does not fit: the reason."""

    async def failed():
        answer = await api.post("/exports/contacts", json={"format": "XLSX"})
        await run(answer.json()["id"])
        done = (await api.get(f"/exports/{answer.json()['id']}")).json()
        assert (done["status"], done["downloadUrl"]) == ("FAILED", None)
        assert done["error"]["code"] == "workbook_limit"
        return done["error"]["message"]

    return failed


async def test_more_contacts_than_a_sheet_has_rows_are_refused(people, failed, monkeypatch):
    monkeypatch.setattr(workbooks, "MOST_ROWS", len(people) - 1)
    message = await failed()
    assert f"There are {len(people)} contacts" in message
    assert "Export as CSV" in message


async def test_more_columns_than_a_sheet_has_are_refused(people, failed, monkeypatch):
    monkeypatch.setattr(workbooks, "MOST_COLUMNS", 20)
    assert "There are 23 columns" in await failed()


@pytest.mark.parametrize(("text", "fits"), [("x" * 32_767, True), ("x" * 32_768, False),
                                            ("🙂" * 16_383, True), ("🙂" * 16_384, False),
                                            ("x" * 200_000, False)])  # fmt: skip
async def test_a_cell_is_written_whole_or_not_at_all(people, tx, sheet, failed, text, fits):
    await tx.run("UPDATE contacts SET notes = %(text)s WHERE email = 'b@example.com'", text=text)
    if fits:
        _, rows = await sheet({"columns": ["notes"]})
        assert rows[2][0].value == text
    else:
        message = await failed()
        assert "in row 2 below the header “notes” is longer" in message
        assert "Export as CSV" in message


async def test_a_workbook_leaves_no_temporary_files(
    people, tx, export, failed, monkeypatch, tmp_path
):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    await export({"format": "XLSX"})
    await tx.run("UPDATE contacts SET notes = repeat('x', 40000)")
    await failed()
    assert list(folder.iterdir()) == []
