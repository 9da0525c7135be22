"""Contacts' work for later."""

from rubrica.contacts import service
from rubrica.db import Database
from rubrica.jobs import job
from rubrica.operations import carry_out


@job("contacts.remove")
async def remove(db: Database, account: int, operation: int) -> None:
    """Delete the contacts of an operation."""
    await carry_out(db, account, operation, service.remove)
