"""Decoded text in, records out: the standard `csv` reader, bounded and mended."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import Literal, NamedTuple, TextIO, TypedDict

from rubrica.errors import Invalid

LONGEST = 16 * 1024 * 1024
"""Characters of one record at the most: what is no table must not fill the memory."""
PATIENCE = 8 * LONGEST
"""Characters of one file that are read again for the sake of stray quotes."""
MARK = "\ufdd0"
"""Stands for a delimiter of several characters: Unicode assigns it to no character, ever."""

csv.field_size_limit(LONGEST)  # holds for the whole process


class UnreadableRecord(Invalid):
    """A record of the file cannot be read."""

    code = "unreadable_record"


class Dialect(NamedTuple):
    """How cells are parted and quoted, as a `Reading` says it."""

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None


class _Options(TypedDict):
    delimiter: str
    quotechar: str | None
    quoting: Literal[0, 3]
    escapechar: str | None


class Records:
    """All records of a text, blank ones included; NUL characters are left out.

    The lines of `text` must keep their ends. A quote that is opened and never closed would swallow
    the lines behind it. So where a record of several lines has not the width of the record number
    `skip` + 1, has text right behind a closing quote, is longer than 16 Mi characters or still open
    at the end of the file, while its first line alone would do, that line is the record and the
    others are read again.
    """

    def __init__(self, text: TextIO, dialect: Dialect, skip: int = 0) -> None:
        self.mended: list[int] = []
        """The numbers, from 1, of the records that a stray quote was cut from."""
        self.last_mended = 0
        self.strays: list[int] = []
        """The numbers of the records in which a quote stands in the middle of a cell."""
        self.stray = False
        """Whether it does in the last record."""
        self.line = 0
        """The line of the text, from 1, at which the last record begins."""
        self._readline = text.readline
        self._joined = dialect.delimiter if len(dialect.delimiter) > 1 else ""
        self._options = _Options(
            delimiter=MARK if self._joined else dialect.delimiter,
            quotechar=dialect.quote,
            quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
            escapechar=dialect.escape,
        )
        quote, parting = re.escape(dialect.quote or '"'), re.escape(self._options["delimiter"])
        end = f"(?:{parting}|[\\r\\n]|$)"
        formula = f"={quote}[^{quote}{parting}]*{quote}{end}"  # as spreadsheets keep their zeros
        stray = f"(?:^|{parting})(?!{formula})[^{quote}{parting}]+{quote}[^{quote}{parting}]"
        self._stray = re.compile(f"{stray}[^{quote}]*{quote}{end}").search
        self._quote = dialect.quote
        self._skip = skip
        self._pending: list[str] = []
        """The lines of the record at hand."""
        self._held = 0
        self._again: deque[str] = deque()
        self._read_again = 0
        self._line = 0
        self._ended = False
        """The reader asked for more than there is."""

    def __iter__(self) -> Iterator[list[str]]:
        if not self._joined:
            yield from self._records()
            return
        for cells in self._records():
            yield [cell.replace(MARK, self._joined) for cell in cells]

    def _records(self) -> Iterator[list[str]]:
        pending = self._pending
        number = width = 0
        while self._again or not self._ended:
            reader = csv.reader(self._lines(), **self._options)
            try:
                for cells in reader:
                    number += 1
                    if number == self._skip + 1:
                        width = len(cells)
                    if self._ended or (len(pending) > 1 and self._is_odd(cells, width)):
                        alone = self._alone()
                        if self._ended and len(alone) != width:
                            alone = self._unquoted(width) or alone
                        if self._ended or len(alone) == width:
                            self._mend(number)
                            self._take_back()
                            yield alone
                            break
                    self.line = self._line - len(pending) + 1
                    first = pending[0]
                    self.stray = (
                        self._quote is not None
                        and self._quote in first
                        and self._stray(first) is not None
                    )
                    if self.stray:
                        self.strays.append(number)
                    pending.clear()
                    yield cells
            except csv.Error as error:
                if len(pending) <= 1:
                    raise self._unreadable(str(error)) from error
                number += 1
                self._mend(number)
                cells = self._unquoted(width) or self._alone()
                self._take_back()
                yield cells

    def _lines(self) -> Iterator[str]:
        readline, pending, again, joined = self._readline, self._pending, self._again, self._joined
        self._ended = False
        while line := again.popleft() if again else readline(LONGEST):
            self._line += 1
            if len(line) == LONGEST:
                raise self._unreadable("it is longer than 16 Mi characters")
            if "\0" in line:
                line = line.replace("\0", "")
            if joined:
                line = line.replace(joined, MARK)
            if pending:
                self._held = self._held + len(line) if len(pending) > 1 else len(line)
            pending.append(line)
            if self._held > LONGEST and len(pending) > 1:
                raise csv.Error("a quote is never closed")
            yield line
        self._ended = True

    def _is_odd(self, cells: list[str], width: int) -> bool:
        """Tell whether a record of several lines may be due to a quote that was never closed."""
        if 1 < width != len(cells):
            return True
        try:
            for _ in csv.reader(self._pending, **self._options, strict=True):
                pass
        except csv.Error:
            return True
        return False

    def _mend(self, number: int) -> None:
        self.mended.append(number)
        self.last_mended, self.stray = number, False

    def _take_back(self) -> None:
        """Have all lines of the record at hand but the first read again."""
        self._read_again += sum(map(len, self._pending)) - len(self._pending[0])
        if self._read_again > PATIENCE:
            raise self._unreadable("too many quotes are opened and never closed")
        self._again.extendleft(reversed(self._pending[1:]))
        self._line -= len(self._pending) - 1
        self.line = self._line
        self._pending.clear()

    def _alone(self) -> list[str]:
        """Read the first line of the record at hand as a record of its own."""
        line = self._pending[0].rstrip("\r\n")
        return [cell for cells in csv.reader([line], **self._options) for cell in cells]

    def _unquoted(self, width: int) -> list[str] | None:
        """Read the same line with quotes as plain signs, where that gives a row of the width."""
        line = self._pending[0].rstrip("\r\n")
        delimiter = self._options["delimiter"]
        bare = csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE)
        cells = [cell for cells in bare for cell in cells]
        return cells if len(cells) == width else None

    def _unreadable(self, reason: str) -> UnreadableRecord:
        return UnreadableRecord(
            f"Line {self._line} cannot be read: {reason}. Check that the file is a table of text "
            "and that every quote that opens a cell is closed.",
            line=self._line,
        )
