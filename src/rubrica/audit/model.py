"""What an entry of the audit is: ids, counts and names of actions, no values. No I/O here."""

from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple, cast

import msgspec

from rubrica.paging import PageQuery

Kind = Literal["KEY", "CLI", "SYSTEM"]
Subject = Literal[
    "account",
    "campaign",
    "contact",
    "export",
    "field",
    "import",
    "key",
    "list",
    "operation",
    "recipe",
    "suppression",
    "transport",
    "upload",
]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
SUBJECTS = frozenset(Subject.__args__)
NAMED = 1_000
"""Ids that an entry names at the most; of more it tells the number."""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts in an account: a key over HTTP, somebody at the command line, or the service."""

    account: int
    key: int | None
    name: str | None
    kind: Kind = "KEY"
    address: str | None = None
    request: str | None = None


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that was done: by whom, when, to what, and from where."""

    id: int
    at: Moment
    actor: Kind
    key_id: str | None
    key_name: str | None
    action: str
    subject: Subject | None
    subject_id: str | None
    details: dict[str, Any]
    address: str | None
    request_id: str | None


class AuditQuery(PageQuery, frozen=True, kw_only=True):
    """Which entries; `from` and `to` are both included."""

    action: str | None = None
    actor: Kind | None = None
    key_id: str | None = None
    subject: Subject | None = None
    subject_id: str | None = None
    from_: Moment | None = msgspec.field(default=None, name="from")
    to: Moment | None = None


class Told(NamedTuple):
    """What an action was about: the one thing it was done to, where it is one, and the rest."""

    subject: str | None
    id: str | None
    details: dict[str, Any]


def told(about: dict[str, Any]) -> Told:
    """Part what an action was about: the first single thing is its subject.

    `contacts=[1, 2]` names several; one alone is the subject, and of very many only the number
    is told.
    """
    subject, id = None, None
    details: dict[str, Any] = {}
    for given, what in about.items():
        name, value = given.rstrip("_"), what
        if isinstance(what, list):
            several = cast("list[int]", what)
            if len(several) == 1:
                name, value = name.removesuffix("s"), several[0]
            elif len(several) > NAMED:
                value = len(several)
        if subject is None and name in SUBJECTS:
            subject, id = name, str(value)
        else:
            details[name] = value
    return Told(subject, id, details)
