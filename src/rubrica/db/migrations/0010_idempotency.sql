-- Calls that came with an Idempotency-Key. `done_at` is written in the transaction that does what
-- the call asked for, by whoever still is the holder; the answer follows, and may be forgotten.
CREATE TABLE idempotency_keys (
    account_id  bigint      NOT NULL,
    key         text        COLLATE "C" NOT NULL,
    fingerprint bytea       NOT NULL,
    holder      text        NOT NULL,
    held_until  timestamptz NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at     timestamptz,
    status      integer,
    headers     jsonb,
    body        bytea,
    PRIMARY KEY (account_id, key),
    CONSTRAINT idempotency_keys_answer CHECK (
        num_nonnulls(status, headers, body) IN (0, 3) AND (status IS NULL OR done_at IS NOT NULL))
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
