"""Runs on a database of their own, with several connections: snapshots, deaths, waiting."""

import asyncio
import resource
import tempfile
import threading

import psycopg
import pytest
from litestar.testing import AsyncTestClient
from psycopg import OperationalError

from rubrica.accounts import queries as accounts
from rubrica.app import build_app
from rubrica.db import Database
from rubrica.exports import copying, files, jobs, queries, service
from rubrica.exports.model import ContactsExport
from rubrica.jobs import TRANSIENT
from rubrica.storage import Kept, Storage
from tests.conftest import an_account

ROWS = 60_000


@pytest.fixture(scope="module")
def filled_url(make_database):
    url = make_database("exports")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO contacts (account_id, phone_number, phone_key, is_valid, company)"
            " SELECT 1, n, n, true, repeat('x', 500)"
            "   FROM (SELECT '+39347' || to_char(i, 'FM0000000') AS n"
            "           FROM generate_series(1, %s) AS i) AS numbers",
            (ROWS,),
        )
    return url


@pytest.fixture
async def real(filled_url):
    db = Database(filled_url, size=5)
    await db.open()
    yield db
    await db.close()


@pytest.fixture
async def account(real):
    """The account that has the contacts, and a key to it."""
    async with real.transaction() as tx:
        there = await accounts.account_by_name(tx, "crowd")
        if there is None:
            await an_account(tx, "crowd")
            there = await accounts.account_by_name(tx, "crowd")
        assert there is not None
        assert there.id == 1
        return 1


@pytest.fixture
async def started(real, account, request):
    """The id of an export, as CSV unless the test names a format."""
    wish = ContactsExport(format=getattr(request, "param", "CSV"))
    async with real.transaction() as tx:
        return await service.start(tx, account, None, wish, "a test", jobs.run)


async def shown(db, id):
    async with db.read() as tx:
        return await service.get(tx, 1, id)


async def test_a_file_is_of_one_moment_whatever_is_written_meanwhile(real, account):
    told = []
    async with real.snapshot() as tx:
        plan = await service.plan(
            tx, account, None, ContactsExport(columns=["phoneNumber", "company"])
        )
        blocks = copying.write(tx, plan, told.append)
        first = await anext(blocks)
        async with real.transaction() as writer:
            await writer.run("UPDATE contacts SET notes = 'new', phone_number = '+39' || id")
        rest = [block async for block in blocks]
        late = await tx.value("SELECT count(*) FROM contacts WHERE notes = 'new'")
    async with real.transaction() as writer:
        await writer.run("UPDATE contacts SET phone_number = phone_key")

    lines = b"".join([first, *rest]).decode().splitlines()
    assert lines[1:] == [f'"+39347{number:07}","{"x" * 500}"' for number in range(1, ROWS + 1)]
    assert (told[-1], late) == (ROWS, 0)
    assert rest


@pytest.mark.parametrize("started", files.FORMATS, indirect=True)
async def test_a_run_whose_connection_dies_is_tried_again(real, storage, started, monkeypatch):
    monkeypatch.setattr(service, "TOLD_SECONDS", 0.01)
    running = asyncio.create_task(service.run(real, storage, 1, started, 1))
    async with real.session() as tx:
        while not await tx.value(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'COPY (SELECT%%'"
            " AND state = 'active' AND pid <> pg_backend_pid()"
        ):
            assert not running.done()
    with pytest.raises(TRANSIENT) as broken:
        await running
    assert isinstance(broken.value, OperationalError)
    assert (await shown(real, started)).status == "RUNNING"

    await service.run(real, storage, 1, started, 1)
    done = await shown(real, started)
    assert (done.status, done.row_count) == ("COMPLETED", ROWS)


@pytest.mark.parametrize("started", ["CSV", "XLSX"], indirect=True)
async def test_a_run_that_is_broken_off_leaves_nothing_behind(
    real, storage, started, monkeypatch, tmp_path
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    running = asyncio.create_task(service.run(real, storage, 1, started, 1))
    async with real.session() as tx:
        while not await tx.value(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'COPY (SELECT%%'"
            " AND state = 'active' AND pid <> pg_backend_pid()"
        ):
            assert not running.done()
    running.cancel()
    async with asyncio.timeout(60):
        with pytest.raises(asyncio.CancelledError):
            await running

    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
    assert (await shown(real, started)).status == "RUNNING"
    await service.run(real, storage, 1, started, 1)
    assert (await shown(real, started)).row_count == ROWS


async def test_only_the_latest_attempt_at_a_run_counts(real, storage, started):
    async with real.transaction() as tx:
        assert await queries.begin(tx, 1, started, 1, "exports/1/lost.csv")
    await service.run(real, storage, 1, started, 1)
    before = await shown(real, started)

    async with real.transaction() as tx:
        lost = await queries.complete(tx, 1, started, "exports/1/lost.csv", Kept(1, "0"), 1)
        await queries.fail(tx, 1, started, "exports/1/lost.csv", {"code": "x", "message": "y"})

    assert not lost
    assert await shown(real, started) == before
    async with real.read() as tx:
        left = {each.id: each.old_keys for each in await queries.left_over(tx)}
    assert left[started] == ["exports/1/lost.csv"]
    await service.expire(real, storage)
    async with real.read() as tx:
        assert await queries.left_over(tx) == []


async def test_a_storage_that_takes_nothing_makes_the_run_fail(real, started, tmp_path):
    (tmp_path / "exports").write_text("in the way of the folder")

    await service.run(real, Storage(str(tmp_path)), 1, started, 1)

    failed = await shown(real, started)
    assert failed.status == "FAILED"
    assert failed.error
    assert failed.error["code"] == "internal_error"
    assert not failed.is_available_for_download


async def test_a_storage_that_is_full_makes_the_run_fail(real, storage, started, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024 * 1024, before[1]))
    try:
        async with asyncio.timeout(60):
            await service.run(real, storage, 1, started, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert (await shown(real, started)).status == "FAILED"
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
    async with real.transaction() as tx:
        await service.again(tx, 1, None, started, jobs.run)
    await service.run(real, storage, 1, started, 2)
    assert (await shown(real, started)).row_count == ROWS


async def test_an_export_tells_how_far_it_is(real, storage, started, monkeypatch):
    monkeypatch.setattr(service, "TOLD_SECONDS", 0.01)
    running = asyncio.create_task(service.run(real, storage, 1, started, 1))
    seen = set()
    while not running.done():
        found = await shown(real, started)
        if found.status == "RUNNING":
            seen.add(found.progress.processed_rows)
        await asyncio.sleep(0)
    await running
    assert any(0 < rows < ROWS for rows in seen)


@pytest.fixture
def worker(filled_url, storage):
    """A thread that runs what is waiting, once it is started."""
    over = threading.Event()

    async def work():
        db = Database(filled_url, size=2)
        await db.open()
        while not over.is_set():
            async with db.read() as tx:
                waiting = await tx.all(
                    lambda account_id, export_id, run: (account_id, export_id, run),
                    "SELECT account_id, id AS export_id, run FROM exports"
                    " WHERE status = 'PENDING' AND account_id <> 1",
                )
            for each in waiting:
                await service.run(db, storage, *each)
            await asyncio.sleep(0.05)
        await db.close()

    thread = threading.Thread(target=lambda: asyncio.run(work()))
    yield thread
    over.set()
    thread.join()


async def test_who_waits_gets_the_finished_export(real, filled_url, storage, config, worker):
    async with real.transaction() as tx:
        key = await an_account(tx, "waiting")
    app = build_app(config, Database(filled_url, size=2), storage)

    async with AsyncTestClient(app) as client:
        client.headers["X-API-Key"] = key
        path = "/api/v1/exports/contacts"
        late = await client.post(path, headers={"Prefer": "wait=1"})
        worker.start()
        done = await client.post(path, headers={"Prefer": "wait=30"})
        again = await client.post(
            f"/api/v1/exports/{done.json()['id']}", headers={"Prefer": "wait=30"}
        )

    assert (late.status_code, late.json()["status"]) == (202, "PENDING")
    assert (done.status_code, done.json()["status"]) == (200, "COMPLETED")
    assert (again.status_code, again.json()["status"], again.json()["run"]) == (200, "COMPLETED", 2)
