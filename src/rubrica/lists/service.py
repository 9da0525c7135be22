"""What one can do with lists, where it takes more than one statement."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import UNSET
from psycopg.sql import SQL

from rubrica import contacts
from rubrica.contacts import Contact, ContactFilter, ContactPage
from rubrica.db import Tx
from rubrica.errors import FieldError
from rubrica.jobs import Job
from rubrica.lists import queries
from rubrica.lists.model import (
    KEPT_DAYS,
    ContactList,
    InvalidMembership,
    ListChange,
    ListNotDeleted,
    ListPurged,
    Membership,
    NewList,
    NoSuchContacts,
    NoSuchList,
)
from rubrica.operations import Selection, Started, Step, by_set
from rubrica.paging import Page, page_of


async def get(tx: Tx, account: int, id: int, *, deleted: bool = False) -> ContactList:
    """Return one list; a deleted one only where that is asked for."""
    found = await queries.by_id(tx, account, id)
    if found is None or (found.deleted_at is not None and not deleted):
        raise NoSuchList(f"There is no list {id}.", missing=[id])
    return found


async def unknown_lists(tx: Tx, account: int, ids: list[int]) -> None:
    """Refuse where one of the lists is not there; keep the others from going meanwhile."""
    there = await queries.hold(tx, account, ids)
    missing = sorted(set(ids) - set(there))
    if missing:
        named = ", ".join(map(str, missing[:20]))
        raise NoSuchList(f"There is no list {named}.", missing=missing)


async def create(tx: Tx, account: int, new: NewList) -> ContactList:
    """Add a list."""
    id = await queries.insert(
        tx, account, new.name.strip(), new.description or "", is_test=new.is_test
    )
    return await get(tx, account, id)


async def change(tx: Tx, account: int, id: int, wish: ListChange) -> ContactList:
    """Change the fields that are named."""
    before = await queries.by_id(tx, account, id, lock=True)
    if before is None or before.deleted_at is not None:
        raise NoSuchList(f"There is no list {id}.", missing=[id])
    await queries.update(
        tx,
        account,
        id,
        before.name if wish.name is UNSET else wish.name.strip(),
        before.description if wish.description is UNSET else wish.description or "",
        is_test=before.is_test if wish.is_test is UNSET else wish.is_test,
    )
    return await get(tx, account, id)


async def restore(tx: Tx, account: int, id: int) -> ContactList:
    """Bring a deleted list back with its members, save contacts deleted since."""
    found = await get(tx, account, id, deleted=True)
    if found.deleted_at is None:
        raise ListNotDeleted(f"The list “{found.name}” is not deleted.")
    if found.deleted_at < datetime.now(UTC) - timedelta(days=KEPT_DAYS):
        raise ListPurged(f"A deleted list can be restored for {KEPT_DAYS} days.")
    await queries.restore(tx, account, id)
    return await get(tx, account, id)


async def add(tx: Tx, account: int, ids: list[int], arguments: Any) -> dict[str, Any]:
    """Put contacts into lists: `{added, alreadyMembers, perList}`."""
    # What was deleted since it was named, list or contact, is left out of the account.
    lists = await queries.hold(tx, account, arguments["lists"])
    there = await contacts.held(tx, account, ids)
    added = dict(await queries.add_members(tx, account, lists, there))
    return _tally(lists, len(there), added, "added", "alreadyMembers")


async def remove(tx: Tx, account: int, ids: list[int], arguments: Any) -> dict[str, Any]:
    """Take contacts out of lists: `{removed, notMembers, perList}`."""
    lists: list[int] = arguments["lists"]
    removed = dict(await queries.remove_members(tx, account, lists, ids))
    return _tally(lists, len(ids), removed, "removed", "notMembers")


def _tally(
    lists: list[int], contacts: int, done: dict[int, int], word: str, rest: str
) -> dict[str, Any]:
    per_list = {str(id): {word: done.get(id, 0), rest: contacts - done.get(id, 0)} for id in lists}
    total = sum(done.values())
    return {word: total, rest: contacts * len(lists) - total, "perList": per_list}


async def apply(
    tx: Tx, account: int, country: str | None, wish: Membership, step: Step, job: Job
) -> dict[str, Any] | Started:
    """Add or remove the contacts of a wish; above 10,000 of them by a job."""
    lists = sorted(set(wish.list_ids or []))
    if not lists:
        raise _unclear("listIds", "Name at least one list in listIds.")
    await unknown_lists(tx, account, lists)
    given = [wish.contact_ids is not None, wish.all_contacts, wish.filter is not None]
    if sum(given) != 1:
        raise _unclear("contactIds", "Give exactly one of contactIds, allContacts and filter.")
    if wish.exclude_ids_all_contacts and not wish.all_contacts:
        raise _unclear("excludeIdsAllContacts", "This goes with allContacts only.")
    arguments = {"lists": lists}
    if wish.contact_ids is not None:
        ids = sorted(set(wish.contact_ids))
        if not ids:
            raise _unclear("contactIds", "contactIds is empty: no contact is named.")
        missing = sorted(set(ids) - set(await contacts.held(tx, account, ids)))
        if missing:
            named = ", ".join(map(str, missing[:20]))
            raise NoSuchContacts(f"There is no contact {named}; nothing was done.", missing=missing)
        return await step(tx, account, ids, arguments)
    context = await contacts.reading(tx, account, country)
    filter = wish.filter or ContactFilter()
    await contacts.check_lists(tx, account, filter)
    where = contacts.condition(filter, context)
    sql = SQL("SELECT c.id FROM contacts c WHERE {} AND c.id <> ALL(%(spared)s::bigint[])")
    spared = wish.exclude_ids_all_contacts or []
    selection = Selection(
        sql.format(where.sql), where.values | {"spared": spared}, wish.expected_count
    )
    return await by_set(tx, account, selection, arguments, step, job)


def told(wish: Membership, done: dict[str, Any] | Started) -> dict[str, Any]:
    """Return what the audit tells of memberships: the lists, and how many came or went."""
    lists = sorted(set(wish.list_ids or ()))
    if isinstance(done, Started):
        return {"lists": lists, "operation": done.operation_id}
    return {"lists": lists} | {name: n for name, n in done.items() if name != "perList"}


def _unclear(field: str, message: str) -> InvalidMembership:
    return InvalidMembership(message, errors=[FieldError(field, "invalid_value", message)])


async def members(
    tx: Tx,
    account: int,
    country: str | None,
    id: int,
    filter: ContactFilter,
    query: ContactPage,
) -> Page[Contact]:
    """Return a page of a list's members; the kept count serves where nothing else is asked."""
    found = await get(tx, account, id)
    await contacts.check_lists(tx, account, filter, query.sort_priority_list_id)
    context = await contacts.reading(tx, account, country)
    where = contacts.among_members(contacts.condition(filter, context), id)
    content, next_cursor = await contacts.find(tx, query, where)
    total = None
    if query.counted:
        filtered = contacts.is_filtered(filter)
        total = await contacts.count(tx, where) if filtered else found.contact_count
    return page_of(content, query, total, next_cursor)
