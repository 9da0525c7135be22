"""What can be exported. Each kind says how its request is read and what stands in its file.

Higher features put in theirs where a process is put together (`rubrica.wiring`).
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from rubrica.db import Tx
from rubrica.exports import people
from rubrica.exports.model import ContactsExport, Kind, Plan, Wish

Planner = Callable[[Tx, int, str | None, Any], Awaitable[Plan]]
"""Reads a wish, given the account and its country; refuses what cannot be exported. It reads only:
it is asked when an export is wanted, and again in the snapshot that is written."""


class Source(NamedTuple):
    """A kind of export."""

    wish: type[Wish]
    plan: Planner
    require: Callable[[Tx, int, Any], Awaitable[None]] | None = None
    """Refuses, when an export is first asked for, what a later run would pass over."""


sources: dict[Kind, Source] = {"CONTACTS": Source(ContactsExport, people.plan, people.require)}
