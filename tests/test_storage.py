"""Stored files: whose eyes they are for, and that none is left behind."""

import asyncio
import os
from datetime import timedelta

import pytest

from rubrica import worker
from rubrica.imports import service
from rubrica.storage import Storage

CSV = b"Nome,Telefono\nAda,347 1234567\n"


async def blocks(content=CSV):
    yield content


@pytest.fixture
def files(config):
    """The names of stored files."""
    folder = config.data_dir / "files"
    return lambda: {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    }


def make_old(config):
    """Let everything stored have been there for three days."""
    for path in (config.data_dir / "files").rglob("*"):
        past = path.stat().st_mtime - timedelta(days=3).total_seconds()
        os.utime(path, (past, past))


async def uploaded(api):
    answer = await api.post("/contacts/upload", files={"file": ("a.csv", CSV)})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_stored_files_are_for_nobody_else(storage, config):
    before = os.umask(0o022)
    try:
        await storage.put("uploads/1/abc", blocks())
        await storage.check()
    finally:
        os.umask(before)
    modes = {
        path.relative_to(config.data_dir).as_posix(): oct(path.stat().st_mode & 0o777)
        for path in config.data_dir.rglob("*")
    }
    assert modes == {
        "files": "0o700", "files/check": "0o700", "files/uploads": "0o700",
        "files/uploads/1": "0o700", "files/uploads/1/abc": "0o600",
    }  # fmt: skip


async def test_a_file_that_no_upload_names_is_deleted_once_it_is_old(
    api, db, storage, config, files
):
    waiting = await uploaded(api)
    for key in ("uploads/1/lost", "uploads/9/lost", "exports/1/1", "secret"):
        await storage.put(key, blocks())
    (config.data_dir / "files/uploads/1/cut#1").write_bytes(CSV)
    (config.data_dir / "files/uploads/1/odd#name").write_bytes(CSV)
    before = files()

    await service.sweep(db, storage)
    assert files() == before

    make_old(config)
    await storage.put("uploads/1/new", blocks())
    await service.sweep(db, storage)
    (kept,) = [key for key in before if key.endswith(waiting["uploadId"])]
    assert files() == {kept, "uploads/1/new", "exports/1/1", "secret"}


async def test_a_file_is_kept_until_its_import_has_ended(api, db, storage, config, files, tx):
    seen = await uploaded(api)
    wish = {"uploadId": seen["uploadId"], "mapping": seen["mapping"]}
    assert (await api.post("/contacts/mapped/file", json=wish)).status_code == 202
    await tx.run("DELETE FROM uploads")
    make_old(config)

    await service.sweep(db, storage)
    assert len(files()) == 1
    await tx.run("UPDATE imports SET started_at = now(), finished_at = now(), status = 'COMPLETED'")
    await service.sweep(db, storage)
    assert files() == set()


async def test_old_files_of_a_bucket_are_found_too():
    storage = Storage("memory:///")
    for key in ("uploads/1/a", "uploads/2/b", "exports/1/1"):
        await storage.put(key, blocks())
    found = [key async for keys in storage.old("uploads", timedelta(0)) for key in keys]
    assert sorted(found) == ["uploads/1/a", "uploads/2/b"]
    assert [keys async for keys in storage.old("uploads", timedelta(days=1)) if keys] == []


async def test_a_file_that_has_gone_already_is_no_error(storage):
    await storage.put("uploads/1/a", blocks())
    await storage.delete("uploads/1/a")
    await storage.delete("uploads/1/a")
    await storage.delete("uploads/7/never")


async def test_a_worker_sweeps_by_itself(db, storage, config, files):
    await storage.put("uploads/1/lost", blocks())
    make_old(config)
    working = asyncio.create_task(worker.tidy(db, storage))
    try:
        async with asyncio.timeout(30):
            while files():  # noqa: ASYNC110 - the worker says nothing
                await asyncio.sleep(0.01)
    finally:
        working.cancel()
        await asyncio.wait([working])
