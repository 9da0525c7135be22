"""From a mapping as clients write it to a plan that can be carried out, or to what is wrong."""

from collections.abc import Sequence
from typing import cast, get_args

from rubrica import names, phones
from rubrica.consents import CHANNELS
from rubrica.contacts import Policy
from rubrica.errors import FieldError
from rubrica.imports.dates import DateFormat
from rubrica.imports.model import (
    ARRAYS,
    CUSTOM,
    SCALARS,
    Analysis,
    Confirmation,
    Line,
    MappingLine,
    Plan,
)
from rubrica.imports.refusals import InvalidMapping
from rubrica.imports.suggesting import name_order

IDENTITIES = ("phoneNumber", "email")


def plan(
    wish: Confirmation,
    analysis: Analysis,
    fields: dict[str, str],
    country: str | None,
    *,
    complete: bool,
) -> Plan:
    """Check a confirmation against the file and the account; refuse with every line that is bad.

    `fields` are the types of the account's custom fields; the unknown ones of the mapping are
    among them already where the confirmation asks to create them.
    """
    wrong: list[FieldError] = []
    lines: list[Line] = []
    width = max(len(analysis.columns), len(analysis.header))
    for number, line in enumerate(wish.mapping):
        try:
            read = _line(line, analysis, width, fields, wish.date_format, complete=complete)
        except InvalidMapping as refusal:
            at = f"mapping[{number}]"
            wrong += [FieldError(f"{at}.{e.field}", e.code, e.message) for e in refusal.errors]
        else:
            lines += [read] if read else []
    mapped = {line.field for line in lines}
    reachable = any(field in mapped for field in IDENTITIES)
    known = {key for key in wish.match_by if key not in IDENTITIES} & mapped
    if not wish.mapping:
        message = "Say what the columns are for: send the mapping that the upload came with."
        wrong.append(FieldError("mapping", "missing", message))
    if not wrong and not reachable and not (known and wish.mode == "UPDATE"):
        message = "Map a column to phoneNumber or to email: a contact needs one of them."
        wrong.append(FieldError("mapping", "no_identity", message))
    for key in wish.match_by:
        if key not in mapped and tuple(wish.match_by) != IDENTITIES:
            message = f"matchBy names {key}, and no column is mapped to it."
            wrong.append(FieldError("matchBy", "not_mapped", message))
    if country is not None and not phones.is_country(country):
        message = f"“{country}” is not a country code such as IT or GB (ISO 3166)."
        wrong.append(FieldError("defaultCountry", "invalid_country", message))
    corrections = _corrections(wish, analysis.header, width, wrong)
    wrong += _mirroring(wish)
    if wish.target == "SUPPRESSIONS":
        wrong += _suppressing(wish)
        lines = [line for line in lines if line.field in IDENTITIES]
    elif wish.channels is not None:
        message = "channels goes with target SUPPRESSIONS."
        wrong.append(FieldError("channels", "invalid_value", message))
    if wrong:
        raise InvalidMapping(wrong[0].message, errors=wrong)
    return Plan(
        reading=analysis.reading,
        header=analysis.header,
        lines=lines,
        mode=wish.mode,
        match_by=list(dict.fromkeys(wish.match_by)),
        blanks=wish.blanks,
        on_bad_value=wish.on_bad_value,
        lists=[],
        tags=list(dict.fromkeys(tag.strip() for tag in wish.tags if tag.strip())),
        country=country,
        fields=fields,
        wanted_list=wish.new_list,
        list_mode=wish.list_mode,
        expected_removals=wish.expected_removals,
        corrections=corrections,
        target=wish.target,
        channels=list(wish.channels or CHANNELS) if wish.target == "SUPPRESSIONS" else [],
    )


def _corrections(
    wish: Confirmation, header: list[str], width: int, wrong: list[FieldError]
) -> dict[str, list[tuple[int, str]]]:
    found: dict[str, list[tuple[int, str]]] = {}
    for number, correction in enumerate(wish.corrections):
        try:
            column = place_of(correction.column, header, width)
        except InvalidMapping as refusal:
            at = f"corrections[{number}]"
            wrong += [FieldError(f"{at}.{e.field}", e.code, e.message) for e in refusal.errors]
        else:
            cells = found.setdefault(str(correction.row), [])
            cells.append((column, correction.value or ""))
    return found


def _suppressing(wish: Confirmation) -> list[FieldError]:
    """Refuse what speaks of contacts, where none is written."""
    asked = {
        "listIds": wish.list_ids,
        "newList": wish.new_list,
        "tags": wish.tags,
        "listMode": wish.list_mode != "ADD",
        "createFields": wish.create_fields,
        "mode": wish.mode != "CREATE_UPDATE",
    }
    message = "An import of suppressions writes no contacts: leave this out."
    return [FieldError(name, "invalid_value", message) for name, said in asked.items() if said]


def _mirroring(wish: Confirmation) -> list[FieldError]:
    if wish.list_mode == "ADD":
        if wish.expected_removals is None:
            return []
        message = "expectedRemovals goes with listMode MIRROR: nobody leaves a list otherwise."
        return [FieldError("expectedRemovals", "invalid_value", message)]
    if wish.expected_removals is not None or wish.dry_run:
        return []
    message = "MIRROR needs expectedRemovals, the number that the dry run told as removals."
    return [FieldError("expectedRemovals", "missing", message)]


def new_fields(wish: Confirmation, known: dict[str, str]) -> list[str]:
    """Name the custom fields that the mapping speaks of and the account does not have."""
    named = [
        line.field.removeprefix(CUSTOM)
        for line in wish.mapping
        if line.field and line.field.startswith(CUSTOM)
    ]
    return [key for key in dict.fromkeys(named) if key not in known]


def _line(
    line: MappingLine,
    analysis: Analysis,
    width: int,
    fields: dict[str, str],
    date_format: DateFormat | None,
    *,
    complete: bool,
) -> Line | None:
    header = analysis.header
    column = place_of(line.column, header, width)
    if line.field is None:
        return None
    if line.field.startswith(CUSTOM):
        key = line.field.removeprefix(CUSTOM)
        if key not in fields:
            message = f"There is no custom field “{key}”; createFields makes it."
            raise _bad("field", "unknown_field", message)
    elif line.field not in SCALARS and line.field not in ARRAYS:
        there = ", ".join([*SCALARS, *ARRAYS, "customFields.<key>"])
        raise _bad("field", "unknown_field", f"“{line.field}” is no field. There are: {there}.")
    policy: Policy = line.policy or "OVERWRITE"
    if policy == "APPEND" and line.field != "tags":
        raise _bad(
            "policy", "invalid_policy", "APPEND is for arrays: only tags can be appended to."
        )
    if policy == "CLEAR" and line.field in (*IDENTITIES, "id", "isTest", "isValid"):
        raise _bad("policy", "invalid_policy", f"A blank never empties {line.field}.")
    if line.format is not None:
        _check_format(line.field, line.format)
    name = header[column] if column < len(header) else ""
    return Line(
        column=column,
        name=name.strip() or str(column),
        field=line.field,
        policy=policy,
        format=_format(line, column, analysis, fields, date_format, complete=complete),
    )


def _check_format(field: str, format: str) -> None:
    known = get_args(names.Order if field == "fullName" else DateFormat)
    if format not in known:
        thing = "a full name" if field == "fullName" else "a date"
        message = f"The format of {thing} is {_or(known)}."
        raise _bad("format", "invalid_format", message)


def _format(
    line: MappingLine,
    column: int,
    analysis: Analysis,
    fields: dict[str, str],
    date_format: DateFormat | None,
    *,
    complete: bool,
) -> DateFormat | names.Order | None:
    """Return the order in which a column's dates are read; ask where several would fit.

    Of full names it is the order that is said, else the one that the header states.
    """
    if line.field == "fullName":
        stated = name_order(analysis.header[column]) if column < len(analysis.header) else None
        return cast("names.Order | None", line.format or stated)
    said = line.format or date_format
    key = (line.field or "").removeprefix(CUSTOM)
    dated = line.field == "birthDate" or (key != line.field and fields.get(key) == "DATE")
    if said is not None or not dated or column >= len(analysis.columns):
        return cast("DateFormat | None", said)
    found = analysis.columns[column].date_formats
    if found and not complete:
        message = "The file is not read to its end yet, and later dates may be written otherwise:"
        message = f"{message} ask again until it is complete, or say format or dateFormat."
        raise _bad("format", "date_format_needed", message)
    if len(found) > 1:
        message = f"The dates can be read in several ways: say format or dateFormat, {_or(found)}."
        raise _bad("format", "date_format_needed", message)
    return cast("DateFormat", found[0]) if found else None


def _or(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def place_of(column: int | str, header: list[str], width: int) -> int:
    """Return the index of a column, by its number or its header."""
    if isinstance(column, int):
        if 0 <= column < width:
            return column
        message = f"The file has {width} columns, counted from 0; there is no column {column}."
        raise _bad("column", "unknown_column", message)
    found = [index for index, name in enumerate(header) if name.strip() == column.strip()]
    if len(found) == 1:
        return found[0]
    if found:
        message = f"Several columns are called “{column}”: name the one by its number."
        raise _bad("column", "ambiguous_column", message)
    raise _bad("column", "unknown_column", f"The file has no column “{column}”.")


def _bad(field: str, code: str, message: str) -> InvalidMapping:
    return InvalidMapping(message, errors=[FieldError(field, code, message)])
