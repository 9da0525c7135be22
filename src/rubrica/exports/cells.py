"""How PostgreSQL writes a cell, whatever the rows are of, and which columns are wanted.

One of the few places where SQL is put together from parts.
"""

from collections.abc import Sequence

from psycopg.sql import SQL, Composable, Composed, Literal

from rubrica import formats
from rubrica.exports.model import InvalidExport, refusal


def moment(of: Composable) -> Composed:
    """Return a moment in UTC, as RFC 3339 has it, to the microsecond."""
    return SQL("""to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""").format(of)


def guarded(text: Composable) -> Composed:
    """Put an apostrophe before a text that begins like a formula, as `formats.guarded` does."""
    signs = SQL(", ").join(Literal(ord(sign)) for sign in formats.SIGNS)
    return SQL("CASE WHEN ascii({0}) IN ({1}) THEN '''' || {0} ELSE {0} END").format(text, signs)


def chosen(wanted: Sequence[str] | None, there: Sequence[str]) -> list[str]:
    """Return the names of the columns, all that are there where none is wanted.

    Refuses names that are not there, and one that is given twice: an import would lose a column.
    """
    if wanted is None:
        return list(there)
    if not wanted:
        raise refusal("columns", "columns is empty; leave it out to export every field.")
    for place, name in enumerate(wanted):
        if name not in there:
            raise _bad(place, f"“{name}” is no column. There are: {', '.join(there)}.")
        if name in wanted[:place]:
            raise _bad(place, f"The column “{name}” is named twice.")
    return list(wanted)


def _bad(place: int, message: str) -> InvalidExport:
    return refusal(f"columns[{place}]", message)
