"""Bytes of a vCard file in, logical lines out: unfolded as far as needed, bounded, numbered."""

import codecs
import re
from collections.abc import Generator, Iterator
from typing import BinaryIO, NamedTuple

BLOCK = 256 * 1024
"""Bytes that are read at once."""
LONGEST = 64 * 1024
"""Characters of a logical line that are kept: more is a photo, and no photo is kept."""
UNFOLDING = re.compile(r"\n+[ \t]")
"""What folding has put in. vCard 2.1 would keep the blank; no program that folds means it."""
_BETWEEN = re.compile(r"\n(?!\n{0,2}[ \t])")
"""The end of a logical line. Some programs put a blank line before the rest of a folded one."""
_MARK = b"BEGIN:VCARD"


class Batch(NamedTuple):
    """Logical lines of one block."""

    lines: list[str]
    """Folds are left in them as line feeds. Bytes that are no UTF-8 are lone surrogates."""
    first: int
    """Where the first line stands in the file, counted from 1."""
    odd: bool
    """Some line is folded, too long or not of UTF-8: each of them wants a second look."""


def is_wide(codec: str) -> bool:
    """Tell whether even ASCII is written otherwise in an encoding: UTF-16, UTF-32, EBCDIC."""
    return _MARK not in _MARK.decode().encode(codec)


def batches(stream: BinaryIO, codec: str) -> Iterator[Batch]:
    """Yield the logical lines of a file, whatever ends its lines, block by block.

    A `codec` that keeps ASCII as it is does not matter here: the bytes of a value can be had again
    by `raw`, and decoded once its charset is known. A line is cut to one more than `LONGEST`.
    """
    carry, first = "", 1
    for text in _texts(stream, codec):
        carry += text
        body = carry.rstrip("\n")
        folded = "\n " in body or "\n\t" in body
        lines = _BETWEEN.split(body) if folded else body.split("\n")
        last = lines.pop()
        if lines:
            yield _batch(lines, first, folded=folded)
            first += len(lines) + sum(line.count("\n") for line in lines) if folded else len(lines)
        ends = carry[len(body) :]
        carry = last[: LONGEST + 1] + ends[:4]
        first += last.count("\n", LONGEST + 1) + max(0, len(ends) - 4)
    if carry:
        yield _batch([carry.rstrip("\n")], first, folded=True)


def raw(text: str) -> bytes:
    """Return the bytes that a text was read from."""
    return text.encode("utf-8", "surrogateescape")


def _batch(lines: list[str], first: int, *, folded: bool) -> Batch:
    long = max(map(len, lines)) > LONGEST
    if long:
        lines = [line[: LONGEST + 1] for line in lines]
    return Batch(lines, first, folded or long or not _is_clean(lines))


def _is_clean(lines: list[str]) -> bool:
    try:
        "".join(lines).encode()
    except UnicodeEncodeError:
        return False
    return True


def _texts(stream: BinaryIO, codec: str) -> Generator[str]:
    """Yield the text of the file with line feeds for all that ends a line; CR CR LF is one end."""
    wide = is_wide(codec)
    decoder = codecs.getincrementaldecoder(codec if wide else "utf-8")
    decode = decoder("replace" if wide else "surrogateescape").decode
    held = ""
    while block := stream.read(BLOCK):
        text = held + decode(block)
        body = text.rstrip("\r")
        returns = len(text) - len(body)
        held = "\r" * min(2, returns)
        yield _plain(body + "\n" * (returns - len(held)))
    yield _plain(held + decode(b"", True))  # noqa: FBT003


def _plain(text: str) -> str:
    if "\0" in text:
        text = text.replace("\0", "")
    if "\r" in text:
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    return text
