"""A call that is sent twice is done once: `Idempotency-Key`.

This is the front door: other features import from here, never from the rooms behind it.
"""

from rubrica.idempotency.queries import forget_answers, forget_expired

__all__ = ["forget_answers", "forget_expired"]
