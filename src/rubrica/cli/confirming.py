"""The second step of `rubrica import`: the confirmation, and before it what would come of it."""

from typing import Any

import click
import msgspec

from rubrica import audit, lists
from rubrica.cli.looking import Look, Wish
from rubrica.cli.parameters import by_hand
from rubrica.db import Database, Tx
from rubrica.errors import Conflict
from rubrica.imports import jobs, recipes, service
from rubrica.imports.model import CardConfirmation, Confirmation, Import, NewList
from rubrica.imports.recipes import RecipeBody


class RemovalsDiffer(Conflict):
    """Another number of contacts would leave the list than was expected."""

    code = "removals_differ"


async def confirmation(tx: Tx, wish: Wish, seen: Look) -> Confirmation:
    """Return what was asked for as a confirmation, with what the recipe says of the rest."""
    given: dict[str, Any] = {
        "mapping": seen.mapping,
        "mode": wish.mode,
        "match_by": wish.match_by or None,
        "tags": list(wish.tags) or None,
        "create_fields": wish.create_fields or None,
        "date_format": wish.date_format,
        "default_country": wish.default_country,
        "list_mode": "MIRROR" if wish.mirror else None,
    }
    given = {name: value for name, value in given.items() if value is not None}
    if wish.list_name is not None:
        there = await lists.by_name(tx, seen.owner.id, wish.list_name)
        given["list_ids"] = [there.id] if there else []
        given["new_list"] = None if there else NewList(name=wish.list_name)
    is_cards = seen.upload.analysis.reading.kind == "VCARD"
    kind = CardConfirmation if is_cards else Confirmation
    recipe_id = seen.recipe and seen.recipe.id
    asked = kind(upload_id=seen.upload.id, recipe_id=recipe_id, **given)
    said = {each.encode_name for each in msgspec.structs.fields(kind) if each.name in given}
    return await recipes.filled(tx, seen.owner.id, asked, said)


async def confirm(
    db: Database, wish: Wish, seen: Look, foretold: Import | None, *, dry_run: bool
) -> int:
    """Turn the upload into an import, and its mapping into a recipe if asked to; return the id.

    `foretold` is the dry run whose word is to hold.
    """
    owner = seen.owner
    async with db.transaction() as tx:
        asked = await confirmation(tx, wish, seen)
        if wish.save_recipe is not None and not dry_run:
            await _save(tx, wish.save_recipe, seen, asked)
        if foretold is not None:
            asked = msgspec.structs.replace(
                asked, plan_token=foretold.plan_token, expected_removals=foretold.removals
            )
        asked = msgspec.structs.replace(asked, dry_run=dry_run)
        id = await service.confirm(
            tx, owner.id, owner.default_country, asked, "command line", jobs.load
        )
        await audit.record(tx, by_hand(owner.id), "import.started", import_=id, dryRun=dry_run)
        return id


async def _save(tx: Tx, name: str, seen: Look, asked: Confirmation) -> None:
    """Keep what is confirmed as a recipe; the one that was used may be kept anew by its name."""
    values = msgspec.structs.asdict(asked)
    choices = {k: v for k, v in values.items() if k in RecipeBody.__struct_fields__}
    choices["mapping"] = [line for line in asked.mapping if line.field or line.column in seen.said]
    body = RecipeBody(name=name, **choices)
    used = seen.recipe
    if used is not None and used.name.casefold() == name.casefold():
        sent = msgspec.to_builtins(body)
        kept = {"headers", "cards", "id", "createdAt", "updatedAt"}
        said = {k: v for k, v in sent.items() if k not in kept}
        await recipes.change(tx, seen.owner.id, used.id, said)
    else:
        await recipes.save(tx, seen.owner.id, body)
    click.echo(f"The recipe “{name}” is kept.", err=True)


def check_removals(wish: Wish, foretold: Import) -> None:
    """Refuse where another number of contacts would leave than was expected."""
    if wish.expected_removals not in (None, foretold.removals):
        raise RemovalsDiffer(
            f"{foretold.removals:,} would leave the list, and {wish.expected_removals:,} were"
            " expected: nothing was done."
        )
