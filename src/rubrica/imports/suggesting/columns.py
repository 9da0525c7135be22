"""A column on its way to a field: what stands in it, and what it may be for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from rubrica.imports.suggesting import shapes

LOOKED_AT = 200
"""Values of a column that are looked at."""
SAMPLES = 5
SHOWN = 60
"""Characters of a header that a reason repeats."""
PLACEHOLDERS = frozenset({"-", "--", "/", "n/a", "n/d", "n.d.", "null", "none", "#n/a", "#n/d"})


class Candidate(NamedTuple):
    """A field that a column may be for: a lower rank serves the field better."""

    field: str | None
    confidence: float
    reason: str
    rank: int = 0
    precedence: int = 0


@dataclass(frozen=True)
class Column:
    """A column of the file: its header, if it has one, and the values that say something."""

    index: int
    header: str | None
    samples: list[str]
    values: list[str]
    country: str | None

    @property
    def name(self) -> str:
        """How a sentence calls the column."""
        if self.header is None:
            return f"column {self.index + 1}"
        header = " ".join(self.header.split())
        return f"“{header if len(header) <= SHOWN else header[:SHOWN] + '…'}”"

    @cached_property
    def emails(self) -> float:
        """The share of e-mail addresses, 0 to 1."""
        return self.share(shapes.is_email)

    @cached_property
    def phones(self) -> float:
        """The share of values that can hardly be anything but telephone numbers, 0 to 1.

        Bare figures that count up by one are ids, be they valid numbers each by itself.
        """
        if shapes.count_up(self.values):
            return 0.0
        return self.share(lambda value: shapes.is_phone(value, self.country))

    @cached_property
    def mobiles(self) -> float:
        """The share of numbers that can be a mobile's, 0 to 1."""
        return self.share(lambda value: shapes.is_mobile(value, self.country))

    def share(self, test: Callable[[str], bool]) -> float:
        """Return the share of values that pass a test, 0 to 1."""
        return sum(map(test, self.values)) / len(self.values) if self.values else 0.0

    def count(self, share: float, things: str) -> str:
        """Say how many values a share is: “37 of 40 values are e-mail addresses”."""
        return f"{round(share * len(self.values))} of {len(self.values)} values are {things}"


def columns_of(header: list[str], sample: list[list[str]], country: str | None) -> list[Column]:
    """Part a table into columns, as many as the header or the longest row has cells."""
    width = max([len(header), *map(len, sample)])
    return [column_of(index, header, sample, country) for index in range(width)]


def column_of(
    index: int, header: list[str], sample: list[list[str]], country: str | None
) -> Column:
    """Take one column out of a table whose rows may be of any length."""
    cells = filled_cells(index, sample)
    name = header[index] if index < len(header) and not blank(header[index]) else None
    return Column(
        index=index,
        header=name,
        samples=samples_of(index, sample),
        values=[c for c in cells if c.strip().casefold() not in PLACEHOLDERS][:LOOKED_AT],
        country=country,
    )


def samples_of(index: int, sample: list[list[str]]) -> list[str]:
    """Return some different values of a column, as they stand in the file."""
    return list(islice(dict.fromkeys(filled_cells(index, sample)), SAMPLES))


def filled_cells(index: int, sample: list[list[str]]) -> list[str]:
    """Return the cells of a column that hold anything."""
    return [row[index] for row in sample if index < len(row) and not blank(row[index])]


def blank(cell: str) -> bool:
    """Tell whether a cell has nothing to read."""
    return not cell or cell.isspace()
