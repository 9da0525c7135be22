import contextlib
import gzip
import random
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.errors import Refused
from rubrica.formats import kinds
from rubrica.formats.compressed import ArchiveBomb
from rubrica.formats.kinds import FileEmpty, Found, NotATable
from tests import corpora

TABLE = "Name;Telefono\nZoë Bianchi;+39 320 1234567\n名前;090-1234-5678\n" * 20


def found(folder: Path, content: bytes, name: str = "people.csv") -> Found:
    file = folder / "upload"
    file.write_bytes(content)
    return kinds.found(file, name)


def zipped(folder: Path, **members: bytes) -> bytes:
    file = folder / "archive"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.read_bytes()


def workbook(folder: Path) -> bytes:
    file = folder / "book"
    openpyxl.Workbook().save(file)
    return file.read_bytes()


WIDE = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
NARROW = ["utf-8", "utf-8-sig", "gb18030", "iso2022_jp", "mac_roman"]


@pytest.mark.parametrize("encoding", [*WIDE, *NARROW])
def test_text_in_any_encoding_is_a_table(tmp_path: Path, encoding: str):
    content = TABLE.encode(encoding, "ignore")
    assert found(tmp_path, content) == Found("CSV")
    assert found(tmp_path, gzip.compress(content), "people.csv.gz") == Found("CSV", "GZIP")
    assert found(tmp_path, zipped(tmp_path, table=content)) == Found("CSV", "ZIP")


def test_a_table_in_chinese_without_a_mark_is_a_table(tmp_path: Path):
    text = "姓名,電話\n王小明,零九一二三四五六七八\n" * 50
    assert found(tmp_path, text.encode("utf-16-le")) == Found("CSV")
    assert found(tmp_path, text.encode("utf-16-be")) == Found("CSV")


def test_the_name_does_not_make_a_workbook_text(tmp_path: Path):
    book = workbook(tmp_path)
    assert found(tmp_path, book, "people.csv") == Found("XLSX")
    assert found(tmp_path, gzip.compress(book), "people.csv") == Found("XLSX", "GZIP")
    assert found(tmp_path, zipped(tmp_path, book=book), "people.zip") == Found("XLSX", "ZIP")


@pytest.mark.parametrize(
    "content", [b"", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xff\xfe \0\n\0", b" " * 10**6]
)
def test_nothing_but_white_space_is_empty(tmp_path: Path, content: bytes):
    with pytest.raises(FileEmpty):
        found(tmp_path, content)
    with pytest.raises(FileEmpty):
        found(tmp_path, gzip.compress(content))


def test_a_table_below_much_white_space_is_a_table(tmp_path: Path):
    assert found(tmp_path, b"\n" * 100_000 + b"a,b") == Found("CSV")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\n", "VCARD"),
        (b"item1.begin : vcard\r\n", "VCARD"),
        ("\ufeffbegin:vcard\n".encode("utf-16-le"), "VCARD"),
        (b'{"a": 1}\n{"a": 2}\n', "JSONL"),
        (b'{"a": 1}', "JSONL"),
        (b'{"a": "' + b"x" * 200_000 + b'"}', "JSONL"),
        (b"{name},{phone}\nAnna,1\n", "CSV"),
        (b"[Anna],[1]\n", "CSV"),
    ],
)
def test_cards_and_lines_of_json_are_known_by_how_they_begin(tmp_path, content, kind):
    assert found(tmp_path, content, "people.txt") == Found(kind)
    assert found(tmp_path, gzip.compress(content), "people.txt") == Found(kind, "GZIP")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
        (b"\x7fELF\x02\x01\x01\0", "program"),
        (b"MZ\x90\0\x03\0\0\0", "program"),
        (b"SQLite format 3\0\x10\0", "SQLite"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "calendar"),
        (b'[{"a": 1}, {"a": 2}]', "JSON document"),
        (b'{\n  "a": 1\n}\n', "JSON document"),
        (b"\n<!doctype html><table>", "web page"),
        (b"<?xml version='1.0'?><Workbook/>", "XML"),
        (b"BZh91AY&SY\0\x01\x02\x03", "bzip2"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(tmp_path: Path, content: bytes, what: str):
    with pytest.raises(NotATable, match=what):
        found(tmp_path, content)
    with pytest.raises(NotATable, match=what):
        found(tmp_path, zipped(tmp_path, file=content))


@pytest.mark.parametrize(
    ("member", "what"),
    [
        ("word/document.xml", "Word"),
        ("ppt/presentation.xml", "presentation"),
        ("Index/Document.iwa", "Apple Numbers"),
        ("META-INF/MANIFEST.MF", "program"),
    ],
)
def test_documents_that_are_archives_are_called_by_their_names(
    tmp_path: Path, member: str, what: str
):
    with pytest.raises(NotATable, match=what):
        found(tmp_path, zipped(tmp_path, **{member: b"x"}))


@pytest.mark.parametrize(
    "name", ["MZ", "BM,ID\n1,2\n", "ID3;name\n1;2\n", "BZh,a\n", "PK;name\n1;2"]
)
def test_a_text_that_begins_like_something_else_is_a_table(tmp_path: Path, name: str):
    assert found(tmp_path, name.encode()) == Found("CSV")


def test_binary_content_is_no_table_whatever_its_name(tmp_path: Path):
    noise = random.Random(1).randbytes(5000)
    small_numbers = b"".join(number.to_bytes(2, "big") for number in range(3000))
    for content in (noise, small_numbers, b"name\0\0\0\0phone\0\0\0" * 9):
        with pytest.raises(NotATable, match="binary"):
            found(tmp_path, content)


def test_a_stray_control_character_does_not_make_a_text_binary(tmp_path: Path):
    assert found(tmp_path, b"name,phone\nAnna\0,+39\n" * 3 + b"x" * 200) == Found("CSV")
    assert found(tmp_path, b"name\x01phone\nAnna\x01+39\n\x1a") == Found("CSV")


def test_an_archive_in_an_archive_is_refused(tmp_path: Path):
    inner = zipped(tmp_path, **{"a.csv": b"a", "b.csv": b"b"})
    with pytest.raises(NotATable, match="archive in an archive"):
        found(tmp_path, zipped(tmp_path, inner=inner))
    with pytest.raises(NotATable, match="archive in an archive"):
        found(tmp_path, gzip.compress(gzip.compress(b"a,b")))


def test_a_workbook_that_unpacks_to_too_much_is_a_bomb(tmp_path: Path):
    bomb = {"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b" " * 11 * 1024**2}
    with pytest.raises(ArchiveBomb):
        found(tmp_path, zipped(tmp_path, **bomb), "people.xlsx")


def test_a_protected_open_document_is_said_to_be_so(tmp_path: Path):
    members = {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": b"<manifest:encryption-data/>",
    }
    with pytest.raises(Refused) as refused:
        found(tmp_path, zipped(tmp_path, **members))
    assert refused.value.code == "spreadsheet_encrypted"


TEXTS = {"CSV", "JSONL", "VCARD"}


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(tmp_path_factory, content: bytes):
    with contextlib.suppress(Refused):
        kind = found(tmp_path_factory.mktemp("any"), content).kind
        assert kind in ({"XLS"} if content.startswith(kinds.COMPOUND) else TEXTS)


@corpora.present
def test_real_workbooks_are_of_the_kind_they_are_named():
    odd = {}
    for file in corpora.files(
        "excel/sheetjs/*.xls*", "excel/sheetjs/*.ods", "excel/calamine/*.xls*"
    ):
        try:
            kind = kinds.found(file, "upload").kind
        except Refused as refused:
            kind = refused.code
        if kind != file.suffix[1:].upper():
            odd[file.name] = kind
    assert odd == {"tests__too_small.xls": "CSV"}  # it is a sentence
