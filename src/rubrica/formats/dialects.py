"""How the cells of a delimited text are parted and quoted, told from a sample of it."""
# ruff: noqa: PLR2004 - a table has two columns and two records, or more

import io
import itertools
import re
from collections import Counter
from typing import NamedTuple

import clevercsv

from rubrica.errors import Invalid
from rubrica.formats import headers, vocabulary
from rubrica.formats.records import Dialect, Records

STRONG = (",", ";", "\t", "|")
"""Delimiters in the order in which they win ties."""
WEAK = ("^", ":", "~", " ")
"""Signs that text is full of: they part cells only where every record bears it out."""
SAMPLE = 64 * 1024
LINES = 5
"""Lines at the least, where the text has so many."""
RECORDS = 400
CELLS = 200
"""Cells of a record that are looked at."""
CLEVERCSV_SAMPLE = 4096
"""Characters that clevercsv is shown: its time grows with them (4 ms for 4 KiB)."""
CLEAR = 0.55
LEAD = 0.1
LONGEST_DELIMITER = 8
_PARTED = {",": r",(?=\S)", ";": ";", "\t": r"\t", "|": r"\|"}
"""What makes a cell look like several: a delimiter, a comma only where no space follows it."""
_DECLARED = re.compile(r'"?sep=(.)"?(?:\r\n|\r|\n|$)', re.IGNORECASE)
_SINGLE_QUOTED = r"(?:^|{0})'(?:[^'\\\r\n]|''|\\.)*'(?=$|{0}|\r|\n)"
_DOUBLE_QUOTED = r'(?:^|{0})"(?:[^"\\\r\n]|""|\\.)*"(?=$|{0}|\r|\n)'
_BACKSLASHED = r"\\{1}(?!\s*(?:{0}|$))"
_DOUBLED = r"(?<!{0})(?<!^){1}{1}(?!\s*(?:{0}|$))"


class BadDelimiter(Invalid):
    """This cannot part the cells of a table."""

    code = "bad_delimiter"


class Choice(NamedTuple):
    """The dialect of a text, and whether another would do nearly as well."""

    dialect: Dialect
    sure: bool
    skip: int
    """1 where the first record only declares the delimiter (`sep=;`)."""
    confidence: float
    """From 0 to 1, in the delimiter."""
    reason: str
    """Why this delimiter, in a sentence."""


def wished(delimiter: str) -> str:
    """Return the delimiter a client asks for; refuse what could not part anything."""
    given = {"\\t": "\t", "tab": "\t"}.get(delimiter.lower(), delimiter)
    if not 0 < len(given) <= LONGEST_DELIMITER or re.search(r'["\r\n\0]', given):
        raise BadDelimiter(
            f"“{delimiter}” cannot be a delimiter. Give one to {LONGEST_DELIMITER} characters, no "
            "quote and no line end among them, such as “,” “;” “|” or “\\t”."
        )
    return given


def detect(text: str, wish: str | None = None) -> Choice:
    """Return the dialect of a text; what the client wishes, or the text declares, is the delimiter.

    Looks at the first 64 Ki characters, or at more where lines are long.
    """
    declared = _DECLARED.match(text)
    skip = 1 if declared else 0
    text = _beginning(text[declared.end() if declared else 0 :])
    given = wish or (declared[1] if declared else None)
    if given:
        reason = "You said so." if wish else "The first line of the file declares it (sep=)."
        return Choice(_quoted(text, given), sure=True, skip=skip, confidence=1.0, reason=reason)
    delimiter, sure, reason = _delimiter(text)
    confidence = round(min(1.0, _score(text, delimiter)) if sure else 0.5, 2)
    return Choice(_quoted(text, delimiter), sure, skip, max(0.5, confidence), reason)


def _beginning(text: str) -> str:
    """Return whole lines, as many as tell anything: a record that is cut has too few cells."""
    size = SAMPLE
    while size < len(text) and text.count("\n", 0, size) < LINES:
        size *= 2
    if size >= len(text):
        return text
    return text[: text.rfind("\n", 0, size) + 1] or text[:size]


def _delimiter(text: str) -> tuple[str, bool, str]:
    """Return the delimiter, whether no other would do nearly as well, and why it is that one."""
    scores = sorted(((_score(text, sign), -place) for place, sign in enumerate(STRONG)))
    (second, _), (best, place) = scores[-2:]
    winner = STRONG[-place]
    if best >= CLEAR and best - second >= LEAD:
        return _with_space(text, winner), True, "It alone parts the rows into even cells."
    weak = next((sign for sign in WEAK if _parts_all(text, sign)), None)
    if weak and best < CLEAR:
        return weak, False, "It parts every row into as many cells, and no usual delimiter does."
    advice = _clever(text)
    if advice in STRONG and _score(text, advice) >= max(CLEAR, best - LEAD):
        return _with_space(text, advice), False, "Another sign parts the rows nearly as evenly."
    if best >= CLEAR:
        return _with_space(text, winner), False, "Another sign parts the rows nearly as evenly."
    free = next((sign for sign in STRONG if sign not in text), None)
    first = next((line for line in text.splitlines() if line.strip()), "")
    sure = free is not None and sum(map(vocabulary.is_heading, first.split())) < 3
    return free or winner, sure, "No sign parts the rows evenly: each is read as one cell."


def _score(text: str, delimiter: str) -> float:
    """Score from 0 to 1.5 how evenly and cleanly a delimiter parts the records of a text."""
    if delimiter not in text:
        return 0.0
    table = [row for row in _records(text, Dialect(delimiter)) if any(map(str.strip, row))]
    widths = Counter(map(len, table))
    width = max(widths, key=lambda columns: (columns > 1, widths[columns]), default=0)
    if width < 2:
        return 0.0
    even = widths[width] / len(table)
    cells = [cell.strip() for row in table[:100] for cell in row[:CELLS] if cell.strip()]
    others = [look for sign, look in _PARTED.items() if sign != delimiter]
    parted = re.compile("|".join(others))
    clean = sum(headers.is_value(cell) or not parted.search(cell) for cell in cells)
    heading = next(row for row in table if len(row) > 1)
    known = sum(map(vocabulary.is_heading, heading[:CELLS]))
    between_quotes = 0.25 if f'"{delimiter}"' in text else 0
    even *= clean / max(1, len(cells))
    return even * (1 - 0.5 / width) + 0.1 * min(3, known) + between_quotes


def _parts_all(text: str, delimiter: str) -> bool:
    """Tell whether a sign that text is full of parts every record into as many cells, or nearly.

    A space must also part headings, or cells that had to be quoted: “+39 333 1234567” and
    “Mario Rossi” are one cell.
    """
    table = [row for row in _records(text, Dialect(delimiter)) if any(map(str.strip, row))]
    if len(table) < 2:
        return False
    widths = Counter(map(len, table))
    width, count = widths.most_common(1)[0]
    if delimiter == " ":
        count = sum(widths[columns] for columns in (width, width - 1, width + 1))
    known = sum(map(vocabulary.is_heading, table[0]))
    if delimiter != " ":
        return count == len(table) and (width > 2 or (width == 2 and known == 2))
    quoted = len(re.findall(r'(?m) "[^"\r\n]*"(?= |$)', text))
    typed = sum(any(map(headers.is_value, row)) for row in table[1:])
    borne_out = quoted >= len(table) or (known >= 2 and typed * 10 >= 8 * (len(table) - 1))
    even = count * 10 >= 9 * len(table) or (known >= 3 and quoted >= 2 * len(table))
    return width > 2 and even and borne_out


def _clever(text: str) -> str | None:
    sample = text[:CLEVERCSV_SAMPLE]
    sample = sample[: sample.rfind("\n") + 1] or sample
    try:
        dialect = clevercsv.Detector().detect(sample, delimiters=STRONG)
    except (clevercsv.Error, ValueError, IndexError):
        return None
    return dialect.delimiter if dialect else None


def _with_space(text: str, delimiter: str) -> str:
    """Take a space into the delimiter where quotes follow it: `"a", "b"` is read no other way."""
    spaced = f"{delimiter} "
    if f'{spaced}"' not in text:
        return delimiter
    return spaced if _score(text, spaced) >= _score(text, delimiter) else delimiter


def _quoted(text: str, delimiter: str) -> Dialect:
    """Find the quote and how it is written inside quotes."""
    parted = re.escape(delimiter)
    single = len(re.findall(_SINGLE_QUOTED.format(parted), text, re.MULTILINE))
    double = len(re.findall(_DOUBLE_QUOTED.format(parted), text, re.MULTILINE))
    quote = "'" if single > double else '"'
    if delimiter.startswith(quote):
        return Dialect(delimiter, None)
    backslashed = len(re.findall(_BACKSLASHED.format(parted, quote), text, re.MULTILINE))
    doubled = len(re.findall(_DOUBLED.format(parted, quote), text, re.MULTILINE))
    if backslashed > doubled:
        return Dialect(delimiter, quote, "\\")
    if quote == '"' and not double and _is_better_unquoted(text, delimiter):
        return Dialect(delimiter, None)
    return Dialect(delimiter, quote)


def _is_better_unquoted(text: str, delimiter: str) -> bool:
    """Tell whether quotes are but signs of the text, such as inches, since no cell is quoted."""
    if '"' not in text:
        return False
    quoted = _records(text, Dialect(delimiter))
    bare = _records(text, Dialect(delimiter, None))
    return len(bare) > len(quoted) and _evenness(bare) >= _evenness(quoted)


def _evenness(table: list[list[str]]) -> float:
    """Return the share of the records that have the usual number of cells."""
    return max(Counter(map(len, table)).values()) / len(table)


def _records(text: str, dialect: Dialect) -> list[list[str]]:
    return list(itertools.islice(Records(io.StringIO(text, newline=""), dialect), RECORDS))
