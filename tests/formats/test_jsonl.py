"""Lines of JSON as a table."""

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica import formats
from rubrica.errors import Refused
from rubrica.formats import MOST_COLUMNS, Row, TooManyColumns, Wishes, jsonl
from rubrica.formats.jsonl import JsonlUnreadable


def of(content: bytes, **wishes: Any):
    found = jsonl.detect(lambda: io.BytesIO(content), Wishes(**wishes))
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


def test_a_line_that_is_no_object_is_shown_as_far_as_a_person_wants_to_read_it():
    _, rows = of(b'{"a": 1}\n{"a": "Zo\xc3\xab"\n{"a": ' + b"x" * 10_000)
    assert (rows[1].damage or "").endswith('. It reads: {"a": "Zoë"')
    assert (rows[2].damage or "").endswith('. It reads: {"a": ' + "x" * 494 + "…")


def test_a_member_that_comes_late_is_told_of():
    lines = [b'{"a": 1}'] * jsonl.SAMPLE + [b'{"a": 2, "b": 3}']
    _, rows = of(b"\n".join(lines))
    assert rows[-1].damage == "Line 1001 has members that come too late: b."
    assert rows[0].damage is None


def test_of_many_members_that_come_late_ten_are_named():
    late = {f"b{number}" + "x" * 100: 1 for number in range(5000)}
    lines = [b'{"a": 1}'] * jsonl.SAMPLE + [json.dumps(late).encode()]
    damage = of(b"\n".join(lines))[1][-1].damage
    assert damage is not None
    assert damage.endswith(" and 4,990 more.")
    assert damage.count("b") < 20 < len(damage) < 1000


@pytest.mark.parametrize(
    "deep",
    [
        '{"a": ' * 60 + "1" + "}" * 60,
        '{"a": ' * 100_000 + "1" + "}" * 100_000,
        '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"' + "x" * 999 + '": {"abc": 1}}',
        '{"a": ' + "9" * 5000 + "}",
    ],
)
def test_a_line_that_goes_too_far_is_damaged_alone(deep: str):
    _, rows = of(f'{{"a": 1}}\n{deep}\n{{"a": 2}}'.encode())
    assert [(row.cells, bool(row.damage)) for row in rows] == [
        (["1"], False), ([""], True), (["2"], False),
    ]  # fmt: skip


def test_arrays_in_arrays_stay_json():
    _, rows = of(b'{"a": ["b", ["c", {"d": [1]}]], "e": ' + b"[" * 40 + b'"\\""' + b"]" * 40 + b"}")
    assert rows[0].cells[0] == 'b, "[""c"",{""d"":[1]}]"'
    assert len(rows[0].cells[1]) < 200


def test_two_members_that_come_to_one_name_are_told_of():
    found, rows = of(b'{"a.b": "lost", "a": {"b": "kept"}}')
    assert found.header == ["a.b"]
    assert rows[0].cells == ["kept"]
    assert rows[0].damage == (
        "Line 1 has several members of one name, of which the last is read: a.b."
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252"])
def test_the_encoding_is_found_out(tmp_path: Path, encoding: str):
    lines = [f'{{"Città": "Forlì", "Nome": "Niccolò {number}"}}' for number in range(40)]
    file = tmp_path / "people.jsonl"
    file.write_bytes("\r\n".join(lines).encode(encoding))
    found = formats.detect(file, file.name, Wishes())
    assert (found.header, found.warnings) == (["Città", "Nome"], [])
    assert found.reading.encoding == encoding
    assert [finding.what for finding in found.findings] == ["kind", "encoding"]
    rows = list(formats.rows(file, found.reading))
    assert rows == [Row(n, ["Forlì", f"Niccolò {n - 1}"]) for n in range(1, 41)]


def test_the_encoding_that_is_wished_is_obeyed():
    found, rows = of('{"name": "Zoë"}'.encode("cp850"), encoding="cp850")
    assert found.reading.encoding == "cp850"
    assert rows == [Row(1, ["Zoë"])]


def test_what_cannot_be_decoded_is_told_of():
    found, rows = of(b'{"name": "Zo\xff"}\n{"name": "Ugo"}', encoding="utf-8")
    assert [row.cells for row in rows] == [["Zo\ufffd"], ["Ugo"]]
    assert [(w.code, w.count) for w in found.warnings] == [("undecodable_bytes", 1)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"a\ud800", "a\ufffd"),
        (r"\uDC00b", "\ufffdb"),
        (r"\ud83d\ude00\ud83d", "😀\ufffd"),
        (r"\ud800\ud83d\ude00", "\ufffd😀"),
        (r"\\ud800\udc00", "\\ud800\ufffd"),
    ],
)
def test_half_a_character_is_replaced(tmp_path: Path, written: str, read: str):
    file = tmp_path / "people.jsonl"
    file.write_text(f'{{"a": "{written}", "{written}": ["{written}"]}}\n{{"a": 1}}')
    found = formats.detect(file, file.name, Wishes())
    assert found.header == ["a", read]
    assert next(formats.rows(file, found.reading)).cells == [read, read]


@given(st.text(st.characters() | st.characters(categories=["Cs"])))
def test_any_escapes_come_to_text_without_halves(text: str):
    _, rows = of(json.dumps({"a": text}).encode())
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert rows[0].cells == [whole.replace("\0", "")]


def test_endless_columns_are_refused_before_they_are_kept():
    lines = (json.dumps({f"{line}-{n}": 1 for n in range(1000)}) for line in range(200))
    content = "\n".join(lines).encode()
    tracemalloc.start()
    try:
        with pytest.raises(TooManyColumns):
            of(content)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 16 * 1024**2


def test_endless_members_of_a_later_line_are_told_of():
    late = json.dumps({f"b{number}": 1 for number in range(MOST_COLUMNS + 10)}).encode()
    _, rows = of(b"\n".join([b'{"a": 1}'] * jsonl.SAMPLE + [late]))
    assert (rows[-1].damage or "").startswith("Line 1001 has more than 16,384 members")


@pytest.mark.parametrize(
    ("length", "said"), [(100_000, "longer than 1,000 characters"), (500, "more than 16,384")]
)
def test_names_within_a_long_name_do_not_fill_the_memory(length: int, said: str):
    inside = ",".join(f'"{number}":1' for number in range(100_000))
    long = f'{{"{"x" * length}": {{{inside}}}}}'
    content = "\n".join(['{"a": 1}'] * jsonl.SAMPLE + [long]).encode()
    tracemalloc.start()
    try:
        _, rows = of(content)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert said in (rows[-1].damage or "")
    assert most < 40 * 1024**2


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
