"""From the cells of a row to a contact on its way in."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple, cast

import msgspec

from rubrica import emails, names, phones, values
from rubrica.contacts import Newcomer, Policy, Rules
from rubrica.errors import Refused
from rubrica.formats import Row, unguarded
from rubrica.imports import dates
from rubrica.imports.model import CUSTOM, Line, Plan
from rubrica.imports.suggesting import GENDER_WORDS, fold
from rubrica.values import FieldType, InvalidValue

COLUMNS = {
    "phoneNumber": "phone_number",
    "externalId": "external_id",
    "id": "contact_id",
    "firstName": "first_name",
    "lastName": "last_name",
    "birthDate": "birth_date",
    "isTest": "is_test",
    "isValid": "is_valid",
    "communicationSupported": "declared",
}
"""Fields that go by another name in `Newcomer`."""
NEVER_CLEARED = frozenset({"phoneNumber", "email", "id", "isTest", "isValid"})
BETWEEN = re.compile(r"[,;|]")
TAG = re.compile(r'\s*(?:"((?:[^"]|"")*+)"\s*|([^,;|]*))(?:[,;|]|$)')
"""A tag of a cell; one that holds what parts them, or a quote, is quoted as a CSV cell is."""
TRUE_TO_TEXT = ("VCARD", "JSONL")
"""Kinds of files that no spreadsheet program runs: there an apostrophe is an apostrophe."""
LINE_LENGTH = 500


class Rejected(NamedTuple):
    """A row that does not come in, why, and what it held."""

    row: int
    code: str
    column: str | None
    value: str | None
    message: str
    cells: list[str]
    read: Newcomer
    """What could be read of it."""


class Remark(NamedTuple):
    """What a row's ledger says of one of its values: that it could not be read, or was mended."""

    code: str
    column: str | None
    value: str | None
    message: str


def rules_of(plan: Plan, account: int, import_id: int) -> Rules:
    """Return the rules of merging for a plan."""
    policies: dict[str, Policy] = {}
    for line in plan.lines:
        if line.field == "fullName":
            policies.setdefault("first_name", line.policy)
            policies.setdefault("last_name", line.policy)
        elif line.field.startswith(CUSTOM):
            policies.setdefault("custom." + line.field.removeprefix(CUSTOM), line.policy)
        elif line.field != "id":
            policies.setdefault(COLUMNS.get(line.field, line.field), line.policy)
    return Rules(
        account=account,
        policies=policies,
        mode=plan.mode,
        match_by=tuple(plan.match_by),
        add_tags=tuple(plan.tags),
        import_id=import_id,
        source="IMPORT",
    )


Reader = Callable[[Newcomer, str], Iterable[tuple[str, str]] | None]
"""Writes a cell into a newcomer; returns code and sentence of what it mended or left out."""


class Normaliser:
    """Reads rows by a plan. Made once an import; `read` is its inner loop."""

    def __init__(self, plan: Plan) -> None:
        self._country = plan.country
        self._reject_bad = plan.on_bad_value == "REJECT_ROW"
        self._guarded = plan.reading.kind not in TRUE_TO_TEXT
        self._keys = set(plan.match_by)
        # A full name only serves where first and last name are blank: it is read after them.
        in_order = sorted(plan.lines, key=lambda line: line.field == "fullName")
        self._readers = [(line.column, line, self._reader(line, plan)) for line in in_order]
        self._identities = {"phoneNumber", "email", *(self._keys & {"externalId", "id"})}
        clearing = {
            line.field
            for line in in_order
            if line.field not in NEVER_CLEARED
            and (line.policy == "CLEAR" or (plan.blanks == "CLEAR" and line.policy == "OVERWRITE"))
        }
        # Of several columns for one field, all must be blank. A full name is cleared before its
        # parts are: what was read counts.
        self._clearing = {
            field: [line.column for line in in_order if line.field == field]
            for field in sorted(clearing, key=lambda field: field != "fullName")
        }

    def read(self, row: Row) -> Newcomer | Rejected:
        """Read one row. Bad values are left out and told of, or keep the row out: the plan says."""
        newcomer = Newcomer(row=row.number)
        cells = row.cells
        width = len(cells)
        bad: list[tuple[str, Remark]] | None = None
        told: list[Remark] = []
        for column, line, reader in self._readers:
            if column >= width:
                continue
            cell = cells[column].strip()
            if not cell:
                continue
            if cell[0] == "'" and self._guarded:
                cell = unguarded(cell)
            try:
                mended = reader(newcomer, cell)
                if mended:
                    told += [Remark(code, line.name, cell[:1000], why) for code, why in mended]
            except Refused as refusal:
                bad = bad or []
                found = Remark(refusal.code, line.name, cell[:1000], refusal.detail[:2000])
                bad.append((line.field, found))
        if bad and self._reject_bad:
            return Rejected(row.number, *(self._identity(bad) or bad[0][1]), cells, newcomer)
        if not self._identified(newcomer):
            message = "The row has neither a phone number nor an e-mail address."
            message = f"{message} {row.damage}" if row.damage else message
            reason = self._identity(bad or []) or ("no_identity", None, None, message)
            return Rejected(row.number, *reason, cells, newcomer)
        if self._clearing:
            self._clear(newcomer, cells)
        if row.damage:
            told.append(Remark("damaged_row", None, None, row.damage))
        if bad or told:
            every = [*told, *(each for _, each in bad or ())]
            newcomer.warnings = msgspec.json.encode([each._asdict() for each in every]).decode()
        return newcomer

    def _identified(self, newcomer: Newcomer) -> bool:
        return bool(
            newcomer.phone_key
            or newcomer.email
            or (newcomer.external_id and "externalId" in self._keys)
            or (newcomer.contact_id and "id" in self._keys)
        )

    def _identity(self, bad: list[tuple[str, Remark]]) -> Remark | None:
        return next((each for field, each in bad if field in self._identities), None)

    def _clear(self, newcomer: Newcomer, cells: list[str]) -> None:
        for field, columns in self._clearing.items():
            if any(column < len(cells) and cells[column].strip() for column in columns):
                continue
            key = field.removeprefix(CUSTOM)
            if key != field:
                newcomer.custom = (newcomer.custom or {}) | {key: None}
            elif field == "tags":
                newcomer.tags = []
            elif field == "fullName":
                if newcomer.first_name is None and newcomer.last_name is None:
                    newcomer.first_name = newcomer.last_name = ""
            else:
                name = COLUMNS.get(field, field)
                if getattr(newcomer, name) is None:
                    setattr(newcomer, name, "")

    def _reader(self, line: Line, plan: Plan) -> Reader:
        field = line.field
        if field == "phoneNumber":
            return self._phone
        if field == "fullName":
            return _full_name
        if field == "tags":
            return _tags
        if field.startswith(CUSTOM):
            key = field.removeprefix(CUSTOM)
            kind = cast("FieldType", plan.fields[key])
            return _custom(key, kind, line)
        name = COLUMNS.get(field, field)
        parse = _parser(field, line)
        if sum(other.field == field for other in plan.lines) == 1 and "fullName" not in {
            other.field for other in plan.lines
        }:
            return lambda newcomer, cell: setattr(newcomer, name, parse(cell))

        def plain(newcomer: Newcomer, cell: str) -> None:
            if getattr(newcomer, name) is None:
                setattr(newcomer, name, parse(cell))

        return plain

    def _phone(self, newcomer: Newcomer, cell: str) -> Iterable[tuple[str, str]] | None:
        if newcomer.phone_key is not None:
            return None
        phone, codes, left = phones.read(cell, self._country)
        newcomer.phone_number, newcomer.phone_key = phone.number, phone.key
        newcomer.phone_type, newcomer.country_code = phone.type, phone.country
        newcomer.phone_valid = "t" if phone.is_valid else "f"
        if not codes:
            return None
        kept = f" It is read as {phone.number}."
        missing = f" Not kept: {left}." if left else ""
        return [(code, phones.WORDS[code] + kept + missing) for code in codes]


def _parser(field: str, line: Line) -> Callable[[str], str]:

    @lru_cache(1 << 16)
    def birth_date(cell: str) -> str:
        return dates.day(cell, line.format)

    parsers: dict[str, Callable[[str], str]] = {
        "email": emails.parse,
        # These recur: most rows find their value read already.
        "gender": lru_cache(1 << 10)(_gender),
        "birthDate": birth_date,
        "language": lru_cache(1 << 10)(values.language),
        "notes": values.short,
        "id": _id,
        "isTest": lambda cell: "t" if values.yes_or_no(cell) else "f",
        "isValid": lambda cell: "t" if values.yes_or_no(cell) else "f",
        "communicationSupported": _channels,
    }
    return parsers.get(field, _line)


def _line(cell: str) -> str:
    if len(cell) > LINE_LENGTH:
        raise InvalidValue(f"The text has {len(cell):,} characters; {LINE_LENGTH} are kept.")
    return cell


def _id(cell: str) -> str:
    if not (cell.isascii() and cell.isdigit() and len(cell) < 19):  # noqa: PLR2004 - a bigint
        raise InvalidValue(f"“{cell}” is not the id of a contact.")
    return cell


def _gender(cell: str) -> str:
    found = GENDER_WORDS.get(fold(cell))
    if found is None:
        raise InvalidValue(
            f"“{cell}” is not a known word for a gender: write MALE, FEMALE or OTHER."
        )
    return found


def _channels(cell: str) -> str:
    named = [part.strip().upper() for part in BETWEEN.split(cell) if part.strip()]
    for name in named:
        if name not in ("SMS", "RCS", "WHATSAPP", "EMAIL", "VOICE"):
            raise InvalidValue(f"“{name}” is not a channel: SMS, RCS, WHATSAPP, EMAIL or VOICE.")
    return ",".join(name for name in named if name in ("RCS", "WHATSAPP"))


def _full_name(newcomer: Newcomer, cell: str) -> None:
    if newcomer.first_name is None and newcomer.last_name is None:
        first, last = names.split(_line(cell))
        if first or last:
            newcomer.first_name, newcomer.last_name = first or "", last or ""


def _tags(newcomer: Newcomer, cell: str) -> None:
    found: list[tuple[str, str]] = TAG.findall(cell)
    tags = [(quoted.replace('""', '"') or plain).strip() for quoted, plain in found]
    if any(len(tag) > 100 for tag in tags):  # noqa: PLR2004
        raise InvalidValue("A tag has at most 100 characters.")
    whole = [*(newcomer.tags or []), *(tag for tag in tags if tag)]
    newcomer.tags = list(dict.fromkeys(whole)) or None


def _custom(key: str, kind: FieldType, line: Line) -> Reader:
    def read(newcomer: Newcomer, cell: str) -> None:
        if newcomer.custom is None:
            newcomer.custom = {}
        if key not in newcomer.custom:
            text = dates.day(cell, line.format) if kind == "DATE" else cell
            newcomer.custom[key] = values.custom(text, kind)

    return read
