"""The text of a value: quoted-printable, base64, its own charset or the file's."""

import binascii
import re

from rubrica.formats.vcards.heads import Head
from rubrica.formats.vcards.lines import LONGEST, UNFOLDING, is_wide, raw

_QUOTED_FOLD = re.compile(r"(?<!=)\n+[ \t]")
_ASCII = bytes(range(1, 128))
_STATEFUL = ("iso2022", "hz")
"""Encodings that write other letters in the signs of ASCII."""


class Decoder:
    """Decodes values of which the file's lines have left the bytes.

    A declared charset decides. Without one a value is read by `codec`; where `utf8_first` is set,
    only if it is no UTF-8: in some files each card is written in an encoding of its own.
    """

    def __init__(self, codec: str, *, utf8_first: bool) -> None:
        self._wide = is_wide(codec)
        self._codec = "utf-8" if self._wide or codec == "utf-8-sig" else codec
        self._utf8_first = utf8_first or self._codec == "utf-8"
        self._keeps_ascii = _keeps_ascii(self._codec)

    def stands(self, lines: list[str]) -> bool:
        """Tell whether lines of UTF-8 are text as they are."""
        return self._keeps_ascii and (self._utf8_first or "".join(lines).isascii())

    def text(self, head: Head, value: str) -> str:
        """Return the text of a value, unfolded; U+FFFD for what cannot be decoded."""
        if head.coding:
            decoded = self._decoded(coded_bytes(head, value), head.charset)
            return decoded.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")[:LONGEST]
        value = UNFOLDING.sub("", value)[:LONGEST]
        if self._wide or (value.isascii() and self._keeps_ascii and head.charset is None):
            return value
        charset = None if head.charset is None or is_wide(head.charset) else head.charset
        return self._decoded(raw(value), charset)

    def _decoded(self, content: bytes, charset: str | None) -> str:
        if charset is None and not self._utf8_first:
            return content.decode(self._codec, "replace")
        for codec in ("utf-8",) if charset is None else (charset, "utf-8"):
            try:
                return content.decode(codec)
            except UnicodeError:
                continue
        return content.decode(charset or self._codec, "replace")


def coded_bytes(head: Head, value: str) -> bytes:
    """Undo quoted-printable (RFC 2045, 6.7) or base64; nothing is left of what is no base64."""
    if head.coding == "Q":
        return binascii.a2b_qp(raw(_QUOTED_FOLD.sub("", value)))
    try:
        return binascii.a2b_base64(raw(value))
    except binascii.Error:
        return b""


def _keeps_ascii(codec: str) -> bool:
    try:
        return not codec.startswith(_STATEFUL) and _ASCII.decode(codec).encode() == _ASCII
    except UnicodeError:
        return False
