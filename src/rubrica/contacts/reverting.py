"""Give stored contacts back what they held before rows wrote over them.

A value goes back only where it still is the one that was written: what somebody changed since
stays. The writes to be undone are poured into the temporary table `reverting`; what became of
each stands in `restored` until the transaction ends.
"""

from collections.abc import Collection

from psycopg.sql import SQL, Composed, Identifier, Literal

from rubrica.contacts import wanted
from rubrica.contacts.merging import Rules
from rubrica.db import Tx

NUMBER = ("phone_number", "phone_key", "phone_type", "country_code")
"""Columns that go back together, or stay."""
FLAGS = ("is_valid", "is_test")
RESTORED = (
    ("external_id", "text"), ("phone_number", "text"), ("phone_key", "text"),
    ("phone_type", "text"), ("country_code", "text"), ("email", "text"), ("first_name", "text"),
    ("last_name", "text"), ("gender", "text"), ("birth_date", "text"), ("company", "text"),
    ("language", "text"), ("notes", "text"), ("custom_fields", "jsonb"), ("tags", "text[]"),
    ("is_valid", "boolean"), ("is_test", "boolean"), ("declared_channels", "jsonb"),
)  # fmt: skip
# As for merging (`merging_sql.PREPARE`), contacts are looked up one by one.
PREPARE = SQL(
    "CREATE TEMP TABLE IF NOT EXISTS reverting"
    " (contact_id bigint, round integer, prior jsonb, written jsonb,"
    "  prior_version timestamptz, version timestamptz);"
    " CREATE INDEX IF NOT EXISTS reverting_contact ON pg_temp.reverting (contact_id);"
    " CREATE TEMP TABLE IF NOT EXISTS restored"
    " (contact_id bigint, round integer, kept boolean, code text, version timestamptz, {});"
    " CREATE INDEX IF NOT EXISTS restored_contact ON pg_temp.restored (contact_id);"
    " TRUNCATE reverting, restored;"
    " SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
).format(SQL(", ").join(SQL("{} " + kind).format(Identifier(name)) for name, kind in RESTORED))  # pyright: ignore[reportArgumentType]
WROTE = "((v.prior ->> {k}) IS DISTINCT FROM (v.written ->> {k}))"
SAME_NUMBER = "(c.phone_number IS NOT DISTINCT FROM (v.written ->> 'phone_number'))"
TAGS = """CASE WHEN {} THEN
    tags_without(c.tags, ARRAY(SELECT jsonb_array_elements_text(v.prior -> 'tags')),
                 ARRAY(SELECT jsonb_array_elements_text(v.written -> 'tags'))) ELSE c.tags END"""
FIELDS = """
    (c.custom_fields, (v.prior -> 'custom_fields') - %(lost)s::text[], v.written -> 'custom_fields')
"""
HOLD = """
    SELECT count(*) FROM (
        SELECT c.id FROM (SELECT DISTINCT contact_id FROM reverting) v
          JOIN contacts c ON c.account_id = (SELECT %(account)s::bigint) AND c.id = v.contact_id
         ORDER BY c.id FOR UPDATE OF c) AS held
"""
# Of a contact that this import made, nothing goes back once somebody else wrote it: it stays.
RESTORE = """
    INSERT INTO restored (contact_id, round, kept, version, {names})
    SELECT c.id, v.round, {kept}, CASE WHEN seen.version = v.version THEN v.prior_version END,
           {values}
      FROM reverting v
      JOIN contacts c ON c.account_id = (SELECT %(account)s::bigint) AND c.id = v.contact_id
     CROSS JOIN LATERAL (
               SELECT contact_version(c.updated_at, c.restored_at, c.restored_version) AS version
           ) seen
     WHERE v.round = %(round)s
       AND (c.import_id IS DISTINCT FROM %(import_id)s OR seen.version = v.version)
"""
REFUSE = """
    UPDATE restored s SET code = (
        SELECT t.code FROM (
            (SELECT 'no_identity' AS code WHERE s.phone_key IS NULL AND s.email IS NULL)
            UNION ALL
            (SELECT 'phone_taken' FROM contacts c
              WHERE c.account_id = (SELECT %(account)s::bigint) AND c.phone_key = s.phone_key
                AND c.id <> s.contact_id LIMIT 1)
            UNION ALL
            (SELECT 'external_id_taken' FROM contacts c
              WHERE c.account_id = (SELECT %(account)s::bigint) AND c.external_id = s.external_id
                AND c.id <> s.contact_id LIMIT 1)
            UNION ALL
            (SELECT 'email_taken' FROM contacts c
              WHERE s.phone_key IS NULL
                AND c.account_id = (SELECT %(account)s::bigint) AND c.email = s.email
                AND c.phone_key IS NULL AND c.id <> s.contact_id LIMIT 1)
            ) t LIMIT 1)
     WHERE s.round = %(round)s
"""
WRITE = """
    UPDATE contacts c
       SET {sets}, updated_at = clock.now, restored_at = clock.now,
           restored_version = coalesce(s.version, clock.now)
      FROM restored s, (SELECT clock_timestamp() AS now) AS clock
     WHERE s.round = %(round)s AND s.code IS NULL
       AND c.account_id = (SELECT %(account)s::bigint) AND c.id = s.contact_id
       AND ({old}) IS DISTINCT FROM ({new})
"""


async def prepare_reverting(tx: Tx) -> None:
    """Make the temporary tables where this connection has none yet, and empty them."""
    await tx.run(PREPARE)


async def revert(tx: Tx, rules: Rules, lost_fields: list[str]) -> None:
    """Undo the writes in `reverting`, the latest round first.

    `rules` are those by which they were written, `lost_fields` the keys of custom fields that are
    no longer defined.
    """
    columns = wanted.of(rules.policies, add_tags=bool(rules.add_tags))
    values = {"account": rules.account, "import_id": rules.import_id, "lost": lost_fields}
    await tx.run(HOLD, account=rules.account)
    for round in await tx.column("SELECT DISTINCT round FROM reverting ORDER BY round DESC"):
        await tx.run(_restore(columns), round=round, **values)
        if {"phone_number", "email", "external_id"} & columns.keys():
            await tx.run(REFUSE, round=round, account=rules.account)
        await tx.run(_write(columns), round=round, account=rules.account)


def _restore(columns: Collection[str]) -> Composed:
    names = {name: SQL("c.{}").format(Identifier(name)) for name, _ in RESTORED}
    kept = [SQL("false").format()]
    for column in columns:
        names[column], changed = _value(column, moved="phone_number" in columns)
        kept += [changed] if changed else []
    return SQL(RESTORE).format(
        names=SQL(", ").join(map(Identifier, names)),
        values=SQL(", ").join(names.values()),
        kept=SQL(" OR ").join(kept),
    )


def _value(column: str, *, moved: bool) -> tuple[Composed, Composed | None]:
    """Say what a column shall hold, and when somebody else's value stays in it."""
    names = {"c": Identifier(column), "k": Literal(column)}
    wrote = SQL(WROTE).format(k=names["k"])
    if column == "tags":
        return SQL(TAGS).format(wrote), None
    if column == "custom_fields":
        value = SQL("CASE WHEN {} THEN fields_without" + FIELDS + " ELSE c.custom_fields END")
        kept = SQL("({} AND fields_changed_since" + FIELDS + ")")
        return value.format(wrote), kept.format(wrote)
    same, before = "(c.{c} IS NOT DISTINCT FROM (v.written ->> {k}))", "v.prior ->> {k}"
    if column in NUMBER:
        wrote, same = SQL(WROTE).format(k=Literal("phone_number")), SAME_NUMBER
    elif column in FLAGS:
        same, before = "(c.{c} = (v.written ->> {k})::boolean)", "(v.prior ->> {k})::boolean"
    elif column == "declared_channels":
        same, before = "(c.{c} = (v.written -> {k}))", "v.prior -> {k}"
    if column == "phone_key":  # what was kept may be older than the rule that makes keys
        before = "canonical_number(v.prior ->> {k})"
    still = SQL(same).format(**names)
    if moved and column in ("is_valid", "declared_channels"):
        still = SQL("({} AND " + SAME_NUMBER + ")").format(still)
    value = SQL("CASE WHEN {} AND {} THEN {} ELSE c.{} END").format(
        wrote, still, SQL(before).format(**names), names["c"]
    )
    follows = column in NUMBER and column != "phone_number"
    return value, None if follows else SQL("({} AND NOT {})").format(wrote, still)


def _write(columns: Collection[str]) -> Composed:
    return SQL(WRITE).format(
        sets=SQL(", ").join(SQL("{0} = s.{0}").format(Identifier(n)) for n in columns),
        old=SQL(", ").join(SQL("c.{}").format(Identifier(n)) for n in columns),
        new=SQL(", ").join(SQL("s.{}").format(Identifier(n)) for n in columns),
    )
