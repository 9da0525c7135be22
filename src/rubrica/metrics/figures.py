"""What is asked of the database at each scrape; where it does not answer, only that is told."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from rubrica.db import Database, Tx
from rubrica.metrics import queries
from rubrica.metrics.queries import Count

SECONDS = 5
"""How long the database may take."""
FIGURES: dict[str, tuple[str, tuple[str, ...], Callable[[Tx], Awaitable[list[Count]]]]] = {
    "rubrica_jobs": ("Jobs that wait or run.", ("job", "state"), queries.jobs),
    "rubrica_workers": ("Workers, by their heartbeat.", ("state",), queries.workers),
    "rubrica_imports": ("Imports.", ("status",), queries.imports),
    "rubrica_exports": ("Exports.", ("status",), queries.exports),
    "rubrica_operations": ("Bulk operations.", ("status",), queries.operations),
    "rubrica_database_connections": (
        "Connections to the database, whosever.",
        ("state",),
        queries.connections,
    ),
}
log = structlog.get_logger()


class _Figures(Collector):
    """Figures that are there already."""

    def __init__(self, found: dict[str, list[Count]] | None) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """Yield each figure with its labels."""
        up = 0 if self._found is None else 1
        yield GaugeMetricFamily("rubrica_database_up", "Whether the database answers.", value=up)
        for name, counts in (self._found or {}).items():
            text, labels, _ = FIGURES[name]
            family = GaugeMetricFamily(name, text, labels=labels)
            for values, count in counts:
                family.add_metric(values, count)
            yield family


async def asked(db: Database) -> CollectorRegistry:
    """Ask the database for every figure."""
    found: dict[str, list[Count]] | None = None
    try:
        async with asyncio.timeout(SECONDS), db.read() as tx:
            found = {name: await ask(tx) for name, (_, _, ask) in FIGURES.items()}
    except Exception as error:  # noqa: BLE001 - that it does not answer is the answer
        log.warning("no figures from the database", error=str(error))
    registry = CollectorRegistry()
    registry.register(_Figures(found))
    return registry
