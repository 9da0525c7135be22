"""Which field each column of a file is for, and why: by its header first, and by its values."""

import re
from collections.abc import Callable, Mapping

import msgspec

from rubrica import names
from rubrica.imports.suggesting import headers, meanings, naming, products, settling, shapes
from rubrica.imports.suggesting.columns import Candidate, Column, columns_of
from rubrica.imports.suggesting.naming import Split
from rubrica.imports.suggesting.products import Product
from rubrica.imports.suggesting.words import GENDER_WORDS, fold

THRESHOLD = 0.4
"""The confidence below which nothing is suggested."""
ALL_BUT_SOME = 0.8
HALF = 0.5
BY_VALUES = 90
"""The rank of a column that only its values speak for."""

CHECKS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "phoneNumber": (shapes.is_phone_like, "telephone numbers"),
    "email": (shapes.has_address, "e-mail addresses"),
    "birthDate": (shapes.may_be_day, "dates"),
    "gender": (shapes.is_gender, "words for a gender"),
    "language": (shapes.is_language, "language codes"),
    "isTest": (shapes.is_yes_or_no, "yes or no"),
    "isValid": (shapes.is_yes_or_no, "yes or no"),
    "communicationSupported": (shapes.is_channel, "channels"),
    headers.NAME: (shapes.is_text, "words"),
    "firstName": (shapes.is_text, "words"),
    "lastName": (shapes.is_text, "words"),
    "fullName": (shapes.is_text, "words"),
}
CUSTOM_FIELD = re.compile(
    r"\s*custom[ _]?fields?\s*[.:\[](.*)", re.IGNORECASE | re.DOTALL
).fullmatch
YIELDING = frozenset(CHECKS) | {"company"}
"""Fields that a header stands for only until the values say that they are addresses or numbers."""


class Suggestion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a column is taken for: a field of the contract or None, how surely (0 to 1), and why."""

    index: int
    header: str | None
    samples: list[str]
    """Up to five different values, as they stand in the file."""
    suggested_field: str | None
    confidence: float
    reason: str
    filled: int | None = None
    """Rows that have a value, of those read so far; counted for cards."""
    date_formats: list[str] = []
    """Where dates stand in figures: the orders of day, month and year that fit all of them."""
    name_order: names.Order | None = None
    """Of full names: the order that the header states, if it does."""
    names: list[Split] = []
    """Of full names: how the samples will be parted."""
    precedence: int = 0
    """Of several columns for one field 0 is read first, the others where those before are blank."""


def suggest(
    header: list[str],
    sample: list[list[str]],
    *,
    country: str | None,
    custom_fields: Mapping[str, str],
) -> list[Suggestion]:
    """Suggest a field for each column, in order; two columns share one only where that is useful.

    `header` is empty where the file has none; rows of the sample may be of any length. `country`
    (ISO 3166) is where national telephone numbers are at home, `custom_fields` the account's, key
    to label. 60 columns of 300 rows take about 50 ms.
    """
    columns = columns_of(header, sample, country)
    custom = {fold(label): key for key, label in custom_fields.items()}
    custom |= {fold(key): key for key in custom_fields}
    custom.pop("", None)
    product = products.recognise(header)
    candidates = [by_header(column, custom, product) or by_values(column) for column in columns]
    settled = settling.settle(columns, candidates)
    return [suggestion(column, found) for column, found in zip(columns, settled, strict=True)]


def suggestion(column: Column, found: Candidate) -> Suggestion:
    """Say what a column is taken for, and of full names how they would be parted."""
    full = found.field == "fullName"
    order = naming.order(column.header or "") if full else None
    return Suggestion(
        index=column.index,
        header=column.header,
        samples=column.samples,
        suggested_field=found.field,
        confidence=round(found.confidence, 2),
        reason=found.reason,
        precedence=found.precedence,
        name_order=order,
        names=naming.splits(column.samples, order) if full else [],
    )


def by_header(
    column: Column, custom: Mapping[str, str], product: Product | None
) -> Candidate | None:
    """Read the header; None where it says nothing."""
    if column.header is None:
        return None
    key = fold(column.header)
    if product and key in product.columns:
        return of_product(column, product, key)
    if key in meanings.OWN:
        return own_name(column, meanings.OWN[key])
    if key in meanings.READ_ONLY:
        return read_only(column, meanings.READ_ONLY[key])
    return of_custom_field(column, custom, key) or by_words(column)


def of_product(column: Column, product: Product, key: str) -> Candidate:
    """Read a header that only a known program's export makes clear."""
    meaning = product.columns[key]
    if isinstance(meaning, str):
        return nothing(f"In an export of {product.name}, {column.name} is {meaning}.")
    field, rank = meaning
    reason = f"In an export of {product.name}, {column.name} is {field}."
    return checked(column, Candidate(field, 0.9, reason, rank))


def own_name(column: Column, field: str) -> Candidate:
    """Read a header that is a field's name, which may be a usual word for it too."""
    word = meanings.find(column.header or "")
    rank = word.rank if word and word.field == field else 0
    return checked(column, Candidate(field, 1.0, f"{column.name} is the field's own name.", rank))


def of_custom_field(column: Column, custom: Mapping[str, str], key: str) -> Candidate | None:
    """Read a header that names one of the account's custom fields, or one it might have."""
    prefixed = CUSTOM_FIELD(column.header or "")
    defined = custom.get(fold(prefixed[1]) if prefixed else key)
    if defined is not None:
        reason = f"The header {column.name} is that of the custom field {defined}."
        return Candidate(f"customFields.{defined}", 0.95, reason)
    if prefixed:
        return nothing(f"There is no custom field {column.name}: define it, or have it created.")
    return None


def read_only(column: Column, own: str) -> Candidate:
    """Leave out a field that cannot be written; ids that cannot be ours are another system's."""
    if own == "id" and column.values and not column.share(str.isdecimal):
        reason = "These ids are not whole numbers: they are another system's."
        return Candidate("externalId", 0.6, reason, 50)
    return nothing(f"{own} cannot be written: it {headers.READ_ONLY[own]}.")


def by_words(column: Column) -> Candidate | None:
    """Read the header by the tables of usual words."""
    assert column.header is not None
    word = meanings.find(column.header)
    if word is None:
        if thing := meanings.elsewhere(column.header):
            return nothing(f"The header {column.name} speaks of {thing}.")
        if naming.order(column.header) is None:
            return None
        reason = f"The header {column.name} speaks of both first and last name."
        return checked(column, Candidate("fullName", 0.9, reason))
    if word.weak:
        return weakly(column, word)
    called = "a name" if word.field == headers.NAME else word.field
    reason = f"The header {column.name} is a usual word for {called} ({word.language})."
    return checked(column, Candidate(word.field, 0.95, reason, word.rank))


def weakly(column: Column, word: meanings.Word) -> Candidate | None:
    """Take a header of many meanings at its word where the values bear it out."""
    borne_out = {
        "phoneNumber": column.phones,
        "gender": column.share(shapes.is_gender),
        "fullName": column.share(shapes.is_full_name),
    }[word.field]
    if borne_out < (HALF if word.field == "fullName" else ALL_BUT_SOME):
        return None
    reason = f"The header {column.name} can be one for {word.field}, and the values fit it."
    return checked(column, Candidate(word.field, 0.7, reason, word.rank))


def checked(column: Column, candidate: Candidate) -> Candidate:
    """Hold what a header says against the values; where they contradict it, they win."""
    field = candidate.field
    if field not in YIELDING or not column.values:
        return candidate
    for other, share, things in (
        ("email", column.emails, "e-mail addresses"),
        ("phoneNumber", column.phones, "telephone numbers"),
    ):
        if field != other and share >= ALL_BUT_SOME:
            reason = f"The header {column.name} speaks of something else"
            reason = f"{reason}, but {column.count(share, things)}."
            return Candidate(other, 0.8 * share, reason, BY_VALUES)
    return agreed(column, candidate, *CHECKS[field]) if field in CHECKS else candidate


def agreed(
    column: Column, candidate: Candidate, test: Callable[[str], bool], things: str
) -> Candidate:
    """Trust a header as far as the values pass the test of its field."""
    letters = shapes.clashing_letters(column.values) if candidate.field == "gender" else None
    if letters:
        first, second = letters
        return nothing(
            f"Beside {first}, the letter {second} means a woman, and elsewhere something else:"
            " write the words out to import them as gender."
        )
    share = column.share(test)
    if share >= HALF:
        return candidate
    confidence = 2 * share * candidate.confidence
    return Candidate(
        candidate.field if confidence >= THRESHOLD else None,
        confidence,
        f"{candidate.reason} But only {column.count(share, things)}.",
        candidate.rank,
    )


def by_values(column: Column) -> Candidate:
    """Read the values alone: addresses, numbers, and, where there is no header, genders."""
    if not column.values:
        return nothing("Neither a known header nor a value says what this is.")
    for field, share, surest, things in (
        ("email", column.emails, 0.9, "e-mail addresses"),
        ("phoneNumber", column.phones, 0.8, "telephone numbers"),
    ):
        if share >= ALL_BUT_SOME:
            return Candidate(field, surest * share, f"{column.count(share, things)}.", BY_VALUES)
    genders = {fold(value) for value in column.values if shapes.is_gender(value)}
    if (
        column.header is None
        and {"MALE", "FEMALE"} <= {GENDER_WORDS[word] for word in genders}
        and column.share(shapes.is_gender) == 1
        and not shapes.clashing_letters(column.values)
    ):
        return Candidate("gender", 0.6, "All values are words for a gender.", BY_VALUES)
    if column.share(shapes.is_day) >= ALL_BUT_SOME:
        return nothing("The values are dates, and nothing says that they are dates of birth.")
    return nothing("Neither the header nor the values are known to be for a field.")


def nothing(reason: str) -> Candidate:
    """Suggest no field, and say why."""
    return Candidate(None, 0.0, reason)
