"""Holds what our readers make of a file against what a person sees in it.

What is expected stands in the `.jsonl` files beside: written by looking at each file and at its
origin's documentation, never at our output. `or` lists other readings that are as good.
"""

import codecs
import csv
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from rubrica import formats
from rubrica.errors import Refused
from rubrica.formats import Detected, Row, Wishes, spreadsheets

TABLES = Path(__file__).parent
FORMATS = ("text", "spreadsheets", "vcards")
LONGEST_SECONDS = 10
SHOWN = 8
"""Cells of a row that are compared."""
CARD = {
    "firstName": "firstName", "lastName": "lastName", "fullName": "fullName",
    "phone": "phoneNumber", "email": "email", "company": "company", "jobTitle": "jobTitle",
    "nickname": "nickname", "birthDate": "birthDate", "gender": "gender", "notes": "notes",
    "externalId": "externalId", "url": "url", "street": "street", "city": "city",
    "region": "region", "postalCode": "postalCode", "country": "country",
}  # fmt: skip
GENDERS = {"M": "MALE", "F": "FEMALE", "O": "OTHER", "N": "", "U": ""}


class Verdict(NamedTuple):
    """What became of a file: read, warned, refused, other or wrong, and why it is wrong."""

    file: str
    outcome: str
    why: str = ""


class Seen(NamedTuple):
    """What our readers made of a file: a table, or the code of a refusal."""

    found: Detected | None
    rows: list[Row]
    code: str | None


def expected(format: str) -> list[dict[str, Any]]:
    """Return what is expected of the files of a format."""
    text = (TABLES / f"expected_{format}.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def judge(folder: Path, wanted: dict[str, Any]) -> Verdict:
    """Read a file and judge it."""
    began = time.monotonic()
    spreadsheets.LIMITS = spreadsheets.Limits(seconds=LONGEST_SECONDS)
    seen = _read(folder / wanted["file"])
    if time.monotonic() - began > 2 * LONGEST_SECONDS:
        return Verdict(wanted["file"], "wrong", "it takes too long")
    every = [wanted, *(wanted | other for other in wanted.get("or") or [])]
    reasons = [_difference(each, seen) for each in every]
    if all(reasons):
        return Verdict(wanted["file"], "wrong", min(filter(None, reasons), key=len))
    if seen.code:
        return Verdict(wanted["file"], "refused")
    told = bool(seen.found and seen.found.warnings) or any(row.damage for row in seen.rows)
    return Verdict(wanted["file"], "warned" if told else "read")


def _read(file: Path) -> Seen:
    try:
        found = formats.detect(file, file.name, Wishes())
        return Seen(found, list(formats.rows(file, found.reading)), None)
    except Refused as refusal:
        return Seen(None, [], refusal.code)
    except Exception as error:  # noqa: BLE001 - no file may raise anything else
        return Seen(None, [], f"unexpected {type(error).__name__}")


def _difference(wanted: dict[str, Any], seen: Seen) -> str | None:
    """Say how a file was read otherwise than wanted; nothing where it was not."""
    if wanted["outcome"] != "read":
        codes = wanted.get("codes") or ["not_a_table"]
        if seen.code is None:
            return f"it is read, and should be refused as {' or '.join(codes)}"
        return None if seen.code in codes else f"refused as {seen.code}, not {' or '.join(codes)}"
    if seen.found is None:
        return f"it is refused as {seen.code}"
    if "cards" in wanted:
        return _difference_of_cards(wanted, seen)
    return _difference_of_table(wanted, seen.found, seen.rows)


def _difference_of_table(  # noqa: PLR0911 - one for each thing that is compared
    wanted: dict[str, Any], found: Detected, rows: list[Row]
) -> str | None:
    reading = found.reading
    encodings = wanted.get("encoding")
    if encodings and _codec(reading.encoding or "") not in {*map(_codec, encodings)}:
        return f"encoding {reading.encoding}, not {encodings}"
    delimiter = wanted.get("delimiter")
    if delimiter and (reading.delimiter or "").strip(" ") != delimiter.strip(" "):
        return f"delimiter {reading.delimiter!r}, not {delimiter!r}"
    if wanted.get("sheet") and reading.sheet != wanted["sheet"]:
        return f"sheet {reading.sheet!r}, not {wanted['sheet']!r}"
    if wanted.get("hidden") is not None:
        hidden = [sheet.name for sheet in found.sheets if sheet.hidden]
        if hidden != wanted["hidden"]:
            return f"hidden sheets {hidden}, not {wanted['hidden']}"
    header = wanted.get("header")
    if header is None:  # a person cannot tell: any row may be the header, none may be lost below it
        most, last = wanted.get("rows") or len(rows), wanted.get("last")
        lost = len(rows) > most or (rows and last and _cells(rows[-1].cells) != _cells(last))
        return "its rows are others" if lost else None
    if _cells(found.header, len(header)) != _cells(header, len(header)):
        return f"header {found.header[:SHOWN]}, not {header[:SHOWN]}"
    if wanted.get("rows") is not None and len(rows) != wanted["rows"]:
        return f"{len(rows)} rows, not {wanted['rows']}"
    for name, place in (("first", 0), ("last", -1)):
        row = wanted.get(name)
        if row is not None and rows and _cells(rows[place].cells) != _cells(row):
            return f"{name} row {_cells(rows[place].cells)}, not {_cells(row)}"
    # Titles above a header, a missing one and odd delimiters are told by the findings.
    told = found.warnings or any(row.damage for row in rows) or reading.skip
    told = told or not reading.has_header or (reading.delimiter or "").startswith((" ", ", "))
    if wanted.get("warnings") and not told:
        return "nothing is told of " + "; ".join(wanted["warnings"])
    return None


def _difference_of_cards(wanted: dict[str, Any], seen: Seen) -> str | None:
    assert seen.found
    if len(seen.rows) != wanted["cards"]:
        return f"{len(seen.rows)} cards, not {wanted['cards']}"
    for name, place in (("first", 0), ("last", -1)):
        if not seen.rows or wanted.get(name) is None:
            continue
        card = dict(zip(seen.found.header, seen.rows[place].cells, strict=True))
        for key, column in CARD.items():
            value = (wanted[name].get(key) or "").strip()
            value = GENDERS.get(value, value) if key == "gender" else value
            if card[column].strip() != value and _is_judged(key, wanted[name]):
                return f"{name} card: {key} {card[column]!r}, not {value!r}"
        tags = next(csv.reader([card["tags"]], skipinitialspace=True), [])
        if tags != wanted[name].get("tags", []):
            return f"{name} card: tags {tags}, not {wanted[name].get('tags')}"
        phones = {_bare(card["phoneNumber"]), *map(_bare, card["otherPhones"].split(", "))} - {""}
        if phones != {*map(_bare, wanted[name].get("phones", []))}:
            return f"{name} card: phones {phones}, not {wanted[name].get('phones')}"
    return None


def _is_judged(key: str, card: dict[str, Any]) -> bool:
    """Words in place of a number are none; a birthday that is no day stays for the import to tell.

    What is null, and a note of which only the beginning is given, is not judged.
    """
    if key in card:
        text = card[key]
        return text is not None and (key != "phone" or any(map(str.isdecimal, text)))
    return key != "birthDate" and not (key == "notes" and "notesStart" in card)


def _bare(phone: str) -> str:
    return "".join(filter(str.isdecimal, phone)) or phone


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name.removesuffix("-sig")
    except LookupError:
        return name


def _cells(cells: list[str], width: int = SHOWN) -> list[str]:
    shown = [" ".join(cell.split()) for cell in cells[: min(width, SHOWN)]]
    return shown + [""] * (min(width, SHOWN) - len(shown))


def tally(verdicts: list[Verdict]) -> Counter[str]:
    """Count the outcomes."""
    return Counter(verdict.outcome for verdict in verdicts)
