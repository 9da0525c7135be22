"""Saved mappings with their options, for files of the same headers.

This is the front door: other packages import from here, never from the rooms behind it.
"""

from rubrica.imports.recipes.model import NoSuchRecipe, Recipe, RecipeBody, RecipeChange, whole
from rubrica.imports.recipes.queries import delete, every
from rubrica.imports.recipes.service import change, filled, fitting, mapping_for, named, save

__all__ = [
    "NoSuchRecipe",
    "Recipe",
    "RecipeBody",
    "RecipeChange",
    "change",
    "delete",
    "every",
    "filled",
    "fitting",
    "mapping_for",
    "named",
    "save",
    "whole",
]
