"""What an earlier run left behind."""

import signal
from contextlib import suppress
from pathlib import Path

import psutil


def clear(folder: Path, *, patience: float = 60) -> None:
    """Stop what an earlier run left behind on the folder: its server, or that one's orphans."""
    place = str(folder.resolve())
    left = [
        process
        for process in psutil.process_iter(["name", "cwd", "cmdline"])
        if process.info["name"] == "postgres"
        and (process.info["cwd"] == place or place in (process.info["cmdline"] or []))
    ]
    if not left:
        return
    heads = [process for process in left if place in (process.info["cmdline"] or [])]
    for how, whom, seconds in (
        (signal.SIGINT, heads, patience if heads else 0),
        (signal.SIGQUIT, left, 2),
        (signal.SIGKILL, left, 10),
    ):
        for process in whom:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(how)
        if not psutil.wait_procs(left, timeout=seconds)[1]:
            return
