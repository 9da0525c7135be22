"""Many contacts at once, with the outcome as if they had come one after the other.

Newcomers are poured into a temporary table and merged by sets. Where one newcomer's fate hangs
on another's (a number twice, an address that one of them gives up), they are parted into rounds;
most files need one. Those that certainly mean the same contact are folded into one beforehand.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from rubrica import consents
from rubrica.contacts import merging_sql as sql
from rubrica.contacts import queries, wanted
from rubrica.contacts.rounds import Circles, Families, Links
from rubrica.db import Tx

Policy = Literal["OVERWRITE", "FILL", "NEVER", "APPEND", "CLEAR"]
Mode = Literal["CREATE_UPDATE", "CREATE", "UPDATE"]
Key = Literal["phoneNumber", "email", "externalId", "id"]
DEFAULT_KEYS: tuple[Key, ...] = ("phoneNumber", "email")
FOLDED = -1
"""The round of a newcomer that was folded into another."""
BETWEEN, NOTHING = "\x1f", "\x02"
"""What stands between two cells of a staged row, and for a cell that holds nothing."""


class Newcomer(msgspec.Struct, kw_only=True, gc=False):
    """A contact on its way in. Text: None leaves a field alone, the empty string clears it."""

    row: int
    phone_number: str | None = None
    phone_key: str | None = None
    phone_type: str | None = None
    country_code: str | None = None
    phone_valid: str | None = None
    email: str | None = None
    external_id: str | None = None
    contact_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    gender: str | None = None
    birth_date: str | None = None
    company: str | None = None
    language: str | None = None
    notes: str | None = None
    is_test: str | None = None
    is_valid: str | None = None
    declared: str | None = None
    tags: list[str] | None = None
    custom: dict[str, Any] | None = None
    warnings: str | None = None
    """What was amiss with the row and did not keep it out, as JSON; merging only carries it."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """How newcomers are matched and what they may write.

    `policies` names the columns (and `custom.<key>`) that newcomers speak of at all.
    """

    account: int
    policies: Mapping[str, Policy]
    mode: Mode = "CREATE_UPDATE"
    match_by: tuple[Key, ...] = DEFAULT_KEYS
    add_tags: tuple[str, ...] = ()
    import_id: int | None = None
    source: str = "API"

    @property
    def plain(self) -> bool:
        """Whether number and address alone decide: then no unique rule can be broken."""
        return (
            self.match_by == DEFAULT_KEYS
            and "external_id" not in self.policies
            and self.policies.get("phone_number") != "NEVER"
        )


class _Unfolded(NamedTuple):
    row: int
    changes: bool


class Batch(NamedTuple):
    """Newcomers, ready to be poured in: the heads of groups with their rounds, and the folded."""

    newcomers: list[Newcomer]
    rounds: list[int]
    heads: list[int]
    """For each newcomer the row it was folded into; its own where it stands alone."""
    match_email: list[str | None]
    unfolded: list[tuple[Newcomer, int]]
    """Heads as they were by themselves, with their rounds: their own outcome hangs on it."""


def arranged(
    newcomers: Sequence[Newcomer],
    rules: Rules,
    links: Links | None = None,
    *,
    may_be_absent: bool = False,
) -> Batch:
    """Part newcomers into rounds, and fold together those that mean the same contact.

    `links` is what `linked` found: it keeps in order those that could meet at a stored contact
    though they share no key. `may_be_absent`: a row may be refused though its keys are free.
    """
    families = Families(
        links or {},
        update_only=rules.mode == "UPDATE",
        may_be_absent=may_be_absent or rules.mode != "CREATE_UPDATE",
    )
    circles = Circles(links or {})
    parting = _parting_addresses(newcomers, rules, links or {})
    kept: list[Newcomer] = []
    rounds: list[int] = []
    folded: list[tuple[Newcomer, int]] = []
    first: dict[int, Newcomer] = {}
    for newcomer in newcomers:
        if rules.plain:
            round, target = families.place(newcomer.phone_key, newcomer.email)
        else:
            round, target = circles.place(_keys(newcomer, parting)), None
        if target is None:
            kept.append(newcomer)
            rounds.append(round)
            continue
        folded.append((newcomer, target))
        if rules.mode != "CREATE":
            if target not in first:
                first[target] = kept[target]
                kept[target] = msgspec.structs.replace(kept[target])
            _fold(kept[target], newcomer, rules)
    match_email = [newcomer.email for newcomer in kept]
    for target, newcomer in first.items():
        match_email[target] = newcomer.email
    return Batch(
        newcomers=kept + [newcomer for newcomer, _ in folded],
        rounds=rounds + [FOLDED] * len(folded),
        heads=[n.row for n in kept] + [kept[target].row for _, target in folded],
        match_email=match_email + [None] * len(folded),
        unfolded=[(newcomer, rounds[target]) for target, newcomer in first.items()],
    )


def _parting_addresses(
    newcomers: Sequence[Newcomer], rules: Rules, links: Links
) -> set[str] | None:
    """Return the addresses at which rows may meet; nothing where they may at any.

    People with numbers of their own who share an address stay apart, so that an address matters
    only where somebody has no number: a row, or a stored contact that several rows touch.
    """
    if rules.policies.get("phone_number", "NEVER") == "NEVER":
        return None
    alone = {n.email for n in newcomers if n.email and not n.phone_key}
    return alone | {key[1:] for key in links if key.startswith("e")}


def _keys(newcomer: Newcomer, parting: set[str] | None) -> list[str]:
    email = newcomer.email
    if email and newcomer.phone_key and parting is not None and email not in parting:
        email = None
    named = (
        ("p", newcomer.phone_key),
        ("e", email),
        ("x", newcomer.external_id),
        ("#", newcomer.contact_id and str(int(newcomer.contact_id))),
    )
    return [prefix + key for prefix, key in named if key]


def _fold(head: Newcomer, later: Newcomer, rules: Rules) -> None:
    """Let a later row write over the head as it would have written over the stored contact."""
    for column, policy in rules.policies.items():
        if column.startswith("custom.") or policy == "NEVER" or column == "phone_number":
            continue
        value = getattr(later, column)
        if value is None:
            continue
        mine = getattr(head, column)
        if policy == "APPEND":
            head.tags = list(dict.fromkeys([*(head.tags or []), *rules.add_tags, *value]))
        elif policy != "FILL" or (not mine and not _filled(column, rules)):
            setattr(head, column, value)
    for key, value in (later.custom or {}).items():
        policy = rules.policies[f"custom.{key}"]
        mine = (head.custom or {}).get(key)
        if policy != "NEVER" and (policy != "FILL" or mine is None):
            head.custom = (head.custom or {}) | {key: value}


def _filled(column: str, rules: Rules) -> bool:
    """Tell whether a column is never empty once the head is in."""
    return column in ("is_test", "is_valid") or (column == "tags" and bool(rules.add_tags))


def staged(batch: Batch, rules: Rules) -> bytes:
    """Write a batch as one block of COPY's text format, the columns in `merging_sql.STAGED`."""
    kinds: dict[str, list[str]] = {"set": [], "fill": [], "new": []}
    for column, policy in rules.policies.items():
        outer, _, key = column.partition(".")
        if outer == "custom" and key:
            kinds[{"FILL": "fill", "NEVER": "new"}.get(policy, "set")].append(key)
    lines = [
        _line(newcomer, round, head, email, kinds)
        for newcomer, round, head, email in zip(
            batch.newcomers, batch.rounds, batch.heads, batch.match_email, strict=True
        )
    ]
    for newcomer, round in batch.unfolded:
        lines.append(_line(newcomer, sql.UNFOLDED - round, newcomer.row, None, kinds))
    return "".join(lines).encode()


def _line(
    n: Newcomer, round: int, head: int, match_email: str | None, kinds: dict[str, list[str]]
) -> str:
    if round == FOLDED:
        cells: list[str | None] = [
            str(n.row),
            str(FOLDED),
            str(head),
            *[None] * (sql.WIDTH - 4),
            n.warnings,
        ]
    else:
        custom = n.custom
        cells = [
            str(n.row), str(round), str(head), match_email, n.phone_number, n.phone_key,
            n.phone_type, n.country_code, n.phone_valid, n.email, n.external_id, n.contact_id,
            n.first_name, n.last_name, n.gender, n.birth_date, n.company, n.language, n.notes,
            n.is_test, n.is_valid, n.declared,
            None if n.tags is None else _array(n.tags),
            *(None if custom is None else _json(custom, kinds[kind]) for kind in kinds),
            n.warnings,
        ]  # fmt: skip
    line = BETWEEN.join([NOTHING if cell is None else cell for cell in cells])
    if (
        line.count(BETWEEN) != sql.WIDTH - 1
        or "\0" in line
        or "\\" in line
        or "\n" in line
        or "\r" in line
    ):
        line = BETWEEN.join([NOTHING if cell is None else _escaped(cell) for cell in cells])
    return line + "\n"


def _escaped(cell: str) -> str:
    clean = cell.replace("\0", "").replace("\\", "\\\\").replace("\n", "\\n")
    return clean.replace("\r", "\\r").replace(BETWEEN, "\\x1f").replace(NOTHING, "\\x02")


def _array(tags: list[str]) -> str:
    quoted = (tag.replace("\\", "\\\\").replace('"', '\\"') for tag in tags)
    return "{" + ",".join(f'"{tag}"' for tag in quoted) + "}"


def _json(custom: dict[str, Any], keys: list[str]) -> str | None:
    found = {key: custom[key] for key in keys if key in custom}
    return msgspec.json.encode(found).decode() if found else None


async def _links_of(tx: Tx, newcomers: Sequence[Newcomer], rules: Rules) -> dict[str, list[str]]:
    """Find the stored contacts at which newcomers, poured in before, could meet without a key."""
    links: dict[str, list[str]] = {}
    if rules.plain:
        # Only this: a row means a contact by its number, another by the address that it has.
        phones = [n.phone_key for n in newcomers if n.phone_key]
        emails = list({n.email for n in newcomers if n.email and not n.phone_key})
        if emails and phones:
            for row in await tx.all(
                dict[str, Any],
                sql.BEHIND_NUMBERS,
                account=rules.account,
                phones=" ".join(phones),  # thousands: one text is sent in no time, an array is not
                emails=emails,
            ):
                links[row["phone_key"]] = [row["email"]]
        return links
    for row in await tx.all(dict[str, Any], sql.TOUCHED, account=rules.account):
        for prefix, column in (("p", "phone_key"), ("e", "email"), ("x", "external_id")):
            if row[column]:
                links.setdefault(prefix + row[column], []).append(f"#{row['id']}")
    return links


async def pour(tx: Tx, block: bytes) -> None:
    """Make the temporary tables where this connection has none yet, and fill the first."""
    await tx.run(sql.PREPARE)
    await tx.copy_text(sql.COPY, block)


async def linked(tx: Tx, newcomers: Sequence[Newcomer], rules: Rules, batch: Batch) -> Batch:
    """Arrange what was poured anew where stored contacts join its rows; return what is in now."""
    links = await _links_of(tx, newcomers, rules)
    # An erased person's row makes no contact: what was folded into it may.
    refused = FOLDED in batch.rounds and await consents.any_erased(tx, rules.account)
    if links or refused:
        batch = arranged(newcomers, rules, links, may_be_absent=refused)
        await pour(tx, staged(batch, rules))
    return batch


async def merge_round(
    tx: Tx, rules: Rules, round: int, *, contested: bool, room: int | None = None
) -> list[int]:
    """Merge one round; return the rows that changed a stored contact.

    Of new contacts the first `room` come in, the others are rejected; None: all come in.
    What became of each row stands in the temporary table `resolved` (row, contact_id, fate,
    code, other_id), fate one of NEW, FOUND, SKIPPED, REJECTED, until the transaction ends.
    """
    values: dict[str, Any] = {
        "account": rules.account,
        "round": round,
        "mode": rules.mode,
        "import_id": rules.import_id,
        "add_tags": list(rules.add_tags),
        "source": rules.source,
    }
    await tx.run(sql.resolve(rules.match_by), **values)
    if contested:
        await tx.run(sql.FIRST_COME_FIRST_SERVED, **values)
    if await consents.any_erased(tx, rules.account):
        await tx.run(sql.refuse_erased(), **values, **consents.pads(rules.account))
    if not rules.plain:
        await tx.run(sql.refuse_taken(rules.policies), **values)
    added = 0
    if rules.mode != "UPDATE":
        if room is not None:
            await tx.run(sql.REFUSE_BEYOND, room=room, **values)
        added = await tx.run(sql.INSERT_NEW, **values)
        if added:
            await queries.add_to_total(tx, rules.account, added)
    if rules.mode == "CREATE":
        return []
    columns = wanted.of(rules.policies, add_tags=bool(rules.add_tags))
    if not columns:
        return []
    unfolded = await tx.all(_Unfolded, sql.would_change(columns), **values)
    changed = set(await tx.column(sql.update_found(columns), **values))
    changed -= {head.row for head in unfolded}
    return [*changed, *(head.row for head in unfolded if head.changes)]


def contested(batch: Batch, round: int) -> bool:
    """Tell whether several rows of a round with numbers of their own share an address."""
    emails = [
        email
        for email, newcomer, its in zip(
            batch.match_email, batch.newcomers, batch.rounds, strict=False
        )
        if its == round and email and newcomer.phone_key
    ]
    return len(emails) != len(set(emails))


class Fate(msgspec.Struct, frozen=True):
    """What became of one row."""

    row: int
    contact_id: int | None
    fate: Literal["NEW", "FOUND", "SKIPPED", "REJECTED"]
    code: str | None
    other_id: int | None
    """Whom the e-mail address would have found, where the number found another."""


async def fates(tx: Tx, round: int) -> list[Fate]:
    """Tell what became of the rows of a round."""
    return await tx.all(
        Fate,
        "SELECT row, contact_id, fate, code, other_id FROM resolved"
        " WHERE round = %(round)s ORDER BY row",
        round=round,
    )
