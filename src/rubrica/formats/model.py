"""How a file is to be read, and what was noticed in it. No I/O here."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import msgspec

from rubrica.errors import Invalid

MOST_COLUMNS = 16_384
"""Columns of a table at the most: as many as a worksheet of Excel can have."""

Kind = Literal["CSV", "XLSX", "XLSM", "XLSB", "XLS", "ODS", "VCARD", "JSONL"]
"""CSV stands for every delimited text, whatever its delimiter."""
Compression = Literal["", "GZIP", "ZIP"]
PhonePreference = Literal["MOBILE", "PREF", "FIRST"]
EmailPreference = Literal["PREF", "FIRST"]
IsMobile = Callable[[str, str | None], bool]
"""Tells whether a number is a mobile's; a national one is as of a country (ISO 3166)."""


def never_mobile(_number: str, _country: str | None) -> bool:
    """Know of no number whether it is a mobile's."""
    return False


class TooManyColumns(Invalid):
    """The table has more columns than can be mapped."""

    code = "too_many_columns"

    def __init__(self) -> None:
        super().__init__(
            f"The table has more than {MOST_COLUMNS:,} columns. Leave out those that no contact"
            " needs. In a text, look whether the delimiter is right."
        )


class Row(NamedTuple):
    """One record of a table, every cell as text.

    `number` counts the records of the file from 1, blank ones and the header included: the number
    that a spreadsheet program shows beside the row.
    """

    number: int
    cells: list[str]
    damage: str | None = None
    """What is wrong with the record itself, in a sentence: it was read all the same."""


class Reading(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=False):
    """All that decides which rows a file has. The same reading gives the same rows each time."""

    kind: Kind
    compression: Compression = ""
    encoding: str | None = None
    """A Python codec name; None where the kind is no text."""
    delimiter: str | None = None
    quote: str | None = None
    """The quote character; None: nothing is quoted."""
    escape: str | None = None
    sheet: str | None = None
    skip: int = 0
    """Records before the header (or before the first row, where there is no header)."""
    has_header: bool = True
    columns: list[str] = []
    """The names of the columns where the file holds no header: cards, lines of JSON."""
    phone_preference: PhonePreference = "MOBILE"
    """Which number of a card is the contact's."""
    email_preference: EmailPreference = "PREF"
    split_phones: bool = False
    """Make a row of each further mobile number of a card."""
    country: str | None = None
    """As of which national numbers of cards are judged (ISO 3166)."""
    utf8_first: bool = False
    """Read values of cards that are UTF-8 as such, and only others by `encoding`."""


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What the client said of the file. It is never overridden by detection."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    has_header: bool | None = None
    country: str | None = None
    """ISO 3166 code of the account or call: it weighs in where the encoding is unsure."""
    phone_preference: PhonePreference = "MOBILE"
    email_preference: EmailPreference = "PREF"
    split_phones: bool = False


class Warning(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person should know before they confirm: a stable code, a sentence, examples."""

    code: str
    message: str
    column: int | None = None
    count: int | None = None
    examples: list[str] = []


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet of a workbook."""

    name: str
    hidden: bool = False


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found out about a file, how surely (0 to 1), and why."""

    what: str
    value: str
    confidence: float
    reason: str


class Detected(msgspec.Struct, frozen=True, kw_only=True):
    """What a file turned out to be."""

    reading: Reading
    header: list[str]
    """The header's cells, or nothing where there is no header."""
    findings: list[Finding] = []
    sheets: list[Sheet] = []
    warnings: list[Warning] = []
    unread: bool = False
    """It could not be looked into in time."""
