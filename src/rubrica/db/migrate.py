"""Bring a database up to date with the numbered files in `migrations/`."""

from pathlib import Path

import psycopg
from procrastinate.schema import SchemaManager

FOLDER = Path(__file__).parent / "migrations"
LEDGER = """
    CREATE TABLE IF NOT EXISTS migrations (
        name text        PRIMARY KEY,
        at   timestamptz NOT NULL DEFAULT now()
    )
"""
QUEUE = "0000_procrastinate"
"""The job queue's own tables, as the library ships them."""


def migrate(url: str) -> list[str]:
    """Apply what has not been applied, each step in its own transaction; name the steps."""
    steps = {QUEUE: SchemaManager.get_schema().encode()} | {
        file.name: file.read_bytes() for file in sorted(FOLDER.glob("*.sql"))
    }
    applied: list[str] = []
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(7164)")  # one migrator at a time
        conn.execute(LEDGER)
        done = {name for (name,) in conn.execute("SELECT name FROM migrations")}
        for name, script in steps.items():
            if name in done:
                continue
            with conn.transaction():
                conn.execute("SET LOCAL lock_timeout = '4s'")
                conn.execute(script)
                conn.execute("INSERT INTO migrations (name) VALUES (%s)", [name])
            applied.append(name)
    return applied


def missing(url: str) -> list[str]:
    """Name the steps that the database has not seen."""
    with psycopg.connect(url, autocommit=True) as conn:
        if conn.execute("SELECT to_regclass('migrations')").fetchone() == (None,):
            return [QUEUE]
        done = {name for (name,) in conn.execute("SELECT name FROM migrations")}
    return [
        name for name in [QUEUE, *sorted(f.name for f in FOLDER.glob("*.sql"))] if name not in done
    ]
