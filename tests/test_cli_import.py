"""What `rubrica import` may be told of a file, and how it says what is wrong."""

import openpyxl
import psycopg
import pytest
from click.testing import CliRunner
from psycopg.rows import dict_row

from rubrica.cli import main

PEOPLE = """Nome;Telefono;Cellulare;Note
Anna Rossi;06 12345678;347 1234567;socia
Ugo Verdi;06 87654321;348 1234567;
"""


@pytest.fixture(scope="module")
def url(make_database) -> str:
    return make_database("cli_import")


@pytest.fixture
def rubrica(url, tmp_path, request):
    """Import a file with some content into an account of the test's own."""
    environment = {"RUBRICA_DATABASE_URL": url, "RUBRICA_DATA_DIR": str(tmp_path / "data")}
    account = request.node.name[:200]

    def run(content, *options, name="people.csv", asked=("--yes",)):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        arguments = ["import", str(file), "--account", account, *asked, *options]
        return CliRunner().invoke(main, arguments, env=environment)

    made = ["accounts", "create", account, "--default-country", "IT"]
    assert CliRunner().invoke(main, made, env=environment).exit_code == 0
    return run


@pytest.fixture
def contacts(url, request):
    def contacts():
        with psycopg.connect(url, row_factory=dict_row) as connection:
            found = connection.execute(
                "SELECT c.* FROM contacts c JOIN accounts a ON a.id = c.account_id"
                " WHERE a.name = %s ORDER BY c.phone_number",
                [request.node.name[:200]],
            )
            return found.fetchall()

    return contacts


@pytest.fixture
def nothing_left(tmp_path, contacts):
    def nothing_left():
        stored = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
        return not stored and not contacts()

    return nothing_left


def refused(done):
    assert done.exit_code == 1, done.output
    return done.stderr.partition("Error: ")[2].splitlines()


def test_a_column_is_what_it_is_said_to_be(rubrica, contacts):
    said = ("--map", "Telefono=phoneNumber", "--map", "4=tags", "--map", "Nome=")
    done = rubrica(PEOPLE, *said)
    assert done.exit_code == 0, done.output
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[-3:] for row in rows if row[:1] == ["Telefono"]] == [["You", "said", "so."]]
    assert [(c["phone_number"], c["first_name"], c["tags"]) for c in contacts()] == [
        ("+390612345678", None, ["socia"]), ("+390687654321", None, []),
    ]  # fmt: skip


def test_several_columns_may_be_said_to_be_of_one_field(rubrica, contacts):
    content = PEOPLE.replace("347 1234567", "")
    said = ("--map", "Cellulare=phoneNumber", "--map", "Telefono=phoneNumber")
    assert rubrica(content, *said).exit_code == 0
    assert [c["phone_number"] for c in contacts()] == ["+390612345678", "+393481234567"]


def test_fields_that_are_not_there_are_made_when_asked_for(rubrica, contacts, nothing_left):
    said = ("--map", "Note=customFields.remark")
    (line,) = refused(rubrica(PEOPLE, *said))
    assert line == "“Note”: There is no custom field “remark”; --create-fields makes it."
    assert nothing_left()
    assert rubrica(PEOPLE, *said, "--create-fields").exit_code == 0
    assert [c["custom_fields"] for c in contacts()] == [{"remark": "socia"}, {}]


def test_what_cards_have_more_goes_into_fields_that_are_made(rubrica, contacts):
    card = "BEGIN:VCARD\nFN:Anna Rossi\nTEL:+39 347 1234567\nTITLE:Capo\nEND:VCARD\n"
    done = rubrica(card, "--create-fields", "--map", "fullName=", name="a.vcf")
    assert done.exit_code == 0, done.output
    assert [(c["first_name"], c["custom_fields"]) for c in contacts()] == [
        (None, {"jobTitle": "Capo"})
    ]


def test_every_word_that_is_wrong_is_named(rubrica, nothing_left):
    said = ("Fax=email", "Nome=firstName", "1=lastName", "Nota=", "9=email")
    lines = refused(rubrica(PEOPLE, *(part for each in said for part in ("--map", each))))
    assert lines == [
        "The mapping is not right.",
        "  The file has no column “Fax”. There are: “Nome”, “Telefono”, “Cellulare”, “Note”.",
        "  The column “1” is mapped twice.",
        "  The file has no column “Nota”. There are: “Nome”, “Telefono”, “Cellulare”, “Note”.",
        "  The file has no column “9”. There are: “Nome”, “Telefono”, “Cellulare”, “Note”.",
    ]
    lines = refused(
        rubrica(PEOPLE, "--map", "Note=colour", "--map", "Nome=pet", "--match-by", "externalId")
    )
    assert [line.partition(" is no field")[0] for line in lines] == [
        "The mapping is not right.",
        "  “Note”: “colour”",
        "  “Nome”: “pet”",
        "  --match-by names externalId, and no column is mapped to it.",
    ]
    assert nothing_left()


def test_columns_of_one_name_are_told_apart_by_their_numbers(rubrica, contacts):
    content = "Tel,Tel,Tel\n3471234567,x,y\n"
    assert refused(rubrica(content, "--header", "--map", "Tel=phoneNumber")) == [
        "Several columns are called “Tel”: say 1 or 2 or 3."
    ]
    done = rubrica(content, "--header", "--map", "1=phoneNumber", "--map", "3=notes")
    assert done.exit_code == 0, done.output
    assert "Tel (3)" in done.stdout
    assert [(c["phone_number"], c["notes"]) for c in contacts()] == [("+393471234567", "y")]


@pytest.mark.parametrize("word", ["Nome", "=email", " =email"])
def test_a_word_without_a_column_or_a_field_is_a_wrong_call(rubrica, word):
    done = rubrica(PEOPLE, "--map", word)
    assert done.exit_code == 2
    assert "COLUMN=FIELD" in done.stderr


def test_a_text_is_read_as_it_is_said_to_be(rubrica, contacts):
    content = "Łódź^347 1234567\nĽubľana^348 1234567\n".encode("cp1250")
    said = ("--encoding", "cp1250", "--delimiter", "^", "--no-header")
    done = rubrica(content, *said, "--map", "1=company", "--map", "2=phoneNumber")
    assert done.exit_code == 0, done.output
    assert "encoding cp1250, delimiter ^, header no, rows 2" in done.stdout
    assert [c["company"] for c in contacts()] == ["Łódź", "Ľubľana"]


def test_a_sheet_is_named(rubrica, contacts, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Nome", "Telefono"])
    other = book.create_sheet("Soci")
    for row in (["Nome", "Telefono"], ["Anna", "347 1234567"]):
        other.append(row)
    book.active.append(["Ugo", "348 1234567"])
    book.save(tmp_path / "book.xlsx")
    content = (tmp_path / "book.xlsx").read_bytes()
    first = rubrica(content, name="book.xlsx", asked=("--dry-run",))
    assert "--sheet names another" in first.stderr
    assert rubrica(content, "--sheet", "Soci", name="book.xlsx").exit_code == 0
    assert [c["phone_number"] for c in contacts()] == ["+393471234567"]
    assert "no sheet “Altri”" in refused(rubrica(content, "--sheet", "Altri", name="b.xlsx"))[0]


def test_who_is_meant_and_what_is_done_is_said(rubrica, contacts):
    content = "Codice,Nome,Cellulare\nA1,Anna,347 1234567\n"
    by_code = ("--map", "Codice=externalId", "--match-by", "externalId")
    first = rubrica(content, *by_code, "--mode", "update")
    assert "skipped     1" in first.stdout
    made = rubrica(content, *by_code, "--mode", "CREATE", "--tag", "soci", "--tag", " 2026 ")
    assert made.exit_code == 0, made.output
    moved = content.replace("347 1234567", "348 1234567")
    assert "updated     1" in rubrica(moved, *by_code).stdout
    assert [(c["phone_number"], c["external_id"], c["tags"]) for c in contacts()] == [
        ("+393481234567", "A1", ["soci", "2026"])
    ]
