"""Named groups of contacts, many to many.

This is the front door: other features import from here, never from the rooms behind it.
"""

from rubrica.lists.model import ContactList, NoSuchList
from rubrica.lists.queries import (
    add_resolved,
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
    "NoSuchList",
    "add_resolved",
    "by_name",
    "fold_counts",
    "forget_contacts",
    "hold",
    "insert",
    "miscounted",
    "move_members",
    "purge",
    "unknown_lists",
]
