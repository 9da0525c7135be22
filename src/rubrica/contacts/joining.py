"""Two contacts that are one person, made one.

Consent needs nothing: it belongs to the addresses, and what was said of each goes on to hold.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from rubrica.contacts import merged, queries, service, twins
from rubrica.contacts.model import Id, InvalidContact
from rubrica.db import Tx
from rubrica.errors import FieldError

before_merge: list[Callable[[Tx, int, int, int], Awaitable[None]]] = []
"""What other features must do before a contact goes into another: transaction, account, id of the
survivor, id of the one that goes. Filled where the application is put together."""

FILLED = (
    "external_id", "email", "first_name", "last_name", "gender", "birth_date", "company",
    "language", "notes",
)  # fmt: skip
OF_THE_NUMBER = (
    "phone_number", "phone_key", "phone_type", "country_code", "is_valid", "declared_channels",
)  # fmt: skip
"""What comes with a number, or not at all."""


class MergeBody(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """The contact that is to be folded into the one that the address names."""

    contact_id: Id


async def join(tx: Tx, account: int, id: int, other: int) -> None:
    """Fold the other contact into one; where that was done before, do nothing."""
    if id == other:
        message = "A contact cannot be merged into itself."
        raise InvalidContact(message, errors=[FieldError("contactId", "invalid_value", message)])
    there = await queries.hold_alone(tx, account, [id, other])
    if id not in there:
        raise await service.missing(tx, account, id)
    if other not in there:
        if await merged.survivor(tx, account, other) == id:
            return
        raise await service.missing(tx, account, other)
    mine = await queries.columns(tx, account, id)
    theirs = await queries.columns(tx, account, other)
    for prepare in before_merge:
        await prepare(tx, account, id, other)
    await merged.write(tx, account, other, id)
    await service.remove(tx, account, [other])
    # Only now are the keys of the other one free.
    columns = united(mine, theirs)
    if columns:
        await queries.update(tx, account, id, columns)


def united(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that change: blanks are filled, tags united, what is there stays."""
    columns = {
        name: theirs[name] for name in FILLED if mine[name] is None and theirs[name] is not None
    }
    if mine["phone_key"] is None and theirs["phone_key"] is not None:
        columns |= {name: theirs[name] for name in OF_THE_NUMBER}
        columns["declared_channels"] = service.as_json(theirs["declared_channels"])
    columns |= twins.freed(mine, theirs)
    custom = theirs["custom_fields"] | mine["custom_fields"]
    if custom != mine["custom_fields"]:
        columns["custom_fields"] = service.as_json(custom)
    tags = list(dict.fromkeys([*mine["tags"], *theirs["tags"]]))
    if tags != mine["tags"]:
        columns["tags"] = tags
    return columns
