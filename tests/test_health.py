"""Whether the service says truly that it is alive and ready."""

import shutil

import pytest
from litestar.testing import AsyncTestClient

from rubrica.app import build_app
from rubrica.db import Database


async def test_a_living_service_is_healthy_without_its_database(config, storage):
    db = Database("postgresql://127.0.0.1:1/nothing?connect_timeout=1", size=1)
    async with AsyncTestClient(build_app(config, db, storage)) as client:
        answer = await client.get("/health")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_service_with_all_its_parts_is_ready(root):
    answer = await root.get("/ready")
    assert answer.status_code == 200, answer.text
    parts = ("database", "migrations", "queue", "storage")
    assert answer.json() == {"status": "ready", "parts": dict.fromkeys(parts, "ok")}


async def test_a_migration_that_is_missing_is_named(root, tx):
    await tx.run("DELETE FROM migrations WHERE name = '0004_lists.sql'")

    answer = await root.get("/ready")

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_ready"
    parts = answer.json()["parts"]
    assert "0004_lists.sql" in parts.pop("migrations")
    assert set(parts.values()) == {"ok"}


async def test_a_missing_queue_is_told(root, tx):
    await tx.run("ALTER TABLE procrastinate_jobs RENAME TO elsewhere")

    answer = await root.get("/ready")

    assert answer.status_code == 503
    assert answer.json()["parts"]["queue"] == "UndefinedTable"
    assert answer.json()["parts"]["storage"] == "ok"


async def test_a_storage_that_cannot_be_written_is_told(root, config):
    folder = config.data_dir / "files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("a file where the folder was")

    answer = await root.get("/ready")

    assert answer.status_code == 503
    assert answer.json()["parts"]["storage"] != "ok"
    assert answer.json()["parts"]["database"] == "ok"


@pytest.mark.parametrize("path", ["/health", "/ready"])
async def test_what_watches_the_service_needs_no_key(root, path):
    answer = await root.get(path, headers={"X-API-Key": "wrong"})
    assert answer.status_code == 200
