"""The standard mapping of vCards: their columns are known, and need no suggestion."""

import msgspec

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
    why = f"Not kept: there is no custom field {key}; createFields makes it, without a mapping."
    return None, why


def completed(wish: CardConfirmation, analysis: Analysis) -> Confirmation:
    """Return the confirmation with the standard mapping, where it brings none.

    With `createFields`, what cards have and contacts have not goes into custom fields, which are
    made for the columns that hold anything.
    """
    if analysis.reading.kind != "VCARD":
        raise NotCards("The upload is no file of vCards: confirm it with /contacts/mapped/file.")
    if wish.mapping:
        return wish
    lines: list[MappingLine] = []
    for line, column in zip(analysis.mapping, analysis.columns, strict=True):
        key = (column.header or "").removeprefix(CUSTOM)
        lacking = line.field is None and key not in (*FURTHER, "externalId")
        if lacking and wish.create_fields and (column.filled or column.samples):
            line = msgspec.structs.replace(line, field=CUSTOM + key)  # noqa: PLW2901
        lines.append(line)
    return msgspec.structs.replace(wish, mapping=lines)


def reading(wish: CardConfirmation, before: Reading) -> Reading:
    """Return how the cards are read: as the confirmation says, else as the upload was."""
    said = {
        "phone_preference": wish.phone_preference,
        "email_preference": wish.email_preference,
        "split_phones": wish.split_phones,
    }
    return msgspec.structs.replace(before, **{k: v for k, v in said.items() if v is not None})
