"""The file of refused rows: safe for a spreadsheet program, and read as the first file was."""

import csv
import io

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rubrica import formats
from rubrica.formats import Reading, Wishes
from rubrica.imports import rejects

NASTY = "=+-@\t\r\n'\"\\,;|:~ \u00a0\u2028\ufeff%{}0a\u00c0"
FORMULAS = ["=1+1", "+39 06", "-1", "@A1", "\t=1", "\r=1", "'", "''", "'=1", "'t Hooft", "+393471"]
TEXTS = st.sampled_from(FORMULAS) | st.text(
    st.sampled_from(NASTY) | st.characters(exclude_categories=["Cs", "Cc"]), max_size=20
)
HEADER = ["Nome", "=Telefono", "Note", "errorCode", "errorMessage"]
ENDS = ("invalid_phone", "“12” is no number.")
READINGS = [
    Reading(kind="CSV", delimiter=";"),
    Reading(kind="CSV", delimiter="\t"),
    Reading(kind="CSV", delimiter="|"),
    Reading(kind="CSV", delimiter="||"),
    Reading(kind="XLSX"),
    Reading(kind="JSONL"),
]


@pytest.mark.parametrize("reading", READINGS, ids=lambda r: f"{r.kind}{r.delimiter}")
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(rows=[[text] * 3 for text in FORMULAS])
@given(rows=st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=8))
def test_refused_rows_are_read_as_they_were(tmp_path, reading, rows):
    meant = [rejects.meant(row, reading) for row in rows]
    text = rejects.table([HEADER], reading)
    text += rejects.table([[*row, *ENDS] for row in meant], reading)
    file = tmp_path / "rejects.csv"
    file.write_bytes(text.encode("utf-8-sig"))

    found = formats.detect(file, "rejects.csv", Wishes())
    read = [row.cells for row in formats.rows(file, found.reading)]

    usual = reading.delimiter in (";", "\t", "|")
    assert found.reading.delimiter == (reading.delimiter if usual else ",")
    assert [formats.unguarded(name) for name in found.header] == HEADER
    assert [rejects.meant(row, found.reading) for row in read] == [[*row, *ENDS] for row in meant]
    runs = ("=", "-", "@", "\t", "\r")
    assert not any(cell.startswith(runs) for row in [found.header, *read] for cell in row)


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("'t Hooft", "''t Hooft"),
        ("'", "''"),
        ("+39 347 1234567", "'+39 347 1234567"),
        ("+393471234567", "+393471234567"),
        ("+393471234567x", "'+393471234567x"),
        ("+39347123456789012", "'+39347123456789012"),
        ("", ""),
        ("Anna", "Anna"),
    ],
)
def test_a_cell_is_guarded_and_no_number_is(cell, safe):
    assert formats.guarded(cell) == safe
    assert formats.unguarded(safe) == cell


CONTENT = """Nome;Telefono;=Note
'=Eva;;=1+1
'=Ada;12;'t Hooft
Ugo;+393471;-
"""


@pytest.mark.parametrize("kind", ["text", "lines of JSON"])
async def test_a_round_of_refused_rows_loses_nothing(api, take_in, kind):
    if kind == "text":
        content, note = CONTENT, "=Note"
    else:
        content, note = '{"Nome": "\'=Eva", "Telefono": "1", "-n": "=1+1"}\n', "-n"
    fields = {"Nome": "firstName", "Telefono": "phoneNumber", note: "notes"}
    mapping = [{"column": name, "field": field} for name, field in fields.items()]
    seen, first, _ = await take_in(content, mapping=mapping)
    rejected = await api.get(f"/imports/{first['id']}/rejects")
    again, second, _ = await take_in(rejected.content, "rejects.csv", mapping=mapping)
    last = await api.get(f"/imports/{second['id']}/rejects")

    assert [each["header"] for each in again["columns"]][:3] == [
        each["header"] for each in seen["columns"]
    ]
    assert second["rejectedByCode"] == first["rejectedByCode"]
    _, *before = csv.reader(io.StringIO(rejected.text), delimiter=again["delimiter"])
    _, *after = csv.reader(io.StringIO(last.text), delimiter=again["delimiter"])
    assert [row[:4] for row in after] == [row[:4] for row in before]
    assert again["delimiter"] == (";" if kind == "text" else ",")
