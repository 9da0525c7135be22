"""What is found in a file before anybody confirms it. Blocks: call it in a thread."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from rubrica import formats
from rubrica.contacts import CustomField
from rubrica.deadlines import NEVER, Deadline, TimeIsUp
from rubrica.errors import TooLarge
from rubrica.formats import (
    MOST_COLUMNS,
    Detected,
    Reading,
    Row,
    TooManyColumns,
    Warning,  # noqa: A004
    Wishes,
)
from rubrica.imports import cards, suggesting
from rubrica.imports.model import CUSTOM, Analysis, Upload
from rubrica.imports.normaliser import TRUE_TO_TEXT
from rubrica.imports.suggesting import Suggestion
from rubrica.imports.surveying import Survey
from rubrica.storage import Storage

SAMPLE = 300
"""Rows by which columns are judged."""
SAMPLE_LETTERS = 16 * 1024 * 1024
"""Characters after which no further row is taken for them."""
SHOWN, SHOWN_LETTERS = 100, 1024 * 1024
"""Rows that are kept for the answer; more are read from the file."""
SECONDS = 6.0
"""How long a request may read on; what is left is read by a job."""
PATIENCE = 8.0
"""Seconds that a request may take to see the first rows; a job reads the file where it does not."""


class RowsTakeLong(TooLarge):
    """These rows take too long to be read."""

    code = "rows_take_long"


class Found(NamedTuple):
    """An analysis, and the number of rows where the file was read to its end."""

    analysis: Analysis
    total_rows: int | None


def analyse(
    storage: Storage,
    key: str,
    name: str,
    wishes: Wishes,
    fields: Iterable[CustomField],
    *,
    whole: bool = False,
    deadline: Deadline = NEVER,
) -> Found:
    """Detect, suggest and count. Without `whole`, only as much as fits into a request.

    A file that shows no row by the deadline is `unread`: nothing is known of its columns.
    """
    until = NEVER if whole else Deadline.after(SECONDS)
    detected = formats.unread(name)
    try:
        with storage.local(key, deadline) as path:
            found = formats.detect(path, name, wishes, deadline, is_mobile=cards.is_mobile)
            detected = _unguarded(found)
            if not detected.unread:
                with _rows(path, detected.reading, deadline, soon=not whole) as rows:
                    return _surveyed(detected, rows, wishes.country, list(fields), until)
    except TimeIsUp:
        pass
    return Found(_unread(detected), None)


def some_rows(storage: Storage, upload: Upload, *, first: int, limit: int) -> list[Row]:
    """Read rows of an upload, from a record of the file on. Blocks: call it in a thread."""
    deadline, reading = Deadline.after(PATIENCE), upload.analysis.reading
    try:
        with (
            storage.local(upload.storage_key, deadline) as path,
            closing(
                formats.rows(path, reading, soon=True, deadline=deadline, is_mobile=cards.is_mobile)
            ) as rows,
        ):
            return list(islice((row for row in rows if row.number >= first), limit))
    except TimeIsUp as error:
        raise RowsTakeLong(
            f"Row {first} is not reached in {PATIENCE:g} seconds. The upload shows the"
            " first rows, and an import reads them all."
        ) from error


def _rows(
    path: Path, reading: Reading, deadline: Deadline, *, soon: bool
) -> closing[Generator[Row]]:
    asked = cards.is_mobile
    return closing(formats.rows(path, reading, soon=soon, deadline=deadline, is_mobile=asked))


def _surveyed(
    detected: Detected,
    rows: Iterator[Row],
    country: str | None,
    fields: list[CustomField],
    until: Deadline,
) -> Found:
    """Suggest by the first rows, and count what is amiss in these and the next ones."""
    sample = formats.taken(rows, SAMPLE, SAMPLE_LETTERS)
    columns = _columns(detected, sample, country, fields)
    survey = Survey(
        columns,
        country,
        guarded=detected.reading.kind not in TRUE_TO_TEXT,
        filled=detected.reading.kind == "VCARD",
        dates={"birthDate"} | {f"{CUSTOM}{f.key}" for f in fields if f.type == "DATE"},
    )
    survey.add(sample)
    ended = False
    with suppress(TimeIsUp):
        while block := formats.taken(rows, 1000, SAMPLE_LETTERS):
            until.check()
            survey.add(block)
        ended = True
    return Found(
        Analysis(
            reading=detected.reading,
            header=detected.header,
            findings=detected.findings,
            sheets=detected.sheets,
            columns=survey.columns(),
            rows=formats.taken(iter(sample), SHOWN, SHOWN_LETTERS),
            warnings=[
                *_hidden(detected),
                *detected.warnings,
                *_lost_names(detected, sample, columns),
                *survey.warnings(),
            ],
        ),
        survey.rows if ended else None,
    )


def _unread(detected: Detected) -> Analysis:
    """Say what is known of a file whose rows have not been seen, and that they will be."""
    told = Warning(
        code="still_reading",
        message="The file is still being read, and its columns and rows are not known yet. Ask for"
        " the upload again until it is complete.",
    )
    return Analysis(
        reading=detected.reading,
        header=detected.header,
        findings=detected.findings,
        sheets=detected.sheets,
        columns=[],
        rows=[],
        warnings=[*_hidden(detected), *detected.warnings, told],
        unread=True,
    )


def _unguarded(detected: Detected) -> Detected:
    """Take the apostrophes off a header that an export, or a file of rejected rows, put there."""
    if detected.reading.kind in TRUE_TO_TEXT:
        return detected
    return msgspec.structs.replace(detected, header=list(map(formats.unguarded, detected.header)))


def _columns(
    detected: Detected, sample: list[Row], country: str | None, fields: list[CustomField]
) -> list[Suggestion]:
    """Say what each column is for."""
    cells = [row.cells for row in sample]
    # without a header, or in a damaged row, nothing has looked at the width yet
    if max(map(len, cells), default=0) > MOST_COLUMNS:
        raise TooManyColumns
    if detected.reading.kind == "VCARD":
        return cards.suggest(detected.header, cells, {field.key for field in fields})
    labels = {field.key: field.label for field in fields}
    return suggesting.suggest(detected.header, cells, country=country, custom_fields=labels)


def _hidden(detected: Detected) -> list[Warning]:
    hidden = [sheet.name for sheet in detected.sheets if sheet.hidden]
    if not hidden:
        return []
    message = "The workbook has hidden sheets; they are read only when asked for by name."
    return [Warning(code="hidden_sheets", message=message, count=len(hidden), examples=hidden)]


def _lost_names(
    detected: Detected, sample: list[Row], columns: list[Suggestion]
) -> Iterator[Warning]:
    if detected.reading.kind == "VCARD":
        return
    cells = [row.cells for row in sample]
    fields = [column.suggested_field for column in columns]
    for index in suggesting.lost_names(detected.header, cells, fields):
        yield Warning(
            code="names_not_kept",
            message="This column looks like people's names, and no column is suggested for names:"
            " they would be lost. Map it to fullName if they are.",
            column=index,
            examples=columns[index].samples,
        )
