"""Privacy erasure: a person goes, and what they are known by goes wherever it is held.

Each feature erases what it holds itself (`erasers`); of the addresses a keyed hash stays.
"""

from collections.abc import Awaitable, Callable
from typing import LiteralString

import msgspec
from psycopg.sql import SQL, Composable, Composed

from rubrica import consents, idempotency
from rubrica.contacts import queries, service
from rubrica.contacts.model import Person
from rubrica.db import Database, Tx
from rubrica.storage import Storage

Eraser = Callable[[Tx, Person], Awaitable[dict[str, int]]]
erasers: list[Eraser] = []
"""What other features erase of a person, in the transaction of the erasure: each returns how many
things it touched, by their name. Filled where the application is put together."""
Finisher = Callable[[Database, Storage, int], Awaitable[None]]
after_erasure: list[Finisher] = []
"""What remains to be done once the erasure is committed, such as deleting files: database, storage,
account. What is missed because we were killed must be done by a worker later."""


class Erased(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How much was erased of a person: what is held, and how many of it."""

    contact_id: int
    erased: dict[str, int]


async def erase(tx: Tx, account: int, id: int) -> Erased:
    """Erase a person from everything that is held."""
    if not await queries.hold_alone(tx, account, [id]):
        raise await service.missing(tx, account, id)
    person = await queries.person(tx, account, id)
    known = await consents.erase(tx, account, person.phone_key, person.email)
    erased = {"contacts": 1, "suppressions": known}
    for eraser in erasers:
        erased |= await eraser(tx, person)
    await service.remove(tx, account, [id])
    await idempotency.forget_answers(tx, account)
    return Erased(contact_id=id, erased=erased)


async def finish(db: Database, storage: Storage, account: int) -> None:
    """Do what remains once an erasure is committed."""
    for each in after_erasure:
        await each(db, storage, account)


# Digits of other scripts are numbers to libphonenumber too; full-width ones go by NFKC.
# Each form of the text is made once: OFFSET 0 keeps it so.
_NAMED: LiteralString = """
    (SELECT coalesce(
               strpos(lower(s.t), %(person_email)s::text) > 0
               OR s.plain ~ ANY(%(person_numbers)s::text[])
               OR string_to_array(s.t, E'\n') && ARRAY[%(person_external_id)s::text]
               OR (strpos(s.folded, folded(%(person_first)s::text)) > 0
                   AND strpos(s.folded, folded(%(person_last)s::text)) > 0), false)
       FROM (SELECT w.t,
                    CASE WHEN octet_length(w.t) = char_length(w.t) THEN w.t
                         ELSE translate(normalize(w.t, NFKC), '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹',
                                        '01234567890123456789') END AS plain,
                    CASE WHEN %(person_first)s::text IS NOT NULL THEN folded(w.t) END AS folded
               FROM (SELECT {} AS t OFFSET 0) AS w OFFSET 0) AS s)
"""
_TEXTS: LiteralString = (
    "(SELECT string_agg(j #>> '{{}}', E'\n') FROM jsonb_path_query({0},"
    """ 'strict $.** ? (@.type() == "string" || @.type() == "number")') AS j)"""
)


def named_in(text: Composable) -> Composed:
    """Tell whether a text, its values on lines of their own, names a person: see `Person.values`.

    By the e-mail address; by the digits of the number, whatever stands between or before them; by
    the externalId as a whole value; by first and last name together.
    """
    return SQL(_NAMED).format(text)


def texts_of(json: Composable) -> Composed:
    """Return the values that stand anywhere in a jsonb, on lines of their own."""
    return SQL(_TEXTS).format(json)
