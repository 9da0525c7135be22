"""One program, started again whenever it ends."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeAlias

import structlog

from rubrica.errors import Refused

Server: TypeAlias = subprocess.Popen[bytes]
Farewell: TypeAlias = Sequence[tuple[signal.Signals, float]]
"""Signals, each with the seconds it is given before the next one."""

SETTLED, SHORTEST, LONGEST = 10.0, 0.2, 5.0
"""Seconds: the life after which a child is trusted again; the first and the longest delay."""

log = structlog.wrap_logger(
    structlog.PrintLogger(sys.stderr),
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
    ],
)
"""Of the supervisor: sentences on standard error, for people."""


class Child:
    """A program that is started again whenever it ends: at once, then ever more slowly.

    `launch` starts it as the leader of its own process group. What it has started itself does
    not outlive it.
    """

    def __init__(
        self, name: str, launch: Callable[[], Awaitable[Server]], farewell: Farewell
    ) -> None:
        self.name = name
        self.ending = asyncio.Event()
        self._launch = launch
        self._farewell = farewell
        self._server: Server | None = None
        self._begun = asyncio.Event()
        self._refusal: Refused | OSError | None = None
        self._task = asyncio.create_task(self._keep())

    async def begun(self) -> None:
        """Wait until it runs; raise what kept it from starting for the first time."""
        await self._begun.wait()
        if self._refusal:
            raise self._refusal

    async def end(self, hurry: asyncio.Event) -> None:
        """Bid it farewell, ever less gently; a hurry cuts the wait for the first word short."""
        self.ending.set()
        hurried = asyncio.create_task(hurry.wait())
        for how, seconds in self._farewell:
            self._send(how)
            awaited = {self._task, hurried} if how is self._farewell[0][0] else {self._task}
            await asyncio.wait(awaited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if self._task.done():
                break
        else:
            log.error("a part cannot be stopped", part=self.name)
        hurried.cancel()

    async def _keep(self) -> None:
        """Run it again and again, until it is to end or was refused the first time."""
        delay = 0.0
        while not self.ending.is_set():
            since = time.monotonic()
            outcome = await self._live()
            if self.ending.is_set() or not self._begun.is_set():
                break
            if time.monotonic() - since >= SETTLED:
                delay = 0.0
            log.warning("starting again", part=self.name, after=outcome, seconds=delay)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ending.wait(), delay)
            delay = min(LONGEST, delay * 2 or SHORTEST)
        self._begun.set()

    async def _live(self) -> str:
        """Run it to its end; say how it ended."""
        try:
            self._server = await self._launch()
        except (Refused, OSError) as error:
            if not self._begun.is_set():
                self._refusal = error
            return str(error)
        self._begun.set()
        if self.ending.is_set():  # since before there was anyone to bid farewell to
            self._send(self._farewell[0][0])
        code = await asyncio.to_thread(self._server.wait)
        _kill_group(self._server.pid)
        self._server = None
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name

    def _send(self, how: signal.Signals) -> None:
        """Send a signal to the program, and the hardest one to all that it started."""
        if self._server is not None and how is signal.SIGKILL:
            _kill_group(self._server.pid)
        elif self._server is not None:
            self._server.send_signal(how)


def _kill_group(number: int) -> None:
    """End a process group, where any of it is left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(number, signal.SIGKILL)
