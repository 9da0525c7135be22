"""Figures for Prometheus, in its own text format."""

import asyncio
import os
import subprocess
import sys

import httpx
import pytest
from litestar.testing import AsyncTestClient
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from rubrica.app import build_app
from rubrica.db import Database
from rubrica.metrics import figures
from rubrica.settings import BadSetting, read
from tests.contacts.people import made, refused
from tests.imports.test_imports import CSV
from tests.test_kills import service


def samples(text):
    """Return every sample by its name and labels."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(found, name, **labels):
    return found.get((name, *sorted(labels.items())), 0)


async def scraped(client):
    answer = await client.get("http://testserver.local/metrics", headers={"X-API-Key": ""})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return samples(answer.text)


async def test_requests_are_counted_by_route_method_and_status(api):
    before = await scraped(api)
    there = (await made(api, email="a@example.com"))["id"]
    for id in (there, there, 999999):
        await api.get(f"/contacts/{id}")
    await api.get("/contacts", headers={"X-API-Key": "wrong"})
    for n in range(3):
        await api.get(f"/no/such/path/{n}")
    await api.request("PURGE", "/contacts")

    after = await scraped(api)

    def grown(name, **labels):
        return of(after, name, **labels) - of(before, name, **labels)

    one = {"method": "GET", "route": "/api/v1/contacts/{contact_id}"}
    assert grown("rubrica_requests_total", status="200", **one) == 2
    assert grown("rubrica_requests_total", status="404", **one) == 1
    assert grown("rubrica_request_seconds_count", **one) == 3
    assert grown("rubrica_request_seconds_bucket", le="+Inf", **one) == 3
    every = {"route": "/api/v1/contacts"}
    assert grown("rubrica_requests_total", method="POST", status="201", **every) == 1
    assert grown("rubrica_requests_total", method="GET", status="401", **every) == 1
    none = {"route": "none", "status": "404"}
    assert grown("rubrica_requests_total", method="GET", **none) == 3
    routes = {value for key in after for label, value in key[1:] if label == "route"}
    assert not any(part.isdigit() for route in routes for part in route.split("/"))
    methods = {value for key in after for label, value in key[1:] if label == "method"}
    assert methods <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"}
    async with asyncio.timeout(60):  # whatever else is still being answered comes to its end
        while of(await scraped(api), "rubrica_requests_in_flight") != 1:  # this one
            pass


async def test_work_is_counted_by_what_it_is_and_how_far(api, tx):
    upload = (await api.post("/contacts/upload", files={"file": ("a.csv", CSV)})).json()
    wish = {"uploadId": upload["uploadId"], "mapping": upload["mapping"]}
    await api.post("/contacts/mapped/file", json=wish)
    for _ in range(2):
        await api.post("/exports/contacts", json={})
    await tx.run("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = 'imports.load'")
    await tx.run("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    await tx.run("INSERT INTO procrastinate_workers VALUES (DEFAULT, now() - interval '1 hour')")

    found = await scraped(api)

    assert of(found, "rubrica_database_up") == 1
    assert of(found, "rubrica_imports", status="PENDING") == 1
    assert of(found, "rubrica_exports", status="PENDING") == 2
    assert of(found, "rubrica_jobs", job="imports.load", state="running") == 1
    assert of(found, "rubrica_jobs", job="exports.run", state="waiting") == 2
    assert of(found, "rubrica_workers", state="alive") == 1
    assert of(found, "rubrica_workers", state="silent") == 1
    assert of(found, "rubrica_database_connections", state="active") >= 1


async def test_without_its_database_a_process_still_counts(config, storage, monkeypatch):
    monkeypatch.setattr(figures, "SECONDS", 0.1)
    db = Database("postgresql://127.0.0.1:1/nothing?connect_timeout=1", size=1)
    async with AsyncTestClient(build_app(config, db, storage)) as client:
        await client.get("/health")
        found = await scraped(client)
    assert of(found, "rubrica_database_up") == 0
    labels = {"method": "GET", "route": "/health", "status": "200"}
    assert of(found, "rubrica_requests_total", **labels) >= 1


@pytest.mark.parametrize(
    ("networks", "client", "status"),
    [
        ("", "203.0.113.5", 200),
        ("10.0.0.0/8, ::1", "10.1.2.3", 200),
        ("10.0.0.0/8", "11.1.1.1", 403),
    ],
)
async def test_metrics_are_for_the_networks_that_are_named(
    config, db, storage, networks, client, status
):
    app = build_app(replace(config, metrics_from=networks), db, storage)
    there = httpx.ASGITransport(app=app, client=(client, 1))
    async with app.lifespan(), httpx.AsyncClient(transport=there, base_url="http://t") as asking:
        answer = await asking.get("/metrics")
    assert answer.status_code == status
    if status == 403:
        await refused(answer, 403, "address_not_allowed")


def test_a_network_that_is_none_is_refused_at_the_start():
    with pytest.raises(BadSetting, match="RUBRICA_METRICS_FROM"):
        read({"RUBRICA_METRICS_FROM": "10.0.0.0/8,here"})


ONE_PROCESS = """
from rubrica.metrics.requests import IN_FLIGHT, REQUESTS
REQUESTS.labels("GET", "/health", "200").inc()
IN_FLIGHT.inc()
"""
ALL = """
from prometheus_client import generate_latest
from rubrica.metrics.requests import gathered
print(generate_latest(gathered()).decode())
"""


def test_processes_count_together_and_the_dead_have_nothing_in_flight(tmp_path):
    def run(script):
        environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        return subprocess.check_output([sys.executable, "-c", script], env=environment, text=True)

    for _ in range(2):
        run(ONE_PROCESS)

    found = samples(run(ALL))

    labels = {"method": "GET", "route": "/health", "status": "200"}
    assert of(found, "rubrica_requests_total", **labels) == 2
    assert of(found, "rubrica_requests_in_flight") == 0


def test_a_whole_service_tells_its_figures():
    with service() as running:

        def found_now():
            return samples(running.http.get("/metrics").text)

        running.call("GET", "/contacts")
        running.wait(lambda: of(found_now(), "rubrica_workers", state="alive"), 30)
        found = found_now()
        folder = running.data / "metrics"
        assert any(folder.iterdir())
        # Whatever else is still being answered comes to its end: then a scrape finds itself alone.
        running.wait(lambda: of(found_now(), "rubrica_requests_in_flight") == 1, 60)
    assert of(found, "rubrica_workers", state="alive") == 1
    labels = {"method": "GET", "route": "/api/v1/contacts", "status": "200"}
    assert of(found, "rubrica_requests_total", **labels) >= 1
