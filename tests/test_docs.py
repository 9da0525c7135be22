"""What the documentation says is tried: the README's commands, the links, the generated pages."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from docs import errors
from rubrica.settings import PREFIX, Settings
from tests.test_kills import service

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    own = {k: v for k, v in os.environ.items() if not k.startswith(("RUBRICA_", "PG"))}
    return subprocess.run(
        ["sh", "-euc", script],
        check=False,
        cwd=folder,
        env=own,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_commands_of_the_readme_do_what_they_say(tmp_path):
    blocks = BLOCK.findall(README.read_text())
    calls, commands = (block.replace("/tmp/", f"{tmp_path}/") for block in blocks)
    with service() as running:
        # As a user would type it: in the folder of `data`, with the environment beside it.
        folder = running.data.parent
        (folder / ".venv").symlink_to(sys.prefix)
        port = str(running.http.base_url.port)
        done = run(calls.replace("8000", port), folder)
        assert done.returncode == 0, done.stderr
        assert '"created": 3' in done.stdout
        assert '"invalid_phone": 1' in done.stdout
        with (tmp_path / "customers.csv").open(encoding="utf-8-sig", newline="") as file:
            exported = list(csv.DictReader(file))
        names = {row["fullName"]: row["phoneNumber"] for row in exported}
        assert names == {
            "Mario Rossi": "+393471234567",
            "Anna Bianchi": "+393481234567",
            "Zoë Dell'Acqua": "",
        }
        lines = commands.strip().splitlines()
        said = [run(f"{line} --yes" if " import " in line else line, folder) for line in lines]
        sent = running.call("GET", "/outbox", params={"sortOrder": "asc"})["content"]
    told = [one.stdout + one.stderr for one in said]
    assert [one.returncode for one in said] == [3, 0, 0, 0], told
    assert "unchanged   3" in said[0].stdout
    assert [each["body"] for each in sent] == ["Ciao Mario!", "Ciao Anna!"]
    assert "3 contacts exported" in said[2].stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_settings_are_all_described_with_their_defaults():
    page = (ROOT / "docs/reference/settings.md").read_text()
    rows = re.findall(r"^\| `(RUBRICA_\w+)` \| (.*?) \|", page, re.MULTILINE)
    fields = msgspec.structs.fields(Settings)
    said = dict(rows)
    assert [name for name, _ in rows] == [PREFIX + field.name.upper() for field in fields]
    for field in fields:
        shown = said[PREFIX + field.name.upper()]
        assert shown == (f"`{field.default}`" if str(field.default) else "none"), field.name


def test_every_code_of_a_refusal_is_documented():
    assert errors.FILE.read_text() == errors.page(), "run `make reference`"


def test_every_warning_about_a_file_is_documented():
    source = "".join(
        file.read_text()
        for folder in ("formats", "imports")
        for file in (ROOT / "src/rubrica" / folder).rglob("*.py")
    )
    codes = {"invalid_phone", "invalid_email", "phone_damaged"}
    codes |= set(re.findall(r"Warning\(\s*code=\"(\w+)\"", source))
    documented = (ROOT / "docs/reference/formats.md").read_text()
    assert len(codes) > 10
    assert sorted(code for code in codes if f"`{code}`" not in documented) == []


async def test_every_route_is_in_the_reference(root):
    document = (await root.get("/openapi.json")).json()
    reference = (ROOT / "docs/reference/api.md").read_text()
    calls = [
        (method.upper(), re.sub(r"\{\w+\}", "{…}", path.removeprefix("/api/v1")))
        for path, methods in document["paths"].items()
        for method in methods
    ]
    written = {
        (method, re.sub(r"\{\w+\}", "{…}", path))
        for methods, path in re.findall(r"`([A-Z·]+) (/[^`?\s]*)", reference)
        for method in methods.split("·")
    }
    assert len(calls) > 20
    assert sorted(set(calls) - written) == []
