"""From the cells of a row to a contact on its way in."""

from collections import Counter
from typing import NamedTuple

import msgspec

from rubrica.contacts import Newcomer, Policy, Rules
from rubrica.errors import Refused
from rubrica.formats import Row, unguarded
from rubrica.imports.cells import COLUMNS, Reader, reader, value
from rubrica.imports.model import ARRAYS, CUSTOM, Line, Plan

NEVER_CLEARED = frozenset({"phoneNumber", "email", "id", "isTest", "isValid"})
TRUE_TO_TEXT = ("VCARD", "JSONL")
"""Kinds of files that no spreadsheet program runs: there an apostrophe is an apostrophe."""


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


class Normaliser:
    """Reads rows by a plan. Made once an import; `read` is its inner loop."""

    def __init__(self, plan: Plan) -> None:
        self._reject_bad = plan.on_bad_value == "REJECT_ROW"
        self._guarded = plan.reading.kind not in TRUE_TO_TEXT
        self._keys = set(plan.match_by)
        # A full name only serves where first and last name are blank: it is read after them.
        in_order = sorted(plan.lines, key=lambda line: line.field == "fullName")
        columns = Counter(line.field for line in plan.lines if line.field not in ARRAYS)
        self._readers = [
            (line.column, line, reader(line, plan), columns[line.field] > 1) for line in in_order
        ]
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
        taken: dict[str, tuple[str, str]] = {}
        for column, line, read, shared in self._readers:
            if column >= width:
                continue
            cell = cells[column].strip()
            if not cell:
                continue
            if cell[0] == "'" and self._guarded:
                cell = unguarded(cell)
            if shared and line.field in taken:
                told += _not_kept(newcomer, line, read, cell, *taken[line.field])
                continue
            try:
                mended = read(newcomer, cell)
                if shared:
                    taken[line.field] = line.name, cell
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


def _not_kept(
    newcomer: Newcomer, line: Line, read: Reader, cell: str, first: str, taken: str
) -> list[Remark]:
    """Tell of a value whose field another column has filled already; one that is equal is kept."""
    if cell == taken:
        return []
    other = Newcomer(row=newcomer.row)
    try:
        read(other, cell)
    except Refused:
        pass  # told as well, though not why: nobody asked what it means
    else:
        if value(other, line.field) == value(newcomer, line.field):
            return []
    message = f"Not kept: {line.field} is taken from “{first}”, which comes first."
    return [Remark("value_not_kept", line.name, cell[:1000], message)]
