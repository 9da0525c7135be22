"""`rubrica campaign`, on a database of its own: each command opens its own connections."""

import os
import pty
import re
import signal
import subprocess
from contextlib import contextmanager, suppress

import psycopg
import pytest
from click.testing import CliRunner

from rubrica.cli import main
from tests.test_cli import RUBRICA, ask, refused, soon, started, tell

ANNA, UGO, EVA = "+393471234567", "+393481234567", "+393491234567"
NEW = """
    INSERT INTO contacts (account_id, phone_number, phone_key, phone_type, email, first_name,
                          is_valid)
    VALUES (%(owner)s, %(number)s, %(number)s, %(type)s, %(email)s, %(name)s, %(valid)s)
    RETURNING id
"""
IN_FUTURE = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + interval '1 hour')"


@pytest.fixture(scope="module")
def url(make_database) -> str:
    return make_database("cli_campaign")


@pytest.fixture
def environment(url, tmp_path):
    there = {"RUBRICA_DATABASE_URL": url, "RUBRICA_DATA_DIR": str(tmp_path / "data")}
    return there | {"RUBRICA_SECRET": "secret"}


@pytest.fixture
def account(environment, request):
    name = request.node.name[:200]
    made = ["accounts", "create", name, "--default-country", "IT"]
    assert CliRunner().invoke(main, made, env=environment).exit_code == 0
    return name


@pytest.fixture
def rubrica(environment, account):
    """Do something with campaigns of the test's own account."""

    def run(what, *arguments, said=None, **more):
        words = ["campaign", what, *map(str, arguments), "--account", account]
        return CliRunner().invoke(main, words, env=environment | more, input=said)

    return run


@pytest.fixture
def a_list(url, account):
    """Make a list of people, who are there or are made; return its id."""

    def made(name, *people, valid=True, type="MOBILE"):
        with psycopg.connect(url) as conn:
            (owner,) = conn.execute("SELECT id FROM accounts WHERE name = %s", [account]).fetchone()
            (id,) = conn.execute(
                "INSERT INTO lists (account_id, name) VALUES (%s, %s) RETURNING id", [owner, name]
            ).fetchone()
            for number, first_name in people:
                (contact,) = (
                    conn.execute(
                        "SELECT id FROM contacts WHERE account_id = %s AND phone_number = %s",
                        [owner, number],
                    ).fetchone()
                    or conn.execute(
                        NEW,
                        {
                            "owner": owner,
                            "number": number,
                            "type": number and type,
                            "email": None if number else f"{first_name.lower()}@example.com",
                            "name": first_name,
                            "valid": valid,
                        },
                    ).fetchone()
                )
                conn.execute("INSERT INTO list_members VALUES (%s, %s, %s)", [owner, id, contact])
        return id

    return made


@pytest.fixture
def of(url, account):
    """Ask something of the account's own rows."""

    def answered(question, table="campaigns"):
        return ask(
            url,
            f"SELECT {question} FROM {table} t JOIN accounts a ON a.id = t.account_id"
            " WHERE a.name = %s",
            account,
        )

    return answered


@pytest.fixture
def busy(url):
    """Have it look as though a worker ran, that never does anything."""

    @contextmanager
    def pretended():
        tell(url, IN_FUTURE)
        try:
            yield
        finally:
            tell(url, "DELETE FROM procrastinate_workers")

    return pretended


@pytest.fixture
def running(environment, account):
    """Send in a process of its own, which does not outlive the test."""

    def begun(*arguments, more=None, **how):
        words = ["campaign", "send", *map(str, arguments), "--account", account]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return started(
            [*RUBRICA, *words], env=os.environ | environment | (more or {}), **(pipes | how)
        )

    return begun


def crowd(count):
    return [(f"+39347{n:07}", f"Name{n}") for n in range(1, count + 1)]


def test_a_campaign_goes_to_everybody_in_the_lists_once(rubrica, a_list, of):
    a_list("Clients", (ANNA, "Anna"), (UGO, "Ugo"))
    a_list("Friends", (UGO, "Ugo"), (EVA, "Eva"))
    a_list("Not now", (EVA, "Eva"))
    sent = rubrica(
        *("send", "--list", "clients", "--list", "Friends", "--exclude", "Not now"),
        *("--text", "Ciao {{firstName}}", "--yes"),
    )
    assert sent.exit_code == 0, sent.output
    rows = [line.split() for line in sent.stdout.splitlines()]
    assert ["list", "members", "people", "reachable"] in rows
    assert ["Clients", "2", "2", "2"] in rows
    assert ["Friends", "2", "1", "1"] in rows
    assert ["in", "all", "4", "2", "2"] in rows
    assert f"To {ANNA}, for example: Ciao Anna" in sent.stdout
    assert "1 part of SMS: 9 characters, GSM-7" in sent.stdout
    assert ["sent", "2"] in rows
    assert "No worker runs: it is sent from here." in sent.stderr
    assert of("array_agg(address || ' ' || body ORDER BY address)", "outbox_messages") == [
        f"{ANNA} Ciao Anna", f"{UGO} Ciao Ugo",
    ]  # fmt: skip
    assert of("(status, created_by)::text") == '(COMPLETED,"command line")'
    assert of("t.name").startswith("SMS to Clients and 1 more list, 20")
    assert of("array_agg(actor || ' ' || action ORDER BY t.id)", "audit") == [
        "CLI account.created", "CLI campaign.created", "CLI campaign.confirmed",
    ]  # fmt: skip


def test_a_dry_run_shows_everything_and_leaves_nothing(rubrica, a_list, of):
    a_list("Clients", (ANNA, "Anna"))
    text = "Però, {{firstName}}! " + "Žluťoučký kůň. " * 5
    seen = rubrica("send", "--list", "Clients", "--text", text, "--dry-run")
    assert seen.exit_code == 0, seen.output
    assert "by the outbox, which keeps messages and sends none" in seen.stdout
    assert "2 parts of SMS: 87 characters, UCS-2" in seen.stdout
    assert seen.stdout.splitlines()[-1] == "A dry run: nothing was sent."
    for table in ("campaigns", "transports", "outbox_messages"):
        assert of("count(*)", table) == 0
    assert of("count(*)", "audit") == 1  # that the account was made


def test_who_drops_out_is_told_with_the_reason(rubrica, a_list, of):
    a_list("Odd", (ANNA, "Anna"), valid=False)
    a_list("Deaf", (UGO, "Ugo"), type="FIXED_LINE")
    a_list("Mailers", (None, "Eva"))
    names = ("--list", "Odd", "--list", "Deaf", "--list", "Mailers")
    seen = rubrica("send", *names, "--text", "x", "--yes")
    rows = [line.split() for line in seen.stdout.splitlines()]
    reasons = ["no", "address", "invalid", "unsupported"]
    assert ["list", "members", "people", "reachable", *reasons] in rows
    assert ["in", "all", "3", "3", "0", "1", "1", "1"] in rows
    assert refused(seen) == "Error: --list: Nobody would be reached: the table says why."
    assert of("count(*)") == 0


def test_nothing_is_sent_by_somebody_who_cannot_know_who_opted_out(rubrica, a_list, of, url):
    a_list("Clients", (ANNA, "Anna"))
    wish = ("send", "--list", "Clients", "--text", "x", "--yes")
    assert "There is no secret in" in refused(rubrica(*wish, RUBRICA_SECRET=""))
    with psycopg.connect(url) as conn:
        conn.execute(
            "INSERT INTO consents (account_id, channel, address_hash, address, status, source, at)"
            " VALUES (%s, 'SMS', sha256('x'), %s, 'UNSUBSCRIBED', 'API', now())",
            [of("a.id", "lists"), ANNA],
        )
    line = refused(rubrica(*wish))
    assert "opted out were written down with another secret. Say RUBRICA_SECRET" in line
    assert of("count(*)") == 0


def test_a_list_that_is_not_there_is_refused_with_those_that_may_be_meant(rubrica, a_list, account):
    wish = ("send", "--text", "x", "--yes", "--list")
    none = f"Error: There is no list “Clints” in the account “{account}”."
    nothing = f"{none} There is none yet: `rubrica import --list` makes one."
    assert refused(rubrica(*wish, "Clints")) == nothing
    a_list("Clients")
    a_list("Milan, all")
    a_list("Shop")
    assert refused(rubrica(*wish, "Clints")) == f"{none} Did you mean “Clients”?"
    line = refused(rubrica(*wish, "Clients", "--exclude", "MILAN", "--exclude", "Zzz"))
    assert "“MILAN” in the account" in line
    assert "Did you mean “Milan, all”? There is no list “Zzz”" in line
    assert line.endswith("There are: “Clients”, “Milan, all”, “Shop”.")


def test_what_is_missing_is_named_by_its_option(rubrica, a_list, of, tmp_path):
    a_list("Clients", (ANNA, "Anna"))
    page = tmp_path / "page.html"
    page.write_text("<p>Hi</p>")

    def said(*arguments):
        done = rubrica("send", "--list", "Clients", "--yes", *arguments)
        assert done.exit_code == 1, done.output
        return done.stderr.partition("Error: ")[2].strip()

    assert said("--text", " ", "--channel", "EMAIL").splitlines()[1:] == [
        "  --text: The message has no text.",
        "  --subject: An e-mail needs a subject.",
    ]
    assert said("--text", "x", "--subject", "y").startswith("--subject: subject is of e-mail")
    assert said("--html", page).startswith("--html: ")
    assert said("--text", "Hi {{firstname}}").startswith("--text: Placeholders name")
    assert "leave --at out" in said("--text", "x", "--at", "2020-01-01")
    assert said("--text", "x", "--at", "soon").startswith("--at: “soon” is not a moment")
    assert said("--text", "x", "--timezone", "Rome").startswith("--timezone: “Rome” is not")
    assert said("--text", "x", "--sender", "y" * 400).startswith("--sender: ")
    assert of("count(*)") == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--text", "x"),
        ("--list", "a", "--yes"),
        ("--list", "a", "--text", "x"),
        ("--list", "a", "--text", "x", "--text-file", "-", "--yes"),
        ("--list", "a", "--text-file", "not-there.txt", "--yes"),
        ("--list", "a", "--text", "x", "--throttle", "0", "--yes"),
        ("--list", "a", "--text", "x", "--channel", "fax", "--yes"),
        ("--list", "a", "--text", "\udcff", "--yes"),
        ("--list", "a\0", "--text", "x", "--yes"),
    ],
)
def test_a_wrong_call_is_exit_code_2(environment, arguments):
    done = CliRunner().invoke(main, ["campaign", "send", *arguments], env=environment)
    assert done.exit_code == 2, done.output


def test_the_text_may_come_from_a_file_or_standard_input(rubrica, a_list, of, tmp_path):
    a_list("Clients", (ANNA, "Anna"))
    file = tmp_path / "text.txt"
    file.write_bytes("\ufeffCosì sia\n".encode())
    assert rubrica("send", "--list", "Clients", "--yes", "--text-file", file).exit_code == 0
    piped = rubrica("send", "--list", "Clients", "--yes", "--text-file", "-", said="Due\nrighe\n")
    assert piped.exit_code == 0, piped.output
    assert of("array_agg(body ORDER BY t.id)", "outbox_messages") == ["Così sia", "Due\nrighe"]
    file.write_bytes("Così".encode("latin-1"))
    odd = rubrica("send", "--list", "Clients", "--yes", "--text-file", file)
    assert odd.exit_code == 2
    assert "is not in UTF-8: byte 4" in odd.stderr


@contextmanager
def terminal():
    ours, theirs = pty.openpty()
    try:
        yield ours, theirs
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize(("answer", "code", "sent"), [("n", 1, 0), ("y", 0, 1)])
def test_at_a_terminal_it_asks(running, a_list, of, answer, code, sent):
    a_list("Clients", (ANNA, "Anna"))
    with terminal() as (ours, theirs):
        os.write(ours, f"{answer}\n".encode())
        wish = ("--list", "Clients", "--text", "x", "--name", "Spring")
        with running(*wish, stdin=theirs) as sending:
            _, errors = sending.communicate(timeout=60)
    assert "Send “Spring” to 1 people?" in errors.decode()
    assert sending.returncode == code, errors
    assert of("count(*)") == of("count(*)", "outbox_messages") == sent


def test_other_people_than_were_shown_get_nothing(running, a_list, of, url):
    id = a_list("Clients", (ANNA, "Anna"))
    a_list("Others", (UGO, "Ugo"))
    with (
        terminal() as (ours, theirs),
        running("--list", "Clients", "--text", "x", stdin=theirs) as sending,
    ):
        shown = b""
        while b"people?" not in shown:
            byte = os.read(sending.stderr.fileno(), 1)
            assert byte, shown
            shown += byte
        owner, other = of("max(a.id)", "lists"), of("max(t.contact_id)", "list_members")
        tell(url, f"INSERT INTO list_members VALUES ({owner}, {id}, {other})")
        os.write(ours, b"y\n")
        _, errors = sending.communicate(timeout=60)
    assert sending.returncode == 1
    assert "2 people would be reached now, and 1 were shown: nothing was sent" in errors.decode()
    assert of("count(*)") == 0


def test_who_got_nothing_makes_exit_code_3(rubrica, a_list):
    a_list("Clients", (ANNA, "Anna"), (UGO, ""))
    sent = rubrica("send", "--list", "Clients", "--text", "{{firstName}}", "--yes")
    assert sent.exit_code == 3, sent.output
    rows = [line.split() for line in sent.stdout.splitlines()]
    assert (["sent", "1"] in rows, ["failed", "1"] in rows) == (True, True)
    assert "/recipients?status=FAILED,EXPIRED,UNKNOWN" in sent.stderr


def test_a_campaign_is_scheduled_listed_shown_and_taken_back(rubrica, a_list, of):
    a_list("Clients", (ANNA, "Anna"))
    wish = ("--list", "Clients", "--text", "Ciao  a tutti", "--name", "Christmas")
    when = ("--at", "2099-12-24T09:00", "--timezone", "Europe/Rome", "--throttle", "5")
    made = rubrica("send", *wish, *when, "--yes")
    assert made.exit_code == 0, made.output
    id = of("t.id")
    assert made.stdout.endswith(f"Campaign {id} goes out on 2099-12-24 09:00 Europe/Rome.\n")
    assert of("scheduled_at::text") == "2099-12-24 08:00:00+00"
    (line,) = rubrica("list").stdout.splitlines()[1:]
    assert line.split()[:5] == [str(id), "Christmas", "SCHEDULED", "SMS", "0"]
    shown = rubrica("show", id).stdout
    for fact in ("Clients", "Ciao a tutti", "2099-12-24 09:00 Europe/Rome", "by command line"):
        assert fact in shown
    assert "SCHEDULED and cannot be paused" in refused(rubrica("pause", id))
    assert rubrica("cancel", id).exit_code == 2  # nobody to ask
    assert rubrica("cancel", id, "--yes").stdout == f"Campaign {id} is CANCELLED.\n"
    assert of("status") == "CANCELLED"
    assert of("array_agg(action ORDER BY t.id)", "audit")[-1] == "campaign.cancelled"
    assert refused(rubrica("show", id + 1000)) == f"Error: There is no campaign {id + 1000}."


def test_where_a_worker_runs_it_is_followed_and_may_be_moved_from_elsewhere(
    running, rubrica, a_list, of, busy
):
    a_list("Clients", (ANNA, "Anna"))
    with busy(), running("--list", "Clients", "--text", "x", "--yes") as sending:
        soon(lambda: of("status") == "SENDING")
        id = of("t.id")
        assert rubrica("pause", id).stdout == f"Campaign {id} is PAUSED.\n"
        while b"paused" not in sending.stderr.readline():
            assert sending.poll() is None
        resumed = rubrica("resume", id)
        assert (resumed.stdout, resumed.stderr) == (f"Campaign {id} is SENDING.\n", "")
        rubrica("cancel", id, "--yes")
        shown, errors = sending.communicate(timeout=60)
    assert sending.returncode == 1
    assert f"Campaign {id}" in shown.decode()
    assert "Somebody cancelled the campaign" in errors.decode()
    assert "sent from here" not in errors.decode()
    assert of("count(*)", "outbox_messages") == 0


def test_a_campaign_that_fails_is_exit_code_1(running, a_list, of, url, busy):
    id = a_list("Clients", (ANNA, "Anna"))
    with busy(), running("--list", "Clients", "--text", "x", "--yes") as sending:
        soon(lambda: of("status") == "SENDING")
        tell(url, f"UPDATE lists SET deleted_at = now() WHERE id = {id}")
        tell(url, "DELETE FROM procrastinate_workers")  # now it is sent from here
        _, errors = sending.communicate(timeout=60)
    assert sending.returncode == 1
    assert f"Error: The campaign failed: List {id} is gone." in errors.decode()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 1), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
def test_an_interrupted_campaign_goes_on_and_says_how_to_stop_it(
    running, rubrica, a_list, of, account, number, code
):
    a_list("Clients", *crowd(500))
    wish = ("--list", "Clients", "--text", "x", "--throttle", "5", "--yes")
    with running(*wish) as sending:
        soon(lambda: of("count(*)", "outbox_messages"))
        sending.send_signal(number)
        _, errors = sending.communicate(timeout=60)
    assert sending.returncode == code, errors
    said = errors.decode()
    id = of("t.id")
    assert f"Campaign {id} is not over: it goes on as soon as `rubrica serve` runs." in said
    assert f"`rubrica campaign pause {id} --account" in said
    assert "Traceback" not in said
    assert of("status") == "SENDING"
    fates = of("array_agg(DISTINCT status ORDER BY status)", "campaign_recipients")
    assert fates == ["QUEUED", "SENT"]  # whatever was handed over is answered
    assert rubrica("pause", id).stderr == ""
    assert "No worker runs" in rubrica("resume", id).stderr
    assert rubrica("cancel", id, "--yes").exit_code == 0


def test_what_is_waited_for_is_told(running, rubrica, a_list, of, url, account):
    a_list("Mailers", (None, "Eva"))
    way = """
        INSERT INTO transports (account_id, channel, kind, settings)
        SELECT id, 'EMAIL', 'SMTP',
               '{"host": "127.0.0.1", "port": 1, "security": "NONE",
                 "defaultSender": "news@example.com"}'
          FROM accounts WHERE name = %s
    """
    with psycopg.connect(url) as conn:
        conn.execute(way, [account])
    wish = ("--list", "Mailers", "--text", "x", "--channel", "email", "--subject", "y", "--yes")
    more = {"RUBRICA_PUBLIC_URL": "https://example.com"}
    with running(*wish, more=more, stdout=subprocess.DEVNULL) as sending:
        while not (line := sending.stderr.readline()).startswith(b"! Waits: "):
            assert line
        id = of("t.id")
        assert "waits" in rubrica("show", id).stdout
        rubrica("cancel", id, "--yes")
        assert sending.wait(60) == 1


def test_a_terminal_sees_how_far_it_is(running, a_list, of):
    a_list("Clients", *crowd(4))
    ours, theirs = pty.openpty()
    wish = ("--list", "Clients", "--text", "x", "--throttle", "1", "--yes")
    with running(*wish, stdout=subprocess.DEVNULL, stderr=theirs) as sending:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # that is how the end of a terminal is told
            while more := os.read(ours, 65536):
                shown += more
        assert sending.wait(60) == 0
    os.close(ours)
    said = shown.decode()
    assert "Sending" in said
    going = r"queued [123] · sent [123] · delivered 0 · failed 0 · unknown 0 · skipped 0"
    assert re.search(going, said), said
