"""Exports' work for later."""

from rubrica.db import Database
from rubrica.exports import service
from rubrica.jobs import job
from rubrica.storage import Storage


@job("exports.run")
async def run(db: Database, storage: Storage, account: int, export_id: int, run: int) -> None:
    """Write the file of one run of an export."""
    await service.run(db, storage, account, export_id, run)
