"""Octets and texts, addresses and frames: what has an inverse, and what others make of it."""

import pytest
from aiosmpplib.protocol import SmppMessage, SubmitSm
from aiosmpplib.state import TON
from hypothesis import given
from hypothesis import strategies as some
from smpp34 import DeliverSm

from rubrica.messages import TooLong, from_septets, split
from rubrica.transports.smpp import addresses, pdus, texts
from rubrica.transports.smpp.addresses import Address
from rubrica.transports.smpp.link import request
from tests.transports.smpp import wire

GSM = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./09:;<=>?¡ABCÄÖÑÜ§¿abcäöñüà^{}\\[~]|€\f"
gsm = some.text(some.sampled_from(GSM), min_size=1, max_size=400)
anything = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"),
                     min_size=1, max_size=400)  # fmt: skip


def heard(pdu: bytes, alphabet: texts.Alphabet) -> str:
    """Return what we would read if our own submit came back as a deliver_sm."""
    read = pdus.deliver_sm(pdus.Pdu(pdus.DELIVER_SM, 0, 1, pdu[:4] + b"\0\0\0\5" + pdu[8:]))
    assert read is not None
    return texts.of(read, alphabet)


@pytest.mark.parametrize("alphabet", ["GSM7", "LATIN1"])
@given(text=gsm | anything)
def test_what_is_sent_is_what_would_be_heard(alphabet, text):
    sender, recipient = Address(5, 0, "Shop"), Address(1, 1, "393471234567")
    segments = texts.segments(text, alphabet, 300)
    requests = [request(sender, recipient, segment) for segment in segments]
    # A surrogate pair stays in one part, unless what a person sees as one character fills more.
    assert "".join(heard(pdu, alphabet) for pdu in requests) == text
    assert {segment.udh[3] for segment in segments if segment.udh} <= {300 % 256}
    assert all(len(segment.udh + segment.payload) <= 140 for segment in segments
               if segment.data_coding == 8)  # fmt: skip


@given(gsm)
def test_another_library_reads_what_we_write(text):
    for part, segment in zip(split(text).parts, texts.segments(text, "GSM7", 1), strict=True):
        pdu = pdus.numbered(request(Address(5, 0, "Shop"), Address(1, 1, "39347"), segment), 77)
        read = SubmitSm.from_pdu(pdu, SmppMessage.parse_header(pdu[:16]), "gsm0338")
        assert isinstance(read, SubmitSm)
        assert (read.short_message, read.sequence_num) == (part, 77)
        assert (read.destination.number, read.destination.ton) == ("39347", TON.INTERNATIONAL)
        assert read.registered_delivery == 1


@given(some.binary(max_size=200), some.integers(0, 255), some.sampled_from(["GSM7", "LATIN1"]))
def test_no_octets_break_the_reading_and_no_text_has_a_zero(octets, coding, alphabet):
    pdu = DeliverSm("1", "2", octets, data_coding=coding, esm_class=0x40)
    text = texts.of(pdu, alphabet)
    assert "\0" not in text
    text.encode()  # no half of a surrogate pair


@pytest.mark.parametrize(
    ("octets", "coding", "alphabet", "text"),
    [
        (b"STOP \x1b\x65 \x00\x11", 0, "GSM7", "STOP € @_"),
        (b"a@b.it", 0, "LATIN1", "a@b.it"),
        (b"arr\xeat", 0, "GSM7", "arrêt"),  # it cannot be GSM-7
        ("arrêt".encode(), 0, "GSM7", "arrêt"),
        (b"ABC@", 1, "GSM7", "ABC@"),
        (b"arr\xeat", 3, "GSM7", "arrêt"),
        ("стоп".encode("utf-16-be"), 8, "GSM7", "стоп"),
        ("стоп".encode("utf-16-be") + b"\x04", 8, "GSM7", "стоп\ufffd"),
        ("стоп".encode("iso8859_5"), 6, "GSM7", "стоп"),
        (b"flash", 0xF0, "GSM7", "flash"),
        (b"\x00", 0x10, "GSM7", "@"),
        ("è".encode("utf-16-be"), 0x18, "GSM7", "è"),
        (b"\xe8", 0xF5, "GSM7", "è"),
    ],
)
def test_a_message_is_read_by_its_data_coding(octets, coding, alphabet, text):
    assert texts.of(DeliverSm("1", "2", octets, data_coding=coding), alphabet) == text


def test_a_header_that_is_longer_than_the_message_is_none():
    assert texts.of(DeliverSm("1", "2", b"STOP", esm_class=0x40), "GSM7") == "STOP"


def test_an_escape_with_nothing_known_behind_it_hides_no_letter():
    assert from_septets(b"\x1bA\x1b\x65\x1b") == "A€"


@given(some.lists(some.tuples(some.integers(0, 2**32 - 1), some.binary(max_size=50))), some.data())
def test_frames_are_whole_however_they_come(frames, data):
    octets = b"".join(
        wire.write(command, number, body) for number, (command, body) in enumerate(frames)
    )
    buffer, found = bytearray(), []
    while octets:
        size = data.draw(some.integers(1, len(octets)))
        buffer += octets[:size]
        octets = octets[size:]
        found += pdus.take(buffer)
    assert [(pdu.command, pdu.whole[16:]) for pdu in found] == frames
    assert not buffer


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Shop", Address(5, 0, "Shop")),
        ("+393471234567", Address(1, 1, "393471234567")),
        ("393471234567", Address(1, 1, "393471234567")),
        ("0612345678", Address(2, 1, "0612345678")),
        ("40404", Address(3, 0, "40404")),
        (None, Address(0, 0, "")),
        ("Città", None),
        ("A name that is too long", None),
    ],
)
def test_the_form_of_a_sender_says_what_it_is(written, address):
    assert addresses.sender(written, None, None) == address


def test_what_is_set_of_the_sender_is_sent():
    assert addresses.sender("40404", 0, 1) == Address(0, 1, "40404")


def test_a_text_that_fits_as_gsm_but_not_as_what_it_must_be_sent_as_is_too_long():
    euros = "€" + "x" * (67 * 255)
    assert len(texts.segments(euros[:-1], "LATIN1", 1)) == 255
    with pytest.raises(TooLong):
        texts.segments(euros, "LATIN1", 1)
