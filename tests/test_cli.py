"""The commands, on databases of their own: each opens its own connections."""

import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import sql
from psycopg.conninfo import make_conninfo

from rubrica import embedded
from rubrica.accounts.model import read_key
from rubrica.cli import main
from rubrica.imports import analysing
from rubrica.settings import Settings
from rubrica.setup import first_start

RUBRICA = [sys.executable, "-c", "from rubrica.cli import main; main()"]
NEW_KEY = ("keys", "create", "--account", "a", "--name", "b")
CLIENTS = """Nome;Cognome;Cellulare;E-mail
Mario;Rossi;347 123 4567;mario@example.com
Anna;Bianchi;+39 348 1234567;
Ugo;Verdi;12;
Eva;;;
"""


@pytest.fixture(scope="module")
def url(make_database) -> str:
    return make_database("cli")


@pytest.fixture
def environment(url, tmp_path) -> dict[str, str]:
    return {"RUBRICA_DATABASE_URL": url, "RUBRICA_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def rubrica(environment):
    def run(*arguments: object, **more: str) -> Result:
        return CliRunner().invoke(main, [str(a) for a in arguments], env=environment | more)

    return run


@pytest.fixture
def account(rubrica, request) -> str:
    name = request.node.name
    assert rubrica("accounts", "create", name, "--default-country", "it").exit_code == 0
    return name


@pytest.fixture
def clients(tmp_path) -> Path:
    file = tmp_path / "clients.csv"
    file.write_text(CLIENTS)
    return file


def ask(url: str, question: str, *values: object) -> object:
    with psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute(question.encode(), values).fetchone()
    return row and row[0]


def tell(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(statement.encode())


def soon(question, *, within: float = 30) -> None:
    """Wait for something to come true."""
    until = time.monotonic() + within
    while not question():
        assert time.monotonic() < until, "it did not come true"
        time.sleep(0.05)


def contacts_of(url: str, account: str) -> object:
    return ask(
        url,
        "SELECT count(*) FROM contacts c JOIN accounts a ON a.id = c.account_id WHERE a.name = %s",
        account,
    )


def status_of_import(url: str, account: str) -> object:
    return ask(
        url,
        "SELECT max(i.status) FROM imports i JOIN accounts a ON a.id = i.account_id"
        " WHERE a.name = %s",
        account,
    )


def answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@contextmanager
def started(*arguments, **how) -> Iterator[subprocess.Popen]:
    """A program that does not outlive the test."""
    with subprocess.Popen(*arguments, **how) as running:
        try:
            yield running
        finally:
            running.kill()


def refused(result: Result) -> str:
    """Return the one line that a refusal is."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    (line,) = result.stderr.splitlines()
    return line


def test_a_file_goes_in_and_comes_out(rubrica, account, clients, tmp_path):
    done = rubrica(
        *("import", clients, "--account", account, "--list", "Clienti", "--yes"),
        *("--rejects", tmp_path / "rejects.csv"),
    )
    assert done.exit_code == 3, done.output
    assert "kind CSV, encoding utf-8, delimiter ;, header yes, rows 4" in done.stdout
    (cellulare,) = [line for line in done.stdout.splitlines() if line.startswith("Cellulare")]
    assert "347 123 4567 · +39 348 1234567 · 12  phoneNumber  95%" in cellulare
    counts = dict(line.split() for line in done.stdout.splitlines()[-7:])
    assert counts == {
        "created": "2", "updated": "0", "unchanged": "0", "skipped": "0", "duplicates": "0",
        "rejected": "2", "total": "4",
    }  # fmt: skip
    assert "rejects.csv" in done.stderr
    rejects = (tmp_path / "rejects.csv").read_text("utf-8-sig").splitlines()
    assert rejects[0] == '"Nome";"Cognome";"Cellulare";"E-mail";"errorCode";"errorMessage"'
    assert rejects[1].startswith('"Ugo";"Verdi";"12";"";"invalid_phone";')
    assert rejects[2].startswith('"Eva";"";"";"";"no_identity";')
    assert files_in(tmp_path / "data") == []

    output = tmp_path / "out.csv"
    options = ("export", "--account", account, "--list", "CLIENTI", "-o")
    assert rubrica(*options, output).exit_code == 0
    text = output.read_text("utf-8-sig")
    assert [number in text for number in ("+393471234567", "+393481234567")] == [True, True]
    assert len(text.splitlines()) == 3
    piped = rubrica(*options, "-")
    assert piped.stdout_bytes == output.read_bytes()
    assert piped.stderr == "2 contacts exported.\n"


@pytest.mark.parametrize(
    ("name", "options", "begins"),
    [
        ("out.xlsx", (), b"PK"),
        ("OUT.VCF", (), b"BEGIN:VCARD"),
        ("out.jsonl", (), b'{"id":'),
        ("out.txt", (), b"\xef\xbb\xbf"),
        ("out.csv", ("--format", "jsonl"), b'{"id":'),
        ("-", ("--format", "VCF"), b"BEGIN:VCARD"),
    ],
)
def test_a_file_has_the_format_of_its_name_unless_another_is_asked_for(
    rubrica, account, clients, tmp_path, name, options, begins
):
    rubrica("import", clients, "--account", account, "--yes", "--rejects", tmp_path / "rejects.csv")
    output = name if name == "-" else tmp_path / name
    done = rubrica("export", "--account", account, "-o", output, *options)
    assert (done.exit_code, done.stderr) == (0, "2 contacts exported.\n")
    content = done.stdout_bytes if name == "-" else output.read_bytes()
    assert content.startswith(begins)


def test_a_list_that_is_there_takes_more_and_all_rows_in_is_exit_code_0(
    rubrica, account, url, tmp_path
):
    for phone in ("347 1234567", "348 1234567"):
        (tmp_path / "one.csv").write_text(f"name,phone\nAnna,{phone}\n")
        done = rubrica(
            *("import", tmp_path / "one.csv", "--account", account, "--list", "Soci", "--yes"),
            *("--rejects", tmp_path / "none.csv"),
        )
        assert done.exit_code == 0, done.output
    members = """
        SELECT array_agg(n) FROM (
            SELECT count(*) AS n FROM list_members m JOIN lists l USING (account_id)
              JOIN accounts a ON a.id = l.account_id
             WHERE l.id = m.list_id AND a.name = %s GROUP BY l.id) AS each
    """
    assert ask(url, members, account) == [2]
    assert not (tmp_path / "none.csv").exists()


def test_cards_and_lines_of_json_are_imported_like_tables(rubrica, account, url, tmp_path):
    cards, lines = tmp_path / "people.vcf", tmp_path / "people.jsonl"
    cards.write_text("BEGIN:VCARD\nFN:Anna Rossi\nTEL:+39 347 1234567\nEND:VCARD\n")
    lines.write_text('{"firstName": "Ugo", "phoneNumber": "+393471234568"}\n')
    for file in (cards, lines):
        done = rubrica("import", file, "--account", account, "--yes")
        assert done.exit_code == 0, done.output
    names = """
        SELECT array_agg(c.first_name ORDER BY c.id) FROM contacts c
          JOIN accounts a ON a.id = c.account_id WHERE a.name = %s
    """
    assert ask(url, names, account) == ["Anna", "Ugo"]


def test_a_command_waits_for_a_file_as_long_as_it_takes(rubrica, account, clients, monkeypatch):
    monkeypatch.setattr(analysing, "PATIENCE", 0.0)
    done = rubrica("import", clients, "--account", account, "--dry-run")
    assert done.exit_code == 3, done.output
    assert "rows 4" in done.stdout


def test_dates_that_fit_two_orders_need_a_word(rubrica, account, url, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("name,phone,birthday\nAnna,+393471234567,05/03/1980\n")
    done = rubrica("import", file, "--account", account, "--yes")
    assert done.exit_code != 0
    assert "say --date-format, DMY or MDY" in done.stderr
    assert "dateFormat" not in done.output
    done = rubrica("import", file, "--account", account, "--yes", "--date-format", "MDY")
    assert done.exit_code == 0, done.output
    born = """
        SELECT c.birth_date FROM contacts c JOIN accounts a ON a.id = c.account_id
         WHERE a.name = %s
    """
    assert ask(url, born, account) == "1980-05-03"


def test_a_dry_run_asks_nothing_and_writes_nothing(rubrica, account, clients, url, tmp_path):
    done = rubrica("import", clients, "--account", account, "--list", "New", "--dry-run")
    assert done.exit_code == 3, done.output
    assert "nothing was written" in done.stdout
    assert contacts_of(url, account) == 0
    assert ask(url, "SELECT count(*) FROM lists WHERE name = 'New'") == 0
    assert files_in(tmp_path / "data") == []


def test_without_a_terminal_an_import_must_be_told_yes(rubrica, account, clients, url, tmp_path):
    done = rubrica("import", clients, "--account", account)
    assert done.exit_code == 2
    assert "say --yes" in done.stderr
    assert files_in(tmp_path) == [clients]


@pytest.mark.parametrize(("answer", "code", "contacts"), [("n", 1, 0), ("y", 3, 2)])
def test_at_a_terminal_it_asks(
    account, clients, url, environment, tmp_path, answer, code, contacts
):
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    done = subprocess.run(
        [*RUBRICA, "import", str(clients), "--account", account],
        stdin=theirs,
        capture_output=True,
        env=os.environ | environment,
        check=False,
    )
    os.close(ours)
    os.close(theirs)
    assert f"Import 4 rows into “{account}”?" in done.stderr.decode()
    assert done.returncode == code, done.stderr
    assert contacts_of(url, account) == contacts
    assert files_in(tmp_path / "data") == []


def test_what_cannot_be_done_is_refused_in_one_line(rubrica, account, clients, tmp_path):
    (tmp_path / "empty.csv").write_text("\n\n")
    (tmp_path / "names.csv").write_text("Nome,Cognome\nAnna,Bianchi\n")
    yes = ("--yes", "--account", account)
    assert "There is no account “nobody”" in refused(rubrica("keys", "list", "--account", "nobody"))
    assert "Error:" in refused(rubrica("import", tmp_path / "empty.csv", *yes))
    assert "phoneNumber" in refused(rubrica("import", tmp_path / "names.csv", *yes))
    assert files_in(tmp_path / "data") == []
    output = tmp_path / "out.csv"
    output.write_text("as it was")
    assert "no list “No”" in refused(
        rubrica("export", "--account", account, "--list", "No", "-o", output)
    )
    assert output.read_text() == "as it was"
    assert "already" in refused(rubrica("accounts", "create", account.upper()))


def test_a_terminal_is_not_commanded_by_a_file(rubrica, account, tmp_path):
    (tmp_path / "odd.csv").write_text("phone,note\n+393471234567,\x1b[31mred [bold]x\n")
    shown = rubrica("import", tmp_path / "odd.csv", "--account", account, "--dry-run").output
    assert "\x1b" not in shown
    assert "red [bold]x" in shown


def test_settings_that_are_odd_are_refused_in_one_line(rubrica, clients):
    assert "RUBRICA_PROT is not a setting" in refused(rubrica("doctor", RUBRICA_PROT="1"))
    assert "RUBRICA_DATABASE_URL" in refused(rubrica("keys", "list", RUBRICA_DATABASE_URL="?"))
    nobody = "postgresql://127.0.0.1:1/nothing"
    assert "database" in refused(rubrica("keys", "list", RUBRICA_DATABASE_URL=nobody))
    looked = rubrica("doctor", RUBRICA_DATABASE_URL=nobody)
    assert looked.exit_code == 1
    assert looked.stdout.splitlines()[1].startswith("✗ database: ")


def test_an_account_is_given_a_quota(rubrica, account, clients, url):
    assert "may have 1 contacts, and has 0" in rubrica("accounts", "quota", account, "1").stdout
    limit = "SELECT contact_limit FROM accounts WHERE name = %s"
    assert ask(url, limit, account) == 1
    for wrong in ("-1", "x", "1.5", "9" * 13):
        assert rubrica("accounts", "quota", "--", account, wrong).exit_code == 2
    assert "any number of contacts" in rubrica("accounts", "quota", account, "None").stdout
    assert ask(url, limit, account) is None
    assert "no account" in refused(rubrica("accounts", "quota", "nobody", "1"))
    done = "SELECT array_agg(details ORDER BY id) FROM audit WHERE action = 'account.quota_set'"
    assert ask(url, done) == [{"totalLimit": 1}, {"totalLimit": None}]


def test_what_is_done_here_is_in_the_audit(rubrica, account, clients, url, tmp_path):
    made = rubrica("keys", "create", "--account", account, "--name", "k", "--scope", "admin")
    (owner, number), _ = read_key(made.stdout.strip())
    assert rubrica("keys", "delete", f"{owner}-{number}").exit_code == 0
    rubrica("import", clients, "--account", account, "--list", "Clienti", "--yes")
    rubrica("export", "--account", account, "-o", tmp_path / "out.csv")
    rubrica("keys", "delete", f"{owner}-{number}")  # there is no such key any more

    done = ask(
        url, "SELECT array_agg(actor || ' ' || action ORDER BY id) FROM audit"
        " WHERE account_id = %s", owner,
    )  # fmt: skip

    assert done == [
        "CLI account.created", "CLI key.created", "CLI key.deleted", "CLI import.started",
        "CLI export.written",
    ]  # fmt: skip


def test_keys_are_made_listed_and_taken_back(rubrica, account, url):
    made = rubrica(
        *("keys", "create", "--account", account, "--name", "phone shop"),
        *("--scope", "contacts:read", "--scope", "lists:write"),
        *("--allowed-ip", "10.0.0.0/8", "--expires-at", "2040-01-31", "--no-rate-limit"),
    )
    assert made.exit_code == 0, made.output
    (place, secret) = read_key(made.stdout.strip())
    id = f"{place[0]}-{place[1]}"
    assert id in made.stderr
    row = "SELECT (scopes, allowed_ips, per_minute, expires_at)::text FROM api_keys WHERE id = %s"
    assert ask(url, row, place[1]) == (
        '("{contacts:read,lists:write}",{10.0.0.0/8},,"2040-01-31 00:00:00+00")'
    )
    shown = rubrica("keys", "list", "--account", account)
    assert "phone shop" in shown.stdout
    assert secret not in shown.output
    assert rubrica("keys", "delete", id).exit_code == 0
    assert id not in rubrica("keys", "list").stdout.split()
    assert "no API key" in refused(rubrica("keys", "delete", id))
    assert "no API key" in refused(rubrica("keys", "delete", "x"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("accounts", "create", "  "),
        ("accounts", "create", "a" * 201),
        ("accounts", "create", "Zed", "--default-country", "ZZ"),
        ("keys", "create", "--account", "a", "--name", "b", "--scope", "everything"),
        (
            "keys",
            "create",
            "--account",
            "a",
            "--name",
            "b",
            "--scope",
            "admin",
            "--expires-at",
            "x",
        ),
        ("import", "not-there.csv"),
        ("nothing",),
    ],
)
def test_a_wrong_call_is_exit_code_2(rubrica, arguments):
    assert rubrica(*arguments).exit_code == 2


def test_an_account_is_shown_with_its_country(rubrica, account):
    lines = rubrica("accounts", "list").stdout.splitlines()
    assert [line.split()[2] for line in lines if account in line.split()] == ["IT"]


def test_a_database_is_used_once_it_is_up_to_date(rubrica, server_url):
    name = f"rubrica_test_{os.getpid()}_bare"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            bare = {"RUBRICA_DATABASE_URL": make_conninfo(server_url, dbname=name)}
            assert "rubrica migrate" in refused(rubrica("accounts", "list", **bare))
            looked = rubrica("doctor", **bare)
            assert (looked.exit_code, "✗ migrations: " in looked.stdout) == (1, True)
            assert "0001_accounts.sql" in rubrica("migrate", **bare).stdout
            assert rubrica("migrate", **bare).stdout == ""
            assert rubrica("accounts", "create", "first", **bare).stdout == "1\n"
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


BREAKS = {
    "contact counts": "INSERT INTO contact_count_deltas (account_id, delta) VALUES (1, 7)",
    "list counts": "DELETE FROM list_count_deltas",
    "campaigns": "INSERT INTO campaign_count_deltas (account_id, campaign_id, status, delta)"
    " VALUES (1, 7, 'SENT', 3)",
    "imports": "DELETE FROM import_rows WHERE outcome = 'REJECTED'",
    "suppressions": "INSERT INTO consents (account_id, channel, address_hash, address, status,"
    " source, at) VALUES (1, 'SMS', sha256('x'), 'x', 'UNSUBSCRIBED', 'API', now())",
    "numbers": "UPDATE contacts SET phone_number = '+5215512345678', phone_key = '+5215512345678'"
    " WHERE id = (SELECT min(id) FROM contacts)",
    "queue": "INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
    " VALUES ('default', 'imports.load', 'doing')",
}


def test_the_doctor_finds_what_is_wrong(rubrica, make_database, clients):
    url = make_database("doctor")
    here = {"RUBRICA_DATABASE_URL": url}
    rubrica("accounts", "create", "acme", "--default-country", "IT", **here)
    options = ("--account", "acme", "--list", "All", "--yes")
    assert rubrica("import", clients, *options, **here).exit_code == 3
    well = rubrica("doctor", **here)
    assert well.exit_code == 0, well.stdout
    names = [line[2:].partition(":")[0] for line in well.stdout.splitlines()]
    assert names == ["storage", "database", "migrations", *BREAKS]

    broken: set[str] = set()
    for name, statement in BREAKS.items():
        tell(url, statement)
        broken.add(name)
        looked = rubrica("doctor", **here)
        marks = {line[2:].partition(":")[0]: line[0] for line in looked.stdout.splitlines()}
        assert looked.exit_code == 1
        assert {name for name, mark in marks.items() if mark == "✗"} == broken
    assert "account 1 counts 9 and has 2" in looked.stdout
    assert "list 1 counts 0 and has 2" in looked.stdout
    assert "import 1 of account 1" in looked.stdout
    assert "campaign 7 of account 1: the kept counts" in looked.stdout


def test_the_doctor_hints_at_messages_of_which_nothing_is_known(rubrica, make_database):
    here = {"RUBRICA_DATABASE_URL": make_database("doctor_unknown")}
    rubrica("accounts", "create", "acme", **here)
    for number, age in enumerate(("2 days", "25 hours", "1 hour"), start=1):
        tell(
            here["RUBRICA_DATABASE_URL"],
            f"""
            INSERT INTO campaign_recipients (account_id, campaign_id, number, contact_id, channel,
                                             status, status_at)
            VALUES (1, 7, {number}, 1, 'SMS', 'UNKNOWN', now() - interval '{age}');
            INSERT INTO campaign_count_deltas (account_id, campaign_id, status, delta)
            VALUES (1, 7, 'UNKNOWN', 1)
            """,
        )
    looked = rubrica("doctor", **here)
    assert looked.exit_code == 0, looked.stdout
    told = "UNKNOWN for more than a day are 2 of campaign 7 of account 1: ask the provider"
    assert told in looked.stdout


def test_the_doctor_finds_a_storage_that_cannot_be_written(rubrica, tmp_path):
    (tmp_path / "data").touch()
    looked = rubrica("doctor", RUBRICA_DATA_DIR=str(tmp_path / "data"))
    assert looked.exit_code == 1
    assert looked.stdout.startswith("✗ storage: ")
    assert "✓ imports: " in looked.stdout


def test_an_interrupted_import_goes_on_when_a_worker_runs(account, clients, url, environment):
    whole = os.environ | environment
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE contacts IN EXCLUSIVE MODE")
        command = [*RUBRICA, "import", str(clients), "--account", account, "--yes"]
        null, pipe = subprocess.DEVNULL, subprocess.PIPE
        with started(command, env=whole, stdout=null, stderr=pipe) as running:
            soon(lambda: status_of_import(url, account) == "RUNNING")
            running.send_signal(signal.SIGINT)
            _, said = running.communicate(timeout=30)
    assert running.returncode == 1
    assert "it goes on as soon as `rubrica serve` runs" in said.decode()
    assert "Traceback" not in said.decode()
    assert contacts_of(url, account) == 0

    with started([*RUBRICA, "worker"], env=whole, stdout=null) as worker:
        soon(lambda: status_of_import(url, account) == "COMPLETED")
        worker.terminate()
        assert worker.wait(30) == 0
    assert contacts_of(url, account) == 2


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that the user who stands in for root may enter; pytest's own are private."""
    folder = Path(tempfile.mkdtemp(prefix="rubrica-cli-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        embedded.clear(folder / "data" / "postgres")
        shutil.rmtree(folder)


def own_database(folder: Path) -> dict[str, str]:
    there = {"RUBRICA_DATABASE_URL": "", "RUBRICA_DATA_DIR": str(folder / "data")}
    return os.environ | there


def test_a_terminated_import_takes_the_embedded_database_with_it(clients):
    with open_folder() as folder:
        config = Settings(data_dir=folder / "data")
        embedded.prepare(config.data_dir / "postgres", durable=False)
        with embedded.running(config.data_dir / "postgres") as url:
            first_start(config, url)
            tell(url, "UPDATE accounts SET default_country = 'IT'")
            # The loader waits in the database, on a connection of its own, when it is told.
            tell(
                url,
                """
                CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN PERFORM pg_sleep(600); RETURN NEW; END';
                CREATE TRIGGER wait BEFORE INSERT ON contacts EXECUTE FUNCTION wait()
                """,
            )
        command = [*RUBRICA, "import", str(clients), "--yes"]
        whole, null = own_database(folder), subprocess.DEVNULL
        with started(command, env=whole, stdout=null, stderr=null) as running:
            soon(lambda: answers(url) and status_of_import(url, "default") == "RUNNING")
            running.terminate()
            assert running.wait(30) == 128 + signal.SIGTERM
        assert not answers(url)


def test_commands_share_the_embedded_database_that_the_first_of_them_starts():
    with open_folder() as folder:
        environment = own_database(folder)
        running = [
            subprocess.Popen(
                [*RUBRICA, "accounts", "create", name],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for name in ("one", "two", "three")
        ]
        said = [each.communicate(timeout=60) for each in running]
        assert [each.returncode for each in running] == [0, 0, 0], said
        assert sorted(out for out, _ in said) == ["2\n", "3\n", "4\n"]
        key = (folder / "data" / "api-key").read_text().strip()
        assert sum(key in errors for _, errors in said) == 1
        assert not (folder / "data" / "postgres" / "postmaster.pid").exists()
