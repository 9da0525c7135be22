"""An export against psql's COPY of the same columns."""

import subprocess
import time
from pathlib import Path

from rubrica.db import Database
from rubrica.embedded.place import programs
from rubrica.exports import jobs, service
from rubrica.exports.model import ContactsExport
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


async def measure(url: str, folder: Path) -> None:
    """Print the seconds of both, and the ratio of their speeds."""
    baseline = copied(url, folder / "baseline.csv")
    db = Database(url)
    await db.open()
    storage = Storage(str(folder / "files"))
    async with db.transaction() as tx:
        id = await service.start(tx, 1, "IT", ContactsExport(), "bench", jobs.run)
    began = time.perf_counter()
    await service.run(db, storage, 1, id, 1)
    ours = time.perf_counter() - began
    async with db.read() as tx:
        done = await service.get(tx, 1, id)
    await db.close()
    assert done.status == "COMPLETED", done
    print(f"\nExport of {done.row_count:,} contacts, {(done.size or 0) / 1e6:.0f} MB")
    print(f"  psql \\copy … csv               {baseline:7.1f} s")
    print(f"  export, spreadsheet-safe       {ours:7.1f} s")
    print(f"  ratio of speeds {baseline / ours:.2f}")
