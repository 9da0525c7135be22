"""Lines of JSON as a table."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.errors import Refused
from rubrica.formats import Row, Wishes, jsonl
from rubrica.formats.jsonl import JsonlUnreadable


def of(content: bytes):
    found = jsonl.detect(lambda: io.BytesIO(content), Wishes())
    return found, list(jsonl.rows(io.BytesIO(content), found.reading))


def test_members_are_columns_and_lines_are_rows():
    found, rows = of(
        b'{"firstName": "Zo\xc3\xab", "isTest": true, "score": 1.5, "none": null}\n'
        b"\n"
        b'{"firstName": "Ugo", "customFields": {"city": "Bari", "vip": false}}\r\n'
    )
    assert found.header == ["firstName", "isTest", "score", "none", "customFields.city",
                            "customFields.vip"]  # fmt: skip
    assert rows == [
        Row(1, ["Zoë", "true", "1.5", "", "", ""]),
        Row(3, ["Ugo", "", "", "", "Bari", "false"]),
    ]


def test_what_an_array_holds_is_parted_as_an_import_parts_it():
    _, rows = of(b'{"tags": ["a", "b, c", "the \\"g\\"", "d"]}')
    assert rows[0].cells == ['a, "b, c", "the ""g""", d']


def test_a_line_that_is_no_object_is_a_row_that_says_so():
    found, rows = of(b'{"a": 1}\n{"a": 2\n[3]\n{"a": 4}')
    assert [(row.cells, bool(row.damage)) for row in rows] == [
        (["1"], False), ([""], True), ([""], True), (["4"], False),
    ]  # fmt: skip
    assert [(w.code, w.count, w.examples) for w in found.warnings] == [
        ("unreadable_lines", 2, ["line 2", "line 3"])
    ]


def test_a_member_that_comes_late_is_told_of():
    lines = [b'{"a": 1}'] * jsonl.SAMPLE + [b'{"a": 2, "b": 3}']
    _, rows = of(b"\n".join(lines))
    assert rows[-1].damage == "Line 1001 has members that come too late: b."
    assert rows[0].damage is None


@pytest.mark.parametrize("content", [b"[1]\n[2]\n", b"nonsense", b'{"a": '])
def test_a_file_without_any_object_is_refused(content):
    with pytest.raises(JsonlUnreadable):
        of(content)


@given(st.lists(st.dictionaries(st.text(min_size=1, max_size=5), st.text()), max_size=5))
def test_texts_come_back_as_they_were(objects):
    content = "\n".join(json.dumps(each, ensure_ascii=False) for each in objects).encode(
        errors="replace"
    )
    kept = [json.loads(line) for line in content.splitlines() if line.strip()] if objects else []
    if not kept:
        return
    found, rows = of(content)
    for row, each in zip(rows, kept, strict=True):
        cells = dict(zip(found.header, row.cells, strict=True))
        assert {name: cells[name] for name in each} == {
            name: text.replace("\0", "") for name, text in each.items()
        }


@given(st.binary(max_size=300))
def test_any_bytes_end_in_rows_or_a_refusal(content):
    try:
        _, rows = of(content)
    except Refused:
        pass
    else:
        assert [row.number for row in rows] == sorted({row.number for row in rows})
