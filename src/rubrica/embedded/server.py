"""A PostgreSQL that runs as our child."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from rubrica.embedded.cluster import prepare
from rubrica.embedded.leftovers import clear
from rubrica.embedded.place import (
    DatabaseCannotStart,
    environment,
    identity,
    programs,
    socket_folder,
)

DATABASE = "rubrica"
_TEMPORARY = "rubrica-test-"


def url(folder: Path, database: str = DATABASE) -> str:
    """Return where the folder's server is reached, whatever PG… variables are about."""
    socket = quote(str(socket_folder(folder)), safe="")
    return f"postgresql://postgres@/{database}?host={socket}&port=5432&hostaddr=&options="


def command(folder: Path) -> list[str]:
    """Return the command that runs the folder's server, reached by a socket of ours alone."""
    socket = str(socket_folder(folder)).replace('"', '""')
    return [
        *(str(programs() / "postgres"), "-D", str(folder.resolve())),
        *("-c", "listen_addresses=", "-c", "port=5432", "-c", "unix_socket_permissions=0700"),
        *("-c", f'unix_socket_directories="{socket}"'),
    ]


def start(
    folder: Path,
    *,
    options: Sequence[str] = (),
    patience: float = 60,
    given_up: Callable[[], bool] = lambda: False,
) -> subprocess.Popen[bytes]:
    """Stop what was left behind, run the server, and return when its database answers.

    Processes of a postmaster that was killed may hold its memory for a moment: then it is tried
    again for `patience` seconds. Once `given_up()` is true the server is stopped and refused.
    """
    deadline = time.monotonic() + patience
    while True:
        clear(folder)
        server = _launch(folder, options)
        try:
            wait_ready(folder, server, patience=patience, given_up=given_up)
            _create_database(folder)
        except BaseException as error:
            stop(server)
            held = "still in use" in str(error) or "lock file" in str(error)
            if not isinstance(error, DatabaseCannotStart) or not held or given_up():
                raise
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return server


def wait_ready(
    folder: Path,
    server: subprocess.Popen[bytes],
    *,
    patience: float = 60,
    given_up: Callable[[], bool] = lambda: False,
) -> None:
    """Connect until it works; refuse when the server ended or was silent for `patience` seconds.

    Recovery after a crash may take minutes: a server that says so is not silent.
    """
    heard = time.monotonic()
    while True:
        try:
            psycopg.connect(url(folder, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "the database system is" in str(error):  # … starting up, in recovery mode
                heard = time.monotonic()
        else:
            return
        silent = time.monotonic() - heard > patience
        if silent or given_up() or server.poll() is not None:
            said = folder.with_name(f"{folder.name}.log")
            words = said.read_text(errors="replace").strip().splitlines()[-4:]
            raise DatabaseCannotStart(
                f"PostgreSQL on {folder} {'does not answer' if silent else 'has ended'}. "
                f"It said: {' '.join(words) or 'nothing'} (in {said} and {folder / 'log'})."
            )
        time.sleep(0.05)


def stop(server: subprocess.Popen[bytes], *, patience: float = 60) -> None:
    """Stop the server: in order, then at once, then by force."""
    for how, seconds in ((signal.SIGINT, patience), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        server.send_signal(how)
        with suppress(subprocess.TimeoutExpired):
            server.wait(seconds)
            return


@contextmanager
def running(folder: Path, *, options: Sequence[str] = ()) -> Generator[str]:
    """Run the folder's server, made where absent, and give the URL of its database."""
    prepare(folder)
    server = start(folder, options=options)
    try:
        yield url(folder)
    finally:
        stop(server)


@contextmanager
def temporary() -> Generator[str]:
    """Run a new server, which forgets in a crash, and give the URL of `postgres`; for tests."""
    _sweep()
    place = Path(tempfile.mkdtemp(prefix=f"{_TEMPORARY}{os.getpid()}-"))
    try:
        place.chmod(0o755)
        fast = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
        options = [part for setting in fast for part in ("-c", setting)]
        prepare(place / "postgres", durable=False)
        with running(place / "postgres", options=options):
            yield url(place / "postgres", "postgres")
    finally:
        shutil.rmtree(place)


def _sweep() -> None:
    """Stop and delete what tests that were killed left behind; others may sweep meanwhile."""
    for place in Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}*"):
        maker = place.name.removeprefix(_TEMPORARY).partition("-")[0]
        with suppress(FileNotFoundError):
            ours = place.lstat().st_uid == os.geteuid()
            if ours and maker.isdigit() and not psutil.pid_exists(int(maker)):
                clear(place / "postgres")
                shutil.rmtree(place, ignore_errors=True)


def _launch(folder: Path, options: Sequence[str]) -> subprocess.Popen[bytes]:
    """Run the server; what it says before it opens its own log lies beside the folder."""
    with folder.with_name(f"{folder.name}.log").open("wb") as said:
        return subprocess.Popen(  # noqa: S603 - our own program
            [*command(folder), *options],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd="/",
            env=environment(),
            start_new_session=True,
            **identity(),
        )


def _create_database(folder: Path) -> None:
    """Make our database where there is none yet."""
    with psycopg.connect(url(folder, "postgres"), autocommit=True) as conn:
        known = conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
