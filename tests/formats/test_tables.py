import gzip
import json
import resource
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from rubrica import formats
from rubrica.errors import Refused
from rubrica.formats import Row, Wishes, spreadsheets
from tests import corpora

CSV = "Name;Phone\nAnna;+393201234567\n\nLuca;+393207654321\n"
ROWS = [Row(2, ["Anna", "+393201234567"]), Row(4, ["Luca", "+393207654321"])]


def packed(content: bytes, packing: str, folder: Path) -> Path:
    file = folder / "upload"
    if packing == "GZIP":
        file.write_bytes(gzip.compress(content))
    elif packing == "ZIP":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("people", content)
    else:
        file.write_bytes(content)
    return file


def workbook(folder: Path) -> bytes:
    file = folder / "book.xlsx"
    book = openpyxl.Workbook()
    for line in CSV.splitlines():
        book.worksheets[0].append(line.split(";"))
    book.save(file)
    return file.read_bytes()


@pytest.mark.parametrize("packing", ["", "GZIP", "ZIP"])
@pytest.mark.parametrize("kind", ["CSV", "XLSX"])
def test_the_same_table_is_read_from_any_file(tmp_path: Path, kind: str, packing: str):
    content = CSV.encode() if kind == "CSV" else workbook(tmp_path)
    file = packed(content, packing, tmp_path)
    detected = formats.detect(file, "people.bin", Wishes())
    assert (detected.reading.kind, detected.reading.compression) == (kind, packing)
    assert detected.header == ["Name", "Phone"]
    assert list(formats.rows(file, detected.reading)) == ROWS


@pytest.mark.parametrize("kind", ["CSV", "XLSX"])
def test_a_reading_gives_the_same_rows_each_time(tmp_path: Path, kind: str):
    file = packed(CSV.encode() if kind == "CSV" else workbook(tmp_path), "GZIP", tmp_path)
    reading = formats.detect(file, "", Wishes()).reading
    early = formats.rows(file, reading)
    assert next(early) == ROWS[0]
    early.close()
    assert list(formats.rows(file, reading)) == list(formats.rows(file, reading)) == ROWS


def test_an_empty_file_is_empty_however_it_is_packed(tmp_path: Path):
    for packing in ("", "GZIP", "ZIP"):
        with pytest.raises(Refused) as refused:
            formats.detect(packed(b"\n \n", packing, tmp_path), "people.csv", Wishes())
        assert refused.value.code == "file_empty"


@pytest.mark.parametrize("name", ["wide.csv", "wide.jsonl"])
def test_a_table_of_endless_columns_is_refused_whatever_its_kind(tmp_path: Path, name: str):
    columns = [f"column {number}" for number in range(formats.MOST_COLUMNS + 1)]
    file = tmp_path / name
    line = ",".join(columns) if name == "wide.csv" else json.dumps(dict.fromkeys(columns, 1))
    file.write_text(f"{line}\n")
    with pytest.raises(formats.TooManyColumns):
        formats.detect(file, name, Wishes(has_header=True))


TABLES = corpora.files("excel/*/*", "csv/*/*")


@corpora.present
@pytest.mark.parametrize("file", TABLES, ids=[f"{file.parent.name}-{file.name}" for file in TABLES])
def test_real_files_end_in_rows_or_a_refusal(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spreadsheets, "LIMITS", spreadsheets.Limits(seconds=10))
    try:
        reading = formats.detect(file, file.name, Wishes()).reading
        numbers = [row.number for row in formats.rows(file, reading) if any(row.cells)]
    except Refused as refused:
        assert refused.code in REFUSALS  # noqa: PT017 - either is right
        assert refused.detail.endswith((".", "!"))  # noqa: PT017
    else:
        assert numbers == sorted(set(numbers))
        assert not numbers or numbers[0] > reading.skip + reading.has_header - 1


REFUSALS = {
    "archive_of_several",
    "file_corrupt",
    "file_empty",
    "not_a_table",
    "spreadsheet_corrupt",
    "spreadsheet_encrypted",
}


@corpora.present
@pytest.mark.parametrize(
    "file",
    corpora.files("excel/sheetjs/password*", "excel/*/*password.xls", "excel/*/*protected_sha512*"),
    ids=lambda file: file.name,
)
def test_a_workbook_behind_a_password_is_said_to_be_so(file: Path):
    with pytest.raises(Refused) as refused:
        formats.detect(file, file.name, Wishes())
    assert refused.value.code == "spreadsheet_encrypted"


@corpora.present
@pytest.mark.parametrize("kinds", [("xlsx", "xls", "xlsb", "ods")])
def test_one_workbook_saved_in_every_format_is_the_same_table(kinds: tuple[str, ...]):
    tables = []
    for kind in kinds:
        (file,) = corpora.files(f"excel/sheetjs/merge_cells.{kind}")
        reading = formats.detect(file, file.name, Wishes()).reading
        tables.append(list(formats.rows(file, reading)))
    assert tables[0]
    assert all(table == tables[0] for table in tables)


def test_no_child_ever_took_more_than_its_memory():
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    assert most * unit < 1.6 * 1024**3
