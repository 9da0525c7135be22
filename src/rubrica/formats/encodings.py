"""In which encoding a text is written, told from a sample of it."""

import codecs
import itertools
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

import charset_normalizer
import msgspec

from rubrica.errors import Invalid
from rubrica.formats import scores
from rubrica.formats.model import Finding, Warning  # noqa: A004 - the contract's word

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Longest first where one begins like another. These codecs take the mark away."""
NO_TABLES = frozenset({
    "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7",
})  # fmt: skip
"""Codecs of Python that no file is written in, or that let halves of a character through."""
TELLING_BYTES = 16_384
MOSTLY = 0.9
FEW_ZEROS = 0.2
"""Share of zero bytes up to which UTF-8 with stray NUL characters is the better reading."""
SHOWN = 3
"""Examples that a warning gives."""
LEAST = 20
"""Signs beyond ASCII that charset-normalizer needs to be asked at all."""
SURE = 5.0
"""Lead, in natural logarithms of likelihood, from which one reading is not doubted."""
POOR = -8.5
"""Mean score of a letter below which none of the short list fits."""
_CELL = re.compile(r"[^,;\t|\"\r\n]*[^\x00-\x7f][^,;\t|\"\r\n]*")


class UnknownEncoding(Invalid):
    """There is no such encoding."""

    code = "unknown_encoding"


class Encoding(msgspec.Struct, frozen=True, kw_only=True):
    """An encoding by its Python name, and how far it can be relied on."""

    name: str
    confidence: float
    """From 0 to 1."""
    sure: bool
    reason: str
    """Why this one, in a sentence."""
    alternatives: list[tuple[str, str]] = []
    """Where unsure: the best three encodings, each with a cell as it reads in it."""

    @property
    def finding(self) -> Finding:
        """Tell of it."""
        return Finding(
            what="encoding", value=self.name, confidence=self.confidence, reason=self.reason
        )


class _Reading(NamedTuple):
    score: float
    codec: str
    text: str


def detect(sample: bytes, *, complete: bool, country: str | None = None) -> Encoding:
    """Return the encoding of a text of which `sample` is the beginning, or all of it (`complete`).

    `country` (ISO 3166) weighs in where the letters leave a doubt. Reads the whole sample once;
    what takes thought is done on 16 KiB of it.
    """
    if marked := _by_mark(sample):
        reason = "The file begins with its byte order mark."
        return Encoding(name=marked, confidence=1.0, sure=True, reason=reason)
    if spread := _by_zero_bytes(sample):
        reason = "Zero bytes stand where this encoding has them."
        return Encoding(name=spread, confidence=0.99, sure=True, reason=reason)
    if _is_utf8(sample, complete=complete):
        what = "Every character is ASCII" if sample.isascii() else "All bytes are valid UTF-8"
        return Encoding(name="utf-8", confidence=1.0, sure=True, reason=f"{what}.")
    return _by_letters(sample, country)


def wished(name: str, sample: bytes) -> Encoding:
    """Return the encoding that a client names."""
    return Encoding(name=named(name, sample), confidence=1.0, sure=True, reason="You said so.")


def named(name: str, sample: bytes) -> str:
    """Return the codec for an encoding that a client names; refuse what no text is in.

    The mark at the beginning of the sample completes the name: UTF-8 and UTF-16 are said of
    files with and without it.
    """
    codec = codec_of(name)
    if codec is None:
        raise UnknownEncoding(
            f"“{name}” is not an encoding that text is read in. Name it as in “utf-8” or"
            " “windows-1252”, or leave it out and it is detected."
        )
    for family in ("utf-8", "utf-16", "utf-32"):
        if codec.startswith(family):
            marked = _by_mark(sample) or _by_zero_bytes(sample)
            if marked and marked.startswith(family):
                return marked
            # Without a mark Python will not read these; most of what lacks it is little-endian.
            return f"{codec}-le" if codec in ("utf-16", "utf-32") else codec
    return codec


def codec_of(name: str) -> str | None:
    """Return Python's codec for the name of an encoding, or nothing where no text is in it."""
    try:
        codec = codecs.lookup(name.strip()).name
        "".encode(codec)
    except (LookupError, ValueError, UnicodeError):
        return None
    return None if codec in NO_TABLES else codec


def decoded(sample: bytes, codec: str, *, complete: bool) -> str:
    """Return the text of a sample, U+FFFD for what cannot be read; a cut character is left out."""
    return codecs.getincrementaldecoder(codec)("replace").decode(sample, complete)


def warnings(encoding: Encoding, sample: bytes, text: str) -> Iterator[Warning]:
    """Yield what is odd in the letters of a sample, and in the text that it was read as."""
    if not encoding.sure:
        yield Warning(
            code="encoding_uncertain",
            message=f"The letters of the file may be wrong: it was read as {encoding.name}.",
            examples=[f"{codec}: {cell}" for codec, cell in encoding.alternatives],
        )
    if broken := text.count("\ufffd") - sample.count("\ufffd".encode()):
        lines = (line for line in text.splitlines() if "\ufffd" in line)
        yield Warning(
            code="undecodable_bytes",
            message=f"Some bytes mean nothing in {encoding.name}: they are read as \ufffd.",
            count=broken,
            examples=[_around(line, "\ufffd") for line in itertools.islice(lines, SHOWN)],
        )
    if nul := text.count("\0"):
        yield Warning(
            code="nul_bytes", message="The file holds NUL characters: they are left out.", count=nul
        )


def _around(line: str, sign: str) -> str:
    start = max(0, line.index(sign) - 30)
    return line[start : start + 60]


def _by_mark(sample: bytes) -> str | None:
    return next((codec for mark, codec in BOMS if sample.startswith(mark)), None)


def _by_zero_bytes(sample: bytes) -> str | None:
    """Recognise UTF-16 and UTF-32 by the places of their zero bytes."""
    start = sample[: 4 * TELLING_BYTES]
    start = start[: len(start) // 4 * 4] or start[: len(start) // 2 * 2]
    share = start.count(0) / max(1, len(start))
    if not share or (share < FEW_ZEROS and _is_utf8(start, complete=False)):
        return None
    zeros = [start[place::4].count(0) / max(1, len(start) // 4) for place in range(4)]
    candidates: list[str] = []
    if zeros[0] > MOSTLY and zeros[1] > MOSTLY:
        candidates.append("utf-32-be")
    if zeros[3] > MOSTLY and zeros[2] > MOSTLY:
        candidates.append("utf-32-le")
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if even > 20 * odd:
        candidates.append("utf-16-be")
    if odd > 20 * even:
        candidates.append("utf-16-le")
    return next((codec for codec in candidates if _reads_like_text(start, codec)), None)


def _reads_like_text(sample: bytes, codec: str) -> bool:
    text = decoded(sample, codec, complete=False)
    odd = sum(unicodedata.category(sign) in {"Cn", "Co", "Cs"} for sign in text[:4096])
    known = sum(sign.isascii() and (sign.isprintable() or sign in "\t\r\n") for sign in text)
    return not odd and "\0" not in text and "\ufffd" not in text and known * 10 >= len(text)


def _is_utf8(sample: bytes, *, complete: bool) -> bool:
    """Tell whether a sample is UTF-8, or was but for a few broken bytes."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, complete)
    except UnicodeDecodeError:
        text = sample.decode("utf-8", "replace")
        broken = text.count("\ufffd")
        return sum(not sign.isascii() for sign in text) - broken > 4 * broken
    return True


def _by_letters(sample: bytes, country: str | None) -> Encoding:
    telling, heading = _telling(sample)
    readings = sorted(
        (
            _Reading(scores.of(text, codec, heading=text[:heading], country=country), codec, text)
            for codec in scores.ENCODINGS
            for text in [decoded(telling, codec, complete=False)]
        ),
        key=lambda reading: -reading.score,
    )
    best = readings[0]
    letters = sum(not sign.isascii() for sign in best.text)
    fits = best.score - scores.plain(best.text) >= POOR * letters and "\ufffd" not in best.text
    if not fits and letters >= LEAST:
        readings = [*_by_statistics(telling, best), *readings]
        best = readings[0]
    others = [reading for reading in readings if reading.text != best.text]
    lead = best.score - others[0].score if others else SURE
    sure = fits and lead >= SURE
    return Encoding(
        name=best.codec,
        confidence=round(max(0.0, min(1.0, 0.5 + lead / 20)), 2),
        sure=sure,
        reason=f"No UTF-8, and its letters are likeliest in {best.codec}"
        + (f"; next comes {others[0].codec}." if others else "."),
        alternatives=[] if sure else _examples([best, *others]),
    )


def _telling(sample: bytes) -> tuple[bytes, int]:
    """Return the lines that hold more than ASCII, and the length of the first line among them.

    The first line of the file comes first where it tells anything: it may be the header.
    """
    lines = [line for line in sample.splitlines() if not line.isascii()]
    heading = next((line for line in sample.splitlines() if line.strip()), b"")[:4096]
    lines = list(dict.fromkeys(lines))
    step = max(1, sum(map(len, lines)) // TELLING_BYTES)
    chosen = [line[:4096] for line in lines[::step]]
    first = b"" if heading.isascii() else heading + b"\n"
    return (first + b"\n".join(chosen))[:TELLING_BYTES], len(first)


def _by_statistics(telling: bytes, best: _Reading) -> list[_Reading]:
    """Ask charset-normalizer where nothing on the short list fits."""
    match = charset_normalizer.from_bytes(telling, steps=5, chunk_size=512).best()
    if match is None or match.encoding in {"utf_8", "ascii"} or not codec_of(match.encoding):
        return []
    if match.encoding.startswith(("utf_16", "utf_32")):
        return []  # by a mark that the file does not begin with: the excerpt only happens to
    text = decoded(telling, match.encoding, complete=False)
    if text.count("\ufffd") > best.text.count("\ufffd"):
        return []
    return [_Reading(best.score, match.encoding, text)]


def _examples(readings: list[_Reading]) -> list[tuple[str, str]]:
    """Return for the best three readings one cell: the first that the most read differently."""
    unlike = {reading.text: reading for reading in reversed(readings)}
    readings = [reading for reading in readings if unlike[reading.text] is reading][:3]
    cells = [_CELL.findall(reading.text) for reading in readings]
    groups = list(zip(*cells, strict=False))
    differing = max(range(len(groups)), key=lambda place: len(set(groups[place])), default=0)
    return [
        (reading.codec, found[differing].strip()[:60] if len(found) > differing else "")
        for reading, found in zip(readings, cells, strict=True)
    ]
