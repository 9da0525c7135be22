"""What a row `r` of an import makes of the columns of a contact `c` that it found."""

from collections.abc import Iterable, Mapping
from typing import Any

from psycopg.sql import SQL, Composed, Identifier, Literal

TEXTS = (
    "first_name", "last_name", "gender", "birth_date", "company", "language", "notes",
    "external_id", "email",
)  # fmt: skip


def of(policies: Mapping[str, str], *, add_tags: bool) -> dict[str, Composed]:
    """Say what a row `r` makes of the columns of a contact `c` that was found."""
    wanted: dict[str, Any] = {
        column: _text(column, policy)
        for column, policy in policies.items()
        if column in TEXTS and policy != "NEVER"
    }
    declared = policies.get("declared", "NEVER")
    if policies.get("phone_number", "NEVER") != "NEVER":
        wanted |= _phone(policies, declared)
    elif declared != "NEVER":
        wanted["declared_channels"] = _declared(declared)
    for flag in ("is_test", "is_valid"):
        if policies.get(flag) == "OVERWRITE" and flag not in wanted:
            wanted[flag] = SQL("coalesce(r.{0}, c.{0})").format(Identifier(flag))
    tags = _tags(policies.get("tags", "NEVER"))
    if add_tags:
        tags = SQL("united({}, %(add_tags)s::text[])").format(tags or SQL("c.tags"))
    if tags is not None:
        wanted["tags"] = tags
    if any(c.startswith("custom.") and p != "NEVER" for c, p in policies.items()):
        wanted["custom_fields"] = SQL(
            "jsonb_strip_nulls(coalesce(jsonb_strip_nulls(r.custom_fill), '{{}}')"
            " || c.custom_fields || coalesce(r.custom_set, '{{}}'))"
        ).format()
    return wanted


def held_in(columns: Iterable[str]) -> Composed:
    """Say what a contact `c` holds in some columns, as one JSON object."""
    pairs = [SQL("{}, c.{}").format(Literal(name), Identifier(name)) for name in columns]
    return SQL("jsonb_build_object({})").format(SQL(", ").join(pairs))


def compared(wanted: Mapping[str, Composed]) -> dict[str, Composed]:
    """Return what the columns hold and what they shall hold, to be compared as rows."""
    return {
        "old": SQL(", ").join(SQL("c.{}").format(Identifier(name)) for name in wanted),
        "new": SQL(", ").join(wanted.values()),
    }


def _text(column: str, policy: str) -> Composed:
    if policy == "FILL":
        return SQL("coalesce(c.{0}, nullif(r.{0}, ''))").format(Identifier(column))
    return SQL("CASE WHEN r.{0} IS NULL THEN c.{0} ELSE nullif(r.{0}, '') END").format(
        Identifier(column)
    )


def _phone(policies: Mapping[str, str], declared: str) -> dict[str, Composed]:
    """Write a number with its kind and validity; what was declared of the old one goes."""
    only_empty = SQL(" AND c.phone_key IS NULL" if policies["phone_number"] == "FILL" else "")
    new = SQL("r.phone_key IS NOT NULL AND r.phone_key IS DISTINCT FROM c.phone_key{}").format(
        only_empty
    )
    case = SQL("CASE WHEN {} THEN {} ELSE {} END")
    found = {
        name: case.format(
            new, SQL("r.{}").format(Identifier(name)), SQL("c.{}").format(Identifier(name))
        )
        for name in ("phone_number", "phone_key", "phone_type", "country_code")
    }
    said = SQL("coalesce(r.is_valid, {})" if policies.get("is_valid") == "OVERWRITE" else "{}")
    found["is_valid"] = case.format(
        new, said.format(SQL("r.phone_valid")), said.format(SQL("c.is_valid"))
    )
    anew = SQL("coalesce(declared_as(r.declared, %(source)s), '{{}}')").format()
    found["declared_channels"] = case.format(
        new, SQL("'{{}}'::jsonb").format() if declared == "NEVER" else anew, _declared(declared)
    )
    return found


def _declared(policy: str) -> Composed:
    again = "declared_again(c.declared_channels, r.declared, %(source)s)"
    match policy:
        case "NEVER":
            return SQL("c.declared_channels").format()
        case "FILL":
            unsaid = "r.declared IS NULL OR c.declared_channels <> '{{}}'"
        case _:
            unsaid = "r.declared IS NULL"
    return SQL("CASE WHEN " + unsaid + " THEN c.declared_channels ELSE " + again + " END").format()


def _tags(policy: str) -> Composed | None:
    match policy:
        case "APPEND":
            return SQL("united(c.tags, coalesce(r.tags, '{{}}'))").format()
        case "FILL":
            return SQL(
                "CASE WHEN c.tags = '{{}}' THEN coalesce(r.tags, '{{}}') ELSE c.tags END"
            ).format()
        case "NEVER":
            return None
        case _:
            return SQL("coalesce(r.tags, c.tags)").format()
