"""Which field each column of a file is for: by its header, by its values, by known programs.

This is the front door: other packages import from here, never from the rooms behind it.
"""

from rubrica.imports.suggesting.columns import samples_of
from rubrica.imports.suggesting.naming import lost as lost_names
from rubrica.imports.suggesting.naming import order as name_order
from rubrica.imports.suggesting.suggestions import Suggestion, suggest
from rubrica.imports.suggesting.words import GENDER_WORDS, fold

__all__ = [
    "GENDER_WORDS",
    "Suggestion",
    "fold",
    "lost_names",
    "name_order",
    "samples_of",
    "suggest",
]
