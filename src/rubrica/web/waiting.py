"""`Prefer: wait=N` (RFC 7240, 4.3): how long a client waits for a job's end."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Container
from typing import Any, Protocol, TypeVar

from litestar import Request

MOST = 60
PAUSE = 0.1
"""Seconds between two looks."""
WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:$|[,;])", re.IGNORECASE)


def seconds_to_wait(request: Request[Any, Any, Any]) -> int:
    """Return the seconds that a client would wait, at most 60; 0 where it does not say."""
    found = WAIT.search(request.headers.get("prefer", ""))
    return min(int(found[1]), MOST) if found else 0


class HasStatus(Protocol):
    """What has a life."""

    @property
    def status(self) -> str:
        """Return where in it it is."""
        ...


T = TypeVar("T", bound=HasStatus)


async def until_ended(
    found: T, seconds: int, look: Callable[[], Awaitable[T]], ended: Container[str]
) -> tuple[T, int]:
    """Look again until a thing has ended, or the seconds are over; return it, and 200 or 202.

    200 says that a client who waited saw the end.
    """
    until = asyncio.get_running_loop().time() + seconds
    while found.status not in ended and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(PAUSE)
        found = await look()
    return found, 200 if seconds and found.status in ended else 202
