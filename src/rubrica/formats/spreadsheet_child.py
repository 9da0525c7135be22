"""The program that reads one workbook, in a process that may die of it.

`spreadsheets` starts it by its path, so that no package of ours is imported: it is ready in
40 ms. Its one argument is a Request in JSON; frames go to its standard output: four bytes of
length (big-endian), then a message in MessagePack: Ready, then Opened, then Rows until Done, or
Failed. When its standard input ends, its parent is dead, and so is it.

python-calamine reads; it holds a whole sheet (about 100 bytes a cell). Workbooks in the XLSX
format with a sheet past `MOST_CELLS` are streamed by openpyxl, which takes eight times as long,
and so are those that calamine cannot read.
"""

import contextlib
import os
import resource
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import IO, Any, Literal

import msgspec

MOST_CELLS = 5_000_000
QUICK_CELLS = 200_000
"""Cells that are laid out in a second: beyond them the first rows come sooner when streamed."""
MOST_ROWS = 2**24
MOST_FRAME = 64 * 1024**2
ERROR = b' t="e"'
"""The type of a cell that holds an error (ECMA-376, part 1, 18.18.11)."""
BATCH_ROWS = 1000
BATCH_LETTERS = 1_000_000
EXACT = 1e15
JUST_BELOW = 999_000
"""Microseconds from which the next second is meant, which a fraction of a day just misses."""
XML_BYTES_PER_CELL = 10
"""The least that a cell with a value takes in a sheet's XML; most take 30 to 50."""


class Request(msgspec.Struct, frozen=True):
    """What to read: the sheet of that name, else the first visible one that holds anything."""

    path: str
    kind: str
    sheet: str | None
    memory: int
    """Bytes of address space."""
    seconds: int
    """Of processor time."""
    most: int = MOST_CELLS
    """Cells of an XLSX sheet above which it is streamed."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The program has started: what goes wrong from here on is due to the file."""


class Opened(msgspec.Struct, frozen=True, tag=True):
    """The sheets with their hidden flags, and the one that is read, where there is one."""

    sheets: list[tuple[str, bool]]
    sheet: str | None


class Rows(msgspec.Struct, frozen=True, tag=True):
    """The next rows of the sheet, from its first, without the empty cells at their ends."""

    rows: list[list[str]]


class Done(msgspec.Struct, frozen=True, tag=True):
    """That was the last row."""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """It cannot be read on."""

    why: Literal["encrypted", "corrupt", "too_large"]
    reason: str


Frame = Ready | Opened | Rows | Done | Failed
Table = tuple[Opened, Iterable[list[str]]]


def main() -> None:
    """Read the request, write the frames."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not come between the frames
    request = msgspec.json.decode(sys.argv[1], type=Request)
    _limit(request)
    import python_calamine  # noqa: PLC0415 - under the limits

    _send(output, Ready())
    try:
        opened, rows = _table(request)
        _send(output, opened)
        _send_rows(output, rows)
        _send(output, Done())
    except (MemoryError, OverflowError) as error:
        _send(output, Failed("too_large", repr(error)))
    except python_calamine.PasswordError as error:
        _send(output, Failed("encrypted", str(error)))
    except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception
        too_large = "capacity overflow" in str(error)
        reason = str(error)[:300] or type(error).__name__
        _send(output, Failed("too_large" if too_large else "corrupt", reason))
    os._exit(0)  # freeing millions of cells one by one would take seconds


def _die_with_parent() -> None:
    os.read(0, 1)
    os._exit(1)


def _limit(request: Request) -> None:
    limits = {
        resource.RLIMIT_AS: request.memory,
        resource.RLIMIT_CPU: request.seconds,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        with contextlib.suppress(OSError, ValueError):  # macOS has no limit of address space
            resource.setrlimit(limit, (most, most))


def _send(output: IO[bytes], frame: Frame) -> None:
    message = msgspec.msgpack.encode(frame)
    if len(message) > MOST_FRAME:
        raise OverflowError(f"a row of {len(message):,} bytes")
    rest = memoryview(len(message).to_bytes(4, "big") + message)
    while rest:
        rest = rest[output.write(rest) :]


def _send_rows(output: IO[bytes], rows: Iterable[list[str]]) -> None:
    batch: list[list[str]] = []
    size = 0
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise OverflowError(f"more than {MOST_ROWS:,} rows")
        batch.append(row)
        size += sum(map(len, row)) + len(row)
        if len(batch) == BATCH_ROWS or size > BATCH_LETTERS:
            _send(output, Rows(batch))
            batch, size = [], 0
    _send(output, Rows(batch))


def _table(request: Request) -> Table:
    """Open a workbook with the reader that suits it, or else with the other."""
    if request.kind not in ("XLSX", "XLSM"):
        return _by_calamine(request)
    import python_calamine  # noqa: PLC0415

    with contextlib.suppress(Exception):  # a part that cannot be looked into says nothing
        if is_streamed(request.path, request.most):
            return _by_openpyxl(request)
    try:
        return _by_calamine(request)
    except python_calamine.PasswordError:
        raise
    except python_calamine.CalamineError as error:
        try:
            return _by_openpyxl(request)
        except Exception:  # noqa: BLE001 - the first reason is the better one
            raise error from None


def _by_calamine(request: Request) -> Table:
    import python_calamine as calamine  # noqa: PLC0415

    workbook = calamine.CalamineWorkbook.from_path(request.path)  # pyright: ignore[reportUnknownMemberType]
    worksheets = {
        sheet.name: sheet.visible != calamine.SheetVisibleEnum.Visible
        for sheet in workbook.sheets_metadata
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet
    }

    def rows(name: str) -> Iterator[list[str]]:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.start is None:
            return
        # `iter_rows` keeps the empty rows above the first cell but not the columns before it.
        before = [""] * sheet.start[1]
        for row in sheet.iter_rows():
            cells = _texts(row)
            yield before + cells if cells else cells

    return _chosen(worksheets, rows, request.sheet)


def _by_openpyxl(request: Request) -> Table:
    import warnings  # noqa: PLC0415

    import openpyxl  # noqa: PLC0415
    from openpyxl.utils.escape import unescape  # noqa: PLC0415
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet  # noqa: PLC0415

    warnings.simplefilter("ignore")
    # It would look for the size that a sheet claims, through all of it where there is no claim,
    # and then fill every row up to that size.
    worksheet: Any = ReadOnlyWorksheet
    worksheet._get_size = bool  # noqa: SLF001
    workbook = openpyxl.load_workbook(request.path, read_only=True, data_only=True)
    worksheets = {sheet.title: sheet.sheet_state != "visible" for sheet in workbook.worksheets}

    def rows(name: str) -> Iterator[list[str]]:
        sheet: Any = workbook[name]
        for row in sheet.iter_rows():
            cells = _texts([cell.value for cell in row])
            yield [unescape(cell) if "_x" in cell else cell for cell in cells]

    table = _chosen(worksheets, rows, request.sheet)
    if table[1] == ():  # it does not know strict OOXML, and sees empty sheets there
        raise ValueError("nothing was found")
    return table


def _chosen(
    worksheets: dict[str, bool], rows: Callable[[str], Iterator[list[str]]], wished: str | None
) -> Table:
    sheets = list(worksheets.items())
    for name, hidden in sheets:
        if hidden if wished is None else name != wished:
            continue
        above: list[list[str]] = []
        left = rows(name)
        for row in left:
            above.append(row)
            if any(map(str.strip, row)):
                return Opened(sheets, name), chain(above, left)
    return Opened(sheets, wished if wished in worksheets else None), ()


def is_streamed(path: str, most: int = MOST_CELLS) -> bool:
    """Say whether an XLSX workbook must be streamed: it is large, or has an error in a cell.

    Large is a sheet that has, or claims, more than `most` cells. The claim counts because calamine
    lays out the whole rectangle: a last cell far below the others costs as much as all that lies
    between. Errors such as #N/A, which calamine gives as nothing, are looked for in all of the XML
    (some 300 MB/s).
    """
    import re  # noqa: PLC0415
    import zipfile  # noqa: PLC0415

    claim = re.compile(rb'<(?:\w+:)?dimension\b[^>]*?ref="[A-Z]*\d*:([A-Z]{1,3})(\d{1,9})"')
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            if "worksheets/" not in part.filename or not part.filename.endswith(".xml"):
                continue
            with archive.open(part) as xml:
                piece = xml.read(1 << 16)
                found = claim.search(piece)
                if found and _column(found[1]) * int(found[2]) > most:
                    return True
                cells, end = 0, b""
                while piece:
                    if part.file_size > most * XML_BYTES_PER_CELL:
                        cells += piece.count(b"<c ") + piece.count(b":c ")
                    if cells > most or ERROR in end + piece:
                        return True
                    end = piece[-len(ERROR) :]
                    piece = xml.read(1 << 20)
    return False


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _texts(row: Any) -> list[str]:
    cells = [cell if type(cell) is str else text(cell) for cell in row]
    if "\0" in "".join(cells):  # PostgreSQL has no place for it
        cells = [cell.replace("\0", "") for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def text(value: object) -> str:  # noqa: PLR0911 - one for each type
    """Write a cell as a person would see it, whatever its number format; nothing for nothing.

    >>> [text(cell) for cell in (True, 3.93e11, 1e-7, timedelta(hours=30), None)]
    ['TRUE', '393000000000', '0.0000001', '30:00:00', '']
    """
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return _number(value)
        case datetime():
            whole = value.replace(microsecond=0)
            with contextlib.suppress(OverflowError):  # the last second of the year 9999
                whole += timedelta(seconds=value.microsecond > JUST_BELOW)
            return str(whole.date() if whole.time() == time.min else whole)
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("seconds")
        case timedelta():
            return _duration(value)
        case _:
            return str(value)


def _number(value: float) -> str:
    """Write all digits and no exponent; of whole numbers the first 15, which is all Excel has."""
    if value.is_integer():
        if abs(value) < EXACT:
            return str(int(value))
        digits, _, exponent = f"{value:.14e}".partition("e")
        return digits.replace(".", "") + "0" * (int(exponent) - 14)
    shortest = repr(value)
    digits, _, exponent = shortest.partition("e")
    if not exponent or digits in ("inf", "nan"):
        return shortest
    sign = "-" * digits.startswith("-")
    return f"{sign}0.{'0' * (-int(exponent) - 1)}{digits.lstrip('-').replace('.', '')}"


def _duration(value: timedelta) -> str:
    seconds = round(abs(value).total_seconds())
    sign = "-" if value < timedelta() and seconds else ""
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


if __name__ == "__main__":
    main()
