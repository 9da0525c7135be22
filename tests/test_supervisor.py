import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from rubrica import embedded

SERVE = """
import os, sys
from pathlib import Path
from rubrica import supervisor
from rubrica.errors import Refused
from rubrica.settings import Settings

scripts = Path(sys.argv[1])
settings = Settings(data_dir=scripts / "data", port=int(sys.argv[2]), database_url=sys.argv[3])
try:
    code = supervisor.serve(
        settings,
        web=[sys.executable, str(scripts / "web.py")],
        worker=[sys.executable, str(scripts / "worker.py")],
        first=lambda settings, url: [f"the first key for {url}"],
    )
except Refused as refused:
    sys.exit(f"{refused.code}: {refused.detail}")
sys.exit(code)
"""
WEB = """
import http.server, os, socket, sys
from rubrica import lifeline

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())

lifeline.follow_parent()
server = http.server.HTTPServer(("", 0), Answer, bind_and_activate=False)
server.socket.close()
server.socket = socket.socket(fileno=int(sys.argv[sys.argv.index("--fd") + 1]))
server.serve_forever()
"""
WORKER = """
import os, pathlib, signal, subprocess, time
from rubrica import lifeline

lifeline.follow_parent()
if os.environ.get("STUBBORN"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
helper = subprocess.Popen(["sleep", "1000"])
place = pathlib.Path(os.environ["RUBRICA_DATA_DIR"])
note = f"{os.getpid()} {helper.pid} {os.environ['RUBRICA_DATABASE_URL']}"
(place / "worker.draft").write_text(note)
(place / "worker.draft").rename(place / "worker")
time.sleep(1000)
"""
NOWHERE = "postgresql://192.0.2.1/none"
"""A database that nothing here connects to: PostgreSQL is then not started."""


class Service:
    """`serve` in a process of its own, with stand-ins for the web process and the worker."""

    def __init__(self, place: Path, port: int, database_url: str = "", **environment: str) -> None:
        self.place = place
        self.port = port
        self.said = place / f"said-{time.monotonic_ns()}"
        self.worker_note.unlink(missing_ok=True)
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(place), str(port), database_url],
                env=os.environ | environment,
                stdout=said,
                stderr=said,
            )

    @property
    def worker_note(self) -> Path:
        return self.place / "data" / "worker"

    @property
    def words(self) -> str:
        return self.said.read_text()

    def is_ready(self) -> bool:
        return "Rubrica listens on" in self.words and self.worker_note.exists()

    def worker(self) -> tuple[int, int, str]:
        """The process ids of the worker and its own child, and the database it was given."""
        own, helper, url = self.worker_note.read_text().split(" ")
        return int(own), int(helper), url

    def web(self) -> int:
        """The process id of whoever answers."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
        return int(answer.split(b"\r\n\r\n")[1])

    def family(self, name: str = "") -> list[psutil.Process]:
        """All that it started, or those of one name; what ends while we look is left out."""
        found: list[psutil.Process] = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if name in ("", process.name()):
                    found.append(process)
        return found

    def ask_to_stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)


Starter = Callable[..., Service]


@pytest.fixture
def start() -> Generator[Starter]:
    """A starter of services on one data directory and port, all stopped afterwards."""
    place = Path(tempfile.mkdtemp(prefix="rubrica-supervisor-"))
    place.chmod(0o755)
    (place / "web.py").write_text(WEB)
    (place / "worker.py").write_text(WORKER)
    started: list[Service] = []
    port = free_port()

    def start(*, port: int = port, database_url: str = "", **environment: str) -> Service:
        started.append(Service(place, port, database_url, **environment))
        return started[-1]

    yield start
    for service in started:
        with suppress(subprocess.TimeoutExpired):
            service.ask_to_stop()
        service.process.kill()
        service.process.wait()
    embedded.clear(place / "data" / "postgres")
    shutil.rmtree(place)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def eventually(what: Callable[[], bool], service: Service | None = None) -> None:
    deadline = time.monotonic() + 30
    while True:
        with suppress(OSError, ValueError, IndexError, psycopg.OperationalError):
            if what():
                return
        words = service.words if service else ""
        assert time.monotonic() < deadline, words
        assert service is None or service.process.poll() is None, words
        time.sleep(0.02)


def gone(processes: list[psutil.Process]) -> bool:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                return False
    return True


def test_everything_runs_survives_and_stops(start: Starter) -> None:
    service = start(PGPORT="1", PGHOSTADDR="192.0.2.1")
    eventually(service.is_ready, service)
    assert f"Rubrica listens on http://127.0.0.1:{service.port}" in service.words
    worker, _, url = service.worker()
    assert f"the first key for {url}\n" in service.words
    with psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE kept ()")

    head = next(p for p in psutil.Process(service.process.pid).children() if p.name() == "postgres")
    web = service.web()
    head.kill()
    head.wait(10)

    def answers() -> bool:
        with psycopg.connect(url) as conn:
            return conn.execute("SELECT to_regclass('kept')").fetchone() == ("kept",)

    eventually(answers, service)
    assert service.web() == web
    assert service.worker()[0] == worker

    family = service.family()
    assert service.family("postgres")
    assert service.family("sleep")
    assert service.ask_to_stop(signal.SIGINT) == 0
    assert gone(family)
    assert service.words.count("Rubrica listens on") == 1
    assert "database system is shut down" in log_of(service)


def log_of(service: Service) -> str:
    logs = (service.place / "data" / "postgres" / "log").iterdir()
    return "".join(log.read_text() for log in logs)


def test_a_killed_supervisor_takes_its_children_along_and_can_be_started_again(
    start: Starter,
) -> None:
    killed = start()
    eventually(killed.is_ready, killed)
    worker, helper, url = killed.worker()
    servers = killed.family("postgres")
    ours = [psutil.Process(number) for number in (worker, helper, killed.web())]
    killed.process.kill()
    killed.process.wait()
    eventually(lambda: gone(ours))

    service = start()
    eventually(service.is_ready, service)
    assert service.worker()[2] == url
    assert gone(servers)
    assert service.ask_to_stop() == 0


def test_a_killed_child_is_started_again_without_what_it_had_started(start: Starter) -> None:
    service = start(database_url=NOWHERE)
    eventually(service.is_ready, service)
    web, (worker, helper, url) = service.web(), service.worker()
    assert url == NOWHERE
    orphan = psutil.Process(helper)
    os.kill(web, signal.SIGKILL)
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: service.web() != web, service)
    eventually(lambda: service.worker()[0] != worker, service)
    eventually(lambda: gone([orphan]))
    assert service.ask_to_stop() == 0
    assert len(re.findall(r"starting again.*SIGKILL", service.words)) == 2


def test_a_second_supervisor_is_refused(start: Starter) -> None:
    service = start(database_url=NOWHERE)
    eventually(service.is_ready, service)
    web = service.web()
    second = start(database_url=NOWHERE)
    assert second.process.wait(30) == 1
    assert second.words.startswith("already_serving:")
    assert str(service.process.pid) in second.words
    assert service.web() == web


def test_an_address_that_is_taken_is_refused(start: Starter) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        service = start(port=port, database_url=NOWHERE)
        assert service.process.wait(30) == 1
    assert service.words.startswith("address_in_use:")
    assert str(port) in service.words


def test_a_second_ctrl_c_does_not_wait(start: Starter) -> None:
    service = start(database_url=NOWHERE, STUBBORN="yes")
    eventually(service.is_ready, service)
    family, web = service.family(), psutil.Process(service.web())
    service.process.send_signal(signal.SIGINT)
    eventually(lambda: gone([web]))
    assert service.process.poll() is None
    assert service.ask_to_stop(signal.SIGINT) == 130
    assert gone(family)


def test_a_database_that_cannot_start_is_refused(start: Starter) -> None:
    service = start(database_url=NOWHERE)
    eventually(service.is_ready, service)
    assert service.ask_to_stop() == 0
    folder = service.place / "data" / "postgres"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("17\n")
    if os.geteuid() == 0:
        shutil.chown(folder, "embedded_postgres")
    refused = start()
    assert refused.process.wait(30) == 1
    assert "database_of_other_version:" in refused.words
