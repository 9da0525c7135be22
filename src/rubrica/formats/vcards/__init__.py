"""vCards (2.1, 3.0, 4.0) as tables: what a file of cards holds, its rows, and a card written."""

from rubrica.formats.vcards.detecting import detect
from rubrica.formats.vcards.reading import rows
from rubrica.formats.vcards.tables import STANDARD
from rubrica.formats.vcards.writing import write

__all__ = ["STANDARD", "detect", "rows", "write"]
