"""Workbooks, read by a child process that may die of them without taking us along.

Whatever the child does, the answer is rows or a refusal. It is killed as soon as nobody wants
its rows any more, and it kills itself when we are gone.
"""

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from itertools import islice, starmap
from pathlib import Path
from typing import NamedTuple

import msgspec

from rubrica.deadlines import NEVER, Deadline
from rubrica.errors import Invalid, TooLarge, Unready
from rubrica.formats import headers, spreadsheet_child
from rubrica.formats.headers import Place
from rubrica.formats.kinds import FileEmpty, SpreadsheetEncrypted
from rubrica.formats.model import (
    Detected,
    Finding,
    Kind,
    Reading,
    Row,
    Sheet,
    Warning,  # noqa: A004 - the contract's word
    Wishes,
)
from rubrica.formats.spreadsheet_child import (
    MOST_CELLS,
    QUICK_CELLS,
    Done,
    Failed,
    Frame,
    Opened,
    Ready,
    Request,
    Rows,
)

PROGRAM = spreadsheet_child.__file__
SAMPLE = 400
"""Rows that are looked at to find the header."""
SHOWN = 5
LENGTH = 4
"""Bytes before each frame that say how long it is."""
FRAME = msgspec.msgpack.Decoder(Ready | Opened | Rows | Done | Failed)
OUT_OF_MEMORY = ("memory allocation", "capacity overflow", "MemoryError", "out of memory")


class Limits(NamedTuple):
    """What a workbook may take."""

    memory: int = 1536 * 1024**2
    """Bytes of address space of the child."""
    seconds: int = 600
    """Of the child's processor time, and of our waiting for it; whoever reads the rows may take
    their own time."""


LIMITS = Limits()


class SpreadsheetCorrupt(Invalid):
    """The workbook is damaged."""

    code = "spreadsheet_corrupt"


class SpreadsheetTooLarge(TooLarge):
    """The workbook is too large to be read."""

    code = "spreadsheet_too_large"


class SpreadsheetTimeout(TooLarge):
    """The workbook takes too long to be read."""

    code = "spreadsheet_timeout"


class UnknownSheet(Invalid):
    """There is no such sheet in the workbook."""

    code = "unknown_sheet"


class SpreadsheetReaderUnavailable(Unready):
    """Workbooks cannot be read just now."""

    code = "spreadsheet_reader_unavailable"


def detect(path: Path, kind: Kind, wishes: Wishes, deadline: Deadline = NEVER) -> Detected:
    """Say which sheets a workbook has, which is read, and where its header is.

    `path` must end as workbooks of that kind do. Raises UnknownSheet, FileEmpty,
    SpreadsheetEncrypted, SpreadsheetCorrupt, SpreadsheetTooLarge, SpreadsheetTimeout, TimeIsUp.
    """
    with closing(_frames_of(path, kind, wishes.sheet, QUICK_CELLS, deadline)) as frames:
        opened = _opened(frames, wishes.sheet)
        records = list(islice(_records(frames), SAMPLE))
    width = max((len(record.cells) for record in records), default=0)
    table = [record.cells + [""] * (width - len(record.cells)) for record in records]
    place = headers.find(table, wishes.has_header)
    header = records[place.skip].cells if place.has_header else []
    return Detected(
        reading=Reading(
            kind=kind, sheet=opened.sheet, skip=place.skip, has_header=place.has_header
        ),
        header=header,
        findings=[_chosen(opened, wishes.sheet), place.finding],
        sheets=[Sheet(name=name, hidden=hidden) for name, hidden in opened.sheets],
        warnings=_warnings(opened, table, place, header),
    )


def _warnings(
    opened: Opened, table: list[list[str]], place: Place, header: list[str]
) -> list[Warning]:
    """Tell of what may be missed in a sheet, or of it."""
    width = max(map(len, table), default=0)
    found = [*headers.warnings(header, width)]
    if not place.sure:
        found.insert(0, place.doubt(table[place.skip : place.skip + 1]))
    if not any(any(map(str.strip, row)) for row in table[place.skip + place.has_header :]):
        found.append(headers.NO_ROWS)
    others = [name for name, hidden in opened.sheets if not hidden and name != opened.sheet]
    if others:
        message = f"Only the sheet “{opened.sheet}” is read; `sheet` names another."
        found.append(
            Warning(
                code="further_sheets", message=message, count=len(others), examples=others[:SHOWN]
            )
        )
    return found


def rows(
    path: Path, reading: Reading, *, soon: bool = False, deadline: Deadline = NEVER
) -> Generator[Row]:
    """Yield the rows of the sheet, each at least as wide as its first record that is read.

    `soon`: have the first rows at once, and all of them later. Close it to stop early. Raises as
    `detect` does.
    """
    most = QUICK_CELLS if soon else MOST_CELLS
    with closing(_frames_of(path, reading.kind, reading.sheet, most, deadline)) as frames:
        _opened(frames, reading.sheet)
        records = islice(_records(frames), reading.skip, None)
        header = next(records, None) if reading.has_header else None
        width = len(header.cells) if header else 0
        for row in records:
            if not any(map(str.strip, row.cells)):
                continue
            width = width or len(row.cells)
            if len(row.cells) < width:
                row.cells.extend([""] * (width - len(row.cells)))
            yield row


def _chosen(opened: Opened, wished: str | None) -> Finding:
    reason = "You said so." if wished else "It is the first visible sheet that holds anything."
    return Finding(what="sheet", value=opened.sheet or "", confidence=1.0, reason=reason)


def _opened(frames: Iterator[Frame], wished: str | None) -> Opened:
    opened = next(frames)
    if not isinstance(opened, Opened):
        raise _corrupt("its rows came before its sheets")
    if opened.sheet is not None:
        return opened
    if wished is None:
        raise FileEmpty("No visible sheet of the workbook has anything in it.")
    names = ", ".join(f"“{name}”" for name, _ in opened.sheets[:50])
    raise UnknownSheet(f"There is no sheet “{wished}” in the workbook. There are: {names}.")


def _records(frames: Iterator[Frame]) -> Iterator[Row]:
    records = (cells for frame in frames if isinstance(frame, Rows) for cells in frame.rows)
    yield from starmap(Row, enumerate(records, start=1))


def _frames_of(
    path: Path, kind: Kind, sheet: str | None, most: int, deadline: Deadline
) -> Generator[Frame]:
    request = Request(str(path.absolute()), kind, sheet, LIMITS.memory, LIMITS.seconds, most)
    # -I: nothing from the environment or the working directory gets into the child
    command = [sys.executable, "-I", PROGRAM, msgspec.json.encode(request).decode()]
    return frames(command, LIMITS.seconds, deadline)


def frames(command: list[str], seconds: int, deadline: Deadline = NEVER) -> Generator[Frame]:
    """Run a child that sends frames, and yield them after the first, until Done.

    Every other end is a refusal, or TimeIsUp. The child is dead when the generator is closed.
    """
    with tempfile.TemporaryFile() as complaints:
        try:
            child = subprocess.Popen(  # noqa: S603 - our own program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                bufsize=0,
                env={"MALLOC_ARENA_MAX": "1", "PYTHONDONTWRITEBYTECODE": "1"},
                start_new_session=True,
            )
        except OSError as error:
            raise SpreadsheetReaderUnavailable(f"No process can be started: {error}.") from error
        pipe = _Pipe(child, seconds, deadline)
        started = False
        try:
            while (frame := pipe.frame()) is not None:
                match frame:
                    case Ready():
                        started = True
                    case Failed():
                        raise _failed(frame)
                    case Done():
                        return
                    case _:
                        yield frame
            child.wait()
            complaints.seek(0)
            complaint = complaints.read(4096).decode(errors="replace")
            raise _died(child.returncode, complaint, started=started)
        finally:
            pipe.close()


class _Pipe:
    """What a child sends. Time counts only while we wait for it."""

    def __init__(self, child: subprocess.Popen[bytes], seconds: int, deadline: Deadline) -> None:
        assert child.stdout
        self.child = child
        self.descriptor = child.stdout.fileno()
        self.seconds = float(seconds)
        self.deadline = deadline
        self.poll = select.poll()
        self.poll.register(self.descriptor, select.POLLIN)

    def frame(self) -> Frame | None:
        """Return the next frame, or nothing where the child ends."""
        length = int.from_bytes(self._read(LENGTH), "big")
        if length > spreadsheet_child.MOST_FRAME:
            raise _corrupt("its reader answered gibberish")
        message = self._read(length)
        if not message or len(message) < length:
            return None
        try:
            return FRAME.decode(message)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _corrupt("its reader answered gibberish") from error

    def _read(self, size: int) -> bytes:
        pieces = bytearray()
        while len(pieces) < size:
            since = time.monotonic()
            ready = self.poll.poll(min(max(0, self.seconds), self.deadline.left) * 1000)
            self.seconds -= time.monotonic() - since
            self.deadline.check()
            if not ready:
                raise _timeout()
            if not (piece := os.read(self.descriptor, min(size - len(pieces), 1 << 20))):
                break
            pieces += piece
        return bytes(pieces)

    def close(self) -> None:
        """Kill the child and whatever it may have started, and wait for its end."""
        with suppress(ProcessLookupError, PermissionError):  # it has ended already
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        for stream in (self.child.stdin, self.child.stdout):
            if stream:
                stream.close()


def _failed(failed: Failed) -> Exception:
    if failed.why == "encrypted":
        return SpreadsheetEncrypted()
    return _too_large() if failed.why == "too_large" else _corrupt(failed.reason)


def _died(code: int, complaint: str, *, started: bool) -> Exception:
    """Say why a child ended without a word, from its exit code and its standard error."""
    if not started:
        return SpreadsheetReaderUnavailable(
            f"The program that reads workbooks does not start: {complaint[-500:] or code}"
        )
    if code == -signal.SIGXCPU:
        return _timeout()
    if code == -signal.SIGKILL or any(word in complaint for word in OUT_OF_MEMORY):
        return _too_large()
    return _corrupt("its reader gave up on it")


def _corrupt(reason: str) -> SpreadsheetCorrupt:
    return SpreadsheetCorrupt(
        f"The workbook cannot be read: {reason}. Open it in a spreadsheet program, save it again"
        " as .xlsx or .csv, and upload that."
    )


def _too_large() -> SpreadsheetTooLarge:
    return SpreadsheetTooLarge(
        "The workbook takes more memory than a reader may have. Delete the empty rows and columns"
        " behind the last cell, or save the sheet as .csv, and upload that."
    )


def _timeout() -> SpreadsheetTimeout:
    return SpreadsheetTimeout(
        "The workbook takes too long to be read. Save the sheet as .csv, and upload that."
    )
