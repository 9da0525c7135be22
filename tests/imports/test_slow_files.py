"""Files that take longer than a request may: it answers what is known, and a job finds the rest."""

import gzip
import io
import zipfile

import openpyxl
import psutil
import pytest

from rubrica.deadlines import Deadline, TimeIsUp
from rubrica.formats import spreadsheets
from rubrica.imports import analysing, service
from rubrica.storage import Storage

ROWS = [["Nome", "Telefono"], ["Anna", "347 1234567"], ["Ugo", "348 1234567"]]
TABLE = "".join(f"{name},{phone}\n" for name, phone in ROWS).encode()


def workbook(**sheets):
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


BOOK = workbook(people=ROWS, others=[["E-mail"], ["eva@example.com"]])


def broken(book):
    """Spoil every sheet of a workbook."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as whole, zipfile.ZipFile(file, "w") as spoiled:
        for part in whole.namelist():
            spoiled.writestr(part, b"<oops" if "worksheets/" in part else whole.read(part))
    return file.getvalue()


BROKEN = broken(BOOK)


@pytest.fixture
def impatience(monkeypatch):
    monkeypatch.setattr(analysing, "PATIENCE", 0.0)


@pytest.fixture
def upload(api):
    async def upload(content, name="people.xlsx", path=""):
        files = {"file": (name, content)}
        return await api.post(f"/contacts/upload{path}", files=files)

    return upload


@pytest.fixture
def read_behind(api, db, storage, tx):
    """Do what the job does, and ask for the upload again."""

    async def read_behind(id):
        account = await tx.value("SELECT account_id FROM uploads WHERE id = %(id)s", id=id)
        queued = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'imports.analyse'"
        assert await tx.value(queued) > 0
        await service.analyse_whole(db, storage, account, id)
        return (await api.get(f"/contacts/upload/{id}")).json()

    return read_behind


def codes(seen):
    return [each["code"] for each in seen["warnings"]]


def confirmation(seen):
    mapping = seen["mapping"] or [{"column": 1, "field": "phoneNumber"}]
    return {"uploadId": seen["uploadId"], "mapping": mapping}


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (BOOK, "people.xlsx", "XLSX"),
        (BOOK, "people", "XLSX"),
        (gzip.compress(BOOK), "people.xlsx.gz", "XLSX"),
        (TABLE, "people.csv", "CSV"),
        (gzip.compress(TABLE), "people.csv.gz", "CSV"),
    ],
    ids=["workbook", "nameless", "packed workbook", "text", "packed text"],
)
async def test_what_is_not_read_in_time_is_read_behind(
    api, impatience, upload, read_behind, run, content, name, kind
):
    answer = await upload(content, name)

    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert (seen["complete"], seen["kind"], seen["size"]) == (False, kind, len(content))
    assert (seen["columns"], seen["rows"], seen["mapping"]) == ([], [], [])
    assert (seen["totalRows"], codes(seen)) == (None, ["still_reading"])
    url = f"/contacts/upload/{seen['uploadId']}"
    assert (await api.get(url)).json() == seen
    early = await api.post("/contacts/mapped/file", json=confirmation(seen))
    rows = await api.get(f"{url}/rows")
    assert [(each.status_code, each.json()["code"]) for each in (early, rows)] == [
        (409, "upload_unread")
    ] * 2

    found = await read_behind(seen["uploadId"])

    assert (found["complete"], found["totalRows"], found["sha256"]) == (True, 2, seen["sha256"])
    assert found["rows"] == ROWS[1:]
    assert [line["field"] for line in found["mapping"]] == ["fullName", "phoneNumber"]
    assert "still_reading" not in codes(found)
    answer = await api.post("/contacts/mapped/file", json=confirmation(found))
    assert answer.status_code == 202, answer.text
    await run(answer.json()["id"])
    done = (await api.get(f"/imports/{answer.json()['id']}")).json()
    assert done["summary"]["created"] == 2


async def test_nothing_is_left_running_behind_an_answer(upload, monkeypatch, tmp_path):
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(spreadsheets, "PROGRAM", str(slow))
    monkeypatch.setattr(analysing, "PATIENCE", 0.5)
    before = psutil.Process().children(recursive=True)

    seen = (await upload(BOOK)).json()

    assert codes(seen) == ["still_reading"]
    assert set(psutil.Process().children(recursive=True)) <= set(before)


async def test_a_file_read_otherwise_is_read_behind_too(api, upload, read_behind, monkeypatch):
    seen = (await upload(BOOK)).json()
    monkeypatch.setattr(analysing, "PATIENCE", 0.0)
    answer = await api.put(f"/contacts/upload/{seen['uploadId']}", json={"sheet": "others"})

    assert answer.status_code == 200, answer.text
    assert (answer.json()["complete"], answer.json()["columns"]) == (False, [])
    found = await read_behind(seen["uploadId"])
    assert (found["sheet"], found["rows"]) == ("others", [["eva@example.com"]])


@pytest.mark.parametrize(
    ("content", "name", "code", "status"),
    [
        (BROKEN, "people.xlsx", "spreadsheet_corrupt", 400),
        (gzip.compress(TABLE)[:40], "people.csv.gz", "file_corrupt", 400),
        (gzip.compress(bytes(20 * 1024**2)), "people.csv.gz", "archive_bomb", 413),
    ],
    ids=["broken workbook", "broken archive", "bomb"],
)
async def test_a_refusal_found_behind_is_told_and_keeps_from_confirming(
    api, upload, read_behind, monkeypatch, content, name, code, status
):
    with monkeypatch.context() as impatience:
        impatience.setattr(analysing, "PATIENCE", 0.0)
        seen = (await upload(content, name)).json()
    assert codes(seen) == ["still_reading"]

    found = await read_behind(seen["uploadId"])

    assert (found["complete"], codes(found)) == (True, [code])
    answer = await api.post("/contacts/mapped/file", json=confirmation(found))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["detail"] == found["warnings"][0]["message"]
    again = await api.put(f"/contacts/upload/{seen['uploadId']}", json={"removeHead": True})
    assert (again.status_code, again.json()["code"]) == (status, code)


async def test_a_reading_that_fails_on_our_side_ends_the_waiting(
    upload, read_behind, storage, tx, monkeypatch
):
    monkeypatch.setattr(analysing, "PATIENCE", 0.0)
    seen = (await upload(BOOK)).json()
    key = "SELECT storage_key FROM uploads WHERE id = %(id)s"
    await storage.delete(await tx.value(key, id=seen["uploadId"]))

    found = await read_behind(seen["uploadId"])

    assert (found["complete"], codes(found)) == (True, ["internal_error"])


async def test_rows_that_take_long_to_reach_are_refused(api, upload, monkeypatch):
    seen = (await upload(BOOK)).json()
    monkeypatch.setattr(analysing, "PATIENCE", 0.0)

    answer = await api.get(f"/contacts/upload/{seen['uploadId']}/rows")

    assert (answer.status_code, answer.json()["code"]) == (413, "rows_take_long")


async def test_a_workbook_among_cards_is_refused_once_it_is_read(
    api, upload, read_behind, monkeypatch
):
    monkeypatch.setattr(analysing, "PATIENCE", 0.0)
    seen = (await upload(BOOK, path="/vcard")).json()
    await read_behind(seen["uploadId"])

    answer = await api.post("/contacts/mapped/vcard", json={"uploadId": seen["uploadId"]})

    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_kind")


async def test_a_file_is_fetched_from_a_bucket_until_the_deadline(tmp_path):
    async def blocks():
        yield TABLE

    storage = Storage("memory:///")
    await storage.put("uploads/1/a", blocks())
    with storage.local("uploads/1/a", Deadline.after(600)) as path:
        assert path.read_bytes() == TABLE
    with pytest.raises(TimeIsUp), storage.local("uploads/1/a", Deadline.after(0)):
        pass


BOMB = gzip.compress(b"Telefono,Note\n" + (b"3471234567," + b"x" * 2000 + b"\n") * 7000)
"""A table that goes on past what its packed size allows."""


async def test_a_bomb_that_a_request_comes_upon_is_refused(api, upload, tx):
    answer = await upload(BOMB, "people.csv.gz")

    assert (answer.status_code, answer.json()["code"]) == (413, "archive_bomb"), answer.text
    assert await tx.value("SELECT count(*) FROM uploads") == 0


async def test_a_bomb_deeper_in_a_file_is_told_behind_and_ends_its_import(
    api, upload, read_behind, run, monkeypatch
):
    monkeypatch.setattr(analysing, "SECONDS", 0.0)
    seen = (await upload(BOMB, "people.csv.gz")).json()
    assert (seen["complete"], len(seen["rows"])) == (False, 10)

    found = await read_behind(seen["uploadId"])
    assert (found["complete"], "archive_bomb" in codes(found)) == (True, True)

    answer = await api.post("/contacts/mapped/file", json=confirmation(seen))
    assert answer.status_code == 202, answer.text
    await run(answer.json()["id"])
    done = (await api.get(f"/imports/{answer.json()['id']}")).json()
    assert (done["status"], done["error"]["code"]) == ("FAILED", "archive_bomb")
