# ruff: noqa: DTZ001, DTZ901 - the dates of a workbook know no time zone
import datetime as dt
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.errors import Refused
from rubrica.formats import spreadsheet_child, spreadsheets
from rubrica.formats.model import Detected, Reading, Row, Wishes
from rubrica.formats.spreadsheet_child import Opened, Request, text
from rubrica.formats.spreadsheets import SpreadsheetCorrupt, SpreadsheetTimeout, SpreadsheetTooLarge

HEADER = ["Name", "Phone", "City"]
ANNA = ["Anna", "+393201234567", "Roma"]
LUCA = ["Luca", "+393207654321", "Torino"]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
BONDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def book(folder: Path, **sheets: list[list[Any]]) -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, cells in sheets.items():
        sheet = workbook.create_sheet(name)
        sheet.sheet_state = "hidden" if name.startswith("hidden") else "visible"
        for row in cells:
            sheet.append(row)
    file = folder / "book.xlsx"
    workbook.save(file)
    return file


def handmade(folder: Path, xml: str, more: dict[str, str] | None = None) -> Path:
    """Write the least XLSX there can be, with one sheet of that XML."""
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="a" Target='
        f'"xl/workbook.xml" Type="{BONDS}/officeDocument"/></Relationships>',
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="xml" ContentType="application/xml"/><Override '
        'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.sheet.main+xml"/></Types>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{BONDS}"><sheets><sheet name="one" '
        'sheetId="1" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="a" '
        f'Target="worksheets/sheet1.xml" Type="{BONDS}/worksheet"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{xml}</worksheet>',
    }
    file = folder / "handmade.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | (more or {})).items():
            archive.writestr(name, content)
    return file


def detected(file: Path, wishes: Wishes | None = None) -> Detected:
    return spreadsheets.detect(file, "XLSX", wishes or Wishes())


def all_rows(file: Path, wishes: Wishes | None = None) -> list[Row]:
    return list(spreadsheets.rows(file, detected(file, wishes).reading))


def reading(sheet: str = "one", **parts: Any) -> Reading:
    return Reading(kind="XLSX", sheet=sheet, **{"has_header": False} | parts)


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "LIMITS", spreadsheets.Limits(seconds=30))


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("+39 320", "+39 320"),
        (None, ""),
        (True, "TRUE"),
        (False, "FALSE"),
        (0, "0"),
        (-0.0, "0"),
        (393201234567.0, "393201234567"),
        (3.93e11, "393000000000"),
        (999999999999999.0, "999999999999999"),
        (12345678901234567890.0, "12345678901234600000"),
        (-1e300, "-1" + "0" * 300),
        (1.5, "1.5"),
        (1e-7, "0.0000001"),
        (-1.25e-10, "-0.000000000125"),
        (dt.date(2026, 2, 3), "2026-02-03"),
        (dt.datetime(2026, 2, 3), "2026-02-03"),
        (dt.datetime(2026, 2, 3, 4, 5, 6), "2026-02-03 04:05:06"),
        (dt.datetime(2026, 2, 3, 4, 5, 6, 999_900), "2026-02-03 04:05:07"),
        (dt.datetime.max, "9999-12-31 23:59:59"),
        (dt.time(4, 5, 6), "04:05:06"),
        (dt.timedelta(hours=30, seconds=1), "30:00:01"),
        (-dt.timedelta(minutes=90), "-01:30:00"),
    ],
)
def test_a_cell_is_what_a_person_sees(value: object, seen: str):
    assert text(value) == seen


@given(st.floats(-1e300, 1e300))
def test_a_number_is_written_without_an_exponent(value: float):
    written = text(value)
    assert "e" not in written
    assert not written.endswith(".0")
    assert float(written) == (value if abs(value) < 1e15 else pytest.approx(value, rel=1e-14))


def test_cells_of_every_type_come_as_text(tmp_path: Path):
    moment = dt.datetime(2026, 2, 3, 4, 5, 6)
    row = ["Zoë", 393201234567, 1.5, True, moment, moment.date(), moment.time(), None, "+39"]
    expected = ["Zoë", "393201234567", "1.5", "TRUE", "2026-02-03 04:05:06", "2026-02-03"]
    file = book(tmp_path, one=[row])
    for large in (False, True):
        assert read_by(file, large=large) == [[*expected, "04:05:06", "", "+39"]]


def test_rows_have_the_numbers_that_a_spreadsheet_program_shows(tmp_path: Path):
    file = book(tmp_path, one=[[], ["Members 2026"], HEADER, ANNA, ["", " "], [], LUCA])
    found = detected(file)
    assert (found.reading.skip, found.reading.has_header, found.header) == (2, True, HEADER)
    assert all_rows(file) == [Row(4, ANNA), Row(7, LUCA)]


def test_what_lies_left_of_the_first_cell_stays_in_its_column(tmp_path: Path):
    file = book(tmp_path, one=[[None, *HEADER], [None, *ANNA]])
    for large in (False, True):
        assert read_by(file, large=large) == [["", *HEADER], ["", *ANNA]]


def test_every_row_is_as_wide_as_the_header(tmp_path: Path):
    file = book(tmp_path, one=[HEADER, ["Anna"], [*LUCA, "", "note"]])
    assert all_rows(file) == [Row(2, ["Anna", "", ""]), Row(3, [*LUCA, "", "note"])]


@pytest.mark.parametrize("has_header", [True, False])
def test_the_wish_for_a_header_is_never_overridden(tmp_path: Path, has_header: bool):
    file = book(tmp_path, one=[HEADER, ANNA, LUCA])
    numbers = [row.number for row in all_rows(file, Wishes(has_header=has_header))]
    assert numbers == ([2, 3] if has_header else [1, 2, 3])


def test_rows_without_a_header_are_all_rows(tmp_path: Path):
    assert all_rows(book(tmp_path, one=[ANNA, LUCA])) == [Row(1, ANNA), Row(2, LUCA)]


def test_the_first_visible_sheet_with_content_is_read(tmp_path: Path):
    file = book(tmp_path, hidden=[["secret"]], empty=[], one=[HEADER, ANNA], two=[HEADER, LUCA])
    found = detected(file)
    assert found.reading.sheet == "one"
    assert [(sheet.name, sheet.hidden) for sheet in found.sheets] == [
        ("hidden", True),
        ("empty", False),
        ("one", False),
        ("two", False),
    ]


def test_the_sheet_that_is_wished_is_read_though_it_is_hidden(tmp_path: Path):
    file = book(tmp_path, one=[HEADER, ANNA], hidden=[HEADER, LUCA])
    assert all_rows(file, Wishes(sheet="hidden")) == [Row(2, LUCA)]


def test_an_unknown_sheet_is_refused_with_those_there_are(tmp_path: Path):
    with pytest.raises(Refused, match=r"“Rome”.*“one”, “two”") as refused:
        detected(book(tmp_path, one=[HEADER], two=[HEADER]), Wishes(sheet="Rome"))
    assert refused.value.code == "unknown_sheet"


def test_a_workbook_without_content_is_empty(tmp_path: Path):
    with pytest.raises(Refused) as refused:
        detected(book(tmp_path, one=[], two=[["", " "]], hidden=[ANNA]))
    assert refused.value.code == "file_empty"


def test_no_nul_character_comes_out(tmp_path: Path):
    assert spreadsheet_child._texts(["a\0b", "\0", 1]) == ["ab", "", "1"]
    assert spreadsheet_child._texts(["a", "\0"]) == ["a"]


def read_by(file: Path, *, large: bool) -> list[list[str]]:
    read = spreadsheet_child._by_openpyxl if large else spreadsheet_child._by_calamine
    _, rows = read(Request(str(file), "XLSX", None, 0, 0))
    return list(rows)


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(-1e14, 1e14).map(lambda number: float(f"{number:.10g}")),
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20).filter(
        lambda cell: not cell.startswith("=")
    ),
    st.dates(dt.date(1901, 1, 1)),
)


@given(st.lists(st.lists(values, max_size=5), min_size=1, max_size=5))
def test_both_readers_read_the_same(tmp_path_factory, cells: list[list[Any]]):
    file = book(tmp_path_factory.mktemp("book"), one=[[*row, "end"] for row in cells])
    assert read_by(file, large=True) == read_by(file, large=False)


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#REF!"])
def test_an_error_is_its_text(tmp_path: Path, error: str):
    cells = f'<row r="1"><c r="A1" t="e"><v>{error}</v></c><c r="B1"><v>1</v></c></row>'
    file = handmade(tmp_path, f"<sheetData>{cells}</sheetData>")
    assert list(spreadsheets.rows(file, reading())) == [Row(1, [error, "1"])]


def cell(place: str, value: str = "x") -> str:
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f'<row r="{row}"><c r="{place}" t="inlineStr"><is><t>{value}</t></is></c></row>'


def test_a_stray_cell_at_the_end_of_the_sheet_costs_nothing(tmp_path: Path):
    cells = cell("A1", "Name") + cell("A2", "Anna") + cell("XFD1048576", "oops")
    xml = f'<dimension ref="A1:XFD1048576"/><sheetData>{cells}</sheetData>'
    file = handmade(tmp_path, xml)
    assert spreadsheet_child.is_streamed(str(file))
    rows = all_rows(file, Wishes(has_header=True))
    assert rows[0] == Row(2, ["Anna"])
    assert (rows[1].number, len(rows[1].cells), rows[1].cells[-1]) == (1_048_576, 16_384, "oops")
    assert len(rows) == 2


def test_a_claim_of_a_billion_rows_is_no_more_than_a_claim(tmp_path: Path):
    xml = f'<dimension ref="A1:XFD999999999"/><sheetData>{cell("A1")}{cell("A2")}</sheetData>'
    assert list(spreadsheets.rows(handmade(tmp_path, xml), reading())) == [
        Row(1, ["x"]),
        Row(2, ["x"]),
    ]


@pytest.mark.parametrize(
    "claim", ["", '<dimension ref="A1:B2"/>', '<dimension ref="A1:XFD9999999"/>']
)
@pytest.mark.parametrize("place", ["XFD1048576", "A4000000000", "ZZZZZZZZ1"])
def test_a_cell_beyond_all_bounds_ends_in_rows_or_a_refusal(tmp_path: Path, claim: str, place: str):
    file = handmade(tmp_path, f"{claim}<sheetData>{cell('A1')}{cell(place)}</sheetData>")
    try:
        assert next(spreadsheets.rows(file, reading())) == Row(1, ["x"])
    except (SpreadsheetTooLarge, SpreadsheetCorrupt) as refused:
        assert refused.detail  # noqa: PT017 - either is right


def test_a_sparse_sheet_that_hides_its_size_is_too_large(tmp_path: Path):
    file = handmade(tmp_path, f"<sheetData>{cell('A1')}{cell('XFD1048576')}</sheetData>")
    with pytest.raises(SpreadsheetTooLarge, match="Delete the empty rows"):
        detected(file)


def test_many_cells_are_counted_though_nothing_claims_them(tmp_path: Path):
    row = "<row>" + "<c r='A1'/>" * 1000 + "</row>"
    few = handmade(tmp_path, f"<sheetData>{row * 4990}</sheetData>")
    assert not spreadsheet_child.is_streamed(str(few))
    many = handmade(tmp_path, f"<sheetData>{row * 5010}</sheetData>")
    assert spreadsheet_child.is_streamed(str(many))


def test_entities_are_not_expanded(tmp_path: Path):
    lines = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    strings = (
        f'<!DOCTYPE sst [<!ENTITY l0 "lol"><!ENTITY file SYSTEM "file:///etc/passwd">{lines}]>'
        f'<sst xmlns="{MAIN}"><si><t>&l9;&file;</t></si></sst>'
    )
    xml = '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>'
    bonds = (
        f'<Relationships xmlns="{PACKAGE}"><Relationship Id="a" Target="worksheets/sheet1.xml" '
        f'Type="{BONDS}/worksheet"/><Relationship Id="b" Target="sharedStrings.xml" '
        f'Type="{BONDS}/sharedStrings"/></Relationships>'
    )
    more = {"xl/sharedStrings.xml": strings, "xl/_rels/workbook.xml.rels": bonds}
    with pytest.raises(SpreadsheetCorrupt):
        detected(handmade(tmp_path, xml, more))


@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=3))
def test_a_damaged_workbook_ends_in_rows_or_a_refusal(tmp_path_factory, damage):
    file = book(tmp_path_factory.mktemp("damage"), one=[HEADER, ANNA])
    damaged = bytearray(file.read_bytes())
    for place, byte in damage:
        damaged[int(place * len(damaged))] = byte
    file.write_bytes(damaged)
    try:
        assert all(row.number for row in all_rows(file))
    except Refused as refused:
        assert refused.code in {"spreadsheet_corrupt", "file_empty"}  # noqa: PT017


def ready_then(statement: str) -> list[str]:
    """Return a command that says it is ready and then behaves badly."""
    program = (
        "import os, signal, sys, time, msgspec\n"
        "def send(message): os.write(1, len(message).to_bytes(4, 'big') + message)\n"
        "send(msgspec.msgpack.encode({'type': 'Ready'}))\n"
    )
    return [sys.executable, "-c", program + statement]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "spreadsheet_corrupt"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "spreadsheet_too_large"),
        ("os.kill(os.getpid(), signal.SIGXCPU)", "spreadsheet_timeout"),
        (
            "os.write(2, b'memory allocation of 9 bytes failed'); os.abort()",
            "spreadsheet_too_large",
        ),
        ("os.abort()", "spreadsheet_corrupt"),
        ("sys.exit(0)", "spreadsheet_corrupt"),
        ("time.sleep(60)", "spreadsheet_timeout"),
        ("os.close(1); time.sleep(0.1)", "spreadsheet_corrupt"),
        ("os.write(1, b'thread panicked at')", "spreadsheet_corrupt"),
        ("send(b'garbage')", "spreadsheet_corrupt"),
        ("send(msgspec.msgpack.encode({'type': 'Rows', 'rows': [[1]]}))", "spreadsheet_corrupt"),
        ("os.write(1, (2**20).to_bytes(4, 'big') + b'too little')", "spreadsheet_corrupt"),
    ],
)
def test_whatever_the_child_does_the_answer_is_a_refusal(statement: str, code: str):
    patience = 1 if "sleep(60)" in statement else 60  # a child on a busy machine begins late
    with pytest.raises(Refused) as refused:
        list(spreadsheets.frames(ready_then(statement), patience))
    assert refused.value.code == code


def test_a_child_that_does_not_start_is_not_the_fault_of_the_file():
    with pytest.raises(Refused) as refused:
        list(spreadsheets.frames([sys.executable, "-c", "import nothing_of_that_name"], 5))
    assert refused.value.code == "spreadsheet_reader_unavailable"
    with pytest.raises(Refused) as refused:
        list(spreadsheets.frames(["/nothing/of/that/name"], 5))
    assert refused.value.code == "spreadsheet_reader_unavailable"


def test_only_waiting_for_the_child_counts_as_its_time():
    send = "send(msgspec.msgpack.encode({'type': 'Rows', 'rows': [['a']]}))\n"
    done = "send(msgspec.msgpack.encode({'type': 'Done'}))"
    frames = spreadsheets.frames(ready_then(send + send + done), 1)
    next(frames)
    time.sleep(1.2)
    assert len(list(frames)) == 1


def test_closing_the_rows_ends_the_child_and_all_it_started():
    program = (
        "import subprocess\n"
        "other = subprocess.Popen(['sleep', '60'])\n"
        "sheets = [[str(os.getpid()), False], [str(other.pid), False]]\n"
        "send(msgspec.msgpack.encode({'type': 'Opened', 'sheets': sheets, 'sheet': None}))\n"
        "time.sleep(60)"
    )
    frames = spreadsheets.frames(ready_then(program), 30)
    opened = next(frames)
    assert isinstance(opened, Opened)
    frames.close()
    assert [name for name, _ in opened.sheets if not is_gone(int(name))] == []


def is_gone(pid: int) -> bool:
    for _ in range(500):
        try:
            os.kill(pid, 0)
            if " Z " in Path(f"/proc/{pid}/stat").read_text():
                return True  # dead, and not yet buried by a parent that is not us
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def long_book(tmp_path: Path) -> Path:
    return book(tmp_path, one=[[f"Anna {number}", "x" * 100] for number in range(20_000)])


def children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        yield from map(int, (task / "children").read_text().split())


on_linux = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="children are found in /proc"
)


@on_linux
def test_closing_the_rows_of_a_workbook_early_ends_its_child(long_book: Path):
    before = set(children(os.getpid()))
    rows = spreadsheets.rows(long_book, reading())
    assert next(rows).number == 1
    (child,) = set(children(os.getpid())) - before
    rows.close()
    assert is_gone(child)


@on_linux
def test_the_child_dies_with_its_parent(long_book: Path):
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from rubrica.formats import spreadsheets\n"
        "from rubrica.formats.model import Reading\n"
        "reading = Reading(kind='XLSX', sheet='one', has_header=False)\n"
        "rows = spreadsheets.rows(Path(sys.argv[1]), reading)\n"
        "next(rows)\n"
        "print('reading', flush=True)\n"
        "time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, long_book], stdout=subprocess.PIPE)
    assert parent.stdout
    with parent.stdout:
        assert parent.stdout.readline() == b"reading\n"
        (child,) = children(parent.pid)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    assert is_gone(child)


def test_a_workbook_that_takes_too_long_is_refused(
    long_book: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(spreadsheets, "LIMITS", spreadsheets.Limits(seconds=0))
    with pytest.raises(SpreadsheetTimeout):
        detected(long_book)


def test_the_first_rows_of_a_large_sheet_are_the_same_when_they_are_wanted_soon(tmp_path: Path):
    count = spreadsheet_child.QUICK_CELLS // 2 + 10
    file = book(tmp_path, one=[["name", "phone"], *([f"n{i}", str(i)] for i in range(count))])
    assert spreadsheet_child.is_streamed(str(file), spreadsheet_child.QUICK_CELLS)
    assert not spreadsheet_child.is_streamed(str(file))
    found = detected(file).reading
    soon, late = (list(spreadsheets.rows(file, found, soon=soon)) for soon in (True, False))
    assert soon == late
    assert len(late) == count
