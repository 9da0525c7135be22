"""Recipes over HTTP: mappings that are kept for files of the same headers."""

from typing import Any

from litestar import Request, Router, delete, get, post, put

from rubrica import audit
from rubrica.accounts import Caller, needs
from rubrica.db import Database
from rubrica.imports import recipes
from rubrica.imports.recipes import NoSuchRecipe, Recipe, RecipeBody, RecipeChange
from rubrica.web.bodies import as_sent

READ, WRITE = [needs("imports:read")], [needs("imports:write")]


@get("/imports/recipes", guards=READ)
async def recipe_list(db: Database, caller: Caller) -> list[Recipe]:
    """List the recipes, by their names."""
    async with db.read() as tx:
        return await recipes.every(tx, caller.account)


@post("/imports/recipes", guards=WRITE, once=True)
async def save_recipe(data: RecipeBody, db: Database, caller: Caller) -> Recipe:
    """Save a mapping with its options, for the headers of an upload or of a list."""
    async with db.transaction() as tx:
        made = await recipes.save(tx, caller.account, data)
        await audit.record(tx, caller, "recipe.created", recipe=made.id)
        return made


@put("/imports/recipes/{recipe_id:int}", guards=WRITE)
async def change_recipe(
    request: Request[Any, Any, Any],
    recipe_id: int,
    data: RecipeChange,
    db: Database,
    caller: Caller,
) -> Recipe:
    """Change the fields of a recipe that are present."""
    del data  # it has been checked; what was left out is told by the body
    said = await as_sent(request)
    async with db.transaction() as tx:
        await audit.record(tx, caller, "recipe.changed", recipe=recipe_id)
        return await recipes.change(tx, caller.account, recipe_id, said)


@delete("/imports/recipes/{recipe_id:int}", guards=WRITE)
async def drop_recipe(recipe_id: int, db: Database, caller: Caller) -> None:
    """Forget a recipe; what was imported with it stays."""
    async with db.transaction() as tx:
        if not await recipes.delete(tx, caller.account, recipe_id):
            raise NoSuchRecipe(f"There is no recipe {recipe_id}.")
        await audit.record(tx, caller, "recipe.deleted", recipe=recipe_id)


router = Router(
    "/", route_handlers=[recipe_list, save_recipe, change_recipe, drop_recipe], tags=["Imports"]
)
