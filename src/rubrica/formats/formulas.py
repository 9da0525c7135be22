"""Cells that a spreadsheet program would run as a formula, and the apostrophe that prevents it.

Such a cell begins with one of `= + - @`, a tab or a carriage return (OWASP, CSV Injection). It gets
an apostrophe in front, and so does one that begins with an apostrophe, so that the import can take
away what was put there and nothing else.
"""

import re

SIGNS = "=+-@\t\r'"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}").fullmatch


def guarded(cell: str) -> str:
    """Put an apostrophe before a cell that begins like a formula, or with an apostrophe.

    An E.164 number stays as it is. Exports do the same in SQL.
    """
    return f"'{cell}" if cell[:1] in SIGNS and cell and not _E164(cell) else cell


def unguarded(cell: str) -> str:
    """Take away the apostrophe that keeps a spreadsheet program from running a cell.

    The inverse of `guarded`: `'=1+1` → `=1+1`, `''Hooft` → `'Hooft`; `'t Hooft`, which is never
    written so, stays.
    """
    return cell[1:] if cell[:1] == "'" and len(cell) > 1 and cell[1] in SIGNS else cell
