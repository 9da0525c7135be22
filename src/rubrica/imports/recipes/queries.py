"""Every statement on `import_recipes`: one function, one statement."""

from typing import Any

import msgspec
from psycopg.sql import SQL

from rubrica.db import Tx, refuses
from rubrica.imports.model import as_json
from rubrica.imports.recipes.model import Choices, Kept, Recipe, RecipeExists

COLUMNS = "r.id, r.name, r.headers, r.cards, r.choices, r.created_at, r.updated_at"


def _recipe(*, choices: Any, **columns: Any) -> Recipe:
    kept = msgspec.convert(choices, Choices)
    return Recipe(**msgspec.structs.asdict(kept), **columns)


async def every(tx: Tx, account: int) -> list[Recipe]:
    """List the recipes of an account, by their names."""
    sql = SQL("SELECT {} FROM import_recipes r WHERE r.account_id = %(account)s ORDER BY name_key")
    return await tx.all(_recipe, sql.format(SQL(COLUMNS)), account=account)


async def by_id(tx: Tx, account: int, id: int, *, lock: bool = False) -> Recipe | None:
    """Find one recipe, and hold it where it is about to be changed."""
    sql = SQL(
        "SELECT {} FROM import_recipes r WHERE r.account_id = %(account)s AND r.id = %(id)s {}"
    )
    held = sql.format(SQL(COLUMNS), SQL("FOR UPDATE" if lock else ""))
    return await tx.one(_recipe, held, account=account, id=id)


async def by_name(tx: Tx, account: int, name: str) -> Recipe | None:
    """Find a recipe by its name, whatever its case and accents."""
    sql = SQL(
        "SELECT {} FROM import_recipes r"
        " WHERE r.account_id = %(account)s AND r.name_key = folded(btrim(%(name)s))"
    )
    return await tx.one(_recipe, sql.format(SQL(COLUMNS)), account=account, name=name)


async def by_fingerprint(tx: Tx, account: int, fingerprint: str) -> list[Recipe]:
    """List the recipes for some headers, the one that was written last before the others."""
    sql = SQL(
        "SELECT {} FROM import_recipes r"
        " WHERE r.account_id = %(account)s AND r.fingerprint = %(fingerprint)s"
        " ORDER BY r.updated_at DESC, r.id DESC"
    )
    return await tx.all(_recipe, sql.format(SQL(COLUMNS)), account=account, fingerprint=fingerprint)


def _values(kept: Kept) -> dict[str, Any]:
    values = msgspec.structs.asdict(kept)
    return values | {"headers": as_json(kept.headers), "choices": as_json(kept.choices)}


@refuses(import_recipes_name=RecipeExists)
async def insert(tx: Tx, account: int, kept: Kept) -> int:
    """Add a recipe; return its id."""
    return await tx.value(
        """
        INSERT INTO import_recipes (account_id, name, cards, headers, fingerprint, choices)
        VALUES (%(account)s, %(name)s, %(cards)s, %(headers)s::jsonb, %(fingerprint)s,
                %(choices)s::jsonb)
        RETURNING id
        """,
        account=account,
        **_values(kept),
    )


@refuses(import_recipes_name=RecipeExists)
async def update(tx: Tx, account: int, id: int, kept: Kept) -> None:
    """Write a recipe anew."""
    await tx.run(
        """
        UPDATE import_recipes
           SET name = %(name)s, cards = %(cards)s, headers = %(headers)s::jsonb,
               fingerprint = %(fingerprint)s, choices = %(choices)s::jsonb,
               updated_at = clock_timestamp()
         WHERE account_id = %(account)s AND id = %(id)s
        """,
        account=account,
        id=id,
        **_values(kept),
    )


async def delete(tx: Tx, account: int, id: int) -> bool:
    """Forget a recipe."""
    return bool(
        await tx.run(
            "DELETE FROM import_recipes WHERE account_id = %(account)s AND id = %(id)s",
            account=account,
            id=id,
        )
    )
