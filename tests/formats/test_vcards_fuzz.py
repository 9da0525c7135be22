import io
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rubrica.errors import Refused
from rubrica.formats import vcards
from rubrica.formats.model import Reading, Wishes
from tests import corpora
from tests.cards import card

PIECES = [
    b"BEGIN:VCARD\r\n", b"END:VCARD\r\n", b"VERSION:2.1\n", b"VERSION:4.0\n", b"AGENT:\n", b"\r",
    b"\n ", b"\n\n", b"=\r\n", b"=3D", b"NOTE;ENCODING=QUOTED-PRINTABLE:", b"PHOTO;BASE64:AAA\n",
    b"NOTE;ENCODING=b:", b"N;CHARSET=SHIFT_JIS:", b"TEL;TYPE=cell:1\n", b"item1.TEL:", b"EMAIL:",
    b"X-RUBRICA-FIELD;X-KEY=a:", b'"', b":", b";", b",", b"\\", b"\\n", b"\x83\x5c", b"\xc3\xa8",
    b"\xe8", b"\xff\xfe", b"\xef\xbb\xbf", b"\0", b"x\n", b"\xed\xb2\x80", b"\xe2\x82", b"+AG",
    b"CATEGORIES:", b'ADR;LABEL="a:b":', b"BDAY:--04", b"GENDER:", b"TEL:tel:;ext=%",
    b"KIND:group\n", b"X-ABLabel:", b";waid=1", b"TYPE=pref", b"END:VCARD",
]  # fmt: skip
ODD = st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=60).map(b"".join)
WISHES = st.builds(
    Wishes,
    encoding=st.sampled_from([None, "utf-8", "cp1252", "utf-16", "hz", "iso2022_jp", "cp500"]),
    phone_preference=st.sampled_from(["MOBILE", "PREF", "FIRST"]),
    split_phones=st.booleans(),
)


def read(content: bytes, wishes: Wishes) -> None:
    """Read a file to its end; raise nothing but a refusal."""
    try:
        found = vcards.detect(lambda: io.BytesIO(content), wishes)
        rows = list(vcards.rows(io.BytesIO(content), found.reading))
    except Refused:
        return
    numbers = [row.number for row in rows]
    assert numbers == sorted(set(numbers))
    for row in rows:
        assert len(row.cells) == len(found.header)
        assert b"\0" not in "".join(row.cells).encode()
    for warning in found.warnings:
        assert (warning.message + "".join(warning.examples)).encode()


@settings(deadline=None)
@given(content=ODD | st.binary(max_size=200), wishes=WISHES)
@example(content=b"BEGIN:VCARD\nFN;CHARSET=utf-7:+2AA-\n", wishes=Wishes())
def test_any_bytes_end_in_rows_or_a_refusal(content: bytes, wishes: Wishes):
    read(content, wishes)
    read(b"BEGIN:VCARD\r\n" + content, wishes)


@settings(deadline=None)
@given(content=ODD, size=st.integers(1, 50))
def test_rows_do_not_depend_on_how_the_file_is_cut_into_blocks(content: bytes, size: int):
    class Slow(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            return super().read(size)

    reading = Reading(kind="VCARD", encoding="utf-8")
    content = b"BEGIN:VCARD\r\n" + content
    whole = list(vcards.rows(io.BytesIO(content), reading))
    assert list(vcards.rows(Slow(content), reading)) == whole


MIXED = "".join(
    card(f"FN:Zoë {number}", "TEL;TYPE=cell:+39 333", " 1", "PHOTO;ENCODING=b:AAA", " AA=")
    for number in range(4)
).encode()
REAL = [MIXED, *(file.read_bytes()[:20_000] for file in corpora.files("vcard/*/*.vcf"))]


@pytest.mark.parametrize("content", REAL, ids=range(len(REAL)))
@settings(deadline=None)
@given(seed=st.integers(0, 1 << 32))
def test_any_mutation_of_a_card_ends_in_rows_or_a_refusal(content: bytes, seed: int):
    choose = random.Random(seed)
    for _ in range(choose.randrange(1, 8)):
        place = choose.randrange(len(content) + 1)
        length = choose.choice([0, 0, 1, 2, 80])
        piece = choose.choice([*PIECES, b"", bytes([choose.randrange(256)])])
        content = content[:place] + piece + content[place + length :]
    read(content, Wishes())
