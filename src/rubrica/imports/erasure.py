"""What imports hold of a person who is erased: the ledger, uploads, what is told of a file.

A stored file cannot be searched: one that waits to be confirmed is given up, whatever is in it. One
that is being imported goes when its import ends.
"""

from typing import LiteralString

from psycopg.sql import SQL, Composed, Identifier

from rubrica.contacts import Person, named_in, texts_of
from rubrica.db import Database, Tx
from rubrica.imports import uploads
from rubrica.storage import Storage

LEDGER: LiteralString = """
    UPDATE import_rows r SET value = NULL, message = NULL, warnings = NULL, cells = NULL
     WHERE r.account_id = %(account)s
       AND (r.value IS NOT NULL OR r.message IS NOT NULL OR r.warnings IS NOT NULL
            OR r.cells IS NOT NULL)
       AND (r.contact_id = ANY(%(ids)s) OR {})
"""
UPLOADS: LiteralString = """
    UPDATE uploads u
       SET analysis = u.analysis || '{{"header": [], "findings": [], "sheets": [], "columns": [],
                                      "rows": [], "warnings": []}}',
           file_name = CASE WHEN {} THEN '' ELSE u.file_name END,
           complete = true,
           expires_at = CASE WHEN u.import_id IS NULL
                             THEN least(u.expires_at, now() - interval '1 s')
                             ELSE u.expires_at END
     WHERE u.account_id = %(account)s
"""
CHANGES: LiteralString = """
    DELETE FROM import_changes r
     WHERE r.account_id = %(account)s AND (r.contact_id = ANY(%(ids)s) OR {})
"""
FORETOLD: LiteralString = """
    WITH seen AS (
        DELETE FROM import_seen WHERE account_id = %(account)s
    )
    UPDATE imports i
       SET plan_token = NULL,
           examples = CASE WHEN {examples} THEN '{{}}' ELSE i.examples END,
           plan = CASE WHEN {corrections} THEN i.plan || '{{"corrections": {{}}}}' ELSE i.plan END
     WHERE i.account_id = %(account)s
       AND (i.plan_token IS NOT NULL OR {examples} OR {corrections})
"""
RECIPES: LiteralString = """
    DELETE FROM import_recipes r WHERE r.account_id = %(account)s AND {}
"""
FILES: LiteralString = """
    UPDATE imports i
       SET file_name = CASE WHEN {name} THEN '' ELSE i.file_name END,
           error = CASE WHEN {error} THEN i.error || '{{"message": ""}}' ELSE i.error END,
           plan = i.plan || jsonb_build_object(
               'header', (SELECT coalesce(jsonb_agg(CASE WHEN {cell} THEN '' ELSE h.cell END
                                                   ORDER BY h.place), '[]')
                           FROM jsonb_array_elements_text(i.plan -> 'header')
                                WITH ORDINALITY AS h (cell, place)),
               'lines', (SELECT coalesce(jsonb_agg(l.line || jsonb_build_object(
                                            'name', CASE WHEN {line} THEN ''
                                                         ELSE l.line ->> 'name' END)
                                        ORDER BY l.place), '[]')
                          FROM jsonb_array_elements(i.plan -> 'lines')
                               WITH ORDINALITY AS l (line, place)))
     WHERE i.account_id = %(account)s AND ({name} OR {error} OR {header})
"""


async def erase(tx: Tx, person: Person) -> dict[str, int]:
    """Erase a person from ledgers, uploads and what is known of files; return how many of each."""
    rows = await tx.run(_ledger(), **person.values)
    waiting = await tx.run(
        SQL(UPLOADS).format(named_in(Identifier("u", "file_name"))), **person.values
    )
    imports = await tx.run(_files(), **person.values)
    await tx.run(_changes(), **person.values)
    await tx.run(_foretold(), **person.values)
    await tx.run(_recipes(), **person.values)
    return {"importRows": rows, "uploads": waiting, "imports": imports}


async def finish(db: Database, storage: Storage, _account: int) -> None:
    """Delete the files of uploads that were given up, as a worker does sooner or later."""
    async with db.transaction() as tx:
        expired = await uploads.delete_expired(tx)
    for key in expired:
        await storage.delete(key)


def _ledger() -> Composed:
    whole = SQL("concat_ws(E'\\n', r.value, r.message, {}, {})").format(
        texts_of(Identifier("r", "warnings")), texts_of(Identifier("r", "cells"))
    )
    return SQL(LEDGER).format(named_in(whole))


def _changes() -> Composed:
    held = SQL("concat_ws(E'\\n', {}, {})").format(
        texts_of(Identifier("r", "prior")), texts_of(Identifier("r", "written"))
    )
    return SQL(CHANGES).format(named_in(held))


def _foretold() -> Composed:
    return SQL(FORETOLD).format(
        examples=named_in(texts_of(Identifier("i", "examples"))),
        corrections=named_in(texts_of(SQL("(i.plan -> 'corrections')"))),
    )


def _recipes() -> Composed:
    """Mean the recipes whose headers are a person's row, which was taken for a header."""
    held = SQL("concat_ws(E'\\n', {}, {})").format(
        texts_of(Identifier("r", "headers")), texts_of(SQL("(r.choices -> 'mapping')"))
    )
    return SQL(RECIPES).format(named_in(held))


def _files() -> Composed:
    return SQL(FILES).format(
        name=named_in(Identifier("i", "file_name")),
        error=named_in(texts_of(Identifier("i", "error"))),
        header=named_in(texts_of(SQL("(i.plan -> 'header')"))),
        cell=named_in(Identifier("h", "cell")),
        line=named_in(SQL("(l.line ->> 'name')")),
    )
