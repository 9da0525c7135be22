"""Up to 10,000 contacts in one call, by the rule that imports follow."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET

from rubrica.contacts import merging, model, quotas
from rubrica.contacts.merging import Mode, Newcomer, Policy, Rules
from rubrica.contacts.model import ContactBody, InvalidContact, Warning, Written  # noqa: A004
from rubrica.db import Tx
from rubrica.misfits import misfit
from rubrica.values import FieldType

Outcome = Literal["CREATED", "UPDATED", "UNCHANGED", "SKIPPED", "DUPLICATE", "REJECTED"]
WORDS: dict[str, str] = {
    "ambiguous_match": "Several contacts have this address, and none has the number.",
    "quota_exceeded": "The account has as many contacts as it may have.",
    "phone_taken": "Another contact has this phone number.",
    "external_id_taken": "Another contact has this externalId.",
    "email_taken": "Another contact without a number has this e-mail address.",
    "erased": "The person was erased; only POST /contacts brings them back.",
}


class BatchBody(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Contacts to be written in one call. Each is read alone: one that is wrong is rejected."""

    contacts: Annotated[list[dict[str, Any]], msgspec.Meta(min_length=1, max_length=10_000)]
    mode: Mode = "CREATE_UPDATE"


class BatchResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one contact of a batch."""

    index: int
    outcome: Outcome
    contact_id: int | None = None
    code: str | None = None
    message: str | None = None
    warnings: list[Warning] = []


class BatchAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of every contact of a batch, in order, and how many of each."""

    results: list[BatchResult]
    summary: dict[str, int]


async def write(
    tx: Tx, account: int, body: BatchBody, country: str | None, fields: dict[str, FieldType]
) -> BatchAnswer:
    """Write a batch; the outcome is as if its contacts had come one after the other."""
    newcomers: list[Newcomer] = []
    results: dict[int, BatchResult] = {}
    columns: set[str] = set()
    for index, raw in enumerate(body.contacts):
        try:
            new = model.written(msgspec.convert(raw, ContactBody), country, fields)
            model.reachable(new.phone_number, new.email)
        except msgspec.ValidationError as error:
            found = misfit(error, ContactBody)
            results[index] = _rejected(index, "invalid", f"{found.field}: {found.message}")
        except InvalidContact as refusal:
            code = refusal.errors[0].code if refusal.errors else refusal.code
            results[index] = _rejected(index, code, refusal.detail)
        else:
            newcomers.append(_newcomer(index, new, columns))
    policies: dict[str, Policy] = dict.fromkeys(sorted(columns), "OVERWRITE")
    rules = Rules(account=account, policies=policies, mode=body.mode)
    if newcomers:
        await _merge(tx, rules, newcomers, results)
    ordered = [results[index] for index in range(len(body.contacts))]
    summary = {"total": len(ordered)} | {
        word: sum(result.outcome == outcome for result in ordered)
        for word, outcome in (
            ("created", "CREATED"),
            ("updated", "UPDATED"),
            ("unchanged", "UNCHANGED"),
            ("skipped", "SKIPPED"),
            ("duplicates", "DUPLICATE"),
            ("rejected", "REJECTED"),
        )
    }
    return BatchAnswer(results=ordered, summary=summary)


def _newcomer(index: int, new: Written, columns: set[str]) -> Newcomer:
    newcomer = Newcomer(row=index)
    for name in (
        "phone_number", "email", "external_id", "first_name", "last_name", "gender",
        "birth_date", "company", "language", "notes",
    ):  # fmt: skip
        value = getattr(new, name)
        if value is not UNSET:
            setattr(newcomer, name, value or "")
            columns.add(name)
    newcomer.phone_number = newcomer.phone_number or None
    newcomer.email = newcomer.email or None
    if newcomer.phone_number:
        newcomer.phone_key, newcomer.phone_type = new.phone_key or None, new.phone_type or None
        newcomer.country_code = new.country_code or None
        newcomer.phone_valid = "true" if new.phone_is_valid else "false"
    for name in ("is_test", "is_valid"):
        value = getattr(new, name)
        if value is not UNSET:
            setattr(newcomer, name, "true" if value else "false")
            columns.add(name)
    if new.tags is not UNSET:
        newcomer.tags = new.tags
        columns.add("tags")
    if new.declared is not UNSET:
        newcomer.declared = ",".join(new.declared)
        columns.add("declared")
    if new.custom_fields is not UNSET:
        newcomer.custom = new.custom_fields
        columns.update(f"custom.{key}" for key in new.custom_fields)
    return newcomer


async def _merge(
    tx: Tx, rules: Rules, newcomers: list[Newcomer], results: dict[int, BatchResult]
) -> None:
    room = None if rules.mode == "UPDATE" else await quotas.room(tx, rules.account)
    batch = merging.arranged(newcomers, rules)
    await merging.pour(tx, merging.staged(batch, rules))
    batch = await merging.linked(tx, newcomers, rules, batch)
    written: set[int] = set()
    for round in range(max(batch.rounds) + 1):
        contested = merging.contested(batch, round)
        merged = await merging.merge_round(tx, rules, round, contested=contested, room=room)
        changed = set(merged)
        for row in await merging.fates(tx, round):
            if room is not None and row.fate == "NEW":
                room -= 1
            outcome = _outcome(row, changed, written)
            results[row.row] = BatchResult(
                index=row.row,
                outcome=outcome,
                contact_id=None
                if row.fate == "SKIPPED" and rules.mode == "UPDATE"
                else row.contact_id,
                code=row.code,
                message=WORDS.get(row.code or ""),
                warnings=model.other_contact(None if row.code else row.other_id),
            )
            if row.contact_id is not None and outcome in ("CREATED", "UPDATED", "UNCHANGED"):
                written.add(row.contact_id)
    for newcomer, round, head in zip(batch.newcomers, batch.rounds, batch.heads, strict=True):
        if round < 0:
            results[newcomer.row] = _like_head(newcomer.row, results[head])


def _outcome(row: merging.Fate, changed: set[int], written: set[int]) -> Outcome:
    if row.fate == "REJECTED":
        return "REJECTED"
    if row.contact_id in written:
        return "DUPLICATE"
    if row.fate == "SKIPPED":
        return "SKIPPED"
    if row.fate == "NEW":
        return "CREATED"
    return "UPDATED" if row.row in changed else "UNCHANGED"


def _like_head(index: int, head: BatchResult) -> BatchResult:
    outcome = head.outcome if head.outcome in ("REJECTED", "SKIPPED") else "DUPLICATE"
    return BatchResult(
        index=index,
        outcome=outcome,
        contact_id=head.contact_id,
        code=head.code,
        message=head.message,
    )


def _rejected(index: int, code: str, message: str) -> BatchResult:
    return BatchResult(index=index, outcome="REJECTED", code=code, message=message)
