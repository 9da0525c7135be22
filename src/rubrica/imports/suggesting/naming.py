"""Full names: in which order a header says that they are written, and how they would be parted."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from rubrica import names
from rubrica.imports.suggesting import shapes
from rubrica.imports.suggesting.columns import columns_of
from rubrica.imports.suggesting.meanings import elsewhere, tokens

FIRST_WORDS = """
    first given forename vorname vornamen vor prenom prenoms voornaam voornamen voor imie имя
"""
LAST_WORDS = """
    last family surname cognome cognomi nachname nach familienname zuname famille apellido apellidos
    sobrenome apelidos achternaam achter familienaam nazwisko фамилия
"""
BARE_WORDS = "name nome nombre nombres nom naam"
"""Words for either name, as the other one tells: in “Name Vorname” the last, in “Cognome Nome” the
first."""
FIRST, LAST, BARE = (frozenset(words.split()) for words in (FIRST_WORDS, LAST_WORDS, BARE_WORDS))
PHRASES = re.compile(r"\b(last|first|family|given) names?\b|\bnom de (famille)\b")
MOSTLY = 0.7
"""The share of values written as names by which a column plainly holds them."""
DISTINCT = 0.7
"""The share of different values: cities and jobs are written as names are, but recur."""
LEAST = 3
NAMES = frozenset({"firstName", "lastName", "fullName"})


class Split(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a full name would be parted."""

    full_name: str
    first_name: str | None
    last_name: str | None


def order(header: str) -> names.Order | None:
    """Return the order that a header states, if it states one.

    >>> order("Cognome e nome")
    'LAST_FIRST'
    """
    plain = PHRASES.sub(lambda found: found[1] or found[2], " ".join(tokens(header)))
    words = plain.split()
    first = _place(words, FIRST)
    last = _place(words, LAST)
    if words == ["фио"]:
        return "LAST_FIRST"
    if first is None and last is not None:
        first = _place(words, BARE)
    elif last is None and first is not None:
        last = _place(words, BARE)
    if first is None or last is None:
        return None
    return "LAST_FIRST" if last < first else "FIRST_LAST"


def splits(samples: Iterable[str], by: names.Order | None) -> list[Split]:
    """Show how some full names would be parted."""
    return [
        Split(full_name=sample, first_name=first, last_name=last)
        for sample in samples
        for first, last in [names.split(sample, by or "FIRST_LAST")]
    ]


def lost(header: list[str], sample: list[list[str]], fields: Sequence[str | None]) -> list[int]:
    """Return the columns that plainly hold names, where none of the `fields` is for a name."""
    if NAMES & set(fields):
        return []
    return [
        column.index
        for column in columns_of(header, sample, None)
        if fields[column.index] is None
        and not (column.header and elsewhere(column.header))
        and len(column.values) >= LEAST
        and column.share(shapes.is_full_name) >= MOSTLY
        and len(set(column.values)) >= DISTINCT * len(column.values)
    ]


def _place(words: list[str], known: frozenset[str]) -> int | None:
    return next((place for place, word in enumerate(words) if word in known), None)
