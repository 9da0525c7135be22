"""The PostgreSQL that comes inside the Python environment, run as a child of our own.

Whoever starts it holds the data directory's lock: anything else that runs on the same folder is
then a leftover of a run that was killed, and is stopped first.
"""

from rubrica.embedded.cluster import DatabaseOfOtherVersion, prepare
from rubrica.embedded.leftovers import clear
from rubrica.embedded.place import DatabaseCannotStart, make_folder
from rubrica.embedded.server import command, running, start, stop, temporary, url, wait_ready

__all__ = [
    "DatabaseCannotStart",
    "DatabaseOfOtherVersion",
    "clear",
    "command",
    "make_folder",
    "prepare",
    "running",
    "start",
    "stop",
    "temporary",
    "url",
    "wait_ready",
]
