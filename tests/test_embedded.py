import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from rubrica import embedded
from rubrica.embedded import DatabaseCannotStart, DatabaseOfOtherVersion

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")


@contextmanager
def open_folder() -> Generator[Path]:
    """A folder that the user who stands in for root may enter; pytest's own are private."""
    folder = Path(tempfile.mkdtemp(prefix="rubrica-embedded-"))
    folder.chmod(0o755)
    yield folder
    embedded.clear(folder / "postgres")
    shutil.rmtree(folder)


@pytest.fixture
def place() -> Generator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def made() -> Generator[Path]:
    """A cluster made once, for those who only start it."""
    with open_folder() as folder:
        embedded.prepare(folder / "postgres", durable=False)
        yield folder / "postgres"


def someone_elses(place: Path, name: str, text: str) -> Path:
    """A folder in the place of a cluster, ours by owner, with one file in it."""
    folder = place / "postgres"
    folder.mkdir()
    (folder / name).write_text(text)
    if os.geteuid() == 0:
        shutil.chown(folder, "embedded_postgres")
    return folder


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute(question.encode()).fetchone()
    return row and row[0]


def write(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(statement.encode())


def servers(folder: Path) -> list[psutil.Process]:
    place = str(folder.resolve())
    return [p for p in psutil.process_iter(["cmdline"]) if place in (p.info["cmdline"] or [])]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_cluster_answers_on_a_private_socket_only(place: Path) -> None:
    folder = place / "postgres"
    with embedded.running(folder) as url:
        assert ask(url, "SELECT current_database()") == "rubrica"
        assert ask(url, "SHOW server_encoding") == "UTF8"
        assert ask(url, "SHOW listen_addresses") == ""
        assert ask(url, "SHOW data_checksums") == "on"
        assert ask(url, "SHOW max_wal_size") == "4GB"
        for safety in ("fsync", "full_page_writes", "synchronous_commit"):
            assert ask(url, f"SHOW {safety}") == "on"
        assert mode(folder) == 0o700
    assert servers(folder) == []


def test_search_by_similarity_sees_letters_beyond_ascii(made: Path) -> None:
    with embedded.running(made) as url:
        write(url, "CREATE EXTENSION pg_trgm")
        assert ask(url, "SELECT similarity('Иван', 'Иванов') > 0.4") is True
        assert ask(url, "SELECT lower('ÀÉÑ')") == "àéñ"


def test_what_was_committed_survives_the_kill_of_the_server(made: Path) -> None:
    folder = made
    server = embedded.start(folder)
    write(embedded.url(folder), "CREATE TABLE kept AS SELECT * FROM generate_series(1, 1000) AS n")
    busy = psycopg.connect(embedded.url(folder), autocommit=True)
    orphan = psutil.Process(busy.info.backend_pid)
    os.kill(orphan.pid, signal.SIGSTOP)  # it cannot notice that its postmaster is gone
    server.kill()
    server.wait()
    assert orphan.is_running()
    again = embedded.start(folder)
    busy.close()
    assert ask(embedded.url(folder), "SELECT count(*) FROM kept") == 1000
    embedded.stop(again)
    assert servers(folder) == []


def test_a_server_left_over_is_stopped_first(made: Path) -> None:
    folder = made
    left = embedded.start(folder)
    server = embedded.start(folder)
    assert left.wait(10) == 0
    assert server.poll() is None
    embedded.stop(server)


def test_a_cluster_of_another_version_is_refused(place: Path) -> None:
    folder = someone_elses(place, "PG_VERSION", "17\n")
    with pytest.raises(DatabaseOfOtherVersion, match="pg_dump 17") as refused:
        embedded.prepare(folder)
    assert str(folder) in refused.value.detail


def test_a_folder_of_something_else_is_refused_and_left_alone(place: Path) -> None:
    folder = someone_elses(place, "thesis.txt", "mine")
    with pytest.raises(DatabaseCannotStart, match="Move it away"):
        embedded.prepare(folder)
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_a_cluster_half_made_is_made_anew(place: Path) -> None:
    draft = place / ".postgres.draft"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    embedded.prepare(place / "postgres", durable=False)
    with embedded.running(place / "postgres") as url:
        assert ask(url, "SELECT 1") == 1
    assert not draft.exists()


def test_a_long_path_gets_a_short_private_socket_that_stays(place: Path) -> None:
    folder = place / ("a folder, with a comma and " + "many letters " * 9) / "postgres"
    embedded.prepare(folder, durable=False)
    with embedded.running(folder) as url:
        assert ask(url, "SELECT 1") == 1
    socket = Path(folder.with_name("postgres.socket").read_text().strip())
    assert mode(socket) == 0o700
    assert embedded.url(folder) == url
    socket.rmdir()
    with embedded.running(folder) as other:
        assert other != url
        assert ask(other, "SELECT 1") == 1
    Path(folder.with_name("postgres.socket").read_text().strip()).rmdir()


def test_variables_for_other_servers_do_not_matter(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {
        "PGHOST": "nowhere.invalid",
        "PGHOSTADDR": "192.0.2.1",
        "PGPORT": "1",
        "PGUSER": "nobody",
        "PGDATABASE": "nothing",
        "PGOPTIONS": "-c nonsense=1",
        "PGDATA": "/nowhere",
    }.items():
        monkeypatch.setenv(name, text)
    with embedded.running(made) as url:
        assert ask(url, "SELECT current_user || '@' || current_database()") == "postgres@rubrica"


def test_folders_that_were_there_keep_their_modes(place: Path) -> None:
    (place / "outer").mkdir()
    (place / "outer").chmod(0o2711)
    before = {path: mode(path) for path in (place / "outer", place, *place.parents)}
    embedded.prepare(place / "outer" / "new" / "postgres", durable=False)
    assert {path: mode(path) for path in before} == before
    assert mode(place / "outer" / "new") == (0o755 if os.geteuid() == 0 else 0o700)


@as_root
def test_a_folder_that_only_root_may_enter_is_refused_and_stays_closed(place: Path) -> None:
    private = place / "private"
    private.mkdir(mode=0o700)
    with pytest.raises(DatabaseCannotStart, match="RUBRICA_DATABASE_URL") as refused:
        embedded.prepare(private / "rubrica" / "postgres")
    assert str(private) in refused.value.detail
    assert mode(private) == 0o700


@as_root
def test_a_cluster_of_another_user_is_refused(place: Path) -> None:
    folder = place / "postgres"
    folder.mkdir()
    os.chown(folder, 4711, -1)
    with pytest.raises(DatabaseCannotStart, match="4711"):
        embedded.prepare(folder)


def test_a_server_that_ends_at_once_is_refused_with_its_own_words(made: Path) -> None:
    with pytest.raises(DatabaseCannotStart, match="shared_bufers"):
        embedded.start(made, options=["-c", "shared_bufers=1"])


def test_a_temporary_server_leaves_nothing() -> None:
    with embedded.temporary() as url:
        folder = Path(str(ask(url, "SHOW data_directory")))
        assert ask(url, "SHOW fsync") == "off"
        assert folder.parent.parent == Path(tempfile.gettempdir())
    assert not folder.parent.exists()
    assert servers(folder) == []


def test_what_a_killed_run_left_is_swept_by_several_at_once(monkeypatch):
    gone = subprocess.Popen(["true"])
    gone.wait()
    left = Path(tempfile.mkdtemp(prefix=f"rubrica-test-{gone.pid}-"))

    def found_and_taken_away(folder: Path, pattern: str) -> list[Path]:
        found = list(listed(folder, pattern))
        left.rmdir()
        return found

    listed = Path.glob
    monkeypatch.setattr(Path, "glob", found_and_taken_away)
    with embedded.temporary() as url:
        assert ask(url, "SELECT 1") == 1
