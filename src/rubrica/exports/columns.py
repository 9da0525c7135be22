"""The columns of contacts: the contract's field names, and how PostgreSQL writes each.

One of the few places where SQL is put together from parts: a custom field's key is quoted.
"""

from collections.abc import Sequence

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from rubrica.exports import cells

CUSTOM = "customFields."
FLAG = "CASE WHEN c.{} THEN 'true' ELSE 'false' END"
# Parted by a comma and a space: the import parts at , ; and |. A tag that holds one of them, or a
# quote, stands in double quotes, quotes in it doubled, as a cell of a CSV row would.
TAGS = """
    CASE WHEN array_to_string(c.tags, '') ~ '[,;|"]' THEN
        (SELECT string_agg(CASE WHEN tag ~ '[,;|"]' THEN '"' || replace(tag, '"', '""') || '"'
                                ELSE tag END, ', ' ORDER BY place)
           FROM unnest(c.tags) WITH ORDINALITY AS t(tag, place))
    WHEN c.tags <> '{}' THEN array_to_string(c.tags, ', ') END
"""
NAME = "btrim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, ''))"

FREE = {
    "externalId": SQL("c.external_id"),
    "email": SQL("c.email"),
    "firstName": SQL("c.first_name"),
    "lastName": SQL("c.last_name"),
    "fullName": SQL(NAME),
    "birthDate": SQL("c.birth_date"),
    "company": SQL("c.company"),
    "language": SQL("c.language"),
    "notes": SQL("c.notes"),
    "tags": SQL(TAGS),
}
"""Fields that people fill: what stands in them may begin with anything."""
BOUND = {
    "id": SQL("c.id"),
    "phoneNumber": SQL("c.phone_number"),
    "gender": SQL("c.gender"),
    "isValid": SQL(FLAG.format("is_valid")),  # pyright: ignore[reportArgumentType]
    "phoneType": SQL("c.phone_type"),
    "countryCode": SQL("c.country_code"),
    "communicationSupported": SQL("array_to_string(c.channels, ', ')"),
    "isTest": SQL(FLAG.format("is_test")),  # pyright: ignore[reportArgumentType]
    "createdAt": cells.moment(SQL("c.created_at")),
    "updatedAt": cells.moment(SQL("c.updated_at")),
}
"""Fields whose form is ours: none is a formula, and an E.164 number stays as it is."""
VALUES = (
    FREE
    | BOUND
    | {
        "tags": SQL("c.tags"),
        "isValid": SQL("c.is_valid"),
        "communicationSupported": SQL("c.channels"),
        "isTest": SQL("c.is_test"),
    }
)
"""Fields as values of JSON: arrays and booleans."""
FIELDS = (
    "id", "externalId", "phoneNumber", "email", "firstName", "lastName", "fullName", "gender",
    "birthDate", "company", "language", "notes", "tags", "isValid", "phoneType", "countryCode",
    "communicationSupported", "isTest", "createdAt", "updatedAt",
)  # fmt: skip


def chosen(wanted: Sequence[str] | None, keys: Sequence[str]) -> list[str]:
    """Return the names of the columns; `keys` are the account's custom fields."""
    return cells.chosen(wanted, [*FIELDS, *(CUSTOM + key for key in keys)])


def select(names: Sequence[str], *, spreadsheet_safe: bool) -> Composed:
    """Return the select list, over `contacts c`, of columns that `chosen` returned."""
    return SQL(", ").join([_column(name, safe=spreadsheet_safe) for name in names])


def values(names: Sequence[str], *, custom: bool) -> Composed:
    """Return the same as values of JSON, under their names; `custom`: with `customFields`."""
    keys = [name.removeprefix(CUSTOM) for name in names if name not in FIELDS]
    fields = [
        SQL("{} AS {}").format(VALUES[name], Identifier(name)) for name in names if name in FIELDS
    ]
    if custom or keys:
        fields.append(SQL("{} AS {}").format(_custom_fields(keys), Identifier("customFields")))
    return SQL(", ").join(fields)


def _custom_fields(keys: list[str]) -> Composed:
    """Return an object that has every key; json_build_object would take fifty at the most."""
    return SQL(
        "coalesce((SELECT json_object_agg(key, c.custom_fields -> key)"
        " FROM unnest({}::text[]) AS key), '{{}}')"
    ).format(Literal(keys))


def _column(name: str, *, safe: bool) -> Composable:
    if name in BOUND:
        return BOUND[name]
    key = name.removeprefix(CUSTOM)
    text = SQL("(c.custom_fields ->> {})").format(Literal(key)) if key != name else FREE[name]
    return cells.guarded(text) if safe else text
