import csv
import io
import itertools
import json
import math
import unicodedata
from pathlib import Path

import phonenumbers
import pytest
from click.testing import CliRunner

from bench import people
from bench.people import PER_CENT, Expected, Series
from rubrica import emails, phones
from rubrica.phones import InvalidPhone

ROWS = 12_000
SERIES = [s for each in people.series().values() for s in each]
Contact = tuple[str | None, ...]


def text(rows: int, **wishes: float) -> tuple[str, Expected]:
    file = io.StringIO()
    expected = people.write(file, rows, **wishes)  # pyright: ignore[reportArgumentType]
    return file.getvalue(), expected


def contacts(rows: int, duplicates: float = 0.03) -> list[Contact]:
    file = io.StringIO()
    people.clean(file, rows, duplicates=duplicates)
    lines = file.getvalue().splitlines()
    return [tuple(None if cell == r"\N" else cell for cell in line.split("\t")) for line in lines]


def applied_one_after_the_other(rows: list[list[str]]) -> tuple[list[Contact], Expected]:
    """The import as the contract tells it, in the plainest way."""
    table: dict[str, list[str | None]] = {}
    duplicates = rejected = 0
    for first, last, phone, email, company, _, gender, birthday, language, _ in rows:
        number = None
        if phone:
            try:
                number = phones.parse(phone, "IT")
            except InvalidPhone:
                number = None
        address = emails.parse(email) if email else None
        identity = number.number if number else address
        if identity is None:
            rejected += 1
            continue
        duplicates += identity in table
        given: list[str | None] = [
            None,
            number and number.number,
            number and number.type,
            number and number.country,
            address,
            first,
            last,
            people.GENDERS.get(gender),
            birthday or None,
            company or None,
            language or None,
            "t" if number is None or number.is_valid else "f",
        ]
        before = table.get(identity, [None] * len(given))
        table[identity] = [new or old for new, old in zip(given, before, strict=True)]
    expected = Expected(
        rows=len(rows), created=len(table), duplicates=duplicates, rejected=rejected
    )
    return [tuple(contact) for contact in table.values()], expected


@pytest.mark.parametrize("duplicates", [0.03, 0.4])
def test_an_import_by_the_contract_gives_the_expected_figures_and_contacts(duplicates: float):
    written, expected = text(ROWS, duplicates=duplicates)
    header, *rows = csv.reader(io.StringIO(written))

    found, figures = applied_one_after_the_other(rows)

    assert ",".join(header) + "\n" == people.HEADER
    assert figures == expected
    assert found == contacts(ROWS, duplicates)


def test_duplicates_and_bad_rows_are_about_as_many_as_wished():
    _, expected = text(ROWS, bad=0.1, duplicates=0.2)

    assert 0.09 < expected.rejected / ROWS < 0.11
    assert 0.13 < expected.duplicates / ROWS < 0.2


def test_a_file_without_bad_rows_and_duplicates_makes_a_contact_of_each_row():
    _, expected = text(500, bad=0, duplicates=0)

    assert expected == Expected(rows=500, created=500, duplicates=0, rejected=0)


def test_the_same_seed_gives_the_same_file_and_another_seed_another():
    assert text(300)[0] == text(300, seed=7)[0] != text(300, seed=8)[0]


def test_a_short_file_is_the_beginning_of_a_long_one():
    assert text(3000)[0].startswith(text(1000)[0])


@pytest.mark.parametrize("series", SERIES, ids=lambda s: f"{s.country}-{s.type}")
def test_every_writing_of_a_number_is_read_as_that_number(series: Series):
    for sample, prefix in enumerate(series.prefixes * 3):
        national = prefix + f"{(sample + 1) * 982_451_653 % series.unit:0{series.width}}"
        e164 = f"+{series.code}{national}"
        for template, pieces in series.writings:
            phone = template % pieces(national)
            ours, theirs = phones.parse(phone, "IT"), phonenumbers.parse(phone, "IT")

            assert ours == (e164, e164, series.type, series.country, True)
            assert phonenumbers.format_number(theirs, phonenumbers.PhoneNumberFormat.E164) == e164
            assert phonenumbers.is_valid_number(theirs)
            assert phonenumbers.region_code_for_number(theirs) == series.country


@pytest.mark.parametrize("series", SERIES, ids=lambda s: f"{s.country}-{s.type}")
def test_no_two_rows_can_share_a_number(series: Series):
    assert series.size == len(set(series.prefixes)) * series.unit >= people.MAX_ROWS
    assert len({len(prefix) for prefix in series.prefixes}) == 1
    assert math.gcd(people.PRIME, series.size) == 1


def test_the_series_of_a_country_do_not_overlap():
    for one, other in itertools.permutations(SERIES, 2):
        if one.code == other.code:
            assert not any(p.startswith(tuple(other.prefixes)) for p in one.prefixes)


def test_people_are_as_mixed_as_promised():
    found = contacts(ROWS)
    numbered = [contact for contact in found if contact[1]]
    countries = [contact[3] for contact in numbered]
    scripts = {
        unicodedata.name(letter).split()[0]
        for contact in found
        for letter in f"{contact[5]}{contact[6]}"
        if letter.isalpha()
    }

    assert 0.59 < countries.count("IT") / len(numbered) < 0.63
    assert len(set(countries)) == 16
    assert 0.68 < sum(contact[4] is not None for contact in found) / len(found) < 0.73
    assert 0.01 < 1 - len(numbered) / len(found) < 0.03
    assert scripts >= {"LATIN", "GREEK", "CYRILLIC", "CJK", "HIRAGANA"}


def test_a_repetition_never_names_the_same_company():
    for culture in {culture.language: culture for culture in PER_CENT}.values():
        assert len(set(culture.companies)) == len(culture.companies)
    someone = people.person(5, people.draw(5, 7), 7)
    for company in range(-1, len(someone.culture.companies)):
        worker = someone._replace(company=company)
        assert company not in {people.other_company(later, worker) for later in range(1000)}


def test_a_repetition_writes_the_number_in_another_way():
    rows = csv.DictReader(io.StringIO(text(ROWS, duplicates=0.4)[0]))
    first: dict[str, str] = {}
    repeated = 0
    for row in rows:
        before = first.setdefault(row["Customer ID"], row["Mobile Phone"])
        if before is not row["Mobile Phone"]:
            repeated += 1
            assert before != row["Mobile Phone"]
    assert repeated > 1000


@pytest.mark.parametrize(
    "wishes", [{"rows": people.MAX_ROWS + 1}, {"rows": 1, "bad": 0.7, "duplicates": 0.4}]
)
def test_what_cannot_be_met_is_refused_before_anything_is_written(wishes: dict[str, float]):
    file = io.StringIO()

    with pytest.raises(ValueError, match=r"rows|shares"):
        people.write(file, **wishes)  # pyright: ignore[reportArgumentType]

    assert file.getvalue() == ""


def test_the_command_writes_both_files_and_tells_the_figures(tmp_path: Path):
    output, baseline = tmp_path / "people.csv", tmp_path / "people.copy"

    answer = CliRunner().invoke(
        people.main, ["--rows", "900", "-o", str(output), "--clean", str(baseline)]
    )

    assert answer.exit_code == 0
    assert output.read_text("utf-8") == text(900)[0]
    assert json.loads(answer.stdout)["created"] == len(baseline.read_text("utf-8").splitlines())
