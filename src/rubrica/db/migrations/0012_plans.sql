-- What a dry run foretold, what an import could not do as it was asked to, and who left by mirroring.
ALTER TABLE imports
    ADD COLUMN plan_token text,
    ADD COLUMN lists_seen text,
    ADD COLUMN examples jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN warnings jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN removals bigint NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX imports_plan_token ON imports (account_id, plan_token) WHERE plan_token IS NOT NULL;

-- What a chunk of a dry run has looked at: the stored contacts that its rows could mean, with a hash
-- of their last changes, and a hash of every key by which a contact could come between.
CREATE TABLE import_seen (
    account_id  bigint   NOT NULL,
    import_id   bigint   NOT NULL,
    chunk       integer  NOT NULL,
    contact_ids bigint[] NOT NULL,
    fingerprint bigint   NOT NULL,
    keys        bigint[] NOT NULL,
    PRIMARY KEY (account_id, import_id, chunk)
);
CREATE FUNCTION contact_fingerprint(id bigint, updated_at timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT hashint8extended(id, (extract(epoch FROM updated_at) * 1000000)::bigint)
$$;
-- A key is told from others by its kind. An address means a contact with a number only to rows that
-- have none.
CREATE FUNCTION key_hash(kind text, key text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT hashtextextended(kind || key, 0)
$$;

-- Members whom only refused rows name: they do not leave a list that is mirrored.
CREATE TABLE import_sightings (
    account_id bigint NOT NULL,
    import_id  bigint NOT NULL,
    contact_id bigint NOT NULL,
    PRIMARY KEY (account_id, import_id, contact_id)
);
CREATE TABLE import_removals (
    account_id bigint NOT NULL,
    import_id  bigint NOT NULL,
    list_id    bigint NOT NULL,
    contact_id bigint NOT NULL,
    PRIMARY KEY (account_id, import_id, list_id, contact_id)
);
