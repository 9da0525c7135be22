"""The files that an export can be: how each is written, how it is called, what it is."""

from collections.abc import AsyncGenerator, Callable
from typing import NamedTuple

from rubrica.db import Tx
from rubrica.exports import copying, jsonl, vcards, workbooks
from rubrica.exports.model import Format, Plan, Tell


class FileFormat(NamedTuple):
    """A format."""

    write: Callable[[Tx, Plan, Tell], AsyncGenerator[bytes]]
    """Yields the file, from the snapshot of a transaction, and tells how many rows it has."""
    ending: str
    media_type: str


FORMATS: dict[Format, FileFormat] = {
    "CSV": FileFormat(copying.write, "csv", "text/csv"),
    "XLSX": FileFormat(
        workbooks.write,
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "VCF": FileFormat(vcards.write, "vcf", "text/vcard"),
    "JSONL": FileFormat(jsonl.write, "jsonl", "application/jsonl"),
}
