"""`python -m bench.cards`: cards a second, against the rows a second of the `csv` reader."""

import csv
import io
import itertools
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import BinaryIO, TextIO

import click

from bench import people
from rubrica.formats import Wishes, vcards

RUNS = 3
SEED = 7


def somebody(rows: int, seed: int = SEED) -> Iterator[tuple[str, str, str, str]]:
    """Yield first name, last name, number and address of as many invented people."""
    for index in range(rows):
        one = people.person(index, people.draw(index, seed), seed)
        yield one.given[0], one.family, people.written(one), one.email


def write_cards(file: TextIO, rows: int) -> None:
    """Write plain cards, as telephones export them."""
    for first, last, number, address in somebody(rows):
        file.write(f"BEGIN:VCARD\r\nVERSION:3.0\r\nN:{last};{first};;;\r\nFN:{first} {last}\r\n")
        if number:
            file.write(f"TEL;TYPE=CELL:{number}\r\n")
        if address:
            file.write(f"EMAIL;TYPE=INTERNET:{address}\r\n")
        file.write("END:VCARD\r\n")


def write_rows(file: TextIO, rows: int) -> None:
    """Write the same people as a table."""
    csv.writer(file).writerows(somebody(rows))


def read_cards(file: BinaryIO) -> int:
    """Count the rows of a file of cards."""
    head = file.read(1 << 20)
    file.seek(0)
    reading = vcards.detect(lambda: io.BytesIO(head), Wishes()).reading
    return sum(1 for _ in vcards.rows(file, reading))


def read_rows(file: BinaryIO) -> int:
    """Count the rows of a table."""
    text = io.TextIOWrapper(file, "utf-8", newline="")
    count = sum(1 for _ in csv.reader(text))
    text.detach()
    return count


def rate(read: Callable[[BinaryIO], int], path: Path) -> float:
    """Return how many rows a second come out of a file: the median of some runs."""
    taken: list[float] = []
    count = 0
    for _ in range(RUNS):
        began = time.perf_counter()
        with path.open("rb") as file:
            count = read(file)
        taken.append(time.perf_counter() - began)
    return count / median(taken)


def peak() -> float:
    """Return the most memory that this process has held, in MiB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


@click.command()
@click.option("--rows", default=1_000_000, show_default=True)
def main(rows: int) -> None:
    """Read invented people as cards and as a table, and print what each takes."""
    with tempfile.TemporaryDirectory(prefix="rubrica-bench-") as folder:
        cards, table = Path(folder, "people.vcf"), Path(folder, "people.csv")
        for path, write in ((cards, write_cards), (table, write_rows)):
            with path.open("w", encoding="utf-8", newline="") as file:
                write(file, rows)
        before = peak()
        by_card = rate(read_cards, cards)
        grown = peak() - before
        by_row = rate(read_rows, table)
        started = time.perf_counter()
        contacts = (
            {"firstName": first, "lastName": last, "phoneNumber": number, "email": address}
            for first, last, number, address in itertools.islice(somebody(rows), 100_000)
        )
        written = sum(1 for contact in contacts if vcards.write(contact))
        by_writing = written / (time.perf_counter() - started)
        print(f"{rows:,} people, {cards.stat().st_size:,} bytes of cards")
        print(f"  vCard reader {by_card:12,.0f} cards/s")
        print(f"  csv reader   {by_row:12,.0f} rows/s   {by_row / by_card:8.1f} times as many")
        print(f"  vCard writer {by_writing:12,.0f} cards/s, people made on the way")
        print(f"  reading cards took {grown:.1f} MiB more memory; at the peak it was {peak():.1f}")


if __name__ == "__main__":
    main()
