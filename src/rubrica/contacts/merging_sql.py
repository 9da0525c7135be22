"""The statements of merging. They are put together from the columns that a plan speaks of."""

from collections.abc import Mapping, Sequence

from psycopg.sql import SQL, Composed, Identifier, Literal

from rubrica import consents
from rubrica.contacts.wanted import compared, held_in

STAGED = (
    ("row", "bigint"), ("round", "integer"), ("head", "bigint"), ("match_email", "text"),
    ("phone_number", "text"), ("phone_key", "text"), ("phone_type", "text"),
    ("country_code", "text"), ("phone_valid", "boolean"), ("email", "text"),
    ("external_id", "text"), ("id", "bigint"), ("first_name", "text"), ("last_name", "text"),
    ("gender", "text"), ("birth_date", "text"), ("company", "text"), ("language", "text"),
    ("notes", "text"), ("is_test", "boolean"), ("is_valid", "boolean"), ("declared", "text"),
    ("tags", "text[]"), ("custom_set", "jsonb"), ("custom_fill", "jsonb"), ("custom_new", "jsonb"),
    ("warnings", "jsonb"),
)  # fmt: skip
WIDTH = len(STAGED)
_COLUMNS = ", ".join(f'"{name}" {kind}' for name, kind in STAGED)

# Beside the incoming, contacts are many: look each up, never read them all to hash them.
# The account is compared in a sub-select, which hides its value from the planner: where its
# statistics are older than the account, it would take that for empty, and read all of its contacts
# for each row.
PREPARE = SQL(
    "CREATE TEMP TABLE IF NOT EXISTS incoming ({0});"
    " CREATE TEMP TABLE IF NOT EXISTS resolved"
    " ({0}, contact_id bigint, fate text, code text, other_id bigint, by_email boolean);"
    " CREATE INDEX IF NOT EXISTS resolved_row ON pg_temp.resolved (row);"
    " CREATE TEMP TABLE IF NOT EXISTS overwritten"
    " (row bigint, round integer, contact_id bigint, prior jsonb, written jsonb,"
    "  prior_version timestamptz, version timestamptz);"
    " TRUNCATE incoming, resolved, overwritten;"
    " SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
).format(SQL(_COLUMNS))  # pyright: ignore[reportArgumentType]
COPY = "COPY incoming FROM STDIN (DELIMITER E'\\x1f', NULL E'\\x02')"

UNFOLDED = -2
"""Rounds from here downwards: the heads of rounds 0, 1, … before others were folded into them."""

BEHIND_NUMBERS = """
    SELECT c.id, c.phone_key, c.email
      FROM unnest(%(emails)s::text[]) AS wanted
     CROSS JOIN LATERAL (
               SELECT id, phone_key, email FROM contacts
                WHERE account_id = (SELECT %(account)s::bigint)
                  AND email = wanted AND phone_key IS NOT NULL
               OFFSET 0  -- keeps it a look-up for each
           ) c
     WHERE c.phone_key = ANY(string_to_array(%(phones)s, ' '))
"""
TOUCHED = """
    SELECT c.id, c.phone_key, c.email, c.external_id
      FROM incoming i
     CROSS JOIN LATERAL (
               SELECT id, phone_key, email, external_id FROM contacts
                WHERE account_id = (SELECT %(account)s::bigint) AND phone_key = i.phone_key
                UNION ALL
               SELECT id, phone_key, email, external_id FROM contacts
                WHERE account_id = (SELECT %(account)s::bigint)
                  AND email = i.email AND phone_key IS NULL
                UNION ALL
               SELECT id, phone_key, email, external_id FROM contacts
                WHERE account_id = (SELECT %(account)s::bigint)
                  AND email = i.email AND phone_key IS NOT NULL
                  AND i.phone_key IS NULL
                UNION ALL
               SELECT id, phone_key, email, external_id FROM contacts
                WHERE account_id = (SELECT %(account)s::bigint) AND external_id = i.external_id
                UNION ALL
               SELECT id, phone_key, email, external_id FROM contacts
                WHERE account_id = (SELECT %(account)s::bigint) AND id = i.id
               OFFSET 0  -- keeps them look-ups for each row
           ) c
     GROUP BY c.id, c.phone_key, c.email, c.external_id
    HAVING count(DISTINCT i.row) > 1
"""
"""The stored contacts at which rows meet: one that a single row touches parts nobody."""

_CANDIDATES = {
    "phoneNumber": "p.id",
    "email": "e.id",
    "externalId": "x.id",
    "id": "d.id",
}
# A LIMIT keeps each look-up one: a probe of an index, never a scan of all contacts.
_RESOLVE = """
    INSERT INTO resolved
    SELECT i.*,
           CASE WHEN ambiguous THEN NULL
                ELSE coalesce(found, nextval('contacts_id_seq')) END,
           CASE WHEN ambiguous THEN 'REJECTED'
                WHEN found IS NOT NULL AND %(mode)s = 'CREATE' THEN 'SKIPPED'
                WHEN found IS NOT NULL THEN 'FOUND'
                WHEN %(mode)s = 'UPDATE' THEN 'SKIPPED'
                ELSE 'NEW' END,
           CASE WHEN ambiguous THEN 'ambiguous_match' END,
           CASE WHEN found <> e.id THEN e.id END,
           found = e.id AND p.id IS NULL
      FROM incoming i
      LEFT JOIN LATERAL (
               SELECT c.id, c.email FROM contacts c
                WHERE c.account_id = (SELECT %(account)s::bigint)
                  AND c.phone_key = i.phone_key LIMIT 1
           ) p ON true
      LEFT JOIN LATERAL (
               SELECT min(h.id) AS id, count(*) AS hits
                 FROM (SELECT c.id FROM contacts c
                        WHERE c.account_id = (SELECT %(account)s::bigint)
                          AND c.email = i.match_email
                          AND c.phone_key IS NULL {unless_known}
                        UNION ALL
                       (SELECT c.id FROM contacts c
                        WHERE c.account_id = (SELECT %(account)s::bigint)
                          AND c.email = i.match_email
                          AND c.phone_key IS NOT NULL AND i.phone_key IS NULL
                        LIMIT 2)) h
           ) e ON true
      {more}
      CROSS JOIN LATERAL (SELECT {found} AS found, {ambiguous} AS ambiguous) AS f
     WHERE i.round = %(round)s
"""
_BY_EXTERNAL_ID = """
      LEFT JOIN LATERAL (
               SELECT c.id FROM contacts c
                WHERE c.account_id = (SELECT %(account)s::bigint)
                  AND c.external_id = i.external_id LIMIT 1
           ) x ON true
"""
_BY_ID = """
      LEFT JOIN LATERAL (
               SELECT c.id FROM contacts c
                WHERE c.account_id = (SELECT %(account)s::bigint) AND c.id = i.id LIMIT 1
           ) d ON true
"""


def resolve(match_by: Sequence[str]) -> Composed:
    """Find whom each row of a round means: the first key that finds anyone decides."""
    more = SQL("")
    if "externalId" in match_by:
        more += SQL(_BY_EXTERNAL_ID)
    if "id" in match_by:
        more += SQL(_BY_ID)
    found = SQL(", ").join([SQL(_CANDIDATES[key]) for key in match_by])  # pyright: ignore[reportArgumentType]
    # Behind the number the address matters only to the warning: spare most rows the look-up.
    unless_known = SQL("AND (p.id IS NULL OR p.email IS DISTINCT FROM i.match_email)")
    if match_by[0] != "phoneNumber":
        unless_known = SQL("")
    ambiguous = SQL("false")
    if "email" in match_by:
        earlier = [_CANDIDATES[key] for key in match_by[: match_by.index("email")]]
        nobody = " AND ".join(["true", *(f"{candidate} IS NULL" for candidate in earlier)])
        ambiguous = SQL(f"(e.hits > 1 AND {nobody})")  # pyright: ignore[reportArgumentType]
    return SQL(_RESOLVE).format(
        more=more,
        found=SQL("coalesce({}, NULL)").format(found),
        ambiguous=ambiguous,
        unless_known=unless_known,
    )


# Several numbers with one address, and a stored contact that has the address and no number: the
# first row takes it, the others are people of their own.
FIRST_COME_FIRST_SERVED = """
    UPDATE resolved r
       SET contact_id = CASE WHEN %(mode)s = 'UPDATE' THEN NULL
                             ELSE nextval('contacts_id_seq') END,
           fate = CASE WHEN %(mode)s = 'UPDATE' THEN 'SKIPPED' ELSE 'NEW' END
      FROM (SELECT row, row_number() OVER (PARTITION BY contact_id ORDER BY row) AS place
              FROM resolved WHERE round = %(round)s AND by_email) AS claim
     WHERE r.row = claim.row AND claim.place > 1
       AND r.round = %(round)s AND r.phone_key IS NOT NULL AND %(mode)s <> 'CREATE'
"""

# Where the account may have only so many more.
REFUSE_BEYOND = """
    UPDATE resolved r SET fate = 'REJECTED', code = 'quota_exceeded', contact_id = NULL
      FROM (SELECT row FROM resolved WHERE round = %(round)s AND fate = 'NEW'
             ORDER BY row OFFSET %(room)s) AS beyond
     WHERE r.row = beyond.row AND r.round = %(round)s
"""

INSERT_NEW = """
    INSERT INTO contacts
           (account_id, id, external_id, phone_number, phone_key, phone_type, country_code, email,
            first_name, last_name, gender, birth_date, company, language, notes, custom_fields,
            tags, is_valid, is_test, declared_channels, import_id, created_at, updated_at)
    SELECT %(account)s, contact_id, nullif(external_id, ''), phone_number, phone_key, phone_type,
           country_code, nullif(email, ''), nullif(first_name, ''), nullif(last_name, ''),
           nullif(gender, ''), nullif(birth_date, ''), nullif(company, ''), nullif(language, ''),
           nullif(notes, ''),
           CASE WHEN custom_set IS NULL AND custom_fill IS NULL AND custom_new IS NULL THEN '{}'
                ELSE jsonb_strip_nulls(coalesce(custom_new, '{}') || coalesce(custom_fill, '{}')
                                       || coalesce(custom_set, '{}')) END,
           CASE WHEN tags IS NULL THEN %(add_tags)s::text[]
                ELSE united(tags, %(add_tags)s::text[]) END,
           coalesce(is_valid, phone_valid, true), coalesce(is_test, false),
           CASE WHEN declared IS NULL THEN '{}' ELSE declared_as(declared, %(source)s) END,
           %(import_id)s, clock.now, clock.now
      FROM resolved, (SELECT clock_timestamp() AS now) AS clock
     WHERE round = %(round)s AND fate = 'NEW'
     ORDER BY phone_key, email
"""


def refuse_erased() -> Composed:
    """Refuse, by set, the newcomers whose number or address is an erased person's."""
    return SQL(
        "UPDATE resolved r SET fate = 'REJECTED', code = 'erased', contact_id = NULL"
        " WHERE r.round = %(round)s AND r.fate = 'NEW' AND {}"
    ).format(consents.erased(Identifier("r", "phone_key"), Identifier("r", "email")))


def refuse_taken(policies: Mapping[str, str]) -> Composed:
    """Refuse, by set, the rows whose result would break a unique rule."""
    phone, external_id, email = (
        _result(name, policies.get(policy, "NEVER"))
        for name, policy in (
            ("phone_key", "phone_number"), ("external_id", "external_id"), ("email", "email"),
        )
    )  # fmt: skip
    return SQL(
        """
        UPDATE resolved r SET fate = 'REJECTED', code = t.code, contact_id = NULL, other_id = t.id
          FROM resolved w
          LEFT JOIN LATERAL (
               SELECT n.id, n.phone_key, n.external_id, n.email FROM contacts n
                WHERE w.fate = 'FOUND'
                  AND n.account_id = (SELECT %(account)s::bigint)
                    AND n.id = w.contact_id LIMIT 1) n ON true
          CROSS JOIN LATERAL (
               SELECT {phone} AS phone_key, {external_id} AS external_id, {email} AS email) AS will
          CROSS JOIN LATERAL (
               (SELECT 'no_identity' AS code, NULL::bigint AS id
                 WHERE will.phone_key IS NULL AND will.email IS NULL)
               UNION ALL
               (SELECT 'phone_taken', c.id FROM contacts c
                 WHERE c.account_id = (SELECT %(account)s::bigint) AND c.phone_key = will.phone_key
                   AND c.id <> w.contact_id LIMIT 1)
               UNION ALL
               (SELECT 'external_id_taken', c.id FROM contacts c
                 WHERE c.account_id = (SELECT %(account)s::bigint)
                   AND c.external_id = will.external_id
                   AND c.id <> w.contact_id LIMIT 1)
               UNION ALL
               (SELECT 'email_taken', c.id FROM contacts c
                 WHERE will.phone_key IS NULL
                   AND c.account_id = (SELECT %(account)s::bigint) AND c.email = will.email
                   AND c.phone_key IS NULL AND c.id <> w.contact_id LIMIT 1)
               LIMIT 1) t
         WHERE r.row = w.row AND r.round = %(round)s AND w.round = %(round)s
           AND w.fate IN ('NEW', 'FOUND')
        """
    ).format(phone=phone, external_id=external_id, email=email)


def _result(column: str, policy: str) -> Composed:
    """Say what a unique column will hold, in a contact `n` that was found or in a new one."""
    written = {
        "NEVER": "n.{0}",
        "FILL": "coalesce(n.{0}, nullif(w.{0}, ''))",
    }.get(policy, "CASE WHEN w.{0} IS NULL THEN n.{0} ELSE nullif(w.{0}, '') END")
    return SQL("CASE WHEN w.fate = 'NEW' THEN nullif(w.{0}, '') ELSE " + written + " END").format(  # pyright: ignore[reportArgumentType]
        Identifier(column)
    )


def update_found(wanted: Mapping[str, Composed]) -> Composed:
    """Write over those that were found, where it changes anything; return the rows that did.

    What they held before and hold now stands in the temporary table `overwritten`, under the names
    of the columns. The row is locked before it is read, so that no write of others comes between.
    """
    return SQL(
        """
        WITH found AS MATERIALIZED (
            SELECT r.row, r.round, c.id, {wanted}, {prior} AS prior,
                   contact_version(c.updated_at, c.restored_at, c.restored_version) AS version
              FROM resolved r
              JOIN contacts c ON c.account_id = (SELECT %(account)s::bigint)
                             AND c.id = r.contact_id
             WHERE r.round = %(round)s AND r.fate = 'FOUND' AND ({old}) IS DISTINCT FROM ({new})
               FOR NO KEY UPDATE OF c
        ), written AS (
            UPDATE contacts c SET {sets}, updated_at = clock_timestamp()
              FROM found f
             WHERE c.account_id = (SELECT %(account)s::bigint) AND c.id = f.id
            RETURNING f.row, f.round, f.id, f.prior, {written}, f.version, c.updated_at
        )
        INSERT INTO overwritten SELECT * FROM written RETURNING row
        """
    ).format(
        wanted=SQL(", ").join(SQL("{} AS {}").format(e, Identifier(n)) for n, e in wanted.items()),
        sets=SQL(", ").join(SQL("{0} = f.{0}").format(Identifier(name)) for name in wanted),
        prior=held_in(wanted),
        written=held_in(wanted),
        **compared(wanted),
    )


def would_change(wanted: Mapping[str, Composed]) -> Composed:
    """Tell of the heads that others were folded into whether they change anything by themselves."""
    return SQL(
        "WITH heads AS MATERIALIZED"
        "     (SELECT * FROM incoming WHERE round = {unfolded} - %(round)s)"
        " SELECT r.row, ({old}) IS DISTINCT FROM ({new}) AS changes"
        "   FROM heads r JOIN resolved h ON h.row = r.row"
        "   JOIN contacts c ON c.account_id = (SELECT %(account)s::bigint) AND c.id = h.contact_id"
        "  WHERE h.round = %(round)s AND h.fate = 'FOUND'"
    ).format(unfolded=Literal(UNFOLDED), **compared(wanted))
