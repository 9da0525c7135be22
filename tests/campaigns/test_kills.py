"""Kill anything at any moment while a campaign goes out over SMPP, to a centre that misbehaves."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.test_kills import service

PEOPLE = """
    INSERT INTO contacts (account_id, phone_number, phone_key, phone_type, country_code, first_name,
                          is_valid)
    SELECT a.id, n.number, n.number, 'MOBILE', 'IT', 'Name' || n.n, true
      FROM accounts a,
           (SELECT n, '+39347' || lpad(n::text, 7, '0') AS number
              FROM generate_series(1, %s) AS n) AS n
"""
MEMBERS = "INSERT INTO list_members SELECT account_id, %s, id FROM contacts"


@contextmanager
def centre(record: Path):
    """Run a message centre in a process of its own; yield its port."""
    command = ["-m", "tests.transports.smpp.peer", "--record", str(record), "--receipts"]
    with subprocess.Popen(
        [sys.executable, *command, "--chaos", "7"], stdout=subprocess.PIPE, text=True
    ) as peer:
        assert peer.stdout is not None
        yield int(peer.stdout.readline().rpartition(" ")[2])
        peer.terminate()


def survives(people: int, kills: int, pause: float, tmp_path: Path) -> None:
    record = tmp_path / "taken"
    chance = random.Random(3)
    victims = ["worker", "postgres", "web"] * kills
    with centre(record) as port, service(RUBRICA_WORKER_PROCESSES="2") as running:
        clients = running.call("POST", "/contacts/list", json={"name": "Clients"})["id"]
        with psycopg.connect(running.url) as conn:
            conn.execute(PEOPLE, (people,))
            conn.execute(MEMBERS, (clients,))
        settings = {"host": "127.0.0.1", "port": port, "systemId": "rubrica", "password": "x"}
        settings |= {"defaultSender": "Rubrica", "window": 50, "responseTimeoutSeconds": 5}
        way = {"channel": "SMS", "kind": "SMPP", "settings": settings}
        running.call("POST", "/transports", json=way)
        wish = {"name": "x", "sendingMode": "SMS", "body": "Hi {{firstName}}"}
        wish |= {"contactListIds": [clients]}
        id = running.call("POST", "/campaigns", json=wish)["id"]
        running.call("PUT", f"/campaigns/{id}/confirm", json={"expectedCount": people})
        running.wait(lambda: record.exists() and record.stat().st_size > 0, 60)
        done = 0
        for victim in victims[:kills]:
            time.sleep(chance.uniform(0, pause))
            if running.call("GET", f"/campaigns/{id}")["finishedAt"]:
                break
            running.kill(victim)
            done += 1
        running.wait(lambda: running.call("GET", f"/campaigns/{id}")["finishedAt"], 900)
        assert done == kills, "the campaign ended before it was disturbed"
        told = running.call("GET", f"/campaigns/{id}")
        with psycopg.connect(running.url) as conn:
            fates = dict(
                conn.execute(
                    "SELECT address, status FROM campaign_recipients WHERE campaign_id = %s", (id,)
                ).fetchall()
            )
            texts = dict(conn.execute("SELECT phone_number, first_name FROM contacts").fetchall())
    taken = [json.loads(line) for line in record.read_text().splitlines()]
    numbers = Counter("+" + each["to"] for each in taken)
    assert [number for number, times in numbers.items() if times > 1] == [], "sent twice"
    assert all(each["text"] == f"Hi {texts['+' + each['to']]}" for each in taken)
    assert told["status"] == "COMPLETED"
    assert len(fates) == people
    fate = Counter(fates.values())
    assert set(fate) <= {"SENT", "DELIVERED", "UNKNOWN"}, fate
    # Nobody is forgotten: who is not UNKNOWN was taken, and who was taken is not thought unsent.
    assert {number for number, status in fates.items() if status != "UNKNOWN"} <= set(numbers)
    totals = {name: n for name, n in told["totals"].items() if n and name != "recipients"}
    assert sum(totals.values()) == told["totals"]["recipients"] == people
    assert fate["UNKNOWN"] < people / 2


def test_a_campaign_survives_kills_of_worker_postgres_and_web(tmp_path):
    survives(people=6_000, kills=3, pause=0.7, tmp_path=tmp_path)


@pytest.mark.long
def test_a_campaign_to_100_000_survives_twenty_kills(tmp_path):
    survives(people=100_000, kills=20, pause=4, tmp_path=tmp_path)
