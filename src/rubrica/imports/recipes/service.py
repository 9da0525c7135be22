"""What one can do with recipes, where it takes more than one statement."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from rubrica import contacts, lists
from rubrica.db import Tx
from rubrica.errors import FieldError
from rubrica.formats import Reading
from rubrica.imports import cards, planning, service, uploads
from rubrica.imports.model import (
    Analysis,
    CardConfirmation,
    Confirmation,
    MappingLine,
    Options,
    Upload,
)
from rubrica.imports.recipes import model, queries
from rubrica.imports.recipes.model import (
    Choices,
    InvalidRecipe,
    Kept,
    NoSuchRecipe,
    Recipe,
    RecipeBody,
    card_columns,
)
from rubrica.imports.refusals import NoSuchUpload
from rubrica.lists import NoSuchList

SomeConfirmation = TypeVar("SomeConfirmation", bound=Confirmation)
OF_CARDS = ("phone_preference", "email_preference", "split_phones")
TARGETS = ("uploadId", "headers", "cards")
"""What says for which files a recipe is."""


class Files(NamedTuple):
    """Which files a recipe is for."""

    header: list[str]
    width: int
    cards: bool


async def get(tx: Tx, account: int, id: int, *, lock: bool = False) -> Recipe:
    """Return one recipe."""
    found = await queries.by_id(tx, account, id, lock=lock)
    if found is None:
        raise NoSuchRecipe(f"There is no recipe {id}.")
    return found


async def named(tx: Tx, account: int, name: str) -> Recipe:
    """Return the recipe of a name, whatever its case and accents."""
    found = None if "\0" in name else await queries.by_name(tx, account, name)
    if found is None:
        raise NoSuchRecipe(f"There is no recipe “{name}”.")
    return found


async def fitting(tx: Tx, upload: Upload) -> list[Recipe]:
    """List the recipes for the headers of an upload, the one that was written last first."""
    found = upload.analysis
    if found.unread or found.refused is not None:
        return []
    known_by = model.fingerprint(found.header, cards=is_cards(upload))
    if known_by is None:
        return []
    return await queries.by_fingerprint(tx, upload.account_id, known_by)


def is_cards(upload: Upload) -> bool:
    """Tell whether an upload is of vCards."""
    return upload.analysis.reading.kind == "VCARD"


def mapping_for(recipe: Recipe, upload: Upload) -> list[MappingLine]:
    """Return what a recipe takes the columns of an upload for, each of them; nothing: as usual."""
    model.check_kind(recipe, cards=is_cards(upload))
    found = upload.analysis
    lines = model.lines_for(recipe, found.header)
    return model.whole(lines, len(found.columns)) if lines else []


async def save(tx: Tx, account: int, body: RecipeBody) -> Recipe:
    """Add a recipe."""
    kept = await _kept(tx, account, body)
    return await get(tx, account, await queries.insert(tx, account, kept))


async def change(tx: Tx, account: int, id: int, said: Mapping[str, Any]) -> Recipe:
    """Change what was said of a recipe, and leave the rest as it is."""
    before: dict[str, Any] = msgspec.to_builtins(await get(tx, account, id, lock=True))
    if not said.keys().isdisjoint(TARGETS):
        before = {name: value for name, value in before.items() if name not in TARGETS}
    kept = await _kept(tx, account, msgspec.convert(before | dict(said), RecipeBody))
    await queries.update(tx, account, id, kept)
    return await get(tx, account, id)


async def filled(
    tx: Tx, account: int, wish: SomeConfirmation, said: Collection[str]
) -> SomeConfirmation:
    """Return a confirmation with what its recipe says of all but the fields that were `said`.

    A list that the recipe would make, and that is there by now, takes the contacts as it is.
    """
    if wish.recipe_id is None:
        return wish
    recipe = await get(tx, account, wish.recipe_id)
    upload = await service.waiting(tx, account, wish.upload_id)
    service.check_read(upload)
    model.check_kind(recipe, cards=is_cards(upload))
    sent = {field.name for field in msgspec.structs.fields(type(wish)) if field.encode_name in said}
    ours = {*Choices.__struct_fields__} & {*wish.__struct_fields__} - sent
    fill: dict[str, Any] = {name: getattr(recipe, name) for name in ours}
    if "mapping" in fill:
        fill["mapping"] = model.lines_for(recipe, upload.analysis.header)
    if "list_ids" in fill:
        await _check_lists(tx, account, recipe)
    if fill.get("new_list") is not None:
        there = await lists.by_name(tx, account, fill["new_list"].name)
        if there is not None:
            fill["list_ids"] = [*fill.get("list_ids", wish.list_ids), there.id]
            fill["new_list"] = None
    return msgspec.structs.replace(wish, **fill)


async def _check_lists(tx: Tx, account: int, recipe: Recipe) -> None:
    gone = sorted({*recipe.list_ids} - {*await lists.hold(tx, account, recipe.list_ids)})
    if gone:
        numbers = ", ".join(map(str, gone[:20]))
        raise NoSuchList(
            f"The recipe “{recipe.name}” names list {numbers}, which is not there any more: change"
            " the recipe, or say listIds.",
            missing=gone,
        )


async def _kept(tx: Tx, account: int, body: RecipeBody) -> Kept:
    """Check a recipe as a confirmation is checked, and return it with its columns by header."""
    files = await _files(tx, account, body)
    choices = Choices(**{name: getattr(body, name) for name in Choices.__struct_fields__})
    if not files.cards and any(getattr(choices, name) is not None for name in OF_CARDS):
        raise _wrong("phonePreference", "invalid_value", "Only recipes for vCards say this.")
    types: dict[str, str] = {f.key: f.type for f in await contacts.fields(tx, account)}
    analysis = _analysis(files, set(types))
    wish = _confirmation(choices, cards_wanted=files.cards)
    if isinstance(wish, CardConfirmation):
        wish = cards.completed(wish, analysis)
    new = planning.new_fields(wish, types) if choices.create_fields else []
    country = choices.default_country and choices.default_country.upper()
    planning.plan(wish, analysis, types | dict.fromkeys(new, "TEXT"), country, complete=True)
    await lists.unknown_lists(tx, account, choices.list_ids)
    mapping = model.by_header(choices.mapping, files.header)
    return Kept(
        name=body.name.strip(),
        headers=[] if files.cards else files.header,
        cards=files.cards,
        fingerprint=model.fingerprint(files.header, cards=files.cards),
        choices=msgspec.structs.replace(choices, mapping=mapping),
    )


async def _files(tx: Tx, account: int, body: RecipeBody) -> Files:
    """Find out which files a recipe shall be for."""
    ways = (body.upload_id is not None, body.headers is not None and not body.cards, body.cards)
    if sum(ways) != 1 or (body.cards and body.headers):
        message = "Say whose headers it is for: uploadId, or headers, or cards for vCards."
        raise _wrong("headers", "missing", message)
    if body.upload_id is None:
        header = card_columns(body.mapping) if body.cards else body.headers or []
        numbers = [line.column + 1 for line in body.mapping if isinstance(line.column, int)]
        return Files(header, len(header) or max(numbers, default=0), body.cards)
    found = None if "\0" in body.upload_id else await uploads.by_id(tx, account, body.upload_id)
    if found is None:
        raise NoSuchUpload(f"There is no upload “{body.upload_id}”.")
    service.check_read(found)
    return Files(found.analysis.header, len(found.analysis.columns), is_cards(found))


def _analysis(files: Files, fields: set[str]) -> Analysis:
    """Return what is known of files by their headers alone."""
    header = files.header or [""] * files.width
    return Analysis(
        reading=Reading(kind="VCARD" if files.cards else "CSV"),
        header=header,
        sheets=[],
        columns=cards.suggest(header, [], fields) if files.cards else [],
        rows=[],
        warnings=[],
    )


def _confirmation(choices: Choices, *, cards_wanted: bool) -> Confirmation:
    """Return choices as a confirmation, of which no number of removals is asked."""
    kind = CardConfirmation if cards_wanted else Confirmation
    options = {name: getattr(choices, name) for name in Options.__struct_fields__}
    return kind(upload_id="", mapping=choices.mapping, dry_run=True, **options)


def _wrong(field: str, code: str, message: str) -> InvalidRecipe:
    return InvalidRecipe(message, errors=[FieldError(field, code, message)])
