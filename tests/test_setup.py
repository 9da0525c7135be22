import asyncio
import stat
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from rubrica.accounts import model, queries
from rubrica.db import Database
from rubrica.settings import BadSetting, Settings
from rubrica.setup import first_start


@pytest.fixture
def url(make_database, request):
    return make_database(f"setup_{request.node.name[-20:]}")


def accounts_in(url: str) -> list[str]:
    with psycopg.connect(url) as conn:
        return [name for (name,) in conn.execute("SELECT name FROM accounts ORDER BY id")]


def test_the_first_start_makes_an_account_and_a_key_that_opens_it(url, tmp_path):
    config = Settings(data_dir=tmp_path / "data", port=8123)
    lines = first_start(config, url)

    file = tmp_path / "data" / "api-key"
    key = file.read_text().strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [line.strip() for line in lines].count(key) == 1
    assert "http://127.0.0.1:8123/api/v1/contacts" in lines[-2]
    assert accounts_in(url) == ["default"]

    async def opened():
        place, secret = model.read_key(key)
        async with Database(url).fresh() as tx:
            door = await queries.door(tx, *place)
        return model.same(secret, door.secret_hash), door.scopes, door.per_minute

    assert asyncio.run(opened()) == (True, ["admin"], model.PER_MINUTE)


def test_the_next_start_changes_nothing(url, tmp_path):
    config = Settings(data_dir=tmp_path)
    first_start(config, url)
    before = [(tmp_path / name).read_text() for name in ("api-key", "secret")]
    assert first_start(config, url) == []
    assert [(tmp_path / name).read_text() for name in ("api-key", "secret")] == before
    assert accounts_in(url) == ["default"]


def test_of_many_first_starts_at_once_one_makes_the_account(url, tmp_path):
    with ThreadPoolExecutor(6) as threads:
        said = list(threads.map(lambda _: first_start(Settings(data_dir=tmp_path), url), range(6)))
    assert sorted(bool(lines) for lines in said) == [False] * 5 + [True]
    assert accounts_in(url) == ["default"]
    key = (tmp_path / "api-key").read_text().strip()
    assert any(key in line for lines in said for line in lines)


def test_a_key_that_cannot_be_kept_is_not_made(url, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadSetting, match=r"RUBRICA_DATA_DIR: .* cannot be written"):
        first_start(Settings(data_dir=tmp_path / "file" / "data"), url)
    assert accounts_in(url) == []
    assert first_start(Settings(data_dir=tmp_path / "data"), url)
