# ruff: noqa: E501 - one case, one line
"""What uploads and imports refuse, with which code, and that nothing is left behind."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from litestar.testing import RequestFactory

from rubrica.settings import Settings
from rubrica.web.waiting import seconds_to_wait

CSV = b"""Nome,Telefono,E-mail,Nome
Ada,347 1234567,ada@example.com,x
Ugo,348 1234567,,y
"""
PHONE = {"column": 1, "field": "phoneNumber"}
EMAIL = {"column": "E-mail", "field": "email"}
NAME = {"column": 0, "field": "firstName"}


async def upload(api, content=CSV, name="rubrica.csv", **fields):
    return await api.post("/contacts/upload", files={"file": (name, content)}, data=fields)


@pytest.fixture
def config(tmp_path):
    return Settings(
        data_dir=tmp_path,
        database_url="postgresql:///unused",
        secret="secret",
        max_upload_bytes=20_000,
    )


@pytest.fixture
def files(config):
    """What the storage holds."""

    def files():
        return [file for file in config.data_dir.rglob("*") if file.is_file()]

    return files


@pytest.fixture
def left(tx, files):
    """What there is of uploads and imports: rows of the one, of the other, stored files."""

    async def left():
        rows = [await tx.value(f"SELECT count(*) FROM {name}") for name in ("uploads", "imports")]
        return [*rows, len(files())]

    return left


@pytest.fixture
async def waiting(api):
    answer = await upload(api)
    assert answer.status_code == 200, answer.text
    return answer.json()["uploadId"]


@pytest.fixture
def confirm(api, run):
    """Confirm an upload and carry it out."""

    async def confirm(upload_id, mapping=(PHONE, EMAIL, NAME), **options):
        wish = {"uploadId": upload_id, "mapping": list(mapping), **options}
        answer = await api.post("/contacts/mapped/file", json=wish)
        assert answer.status_code == 202, answer.text
        await run(answer.json()["id"])
        return (await api.get(f"/imports/{answer.json()['id']}")).json()

    return confirm


BINARY = bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"", "rubrica.csv", 400, "file_empty"),
        (b"\n\n \n", "rubrica.csv", 400, "file_empty"),
        (b"\xff\xfe", "rubrica.csv", 400, "file_empty"),
        (BINARY, "rubrica.csv", 415, "not_a_table"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "rubrica.csv", 415, "not_a_table"),
        (b"\x89PNG\r\n\x1a\n" + BINARY, "rubrica.xlsx", 415, "not_a_table"),
        (b"\x1f\x8b\x08\x00broken", "rubrica.csv.gz", 400, "file_corrupt"),
        (b"PK\x03\x04broken", "rubrica.xlsx", 400, "file_corrupt"),
    ],
)
async def test_a_file_that_is_no_table_is_refused_and_gone(api, left, content, name, status, code):
    answer = await upload(api, content, name)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await left() == [0, 0, 0]


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"encoding": "klingon"}, 400, "unknown_encoding"),
        ({"encoding": "base64"}, 400, "unknown_encoding"),
        ({"delimiter": "\n"}, 400, "bad_delimiter"),
        ({"delimiter": '"'}, 400, "bad_delimiter"),
        ({"defaultCountry": "XX"}, 400, "invalid"),
        ({"defaultCountry": "Italia"}, 400, "invalid"),
        ({"removeHead": "perhaps"}, 400, "invalid"),
        ({"limit": "many"}, 400, "invalid"),
        ({"limit": "101"}, 400, "invalid"),
        ({"listId": "-1"}, 400, "invalid"),
        ({"listId": "1"}, 404, "list_not_found"),
        ({"colour": "blue"}, 400, "invalid"),
        ({"fileName": "x" * 501}, 400, "invalid"),
    ],
)
async def test_a_wrong_field_beside_the_file_is_refused(api, left, fields, status, code):
    answer = await upload(api, **fields)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await left() == [0, 0, 0]


@pytest.mark.parametrize("size", [0, 1])
async def test_a_file_may_be_as_large_as_the_limit_and_no_larger(api, config, left, size):
    answer = await upload(api, CSV + b"x" * (config.max_upload_bytes - len(CSV) + size))

    if size:
        assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
        assert await left() == [0, 0, 0]
    else:
        assert answer.status_code == 200, answer.text


async def test_an_upload_is_multipart_with_one_file(api, left):
    raw = await api.post("/contacts/upload", content=CSV, headers={"Content-Type": "text/csv"})
    assert (raw.status_code, raw.json()["code"]) == (415, "unsupported_media_type")
    body = await api.post("/contacts/upload", json={"file": "a,b"})
    assert (body.status_code, body.json()["code"]) == (415, "unsupported_media_type")
    headless = await api.post(
        "/contacts/upload", content=CSV, headers={"Content-Type": "multipart/form-data"}
    )
    assert headless.status_code == 400, headless.text
    none = await api.post("/contacts/upload", files={"other": ("a.csv", CSV)})
    assert none.status_code == 400
    assert none.json()["errors"][0]["field"] == "file"
    two = await api.post(
        "/contacts/upload", files=[("file", ("a.csv", CSV)), ("file", ("b.csv", CSV))]
    )
    assert two.status_code == 400
    as_text = await api.post("/contacts/upload", data={"file": "a,b"}, files={"x": ("x", b"")})
    assert as_text.status_code == 400
    assert await left() == [0, 0, 0]


@pytest.mark.parametrize(
    ("wish", "status", "field", "code"),
    [
        ({"mapping": [{"column": 9, "field": "email"}]}, 400, "mapping[0].column", "unknown_column"),
        ({"mapping": [{"column": -1, "field": "email"}]}, 400, "mapping[0].column", "unknown_column"),
        ({"mapping": [{"column": "Fax", "field": "email"}]}, 400, "mapping[0].column", "unknown_column"),
        ({"mapping": [PHONE, {"column": "Nome", "field": "lastName"}]}, 400, "mapping[1].column", "ambiguous_column"),
        ({"mapping": [NAME]}, 400, "mapping", "no_identity"),
        ({"mapping": [{"column": 0, "field": None}]}, 400, "mapping", "no_identity"),
        ({"mapping": []}, 400, "mapping", "invalid_value"),
        ({"mapping": [PHONE, {"column": 0, "field": "colour"}]}, 400, "mapping[1].field", "unknown_field"),
        ({"mapping": [PHONE, {"column": 0, "field": "customFields.pet"}]}, 400, "mapping[1].field", "unknown_field"),
        ({"mapping": [PHONE, {"column": 0, "field": "customFields.1 2"}], "createFields": True}, 400, "mapping", "invalid_field_key"),
        ({"mapping": [PHONE, {"column": 0, "field": "customFields."}], "createFields": True}, 400, "mapping", "invalid_field_key"),
        ({"mapping": [PHONE | {"policy": "SOMETIMES"}]}, 400, "mapping[0].policy", "invalid_value"),
        ({"mapping": [PHONE, NAME | {"policy": "APPEND"}]}, 400, "mapping[1].policy", "invalid_policy"),
        ({"mapping": [PHONE | {"policy": "CLEAR"}]}, 400, "mapping[0].policy", "invalid_policy"),
        ({"mapping": [PHONE, {"column": 0, "field": "birthDate", "format": "DD"}]}, 400, "mapping[1].format", "invalid_format"),
        ({"mapping": [PHONE | {"colour": "red"}]}, 400, "mapping[0].colour", "unknown_field"),
        ({"mapping": [{"field": "email"}]}, 400, "mapping[0].column", "missing"),
        ({"mode": "DELETE"}, 400, "mode", "invalid_value"),
        ({"matchBy": []}, 400, "matchBy", "invalid_value"),
        ({"matchBy": ["externalId"]}, 400, "matchBy", "not_mapped"),
        ({"blanks": True}, 400, "blanks", "invalid_value"),
        ({"tags": "vip"}, 400, "tags", "invalid_value"),
        ({"tags": ["x" * 101]}, 400, "tags[0]", "invalid_value"),
        ({"dryRun": "yes"}, 400, "dryRun", "invalid_value"),
        ({"newList": {"name": "  "}}, 400, "newList.name", "invalid_value"),
        ({"defaultCountry": "XX"}, 400, "defaultCountry", "invalid_country"),
        ({"dateFormat": "DYM"}, 400, "dateFormat", "invalid_value"),
        ({"colour": "red"}, 400, "colour", "unknown_field"),
        ({"uploadId": None}, 400, "uploadId", "invalid_value"),
    ],
)  # fmt: skip
async def test_a_wrong_confirmation_names_what_is_wrong(
    api, waiting, left, tx, wish, status, field, code
):
    wish = {"uploadId": waiting, "mapping": [PHONE, EMAIL, NAME]} | wish

    answer = await api.post("/contacts/mapped/file", json=wish)

    assert answer.status_code == status, answer.text
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]
    assert await left() == [1, 0, 1]
    assert await tx.value("SELECT count(*) FROM contact_fields") == 0
    again = await api.post("/contacts/mapped/file", json={"uploadId": waiting, "mapping": [PHONE]})
    assert again.status_code == 202, again.text


async def test_every_bad_line_of_a_mapping_is_named(api, waiting):
    lines = [{"column": 7, "field": "email"}, PHONE, {"column": 0, "field": "pet"}]

    answer = await api.post(
        "/contacts/mapped/file",
        json={"uploadId": waiting, "mapping": lines, "defaultCountry": "XX"},
    )

    assert answer.json()["code"] == "invalid_mapping"
    assert [e["field"] for e in answer.json()["errors"]] == [
        "mapping[0].column", "mapping[2].field", "defaultCountry",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"uploadId": "\xff"}', b"[" * 100_000]
)
async def test_a_body_that_is_no_confirmation_is_refused(api, left, body):
    answer = await api.post(
        "/contacts/mapped/file", content=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert await left() == [0, 0, 0]


async def test_a_list_that_is_not_there_leaves_the_upload_waiting(api, waiting, left, tx):
    answer = await api.post(
        "/contacts/mapped/file",
        json={
            "uploadId": waiting, "mapping": [PHONE], "listIds": [10**9],
            "newList": {"name": "Clienti"}, "createFields": True,
        },
    )  # fmt: skip

    assert (answer.status_code, answer.json()["code"]) == (404, "list_not_found")
    assert await left() == [1, 0, 1]
    assert await tx.value("SELECT count(*) FROM lists") == 0


async def test_a_list_deleted_after_the_upload_is_refused_at_the_confirmation(api, left):
    made = (await api.post("/contacts/list", json={"name": "Clienti"})).json()
    id = (await upload(api, listId=str(made["id"]))).json()["uploadId"]
    await api.delete(f"/contacts/list/{made['id']}")

    answer = await api.post("/contacts/mapped/file", json={"uploadId": id, "mapping": [PHONE]})

    assert (answer.status_code, answer.json()["code"]) == (404, "list_not_found")
    assert await left() == [1, 0, 1]


async def test_a_new_list_whose_name_is_taken_starts_no_import(api, waiting, left):
    await api.post("/contacts/list", json={"name": "Clienti"})

    answer = await api.post(
        "/contacts/mapped/file",
        json={"uploadId": waiting, "mapping": [PHONE], "newList": {"name": " CLIENTI "}},
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "list_exists")
    assert await left() == [1, 0, 1]


async def test_fields_are_created_only_with_the_import(api, waiting, confirm, tx):
    pet = {"column": 0, "field": "customFields.pet"}
    rehearsed = await api.post(
        "/contacts/mapped/file",
        json={"uploadId": waiting, "mapping": [PHONE, pet], "createFields": True, "dryRun": True},
    )
    assert rehearsed.status_code == 202, rehearsed.text
    assert await tx.value("SELECT count(*) FROM contact_fields") == 0

    done = await confirm(waiting, [PHONE, pet], createFields=True)

    assert done["summary"]["created"] == 2
    found = (await api.get("/contacts", params={"sortBy": "phoneNumber"})).json()["content"]
    assert [c["customFields"] for c in found] == [{"pet": "Ada"}, {"pet": "Ugo"}]


@pytest.mark.parametrize("id", ["nothing", "a" * 300, "%E2%82%AC"])
async def test_an_upload_that_never_was_is_404(api, id):
    for answer in (
        await api.get(f"/contacts/upload/{id}"),
        await api.get(f"/contacts/upload/{id}/rows"),
        await api.put(f"/contacts/upload/{id}", json={}),
        await api.delete(f"/contacts/upload/{id}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "upload_not_found"), answer.text


async def test_an_unknown_upload_cannot_be_confirmed(api):
    for id in ("nothing", "\0", ""):
        answer = await api.post("/contacts/mapped/file", json={"uploadId": id, "mapping": [PHONE]})
        assert (answer.status_code, answer.json()["code"]) == (404, "upload_not_found"), answer.text


async def test_an_expired_upload_is_gone(api, waiting, tx, left):
    past = datetime.now(UTC) - timedelta(seconds=1)
    await tx.run("UPDATE uploads SET expires_at = %(past)s", past=past)

    for answer in (
        await api.get(f"/contacts/upload/{waiting}"),
        await api.put(f"/contacts/upload/{waiting}", json={"delimiter": ";"}),
        await api.post("/contacts/mapped/file", json={"uploadId": waiting, "mapping": [PHONE]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (410, "upload_expired"), answer.text
    assert (await left())[1] == 0


async def test_an_upload_is_confirmed_once(api, waiting, left):
    wish = {"uploadId": waiting, "mapping": [PHONE]}
    first = await api.post("/contacts/mapped/file", json=wish)

    for answer in (
        await api.post("/contacts/mapped/file", json=wish),
        await api.post("/contacts/mapped/file", json=wish | {"dryRun": True}),
        await api.put(f"/contacts/upload/{waiting}", json={"delimiter": ";"}),
        await api.delete(f"/contacts/upload/{waiting}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "already_confirmed")
        assert answer.json()["importId"] == first.json()["id"]
    assert await left() == [1, 1, 1]


async def test_a_dropped_upload_leaves_nothing(api, waiting, left):
    assert (await api.delete(f"/contacts/upload/{waiting}")).status_code == 204

    assert await left() == [0, 0, 0]
    assert (await api.get(f"/contacts/upload/{waiting}")).status_code == 404


async def test_a_file_that_was_imported_is_deleted(waiting, confirm, files):
    assert len(files()) == 1

    assert (await confirm(waiting))["status"] == "COMPLETED"

    assert files() == []


async def test_an_upload_is_read_otherwise(api):
    content = "a;b\nCittà di Castello;347 1234567\nForlì;348 1234567\n".encode("cp1252")
    first = (await upload(api, content, encoding="cp1252")).json()
    url = f"/contacts/upload/{first['uploadId']}"
    assert first["rows"][0] == ["Città di Castello", "347 1234567"]

    cyrillic = (await api.put(url, json={"encoding": "cp1251"})).json()
    assert cyrillic["encoding"] == "cp1251"
    assert cyrillic["rows"][0][0] == "Città di Castello".encode("cp1252").decode("cp1251")
    whole = (await api.put(url, json={"removeHead": False})).json()
    assert (whole["hasHeader"], whole["totalRows"]) == (False, 3)
    assert whole["encoding"] == "cp1251"
    commas = (await api.put(url, json={"delimiter": ","})).json()
    assert [len(row) for row in commas["rows"]] == [1, 1, 1]
    british = (await api.put(url, json={"defaultCountry": "gb", "limit": 1})).json()
    assert british["defaultCountry"] == "GB"
    assert len(british["rows"]) == 1
    assert (await api.get(url)).json()["defaultCountry"] == "GB"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"encoding": "klingon"}, "unknown_encoding"),
        ({"delimiter": '"'}, "bad_delimiter"),
        ({"defaultCountry": "XX"}, "invalid"),
        ({"removeHead": "no"}, "invalid"),
        ({"colour": "red"}, "invalid"),
        ([], "invalid"),
    ],
)
async def test_a_wrong_wish_leaves_an_upload_as_it_was(api, waiting, wish, code):
    before = (await api.get(f"/contacts/upload/{waiting}")).json()

    answer = await api.put(f"/contacts/upload/{waiting}", json=wish)

    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] in (code, "malformed_request"), answer.text
    assert (await api.get(f"/contacts/upload/{waiting}")).json() == before


async def test_a_country_said_at_the_upload_reads_national_numbers(api, confirm):
    content = b"Telefono\n020 7946 0018\n"
    id = (await upload(api, content, defaultCountry="gb", removeHead="true")).json()["uploadId"]

    done = await confirm(id, [{"column": 0, "field": "phoneNumber"}])

    assert done["summary"]["created"] == 1
    found = (await api.get("/contacts")).json()["content"]
    assert [c["phoneNumber"] for c in found] == ["+442079460018"]


async def test_rows_of_an_upload_are_shown_from_anywhere(api, waiting):
    url = f"/contacts/upload/{waiting}/rows"
    rows = (await api.get(url, params={"from": 3, "limit": 1})).json()
    assert rows == [[3, ["Ugo", "348 1234567", "", "y"]]]
    assert (await api.get(url, params={"from": 4})).json() == []
    for query in ({"from": 0}, {"limit": 0}, {"limit": 1001}, {"from": "x"}, {"page": 1}):
        answer = await api.get(url, params=query)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), query


async def test_a_cancelled_import_changes_nothing_more(api, waiting, run):
    wish = {"uploadId": waiting, "mapping": [PHONE]}
    id = (await api.post("/contacts/mapped/file", json=wish)).json()["id"]

    answer = await api.post(f"/imports/{id}/cancel")
    assert answer.status_code == 202, answer.text
    await run(id)

    done = (await api.get(f"/imports/{id}")).json()
    assert (done["status"], done["summary"]["total"]) == ("CANCELLED", 0)
    assert (await api.get("/contacts")).json()["totalElements"] == 0
    again = await api.post(f"/imports/{id}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "import_ended")


MANY = b"Telefono,E-mail\n" + b"".join(b"%s,a%d@example.com\n" % (b"12" if n % 3 == 0 else b"347 10000%02d" % n, n) for n in range(25))  # fmt: skip


async def test_the_ledger_is_paged_in_the_order_of_the_file(api, confirm):
    id = (await upload(api, MANY)).json()["uploadId"]
    mapping = [{"column": 0, "field": "phoneNumber"}, {"column": 1, "field": "email"}]
    done = await confirm(id, mapping, onBadValue="REJECT_ROW")
    url = f"/imports/{done['id']}/rows"

    pages = [(await api.get(url, params={"page": n, "limit": 10})).json() for n in range(4)]
    assert [len(page["content"]) for page in pages] == [10, 10, 5, 0]
    assert pages[0]["totalElements"] == 25
    assert [row["row"] for page in pages for row in page["content"]] == list(range(2, 27))

    walked, query = [], {"limit": 4, "outcome": "REJECTED"}
    while True:
        page = (await api.get(url, params=query)).json()
        walked += page["content"]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert [row["row"] for row in walked] == list(range(2, 27, 3))
    assert {(row["code"], row["column"], row["value"]) for row in walked} == {
        ("invalid_phone", "Telefono", "12")
    }
    two = (await api.get(url, params={"outcome": "CREATED,REJECTED"})).json()
    assert two["totalElements"] == 25
    none = (await api.get(url, params={"outcome": "SKIPPED"})).json()
    assert (none["content"], none["totalElements"]) == ([], 0)


@pytest.mark.parametrize("query", ["outcome=MADE", "limit=0", "limit=1001", "page=-1", "cursor=x", "colour=red"])  # fmt: skip
async def test_a_ledger_is_not_asked_nonsense(api, waiting, confirm, query):
    done = await confirm(waiting)

    answer = await api.get(f"/imports/{done['id']}/rows?{query}")

    assert answer.status_code == 400, answer.text


async def test_refused_rows_come_in_once_they_are_mended(api, confirm):
    content = b'Nome,Telefono\n"Ada, detta ""A""",12\nUgo,348 1234567\n\'=Eva\n'
    mapping = [{"column": 0, "field": "firstName"}, {"column": 1, "field": "phoneNumber"}]
    first = await confirm(
        (await upload(api, content, removeHead="true")).json()["uploadId"], mapping
    )
    assert (first["summary"]["created"], first["rejectedByCode"]) == (
        1,
        {"invalid_phone": 1, "no_identity": 1},
    )

    answer = await api.get(f"/imports/{first['id']}/rejects")
    assert answer.headers["Content-Type"].startswith("text/csv")
    header, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert header == ["Nome", "Telefono", "errorCode", "errorMessage"]
    assert [row[:3] for row in rows] == [
        ['Ada, detta "A"', "12", "invalid_phone"],
        ["'=Eva", "", "no_identity"],
    ]

    text = io.StringIO()
    csv.writer(text).writerows(
        [header, *([a, f"347 123456{n}", *rest] for n, (a, _, *rest) in enumerate(rows))]
    )
    mended = (await upload(api, text.getvalue().encode())).json()
    second = await confirm(mended["uploadId"], mapping)

    assert second["summary"] == first["summary"] | {"total": 2, "created": 2, "rejected": 0}
    found = (await api.get("/contacts")).json()["content"]
    assert sorted(c["firstName"] for c in found) == ["=Eva", 'Ada, detta "A"', "Ugo"]


async def test_an_import_without_refused_rows_has_an_empty_list_of_them(api, waiting, confirm):
    done = await confirm(waiting)

    answer = await api.get(f"/imports/{done['id']}/rejects")

    assert answer.text == ('\ufeff"Nome","Telefono","E-mail","Nome","errorCode","errorMessage"\r\n')


async def test_events_end_with_the_whole_import(api, waiting, confirm):
    done = await confirm(waiting)

    answer = await api.get(f"/imports/{done['id']}/events")

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    *_, last = [event for event in answer.text.replace("\r\n", "\n").split("\n\n") if event]
    lines = dict(line.split(": ", 1) for line in last.splitlines())
    assert lines["event"] == "end"
    assert json.loads(lines["data"]) == done


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("wait=7", 7),
        ("WAIT = 7", 7),
        ('respond-async, wait="7"', 7),
        ("wait=7; strict, handling=lenient", 7),
        ("wait=100000", 60),
        ("wait=0", 0),
        ("wait=-1", 0),
        ("wait=soon", 0),
        ("await=7", 0),
        ("wait=7seconds", 0),
        ("", 0),
    ],
)
def test_a_client_says_how_long_it_waits(header, seconds):
    request = RequestFactory().get("/", headers={"Prefer": header})

    assert seconds_to_wait(request) == seconds


async def test_who_waits_in_vain_is_told_that_it_goes_on(api, waiting):
    answer = await api.post(
        "/contacts/mapped/file",
        json={"uploadId": waiting, "mapping": [PHONE]},
        headers={"Prefer": "wait=1"},
    )

    assert (answer.status_code, answer.json()["status"]) == (202, "PENDING")


async def test_another_account_sees_neither_uploads_nor_imports(api, other, confirm, left):
    waiting = (await upload(api)).json()["uploadId"]
    done = await confirm((await upload(api)).json()["uploadId"])
    before = await left()

    wish = {"uploadId": waiting, "mapping": [PHONE]}
    for answer in (
        await api.get(f"/contacts/upload/{waiting}", headers=other),
        await api.get(f"/contacts/upload/{waiting}/rows", headers=other),
        await api.put(f"/contacts/upload/{waiting}", json={}, headers=other),
        await api.delete(f"/contacts/upload/{waiting}", headers=other),
        await api.post("/contacts/mapped/file", json=wish, headers=other),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "upload_not_found")
    for path in ("", "/rows", "/rejects", "/events"):
        answer = await api.get(f"/imports/{done['id']}{path}", headers=other)
        assert (answer.status_code, answer.json()["code"]) == (404, "import_not_found"), path
    answer = await api.post(f"/imports/{done['id']}/cancel", headers=other)
    assert (answer.status_code, answer.json()["code"]) == (404, "import_not_found")
    assert (await api.get("/imports", headers=other)).json()["totalElements"] == 0
    assert (await api.get("/contacts", headers=other)).json()["totalElements"] == 0
    seen = await api.post("/contacts/upload", files={"file": ("a.csv", CSV)}, headers=other)
    assert seen.json()["previousImport"] is None
    assert before[1] == 1


async def test_backslashes_and_nul_characters_of_a_file_are_only_text(api, confirm):
    content = b"Telefono,\\u0000\n347 1234567,a\\u0000b\n12,\\\\u0000\nx,\x00\n"
    first = await upload(api, content, encoding="utf-8", delimiter=",")
    assert first.status_code == 200, first.text
    assert first.json()["columns"][1]["header"] == "\\u0000"
    mapping = [{"column": 0, "field": "phoneNumber"}, {"column": 1, "field": "firstName"}]

    done = await confirm(first.json()["uploadId"], mapping)

    assert (done["summary"]["created"], done["summary"]["rejected"]) == (1, 2)
    assert (await api.get("/contacts")).json()["content"][0]["firstName"] == "a\\u0000b"
    refused = (await api.get(f"/imports/{done['id']}/rejects")).text.splitlines()
    assert refused[0].startswith('\ufeff"Telefono","\\u0000",')
    assert refused[1].startswith('"12","\\\\u0000","invalid_phone"')


@pytest.mark.parametrize("id", ["0", "9" * 18, "9" * 25, "-1", "x"])
async def test_an_import_that_never_was_is_404(api, id):
    for path in ("", "/rows", "/rejects", "/events"):
        assert (await api.get(f"/imports/{id}{path}")).status_code == 404, path
    assert (await api.post(f"/imports/{id}/cancel")).status_code == 404
