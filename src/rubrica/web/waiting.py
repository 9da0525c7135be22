"""`Prefer: wait=N` (RFC 7240, 4.3): how long a client waits for a job's end."""

import re
from typing import Any

from litestar import Request

MOST = 60
WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:$|[,;])", re.IGNORECASE)


def seconds_to_wait(request: Request[Any, Any, Any]) -> int:
    """Return the seconds that a client would wait, at most 60; 0 where it does not say."""
    found = WAIT.search(request.headers.get("prefer", ""))
    return min(int(found[1]), MOST) if found else 0
