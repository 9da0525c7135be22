"""End with the process that started us, however it ended."""

import os
import signal
import threading

VARIABLE = "_RUBRICA_LIFELINE"
"""Holds the number of an inherited pipe that only our starter could write to, and never does."""


def follow_parent() -> None:
    """Leave at once, with all that we have started, when the process that started us is gone.

    Without the variable nobody is followed. Not PR_SET_PDEATHSIG, which spares what we started.
    A long call into C that keeps every thread of Python waiting ends first.
    """
    given = os.environ.pop(VARIABLE, None)
    if given is not None:
        follow = threading.Thread(target=_follow, args=[int(given)], name="lifeline", daemon=True)
        follow.start()


def _follow(pipe: int) -> None:
    """Read the pipe, which answers when its last writer is gone, and leave."""
    os.read(pipe, 1)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
