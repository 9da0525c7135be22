"""From a file of a watched folder to its import, and to the report that is put beside it."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from rubrica import audit, lists
from rubrica.accounts import Account
from rubrica.cli import following
from rubrica.cli.folder import Claim, Place
from rubrica.cli.looking import forget, store
from rubrica.cli.mapping import in_options, names
from rubrica.cli.parameters import by_hand
from rubrica.cli.telling import write_rejects
from rubrica.db import Database, Tx
from rubrica.errors import FieldError, Invalid, Refused, Unready
from rubrica.imports import jobs, queries, recipes, service, uploads
from rubrica.imports.model import (
    CardConfirmation,
    Confirmation,
    Import,
    MappingLine,
    NewList,
    Upload,
)
from rubrica.imports.recipes import Recipe
from rubrica.imports.refusals import FileTaken
from rubrica.lists import ListExists
from rubrica.settings import Settings
from rubrica.storage import open_storage

SURE = 0.9
"""The confidence from which a suggestion is taken where nobody looks at it."""
KEEP = "import it by `rubrica import FILE --save-recipe NAME`, which keeps the columns for the next"


class Terms(NamedTuple):
    """How the files of a folder are imported."""

    owner: Account
    recipe: str | None
    list_name: str | None
    default_country: str | None


class Seen(NamedTuple):
    """What became of a file."""

    place: Place
    report: dict[str, Any]
    ended: Import | None = None


class NotSure(Invalid):
    """It is not sure what the columns of the file are for, and nobody is there to ask."""

    code = "not_sure"


class AllRejected(Invalid):
    """Every row of the file was rejected."""

    code = "all_rejected"


async def taken(db: Database, config: Settings, terms: Terms, claim: Claim) -> Seen:
    """See a file through to the end of its import, or to why there is none.

    What passes by itself, such as a database that is away, is raised; then it can be done again.
    """
    account = terms.owner.id
    try:
        async with db.read() as tx:
            id = await queries.of_watched(tx, account, claim.mark)
        if id is None:
            id = await _started(db, config, terms, claim)
    except Refused as refusal:
        if isinstance(refusal, Unready | ListExists):
            raise
        return failed(terms, refusal)
    except PermissionError as error:
        return failed(terms, Invalid(f"The file cannot be read: {error}."))
    ended = await following.ended(db, open_storage(config), account, id)
    if ended.summary.rejected:
        with claim.scratch.open("w", encoding="utf-8-sig", newline="") as file:
            await write_rejects(db, account, id, file)
    why = _why_failed(ended)
    return Seen("failed" if why else "done", _report(terms, why, ended), ended)


def failed(terms: Terms, why: Refused) -> Seen:
    """Return what is told of a file that could not be imported."""
    return Seen("failed", _report(terms, why))


async def _started(db: Database, config: Settings, terms: Terms, claim: Claim) -> int:
    """Store a file, read it to its end and confirm it; return the import's id."""
    account = terms.owner.id
    upload = await store(db, config, terms.owner, claim.path, default_country=terms.default_country)
    try:
        if not upload.complete:
            await service.analyse_whole(db, open_storage(config), account, upload.id)
        async with db.transaction() as tx:
            upload = await uploads.by_id(tx, account, upload.id) or upload
            service.check_read(upload)
            wish = await _wish(tx, terms, upload)
            id = await service.confirm(
                tx,
                account,
                terms.owner.default_country,
                wish,
                queries.WATCHED + claim.mark,
                jobs.load,
            )
            await audit.record(tx, by_hand(account), "import.started", import_=id, dryRun=False)
            return id
    except FileTaken:
        await forget(db, config, upload)
        async with db.read() as tx:
            id = await queries.of_watched(tx, account, claim.mark)
        assert id is not None
        return id
    except Refused:
        await forget(db, config, upload)
        raise


async def _wish(tx: Tx, terms: Terms, upload: Upload) -> Confirmation:
    """Return the confirmation of a file: by the recipe, else as suggested where that is sure."""
    recipe = await _recipe(tx, terms, upload)
    given: dict[str, Any] = {} if recipe else {"mapping": _sure(upload)}
    if terms.default_country is not None:
        given["default_country"] = terms.default_country
    if terms.list_name is not None:
        there = await lists.by_name(tx, terms.owner.id, terms.list_name)
        given["list_ids"] = [there.id] if there else []
        given["new_list"] = None if there else NewList(name=terms.list_name)
    kind = CardConfirmation if upload.analysis.reading.kind == "VCARD" else Confirmation
    asked = kind(upload_id=upload.id, recipe_id=recipe and recipe.id, **given)
    said = {each.encode_name for each in msgspec.structs.fields(kind) if each.name in given}
    return await recipes.filled(tx, terms.owner.id, asked, said)


async def _recipe(tx: Tx, terms: Terms, upload: Upload) -> Recipe | None:
    if terms.recipe is not None:
        return await recipes.named(tx, terms.owner.id, terms.recipe)
    fitting = await recipes.fitting(tx, upload)
    if len(fitting) > 1:
        called = ", ".join(f"“{recipe.name}”" for recipe in fitting)
        raise NotSure(
            f"Several recipes are for these columns: {called}. Say which, by --recipe of `rubrica"
            " watch`, or import the file by `rubrica import FILE --recipe NAME`."
        )
    return fitting[0] if fitting else None


def _sure(upload: Upload) -> list[MappingLine]:
    """Return the suggested mapping, where every line of it is sure."""
    found = upload.analysis
    if found.reading.kind == "VCARD":
        return [line for line in found.mapping if line.field]
    lost = {warning.column for warning in found.warnings if warning.code == "names_not_kept"}
    wrong = [
        FieldError(f"mapping[{column.index}]", "not_sure", f"“{name}”: {column.reason}")
        for column, name in zip(found.columns, names(found.columns), strict=True)
        if (column.suggested_field and column.confidence < SURE) or column.index in lost
    ]
    if wrong or not found.header:
        why = "" if found.header else "The file has no header. "
        raise NotSure(
            f"{why}It is not sure what the columns are for: {KEEP} file of these headers.",
            errors=wrong,
        )
    return found.mapping


def _why_failed(ended: Import) -> Refused | None:
    if ended.status != "COMPLETED":
        said = ended.error["message"] if ended.error else "Somebody cancelled the import."
        undo = f"What came in before stays: `rubrica undo {ended.id}` takes it back."
        return Invalid(f"{said} {undo}")
    if ended.summary.total and ended.summary.rejected == ended.summary.total:
        return AllRejected(
            "Every row was rejected: mend the file of those rows, and put it here again."
        )
    return None


def _report(terms: Terms, why: Refused | None, ended: Import | None = None) -> dict[str, Any]:
    """Return what is told of a file, in the words of a program and of a person."""
    said = None
    if why is not None:
        code = ended.error["code"] if ended is not None and ended.error else why.code
        said = {
            "code": code,
            "message": in_options(why.detail),
            "errors": [e._asdict() for e in why.errors],
        }
    return {
        "at": datetime.now(UTC),
        "account": terms.owner.name,
        "failure": said,
        "import": ended,
    }
