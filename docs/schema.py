"""Write `schema.sql`: what the database looks like after every migration.

Run by `make schema`; a test compares the file with the migrations.
"""

import re
import subprocess
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from rubrica import embedded
from rubrica.db import migrate
from rubrica.embedded.place import environment, programs

FILE = Path(__file__).parent.parent / "schema.sql"
HEAD = """\
-- What the database looks like after every migration. Made by `make schema`: change a migration,
-- never this file. The job queue's own objects (procrastinate_…) are left out."""
SECTION = re.compile(r"^--\n-- Name: (.*); Type: (.*); Schema: .*\n--\n", re.MULTILINE)
LEFT_OUT = ("COMMENT", "SCHEMA")
"""Kinds of sections that say nothing about our tables."""


def dump(url: str) -> str:
    """Return the schema of a database, without what differs between one dump and another."""
    program = [programs() / "pg_dump", "--schema-only", "--no-owner", "--no-privileges"]
    whole = subprocess.check_output(  # noqa: S603 - PostgreSQL's own program
        [*program, "--schema=public", "--extension=*", url], text=True, env=environment()
    )
    # What stands before the first section are settings; then name, kind and text by turns.
    _, *sections = SECTION.split(whole)
    kept = [
        _statements(text)
        for name, kind, text in zip(sections[::3], sections[1::3], sections[2::3], strict=True)
        if kind not in LEFT_OUT and "procrastinate" not in name
    ]
    return "\n\n".join([HEAD, *kept]).replace("public.", "") + "\n"


def _statements(section: str) -> str:
    lines = section.splitlines()
    noise = ("--", "SET ", "\\")
    return "\n".join(line for line in lines if not line.startswith(noise)).strip()


def main() -> None:
    """Migrate an empty database, and write down what it looks like."""
    with embedded.temporary() as server:
        with psycopg.connect(server, autocommit=True) as conn:
            conn.execute("CREATE DATABASE schema TEMPLATE template0 ENCODING 'UTF8'")
        url = make_conninfo(server, dbname="schema")
        migrate(url)
        FILE.write_text(dump(url))


if __name__ == "__main__":
    main()
