"""`/metrics`, at the root and without a key: for everybody, or for the networks that are named."""

from typing import Any

from litestar import Request, Response, Router, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from rubrica.db import Database
from rubrica.errors import Forbidden
from rubrica.metrics import figures, requests
from rubrica.settings import Settings
from rubrica.web.networks import among


class MetricsNotForYou(Forbidden):
    """The metrics may not be read from this address."""

    code = "address_not_allowed"


@get("/metrics", include_in_schema=False)
async def metrics(
    request: Request[Any, Any, Any], db: Database, config: Settings
) -> Response[bytes]:
    """Show the figures in the text format of Prometheus."""
    networks = [part.strip() for part in config.metrics_from.split(",") if part.strip()]
    if networks and not among(request.client and request.client.host, networks):
        raise MetricsNotForYou
    text = generate_latest(requests.gathered()) + generate_latest(await figures.asked(db))
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


router = Router("/", route_handlers=[metrics])
