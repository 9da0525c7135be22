"""Requests, counted where they are answered.

Several web processes share the port, and a scrape reaches any of them. Each therefore writes its
counts to files that all read: prometheus-client's multiprocess mode, which the supervisor turns on
by `PROMETHEUS_MULTIPROC_DIR`. Without it the process counts for itself.
"""

import os
import re
import time
from functools import lru_cache
from pathlib import Path

import psutil
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import (
    MultiProcessCollector,
    mark_process_dead,  # pyright: ignore[reportUnknownVariableType]
)

from rubrica.db import Database

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
UNMATCHED = "none"
"""The route of a request that met none: any path may be asked for, and would be a series."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LIVING = re.compile(r"gauge_live\w*_(\d+)\.db").fullmatch
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
KEPT = CollectorRegistry()
REQUESTS = Counter(
    "rubrica_requests",
    "Requests that were answered.",
    ["method", "route", "status"],
    registry=KEPT,
)
DURATION = Histogram(
    "rubrica_request_seconds",
    "Seconds until an answer began.",
    ["method", "route"],
    buckets=SECONDS,
    registry=KEPT,
)
IN_FLIGHT = Gauge(
    "rubrica_requests_in_flight",
    "Requests that are not answered to their end yet.",
    multiprocess_mode="livesum",
    registry=KEPT,
)
POOL = Gauge(
    "rubrica_pool_connections",
    "Connections to PostgreSQL in the pools of the web processes, as each saw at its last request.",
    ["state"],
    multiprocess_mode="livesum",
    registry=KEPT,
)
WAITING = Gauge(
    "rubrica_pool_requests_waiting",
    "Requests that wait for a connection, as each web process saw at its last request.",
    multiprocess_mode="livesum",
    registry=KEPT,
)


def counting(app: ASGIApp) -> ASGIApp:
    """Wrap the application: how many requests are in flight, and since when each."""

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        scope["state"]["since"] = time.perf_counter()
        database: Database = scope["litestar_app"].state.db
        note_pool(database.stats())
        IN_FLIGHT.inc()
        try:
            await app(scope, receive, send)
        finally:
            IN_FLIGHT.dec()

    return counted


def note_pool(stats: dict[str, int]) -> None:
    """Keep what the pool of this process says of itself."""
    idle = stats.get("pool_available", 0)
    POOL.labels("idle").set(idle)
    POOL.labels("used").set(stats.get("pool_size", 0) - idle)
    WAITING.set(stats.get("requests_waiting", 0))


async def count_answer(message: Message, scope: Scope) -> None:
    """Count an answer as it begins, whoever gives it: also what met no route."""
    if message["type"] != "http.response.start" or scope["type"] != "http":
        return
    method = scope["method"] if scope["method"] in METHODS else "OTHER"
    since: float | None = scope["state"].get("since")
    path: str | None = scope.get("path_template")  # pyright: ignore[reportUnknownMemberType]
    route = UNMATCHED if since is None or path is None else template(path)
    REQUESTS.labels(method, route, str(message["status"])).inc()
    if since is not None:
        DURATION.labels(method, route).observe(time.perf_counter() - since)


@lru_cache(maxsize=1000)
def template(path: str) -> str:
    """Return a route as the API's documentation writes it: `/contacts/{contact_id}`."""
    return re.sub(r":\w+}", "}", path)


def gathered() -> CollectorRegistry:
    """Return what this process counted, or all do where they share a folder."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return KEPT
    for file in Path(folder).iterdir():
        living = LIVING(file.name)
        if living and not psutil.pid_exists(int(living[1])):
            mark_process_dead(int(living[1]), folder)
    together = CollectorRegistry()
    MultiProcessCollector(together, folder)
    return together
