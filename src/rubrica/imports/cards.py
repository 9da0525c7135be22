"""The standard mapping of vCards: their columns are known, and need no suggestion."""

import msgspec

from rubrica import phones
from rubrica.errors import Refused
from rubrica.formats import Reading
from rubrica.imports.model import (
    ARRAYS,
    CUSTOM,
    SCALARS,
    Analysis,
    CardConfirmation,
    Confirmation,
    MappingLine,
)
from rubrica.imports.refusals import NotCards
from rubrica.imports.suggesting import Suggestion, samples_of

FURTHER = ("otherPhones", "otherEmails")
"""What a contact has no place for: it has one number and one address."""


def is_mobile(number: str, country: str | None) -> bool:
    """Tell whether a number is a mobile's for certain: where both look alike (+1) it is not."""
    try:
        return phones.read(number, country).phone.type == "MOBILE"
    except Refused:
        return False


def suggest(
    columns: list[str], sample: list[list[str]], custom_fields: set[str]
) -> list[Suggestion]:
    """Say which field each column of a file of cards is for; `custom_fields` are those there."""
    return [
        Suggestion(
            index=index,
            header=name,
            samples=samples_of(index, sample),
            suggested_field=field,
            confidence=1.0 if field else 0.0,
            reason=reason,
        )
        for index, name in enumerate(columns)
        for field, reason in [_meaning(name, custom_fields)]
    ]


def _meaning(name: str, custom_fields: set[str]) -> tuple[str | None, str]:
    if name == "externalId":
        return None, "The UID of the card: map it to externalId if it shall be kept."
    if name in SCALARS or name in ARRAYS:
        return name, "The standard mapping of cards."
    if name in FURTHER:
        return None, "Not kept: a contact has one number and one address."
    key = name.removeprefix(CUSTOM)
    if key in custom_fields:
        return CUSTOM + key, f"The account has the custom field {key}."
    why = f"Not kept: there is no custom field {key}; createFields makes it."
    return None, why


def completed(wish: CardConfirmation, analysis: Analysis) -> Confirmation:
    """Return the confirmation with the standard mapping, where it brings none.

    With `createFields`, what cards have and contacts have not goes into custom fields, which are
    made for the columns that hold anything and that no line of the mapping speaks of.
    """
    if analysis.reading.kind != "VCARD":
        raise NotCards("The upload is no file of vCards: confirm it with /contacts/mapped/file.")
    named = {str(line.column).strip() for line in wish.mapping}
    own = [
        MappingLine(column=column.index, field=CUSTOM + key)
        for column in analysis.columns
        for key in [(column.header or "").removeprefix(CUSTOM)]
        if wish.create_fields
        and column.suggested_field is None
        and key not in (*FURTHER, "externalId")
        and (column.filled or column.samples)
        and named.isdisjoint({str(column.index), column.header})
    ]
    mapping = wish.mapping or [line for line in analysis.mapping if line.field]
    return msgspec.structs.replace(wish, mapping=[*mapping, *own])


def reading(wish: CardConfirmation, before: Reading, country: str | None) -> Reading:
    """Return how the cards are read: as the confirmation says, else as the upload was."""
    said = {
        "country": country,
        "phone_preference": wish.phone_preference,
        "email_preference": wish.email_preference,
        "split_phones": wish.split_phones,
    }
    return msgspec.structs.replace(before, **{k: v for k, v in said.items() if v is not None})
