"""What one can do with contacts, where it takes more than one statement."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET

from rubrica import phones
from rubrica.contacts import merged, model, queries, quotas
from rubrica.contacts.filters import Condition, ContactFilter, Context, is_filtered
from rubrica.contacts.model import (
    AmbiguousMatch,
    Contact,
    ContactBody,
    ContactChanged,
    ContactExists,
    ContactMerged,
    ContactWritten,
    CustomField,
    ExternalIdTaken,
    FieldChange,
    InvalidContact,
    NoSuchContact,
    NoSuchField,
    Written,
)
from rubrica.db import Tx
from rubrica.errors import FieldError, NotFound, Refused
from rubrica.values import FieldType

before_removal: list[Callable[[Tx, int, list[int]], Awaitable[None]]] = []
"""What other features must do before contacts go: transaction, account, ids. Filled where the
application is put together."""


async def field_types(tx: Tx, account: int) -> dict[str, FieldType]:
    """Return the types of an account's custom fields by their keys."""
    return {field.key: field.type for field in await queries.fields(tx, account)}


async def reading(tx: Tx, account: int, country: str | None) -> Context:
    """Return what a filter is read with."""
    return Context(account, country, await field_types(tx, account))


async def create(
    tx: Tx, account: int, body: ContactBody, country: str | None, *, update_existing: bool = False
) -> tuple[ContactWritten, bool]:
    """Add a contact; return it, and whether it is new.

    Raises `ContactExists` exactly where an import would update.
    """
    new = await _read(tx, account, body, country)
    model.reachable(new.phone_number, new.email)
    found = await _match(tx, account, new)
    if found.anyone is None:
        await quotas.require_room(tx, account, 1)
        id = await queries.insert(tx, account, _new_columns(new))
        if id is not None:
            await queries.add_to_total(tx, account, 1)
            return model.with_warnings(await get(tx, account, id), None), True
        # Another request was quicker, unless it is the externalId that is taken.
        found = await _match(tx, account, new)
        if found.anyone is None:
            raise ExternalIdTaken
    there = found.anyone
    if not update_existing:
        raise ContactExists(f"Contact {there} has this number or address.", contactId=there)
    if found.by_phone is not None:  # as in an import, another writing of it is nothing new
        new.phone_number = new.phone_key = new.phone_type = new.country_code = UNSET
    contact = await _change(tx, account, there, new, None)
    return model.with_warnings(contact, None if found.by_phone is None else found.by_email), False


async def _match(tx: Tx, account: int, new: Written) -> queries.Match:
    found = await queries.match(tx, account, new.phone_key or None, new.email or None)
    if found.by_phone is None and found.email_hits > 1:
        raise AmbiguousMatch(f"{found.email_hits} contacts have the address {new.email}.")
    return found


async def get(tx: Tx, account: int, id: int) -> Contact:
    """Return one contact."""
    contact = await queries.by_id(tx, account, id)
    if contact is None:
        raise await missing(tx, account, id)
    return contact


async def missing(tx: Tx, account: int, id: int) -> Refused:
    """Return the refusal of an id that is no contact's, or no longer."""
    survivor = await merged.survivor(tx, account, id)
    if survivor is None:
        return NoSuchContact(f"There is no contact {id}.")
    message = f"Contact {id} was merged into contact {survivor}: write to that one."
    return ContactMerged(message, mergedInto=survivor)


async def change(
    tx: Tx, account: int, id: int, body: ContactBody, country: str | None, etag: str | None
) -> Contact:
    """Change the fields that are named; return the contact as it is then."""
    return await _change(tx, account, id, await _read(tx, account, body, country), etag)


async def _read(tx: Tx, account: int, body: ContactBody, country: str | None) -> Written:
    return model.written(
        body, country, await field_types(tx, account) if body.custom_fields else {}
    )


async def _change(tx: Tx, account: int, id: int, new: Written, etag: str | None) -> Contact:
    before = await queries.by_id(tx, account, id, lock=True)
    if before is None:
        raise await missing(tx, account, id)
    if etag is not None and not model.same_version(etag, before):
        raise ContactChanged("The contact has changed since you read it: read it again.")
    columns = _changed_columns(before, new)
    model.reachable(
        columns.get("phone_number", before.phone_number), columns.get("email", before.email)
    )
    if not columns:
        return before
    await queries.update(tx, account, id, columns)
    return await get(tx, account, id)


PLAIN = (
    "external_id", "phone_number", "phone_key", "phone_type", "country_code", "email",
    "first_name", "last_name", "gender", "birth_date", "company", "language", "notes", "tags",
    "is_test",
)  # fmt: skip


def _new_columns(new: Written) -> dict[str, Any]:
    columns = {
        name: getattr(new, name)
        for name in PLAIN
        if getattr(new, name) is not UNSET and getattr(new, name) is not None
    }
    valid = True if new.phone_is_valid is UNSET else new.phone_is_valid
    columns["is_valid"] = valid if new.is_valid is UNSET else new.is_valid
    if new.custom_fields is not UNSET:
        kept = {key: value for key, value in new.custom_fields.items() if value is not None}
        columns["custom_fields"] = as_json(kept)
    if new.declared is not UNSET:
        columns["declared_channels"] = _declared(new.declared)
    return columns


def _changed_columns(before: Contact, new: Written) -> dict[str, Any]:
    columns = {
        name: getattr(new, name)
        for name in PLAIN
        if getattr(new, name) is not UNSET
        and (name == "phone_key" or getattr(new, name) != getattr(before, name))
    }
    if "phone_number" not in columns:
        columns.pop("phone_key", None)
    moved = "phone_number" in columns and not _same_number(before, new)
    if new.is_valid is not UNSET and (new.is_valid != before.is_valid):
        columns["is_valid"] = new.is_valid
    elif moved:
        # A new number is valid by its own looks, whatever was known of the old one.
        columns["is_valid"] = True if new.phone_is_valid is UNSET else new.phone_is_valid
    if new.declared is not UNSET or moved:
        known = [c for c in before.communication_supported if c in model.DECLARED]
        said = known if new.declared is UNSET else new.declared
        if moved and set(said) == set(known):
            said = []
        if moved or set(said) != set(known):
            columns["declared_channels"] = _declared(said)
    if new.custom_fields is not UNSET:
        merged = before.custom_fields | new.custom_fields
        merged = {key: value for key, value in merged.items() if value is not None}
        if merged != before.custom_fields:
            columns["custom_fields"] = as_json(merged)
    if columns.get("tags", ()) is None:
        columns["tags"] = []
    return columns


def _same_number(before: Contact, new: Written) -> bool:
    """Tell whether a number is only written in another way: what was said of it goes on to hold."""
    there = before.phone_number
    return there is not None and new.phone_key == phones.canonical(there)


def _declared(channels: list[str]) -> str:
    now = datetime.now(UTC).isoformat()
    return as_json({channel: {"source": "API", "at": now} for channel in channels})


def as_json(value: Any) -> str:
    """Return a value as it is written into a column of JSON."""
    return msgspec.json.encode(value).decode()


async def remove(tx: Tx, account: int, ids: list[int], _arguments: Any = None) -> dict[str, Any]:
    """Delete contacts with their memberships: `{deleted, notFound}`."""
    # Held in order first: no membership can come after `prepare`, and two deletions cannot meet.
    there = await queries.hold_alone(tx, account, ids)
    for prepare in before_removal:
        await prepare(tx, account, there)
    gone = await queries.delete(tx, account, there)
    if gone:
        await queries.add_to_total(tx, account, -len(gone))
    return {"deleted": len(gone), "notFound": sorted(set(ids) - set(gone))}


async def stats(tx: Tx, account: int) -> dict[str, Any]:
    """Return the figures of an account, at most a minute old, with the moment they were true."""
    found = await queries.stats(tx, account)
    if found is None:
        await queries.refresh_stats(tx, account)
        found = await queries.stats(tx, account)
        assert found is not None
    return {"asOf": found[0], **found[1]}


async def define_field(tx: Tx, account: int, field: CustomField) -> None:
    """Define a custom field; a type cannot be changed later, since values would no longer fit."""
    await queries.insert_field(tx, account, field)


async def change_field(tx: Tx, account: int, key: str, change: FieldChange) -> CustomField:
    """Give a custom field another label."""
    known = (await field_types(tx, account)).get(key)
    if known is None:
        raise NoSuchField(f"There is no custom field “{key}”.")
    for name, said, stays in (("key", change.key, key), ("type", change.type, known)):
        if said not in (UNSET, stays):
            message = f"The {name} of a custom field stays as it was made, {stays}."
            raise InvalidContact(message, errors=[FieldError(name, "invalid_value", message)])
    changed = await queries.rename_field(tx, account, key, change.label)
    assert changed is not None
    return changed


async def drop_field(tx: Tx, account: int, key: str) -> None:
    """Take a custom field away, and its values with it."""
    if not await queries.delete_field(tx, account, key):
        raise NoSuchField(f"There is no custom field “{key}”.")
    await queries.clear_field(tx, account, key)


class UnknownLists(NotFound):
    """There is no such list."""

    code = "list_not_found"


async def check_lists(
    tx: Tx, account: int, filter: ContactFilter, preferred: int | None = None
) -> None:
    """Refuse a filter, or a preferred list, that names a list that is not there."""
    named: set[int] = {*(filter.list_ids or ()), *(filter.not_list_ids or ())}
    if preferred is not None:
        named.add(preferred)
    missing = await queries.missing_lists(tx, account, sorted(named)) if named else []
    if missing:
        named_ids = ", ".join(map(str, missing[:20]))
        raise UnknownLists(f"There is no list {named_ids}.", missing=missing)


async def total(tx: Tx, account: int, filter: ContactFilter, where: Condition) -> int:
    """Count a filter's contacts; the kept count serves where nothing is filtered."""
    return await (queries.count(tx, where) if is_filtered(filter) else queries.total(tx, account))
