import copy
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from litestar import Litestar
from litestar.testing import AsyncTestClient
from msgspec.structs import replace
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from rubrica import embedded, wiring
from rubrica.accounts import service as accounts
from rubrica.accounts.model import KeyWish
from rubrica.app import build_app
from rubrica.db import Database, Tx, migrate
from rubrica.embedded.place import identity
from rubrica.settings import Settings
from rubrica.storage import Storage, open_storage

GIVEN = "RUBRICA_TEST_DATABASE_URL"

# No test is timed: a busy machine is no defect.
settings.register_profile("rubrica", deadline=None)
settings.load_profile("rubrica")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Make the user that stands in for root before several processes would at once."""
    with suppress(embedded.DatabaseCannotStart):  # who needs them will say so
        identity()


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL to make databases on: the one given, or an embedded one of our own."""
    given = os.environ.get(GIVEN)
    if given:
        yield given
        return
    with embedded.temporary() as url:
        yield url


@pytest.fixture(scope="session")
def make_database(server_url):
    """Make databases that are gone after the session: copies of one that is migrated once.

    They are numbered, since a module that is shared by two workers may come back to one of them.
    """
    made: list[str] = []

    def create(name: str, template: str) -> str:
        whole = f"rubrica_test_{os.getpid()}_{len(made)}_{name}"
        with psycopg.connect(server_url, autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{whole}" TEMPLATE "{template}" ENCODING \'UTF8\'')
        made.append(whole)
        return make_conninfo(server_url, dbname=whole)

    def make(name: str) -> str:
        if not made:
            migrate(create("template", "template0"))
        return create(name, made[0])

    yield make
    if not os.environ.get(GIVEN):  # they go with the server
        return
    with psycopg.connect(server_url, autocommit=True) as admin:
        for name in made:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def database_url(make_database) -> str:
    return make_database("main")


@pytest.fixture(scope="session")
async def connection(database_url):
    async with await AsyncConnection.connect(database_url, autocommit=True) as conn:
        yield conn


@pytest.fixture
async def tx(connection) -> AsyncIterator[Tx]:
    async with connection.transaction(force_rollback=True):
        yield Tx(connection)


class OneTransaction(Database):
    """A Database whose every transaction is a savepoint in the test's own."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    def stats(self):
        return {}

    @asynccontextmanager
    async def transaction(self):
        async with self._tx.conn.transaction():
            yield self._tx

    session = read = snapshot = transaction


@pytest.fixture
def db(tx):
    return OneTransaction(tx)


@pytest.fixture
def config(tmp_path) -> Settings:
    return Settings(data_dir=tmp_path, database_url="postgresql:///unused", secret="secret")


@pytest.fixture
def storage(config):
    return open_storage(config)


async def an_account(tx: Tx, name: str, country: str | None = "IT") -> str:
    """Make an account; return a key that may do everything, without limits."""
    account = await accounts.create_account(tx, name, country)
    wish = KeyWish(name=f"{name}'s key", scopes=["admin"], rate_limit=None)
    return (await accounts.create_key(tx, account, wish)).key


@pytest.fixture
async def key(tx) -> str:
    return await an_account(tx, "acme")


@pytest.fixture(scope="session")
def application():
    """Give the application of some settings, working with what the test at hand lends it.

    To put it together takes longer than most tests: it is done once for settings that are alike.
    """
    built: dict[Settings, tuple[Litestar, Database, Storage]] = {}

    def application(config: Settings, db: OneTransaction, storage: Storage) -> Litestar:
        alike = replace(config, data_dir=Path("nowhere"))
        if alike not in built:
            lent = copy.copy(db), copy.copy(storage)
            built[alike] = build_app(alike, *lent), *lent
        app, its_db, its_storage = built[alike]
        its_db.__dict__, its_storage.__dict__ = vars(db), vars(storage)
        wiring.wire(config)
        return app

    return application


@pytest.fixture
async def root(config, db, storage, application):
    """A client at the root, without a key."""
    async with AsyncTestClient(application(config, db, storage)) as client:
        yield client


@pytest.fixture
async def api(root, key):
    """A client below the prefix, with the first account's key."""
    root.base_url = root.base_url.join("/api/v1")
    root.headers["X-API-Key"] = key
    return root


@pytest.fixture
async def other(root, api, tx):
    """Headers of another account's key."""
    return {"X-API-Key": await an_account(tx, "other")}
