"""An import against psql's `\\copy` of the same clean rows into the same indexed tables."""

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import psycopg

from bench import people
from rubrica import embedded, worker
from rubrica.accounts import service as accounts
from rubrica.db import Database, migrate
from rubrica.embedded.place import programs
from rubrica.formats import Wishes
from rubrica.imports import changes, jobs, ledger, loading, service
from rubrica.imports.model import Confirmation, NewList
from rubrica.imports.service import UploadWish
from rubrica.storage import Storage

COLUMNS = (
    "external_id, phone_number, phone_type, country_code, email, first_name, last_name, gender,"
    " birth_date, company, language, is_valid, phone_key"
)
IGNORED = ("City", "Customer ID")


def measure(folder: Path, rows: int) -> str:
    """Measure both ways in; return the URL of the database that holds the imported contacts."""
    file, ready = folder / f"{rows}.csv", folder / f"{rows}.copy"
    with file.open("w", newline="") as opened:
        expected = people.write(opened, rows)
    with (folder / "clean").open("w", newline="") as opened:
        people.clean(opened, rows)
    with (folder / "clean").open() as clean, ready.open("w") as opened:
        for line in clean:
            phone = line.split("\t")[1]
            opened.write(f"{line[:-1]}\t{phone}\n")
    print(f"\nImport of {rows:,} rows, {file.stat().st_size / 1e6:.0f} MB, into an empty account")
    baseline = copied(_database(folder, f"copy_{rows}"), ready)
    url = _database(folder, f"import_{rows}")
    done = subprocess.run(
        [sys.executable, "-m", "bench.importing", url, str(file), str(folder / "files")],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, memory, share, summary = done.stdout.split(maxsplit=3)
    wanted = f"{expected.created} {expected.duplicates} {expected.rejected}"
    assert summary.strip() == wanted, (summary, wanted)
    ours = float(seconds)
    print(f"  psql \\copy, then memberships   {baseline:7.1f} s  {rows / baseline:9,.0f} rows/s")
    print(f"  import, with its ledger        {ours:7.1f} s  {rows / ours:9,.0f} rows/s")
    print(f"  ratio of speeds {baseline / ours:.2f}; the loading process took {memory} MB at most")
    print(f"  its ledger, undo and bookmarks take {float(share):.0%} of it; balanced to the row")
    return url


def undone(url: str, rows: int) -> None:
    """Measure the undo of the import that `measure` made."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.undoing", url], check=True, capture_output=True, text=True
    )
    seconds, reverted, left = done.stdout.split()
    assert left == "0", left
    print(f"\nUndo of the import of {rows:,} rows")
    print(f"  {float(seconds):7.1f} s for {int(reverted):,} contacts")


def copied(url: str, ready: Path) -> float:
    """Return the seconds that the rows and their memberships take by psql."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("ALTER TABLE contacts ALTER account_id SET DEFAULT 1")
    script = (
        f"\\copy contacts ({COLUMNS}) from '{ready}'\n"
        "INSERT INTO list_members SELECT 1, 1, id FROM contacts ORDER BY id;\n"
    )
    began = time.perf_counter()
    subprocess.run(
        [programs() / "psql", "-q", "-v", "ON_ERROR_STOP=1", url],
        input=script,
        text=True,
        check=True,
    )
    return time.perf_counter() - began


def _database(folder: Path, name: str) -> str:
    with psycopg.connect(embedded.url(folder / "postgres"), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    url = embedded.url(folder / "postgres", name)
    migrate(url)
    return url


async def load(url: str, file: Path, storage: Storage) -> None:
    """Upload, confirm and load, as the service and its worker would; print what it took."""
    db = Database(url)
    await db.open()
    async with db.transaction() as tx:
        account = await accounts.create_account(tx, "bench", "IT")

    async def blocks() -> AsyncIterator[bytes]:
        with file.open("rb") as opened:
            while block := opened.read(1 << 20):
                yield block

    wish = UploadWish(file_name=file.name, wishes=Wishes(country="IT"))
    upload = await service.upload(db, storage, account, wish, blocks(), 1 << 40, jobs.analyse)
    mapping = [
        line
        for line, column in zip(upload.analysis.mapping, upload.analysis.columns, strict=True)
        if column.header not in IGNORED
    ]
    async with db.transaction() as tx:
        confirmation = Confirmation(
            upload_id=upload.id, mapping=mapping, new_list=NewList(name="Everybody")
        )
        id = await service.confirm(tx, account, "IT", confirmation, "bench", jobs.load)
    kept = _timed_ledger()
    began = time.perf_counter()
    await loading.load(db, storage, account, id)
    seconds = time.perf_counter() - began
    async with db.read() as tx:
        done = await service.get(tx, account, id)
    await db.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found = done.summary
    share = sum(kept) / seconds
    print(f"{seconds:.2f} {memory} {share:.3f} {found.created} {found.duplicates} {found.rejected}")


def _timed_ledger() -> list[float]:
    """Have the seconds collected that the statements of the ledger take."""
    kept: list[float] = []

    def timed(work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def measured(*values: Any) -> Any:
            began = time.perf_counter()
            done = await work(*values)
            kept.append(time.perf_counter() - began)
            return done

        return measured

    for module, names in (
        (
            ledger,
            ("book_created", "book_found", "book_folded", "book_rejected", "refused_in_merge"),
        ),
        (ledger, ("keep_cells", "commit_chunk")),
        (changes, ("book",)),
    ):
        for name in names:
            setattr(module, name, timed(getattr(module, name)))
    return kept


if __name__ == "__main__":
    worker.tune()
    asyncio.run(load(sys.argv[1], Path(sys.argv[2]), Storage(sys.argv[3])))
