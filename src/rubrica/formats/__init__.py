"""Tables in files: what a file is, how it is to be read, and its rows as text.

This is the front door: other packages import from here, never from the rooms behind it.
"""

from rubrica.formats.formulas import SIGNS, guarded, unguarded
from rubrica.formats.model import (
    MOST_COLUMNS,
    Detected,
    EmailPreference,
    Finding,
    IsMobile,
    Kind,
    PhonePreference,
    Reading,
    Row,
    Sheet,
    TooManyColumns,
    Warning,  # noqa: A004 - the contract's word
    Wishes,
)
from rubrica.formats.tables import detect, rows, taken, unread
from rubrica.formats.vcards import STANDARD as CARD_COLUMNS

__all__ = [
    "CARD_COLUMNS",
    "MOST_COLUMNS",
    "SIGNS",
    "Detected",
    "EmailPreference",
    "Finding",
    "IsMobile",
    "Kind",
    "PhonePreference",
    "Reading",
    "Row",
    "Sheet",
    "TooManyColumns",
    "Warning",
    "Wishes",
    "detect",
    "guarded",
    "rows",
    "taken",
    "unguarded",
    "unread",
]
