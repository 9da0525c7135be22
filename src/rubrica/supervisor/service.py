"""Start everything in order, and end it in the opposite one."""

import asyncio
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, TypeAlias

import click
import msgspec

from rubrica import embedded, lifeline
from rubrica.settings import PREFIX, Settings
from rubrica.supervisor.child import Child, Farewell, Server, log
from rubrica.supervisor.hold import held, listening

FirstStart: TypeAlias = Callable[[Settings, str], Iterable[str] | None]
"""Brings the database at a URL up to date; returns the lines that the operator must read."""

WEB = (sys.executable, "-m", "rubrica.app")
"""Answers requests on the listening socket whose number follows `--fd`."""
WORKER = (sys.executable, "-m", "rubrica.worker")
OF_PYTHON: Farewell = ((signal.SIGTERM, 20), (signal.SIGKILL, 10))
OF_POSTGRES: Farewell = ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 10))
METRICS = "metrics"
"""In the data directory: what the web processes count together since this start."""
_MOST_WAITING = 160
"""Threads: one waits for each child, of which the settings allow 64 of either kind."""


class Parts(NamedTuple):
    """The programs that do the work, and what comes before them."""

    web: Sequence[str]
    worker: Sequence[str]
    first: FirstStart


def first_start(settings: Settings, url: str) -> Iterable[str] | None:
    """Migrate, and make the first account where there is none."""
    from rubrica import setup  # noqa: PLC0415 - not for those who bring their own

    return setup.first_start(settings, url)


def serve(
    settings: Settings,
    *,
    web: Sequence[str] = WEB,
    worker: Sequence[str] = WORKER,
    first: FirstStart = first_start,
) -> int:
    """Serve until SIGTERM or Ctrl-C; return the exit code. To be called in the main thread.

    A second Ctrl-C does not wait. It is refused when it cannot begin; later it never gives up.
    """
    parts = Parts(web, worker, first)
    with held(settings.data_dir) as was_killed, listening(settings, 5 * was_killed) as door:
        return asyncio.run(_Service(settings, door, parts).run())


class _Service:
    """PostgreSQL, the web processes and the workers of one data directory."""

    def __init__(self, settings: Settings, door: socket.socket, parts: Parts) -> None:
        self.settings = settings
        self.door = door
        self.parts = parts
        self.database: Child | None = None
        self.children: list[Child] = []
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()
        self.lifeline, _ = os.pipe()  # its other end stays open, with us alone, while we live

    async def run(self) -> int:
        """Begin, wait until we are asked to stop, and end in the opposite order."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(_MOST_WAITING))
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                loop.add_signal_handler(number, self._asked_to_stop)
        beginning = asyncio.create_task(self._begin())
        stopped = asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait({beginning, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if beginning.done():
                beginning.result()
                await stopped
        finally:
            self.stop.set()
            beginning.cancel()
            await asyncio.gather(*(child.end(self.hurry) for child in self.children))
            if self.database:
                await self.database.end(self.hurry)
        log.info("Rubrica has stopped")
        return 130 if self.hurry.is_set() else 0

    def _asked_to_stop(self) -> None:
        """Stop; when asked twice, in a hurry."""
        (self.hurry if self.stop.is_set() else self.stop).set()

    async def _begin(self) -> None:
        """Start one thing after the other, and say where we listen once it is true."""
        settings = self.settings
        if not settings.database_url:
            settings = msgspec.structs.replace(settings, database_url=await self._begin_database())
        for line in (
            await asyncio.to_thread(self.parts.first, settings, settings.database_url) or ()
        ):
            click.echo(line)
        counts = settings.data_dir / METRICS
        await asyncio.to_thread(shutil.rmtree, counts, ignore_errors=True)
        counts.mkdir(mode=0o700)
        web = [*self.parts.web, "--fd", str(self.door.fileno())]
        environment = _environment(settings, self.lifeline)
        for name, arguments, count in (
            ("web", web, settings.web_processes),
            ("worker", self.parts.worker, settings.worker_processes),
        ):
            launch = partial(self._launch, arguments, environment)
            self.children += [Child(name, launch, OF_PYTHON) for _ in range(count)]
        for child in self.children:
            await child.begun()
        host, port = self.door.getsockname()[:2]
        while not await asyncio.to_thread(_is_healthy, host, port):  # noqa: ASYNC110 - by HTTP
            await asyncio.sleep(0.1)
        shown = f"[{settings.host}]" if ":" in settings.host else settings.host
        greeting = f"Rubrica listens on http://{shown}:{port}"
        log.info(greeting)

    async def _begin_database(self) -> str:
        """Start the embedded PostgreSQL; return the URL of its database."""
        folder = self.settings.data_dir / "postgres"
        for name in [name for name in os.environ if name.startswith("PG")]:
            del os.environ[name]  # they speak of other servers
        await asyncio.to_thread(embedded.prepare, folder)

        async def launch() -> Server:
            start = partial(embedded.start, folder, given_up=self.database_is_ending)
            return await asyncio.to_thread(start)

        self.database = Child("PostgreSQL", launch, OF_POSTGRES)
        await self.database.begun()
        return embedded.url(folder)

    def database_is_ending(self) -> bool:
        """Return whether PostgreSQL is no longer wanted."""
        return self.database is not None and self.database.ending.is_set()

    async def _launch(self, arguments: Sequence[str], environment: dict[str, str]) -> Server:
        """Start a Python child, in a session of its own so that Ctrl-C reaches only us."""
        return subprocess.Popen(  # noqa: ASYNC220, S603 - by the main thread, which it follows
            arguments,
            stdin=subprocess.DEVNULL,
            env=environment,
            pass_fds=(self.door.fileno(), self.lifeline),
            start_new_session=True,
        )


def _environment(settings: Settings, pipe: int) -> dict[str, str]:
    """Return the environment of a child: every setting spelled out, and its lifeline."""
    ours = {
        PREFIX + name.upper(): str(getattr(settings, name)) for name in settings.__struct_fields__
    }
    shared = {"PROMETHEUS_MULTIPROC_DIR": str(settings.data_dir / METRICS)}
    return os.environ | ours | shared | {lifeline.VARIABLE: str(pipe)}


def _is_healthy(host: str, port: int) -> bool:
    """Return whether a web process answers on the address that we listen on."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    connection = http.client.HTTPConnection(reached, port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
