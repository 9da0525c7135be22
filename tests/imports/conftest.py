import itertools

import pytest
from litestar.testing import AsyncTestClient

from rubrica import wiring
from rubrica.app import build_app
from rubrica.db import Database
from rubrica.imports import loading
from rubrica.settings import Settings
from rubrica.storage import open_storage

serial = itertools.count()


@pytest.fixture
def run(db, storage, tx):
    """Load an import, as the worker would."""

    async def run(id):
        account = await tx.value("SELECT account_id FROM imports WHERE id = %(id)s", id=id)
        await loading.load(db, storage, account, id)

    return run


@pytest.fixture
def take_in(api, run):
    """Upload a file and confirm it as suggested; return the upload, the import and its ledger."""

    async def take_in(content, name="people.csv", path="file", **wish):
        upload = "/contacts/upload" if path == "file" else f"/contacts/upload/{path}"
        answer = await api.post(upload, files={"file": (name, content)})
        assert answer.status_code == 200, answer.text
        seen = answer.json()
        suggested = {} if path == "vcard" else {"mapping": seen["mapping"]}
        answer = await api.post(
            f"/contacts/mapped/{path}", json={"uploadId": seen["uploadId"]} | suggested | wish
        )
        assert answer.status_code == 202, answer.text
        id = answer.json()["id"]
        await run(id)
        done = (await api.get(f"/imports/{id}")).json()
        assert done["status"] == "COMPLETED", done
        rows = await api.get(f"/imports/{id}/rows", params={"limit": 1000})
        return seen, done, rows.json()["content"]

    return take_in


@pytest.fixture(scope="module")
async def database(make_database):
    db = Database(make_database(f"model_{next(serial)}"))
    await db.open()
    yield db
    await db.close()


@pytest.fixture(scope="module")
def stored_in(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    config = Settings(data_dir=folder, database_url="postgresql:///unused", secret="secret")
    wiring.wire(config)
    return config, open_storage(config)


@pytest.fixture(scope="module")
async def client(database, stored_in):
    app = build_app(stored_in[0], Lent(database), stored_in[1])
    async with AsyncTestClient(app) as client:
        client.base_url = client.base_url.join("/api/v1")
        yield client


class Lent(Database):
    """A database that somebody else opens and closes."""

    def __init__(self, db):
        self.url, self._pool = db.url, db._pool

    async def open(self): ...

    async def close(self): ...
