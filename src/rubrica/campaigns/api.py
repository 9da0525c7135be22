"""Campaigns over HTTP."""

from typing import Any

from litestar import Request, Response, Router, delete, get, post, put
from litestar.openapi import ResponseSpec

from rubrica import accounts, audit
from rubrica.accounts import Caller, needs
from rubrica.campaigns import queries, recipients, service
from rubrica.campaigns.model import (
    ENDED,
    Campaign,
    CampaignChange,
    CampaignGoal,
    CampaignQuery,
    Confirmation,
    NewCampaign,
    Recipient,
    RecipientQuery,
    Settlement,
    TestWish,
)
from rubrica.db import Database, Tx
from rubrica.paging import Page
from rubrica.settings import Settings
from rubrica.web.queries import documents, read_query
from rubrica.web.waiting import seconds_to_wait, until_ended

READ, WRITE = [needs("campaigns:read")], [needs("campaigns:write")]
DONE = {200: ResponseSpec(Campaign)}


@post("/campaigns", guards=WRITE, once=True)
async def create(data: NewCampaign, db: Database, caller: Caller) -> Campaign:
    """Make a campaign: a draft, until it is confirmed."""
    async with db.transaction() as tx:
        timezone = await _timezone(tx, caller.account)
        made = await service.create(tx, caller.account, timezone, data, f"key {caller.name}")
        await audit.record(tx, caller, "campaign.created", campaign=made.id)
    return made


@get("/campaigns", guards=READ, operation_class=documents(CampaignQuery))
async def index(request: Request[Any, Any, Any], db: Database, caller: Caller) -> Page[Campaign]:
    """Find campaigns, newest first."""
    query = read_query(request, CampaignQuery)
    async with db.read() as tx:
        return await queries.find(tx, caller.account, query)


@get("/campaigns/{campaign_id:int}", guards=READ)
async def show(campaign_id: int, db: Database, caller: Caller) -> Campaign:
    """Show one campaign, and how far it is."""
    async with db.read() as tx:
        return await service.get(tx, caller.account, campaign_id)


@put("/campaigns/{campaign_id:int}", guards=WRITE)
async def change(
    campaign_id: int, data: CampaignChange, db: Database, config: Settings, caller: Caller
) -> Campaign:
    """Change the fields that are present, of a campaign that has not begun."""
    async with db.transaction() as tx:
        changed = await service.change(
            tx, config, caller.account, caller.default_country, campaign_id, data
        )
        await audit.record(tx, caller, "campaign.changed", campaign=campaign_id)
    return changed


@delete("/campaigns/{campaign_id:int}", guards=WRITE)
async def remove(campaign_id: int, db: Database, caller: Caller) -> None:
    """Delete a campaign that has not begun."""
    async with db.transaction() as tx:
        await service.delete(tx, caller.account, campaign_id)
        await audit.record(tx, caller, "campaign.deleted", campaign=campaign_id)


@post("/campaigns/{campaign_id:int}/calculateGoal", status_code=200, guards=READ, unaudited=True)
async def calculate_goal(campaign_id: int, db: Database, caller: Caller) -> CampaignGoal:
    """Count whom the campaign would reach if it went out now, and why not the others."""
    async with db.snapshot() as tx:
        return await service.goal(tx, caller.account, caller.default_country, campaign_id)


@put("/campaigns/{campaign_id:int}/confirm", status_code=202, guards=WRITE, responses=DONE)
async def confirm(
    request: Request[Any, Any, Any],
    campaign_id: int,
    db: Database,
    config: Settings,
    caller: Caller,
    data: Confirmation | None = None,
) -> Response[Campaign]:
    """Have a campaign go out, now or at its date: 202, or 200 where `Prefer: wait` saw its end."""
    expected = data.expected_count if data else None
    async with db.transaction() as tx:
        confirmed = await service.confirm(
            tx, config, caller.account, caller.default_country, campaign_id, expected
        )
        await audit.record(tx, caller, "campaign.confirmed", campaign=campaign_id)
    return await _awaited(request, confirmed, db, caller)


@post("/campaigns/{campaign_id:int}/test", status_code=202, guards=WRITE, responses=DONE, once=True)
async def test(
    request: Request[Any, Any, Any],
    campaign_id: int,
    data: TestWish,
    db: Database,
    config: Settings,
    caller: Caller,
) -> Response[Campaign]:
    """Send a campaign to a test list, at once, as a campaign of its own, which is answered."""
    async with db.transaction() as tx:
        made = await service.test(
            tx,
            config,
            caller.account,
            caller.default_country,
            campaign_id,
            data.list_id,
            f"key {caller.name}",
        )
        await audit.record(tx, caller, "campaign.tested", campaign=campaign_id, test=made.id)
    return await _awaited(request, made, db, caller)


@post("/campaigns/{campaign_id:int}/pause", status_code=200, guards=WRITE, once=True)
async def pause(campaign_id: int, db: Database, caller: Caller) -> Campaign:
    """Have nothing more go out; what is on its way is still answered."""
    async with db.transaction() as tx:
        paused = await service.pause(tx, caller.account, campaign_id)
        await audit.record(tx, caller, "campaign.paused", campaign=campaign_id)
    return paused


@post("/campaigns/{campaign_id:int}/resume", status_code=200, guards=WRITE, once=True)
async def resume(campaign_id: int, db: Database, caller: Caller) -> Campaign:
    """Go on with a paused campaign."""
    async with db.transaction() as tx:
        resumed = await service.resume(tx, caller.account, campaign_id)
        await audit.record(tx, caller, "campaign.resumed", campaign=campaign_id)
    return resumed


@post("/campaigns/{campaign_id:int}/cancel", status_code=200, guards=WRITE, once=True)
async def cancel(campaign_id: int, db: Database, caller: Caller) -> Campaign:
    """End a campaign: who was not sent to will not be."""
    async with db.transaction() as tx:
        cancelled = await service.cancel(tx, caller.account, campaign_id)
        await audit.record(tx, caller, "campaign.cancelled", campaign=campaign_id)
    return cancelled


@get(
    "/campaigns/{campaign_id:int}/recipients",
    guards=READ,
    operation_class=documents(RecipientQuery),
)
async def recipient_list(
    request: Request[Any, Any, Any], campaign_id: int, db: Database, caller: Caller
) -> Page[Recipient]:
    """List the frozen audience, and what became of everybody in it."""
    query = read_query(request, RecipientQuery)
    async with db.read() as tx:
        await service.get(tx, caller.account, campaign_id)
        return await recipients.find(tx, caller.account, campaign_id, query)


@post(
    "/campaigns/{campaign_id:int}/recipients/{recipient_id:int}/settle",
    status_code=200,
    guards=WRITE,
    once=True,
)
async def settle(
    campaign_id: int, recipient_id: int, data: Settlement, db: Database, caller: Caller
) -> Recipient:
    """Write what a person found out of a message whose answer was lost."""
    async with db.transaction() as tx:
        settled = await service.settle(tx, caller.account, campaign_id, recipient_id, data)
        await audit.record(
            tx,
            caller,
            "campaign.settled",
            campaign=campaign_id,
            recipient=recipient_id,
            status=data.status,
        )
    return settled


async def _timezone(tx: Tx, account: int) -> str:
    found = await accounts.account_by_id(tx, account)
    return found.timezone if found else "UTC"


async def _awaited(
    request: Request[Any, Any, Any], found: Campaign, db: Database, caller: Caller
) -> Response[Campaign]:
    async def look() -> Campaign:
        async with db.read() as tx:
            return await service.get(tx, caller.account, found.id)

    seen, status = await until_ended(found, seconds_to_wait(request), look, ENDED)
    return Response(seen, status_code=status)


router = Router(
    "/",
    route_handlers=[
        create,
        index,
        show,
        change,
        remove,
        calculate_goal,
        confirm,
        test,
        pause,
        resume,
        cancel,
        recipient_list,
        settle,
    ],
    tags=["Campaigns"],
)
