"""Small readings for the routes: form fields, and some rows of an upload."""

from contextlib import closing
from itertools import islice
from typing import Any, TypeVar

import msgspec

from rubrica import formats
from rubrica.deadlines import Deadline, TimeIsUp
from rubrica.errors import TooLarge
from rubrica.formats import Row
from rubrica.imports import analysing
from rubrica.imports.model import Upload
from rubrica.storage import Storage
from rubrica.web.queries import bad_field

T = TypeVar("T", bound=msgspec.Struct)


class RowsTakeLong(TooLarge):
    """These rows take too long to be read."""

    code = "rows_take_long"


def convert(fields: dict[str, Any], kind: type[T]) -> T:
    """Read the texts of a form into a struct."""
    try:
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as error:
        raise bad_field(error, kind) from error


def some_rows(storage: Storage, upload: Upload, *, first: int, limit: int) -> list[Row]:
    """Read rows of an upload, from a record of the file on. Blocks: call it in a thread."""
    deadline, reading = Deadline.after(analysing.PATIENCE), upload.analysis.reading
    try:
        with (
            storage.local(upload.storage_key, deadline) as path,
            closing(formats.rows(path, reading, soon=True, deadline=deadline)) as rows,
        ):
            return list(islice((row for row in rows if row.number >= first), limit))
    except TimeIsUp as error:
        raise RowsTakeLong(
            f"Row {first} is not reached in {analysing.PATIENCE:g} seconds. The upload shows the"
            " first rows, and an import reads them all."
        ) from error
