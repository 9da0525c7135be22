"""Named groups of contacts, many to many.

This is the front door: other features import from here, never from the rooms behind it.
"""

from rubrica.lists.membership import (
    add_resolved,
    delete_unused,
    join,
    part,
    prepare_joining,
    prepare_parting,
    prepare_resolved,
)
from rubrica.lists.model import ContactList, ListExists, NoSuchList
from rubrica.lists.queries import (
    by_ids,
    by_name,
    fold_counts,
    forget_contacts,
    hold,
    insert,
    miscounted,
    move_members,
    purge,
)
from rubrica.lists.service import unknown_lists

__all__ = [
    "ContactList",
    "ListExists",
    "NoSuchList",
    "add_resolved",
    "by_ids",
    "by_name",
    "delete_unused",
    "fold_counts",
    "forget_contacts",
    "hold",
    "insert",
    "join",
    "miscounted",
    "move_members",
    "part",
    "prepare_joining",
    "prepare_parting",
    "prepare_resolved",
    "purge",
    "unknown_lists",
]
