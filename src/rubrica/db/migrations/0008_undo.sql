-- What an undo must know of a contact: which write made it what it is. That is the moment of its
-- last change, unless that change was an undo, which goes back to an earlier one.
ALTER TABLE contacts ADD COLUMN restored_at timestamptz, ADD COLUMN restored_version timestamptz;
CREATE FUNCTION contact_version(
    updated_at timestamptz, restored_at timestamptz, restored_version timestamptz
) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN restored_at = updated_at THEN restored_version ELSE updated_at END
$$;

-- Tags as they are now, without what a write added to them, and with what it took away.
CREATE FUNCTION tags_without(now text[], prior text[], written text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN now = written THEN prior ELSE
        ARRAY(SELECT t FROM unnest(now) t WHERE NOT (t = ANY (written) AND t <> ALL (prior)))
        || ARRAY(SELECT t FROM unnest(prior) t WHERE t <> ALL (written) AND t <> ALL (now)) END
$$;

-- Custom fields as they are now, with the prior values of those that a write changed and nobody since.
CREATE FUNCTION fields_without(now jsonb, prior jsonb, written jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN now = written THEN prior ELSE
        (now - coalesce(array_agg(k), '{}'))
        || coalesce(jsonb_object_agg(k, prior -> k) FILTER (WHERE prior ? k), '{}') END
      FROM jsonb_object_keys(prior || written) k
     WHERE (prior -> k) IS DISTINCT FROM (written -> k) AND (now -> k) IS NOT DISTINCT FROM (written -> k)
$$;

-- The fields that a write changed, and somebody else since.
CREATE FUNCTION fields_changed_since(now jsonb, prior jsonb, written jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT now <> written AND EXISTS (
        SELECT FROM jsonb_object_keys(prior || written) k
         WHERE (prior -> k) IS DISTINCT FROM (written -> k) AND (now -> k) IS DISTINCT FROM (written -> k))
$$;

ALTER TABLE imports
    DROP CONSTRAINT imports_status_check, DROP CONSTRAINT imports_life,
    ADD COLUMN undone_at timestamptz,
    ADD COLUMN ledger_deleted_at timestamptz,
    ADD COLUMN ledger_gone_at timestamptz,
    ADD CONSTRAINT imports_status_check CHECK (status IN (
        'PENDING', 'RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED', 'REVERTING', 'REVERTED')),
    ADD CONSTRAINT imports_life CHECK (
        (finished_at IS NULL) = (status IN ('PENDING', 'RUNNING'))
        AND (status <> 'RUNNING' OR started_at IS NOT NULL)
        AND (undone_at IS NOT NULL) = (status = 'REVERTED')
        AND CASE WHEN status IN ('REVERTING', 'REVERTED') THEN NOT dry_run
                 ELSE (status = 'FAILED') = (error IS NOT NULL) END);
-- A ledger is out of reach from one moment, and gone some time later.
CREATE INDEX imports_by_age ON imports (finished_at) WHERE ledger_gone_at IS NULL;

-- Which rows a chunk holds; after its undo, what became of what they had created or changed.
ALTER TABLE import_chunks
    ADD COLUMN first_row bigint, ADD COLUMN last_row bigint,
    ADD COLUMN reverted integer, ADD COLUMN kept integer, ADD COLUMN failed integer,
    ADD CONSTRAINT import_chunks_undo CHECK (num_nonnulls(reverted, kept, failed) IN (0, 3));
UPDATE import_chunks c SET first_row = f.first_row, last_row = f.last_row
  FROM (SELECT c.account_id, c.import_id, c.number, min(r.row) AS first_row, max(r.row) AS last_row
          FROM (SELECT *, sum(rows) OVER (PARTITION BY account_id, import_id ORDER BY number) AS till
                  FROM import_chunks) c
          JOIN (SELECT account_id, import_id, row, row_number()
                       OVER (PARTITION BY account_id, import_id ORDER BY row) AS place
                  FROM import_rows) r
            ON r.account_id = c.account_id AND r.import_id = c.import_id
           AND r.place > c.till - c.rows AND r.place <= c.till
         GROUP BY 1, 2, 3) f
 WHERE c.account_id = f.account_id AND c.import_id = f.import_id AND c.number = f.number;
ALTER TABLE import_chunks
    ALTER COLUMN first_row SET NOT NULL, ALTER COLUMN last_row SET NOT NULL;

-- What stored contacts held before rows wrote over them, and what they held then. Rounds are the
-- order within a chunk.
CREATE TABLE import_changes (
    account_id    bigint      NOT NULL,
    import_id     bigint      NOT NULL,
    chunk         integer     NOT NULL,
    round         integer     NOT NULL,
    contact_id    bigint      NOT NULL,
    prior         jsonb       NOT NULL,
    written       jsonb       NOT NULL,
    prior_version timestamptz NOT NULL,
    version       timestamptz NOT NULL,
    PRIMARY KEY (account_id, import_id, chunk, round, contact_id)
);

-- Memberships that an import gave to contacts that were there before it; what it created needs none.
CREATE TABLE import_members (
    account_id bigint  NOT NULL,
    import_id  bigint  NOT NULL,
    chunk      integer NOT NULL,
    list_id    bigint  NOT NULL,
    contact_id bigint  NOT NULL,
    PRIMARY KEY (account_id, import_id, chunk, list_id, contact_id)
);

-- Contacts that an undo left as they were, or could not bring back, and why.
CREATE TABLE import_kept (
    account_id bigint NOT NULL,
    import_id  bigint NOT NULL,
    contact_id bigint NOT NULL,
    outcome    text   NOT NULL CHECK (outcome IN ('KEPT', 'FAILED')),
    code       text   NOT NULL,
    PRIMARY KEY (account_id, import_id, contact_id)
);

-- Which imports have found a contact: what makes a later row of the same one a duplicate, and what
-- keeps an undo from taking away a contact that another import relies on.
DROP INDEX import_rows_found;
CREATE INDEX import_rows_found ON import_rows (account_id, contact_id, import_id)
    WHERE outcome IN ('UPDATED', 'UNCHANGED');
