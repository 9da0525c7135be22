"""What an export writes, a reader reads back: any text, in every format that is ours to write."""

import csv
import io
import json
from contextlib import closing

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL
from xlsxwriter import Workbook

from rubrica import formats
from rubrica.contacts import Condition
from rubrica.exports import copying, jsonl, people, workbooks
from rubrica.exports.model import ContactsExport
from rubrica.formats import Wishes

NAMES = ["id", "notes", "company", "customFields.it's"]
NASTY = "=+-@\t\r\n'\"\\,;|:~ \u00a0\x0b\x1c\u2028\ufeff%{}0aÀЖ名🙂"
# A file that is full of other control characters is taken for a binary one.
ANYTHING = st.text(
    st.sampled_from(NASTY) | st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    max_size=20,
)
ESCAPES = st.lists(st.sampled_from(["_", "x", "_x", "000D", "_x0041_", "<r>", "</r>", "\r\n", "&"]))
TEXTS = st.none() | st.text(
    st.sampled_from(NASTY) | st.characters(exclude_categories=["Cs", "Cc"]),
    min_size=1,
    max_size=20,
)


@pytest.fixture(scope="module")
def contacts(database_url):
    """A connection on which `contacts` is a bare table, without what keeps nasty values out."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "CREATE TEMP TABLE contacts"
            " (account_id bigint, id bigint, notes text, company text, custom_fields jsonb)"
        )
        yield connection
        connection.rollback()


def fill(cursor, rows):
    """Put rows of three texts into the table; return the condition that finds them."""
    cursor.execute("TRUNCATE contacts")
    cursor.executemany(
        "INSERT INTO contacts VALUES (1, %s, %s, %s, jsonb_build_object('it''s', %s::text))",
        [(number, *row) for number, row in enumerate(rows)],
    )
    return Condition(SQL("c.account_id = %(account)s").format(), {"account": 1})


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=8))
def test_any_text_comes_back_as_it_was(contacts, tmp_path, delimiter, rows):
    file = tmp_path / "export.csv"
    with contacts.cursor() as cursor:
        plan = people.planned(ContactsExport(), fill(cursor, rows), NAMES)
        with cursor.copy(copying.statement(plan, delimiter), plan.values) as blocks:
            file.write_bytes(copying.header(NAMES, delimiter) + b"".join(map(bytes, blocks)))

    detected = formats.detect(file, "export.csv", Wishes())
    read = [row.cells for row in formats.rows(file, detected.reading)]

    assert (detected.reading.encoding, detected.reading.delimiter) == ("utf-8-sig", delimiter)
    assert detected.header == NAMES
    assert [[formats.unguarded(cell) for cell in cells] for cells in read] == [
        [str(number), *(text or "" for text in row)] for number, row in enumerate(rows)
    ]
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in read for cell in row
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(*[st.none() | ANYTHING] * 3), max_size=8))
def test_any_text_stands_in_a_line_of_json(contacts, rows):
    with contacts.cursor() as cursor:
        plan = people.planned(ContactsExport(), fill(cursor, rows), NAMES)
        with cursor.copy(jsonl.statement(plan), plan.values) as blocks:
            lines = b"".join(map(bytes, blocks)).decode().split("\n")

    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == [
        {"id": number, "notes": notes, "company": company, "customFields": {"it's": its}}
        for number, (notes, company, its) in enumerate(rows)
    ]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(["_x0041_x0042_", "_x0041\x1f", "<r>a & b</r>", "<r>\x01</r>"])
@given(texts=st.lists(ANYTHING | ESCAPES.map("".join), min_size=1, max_size=30))
def test_any_text_stands_in_a_cell_of_a_workbook(tmp_path, texts):
    block = io.StringIO()
    csv.writer(block, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(enumerate(texts))
    file = tmp_path / "export.xlsx"
    with file.open("wb") as target:
        workbook = Workbook(target, {"constant_memory": True})
        with closing(workbooks._sheet(workbook, "Contacts", ["id", "notes"])) as sheet:
            workbooks._adding(sheet, ["id", "notes"])(block.getvalue().encode())
            workbook.close()

    read = [row.cells for row in formats.rows(file, formats.detect(file, "", Wishes()).reading)]

    assert read == [
        [str(number), text.replace("\ufffe", "").replace("\uffff", "")]
        for number, text in enumerate(texts)
    ]
