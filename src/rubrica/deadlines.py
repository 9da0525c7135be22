"""How long somebody who waits for an answer waits for it."""

import math
import time
from typing import NamedTuple


class TimeIsUp(Exception):  # noqa: N818 - no error: what is wanted takes longer, and is begun anew
    """What was asked for was not done by its deadline."""


class Deadline(NamedTuple):
    """A moment, in seconds of `time.monotonic`, at which work that waits or reads is given up."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the moment so many seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds until then; none once it has passed."""
        return max(0.0, self.at - time.monotonic())

    def check(self) -> None:
        """Raise TimeIsUp once it has passed."""
        if not self.left:
            raise TimeIsUp


NEVER = Deadline(math.inf)
