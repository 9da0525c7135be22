"""Lists' work for later."""

from rubrica.db import Database
from rubrica.jobs import job
from rubrica.lists import service
from rubrica.operations import carry_out


@job("lists.add")
async def add(db: Database, account: int, operation: int) -> None:
    """Put the contacts of an operation into its lists."""
    await carry_out(db, account, operation, service.add)


@job("lists.remove")
async def remove(db: Database, account: int, operation: int) -> None:
    """Take the contacts of an operation out of its lists."""
    await carry_out(db, account, operation, service.remove)
