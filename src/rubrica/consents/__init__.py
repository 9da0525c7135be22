"""Whether an address may be written to: who opted out, who agreed, who was erased.

This is the front door: other features import from here, never from the rooms behind it. What is
known belongs to (channel, address); contacts are unknown here.
"""

from rubrica.consents.conditions import erased, known_since, objection, suppressed
from rubrica.consents.hashing import pads, use_secret
from rubrica.consents.model import (
    CHANNELS,
    Address,
    Channel,
    NoAddress,
    Subscription,
    Suppression,
    addresses,
)
from rubrica.consents.queries import (
    any_erased,
    hashed_otherwise,
    otherwise_written,
    suppress_all,
    suppressed_already,
)
from rubrica.consents.service import (
    erase,
    mend,
    subscribe,
    subscriptions,
    suppressions,
    unsubscribe,
    write,
)

__all__ = [
    "CHANNELS",
    "Address",
    "Channel",
    "NoAddress",
    "Subscription",
    "Suppression",
    "addresses",
    "any_erased",
    "erase",
    "erased",
    "hashed_otherwise",
    "known_since",
    "mend",
    "objection",
    "otherwise_written",
    "pads",
    "subscribe",
    "subscriptions",
    "suppress_all",
    "suppressed",
    "suppressed_already",
    "suppressions",
    "unsubscribe",
    "use_secret",
    "write",
]  # fmt: skip
