"""Statistics of campaigns over HTTP."""

from typing import Any

from litestar import Request, Router, get

from rubrica.accounts import Caller, needs
from rubrica.campaigns import stats
from rubrica.campaigns.stats import CampaignStatsQuery, Stats, StatsQuery
from rubrica.db import Database
from rubrica.web.queries import documents, read_query

READ = [needs("campaigns:read")]


@get(
    "/campaigns/{campaign_id:int}/stats",
    guards=READ,
    operation_class=documents(CampaignStatsQuery),
)
async def of_one(
    request: Request[Any, Any, Any], campaign_id: int, db: Database, caller: Caller
) -> Stats:
    """Tell how the messages of a campaign fared, in all and over time."""
    query = read_query(request, CampaignStatsQuery)
    async with db.snapshot() as tx:
        return await stats.of_campaign(tx, caller.account, campaign_id, query)


@get("/campaigns/stats", guards=READ, operation_class=documents(StatsQuery))
async def of_all(request: Request[Any, Any, Any], db: Database, caller: Caller) -> Stats:
    """Tell how the messages of all campaigns fared, without tests."""
    query = read_query(request, StatsQuery)
    async with db.snapshot() as tx:
        return await stats.of_all(tx, caller.account, query)


router = Router("/", route_handlers=[of_one, of_all], tags=["Campaigns"])
