"""Texts to octets and back: what goes into a short message, and what one says."""

from collections.abc import Iterator
from typing import Literal

from smpp34 import DeliverSm

from rubrica import messages
from rubrica.messages import Segment
from rubrica.transports.smpp import pdus

Alphabet = Literal["GSM7", "LATIN1"]

DEFAULT, IA5, LATIN1, UCS2 = 0, 1, 3, 8
"""data_coding (SMPP 3.4, 5.2.19)."""
CODECS = {
    LATIN1: "latin-1",
    5: "iso2022_jp",
    6: "iso8859_5",
    7: "iso8859_8",
    UCS2: "utf-16-be",
    10: "iso2022_jp",
    13: "iso2022_jp_1",
    14: "euc_kr",
}
UCS_SINGLE, UCS_PART = 70, 67
HEADER_FOLLOWS = 0x40
"""UDHI, in esm_class (5.2.12)."""


def segments(text: str, alphabet: Alphabet, reference: int) -> list[Segment]:
    """Return a text as the parts that are sent.

    GSM7: septets unpacked at data_coding 0, else UCS-2. LATIN1: what has a GSM-7 and a Latin-1
    form goes as Latin-1 at data_coding 3, parted as GSM-7, because that is what the centre makes
    of it for the network; all else, the euro sign included, as UCS-2 (which may take more parts
    than the text has as GSM-7). Raises `messages.TooLong`.
    """
    sms = messages.split(text)
    found = sms.segments(reference)
    if alphabet == "GSM7" or sms.encoding == "UCS-2":
        return found
    octets = [_latin1(part) for part in sms.parts]
    if None not in octets:
        return [
            Segment(LATIN1, segment.udh, part or b"")
            for segment, part in zip(found, octets, strict=True)
        ]
    return list(_as_ucs2(text, reference))


def _latin1(text: str) -> bytes | None:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return None


def _as_ucs2(text: str, reference: int) -> Iterator[Segment]:
    """Part a text that GSM-7 has, so one without surrogates, as UCS-2."""
    if len(text) <= UCS_SINGLE:
        yield Segment(UCS2, b"", text.encode("utf-16-be"))
        return
    parts = [text[start : start + UCS_PART] for start in range(0, len(text), UCS_PART)]
    if len(parts) > messages.MOST_PARTS:
        raise messages.TooLong(f"The text takes {len(parts)} parts as SMS (UCS-2). Shorten it.")
    for number, part in enumerate(parts, start=1):
        head = bytes([5, 0, 3, reference % 256, len(parts), number])
        yield Segment(UCS2, head, part.encode("utf-16-be"))


def of(pdu: DeliverSm, alphabet: Alphabet) -> str:
    """Return what a deliver_sm says: of its short_message, else of its message_payload (5.3.2.32).

    A user data header is left out. What is not of its alphabet becomes U+FFFD; never raises. Zeros
    are left out: no text column takes them.
    """
    octets = pdu.short_message
    if not octets:
        payloads = (tlv.value for tlv in pdu.tlvs if tlv.tag == pdus.MESSAGE_PAYLOAD)
        octets = next(payloads, b"")
    if pdu.esm_class & HEADER_FOLLOWS and octets and octets[0] < len(octets):
        octets = octets[1 + octets[0] :]
    return decode(octets, pdu.data_coding, alphabet).replace("\0", "")


def decode(octets: bytes, data_coding: int, alphabet: Alphabet) -> str:
    """Return a text from the octets of a short message, by its data_coding; never raises.

    Up to 15 it is SMPP's own (5.2.19), above it 3GPP TS 23.038's (4).
    """
    coding = data_coding if data_coding <= 0x0F else _coding(data_coding)  # noqa: PLR2004
    if coding in CODECS:
        return octets.decode(CODECS[coding], "replace")
    if coding == DEFAULT and alphabet == "GSM7" and octets.isascii():
        return messages.from_septets(octets)
    # Eight-bit data, or octets that cannot be what they are said to be.
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _coding(data_coding: int) -> int:
    """Return SMPP's data_coding for one of 3GPP TS 23.038, 4: bits 3 and 2 name the alphabet."""
    group = data_coding >> 4
    if group == 0xF:  # noqa: PLR2004 - a message class, and bit 2
        return 4 if data_coding & 0x04 else DEFAULT
    if group == 0xE:  # noqa: PLR2004 - a message that waits, in UCS2
        return UCS2
    if group in (0xC, 0xD):
        return DEFAULT
    return (DEFAULT, 4, UCS2, DEFAULT)[(data_coding >> 2) & 3]
