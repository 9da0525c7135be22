"""People and how to reach them.

This is the front door: other features import from here, never from the rooms behind it.
"""

from rubrica.contacts.erasing import after_erasure, erasers, named_in, texts_of
from rubrica.contacts.filters import (
    Condition,
    ContactFilter,
    Context,
    among_members,
    condition,
    is_filtered,
)
from rubrica.contacts.joining import before_merge
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
from rubrica.contacts.model import (
    Contact,
    CustomField,
    Id,
    InvalidContact,
    Moment,
    NoSuchContact,
    Person,
)
from rubrica.contacts.pages import COLUMNS, ContactPage, find
from rubrica.contacts.persons import tellers
from rubrica.contacts.queries import (
    count,
    delete_unused_field,
    existing,
    fields,
    fold_totals,
    held,
    insert_field,
    miscounted,
    total,
)
from rubrica.contacts.quotas import Quota, quota, require_room, room
from rubrica.contacts.reverting import prepare_reverting, revert
from rubrica.contacts.service import before_removal, check_lists, reading, remove
from rubrica.contacts.twins import counted as twins_counted
from rubrica.contacts.twins import mend as mend_keys
from rubrica.contacts.verdicts import call_invalid

__all__ = [
    "COLUMNS", "Batch", "Condition", "Contact", "ContactFilter", "ContactPage", "Context",
    "CustomField", "Id", "InvalidContact", "Key", "Mode", "Moment", "Newcomer", "NoSuchContact",
    "Person", "Policy", "Quota", "Rules", "after_erasure", "among_members", "arranged",
    "before_merge", "before_removal", "call_invalid", "check_lists", "condition", "contested",
    "count", "delete_unused_field", "erasers", "existing", "fields", "find", "fold_totals", "held",
    "insert_field", "is_filtered", "linked", "mend_keys", "merge_round", "miscounted", "named_in",
    "pour", "prepare_reverting", "quota", "reading", "remove", "require_room", "revert",
    "room", "staged", "tellers", "texts_of", "total", "twins_counted",
]  # fmt: skip
