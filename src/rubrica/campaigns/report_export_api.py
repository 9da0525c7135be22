"""Exports of delivery reports over HTTP; what becomes of them is told by `/exports`."""

from typing import Any

from litestar import Request, Response, Router, post
from litestar.openapi import ResponseSpec

from rubrica import exports
from rubrica.accounts import Caller, needs
from rubrica.campaigns.report_export import DeliveryReportsExport
from rubrica.db import Database
from rubrica.exports import Export
from rubrica.settings import Settings


@post(
    "/exports/delivery-reports",
    status_code=202,
    guards=[needs("exports:write"), needs("campaigns:read")],
    responses={200: ResponseSpec(Export)},
    once=True,
)
async def start(
    request: Request[Any, Any, Any],
    data: DeliveryReportsExport,
    db: Database,
    config: Settings,
    caller: Caller,
) -> Response[Export]:
    """Export delivery reports: 202 with the export, or 200 where `Prefer: wait` saw its end."""
    about = {} if data.campaign_id is None else {"campaign": data.campaign_id}
    return await exports.begin(request, data, db, config, caller, **about)


router = Router("/", route_handlers=[start], tags=["Exports"])
