-- Contacts that were folded into another: who reads the old id gets the survivor. Chains are kept
-- resolved; with the survivor the rows go.
CREATE TABLE contact_merges (
    account_id  bigint      NOT NULL,
    old_id      bigint      NOT NULL,
    survivor_id bigint      NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, old_id),
    FOREIGN KEY (account_id, survivor_id) REFERENCES contacts ON DELETE CASCADE
);
CREATE INDEX contact_merges_survivor ON contact_merges (account_id, survivor_id);
