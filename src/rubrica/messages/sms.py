"""What a text is as SMS: its encoding, its parts, and the octets of each.

3GPP TS 23.038 (GSM 7 bit default alphabet, 6.2.1, and its extension table, 6.2.1.1; UCS2) and
TS 23.040, 9.2.3.24.1 (concatenation with an 8-bit reference). The alphabet is written out here:
aiosmpplib has the same one, against which the tests hold it, but takes 95 ms to import and a loop
in Python for each text. National language tables are not used: few networks have them.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec
import regex

from rubrica.errors import Invalid

Encoding = Literal["GSM-7", "UCS-2"]

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Each character stands at its code; the one at 0x1B is the escape, which no text may hold."""
ESCAPE = 0x1B
EXTENSION = dict(zip("\f^{}\\[~]|€", b"\x0a\x14\x28\x29\x2f\x3c\x3d\x3e\x40\x65", strict=True))
"""What is sent as the escape and a code: two septets."""
OCTETS = {ord(char): bytes([code]) for code, char in enumerate(BASIC) if code != ESCAPE} | {
    ord(char): bytes([ESCAPE, code]) for char, code in EXTENSION.items()
}
EXTENDED = {code: char for char, code in EXTENSION.items()}
"""What a code behind an escape means."""
ESCAPED = re.compile(rb"\x1b(.?)|([^\x1b]+)", re.DOTALL)
_PLAIN = re.escape(BASIC.replace("\x1b", ""))
IS_PLAIN = re.compile(f"[{_PLAIN}]*+").fullmatch
IS_GSM = re.compile(f"[{_PLAIN}{re.escape(''.join(EXTENSION))}]*+").fullmatch
CLUSTERS = regex.compile(r"\X")
"""What a person takes for one character (Unicode, UAX #29): an emoji with its skin colour."""

GSM_SINGLE, GSM_PART = 160, 153
UCS_SINGLE, UCS_PART = 70, 67
"""Septets, or 16-bit units: of a message alone, and of a part beside its header of six octets."""
MOST_PARTS = 255
HEADER = b"\x05\x00\x03"
"""Five octets follow; element 0 (concatenation, 8-bit reference) of three octets."""


class TooLong(Invalid):
    """The text is too long for an SMS."""

    code = "message_too_long"


class Segment(NamedTuple):
    """One part as it is handed over (SMPP 3.4: `short_message` is `udh + payload`).

    `data_coding` is 0 (the default alphabet) or 8 (UCS2). `payload` has one octet for each septet,
    unpacked, or UTF-16, big end first. `udh` is empty where the message has one part; where it is
    not, `esm_class` must say so (0x40).
    """

    data_coding: int
    udh: bytes
    payload: bytes


class Sms(msgspec.Struct, frozen=True):
    """A text, parted for sending. `units` are septets or 16-bit units, headers not counted."""

    encoding: Encoding
    parts: tuple[str, ...]
    characters: int
    units: int

    def segments(self, reference: int) -> list[Segment]:
        """Return the parts as octets; `reference` tells long messages to one person apart.

        Its last eight bits are taken: count upwards for each message.
        """
        gsm = self.encoding == "GSM-7"
        total = len(self.parts)
        head = HEADER + bytes([reference % 256, total]) if total > 1 else b""
        return [
            Segment(
                0 if gsm else 8,
                head + bytes([number]) if head else b"",
                septets(part) if gsm else _utf16(part),
            )
            for number, part in enumerate(self.parts, start=1)
        ]


def split(text: str) -> Sms:
    """Part a text as it is sent: GSM-7 where its alphabet has every character, else UCS-2.

    160 septets or 70 units go alone, else parts have 153 or 67. An escape and its code stay
    together, and so does what a person sees as one character, unless it alone has more than 67
    units; a surrogate pair always does. Raises TooLong above 255 parts.

    >>> split("10 €")
    Sms(encoding='GSM-7', parts=('10 €',), characters=4, units=5)
    """
    characters = len(text)
    if characters <= GSM_SINGLE and IS_PLAIN(text):
        return Sms("GSM-7", (text,), characters, characters)
    if IS_GSM(text):
        octets = septets(text)
        units = len(octets)
        parts = (text,) if units <= GSM_SINGLE else tuple(_gsm_parts(text, octets))
        return _checked(Sms("GSM-7", parts, characters, units))
    units = len(_utf16(text)) // 2
    parts = (text,) if units <= UCS_SINGLE else tuple(_ucs_parts(text))
    return _checked(Sms("UCS-2", parts, characters, units))


def septets(text: str) -> bytes:
    """Return a text that is GSM-7, one octet for each septet."""
    return codecs.charmap_encode(text, "strict", OCTETS)[0]  # pyright: ignore[reportArgumentType]


def from_septets(octets: bytes) -> str:
    """Return the text of GSM-7, one octet below 0x80 for each septet; the inverse of `septets`.

    An unknown code behind an escape is that of the basic alphabet (6.2.1.1); an escape with nothing
    behind it, as where a message was cut, is nothing.
    """
    return "".join(
        "".join(map(BASIC.__getitem__, plain)) if plain else _escaped(code)
        for code, plain in ESCAPED.findall(octets)
    )


def _escaped(code: bytes) -> str:
    return (EXTENDED.get(code[0]) or BASIC[code[0]]) if code else ""


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def _checked(sms: Sms) -> Sms:
    if len(sms.parts) > MOST_PARTS:
        raise TooLong(
            f"The text takes {len(sms.parts)} parts as SMS ({sms.encoding}); a phone puts"
            f" {MOST_PARTS} together at the most. Shorten it."
        )
    return sms


def _gsm_parts(text: str, octets: bytes) -> Iterator[str]:
    start = place = 0
    while start < len(octets):
        end = start + GSM_PART
        if octets[end - 1 : end] == b"\x1b":
            end -= 1
        part = octets[start:end]
        length = len(part) - part.count(ESCAPE)
        yield text[place : place + length]
        start, place = end, place + length


def _ucs_parts(text: str) -> Iterator[str]:
    part, units = "", 0
    for piece in _unbroken(text):
        more = len(_utf16(piece)) // 2
        if units + more > UCS_PART:
            yield part
            part, units = "", 0
        part += piece
        units += more
    yield part


def _unbroken(text: str) -> Iterator[str]:
    """Yield what is not to be parted: clusters, or characters of one that fits into no part."""
    for cluster in CLUSTERS.findall(text):
        if len(_utf16(cluster)) // 2 <= UCS_PART:
            yield cluster
        else:
            yield from cluster
