"""Who did what, when: written in the transaction that does it, and never changed.

This is the front door: other features import from here, never from the rooms behind it.
"""

from rubrica.audit.model import Actor, AuditEntry, AuditQuery
from rubrica.audit.queries import count, find, record

__all__ = ["Actor", "AuditEntry", "AuditQuery", "count", "find", "record"]
