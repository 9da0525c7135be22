import io
import tracemalloc

import pytest

from rubrica.errors import Invalid
from rubrica.formats import vcards
from rubrica.formats.model import Reading, Row
from rubrica.formats.vcards.lines import LONGEST
from tests.cards import card, detected, people, person, rows, warnings


def test_a_file_of_cards_is_a_table_without_a_header():
    content = card("N:Rossi;Mario;;;", "FN:Mario Rossi", "TEL:+39 333 1") + card("FN:Anna")
    found = detected(content)
    assert found.header == found.reading.columns == list(vcards.STANDARD)
    assert (found.reading.kind, found.reading.has_header) == ("VCARD", False)
    assert found.reading.encoding == "utf-8"
    assert found.warnings == []
    first, second = rows(content)
    assert (first.number, first.cells[:4]) == (1, ["Mario", "Rossi", "Mario Rossi", "+39 333 1"])
    assert (second.number, second.cells[:4]) == (2, ["", "", "Anna", ""])
    assert len(second.cells) == len(vcards.STANDARD)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\r\r\n"])
def test_lines_may_end_in_any_way(end: str):
    content = card("N:Rossi;Mario", "NOTE:one", " two", "TEL:1").replace("\r\n", end)
    assert people(content) == [
        {"firstName": "Mario", "lastName": "Rossi", "notes": "onetwo", "phoneNumber": "1"}
    ]
    assert warnings(content) == {}


def test_a_character_folded_in_the_middle_is_whole_again():
    content = card("FN:Zo€").encode().replace("€".encode(), b"\xe2\x82\r\n \xac")
    assert people(content) == [{"fullName": "Zo€"}]


def test_a_name_and_parameters_may_be_folded_too():
    assert person("EMA", " IL;TY", "\tPE=home:a@x.it") == {"email": "a@x.it"}


def test_blank_lines_are_nothing_anywhere():
    content = "\n\n" + card("", "FN:Anna", "  ", "", "TEL:1", "") + "\n \n" + card("FN:Ugo")
    assert people(content) == [{"fullName": "Anna", "phoneNumber": "1"}, {"fullName": "Ugo"}]
    assert warnings(content) == {}


def test_names_are_read_in_any_case_and_blanks_behind_them_are_nothing():
    assert people("begin:vCard  \nfn:Anna\ntel;type=CELL:1\nEnd:vcard \n") == [
        {"fullName": "Anna", "phoneNumber": "1"}
    ]


def test_the_last_line_needs_no_end():
    content = card("FN:Anna").rstrip()
    assert people(content) == [{"fullName": "Anna"}]
    assert warnings(content) == {}


def test_a_card_that_breaks_off_is_a_row_with_what_there_is():
    content = card("FN:Anna") + "BEGIN:VCARD\nFN:Ugo\nTEL:33"
    assert people(content) == [{"fullName": "Anna"}, {"fullName": "Ugo", "phoneNumber": "33"}]
    assert warnings(content) == {"cut_card": (1, ["card 2"])}


def test_a_card_without_an_end_ends_at_the_next():
    content = "BEGIN:VCARD\nFN:Anna\nBEGIN:VCARD\nFN:Ugo\nBEGIN:VCARD\nFN:Eva\nEND:VCARD\n"
    content += card("FN:Pia")
    names = ["Anna", "Ugo", "Eva", "Pia"]
    assert [row.cells[2] for row in rows(content)] == names
    assert [row.number for row in rows(content)] == [1, 2, 3, 4]
    assert warnings(content) == {"unended_cards": (2, [])}


def test_a_card_without_an_end_before_the_last_one_is_a_card():
    content = "BEGIN:VCARD\nFN:Anna\nBEGIN:VCARD\nFN:Ugo\nEND:VCARD\n"
    assert people(content) == [{"fullName": "Anna"}, {"fullName": "Ugo"}]
    assert warnings(content) == {"unended_cards": (1, [])}


@pytest.mark.parametrize("agent", ["AGENT:\nBEGIN:VCARD", "AGENT:BEGIN:VCARD", "BEGIN:VCARD"])
def test_a_card_in_a_card_is_not_a_contact(agent: str):
    content = f"BEGIN:VCARD\nFN:Anna\n{agent}\nFN:Ugo\nTEL:2\nEND:VCARD\nTEL:1\nEND:VCARD\n"
    content += card("FN:Eva")
    assert people(content) == [{"fullName": "Anna", "phoneNumber": "1"}, {"fullName": "Eva"}]
    assert warnings(content) == {"nested_cards": (1, [])}


def test_an_agent_written_as_one_value_is_told_of():
    content = card(r"AGENT:BEGIN:VCARD\nFN:Ugo\nTEL:2\nEND:VCARD\n", "FN:Anna")
    assert people(content) == [{"fullName": "Anna"}]
    assert warnings(content) == {"nested_cards": (1, [])}


def test_groups_are_counted_but_are_no_rows():
    content = card("KIND:group", "FN:All") + card("FN:Anna")
    content += card("X-ADDRESSBOOKSERVER-KIND:GROUP", "FN:Some") + card("FN:Ugo")
    assert [(row.number, row.cells[2]) for row in rows(content)] == [(2, "Anna"), (4, "Ugo")]
    assert warnings(content) == {"group_cards": (2, ["card 1", "card 3"])}


def test_a_card_that_holds_nothing_is_a_row():
    assert rows("BEGIN:VCARD\nEND:VCARD\n") == [Row(1, [""] * len(vcards.STANDARD))]


def test_lines_that_are_no_properties_are_named_by_their_numbers():
    content = "Dear Anna,\n" + card("NOTE:one", " folded", "and a line", "Meet at: 5", "FN:Anna")
    assert people(content.replace("\r\n", "\n")) == [{"fullName": "Anna", "notes": "onefolded"}]
    assert warnings(content) == {
        "unreadable_lines": (
            3,
            ["line 1: Dear Anna,", "line 6: and a line", "line 7: Meet at: 5"],
        )
    }


def test_soft_line_breaks_of_quoted_printable_are_joined():
    lines = ["NOTE;ENCODING=QUOTED-PRINTABLE:one=20=", "FN:two=0D=0Athree=3D=", "", "FN:Anna"]
    assert person(*lines, version="2.1") == {
        "notes": "one FN:two\nthree=",
        "fullName": "Anna",
    }


def test_blanks_behind_a_soft_line_break_belong_to_the_text():
    lines = ["NOTE;QUOTED-PRINTABLE:one=", " two=", "  three"]
    assert person(*lines, version="2.1") == {"notes": "one two  three"}


def test_a_soft_line_break_does_not_swallow_the_end_of_the_card():
    content = card("NOTE;ENCODING=QUOTED-PRINTABLE:one=") + card("FN:Ugo")
    assert people(content) == [{"notes": "one"}, {"fullName": "Ugo"}]


@pytest.mark.parametrize("head", ["PHOTO;ENCODING=BASE64;JPEG", "photo;base64", "PHOTO;ENCODING=b"])
@pytest.mark.parametrize("indent", ["", " ", "\t"])
@pytest.mark.parametrize("end", [[], [""]])
def test_photos_are_skipped_however_they_are_folded(head: str, indent: str, end: list[str]):
    lines = [f"{head}:AAAA", f"{indent}BBBB", f"{indent}CC+/==", *end, "FN:Anna"]
    assert person(*lines, version="2.1") == {"fullName": "Anna"}
    assert warnings(card(*lines, version="2.1")) == {"properties_not_kept": (1, ["PHOTO: 1"])}


def test_a_text_may_be_in_base64():
    assert person("NOTE;ENCODING=b:Wm/D", " qw==") == {"notes": "Zoë"}
    assert person("NOTE;BASE64:!", "FN:Anna") == {"fullName": "Anna"}


def test_long_texts_are_cut_and_told_of():
    content = card("NOTE:" + "x" * (LONGEST + 5000), "FN:Anna")
    [found] = people(content)
    assert found["fullName"] == "Anna"
    assert LONGEST - 10 < len(found["notes"]) <= LONGEST
    assert warnings(content) == {"long_values": (1, ["NOTE:" + "x" * 60])}


class Endless(io.RawIOBase):
    """A card with a photo of 100 MB, made while it is read."""

    def __init__(self, line: bytes) -> None:
        self.pieces = iter([b"BEGIN:VCARD\nPHOTO;ENCODING=b:", *[line * 1000] * 1300])
        self.end = b"\nFN:Anna\nEND:VCARD\n"
        self.given = 0

    def read(self, size: int = -1, /) -> bytes:
        piece = next(self.pieces, None)
        if piece is None:
            piece, self.end = self.end, b""
        self.given += len(piece)
        return piece


@pytest.mark.parametrize("line", [b"A" * 76 + b"\n", b"A" * 77, b"A" * 75 + b"\n ", b"\0" * 77])
def test_a_photo_of_any_length_is_not_held_in_memory(line: bytes):
    stream = Endless(line)
    tracemalloc.start()
    [row] = vcards.rows(stream, Reading(kind="VCARD", encoding="utf-8"))  # pyright: ignore[reportArgumentType]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert row.cells[2] == "Anna"
    assert stream.given > 100_000_000
    assert peak < 4_000_000


def test_a_card_that_never_ends_is_refused():
    endless = b"BEGIN:VCARD\n" + (b"NOTE:" + b"x" * 1000 + b"\n") * 20_000
    with pytest.raises(Invalid) as refusal:
        list(vcards.rows(io.BytesIO(endless), Reading(kind="VCARD", encoding="utf-8")))
    assert refusal.value.code == "vcard_unreadable"


def test_a_file_without_a_card_is_refused():
    with pytest.raises(Invalid) as refusal:
        detected("name,phone\nAnna,1\n")
    assert refusal.value.code == "vcard_unreadable"
    assert "BEGIN:VCARD" in refusal.value.detail


@pytest.mark.parametrize("content", ["", " \r\n\n", "\ufeff"])
def test_an_empty_file_is_refused(content: str):
    with pytest.raises(Invalid) as refusal:
        detected(content)
    assert refusal.value.code == "file_empty"


def test_warnings_are_counted_in_the_first_mebibyte():
    content = card("FN:Anna", "TEL:1", "TEL:2", "NOTE:" + "x" * 1000) * 2000
    [(count, examples)] = warnings(content).values()
    assert count == 1024 * 1024 // (len(content) // 2000)
    assert examples == ["card 1: 2", "card 2: 2", "card 3: 2"]
    assert len(rows(content)) == 2000


def test_what_a_contact_has_no_place_for_is_named():
    content = card("IMPP:xmpp:a@x", "IMPP:xmpp:b@x", "X-SKYPE:a", "TITLE:Boss", "ROLE:Lead")
    content += card("REV:1", "PRODID:x", "GEO:1", "CATEGORIES:", "X-EMPTY:", "URL:a.it", "URL:b.it")
    [warning] = detected(content).warnings
    assert (warning.code, warning.count) == ("properties_not_kept", 5)
    assert warning.examples == ["IMPP: 2", "X-SKYPE: 1", "ROLE: 1"]
    assert "IMPP, X-SKYPE, ROLE, URL." in warning.message
