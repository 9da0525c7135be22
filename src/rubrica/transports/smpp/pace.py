"""How fast messages go to one message centre."""

import asyncio

AHEAD_SECONDS = 0.005
"""As little as this is not worth a timer: some messages go together."""
FIRST_REST, LONGEST_REST = 0.1, 8.0
"""Seconds without a message after a centre asked for less; twice as long each time, until it takes
one again."""


class Pace:
    """Lets messages go no faster than is allowed, and slower when the other end asks for less."""

    def __init__(self, per_second: float | None) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._next = 0.0
        self._rest = FIRST_REST
        self._resting_until = 0.0

    async def turn(self) -> None:
        """Return when the next message may go; turns are given in the order of asking."""
        clock = asyncio.get_running_loop().time
        if self._gap:
            mine = max(self._next, clock())
            self._next = mine + self._gap
            if mine - clock() > AHEAD_SECONDS:
                await asyncio.sleep(mine - clock())
        while (left := self._resting_until - clock()) > 0:  # noqa: ASYNC110 - may be prolonged
            await asyncio.sleep(left)

    def crowded(self) -> None:
        """Rest for a moment. Many answers of one moment say it once."""
        now = asyncio.get_running_loop().time()
        if now >= self._resting_until:
            self._resting_until = now + self._rest
            self._rest = min(2 * self._rest, LONGEST_REST)

    def taken(self) -> None:
        """Forget how long the last rest was: the other end takes messages."""
        if asyncio.get_running_loop().time() >= self._resting_until:
            self._rest = FIRST_REST
