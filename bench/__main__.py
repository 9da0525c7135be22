"""`python -m bench`: the figures we promise, as ratios measured in one run.

Each section makes what it needs on a PostgreSQL of its own (the embedded one, durable as in
production, in a temporary folder) and prints medians. Absolute times depend on the machine and on
what else it does; the ratios are what to compare.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

import click

from bench import exporting, importing, reading
from rubrica import embedded, worker


@click.command()
@click.option("--rows", default="100000,1000000", show_default=True, help="Sizes of the files.")
def main(rows: str) -> None:
    """Measure import, reads, export and undo."""
    worker.tune()
    folder = Path(tempfile.mkdtemp(prefix="rubrica-bench-"))
    folder.chmod(0o755)
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}")
    try:
        with embedded.running(folder / "postgres"):
            for size in map(int, rows.split(",")):
                url = importing.measure(folder, size)
                asyncio.run(reading.measure(url))
                asyncio.run(exporting.measure(url, folder))
                importing.undone(url, size)
    finally:
        shutil.rmtree(folder)


main()
