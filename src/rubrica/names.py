"""People's names."""

from typing import Literal

Order = Literal["FIRST_LAST", "LAST_FIRST"]
_WORDS = """
    d' da dal dalla de degli dei del dell' della delle dello den der des di dos du la las le li lo
    los ten ter van vom von zu zum zur
"""
PARTICLES = frozenset(_WORDS.split())
"""Words in front of a last name that belong to it."""
LEAST_WORDS = 3
"""Words from which a particle is looked for: of two words the first is the last name."""


def split(full: str, order: Order = "FIRST_LAST") -> tuple[str | None, str | None]:
    """Part a full name into first and last name.

    By the comma where there is one (“Rossi, Mario”), else by the order: the last word is the last
    name, or the first word is, with the particles before it. One word alone is a first name.

    >>> split("Anna Maria Rossi")
    ('Anna Maria', 'Rossi')
    >>> split("De Luca Anna Maria", "LAST_FIRST")
    ('Anna Maria', 'De Luca')
    """
    last, comma, first = full.partition(",")
    if not comma:
        words = full.split()
        place = _first_name(words) if order == "LAST_FIRST" else len(words) - 1
        parts = " ".join(words[:place]), " ".join(words[place:])
        last, first = parts if order == "LAST_FIRST" else parts[::-1]
        if not (first and last):
            first, last = first or last, ""
    return " ".join(first.split()) or None, " ".join(last.split()) or None


def _first_name(words: list[str]) -> int:
    """Return the place of the first name in “Rossi Anna Maria”."""
    place = 0
    if len(words) >= LEAST_WORDS:
        while (
            place < len(words) - 2 and words[place].casefold().replace("\u2019", "'") in PARTICLES
        ):
            place += 1
    return min(place + 1, len(words) - 1)
