"""Imports' work for later."""

from rubrica.db import Database
from rubrica.imports import loading, service, undoing
from rubrica.jobs import job
from rubrica.storage import Storage


@job("imports.load")
async def load(db: Database, storage: Storage, account: int, import_id: int) -> None:
    """Carry an import to its end."""
    await loading.load(db, storage, account, import_id)


@job("imports.undo")
async def undo(db: Database, account: int, import_id: int) -> None:
    """Take an import back."""
    await undoing.undo(db, account, import_id)


@job("imports.analyse")
async def analyse(db: Database, storage: Storage, account: int, upload: str) -> None:
    """Read an uploaded file to its end."""
    await service.analyse_whole(db, storage, account, upload)
