"""What is found in a file before anybody confirms it. Blocks: call it in a thread."""

import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import NamedTuple

from rubrica import formats
from rubrica.contacts import CustomField
from rubrica.formats import (
    MOST_COLUMNS,
    Detected,
    Row,
    TooManyColumns,
    Warning,  # noqa: A004
    Wishes,
)
from rubrica.imports import cards, suggesting
from rubrica.imports.model import CUSTOM, Analysis
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
) -> Found:
    """Detect, suggest and count. Without `whole`, only as much as fits into a request."""
    until = None if whole else time.monotonic() + SECONDS
    fields = list(fields)
    with storage.local(key) as path:
        detected = formats.detect(path, name, wishes, is_mobile=cards.is_mobile)
        found = formats.rows(path, detected.reading, soon=not whole, is_mobile=cards.is_mobile)
        with closing(found) as rows:
            sample = formats.taken(rows, SAMPLE, SAMPLE_LETTERS)
            columns = _columns(detected, sample, wishes.country, fields)
            survey = Survey(
                columns,
                wishes.country,
                guarded=detected.reading.kind not in TRUE_TO_TEXT,
                filled=detected.reading.kind == "VCARD",
                dates={"birthDate"} | {f"{CUSTOM}{f.key}" for f in fields if f.type == "DATE"},
            )
            survey.add(sample)
            while block := formats.taken(rows, 1000, SAMPLE_LETTERS):
                if until is not None and time.monotonic() > until:
                    break
                survey.add(block)
            else:
                until = None
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
        survey.rows if until is None else None,
    )


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
