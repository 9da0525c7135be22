"""Words of people's files, folded so that case, accents, signs and spaces do not matter."""

import unicodedata
from collections.abc import Mapping
from typing import Literal

Gender = Literal["MALE", "FEMALE", "OTHER"]


def fold(text: str) -> str:
    """Return the letters and digits alone, without case and accents.

    >>> fold("E-Mail / Società")
    'emailsocieta'
    """
    return "".join(c for c in unaccented(text) if c.isalnum())


def unaccented(text: str) -> str:
    """Return the text in lower case without accents, by Unicode's compatibility forms (NFKD)."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c)).casefold()


MALE = """
    m male man mr mister masculine h
    maschio maschile uomo sig signor signore
    mann männlich maennlich herr herrn
    homme masculin monsieur
    hombre varón masculino señor sr
    homem senhor mannelijk dhr heer
"""
FEMALE = """
    f female woman mrs ms miss feminine
    femmina femminile donna sigra sigina signora signorina
    w weiblich frau fräulein fraeulein
    femme féminin madame mme mlle mademoiselle
    mujer femenino femenina hembra señora señorita sra srta
    mulher feminino senhora v vrouw vrouwelijk mevr mevrouw mw
"""
OTHER = """
    other x mx nonbinary genderfluid genderqueer agender bigender polygender
    altro altra nonbinario nonbinaria
    d divers nichtbinär
    autre nonbinaire
    otro otra nobinario nobinaria
    outro outra anders
"""

GENDER_WORDS: Mapping[str, Gender] = {
    **{fold(word): "MALE" for word in MALE.split()},
    **{fold(word): "FEMALE" for word in FEMALE.split()},
    **{fold(word): "OTHER" for word in OTHER.split()},
}
"""What a folded word says of a person's gender, in seven languages.

A single letter can mean two things: M beside H is *mujer* in Spanish, D beside U is *donna* in
Italian. Look at the column before you read one (`shapes.clashing_letters`).
"""
