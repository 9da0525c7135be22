"""Files of cards, read as an import reads them."""

import io
from functools import partial
from typing import Any

from rubrica.formats import vcards
from rubrica.formats.model import Detected, Row, Wishes


def card(*lines: str, version: str = "3.0") -> str:
    """Return a card of these lines."""
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def detected(content: str | bytes, **wishes: Any) -> Detected:
    """Return what a file turns out to be."""
    content = content.encode() if isinstance(content, str) else content
    return vcards.detect(partial(io.BytesIO, content), Wishes(**wishes))


def rows(content: str | bytes, **wishes: Any) -> list[Row]:
    """Return the rows of a file, read as it was detected."""
    content = content.encode() if isinstance(content, str) else content
    return list(vcards.rows(io.BytesIO(content), detected(content, **wishes).reading))


def people(content: str | bytes, **wishes: Any) -> list[dict[str, str]]:
    """Return the cells that are filled, by their columns."""
    columns = detected(content, **wishes).header
    return [
        {name: cell for name, cell in zip(columns, row.cells, strict=True) if cell}
        for row in rows(content, **wishes)
    ]


def person(*lines: str, version: str = "3.0", **wishes: Any) -> dict[str, str]:
    """Return the filled cells of one card of these lines."""
    [only] = people(card(*lines, version=version), **wishes)
    return only


def warnings(content: str | bytes, **wishes: Any) -> dict[str, tuple[int | None, list[str]]]:
    """Return count and examples of each warning by its code."""
    found = detected(content, **wishes).warnings
    return {warning.code: (warning.count, warning.examples) for warning in found}
