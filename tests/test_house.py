"""Rules of the house that no other tool checks."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(ROOT.glob("src/rubrica/**/*.py"))
DECISIONS = sorted(ROOT.glob("docs/decisions/*.md"))
WRITTEN = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/*.py")]
MOST_LINES = 400


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_module_is_read_in_one_sitting(module):
    lines = len(module.read_text().splitlines())
    assert lines <= MOST_LINES


def test_decisions_are_numbered_one_after_the_other():
    assert [file.name[:4] for file in DECISIONS] == [f"{n + 1:04}" for n in range(len(DECISIONS))]
    assert len(DECISIONS) >= 11


@pytest.mark.parametrize("decision", DECISIONS, ids=name)
def test_a_decision_is_short_and_says_what_holds_it(decision):
    lines = decision.read_text().rstrip().splitlines()
    assert len(lines) <= 60
    assert lines[0].startswith(f"# {int(decision.name[:4])}. ")
    assert [line for line in lines if line.startswith("## ")] == [
        "## Context", "## Decision", "## Consequences",
    ]  # fmt: skip
    assert lines[-1].startswith("Held by: ")


@pytest.mark.parametrize("decision", DECISIONS, ids=name)
def test_what_holds_a_decision_is_there(decision):
    last = decision.read_text().rstrip().splitlines()[-1]
    named = [place for place in re.findall(r"`([^`]+)`", last) if "/" in place]
    assert [place for place in named if not (ROOT / place.partition("::")[0]).exists()] == []
    tests = [place.split("::") for place in named if "::" in place]
    assert [test for file, test in tests if f"def {test}(" not in (ROOT / file).read_text()] == []


@pytest.mark.parametrize("file", WRITTEN, ids=name)
def test_nothing_names_a_place_on_somebodys_machine(file):
    assert re.findall(r"/(?:home|Users|work|root)/\w+", file.read_text()) == []


def test_every_key_begins_with_the_account():
    """A key that does not begin with the account cannot be spread by it."""
    schema = (ROOT / "schema.sql").read_text()
    keys = re.findall(r"ALTER TABLE ONLY (\w+)\n\s+ADD CONSTRAINT \w+ PRIMARY KEY \((\w+)", schema)
    assert len(keys) > 10
    free = {"accounts", "migrations"}
    assert [table for table, first in keys if first != "account_id" and table not in free] == []
    unique = re.findall(r"CREATE UNIQUE INDEX \w+ ON (\w+) USING \w+ \((\w+)", schema)
    assert [table for table, first in unique if first != "account_id" and table not in free] == []
