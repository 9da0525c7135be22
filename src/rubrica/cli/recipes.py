"""Recipes on the command line: `rubrica import --save-recipe` makes them."""

import asyncio

import click

from rubrica.cli.database import opened, reached
from rubrica.cli.parameters import ACCOUNT_OPTION, NAME, show_table, the_account
from rubrica.imports import recipes as kept
from rubrica.imports.recipes import Recipe
from rubrica.settings import Settings

WORDS = 60
"""Characters of columns that are shown of a recipe."""


@click.group()
def recipes() -> None:
    """List and delete recipes: saved mappings with their options."""


@recipes.command("list")
@ACCOUNT_OPTION
def list_recipes(account: str) -> None:
    """List the recipes of an account."""

    async def find(config: Settings) -> list[Recipe]:
        async with opened(config) as db, db.read() as tx:
            return await kept.every(tx, (await the_account(tx, account)).id)

    with reached() as config:
        found = asyncio.run(find(config))
    show_table(
        ["name", "for", "mode", "lists", "tags", "changed"],
        (
            (
                recipe.name,
                _files(recipe)[:WORDS],
                recipe.mode,
                _lists(recipe),
                ", ".join(recipe.tags),
                recipe.updated_at.strftime("%Y-%m-%d %H:%M"),
            )
            for recipe in found
        ),
    )


@recipes.command("delete")
@click.argument("name", type=NAME)
@ACCOUNT_OPTION
def delete_recipe(name: str, account: str) -> None:
    """Forget a recipe; what was imported with it stays."""

    async def delete(config: Settings) -> None:
        async with opened(config) as db, db.transaction() as tx:
            owner = await the_account(tx, account)
            found = await kept.named(tx, owner.id, name)
            await kept.delete(tx, owner.id, found.id)

    with reached() as config:
        asyncio.run(delete(config))


def _files(recipe: Recipe) -> str:
    if recipe.cards:
        return "vCards"
    return " · ".join(header for header in recipe.headers if header) or "files without a header"


def _lists(recipe: Recipe) -> str:
    new = [recipe.new_list.name] if recipe.new_list else []
    return ", ".join([*map(str, recipe.list_ids), *new])
