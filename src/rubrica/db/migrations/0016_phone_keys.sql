-- What the writings of one telephone have in common: `rubrica.phones.keys`, which has the reasons
-- and the sources. Both change together.
CREATE FUNCTION canonical_number(number text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN number IS NULL OR NOT starts_with(number, '+5') THEN number
        WHEN number ~ '^\+521[2-9][0-9]{9}$' THEN '+52' || substr(number, 5)
        WHEN number ~ '^\+549[123][0-9]{9}$' THEN '+54' || substr(number, 5)
        WHEN number ~ '^\+55[1-9]{2}[689][0-9]{7}$' THEN left(number, 5) || '9' || substr(number, 6)
        ELSE number END
$$;

-- Where an account has both writings, each in a contact of its own, one keeps its key until somebody
-- merges them: what they hold is not ours to choose from.
UPDATE contacts c SET phone_key = canonical_number(c.phone_key)
 WHERE c.phone_key <> canonical_number(c.phone_key)
   AND NOT EXISTS (SELECT FROM contacts o WHERE o.account_id = c.account_id
                      AND o.phone_key = canonical_number(c.phone_key));
-- Those pairs, and suppressions whose hash only a process with the secret can make anew. Mostly empty.
CREATE INDEX contacts_twins ON contacts (account_id, phone_key)
    WHERE phone_key <> canonical_number(phone_key);
CREATE INDEX consents_twins ON consents (account_id) WHERE address <> canonical_number(address);
