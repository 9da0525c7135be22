"""Exports in every format against psql's COPY of the same columns."""

import subprocess
import time
from pathlib import Path

from rubrica.db import Database
from rubrica.embedded.place import programs
from rubrica.exports import files, jobs, service
from rubrica.exports.model import ContactsExport, Export
from rubrica.storage import Storage

COLUMNS = (
    "id, external_id, phone_number, email, first_name, last_name, gender, birth_date, company,"
    " language, notes, tags, is_valid, phone_type, country_code, channels, is_test, created_at,"
    " updated_at"
)


def copied(url: str, target: Path) -> float:
    """Return the seconds that psql takes."""
    script = f"\\copy (SELECT {COLUMNS} FROM contacts ORDER BY id) to '{target}' csv"
    began = time.perf_counter()
    subprocess.run([programs() / "psql", "-q", url, "-c", script], check=True)
    return time.perf_counter() - began


async def exported(db: Database, storage: Storage, wish: ContactsExport) -> tuple[Export, float]:
    """Return an export and the seconds that its run took."""
    async with db.transaction() as tx:
        id = await service.start(tx, 1, "IT", wish, "bench", jobs.run)
    began = time.perf_counter()
    await service.run(db, storage, 1, id, 1)
    ours = time.perf_counter() - began
    async with db.read() as tx:
        done = await service.get(tx, 1, id)
    assert done.status == "COMPLETED", done
    return done, ours


async def measure(url: str, folder: Path) -> None:
    """Print the seconds of all, and the ratios of their speeds."""
    baseline = copied(url, folder / "baseline.csv")
    db = Database(url)
    await db.open()
    storage = Storage(str(folder / "files"))
    for format in files.FORMATS:
        done, ours = await exported(db, storage, ContactsExport(format=format))
        if format == "CSV":
            print(f"\nExport of {done.row_count:,} contacts")
            print(f"  psql \\copy … csv               {baseline:7.1f} s")
        print(
            f"  export as {format:<5} {(done.size or 0) / 1e6:9.0f} MB   {ours:7.1f} s"
            f"   ratio of speeds {baseline / ours:.2f}"
        )
    await db.close()
