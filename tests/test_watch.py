"""A watched folder: every file is imported once and never lost, whatever is killed meanwhile."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from rubrica import settings, wiring
from rubrica.accounts import queries as accounts
from rubrica.cli import intake, main
from rubrica.cli.database import opened
from rubrica.cli.folder import EMPTY, SILENT, Folder
from tests.test_cli import RUBRICA, ask, contacts_of, soon, started, status_of_import

PEOPLE = "phone,first name\n347 1234567,Anna\n348 1234567,Ugo\n"
UNSURE = "a,b\n347 1234567,x\n348 1234567,y\n"


@pytest.fixture(scope="module")
def url(make_database) -> str:
    return make_database("watch")


@pytest.fixture
def environment(url, tmp_path) -> dict[str, str]:
    return {"RUBRICA_DATABASE_URL": url, "RUBRICA_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def account(environment, request) -> str:
    name = request.node.name[:200]
    made = ["accounts", "create", name, "--default-country", "IT"]
    assert CliRunner().invoke(main, made, env=environment).exit_code == 0
    return name


@pytest.fixture
def inbox(tmp_path) -> Path:
    place = tmp_path / "inbox"
    place.mkdir()
    return place


@pytest.fixture
def command(inbox, account):
    return ["watch", str(inbox), "--account", account, "--interval", "0.05"]


@pytest.fixture
def watch(command, environment):
    def watch(*more):
        return CliRunner().invoke(main, [*command, "--once", *more], env=environment)

    return watch


def files(place):
    return sorted(str(file.relative_to(place)) for file in place.rglob("*") if file.is_file())


def report(inbox, name):
    return json.loads((inbox / f"{name}.report.json").read_text())


def imports(url, account):
    of = "FROM imports i JOIN accounts a ON a.id = i.account_id WHERE a.name = %s"
    return ask(url, f"SELECT count(*) {of}", account)


def test_a_file_is_imported_and_put_away_with_its_report(watch, inbox, account, url):
    (inbox / "people.csv").write_text(PEOPLE)
    done = watch("--list", "New")
    assert done.exit_code == 0, done.output
    assert "2 created" in done.stdout
    assert files(inbox) == ["done/people.csv", "done/people.csv.report.json"]
    told = report(inbox, "done/people.csv")
    assert (told["failure"], told["rejects"]) == (None, None)
    assert told["import"]["summary"]["created"] == 2
    (inbox / "people.csv").write_text(PEOPLE)
    assert "2 created" not in watch("--list", "new").stdout
    assert files(inbox)[:2] == ["done/people (2).csv", "done/people (2).csv.report.json"]
    assert contacts_of(url, account) == 2


def test_cards_and_lines_of_json_are_sure_by_themselves(watch, inbox):
    (inbox / "a.vcf").write_text("BEGIN:VCARD\nFN:Anna\nTEL:+39 347 1234567\nEND:VCARD\n")
    (inbox / "b.jsonl").write_text('{"firstName": "Ugo", "phoneNumber": "+393471234568"}\n')
    done = watch()
    assert (done.exit_code, done.stdout.count("1 created")) == (0, 2), done.output


def test_rejected_rows_stand_beside_it_and_come_in_once_they_are_mended(watch, inbox):
    (inbox / "people.csv").write_text(PEOPLE.replace("348 1234567", "12"))
    assert watch().exit_code == 0
    rejects = inbox / "done/people.csv.rejects.csv"
    assert report(inbox, "done/people.csv")["rejects"] == rejects.name
    (inbox / "mended.csv").write_text(rejects.read_text("utf-8-sig").replace("12", "349 1234567"))
    assert "1 created" in watch().stdout


def test_a_file_of_which_it_is_not_sure_fails_and_says_what_to_do(watch, inbox, environment):
    (inbox / "odd.csv").write_text(UNSURE)
    (inbox / "broken.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    assert watch().exit_code == 3
    assert [name for name in files(inbox) if "report" not in name] == [
        "failed/broken.xlsx", "failed/odd.csv",
    ]  # fmt: skip
    failure = report(inbox, "failed/odd.csv")["failure"]
    assert failure["code"] == "not_sure"
    assert "--save-recipe" in failure["message"]
    assert report(inbox, "failed/broken.xlsx")["failure"]["code"] != "internal_error"


def keep(environment, account, tmp_path, name, *more):
    file = tmp_path / "kept.csv"
    file.write_text("a,b\n333 1234567,x\n")
    words = ["import", str(file), "--account", account, "--yes", "--save-recipe", name]
    said = ["--map", "a=phoneNumber", "--map", "b=firstName", "--header", *more]
    done = CliRunner().invoke(main, [*words, *said], env=environment)
    assert done.exit_code == 0, done.output


def test_the_recipe_for_the_headers_is_taken(watch, inbox, environment, account, tmp_path, url):
    keep(environment, account, tmp_path, "One", "--tag", "one")
    (inbox / "odd.csv").write_text("b,a\nx,347 1234567\ny,348 1234567\n")
    done = watch()
    assert done.exit_code == 0, done.output
    keep(environment, account, tmp_path, "Two", "--tag", "two")
    (inbox / "odd.csv").write_text(UNSURE)
    assert watch().exit_code == 3
    failure = report(inbox, "failed/odd.csv")["failure"]
    assert "“Two”, “One”" in failure["message"]
    (inbox / "failed/odd.csv").rename(inbox / "odd.csv")
    assert watch("--recipe", "two").exit_code == 0
    tagged = "SELECT count(*) FROM contacts c JOIN accounts a ON a.id = c.account_id"
    assert ask(url, f"{tagged} WHERE a.name = %s AND 'two' = ANY(c.tags)", account) == 3
    assert watch("--recipe", "three").exit_code == 1


def test_what_is_not_whole_is_left_alone(inbox):
    folder = Folder(inbox)
    for name in (".hidden", "~$people.xlsx", "people.csv.part", "people.TMP", "x.crdownload"):
        (inbox / name).write_text("x")
    (inbox / "link.csv").symlink_to(inbox / ".hidden")
    (inbox / "below").mkdir()
    assert [folder.settled() for _ in range(EMPTY)] == [[]] * EMPTY
    growing, empty = inbox / "growing.csv", inbox / "empty.csv"
    empty.touch()
    for size in range(4):
        growing.write_text("x" * (size + 1))
        assert folder.settled() == []
    assert folder.settled() == [growing]
    for _ in range(EMPTY):
        seen = folder.settled()
    assert sorted(seen) == [empty, growing]


def test_of_several_watchers_one_takes_a_file(inbox):
    names = [f"{n}.csv" for n in range(50)]
    for name in names:
        (inbox / name).write_text(name)
    folders = [Folder(inbox) for _ in range(4)]
    together = threading.Barrier(len(folders))

    def take(folder):
        together.wait()
        return [folder.claim(inbox / name) for name in names]

    with ThreadPoolExecutor(len(folders)) as pool:
        taken = [claim for claims in pool.map(take, folders) for claim in claims if claim]
    assert sorted(claim.path.name for claim in taken) == sorted(names)
    assert all(claim.path.read_text() == claim.path.name for claim in taken)


def test_nothing_that_is_there_is_written_over(inbox):
    folder = Folder(inbox)
    for text in ("first", "second"):
        (inbox / "a.csv").write_text(text)
        claim = folder.claim(inbox / "a.csv")
        folder.finish(claim, "done", {"text": text})
    (inbox / "done/a (3).csv.rejects.csv").write_text("somebody's")
    (inbox / "a.csv").write_text("third")
    claim = folder.claim(inbox / "a.csv")
    claim.scratch.write_text("rejected")
    assert folder.finish(claim, "done", {"text": "third"}).name == "a (4).csv"
    for name, text in (("a", "first"), ("a (2)", "second"), ("a (4)", "third")):
        assert (inbox / f"done/{name}.csv").read_text() == text
        assert report(inbox, f"done/{name}.csv")["text"] == text
    assert (inbox / "done/a (3).csv.rejects.csv").read_text() == "somebody's"
    assert (inbox / "done/a (4).csv.rejects.csv").read_text() == "rejected"
    assert list(folder.working.iterdir()) == []


@pytest.mark.parametrize("links", [True, False])
def test_a_name_as_long_as_may_be_is_shortened(inbox, monkeypatch, links):
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(PermissionError))
    folder = Folder(inbox)
    for _ in range(2):
        (inbox / ("è" * 125 + ".csv")).write_text("x")
        claim = folder.claim(inbox / ("è" * 125 + ".csv"))
        assert folder.finish(claim, "failed", {}).suffix == ".csv"
    assert len(files(inbox)) == 4


def test_putting_away_goes_on_after_a_kill_at_any_step(inbox, monkeypatch):
    folder = Folder(inbox)
    steps = [(os, "link"), (Path, "unlink"), (Path, "replace"), (Path, "write_bytes")]
    for number, (owner, step) in enumerate(steps * 2):
        name = f"{number}.csv"
        (inbox / name).write_text(name)
        claim = folder.claim(inbox / name)
        claim.scratch.write_text("rejected")
        left, real = [number // len(steps)], getattr(owner, step)

        def killed(*args, left=left, real=real, **more):
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
            return real(*args, **more)

        with monkeypatch.context() as patch:
            patch.setattr(owner, step, killed)
            with contextlib.suppress(KeyboardInterrupt):
                folder.finish(claim, "done", {})
        (again,) = folder.left() or [claim]
        folder.finish(again, "done", {})
        there = [each for each in files(inbox) if each.startswith(f"done/{number}")]
        assert there == [f"done/{name}", f"done/{name}.rejects.csv", f"done/{name}.report.json"]
        assert folder.left() == []


def test_a_file_that_somebody_sees_to_is_left_to_them(inbox, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("rubrica.cli.folder.time.monotonic", lambda: now[0])
    (inbox / "a.csv").write_text("a")
    one, other = Folder(inbox), Folder(inbox)
    claim = one.claim(inbox / "a.csv")
    assert other.left(SILENT) == []
    now[0] += SILENT
    os.utime(claim.path.parent, ns=(1, 1))  # a sign of life, whatever the clock of its machine
    assert other.left(SILENT) == []
    now[0] += SILENT
    assert other.left(SILENT) == [claim]


def left_in(inbox, name="people.csv", mark="abc"):
    place = inbox / "working" / mark
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(PEOPLE)


def test_what_was_taken_and_not_begun_is_taken_again(watch, inbox, account, url):
    left_in(inbox)
    assert watch().exit_code == 0
    assert files(inbox)[:1] == ["done/people.csv"]
    assert imports(url, account) == 1


def test_what_was_imported_and_not_put_away_is_not_imported_again(watch, inbox, account, url):
    left_in(inbox)
    assert watch().exit_code == 0
    first = report(inbox, "done/people.csv")
    for file in (inbox / "done").iterdir():
        file.unlink()
    left_in(inbox)
    assert watch().exit_code == 0
    assert report(inbox, "done/people.csv")["import"]["id"] == first["import"]["id"]
    assert imports(url, account) == 1


def test_a_killed_watcher_loses_nothing_and_repeats_nothing(
    command, environment, inbox, account, url, watch
):
    whole = os.environ | environment
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE contacts IN EXCLUSIVE MODE")
        with started([*RUBRICA, *command], env=whole, stdout=subprocess.DEVNULL) as running:
            soon((inbox / "done").exists)
            (inbox / "people.csv").write_text(PEOPLE)
            soon(lambda: status_of_import(url, account) == "RUNNING")
            running.kill()
            running.wait(30)
    assert [name.partition("/")[0] for name in files(inbox)] == ["working"]
    (inbox / "people.csv").write_text(PEOPLE.replace("Anna", "Anya"))
    with started([*RUBRICA, "worker"], env=whole, stdout=subprocess.DEVNULL):
        assert watch().exit_code == 0
    assert [name for name in files(inbox) if name.endswith(".csv")] == [
        "done/people (2).csv", "done/people.csv",
    ]  # fmt: skip
    assert (imports(url, account), contacts_of(url, account)) == (2, 2)


def test_a_watcher_stops_when_it_is_told_to(command, environment, inbox, account, url):
    whole = os.environ | environment
    for number in (signal.SIGTERM, signal.SIGINT):
        with started([*RUBRICA, *command], env=whole, stderr=subprocess.PIPE) as running:
            soon((inbox / "done").exists)
            (inbox / f"{number}.csv").write_text(PEOPLE)
            soon(lambda number=number: (inbox / f"done/{number}.csv").exists())
            running.send_signal(number)
            _, said = running.communicate(timeout=30)
        assert (running.returncode, b"Traceback" in said) == (0, False)
    assert imports(url, account) == 2


async def test_two_who_hold_a_file_for_theirs_import_it_once(environment, inbox, account, url):
    left_in(inbox)
    config = settings.read(environment)
    wiring.wire(config)
    async with opened(config) as db:
        async with db.read() as tx:
            owner = await accounts.account_by_name(tx, account)
        terms = intake.Terms(owner, None, "List", None)
        (claim,) = Folder(inbox).left()
        work = [intake.taken(db, config, terms, claim) for _ in range(3)]
        seen = await asyncio.gather(*work, return_exceptions=True)
    ended = {each.ended.id for each in seen if isinstance(each, intake.Seen)}
    assert len(ended) == 1
    assert {type(each).__name__ for each in seen} <= {"Seen", "ListExists"}
    assert imports(url, account) == 1


def test_a_database_that_goes_away_is_waited_for(
    command, environment, inbox, account, url, server_url
):
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    whole = os.environ | environment
    with (
        psycopg.connect(server_url, autocommit=True) as admin,
        started([*RUBRICA, *command], env=whole, stderr=subprocess.PIPE) as running,
    ):
        soon((inbox / "done").exists)
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        (inbox / "people.csv").write_text(PEOPLE)
        assert any(b"Trying again" in line for line in running.stderr)
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        soon((inbox / "done/people.csv").exists, within=60)
    assert (imports(url, account), contacts_of(url, account)) == (1, 2)
