"""Bulk writes: at once where they are small, else as a job over the contacts that were counted.

This is the front door: other features import from here, never from the rooms behind it.
"""

from rubrica.operations.model import CountChanged, Operation, Selection, Started
from rubrica.operations.service import AT_ONCE, Step, by_set, carry_out, check_count

__all__ = [
    "AT_ONCE",
    "CountChanged",
    "Operation",
    "Selection",
    "Started",
    "Step",
    "by_set",
    "carry_out",
    "check_count",
]
