"""Bulk operations over HTTP."""

from litestar import Router, get, post

from rubrica import audit
from rubrica.accounts import Caller
from rubrica.db import Database
from rubrica.operations import queries, service
from rubrica.operations.model import NoSuchOperation, Operation, OperationEnded


@get("/{operation_id:int}")
async def show(operation_id: int, db: Database, caller: Caller) -> Operation:
    """Show how far a bulk operation is."""
    async with db.read() as tx:
        found = await queries.by_id(tx, caller.account, operation_id)
    if found is None:
        raise NoSuchOperation
    caller.require(found.scope("read"))
    return found


@post("/{operation_id:int}/cancel", status_code=200)
async def cancel(operation_id: int, db: Database, caller: Caller) -> Operation:
    """Stop a bulk operation after the running step; what is done stays done."""
    async with db.transaction() as tx:
        before = await queries.by_id(tx, caller.account, operation_id)
        if before is None:
            raise NoSuchOperation
        caller.require(before.scope("write"))
        if before.finished_at is not None:
            raise OperationEnded(f"The operation has ended: {before.status}.")
        after = await service.cancel(tx, caller.account, operation_id)
        await audit.record(tx, caller, "operation.cancelled", operation=operation_id)
    assert after is not None
    return after


router = Router("/operations", route_handlers=[show, cancel], tags=["Operations"])
