"""Which contacts shall go: by ids, all but some, or by a filter that was counted."""

from typing import Annotated, Any

import msgspec
from psycopg.sql import SQL

from rubrica.contacts import jobs, service
from rubrica.contacts.filters import ContactFilter, condition
from rubrica.contacts.model import Id, InvalidContact
from rubrica.db import Tx
from rubrica.errors import FieldError
from rubrica.operations import Selection, Started, by_set


class DeletionBody(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Contacts to delete: exactly one of `ids`, `notIds` and `filter`."""

    ids: list[Id] | None = None
    not_ids: list[Id] | None = None
    filter: ContactFilter | None = None
    expected_count: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None = None


class Deleted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many contacts are gone, and which of the ids named none."""

    deleted: int
    not_found: list[int]


def told(wish: DeletionBody, done: dict[str, Any] | Started) -> dict[str, Any]:
    """Return what the audit tells of a deletion: how many, and who, where they were named."""
    if isinstance(done, Started):
        return {"operation": done.operation_id}
    named = sorted(set(wish.ids or ()) - set(done["notFound"]))
    return {"contacts": named, "deleted": done["deleted"]}


async def remove(
    tx: Tx, account: int, country: str | None, wish: DeletionBody
) -> dict[str, Any] | Started:
    """Delete what was named; more than 10,000 by a job."""
    given = [n for n in ("ids", "not_ids", "filter") if getattr(wish, n) is not None]
    if len(given) != 1:
        message = "Name the contacts by exactly one of ids, notIds and filter."
        raise InvalidContact(message, errors=[FieldError("ids", "invalid_value", message)])
    if wish.ids is not None:
        if not wish.ids:
            message = "ids is empty: no contact is named."
            raise InvalidContact(message, errors=[FieldError("ids", "invalid_value", message)])
        return await service.remove(tx, account, sorted(set(wish.ids)))
    if wish.expected_count is None:
        message = "Deleting by filter or by notIds needs expectedCount, the number you were shown."
        raise InvalidContact(message, errors=[FieldError("expectedCount", "missing", message)])
    filter = wish.filter or ContactFilter()
    await service.check_lists(tx, account, filter)
    where = condition(filter, await service.reading(tx, account, country))
    sql = SQL("SELECT c.id FROM contacts c WHERE {} AND c.id <> ALL(%(spared)s::bigint[])")
    selection = Selection(
        sql.format(where.sql), where.values | {"spared": wish.not_ids or []}, wish.expected_count
    )
    return await by_set(tx, account, selection, {}, service.remove, jobs.remove)
