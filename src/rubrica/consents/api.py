"""Suppressions over HTTP."""

from typing import Any

from litestar import Request, Response, Router, delete, get, post
from litestar.openapi import ResponseSpec

from rubrica import audit
from rubrica.accounts import Caller, needs
from rubrica.consents import service
from rubrica.consents.model import Suppression, SuppressionBody, SuppressionQuery
from rubrica.db import Database
from rubrica.paging import Page
from rubrica.web.queries import documents, read_query

READ, WRITE = [needs("contacts:read")], [needs("contacts:write")]


@get("/suppressions", guards=READ, operation_class=documents(SuppressionQuery))
async def index(request: Request[Any, Any, Any], db: Database, caller: Caller) -> Page[Suppression]:
    """List the addresses that are not written to, newest first."""
    query = read_query(request, SuppressionQuery)
    async with db.read() as tx:
        return await service.find(tx, caller.account, caller.default_country, query)


@post("/suppressions", guards=WRITE, responses={200: ResponseSpec(Suppression)}, once=True)
async def create(data: SuppressionBody, db: Database, caller: Caller) -> Response[Suppression]:
    """Suppress an address: 201, or 200 with the suppression that is there already."""
    async with db.transaction() as tx:
        made, new = await service.suppress(tx, caller.account, caller.default_country, data)
        await audit.record(tx, caller, "suppression.created", suppression=made.id)
    return Response(made, status_code=201 if new else 200)


@delete("/suppressions/{suppression_id:int}", guards=WRITE)
async def remove(suppression_id: int, db: Database, caller: Caller) -> None:
    """End a suppression: of its address nothing is known any more."""
    async with db.transaction() as tx:
        await service.end(tx, caller.account, suppression_id)
        await audit.record(tx, caller, "suppression.deleted", suppression=suppression_id)


router = Router("/", route_handlers=[index, create, remove], tags=["Suppressions"])
