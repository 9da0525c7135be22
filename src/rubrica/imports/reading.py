"""Small readings for the routes: form fields, and some rows of an upload."""

from contextlib import closing
from itertools import islice
from typing import Any, TypeVar

import msgspec

from rubrica import formats
from rubrica.formats import Row
from rubrica.imports import cards
from rubrica.imports.model import Upload
from rubrica.storage import Storage
from rubrica.web.queries import bad_field

T = TypeVar("T", bound=msgspec.Struct)


def convert(fields: dict[str, Any], kind: type[T]) -> T:
    """Read the texts of a form into a struct."""
    try:
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as error:
        raise bad_field(error) from error


def some_rows(storage: Storage, upload: Upload, *, first: int, limit: int) -> list[Row]:
    """Read rows of an upload, from a record of the file on. Blocks: call it in a thread."""
    with (
        storage.local(upload.storage_key) as path,
        closing(
            formats.rows(path, upload.analysis.reading, soon=True, is_mobile=cards.is_mobile)
        ) as rows,
    ):
        return list(islice((row for row in rows if row.number >= first), limit))
