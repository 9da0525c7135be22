"""What a file is, by its content; its name only breaks ties."""

import mmap
import re
import zipfile
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, get_args

import msgspec

from rubrica.deadlines import NEVER, Deadline
from rubrica.errors import Invalid, Unsupported
from rubrica.formats import compressed, members
from rubrica.formats.model import Compression, Kind

HEAD = 64 * 1024
SPACE = b" \t\r\n\v\f\0\xef\xbb\xbf\xff\xfe"
"""White space and byte order marks, in every encoding."""
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
GZIP = b"\x1f\x8b"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""An OLE2 compound file [MS-CFB]: Excel 97, but Word 97 and Outlook too."""
UNICODE_MARKS = {
    b"\xff\xfe\0\0": "utf-32-le",
    b"\0\0\xfe\xff": "utf-32-be",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
MAIN_PART = re.compile(
    rb"(spreadsheetml\.(sheet|template)|ms-excel\.(sheet|template|addin)\.macroEnabled)\.main"
)
CONTROLS = bytes(sorted({*range(9), *range(14, 26), 127} - {1}))
"""Bytes that no text has. Left out: tab to carriage return, Ctrl-Z, ESC (ISO-2022), ^A and the
separators 28 to 31, which some databases put between fields."""
CONTROL = re.compile("[" + "".join(f"\\x{byte:02x}" for byte in CONTROLS) + "\ufffe\uffff]")
MOST_CONTROLS = LEAST_PLAIN = 0.02
MOST_WIDE_CONTROLS = 0.002
LAST_SIGN = 4
"""Bytes of a character that is cut in two at the end of the beginning."""

BINARY = {
    b"%PDF-": "a PDF document",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\x7fELF": "a program",
    b"SQLite format 3\0": "an SQLite database",
    b"{\\rtf": "an RTF document",
    b"PAR1": "a Parquet file",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive, which is not read: pack it as .gz or .zip",
    b"Rar!\x1a\x07": "a RAR archive, which is not read: pack it as .gz or .zip",
    b"\xfd7zXZ\0": "packed with xz, which is not read: pack it as .gz or .zip",
    b"\x28\xb5\x2f\xfd": "packed with zstd, which is not read: pack it as .gz or .zip",
    b"\x09\x08": "an Excel workbook of an old kind: save it as .xlsx",
}
"""Beginnings that no text has."""
WEAK = {
    b"MZ": "a program",
    b"BZh": "packed with bzip2, which is not read: pack it as .gz or .zip",
    b"RIFF": "a recording or picture",
    b"ID3": "a recording",
    b"BM": "a BMP picture",
}
"""Beginnings that a text might have: they only name what is binary anyway."""
WORDS = {
    "BEGIN:VCALENDAR": "a calendar",
    "<!DOCTYPE HTML": "a web page: open it in a spreadsheet program and save it as .xlsx",
    "<HTML": "a web page: open it in a spreadsheet program and save it as .xlsx",
    "<TABLE": "a web page: open it in a spreadsheet program and save it as .xlsx",
    "<?XML": "an XML document: open it in a spreadsheet program and save it as .xlsx",
}


CARD = re.compile(r"(?:[\w-]+\.)?BEGIN[ \t]*:[ \t]*VCARD")


PATTERNS = {
    re.compile(
        r"TABLE(?:\r\n|\r|\n)0,1(?:\r\n|\r|\n)"
    ): "a DIF file: open it in a spreadsheet program and save it as .xlsx",
    re.compile(
        r"ID;P[A-Z0-9]*(?:;[NE])*(?:\r\n|\r|\n)[A-Z];"
    ): "a SYLK file: open it in a spreadsheet program and save it as .xlsx",
}


class NotATable(Unsupported):
    """The file is not a table."""

    code = "not_a_table"


class FileEmpty(Invalid):
    """The file is empty."""

    code = "file_empty"


class SpreadsheetEncrypted(Invalid):
    """The workbook is protected by a password."""

    code = "spreadsheet_encrypted"

    def __init__(self) -> None:
        super().__init__(
            "The workbook can only be opened with a password. Save it without one, and upload that."
        )


class Found(NamedTuple):
    """What a file is, and what it is packed in."""

    kind: Kind
    compression: Compression = ""


def found(path: Path, name: str, deadline: Deadline = NEVER) -> Found:
    """Say what a file is, packed or not.

    Raises NotATable, FileEmpty, SpreadsheetEncrypted, and what `compressed` raises.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(GZIP):
        return _packed(path, name.lower().removesuffix(".gz"), "GZIP", deadline)
    if head.startswith(ZIP):
        kind = _workbook(path)
        return Found(kind) if kind else _packed(path, name, "ZIP", deadline)
    if head.startswith(COMPOUND):
        return Found(_compound(path, name))
    with compressed.opened(path, "", deadline) as file:
        return Found(_text(file, name))


def guessed(name: str) -> Found:
    """Say what a file is by its name alone, where it cannot be looked into."""
    plain = name.lower().removesuffix(".gz").removesuffix(".zip")
    by_ending: dict[str, Kind] = {f".{kind.lower()}": kind for kind in get_args(Kind)}
    return Found(by_ending.get(Path(plain).suffix, "CSV"))


def _packed(path: Path, name: str, compression: Compression, deadline: Deadline) -> Found:
    with compressed.opened(path, compression, deadline) as stream:
        head = stream.read(len(COMPOUND))
    if head.startswith((*ZIP, COMPOUND)):
        with compressed.unpacked(path, compression, deadline=deadline) as plain:
            kind = _compound(plain, name) if head.startswith(COMPOUND) else _workbook(plain)
        if kind:
            return Found(kind, compression)
    if head.startswith((*ZIP, GZIP)):
        raise _not_a_table(name, "an archive in an archive: unpack the outer one")
    with compressed.opened(path, compression, deadline) as stream:
        return Found(_text(stream, name), compression)


def _workbook(path: Path) -> Kind | None:
    """Return what workbook a zip is, or nothing where it is just an archive.

    Sources: ECMA-376 part 2 (content types), OpenDocument 1.3 part 2, section 3.3 (mimetype).
    """
    with compressed.directory(path) as archive:
        names = {name.replace("\\", "/").strip("/").lower(): name for name in archive.namelist()}
        types = _piece(archive, names.get("[content_types].xml"))
        mime = _piece(archive, names.get("mimetype")).strip()
        kind: Kind | None = None
        if b"ms-excel.sheet.binary.macroEnabled.main" in types or "xl/workbook.bin" in names:
            kind = "XLSB"
        elif MAIN_PART.search(types) or "xl/workbook.xml" in names:
            kind = "XLSM" if b".macroEnabled.main" in types else "XLSX"
        elif b"opendocument.spreadsheet" in mime or _is_unmarked_ods(archive, names, mime):
            if b"encryption-data" in _piece(archive, names.get("meta-inf/manifest.xml")):
                raise SpreadsheetEncrypted
            kind = "ODS"
        if kind:
            compressed.check_insides(archive, path.stat().st_size)
            return kind
    known = {
        "a Word document": b"wordprocessingml" in types or "word/document.xml" in names,
        "a presentation": b"presentationml" in types or "ppt/presentation.xml" in names,
        "an OpenDocument file, but no spreadsheet": b"opendocument" in mime,
        "an electronic book": b"epub" in mime,
        "a program": "meta-inf/manifest.mf" in names,
        "an Apple Numbers, Pages or Keynote document: export it as .xlsx": any(
            inside.endswith((".iwa", "index.zip")) for inside in names
        ),
    }
    for what, it_is in known.items():
        if it_is:
            raise _not_a_table("", what)
    return None


def _is_unmarked_ods(archive: zipfile.ZipFile, names: dict[str, str], mime: bytes) -> bool:
    return not mime and b"office:spreadsheet" in _piece(archive, names.get("content.xml"))


def _piece(archive: zipfile.ZipFile, name: str | None, most: int = 1 << 20) -> bytes:
    return compressed.piece(archive, name, most) if name else b""


def _compound(path: Path, name: str) -> Kind:
    """Tell Excel 97 from the other compound files by the streams in their directory."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if _has_stream(content, "EncryptedPackage"):
            raise SpreadsheetEncrypted
        workbook = _has_stream(content, "Workbook") or _has_stream(content, "Book")
        others = {
            "a Word document": _has_stream(content, "WordDocument"),
            "a presentation": _has_stream(content, "PowerPoint Document"),
            "an Outlook message": _has_stream(content, "__properties_version1.0"),
        }
    if workbook and name.lower().endswith((".xls", ".xlt")):
        return "XLS"
    for what, it_is in others.items():
        if it_is:
            raise _not_a_table(name, what)
    return "XLS"


def _has_stream(content: mmap.mmap, stream: str) -> bool:
    """Look for a directory entry: 64 bytes of name, then its length [MS-CFB 2.6.1]."""
    name = stream.encode("utf-16-le").ljust(64, b"\0")
    return content.find(name + (2 * len(stream) + 2).to_bytes(2, "little")) >= 0


def _text(stream: BinaryIO, name: str) -> Kind:
    """Refuse what is empty, what is binary, and the texts that are known to be no table."""
    head = stream.read(HEAD)
    for beginning, what in BINARY.items():
        if head.startswith(beginning):
            raise _not_a_table(name, what)
    text = _decoded(head)
    if text is None:
        weak = (what for beginning, what in WEAK.items() if head.startswith(beginning))
        tar = "an archive, which is not read: pack the one file as .gz or .zip"
        what = tar if head[257:262] == b"ustar" else next(weak, "binary, no text")
        raise _not_a_table(name, what)
    plain = text.lstrip("\ufeff \t\r\n\v\f\0")
    start = plain[:64].upper()
    if CARD.match(start):
        return "VCARD"
    if start.startswith(("{", "[")) and (json := _json(plain)):
        if json == "JSONL":
            return "JSONL"
        raise _not_a_table(name, json)
    for pattern, what in PATTERNS.items():
        if pattern.match(plain):
            raise _not_a_table(name, what)
    for beginning, what in WORDS.items():
        if start.startswith(beginning):
            raise _not_a_table(name, what)
    while not head.strip(SPACE):
        if not (head := stream.read(1 << 20)):
            raise FileEmpty("There is nothing in the file but white space.")
    return "CSV"


def _json(text: str) -> Literal["JSONL", "a JSON document, but no lines of JSON objects"] | None:
    """Tell lines of JSON objects from other JSON, and both from text that begins with a bracket."""
    first, _, more = text.partition("\n")
    try:
        found = members.decoded(first)
    except (msgspec.DecodeError, RecursionError):
        begun = re.match(r'[\[{]\s*(?:[\[{]\s*)*("(?:[^"\\]|\\.)*"\s*[:,\]]|$)', text)
        cut = first.startswith('{"') and not more  # one line, longer than what was looked at
        if cut and len(text) > HEAD // 5:  # a character takes four bytes at the most
            return "JSONL"
        return "a JSON document, but no lines of JSON objects" if begun else None
    if isinstance(found, dict):
        return "JSONL"
    return "a JSON document, but no lines of JSON objects"


def _decoded(head: bytes) -> str | None:
    """Decode the beginning just well enough to recognise words; None where it is binary."""
    for mark, encoding in UNICODE_MARKS.items():
        if head.startswith(mark):
            return head.decode(encoding, "replace")
    if not head.strip(SPACE):
        return ""
    if len(head.translate(None, CONTROLS)) >= len(head) * (1 - MOST_CONTROLS):
        return head.decode("utf-8-sig", "replace")
    if b"\0" not in head:
        return None
    text = max((_wide(head, encoding) for encoding in WIDE), key=_plainness)
    return text if _plainness(text) >= LEAST_PLAIN else None


def _wide(head: bytes, encoding: str) -> str:
    """Decode, or give nothing where the bytes are not of that encoding."""
    whole = head[: len(head) // 4 * 4]
    text = whole.decode(encoding, "ignore")
    lost = len(whole) - len(text.encode(encoding))
    return (
        text
        if lost <= LAST_SIGN and len(CONTROL.findall(text)) <= len(text) * MOST_WIDE_CONTROLS
        else ""
    )


def _plainness(text: str) -> float:
    """Return the share of ASCII: a table has delimiters and ends of lines in any script."""
    return sum(sign in "\t\r\n" or " " <= sign <= "~" for sign in text) / max(1, len(text))


def _not_a_table(name: str, what: str) -> NotATable:
    named = f"“{name}”" if name else "The file"
    return NotATable(
        f"{named} is {what}. What is read here: CSV and other delimited text, .xlsx, .xlsm, .xlsb,"
        " .xls, .ods, .vcf and .jsonl, each also inside .gz or a .zip of one file."
    )
