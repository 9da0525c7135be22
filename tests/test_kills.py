"""Kill anything at any moment: an import ends as if nothing had happened."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from bench import people
from rubrica import embedded

CONTACTS = """
    SELECT external_id, phone_number, phone_key, phone_type, country_code, email, first_name,
           last_name, gender, birth_date, company, language, is_valid
      FROM contacts ORDER BY phone_key NULLS FIRST, email
"""
COUNTS = """
    SELECT (SELECT count(*) FROM contacts),
           (SELECT sum(delta)::bigint FROM contact_count_deltas),
           (SELECT count(*) FROM list_members),
           (SELECT sum(delta)::bigint FROM list_count_deltas),
           (SELECT count(*) FROM import_rows)
"""


class Service:
    """A whole installation, started as a user would."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data = folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.log = (folder / "log").open("w")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("RUBRICA_", "PG"))}
        self._start = lambda: subprocess.Popen(
            [Path(sys.executable).with_name("rubrica"), "serve"],
            env=kept | {"RUBRICA_DATA_DIR": str(self.data), "RUBRICA_PORT": str(port)} | settings,
            stdout=subprocess.DEVNULL,
            stderr=self.log,
        )
        self.process = self._start()
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)
        self.wait(lambda: self.http.get("/api/v1/account").status_code == 401, 60)
        self.http.headers["X-API-Key"] = (self.data / "api-key").read_text().strip()
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute("UPDATE api_keys SET per_minute = NULL, per_second = NULL")

    @property
    def url(self) -> str:
        return embedded.url(self.data / "postgres")

    def wait(self, happened, seconds: float) -> None:
        until = time.monotonic() + seconds
        while True:
            try:
                if happened():
                    return
            except (httpx.HTTPError, psycopg.OperationalError, KeyError):
                pass
            assert time.monotonic() < until, (self.data.parent / "log").read_text()[-3000:]
            time.sleep(0.05)

    def call(self, method: str, path: str, **what):
        """Ask until there is an answer, as a client does while a server restarts."""
        found = {}

        def answered() -> bool:
            answer = self.http.request(method, f"/api/v1{path}", **what)
            found["answer"] = answer
            return answer.status_code != 503

        self.wait(answered, 60)
        answer = found["answer"]
        assert answer.status_code < 300, answer.text
        return answer.json()

    def start_import(self, file: Path) -> int:
        made = self.call("POST", "/contacts/list", json={"name": "All"})
        with file.open("rb") as opened:
            seen = self.call(
                "POST", "/contacts/upload", files={"file": opened}, data={"defaultCountry": "IT"}
            )
        wish = {
            "uploadId": seen["uploadId"],
            "mapping": seen["mapping"],
            "listIds": [made["id"]],
        }
        return self.call("POST", "/contacts/mapped/file", json=wish)["id"]

    def ended(self, id: int, seconds: float) -> dict:
        self.wait(lambda: self.call("GET", f"/imports/{id}")["finishedAt"], seconds)
        return self.call("GET", f"/imports/{id}")

    def kill(self, what: str) -> None:
        """Kill -9 the worker, the web process or the postmaster."""
        for child in psutil.Process(self.process.pid).children():
            line = " ".join(child.cmdline())
            if {"worker": "rubrica.worker", "web": "rubrica.app", "postgres": "bin/postgres"}[
                what
            ] in line:
                child.send_signal(signal.SIGKILL)

    def state(self) -> tuple:
        with psycopg.connect(self.url) as conn:
            return conn.execute(CONTACTS).fetchall(), conn.execute(COUNTS).fetchone()

    def restart(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0
        self.process = self._start()

    def stop(self) -> None:
        self.http.close()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0
        self.log.close()


@contextmanager
def service(**settings: str):
    folder = Path(tempfile.mkdtemp(prefix="rubrica-kills-"))
    folder.chmod(0o755)
    running = Service(folder, **settings)
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder)


def survives(rows: int, kills: int, least: int, pause: float, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    with file.open("w", newline="") as opened:
        expected = people.write(opened, rows, seed=11)
    with service() as calm:
        summary = calm.ended(calm.start_import(file), 600)["summary"]
        wanted = calm.state()
    assert summary["created"] == expected.created
    assert summary["rejected"] == expected.rejected
    assert summary["duplicates"] == expected.duplicates
    chance = random.Random(5)
    victims = ["worker", "postgres", "web"] * kills
    with service() as troubled:
        id = troubled.start_import(file)
        done = 0
        for victim in victims[:kills]:
            time.sleep(chance.uniform(0, pause))
            if troubled.call("GET", f"/imports/{id}")["finishedAt"]:
                break
            troubled.kill(victim)
            done += 1
        troubled.restart()
        ended = troubled.ended(id, 900)
        assert ended["status"] == "COMPLETED", ended
        assert done >= least, "the import ended before it was disturbed"
        assert ended["summary"] == summary
        assert troubled.state() == wanted


def test_an_import_survives_kills_of_worker_postgres_and_web(tmp_path):
    survives(rows=30_000, kills=3, least=2, pause=0.4, tmp_path=tmp_path)


@pytest.mark.long
def test_a_long_import_survives_twenty_kills(tmp_path):
    survives(rows=1_000_000, kills=20, least=20, pause=4, tmp_path=tmp_path)
