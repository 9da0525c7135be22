"""People and how to reach them.

This is the front door: other features import from here, never from the rooms behind it.
"""

from rubrica.contacts.filters import (
    Condition,
    ContactFilter,
    Context,
    among_members,
    condition,
    is_filtered,
)
from rubrica.contacts.merging import (
    Batch,
    Key,
    Mode,
    Newcomer,
    Policy,
    Rules,
    arranged,
    contested,
    linked,
    merge_round,
    pour,
    staged,
)
from rubrica.contacts.model import Contact, CustomField, Id, InvalidContact, Moment, NoSuchContact
from rubrica.contacts.pages import COLUMNS, ContactPage, find
from rubrica.contacts.queries import (
    count,
    existing,
    fields,
    fold_totals,
    held,
    insert_field,
    miscounted,
    total,
)
from rubrica.contacts.quotas import Quota, quota, require_room, room
from rubrica.contacts.service import before_removal, check_lists, reading

__all__ = [
    "COLUMNS", "Batch", "Condition", "Contact", "ContactFilter", "ContactPage", "Context",
    "CustomField", "Id", "InvalidContact", "Key", "Mode", "Moment", "Newcomer", "NoSuchContact",
    "Policy", "Quota", "Rules", "among_members", "arranged", "before_removal", "check_lists",
    "condition", "contested", "count", "existing", "fields", "find", "fold_totals", "held",
    "insert_field", "is_filtered", "linked", "merge_round", "miscounted", "pour", "quota",
    "reading", "require_room", "room", "staged", "total",
]  # fmt: skip
