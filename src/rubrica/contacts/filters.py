"""Which contacts: a filter as clients write it, and as PostgreSQL reads it.

One of the few places where SQL is put together from parts: no value is ever among them.
"""

import unicodedata
from typing import Annotated, Any, LiteralString, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType
from psycopg.sql import SQL, Composable, Composed, Placeholder

from rubrica import emails, phones, values
from rubrica.contacts.model import Channel, Gender, Id, InvalidContact, Moment
from rubrica.errors import FieldError, Refused
from rubrica.values import FieldType

Short = Annotated[str, msgspec.Meta(max_length=200)]
SOME = msgspec.Meta(min_length=1)
"""An empty list could mean everybody as well as nobody: it is refused."""


class ContactFilter(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """All that is given must hold. As query parameters, or as a JSON object in a body."""

    search: Short | None = None
    name: Short | None = None
    phone_number: Short | None = None
    email: Short | None = None
    gender: Gender | None = None
    is_valid: bool | None = None
    communication_supported: Annotated[list[Channel], SOME] | None = None
    is_test: bool | None = None
    list_ids: Annotated[list[Id], SOME] | None = None
    not_list_ids: Annotated[list[Id], SOME] | None = None
    tags: Annotated[list[Short], SOME] | None = None
    country_code: Short | None = None
    has_phone: bool | None = None
    has_email: bool | None = None
    created_from: Moment | None = None
    created_to: Moment | None = None
    updated_from: Moment | None = None
    updated_to: Moment | None = None
    import_id: Id | None = None
    custom_fields: dict[str, Any] | UnsetType = UNSET


EQUALITIES: tuple[tuple[str, LiteralString], ...] = (
    ("gender", "c.gender = %(gender)s"),
    ("is_valid", "c.is_valid = %(is_valid)s"),
    ("is_test", "c.is_test = %(is_test)s"),
    ("import_id", "c.import_id = %(import_id)s"),
    ("created_from", "c.created_at >= %(created_from)s"),
    ("created_to", "c.created_at <= %(created_to)s"),
    ("updated_from", "c.updated_at >= %(updated_from)s"),
    ("updated_to", "c.updated_at <= %(updated_to)s"),
)
IN_LISTS = (
    "EXISTS (SELECT FROM list_members m WHERE m.account_id = c.account_id"
    " AND m.contact_id = c.id AND m.list_id = ANY({}::bigint[]))"
)


def is_filtered(filter: ContactFilter) -> bool:
    """Tell whether anything is asked of the contacts at all."""
    return any(
        getattr(filter, name) not in (None, UNSET, [], {})
        for name in ContactFilter.__struct_fields__
    )


class Context(NamedTuple):
    """What a filter is read with: the account's country and its custom fields."""

    account: int
    country: str | None
    fields: dict[str, FieldType]


class Condition(NamedTuple):
    """A WHERE clause over `contacts c`, and its values."""

    sql: Composed
    values: dict[str, Any]


def condition(filter: ContactFilter, context: Context) -> Condition:
    """Render a filter. Refuses what can never be meant, such as an unknown custom field."""
    parts: list[Composable] = [SQL("c.account_id = %(account)s")]
    given: dict[str, Any] = {"account": context.account}

    def add(sql: LiteralString | Composed, **values: Any) -> None:
        parts.append(SQL(sql) if isinstance(sql, str) else sql)
        given.update(values)

    for name, comparison in EQUALITIES:
        value = getattr(filter, name)
        if value is not None:
            add(comparison, **{name: value})
    if filter.country_code is not None:
        add("c.country_code = %(country_code)s", country_code=filter.country_code.upper())
    if filter.has_phone is not None:
        add("c.phone_key IS NOT NULL" if filter.has_phone else "c.phone_key IS NULL")
    if filter.has_email is not None:
        add("c.email IS NOT NULL" if filter.has_email else "c.email IS NULL")
    if filter.tags:
        add("c.tags @> %(tags)s::text[]", tags=filter.tags)
    if filter.communication_supported:
        add("c.channels @> %(channels)s::text[]", channels=filter.communication_supported)
    if filter.list_ids:
        add(SQL(IN_LISTS).format(Placeholder("in_lists")), in_lists=filter.list_ids)
    if filter.not_list_ids:
        add(SQL("NOT " + IN_LISTS).format(Placeholder("out_lists")), out_lists=filter.not_list_ids)
    if filter.phone_number is not None:
        add(_phone(filter.phone_number, context.country, given))
    if filter.email is not None:
        add(_email(filter.email, given))
    if filter.name is not None:
        add(_name(filter.name, given, "name"))
    if filter.search is not None and filter.search.strip():
        add(_search(filter.search, context.country, given))
    if filter.custom_fields is not UNSET:
        for index, (key, value) in enumerate(filter.custom_fields.items()):
            add(_custom(index, key, value, context.fields, given))
    return Condition(SQL(" AND ").join(parts), given)


def _custom(
    index: int, key: str, value: Any, fields: dict[str, FieldType], given: dict[str, Any]
) -> Composed:
    """Compare in the field's own type: 40 is 40.0, and yes is true. Null: it has no value."""
    if key not in fields:
        raise _bad(f"customFields.{key}", f"There is no custom field “{key}”.")
    names = {"key": Placeholder(f"custom_key{index}"), "value": Placeholder(f"custom{index}")}
    given[f"custom_key{index}"] = key
    try:
        wanted = None if value is None else values.custom(value, fields[key])
    except Refused as refusal:
        raise _bad(f"customFields.{key}", refusal.detail) from refusal
    if wanted is None:
        return SQL("NOT c.custom_fields ? {key}").format(**names)
    given[f"custom{index}"] = msgspec.json.encode(wanted).decode()
    return SQL("c.custom_fields -> {key}::text = {value}::jsonb").format(**names)


def _phone(text: str, country: str | None, given: dict[str, Any]) -> Composed:
    if text.endswith("*"):
        prefixes = _prefixes(text[:-1], country)
        if not prefixes:
            raise _bad("phoneNumber", f"“{text}” is not the beginning of a telephone number.")
        return _begins(prefixes, given)
    try:
        phone = phones.parse(text, country)
    except Refused as refusal:
        raise _bad("phoneNumber", refusal.detail) from refusal
    given["phone_keys"] = list({phone.key: None, phone.number: None})  # a twin kept its own
    return SQL("c.phone_key = ANY({}::text[])").format(Placeholder("phone_keys"))


def _email(text: str, given: dict[str, Any]) -> Composed:
    if text.endswith("*"):
        given["email_like"] = _like(text[:-1].strip().lower()) + "%"
        return SQL("c.email LIKE {}").format(Placeholder("email_like"))
    try:
        given["email"] = emails.parse(text)
    except Refused as refusal:
        raise _bad("email", refusal.detail) from refusal
    return SQL("c.email = {}").format(Placeholder("email"))


def _name(text: str, given: dict[str, Any], prefix: str) -> Composed:
    """Every word must be found: any part of the name; one or two letters begin a word."""
    parts: list[Composable] = [SQL("TRUE")]
    for index, word in enumerate(_unaccented(text).split()):
        key = f"{prefix}{index}"
        given[key] = _like(word)
        folded = SQL("folded({})").format(Placeholder(key))
        long = len(word) > 2  # noqa: PLR2004 - a trigram needs three
        parts.append(SQL(ANYWHERE if long else WORD_BEGINS).format(folded))
    return SQL("({})").format(SQL(" AND ").join(parts))


ANYWHERE = "c.name_key LIKE '%%' || {0} || '%%'"
WORD_BEGINS = "(c.name_key LIKE {0} || '%%' OR c.name_key LIKE '%% ' || {0} || '%%')"


def _search(text: str, country: str | None, given: dict[str, Any]) -> Composed:
    options: list[Composable] = [_name(text, given, "search")]
    word = text.strip().lower()
    if not any(c.isspace() for c in word):
        given["search_email"] = _like(word) + "%"
        options.append(SQL("c.email LIKE {}").format(Placeholder("search_email")))
    prefixes = _prefixes(word, country)
    if prefixes:
        options.append(_begins(prefixes, given))
    return SQL("({})").format(SQL(" OR ").join(options))


def _begins(prefixes: list[str], given: dict[str, Any]) -> Composed:
    """Compare with each prefix by itself: PostgreSQL reads no index for LIKE ANY.

    A number is found by what its key begins with, and by what its own writing does. Of a whole
    number any writing will do.
    """
    parts: list[Composed] = []
    for prefix in prefixes:
        name = f"phone_like{len(parts)}"
        given[name] = f"{prefix}%"
        parts.append(SQL("c.phone_key LIKE {}").format(Placeholder(name)))
        other = phones.also_begins(prefix)
        if other is None:
            continue
        given[f"{name}_key"] = f"{other}%"
        either = SQL("c.phone_key LIKE {}").format(Placeholder(f"{name}_key"))
        if other != phones.canonical(prefix):
            either = SQL("({} AND c.phone_number LIKE {})").format(either, Placeholder(name))
        parts.append(either)
    return SQL("({})").format(SQL(" OR ").join(parts))


def _unaccented(text: str) -> str:
    """Return the text without accents and compatibility forms, as `folded` makes names.

    Done before the length of a word is looked at, and before `%` is escaped: its fullwidth form
    becomes one.
    """
    parts = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parts if not "\u0300" <= c <= "\u036f")


def _prefixes(text: str, country: str | None) -> list[str]:
    """Return what E.164 numbers may begin with: as it stands, and as a national number.

    Nothing where the text is not digits and what people put between them.
    """
    plain = _unaccented(text).strip()
    digits = "".join(str(unicodedata.decimal(c)) for c in plain if c.isdecimal())
    if not digits or not all(c.isdecimal() or c in " +-./()" for c in plain):
        return []
    if plain.startswith("+"):
        return [f"+{digits}"]
    if digits.startswith("00"):
        return [f"+{digits[2:]}"]
    found = [f"+{digits}"]
    code = phones.calling_code(country) if country else None
    if code:
        found.append(f"+{code}{digits.removeprefix(phones.trunk_prefix(country or ''))}")
    return found


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _bad(field: str, message: str) -> InvalidContact:
    return InvalidContact(message, errors=[FieldError(field, "invalid_value", message)])


def among_members(where: Condition, list_id: int) -> Condition:
    """Narrow a condition down to the members of one list."""
    member = SQL(
        "{} AND EXISTS (SELECT FROM list_members o WHERE o.account_id = c.account_id"
        " AND o.list_id = %(of_list)s AND o.contact_id = c.id)"
    )
    return Condition(member.format(where.sql), where.values | {"of_list": list_id})
