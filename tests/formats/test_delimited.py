import csv
import io
import itertools
import re
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.errors import Refused
from rubrica.formats import delimited, dialects
from rubrica.formats.kinds import FileEmpty
from rubrica.formats.model import Detected, Reading, Row, Wishes
from tests import corpora


def detected(content: str | bytes, **wishes: Any) -> Detected:
    content = content.encode() if isinstance(content, str) else content
    return delimited.detect(partial(io.BytesIO, content), Wishes(**wishes))


def read(content: str | bytes, reading: Reading) -> list[Row]:
    content = content.encode() if isinstance(content, str) else content
    return list(delimited.rows(io.BytesIO(content), reading))


def table(content: str | bytes, **wishes: Any) -> tuple[list[str], list[list[str]]]:
    found = detected(content, **wishes)
    return found.header, [row.cells for row in read(content, found.reading)]


def codes(found: Detected) -> list[str]:
    return [warning.code for warning in found.warnings]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", ":"])
def test_the_delimiter_is_found(delimiter: str):
    content = "nome,cognome,tel\nMario,Rossi,333\nLuca,Verdi,334\n".replace(",", delimiter)
    assert detected(content).reading.delimiter == delimiter
    assert table(content) == (
        ["nome", "cognome", "tel"],
        [["Mario", "Rossi", "333"], ["Luca", "Verdi", "334"]],
    )


@pytest.mark.parametrize(
    "content",
    [
        "telefono\n+39 333 1234567\n+39 333 1234568\n",
        "Nome Cognome\nMario Rossi\nAnna Verdi\n",
        "email\na@x.it\n",
        "Data Ora\n2018-01-01 10:00:00\n2018-01-02 10:00:00\n",
        "Full name\nRossi, Mario\nBianchi, Luca\n",
    ],
)
def test_a_table_of_one_column_stays_one_column(content: str):
    found = detected(content)
    assert found.header == content.splitlines()[:1]
    rows = [[line] for line in content.splitlines()[1:]]
    assert [row.cells for row in read(content, found.reading)] == rows
    assert not found.warnings


def test_numbers_without_a_header_stay_one_column():
    content = "+39 333 1234567\n+39 333 1234568\n+39 333 1234569"
    found = detected(content)
    assert not found.reading.has_header
    assert read(content, found.reading) == [
        Row(number, [line]) for number, line in enumerate(content.splitlines(), 1)
    ]


def test_a_comma_inside_cells_does_not_win_over_the_semicolon():
    assert table("Nome;Note\nMario;ciao, come va\nLuca;x, y\n")[0] == ["Nome", "Note"]
    assert table("name;emails\nMario;a@x.it,b@x.it\nLuca;c@x.it,d@x.it\n")[1][0][0] == "Mario"
    assert table("a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n")[1][0] == ["1,5", "2,5", "3,5"]


@pytest.mark.parametrize("delimiter", ["||", "::", "~", "\\t", ", "])
def test_the_delimiter_that_the_client_names_is_taken(delimiter: str):
    parted = "\t" if delimiter == "\\t" else delimiter
    content = f'nome{parted}cognome\n"Ma{parted}rio"{parted}Rossi;x\n'
    assert detected(content, delimiter=delimiter).reading.delimiter == parted
    assert table(content, delimiter=delimiter)[1] == [[f"Ma{parted}rio", "Rossi;x"]]


@pytest.mark.parametrize("delimiter", ["", '"', "\n", "a\rb", "123456789"])
def test_what_cannot_part_cells_is_refused(delimiter: str):
    with pytest.raises(dialects.BadDelimiter):
        detected("a,b\n", delimiter=delimiter)


def test_a_line_that_declares_the_delimiter_is_no_row():
    found = detected("sep=;\r\nNome;Email\r\nA;a@x.it\r\n")
    assert (found.reading.delimiter, found.reading.skip) == (";", 1)
    assert found.header == ["Nome", "Email"]
    assert read("sep=;\r\nNome;Email\r\nA;a@x.it\r\n", found.reading) == [Row(3, ["A", "a@x.it"])]


def test_what_the_client_wishes_is_never_overridden():
    content = "Nome;Città\nMario,x;Forlì\n".encode("cp1252")
    found = detected(content, encoding="mac-roman", delimiter=",", has_header=False)
    assert found.reading.encoding == "mac-roman"
    assert found.reading.delimiter == ","
    assert not found.reading.has_header
    assert found.header == []
    assert detected("Mario,a@b.it\nLuca,b@b.it", has_header=True).header == ["Mario", "a@b.it"]


def test_backslashes_escape_quotes_only_where_the_text_shows_it():
    content = 'nome,note\nMario,"ciao \\"bello\\" ok"\nLuca,x\n'
    assert detected(content).reading.escape == "\\"
    assert table(content)[1][0] == ["Mario", 'ciao "bello" ok']
    content = 'nome,path\nMario,"C:\\dir\\"\nLuca,C:\\new\n'
    assert table(content)[1] == [["Mario", "C:\\dir\\"], ["Luca", "C:\\new"]]


def test_inches_are_no_quotes():
    content = 'size\tname\n"6 inch\tnut\n7"\tplug\n8\tx\n'
    assert detected(content).reading.quote is None
    assert table(content)[1][0] == ['"6 inch', "nut"]


def test_a_formula_around_a_number_is_no_stray_quote():
    rows = "".join(f'Anna;="347123450{n}";"x"\n' for n in range(5))
    assert codes(detected(f"name;phone;note\n{rows}".encode())) == []
    broken = f'name;phone;note\n{rows}Ugo;x="3471234509";"x"\n'
    assert codes(detected(broken.encode())) == ["stray_quote"]


def test_a_quote_that_is_never_closed_swallows_no_row():
    good = "Mario,a@b.it\n"
    content = f'nome,email\n{good * 5}"Luca,c@d.it\n{good * 2000}'
    found = detected(content)
    assert "unclosed_quote" in codes(found)
    rows = read(content, found.reading)
    assert len(rows) == 2006
    assert rows[5][:2] == (7, ['"Luca', "c@d.it"])
    assert rows[5].damage == "Line 7: a quote opens a cell and is never closed."
    assert rows[-1] == Row(2007, ["Mario", "a@b.it"])


def test_a_damaged_row_is_told_of_by_the_line_it_begins_at():
    good = "Zoe,x,z@b.it\n" * 9
    content = f'nome,note,email\n{good}Mario,"a\nb",m@b.it\nAnna,x\nZoe,x,z@b.it,\nUgo,x,y,u@b.it\n'
    found = detected(content)
    damage = {row.cells[0]: row.damage for row in read(content, found.reading)}
    assert damage == {
        "Mario": None,
        "Anna": "Line 13: the row has 2 cells, and the table 3 columns.",
        "Zoe": None,
        "Ugo": "Line 15: the row has 4 cells, and the table 3 columns.",
    }


def test_what_was_found_is_told_with_how_surely_and_why():
    found = detected("Nome;Telefono\nMario;333 1234567\nLuca;333 1234568")
    assert [(each.what, each.value) for each in found.findings] == [
        ("encoding", "utf-8"), ("delimiter", ";"), ("quote", '"'), ("header", "row 1"),
    ]  # fmt: skip
    assert all(0.5 <= each.confidence <= 1 and each.reason.endswith(".") for each in found.findings)
    said = detected("a|b\n1|2\n", delimiter="|", has_header=True, encoding="cp1252").findings
    by_what = {each.what: each.reason for each in said}
    assert {by_what[what] for what in ("encoding", "delimiter", "header")} == {"You said so."}


@pytest.mark.parametrize("broken", ['"Anna', '"Rossi, Anna'])
def test_an_open_quote_swallows_no_row_where_the_next_ones_are_quoted(broken: str):
    good = [f'+39347123450{n},"Name {n}"' for n in range(9)]
    content = "\n".join(["phone,name", *good[:4], f"+393471234599,{broken}", *good[4:]])
    found = detected(content)
    rows = read(content, found.reading)
    assert [row.cells[0] for row in rows] == [
        *(line.split(",")[0] for line in good[:4]), "+393471234599",
        *(line.split(",")[0] for line in good[4:]),
    ]  # fmt: skip
    assert [row.number for row in rows if row.damage] == [6]
    assert "unclosed_quote" in codes(found) or "ragged_rows" in codes(found)


def test_many_open_quotes_swallow_no_row():
    content = "phone,name\n" + "".join(f'+39347{n:07},"x\n' for n in range(3000))
    rows = read(content, detected(content).reading)
    assert len(rows) == 3000


def test_line_ends_inside_cells_are_kept():
    content = 'nome,note\r\nMario,"a\r\nb\rc\nd"\r\nLuca,x\r\n'
    assert table(content)[1] == [["Mario", "a\r\nb\rc\nd"], ["Luca", "x"]]


def test_records_are_counted_as_in_a_spreadsheet():
    content = "Lista clienti\n\nNome;Telefono\r\nMario;333 1234567\n;\n\nLuca;333 1234568"
    found = detected(content)
    assert (found.reading.skip, found.header) == (2, ["Nome", "Telefono"])
    assert read(content, found.reading) == [
        Row(4, ["Mario", "333 1234567"]),
        Row(7, ["Luca", "333 1234568"]),
    ]
    assert [w.count for w in found.warnings if w.code == "blank_rows"] == [2]


def test_lines_may_end_with_a_bare_carriage_return():
    assert table("name,email\rMario,a@b.it\rLuca,c@d.it") == (
        ["name", "email"],
        [["Mario", "a@b.it"], ["Luca", "c@d.it"]],
    )


def test_nul_characters_are_left_out_with_a_warning():
    found = detected(b"na\0me,email\nMa\0rio,a@b.it\n")
    assert found.header == ["name", "email"]
    assert [w.count for w in found.warnings if w.code == "nul_bytes"] == [2]
    rows = read(b"na\0me,email\nMa\0rio,a@b.it\n", found.reading)
    assert rows == [Row(2, ["Mario", "a@b.it"])]


def test_undecodable_bytes_are_counted_and_shown():
    content = "Nome;Città\n".encode() + "Perché;Forlì\n".encode() * 50 + b"Citt\xe0;x\n"
    found = detected(content)
    warning = next(w for w in found.warnings if w.code == "undecodable_bytes")
    assert (warning.count, warning.examples) == (1, ["Citt\ufffd;x"])
    assert read(content, found.reading)[-1].cells == ["Citt\ufffd", "x"]


def test_odd_headers_and_rows_are_named():
    found = detected("name,email,name,\nA,a@b.it,B,c\nA,a@b.it\nA,a@b.it,B,c,d\n")
    warnings = {warning.code: warning for warning in found.warnings}
    assert warnings["duplicate_headers"].examples == ["name"]
    assert warnings["blank_headers"].count == 1
    assert warnings["ragged_rows"].count == 2
    assert warnings["ragged_rows"].examples == ["row 3: 2 cells", "row 4: 5 cells"]


def test_a_doubtful_encoding_is_told_with_three_readings():
    found = detected("Nome,Anno\nNiccolò,1\n".encode("cp1252"))
    warning = next(w for w in found.warnings if w.code == "encoding_uncertain")
    assert len(warning.examples) == 3
    assert warning.examples[0] == "cp1252: Niccolò"


def test_a_header_row_alone_is_a_table():
    assert table("Nome;Cognome;Email\n") == (["Nome", "Cognome", "Email"], [])


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"  \r\n\t", b"\xef\xbb\xbf", b"\0\0\0\0"])
def test_a_file_without_a_row_is_refused(content: bytes):
    with pytest.raises(FileEmpty):
        detected(content)


def test_cells_beyond_128_kib_are_read():
    content = f"nome,note\nMario,{'x' * 300_000}\n"
    assert len(table(content)[1][0][1]) == 300_000


def test_a_line_without_end_is_refused_with_its_number():
    content = b"nome,note\n" + b"x" * (17 * 1024 * 1024)
    reading = Reading(kind="CSV", encoding="utf-8", delimiter=",", quote='"')
    with pytest.raises(Refused) as refusal:
        read(content, reading)
    assert refusal.value.code == "unreadable_record"
    assert refusal.value.about["line"] == 2


def test_reading_leaves_the_stream_open():
    stream = io.BytesIO(b"nome\nMario\nLuca\n")
    reading = Reading(kind="CSV", encoding="utf-8", delimiter=",", quote='"')
    assert next(delimited.rows(stream, reading)).cells == ["Mario"]
    assert not stream.closed


# The writer of Python 3.11 leaves a bare carriage return unquoted.
latin = st.text(st.characters(codec="cp1252", exclude_characters="\0\r"), max_size=12)


@given(
    st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(latin, min_size=width, max_size=width), max_size=12)
    ),
    st.sampled_from([",", ";", "\t", "|", " ", "^"]),
    st.sampled_from(['"', "'"]),
    st.sampled_from(["\r\n", "\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32-be", "cp1252", "gb18030"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from([None, "\\"]),
)
def test_what_a_writer_wrote_is_read_back(
    table: list[list[str]],
    delimiter: str,
    quote: str,
    end: str,
    encoding: str,
    quoting: Literal[0, 1],
    escape: str | None,
):
    text = io.StringIO(newline="")
    csv.writer(
        text,
        delimiter=delimiter,
        quotechar=quote,
        lineterminator=end,
        quoting=quoting,
        escapechar=escape,
        doublequote=escape is None,
    ).writerows(table)
    reading = Reading(
        kind="CSV", encoding=encoding, delimiter=delimiter, quote=quote, escape=escape,
        has_header=False,
    )  # fmt: skip
    rows = read(text.getvalue().encode(encoding, "replace"), reading)
    assert [(row.number, row.cells) for row in rows] == [
        (number, [cell.encode(encoding, "replace").decode(encoding) for cell in cells])
        for number, cells in enumerate(table, 1)
        if any(map(str.strip, cells))
    ]


name = st.sampled_from(
    ["Niccolò", "Zoë", "Jürgen", "François", "José", "Anna", "D'Alò", "Mario", "Rossi", "Verdi"]
)
note = st.sampled_from(["", "ciao, come va", 'il "capo"', "due\nrighe", "10;20", "5 €", "a|b"])
contact = st.tuples(name, name, st.integers(10**8, 10**10).map(str), note).map(list)


@given(
    st.lists(contact, min_size=1, max_size=40),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
)
def test_a_contact_table_is_read_as_it_was_written(
    contacts: list[list[str]],
    delimiter: str,
    encoding: str,
    quoting: Literal[0, 1],
    header: bool,
):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting)
    heading = ["Nome", "Cognome", "Telefono", "Società"]
    writer.writerows([heading, *contacts] if header else contacts)
    content = text.getvalue().encode(encoding)
    assert table(content) == (heading if header else [], contacts)


@given(st.binary(max_size=300) | st.text(alphabet="ab1,;\t|\"'\\\r\n é@", max_size=80))
def test_anything_is_read_or_refused(content: bytes | str):
    content = content.encode() if isinstance(content, str) else content
    try:
        found = detected(content)
        rows = read(content, found.reading)
    except Refused:
        return
    assert [row.number for row in rows] == sorted({row.number for row in rows})
    assert rows == read(content, found.reading)


FILES = corpora.files("csv/**/*.csv", "csv/**/*.tsv", "excel/**/*.csv", "phones/**/*.tsv")


def of(file: Path) -> tuple[Detected, list[Row]]:
    found = delimited.detect(partial(file.open, "rb"), Wishes())
    with file.open("rb") as stream:
        return found, list(delimited.rows(stream, found.reading))


@corpora.present
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_table_of_the_corpora_is_read(file: Path):
    found, rows = of(file)
    assert found.reading.encoding
    assert all(row.cells for row in rows)
    last = found.reading.skip + found.reading.has_header
    assert all(
        before.number < row.number for before, row in itertools.pairwise([Row(last, []), *rows])
    )


# ruff: noqa: E501 - paths are as long as they are
EXPECTED: dict[str, tuple[str, str, int, list[str], int]] = {
    "csv/chatwoot/spec__assets__contacts_first6.csv": ("utf-8", ",", 0, ["id", "first_name"], 6),
    "csv/chatwoot/spec__assets__existing_contacts.csv": ("utf-8", ",", 0, ["id", "first_name"], 3),
    "csv/headers/google_contacts_old__en.csv": ("utf-8", ",", 0, ["Name", "Given Name"], 0),
    "csv/headers/mailchimp_audience__en.csv": ("utf-8", ",", 0, ["Email Address"], 0),
    "csv/headers/outlook_desktop__en.csv": ("utf-8", ",", 0, ["Title", "First Name"], 0),
    "csv/headers/outlook_desktop__it_cp1252_comma.csv": (
        "cp1252", ",", 0, ["Titolo", "Nome", "Secondo nome", "Cognome", "Titolo straniero", "Società"], 0,
    ),
    "csv/headers/thunderbird__it.csv": ("utf-8", ",", 0, ["Nome", "Cognome"], 0),
    "csv/thunderbird/addrbook__test__unit__data__export.csv": (
        "utf-8", ",", 0, ["First Name", "Last Name"], 2,
    ),
    "csv/thunderbird/import__test__unit__resources__basic_addressbook.csv": (
        "utf-8", ",", 0, ["First Name"], 1,
    ),
    "csv/thunderbird/import__test__unit__resources__basic_csv_addressbook.csv": (
        "utf-8", ",", 0, ["First Name"], 2,
    ),
    "csv/thunderbird/import__test__unit__resources__quote.csv": ("utf-8", ",", 0, ["First Name"], 1),
    "csv/thunderbird/mail__components__addrbook__test__browser__data__import.csv": (
        "utf-8", ",", 0, ["Name", "Email"], 1,
    ),
    "csv/phpspreadsheet/CSV__premiere.utf16be.csv": ("utf-16-be", ",", 0, ["première"], 1),
    "csv/phpspreadsheet/CSV__premiere.utf16lebom.csv": ("utf-16", ",", 0, ["première"], 1),
    "csv/phpspreadsheet/CSV__premiere.utf32be.csv": ("utf-32-be", ",", 0, ["première"], 1),
    "csv/phpspreadsheet/CSV__premiere.utf32le.csv": ("utf-32-le", ",", 0, ["première"], 1),
    "csv/phpspreadsheet/CSV__premiere.win1252.csv": ("cp1252", ",", 0, ["première"], 1),
    "csv/phpspreadsheet/CSV__encoding.utf16be.csv": ("utf-16-be", ",", 0, [], 2),
    "csv/phpspreadsheet/CSV__sep.csv": ("utf-8", ";", 1, [], 2),
    "csv/phpspreadsheet/CSV__NumberFormatTest.de.csv": ("utf-8", ",", 0, [], 5),
    "csv/frictionless/data__accent.csv": ("utf-8", ";", 0, ["n_amenageur"], 2),
    "csv/frictionless/data__issue-1109.csv": ("utf-8", ", ", 0, ["int", "number", "string"], 3),
    "csv/frictionless/data__skip-rows.csv": ("utf-8", ",", 1, ["id", "name"], 3),
    "csv/frictionless/data__table.tsv": ("utf-8", "\t", 0, ["id", "name"], 3),
    "csv/csv-parser/test__fixtures__headers.csv": ("utf-8", ",", 0, [], 3),
    "csv/papaparse/tests__long-sample.csv": ("utf-8", ",", 0, [], 8),
    "csv/pollock/polluted_files__csv__file_header_multirow_2.csv": (
        "utf-8", ",", 1, ["DATE", "TIME"], 83,
    ),
    "csv/pollock/survey_sample__csv__1%_SiO2_003.csv": ("utf-8", ",", 1, ["cm-1", "%T"], 3451),
    "csv/pollock/survey_sample__csv__20170320-ePC_Data-Travel-Stationery.csv": (
        "utf-8", ",", 2, ["Row Labels"], 12,
    ),
    "csv/pollock/survey_sample__csv__Auto_Tone_sub242_nov.csv": ("utf-8", ",", 0, [], 280),
    "csv/pollock/survey_sample__csv__Kokad_pollen.csv": ("utf-8", ";", 0, ["Age", "Abies"], 69),
    "csv/pollock/survey_sample__csv__mos-oct-dec-2014.csv": ("utf-8", ",", 1, ["Minister"], 50),
}  # fmt: skip


@corpora.present
@pytest.mark.parametrize("path", EXPECTED)
def test_a_table_of_the_corpora_is_read_as_a_person_would(path: str):
    encoding, delimiter, skip, header, count = EXPECTED[path]
    found, rows = of(corpora.FOLDER / path)
    assert (found.reading.encoding, found.reading.delimiter) == (encoding, delimiter)
    assert (found.reading.skip, found.header[: len(header)], len(rows)) == (skip, header, count)
    assert found.reading.has_header == bool(header)


@corpora.present
def test_cells_of_an_address_book_keep_their_tabs_and_line_ends():
    _, rows = of(corpora.FOLDER / "csv/thunderbird/addrbook__test__unit__data__export.csv")
    assert rows[1].cells[24] == '"worker"'
    assert rows[1].cells[-5:-1] == ["custom, 1", "custom\t2", "custom\r3", "custom\n4"]
    assert rows[1].cells[-1] == "here's some unicode text…"


CLEAN = corpora.files("csv/pollock/polluted_files__clean__row_*.csv")


@corpora.present
@pytest.mark.parametrize("clean", CLEAN, ids=lambda file: file.name)
def test_one_polluted_row_spoils_no_other(clean: Path):
    polluted = clean.with_name(clean.name.replace("__clean__", "__csv__"))
    found, rows = of(polluted)
    _, expected = of(clean)
    assert len(rows) == len(expected)
    touched = int(next(iter(re.findall(r"(?:row|quote|delimiter_)(\d+)", clean.name))))
    spoiled = [
        row.number
        for row, twin in zip(rows, expected, strict=True)
        if row.cells[:8] != twin.cells[:8]
    ]
    assert set(spoiled) <= {touched + 1}
    if any(len(row.cells) != len(found.header) for row in rows):
        assert "ragged_rows" in codes(found)


@pytest.mark.parametrize("width", [2_000, 9_000])
def test_a_table_of_many_columns_is_parted(width: int):
    head = ",".join(f"column {number}" for number in range(width))
    content = "\n".join([head, *[",".join(["7"] * width)] * 9])
    found = detected(content)
    assert (found.reading.delimiter, len(found.header)) == (",", width)
