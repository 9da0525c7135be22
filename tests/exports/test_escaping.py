"""What a spreadsheet-safe export writes, our own reader reads back: any text, any delimiter."""

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL

from rubrica import formats
from rubrica.contacts import Condition
from rubrica.exports import copying
from rubrica.formats import Wishes
from rubrica.imports.normaliser import unquoted

NAMES = ["id", "notes", "company", "customFields.it's"]
NASTY = "=+-@\t\r\n'\"\\,;|:~ \u00a0\x0b\x1c\u2028\ufeff%{}0aÀЖ名🙂"
# A file that is full of other control characters is taken for a binary one.
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


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=8))
def test_any_text_comes_back_as_it_was(contacts, tmp_path, delimiter, rows):
    file = tmp_path / "export.csv"
    with contacts.cursor() as cursor:
        cursor.execute("TRUNCATE contacts")
        cursor.executemany(
            "INSERT INTO contacts VALUES (1, %s, %s, %s, jsonb_build_object('it''s', %s::text))",
            [(number, *row) for number, row in enumerate(rows)],
        )
        where = Condition(SQL("c.account_id = %(account)s").format(), {"account": 1})
        copy = copying.statement(where, NAMES, delimiter, spreadsheet_safe=True)
        with cursor.copy(copy, where.values) as blocks:
            file.write_bytes(copying.header(NAMES, delimiter) + b"".join(map(bytes, blocks)))

    detected = formats.detect(file, "export.csv", Wishes())
    read = [row.cells for row in formats.rows(file, detected.reading)]

    assert (detected.reading.encoding, detected.reading.delimiter) == ("utf-8-sig", delimiter)
    assert detected.header == NAMES
    assert [[unquoted(cell) if cell[:1] == "'" else cell for cell in cells] for cells in read] == [
        [str(number), *(text or "" for text in row)] for number, row in enumerate(rows)
    ]
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in read for cell in row
    )
