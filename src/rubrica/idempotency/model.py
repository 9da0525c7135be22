"""What a call with a key is, and what is kept of it. No I/O here."""

import re
from typing import Any, NamedTuple

import msgspec

from rubrica.errors import Conflict, FieldError, Invalid

KEPT_HOURS = 24
"""Hours for which a key stands for the call that it came with."""
LEASE = 10.0
"""Seconds without a sign of life after which a call is taken for dead."""
RENEWED = 3.0
"""Seconds between two signs of life of a call that takes long."""
PATIENCE = 60.0
"""Seconds for which a call waits for its twin."""
KEY = r"[ -~]{1,255}"


class BadIdempotencyKey(Invalid):
    """An Idempotency-Key is 1 to 255 printable characters."""

    code = "invalid"


class IdempotencyKeyReused(Conflict):
    """This Idempotency-Key came with another call; nothing was done."""

    code = "idempotency_key_reused"


class IdempotencyKeyInFlight(Conflict):
    """A call with this Idempotency-Key is still at work; nothing was done again."""

    code = "idempotency_key_in_flight"


class IdempotentAnswerLost(Conflict):
    """The call with this Idempotency-Key was carried out, and its answer is no longer there."""

    code = "idempotent_answer_lost"


class Call(NamedTuple):
    """A call, the key that it came with, and who carries it out."""

    account: int
    key: str
    fingerprint: bytes
    holder: str


class Answer(msgspec.Struct, frozen=True):
    """What a call was answered with."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a key: by whom it is held, whether its call is done, and the answer."""

    fingerprint: bytes
    held: bool
    done: bool
    status: int | None
    headers: Any
    body: bytes | None

    @property
    def answer(self) -> Answer | None:
        """Return the answer, where it is there."""
        if self.status is None or self.body is None:
            return None
        return Answer(self.status, [(name, value) for name, value in self.headers], self.body)


def read_key(values: list[str]) -> str:
    """Return the key that the header holds; refuse one that is none."""
    if len(values) != 1 or not re.fullmatch(KEY, values[0]):
        message = "Send one Idempotency-Key of 1 to 255 printable ASCII characters."
        raise BadIdempotencyKey(
            message, errors=[FieldError("Idempotency-Key", "invalid_value", message)]
        )
    return values[0]
