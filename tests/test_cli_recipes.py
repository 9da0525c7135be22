"""What came to `rubrica import` with recipes, mirrors and undo, on a database of its own."""

import os
import pty
import subprocess

import psycopg
import pytest
from click.testing import CliRunner

from rubrica.cli import main
from tests.test_cli import RUBRICA

PEOPLE = "Nome;Cellulare;Note\nAnna;347 1234567;socia\nUgo;348 1234567;\n"


@pytest.fixture(scope="module")
def url(make_database) -> str:
    return make_database("cli_recipes")


@pytest.fixture
def environment(url, tmp_path):
    return {"RUBRICA_DATABASE_URL": url, "RUBRICA_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def rubrica(environment, tmp_path, request):
    """Call a command for an account of the test's own; a text is a file to be imported."""
    account = request.node.name[:200]
    made = ["accounts", "create", account, "--default-country", "IT"]
    assert CliRunner().invoke(main, made, env=environment).exit_code == 0

    def run(*words, content=None):
        if content is not None:
            file = tmp_path / "people.csv"
            file.write_text(content)
            words = ("import", str(file), *words)
        return CliRunner().invoke(main, [*words, "--account", account], env=environment)

    run.account = account
    return run


@pytest.fixture
def ask(url, rubrica):
    def ask(question):
        with psycopg.connect(url) as connection:
            where = "WHERE account_id = (SELECT id FROM accounts WHERE name = %s)"
            return connection.execute(f"{question} {where}", [rubrica.account]).fetchall()

    return ask


def test_a_recipe_is_kept_used_listed_and_deleted(rubrica, ask):
    said = ("--map", "Note=tags", "--map", "Nome=", "--tag", "shop", "--list", "Shop")
    done = rubrica(*said, "--save-recipe", "Shop", "--yes", content=PEOPLE)
    assert done.exit_code == 0, done.output
    assert "The recipe “Shop” is kept." in done.stderr
    shown = rubrica("recipes", "list").stdout
    assert "Nome · Cellulare · Note" in shown

    moved = "note;CELLULARE;nome\nfresh;349 1234567;Eva\n"
    told = rubrica("--dry-run", content=moved)
    assert "--recipe “Shop”" in told.stderr
    done = rubrica("--recipe", "SHOP", "--yes", content=moved)
    assert done.exit_code == 0, done.output
    assert "The recipe “Shop” says so." in done.stdout
    assert sorted(ask("SELECT first_name, tags FROM contacts")) == [
        (None, ["fresh", "shop"]), (None, ["shop"]), (None, ["socia", "shop"]),
    ]  # fmt: skip
    assert ask("SELECT count(*)::int FROM list_members") == [(3,)]
    assert rubrica("recipes", "delete", "shop").exit_code == 0
    assert "no recipe “Shop”" in rubrica("recipes", "delete", "Shop").stderr


def test_what_is_said_comes_before_the_recipe(rubrica, ask):
    said = ("--tag", "one", "--mode", "CREATE")
    assert rubrica(*said, "--save-recipe", "One", "--yes", content=PEOPLE).exit_code == 0
    more = ("--tag", "two", "--mode", "CREATE_UPDATE", "--map", "Note=notes")
    done = rubrica("--recipe", "One", *more, "--save-recipe", "one", "--yes", content=PEOPLE)
    assert done.exit_code == 0, done.output
    assert "updated     2" in done.stdout
    assert ask("SELECT notes FROM contacts")[0] == ("socia",)
    ((choices,),) = ask("SELECT choices FROM import_recipes")
    assert (choices["tags"], choices["mode"]) == (["two"], "CREATE_UPDATE")


def test_a_recipe_of_another_name_is_not_written_over(rubrica, ask):
    assert rubrica("--save-recipe", "One", "--yes", content=PEOPLE).exit_code == 0
    done = rubrica("--save-recipe", "ONE", "--yes", content=PEOPLE)
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (
        1, "Error: There is a recipe of this name already.",
    )  # fmt: skip
    assert ask("SELECT count(*)::int FROM imports") == [(1,)]


def test_a_recipe_for_other_columns_is_refused(rubrica, ask):
    assert rubrica("--save-recipe", "One", "--yes", content=PEOPLE).exit_code == 0
    done = rubrica("--recipe", "One", "--yes", content=PEOPLE.replace("Cellulare", "Fax"))
    assert done.exit_code == 1
    assert "“Cellulare”" in done.stderr


def test_a_dry_run_shows_examples(rubrica):
    assert rubrica("--yes", content=PEOPLE).exit_code == 0
    done = rubrica("--dry-run", content=PEOPLE.replace("Ugo", "Ugone") + "Nobody;12;\n")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    (updated,) = [line for line in lines if line.startswith("UPDATED")]
    assert updated.endswith("firstName: Ugo → Ugone")
    assert any(line.startswith("REJECTED 4 ") for line in lines)


def test_a_list_mirrors_a_file_once_the_number_is_confirmed(rubrica, ask):
    mirror = ("--list", "Soci", "--mirror")
    assert rubrica(*mirror, "--yes", content=PEOPLE).exit_code == 0
    less = "\n".join(PEOPLE.splitlines()[:2])
    told = rubrica(*mirror, "--dry-run", content=less)
    assert "1 would leave the list" in told.stdout
    wrong = rubrica(*mirror, "--expected-removals", "2", content=less)
    assert wrong.exit_code == 1
    assert "1 would leave the list, and 2 were expected: nothing was done." in wrong.stderr
    assert ask("SELECT count(*)::int FROM list_members") == [(2,)]
    done = rubrica(*mirror, "--expected-removals", "1", content=less)
    assert done.exit_code == 0, done.output
    assert "1 left the list" in done.stdout
    assert ask("SELECT count(*)::int FROM list_members") == [(1,)]


@pytest.mark.parametrize(("answer", "code", "members"), [("n", 1, 2), ("y", 0, 1)])
def test_at_a_terminal_the_number_of_removals_is_asked_about(
    rubrica, ask, environment, tmp_path, answer, code, members
):
    assert rubrica("--list", "Soci", "--yes", content=PEOPLE).exit_code == 0
    file = tmp_path / "less.csv"
    file.write_text("\n".join(PEOPLE.splitlines()[:2]))
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    words = ["import", str(file), "--account", rubrica.account, "--list", "Soci", "--mirror"]
    done = subprocess.run(
        [*RUBRICA, *words], stdin=theirs, capture_output=True, env=os.environ | environment,
        check=False,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert "and have 1 leave the list?" in done.stderr.decode()
    assert done.returncode == code, done.stderr
    assert ask("SELECT count(*)::int FROM list_members") == [(members,)]
    assert not [path for path in (tmp_path / "data").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "words",
    [
        ("--mirror", "--yes"),
        ("--expected-removals", "1"),
        ("--dry-run", "--save-recipe", "x"),
    ],
)
def test_what_cannot_be_meant_is_a_wrong_call(rubrica, words):
    assert rubrica(*words, content=PEOPLE).exit_code == 2


def test_an_import_is_undone(rubrica, ask):
    assert rubrica("--list", "New", "--yes", content=PEOPLE).exit_code == 0
    ((id,),) = ask("SELECT id FROM imports")
    assert rubrica("undo", str(id)).exit_code == 2  # nobody to ask
    done = rubrica("undo", str(id), "--yes")
    assert done.exit_code == 0, done.output
    assert [line.split()[-1] for line in done.stdout.splitlines()[-3:]] == ["2", "0", "0"]
    assert ask("SELECT count(*)::int FROM contacts") == [(0,)]
    assert "has been undone already" in rubrica("undo", str(id), "--yes").stderr
    assert "no import 999999" in rubrica("undo", "999999", "--yes").stderr


def test_an_undo_tells_that_something_stays(rubrica, ask, url):
    assert rubrica("--yes", content=PEOPLE).exit_code == 0
    ((id,),) = ask("SELECT id FROM imports")
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE contacts SET notes = 'mine', updated_at = clock_timestamp()"
            " WHERE first_name = 'Ugo' AND account_id ="
            " (SELECT id FROM accounts WHERE name = %s)",
            [rubrica.account],
        )
    done = rubrica("undo", str(id), "--yes")
    assert done.exit_code == 3, done.output
    assert [line.split()[-1] for line in done.stdout.splitlines()[-3:]] == ["1", "1", "0"]
    assert "why it stays" in done.stderr
