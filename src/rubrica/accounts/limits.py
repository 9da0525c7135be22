"""Rate limits per key: so many a minute, with bursts of so many a second."""

import time
from typing import NamedTuple

from limits import RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.storage import storage_from_string

from rubrica.errors import TooMany


class RateLimited(TooMany):
    """This key asks too often."""

    code = "rate_limited"


class Rate(NamedTuple):
    """Where a key stands in its minute; `reset` and `wait` in seconds from now."""

    limit: int
    remaining: int
    reset: int
    wait: int = 0
    """How long to wait before asking again; 0: the request may pass."""


class Meter:
    """Counts requests, in memory or where `url` says; in memory each process takes its share."""

    def __init__(self, url: str, processes: int) -> None:
        storage = storage_from_string(f"async+{url}") if url else MemoryStorage()
        assert isinstance(storage, Storage)
        self._limiter = FixedWindowRateLimiter(storage)
        self._share = 1 if url else processes

    async def count(self, key: str, per_minute: int, per_second: int) -> Rate:
        """Count one request of a key."""
        minute = RateLimitItemPerMinute(max(1, per_minute // self._share))
        second = RateLimitItemPerSecond(max(1, per_second // self._share))
        in_second = await self._limiter.hit(second, key)
        in_minute = in_second and await self._limiter.hit(minute, key)
        ends, remaining = await self._limiter.get_window_stats(minute, key)
        reset = max(0, round(ends - time.time()))
        wait = 0 if in_minute else max(1, reset) if in_second else 1
        return Rate(per_minute, remaining * self._share, reset, wait)
