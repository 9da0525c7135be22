"""Texts as SMS, against a decoder of their own and another library's alphabet."""

import pytest
import regex
from aiosmpplib.codec import GSM7BitCodec, UCS2Codec
from hypothesis import example, given
from hypothesis import strategies as st

from rubrica.messages import TooLong, split

# 3GPP TS 23.038, 6.2.1, read column by column; None is the escape.
COLUMNS = [
    "@£$¥èéùìòÇ\nØø\rÅå", "Δ_ΦΓΛΩΠΨΣΘΞ\0ÆæßÉ", " !\"#¤%&'()*+,-./", "0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNO", "PQRSTUVWXYZÄÖÑÜ§", "¿abcdefghijklmno", "pqrstuvwxyzäöñüà",
]  # fmt: skip
TABLE = "".join(COLUMNS)
EXTENDED = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]",
    0x40: "|", 0x65: "€",
}  # fmt: skip
GSM = TABLE.replace("\0", "") + "".join(EXTENDED.values())
FAMILY = "👨\u200d👩\u200d👧"  # 8 units
gsm_texts = st.text(alphabet=GSM, max_size=700)
texts = (
    st.text(max_size=400)
    | st.lists(
        st.sampled_from(["a", "à", "è€", "中", "😀", FAMILY, "👍🏽", "🇮🇹", "e\u0301", "\r\n"]),
        max_size=200,
    ).map("".join)
    | st.text(alphabet=GSM + "中😀", max_size=400)
)


def decoded(segment):
    """Read octets as a phone does."""
    if segment.data_coding == 8:
        return segment.payload.decode("utf-16-be")
    shown, escaped = "", False
    for code in segment.payload:
        if escaped:
            shown += EXTENDED[code]
        elif code != 0x1B:
            shown += TABLE[code]
        escaped = not escaped and code == 0x1B
    assert not escaped
    return shown


@given(gsm_texts | texts)
@example("a" * 160)
@example("a" * 161)
@example("€" * 81)
@example("a" * 152 + "€" * 80)
@example("中" * 70)
@example("中" * 66 + "😀" * 3)
def test_parts_and_segments_give_the_text_back_and_none_is_too_long(text):
    sms = split(text)
    segments = sms.segments(7)
    assert "".join(sms.parts) == text == "".join(decoded(each) for each in segments)
    assert [decoded(each) for each in segments] == list(sms.parts)
    lengths = [len(s.payload) // (2 if sms.encoding == "UCS-2" else 1) for s in segments]
    single, part = (70, 67) if sms.encoding == "UCS-2" else (160, 153)
    assert max(lengths) <= (single if len(lengths) == 1 else part)
    assert sum(lengths) == sms.units
    assert (len(lengths) == 1) is (sms.units <= single)
    assert all(
        len(s.udh) + len(s.payload) <= (160 if s.data_coding == 0 else 140) for s in segments
    )
    assert sms.characters == len(text)
    assert {each.data_coding for each in segments} == {8 if sms.encoding == "UCS-2" else 0}


@given(gsm_texts | texts)
def test_octets_are_what_another_library_makes_of_the_text(text):
    sms = split(text)
    assert (sms.encoding == "GSM-7") is GSM7BitCodec.is_gsm_text(text)
    codec = GSM7BitCodec() if sms.encoding == "GSM-7" else UCS2Codec()
    assert b"".join(each.payload for each in sms.segments(0)) == codec.encode(text)[0]


@given(gsm_texts)
def test_an_escape_pair_is_never_split(text):
    sms = split(text)
    assert sms.encoding == "GSM-7"
    assert not any(each.payload.endswith(b"\x1b") for each in sms.segments(0))


@given(texts)
def test_what_is_seen_as_one_character_is_never_split(text):
    sms = split(text)
    if sms.encoding == "UCS-2":
        clusters = [len(each) for each in regex.findall(r"\X", text)]
        ends = {sum(clusters[: n + 1]) for n in range(len(clusters))} | {0}
        seen = 0
        for part in sms.parts:
            seen += len(part)
            assert seen in ends


def test_no_part_could_have_taken_what_the_next_begins_with():
    sms = split("中" * 60 + FAMILY + "中" * 60)
    assert sms.parts == ("中" * 60, FAMILY + "中" * 59, "中")
    assert split("a" * 152 + "€" + "b" * 20).parts == ("a" * 152, "€" + "b" * 20)
    assert split("a" * 151 + "€" + "b" * 20).parts == ("a" * 151 + "€", "b" * 20)


def test_a_character_with_more_marks_than_a_part_holds_is_split_between_them():
    text = "e" + "\u0301" * 150
    sms = split(text)
    assert [len(part) for part in sms.parts] == [67, 67, 17]
    assert "".join(sms.parts) == text


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        ("{perché?}", "GSM-7", 11, 1),
        ("perche\u0301", "UCS-2", 7, 1),
        ("ç", "UCS-2", 1, 1),
        ("\x1b", "UCS-2", 1, 1),
        ("\u2019", "UCS-2", 1, 1),
        ("中" * 70, "UCS-2", 70, 1),
        ("中" * 71, "UCS-2", 71, 2),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 36, "UCS-2", 72, 2),
        ("a" * 134 + "中", "UCS-2", 135, 3),
    ],
)
def test_units_and_parts_are_counted_as_networks_do(text, encoding, units, parts):
    sms = split(text)
    assert (sms.encoding, sms.units, len(sms.parts)) == (encoding, units, parts)


def test_a_header_numbers_the_parts_of_a_long_message_only():
    assert [each.udh for each in split("a" * 160).segments(1)] == [b""]
    headers = [each.udh for each in split("a" * 400).segments(0x1234)]
    assert headers == [b"\x05\x00\x03\x34\x03\x01", b"\x05\x00\x03\x34\x03\x02",
                       b"\x05\x00\x03\x34\x03\x03"]  # fmt: skip


def test_more_parts_than_a_phone_puts_together_are_refused():
    assert len(split("a" * 153 * 255).parts) == 255
    with pytest.raises(TooLong) as refused:
        split("a" * (153 * 255 + 1))
    assert (refused.value.code, "256 parts" in refused.value.detail) == ("message_too_long", True)
    with pytest.raises(TooLong):
        split("中" * (67 * 255 + 1))
