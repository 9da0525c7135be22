"""Who gets a field that several columns may be for.

Of two columns on one field the first that is not blank wins, row by row, in the order of the
mapping's lines: the suggested mapping names the better column first.
"""

from rubrica.imports.suggesting import headers, shapes
from rubrica.imports.suggesting.columns import Candidate, Column

UNITED = frozenset({"tags", "lists", "communicationSupported"})
"""Fields of many values: whatever columns there are for them are put together."""
WITH_SECOND_BEST = frozenset({"phoneNumber", "email"})
SECOND_BEST = 0.6
"""The confidence of a column that is read only where a better one is blank."""
GUESS = 0.5
MOSTLY = 0.7
HALF = 0.5


def settle(columns: list[Column], candidates: list[Candidate]) -> list[Candidate]:
    """Return what each column is for, when each has been weighed against the others."""
    found = named(columns, candidates)
    for field in dict.fromkeys(c.field for c in found):
        if field is None or field in UNITED:
            continue
        rivals = [column for column in columns if found[column.index].field == field]
        if field in WITH_SECOND_BEST:
            found = with_second_best(rivals, found)
        else:
            found = with_one(rivals, found)
    return guessed(columns, whole_or_parts(columns, found))


def quality(column: Column, found: list[Candidate]) -> tuple[bool, int, bool, int]:
    """Return how well a column serves its field, the least being best; blank ones come last.

    Among numbers the header's word decides (mobile before home), then what stands in the column,
    then the header's figure: “Phone 2” of mobile numbers comes before “Phone 1” of others.
    """
    own = found[column.index]
    word, figure = divmod(own.rank, 10)
    mobile = own.field == "phoneNumber" and column.mobiles >= HALF
    return not column.values, word, not mobile, figure


def with_one(rivals: list[Column], found: list[Candidate]) -> list[Candidate]:
    """Leave a field of one value to the best of its columns."""
    best = min(rivals, key=lambda column: quality(column, found))
    others = [column for column in rivals if column is not best]
    field = found[best.index].field
    return dropped(others, found, f"{sentence(best.name)} is suggested for {field} already.")


def with_second_best(rivals: list[Column], found: list[Candidate]) -> list[Candidate]:
    """Keep every column, the best first: what stands in another is read where that is blank."""
    best, *others = sorted(rivals, key=lambda column: quality(column, found))
    settled = list(found)
    for place, column in enumerate(others):
        own = found[column.index]
        reason = f"{own.reason} It is read where {best.name} is blank."
        confidence = min(own.confidence, max(GUESS, SECOND_BEST - place / 100))
        settled[column.index] = own._replace(
            confidence=confidence, reason=reason, precedence=place + 1
        )
    return settled


def named(columns: list[Column], candidates: list[Candidate]) -> list[Candidate]:
    """Decide what a bare “Name” is: what its neighbours leave over, or the full name."""
    first = [c for c in columns if candidates[c.index].field == "firstName"]
    last = [c for c in columns if candidates[c.index].field == "lastName"]
    settled = list(candidates)
    for column in columns:
        own = candidates[column.index]
        if own.field != headers.NAME:
            continue
        part = first or last
        if bool(first) == bool(last) or contains(column, part[0]):
            settled[column.index] = own._replace(field="fullName", confidence=0.9)
            continue
        beside = part[0].name
        field = "lastName" if first else "firstName"
        reason = f"A name beside {beside} is {field}."
        settled[column.index] = own._replace(field=field, confidence=0.9, reason=reason)
    return settled


def contains(whole: Column, part: Column) -> bool:
    """Tell whether most values of one column have a word of the other's, and further ones."""
    known = {value.casefold() for value in part.values}
    names = [value.replace(",", " ").casefold().split() for value in whole.values]
    longer = sum(len(words) > 1 and not known.isdisjoint(words) for words in names)
    return bool(known and names) and longer >= MOSTLY * len(names)


def whole_or_parts(columns: list[Column], found: list[Candidate]) -> list[Candidate]:
    """Keep the full name beside both of its parts, for rows in which they are blank.

    Beside one part alone it is one or the other: the part would hide the rest of the name.
    """
    full = [c for c in columns if found[c.index].field == "fullName"]
    parts = [c for c in columns if found[c.index].field in ("firstName", "lastName")]
    if not full or not parts:
        return found
    whole = full[0]
    names = " and ".join(part.name for part in parts)
    if {found[part.index].field for part in parts} == {"firstName", "lastName"}:
        own = found[whole.index]
        reason = f"{own.reason} It counts where {names} are blank."
        return [own._replace(reason=reason) if c is own else c for c in found]
    if any(part.values for part in parts) and not whole.values:
        return dropped(full, found, f"The full name is made of {names}.")
    return dropped(parts, found, f"{sentence(whole.name)} has the whole name.")


def guessed(columns: list[Column], found: list[Candidate]) -> list[Candidate]:
    """Take a column without a header for the full name where it looks like it beside an address."""
    fields = {c.field for c in found}
    if not fields & WITH_SECOND_BEST or fields & {"firstName", "lastName", "fullName"}:
        return found
    shares = {
        column.index: column.share(shapes.is_full_name)
        for column in columns
        if column.header is None and found[column.index].field is None
    }
    best = max(shares, key=lambda index: shares[index], default=None)
    if best is None or shares[best] < MOSTLY:
        return found
    reason = f"{columns[best].count(shares[best], 'written like a first and a last name')}."
    settled = list(found)
    settled[best] = Candidate("fullName", GUESS, reason)
    return settled


def dropped(columns: list[Column], found: list[Candidate], reason: str) -> list[Candidate]:
    """Take the field from some columns, and say why."""
    indexes = {column.index for column in columns}
    return [Candidate(None, 0.0, reason) if i in indexes else c for i, c in enumerate(found)]


def sentence(text: str) -> str:
    """Begin a sentence with a text."""
    return text[:1].upper() + text[1:]
