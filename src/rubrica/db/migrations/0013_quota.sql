-- How many contacts an account may have; null: any number. Whoever adds contacts where there is a
-- limit holds the account's row until its transaction ends, so that the kept count can be trusted.
ALTER TABLE accounts ADD COLUMN contact_limit bigint
    CONSTRAINT accounts_contact_limit CHECK (contact_limit >= 0);
