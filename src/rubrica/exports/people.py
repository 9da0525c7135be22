"""Contacts as what an export holds: which of them, and in which columns."""

from psycopg.sql import SQL

from rubrica import contacts
from rubrica.contacts import Condition, ContactFilter
from rubrica.db import Tx
from rubrica.exports import columns, model
from rubrica.exports.model import ContactsExport, NoSuchContacts, Plan


async def plan(tx: Tx, account: int, country: str | None, wish: ContactsExport) -> Plan:
    """Read a wish; refuse it where a list, a column or a custom field is not there."""
    model.check_selector(wish)
    filter = wish.filter or ContactFilter(list_ids=wish.list_ids)
    await contacts.check_lists(tx, account, filter)
    context = await contacts.reading(tx, account, country)
    where = contacts.condition(filter, context)
    if wish.contact_ids is not None:
        where = Condition(
            SQL("{} AND c.id = ANY(%(contact_ids)s::bigint[])").format(where.sql),
            where.values | {"contact_ids": wish.contact_ids},
        )
    return planned(wish, where, columns.chosen(wish.columns, list(context.fields)))


def planned(wish: ContactsExport, where: Condition, names: list[str]) -> Plan:
    """Return the plan of the contacts of a condition, by id."""
    return Plan(
        wish,
        names,
        cells=columns.select(names, spreadsheet_safe=wish.spreadsheet_safe),
        fields=columns.values(names, custom=wish.columns is None),
        rows=SQL("contacts c WHERE {}").format(where.sql),
        order=SQL("c.id"),
        values=where.values,
    )


async def require(tx: Tx, account: int, wish: ContactsExport) -> None:
    """Refuse contacts that are named by their ids and are not there."""
    if wish.contact_ids is None:
        return
    there = await contacts.existing(tx, account, wish.contact_ids)
    missing = sorted(set(wish.contact_ids) - set(there))
    if missing:
        named = ", ".join(map(str, missing[:20]))
        raise NoSuchContacts(f"There is no contact {named}; nothing was exported.", missing=missing)
