-- What the database looks like after every migration. Made by `make schema`: change a migration,
-- never this file. The job queue's own objects (procrastinate_…) are left out.

CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public;

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

CREATE FUNCTION address_hash(address text, inner_pad bytea, outer_pad bytea) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT sha256(outer_pad || sha256(inner_pad || convert_to(address, 'UTF8')))
$$;

CREATE FUNCTION audit_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'restrict_violation';
    END
$$;

CREATE FUNCTION campaign_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        IF (OLD.status, NEW.status) IN (
            ('DRAFT', 'SCHEDULED'), ('DRAFT', 'SENDING'), ('SCHEDULED', 'SENDING'),
            ('SCHEDULED', 'CANCELLED'), ('SCHEDULED', 'FAILED'),
            ('SENDING', 'PAUSED'), ('SENDING', 'COMPLETED'), ('SENDING', 'CANCELLED'),
            ('SENDING', 'FAILED'), ('PAUSED', 'SENDING'), ('PAUSED', 'CANCELLED')
        ) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'a campaign does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'campaigns_moves';
    END
$$;

CREATE FUNCTION canonical_number(number text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT CASE
        WHEN number IS NULL OR NOT starts_with(number, '+5') THEN number
        WHEN number ~ '^\+521[2-9][0-9]{9}$' THEN '+52' || substr(number, 5)
        WHEN number ~ '^\+549[123][0-9]{9}$' THEN '+54' || substr(number, 5)
        WHEN number ~ '^\+55[1-9]{2}[689][0-9]{7}$' THEN left(number, 5) || '9' || substr(number, 6)
        ELSE number END
$_$;

CREATE FUNCTION contact_channels(phone_number text, phone_type text, email text, is_valid boolean, declared jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT array_remove(ARRAY[
        CASE WHEN phone_number IS NOT NULL AND is_valid
              AND phone_type IN ('MOBILE', 'FIXED_LINE_OR_MOBILE') THEN 'SMS' END,
        CASE WHEN declared ? 'RCS' THEN 'RCS' END,
        CASE WHEN declared ? 'WHATSAPP' THEN 'WHATSAPP' END,
        CASE WHEN email IS NOT NULL AND (is_valid OR phone_number IS NOT NULL) THEN 'EMAIL' END,
        CASE WHEN phone_number IS NOT NULL AND is_valid THEN 'VOICE' END
    ], NULL)
$$;

CREATE FUNCTION contact_fingerprint(id bigint, updated_at timestamp with time zone) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT hashint8extended(id, (extract(epoch FROM updated_at) * 1000000)::bigint)
$$;

CREATE FUNCTION contact_version(updated_at timestamp with time zone, restored_at timestamp with time zone, restored_version timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN restored_at = updated_at THEN restored_version ELSE updated_at END
$$;

CREATE FUNCTION declared_again(before jsonb, channels text, source text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT declared_as(channels, source) || coalesce(
        (SELECT jsonb_object_agg(k, v) FROM jsonb_each(before) AS b(k, v)
          WHERE k = ANY (string_to_array(channels, ','))), '{}')
$$;

CREATE FUNCTION declared_as(channels text, source text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN channels IS NOT NULL THEN
        (SELECT coalesce(jsonb_object_agg(ch, jsonb_build_object('source', source, 'at', now())), '{}')
           FROM unnest(string_to_array(channels, ',')) ch WHERE ch <> '') END
$$;

CREATE FUNCTION fields_changed_since(now jsonb, prior jsonb, written jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT now <> written AND EXISTS (
        SELECT FROM jsonb_object_keys(prior || written) k
         WHERE (prior -> k) IS DISTINCT FROM (written -> k) AND (now -> k) IS DISTINCT FROM (written -> k))
$$;

CREATE FUNCTION fields_without(now jsonb, prior jsonb, written jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN now = written THEN prior ELSE
        (now - coalesce(array_agg(k), '{}'))
        || coalesce(jsonb_object_agg(k, prior -> k) FILTER (WHERE prior ? k), '{}') END
      FROM jsonb_object_keys(prior || written) k
     WHERE (prior -> k) IS DISTINCT FROM (written -> k) AND (now -> k) IS NOT DISTINCT FROM (written -> k)
$$;

CREATE FUNCTION folded(t text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE
        WHEN octet_length(t) = char_length(t) THEN lower(t)
        ELSE lower(translate(
                 replace(replace(replace(
                     regexp_replace(normalize(t, NFKD), '[\u0300-\u036f]', '', 'g'),
                     'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
                 'øØłŁđĐðÐħĦŧŦıАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЂЄЅІЈЉЊЋЏҐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩς',
                 'oollddddhhttiабвгдежзийклмнопрстуфхцчшщъыьэюяђєѕіјљњћџґαβγδεζηθικλμνξοπρστυφχψωσ'))
    END
$$;

CREATE FUNCTION key_hash(kind text, key text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT hashtextextended(kind || key, 0)
$$;

CREATE FUNCTION tags_without(now text[], prior text[], written text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN now = written THEN prior ELSE
        ARRAY(SELECT t FROM unnest(now) t WHERE NOT (t = ANY (written) AND t <> ALL (prior)))
        || ARRAY(SELECT t FROM unnest(prior) t WHERE t <> ALL (written) AND t <> ALL (now)) END
$$;

CREATE FUNCTION united(a text[], b text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT a || ARRAY(SELECT t FROM unnest(b) t WHERE t <> ALL (a))
$$;

CREATE TABLE accounts (
    id bigint NOT NULL,
    name text NOT NULL,
    default_country text,
    timezone text DEFAULT 'UTC'::text NOT NULL,
    language text DEFAULT 'en'::text NOT NULL,
    retention jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    contact_limit bigint,
    CONSTRAINT accounts_contact_limit CHECK ((contact_limit >= 0)),
    CONSTRAINT accounts_default_country_check CHECK ((default_country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT accounts_name_length CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200)))
);

ALTER TABLE accounts ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME accounts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE api_keys (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    allowed_ips text[] DEFAULT '{}'::text[] NOT NULL,
    per_minute integer,
    per_second integer,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT api_keys_limit_is_whole CHECK (((per_minute IS NULL) = (per_second IS NULL))),
    CONSTRAINT api_keys_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT api_keys_per_minute_check CHECK ((per_minute > 0)),
    CONSTRAINT api_keys_per_second_check CHECK ((per_second > 0))
);

ALTER TABLE api_keys ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME api_keys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE audit (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    actor text NOT NULL,
    key_id bigint,
    key_name text,
    action text NOT NULL,
    subject text,
    subject_id text COLLATE pg_catalog."C",
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    address text,
    request_id text,
    CONSTRAINT audit_actor_check CHECK ((actor = ANY (ARRAY['KEY'::text, 'CLI'::text, 'SYSTEM'::text]))),
    CONSTRAINT audit_key CHECK (((actor = 'KEY'::text) = (key_id IS NOT NULL))),
    CONSTRAINT audit_subject_is_whole CHECK (((subject IS NULL) = (subject_id IS NULL)))
);

ALTER TABLE audit ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE campaign_batches (
    account_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    number integer NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    not_before timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    holder text,
    held_until timestamp with time zone,
    CONSTRAINT campaign_batches_holder CHECK (((holder IS NULL) = (held_until IS NULL)))
);

CREATE TABLE campaign_count_deltas (
    account_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    id bigint NOT NULL,
    status text NOT NULL,
    delta bigint NOT NULL
);

ALTER TABLE campaign_count_deltas ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME campaign_count_deltas_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE campaign_messages (
    account_id bigint NOT NULL,
    transport_id bigint NOT NULL,
    provider_id text NOT NULL COLLATE pg_catalog."C",
    campaign_id bigint NOT NULL,
    recipient bigint NOT NULL,
    status text,
    code text,
    at timestamp with time zone,
    CONSTRAINT campaign_messages_status_check CHECK ((status = ANY (ARRAY['DELIVERED'::text, 'READ'::text, 'FAILED'::text, 'EXPIRED'::text])))
);

CREATE TABLE campaign_recipients (
    account_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    number bigint NOT NULL,
    contact_id bigint NOT NULL,
    channel text NOT NULL,
    address text COLLATE pg_catalog."C",
    status text NOT NULL,
    reason text,
    parts smallint,
    attempts smallint DEFAULT 0 NOT NULL,
    provider_id text,
    claimed_at timestamp with time zone,
    sent_at timestamp with time zone,
    status_at timestamp with time zone NOT NULL,
    CONSTRAINT campaign_recipients_skipped CHECK ((((status <> ALL (ARRAY['SKIPPED'::text, 'FAILED'::text])) OR (reason IS NOT NULL)) AND ((status <> 'SENT'::text) OR (sent_at IS NOT NULL)))),
    CONSTRAINT campaign_recipients_status_check CHECK ((status = ANY (ARRAY['QUEUED'::text, 'SENDING'::text, 'SENT'::text, 'DELIVERED'::text, 'READ'::text, 'FAILED'::text, 'EXPIRED'::text, 'UNKNOWN'::text, 'SKIPPED'::text])))
);

CREATE TABLE campaigns (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    sending_mode text NOT NULL,
    list_ids bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    exclude_list_ids bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    filter jsonb,
    sender text,
    subject text,
    body text DEFAULT ''::text NOT NULL,
    html_body text,
    scheduled_at timestamp with time zone,
    timezone text NOT NULL,
    throttle integer,
    status text DEFAULT 'DRAFT'::text NOT NULL,
    test_of bigint,
    transport_id bigint,
    holdup jsonb,
    error jsonb,
    next_batch_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    confirmed_at timestamp with time zone,
    started_at timestamp with time zone,
    frozen_at timestamp with time zone,
    paused_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT campaigns_life CHECK ((((confirmed_at IS NULL) = (status = 'DRAFT'::text)) AND ((status <> 'SCHEDULED'::text) OR (scheduled_at IS NOT NULL)) AND
CASE
    WHEN (status = ANY (ARRAY['DRAFT'::text, 'SCHEDULED'::text])) THEN (started_at IS NULL)
    WHEN (status = ANY (ARRAY['SENDING'::text, 'PAUSED'::text, 'COMPLETED'::text])) THEN (started_at IS NOT NULL)
    ELSE true
END AND ((started_at IS NULL) OR (transport_id IS NOT NULL)) AND ((frozen_at IS NULL) OR (started_at IS NOT NULL)) AND ((status <> 'COMPLETED'::text) OR (frozen_at IS NOT NULL)) AND ((paused_at IS NOT NULL) = (status = 'PAUSED'::text)) AND ((finished_at IS NOT NULL) = (status = ANY (ARRAY['COMPLETED'::text, 'CANCELLED'::text, 'FAILED'::text]))) AND ((error IS NOT NULL) = (status = 'FAILED'::text)))),
    CONSTRAINT campaigns_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT campaigns_sending_mode_check CHECK ((sending_mode = ANY (ARRAY['SMS'::text, 'RCS'::text, 'WHATSAPP'::text, 'EMAIL'::text]))),
    CONSTRAINT campaigns_status_check CHECK ((status = ANY (ARRAY['DRAFT'::text, 'SCHEDULED'::text, 'SENDING'::text, 'PAUSED'::text, 'COMPLETED'::text, 'CANCELLED'::text, 'FAILED'::text]))),
    CONSTRAINT campaigns_throttle_check CHECK ((throttle > 0))
);

ALTER TABLE campaigns ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME campaigns_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE consents (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    channel text NOT NULL,
    address_hash bytea NOT NULL,
    address text COLLATE pg_catalog."C",
    status text NOT NULL,
    source text NOT NULL,
    reason text,
    at timestamp with time zone NOT NULL,
    CONSTRAINT consents_address_hash_check CHECK ((octet_length(address_hash) = 32)),
    CONSTRAINT consents_channel_check CHECK ((channel = ANY (ARRAY['SMS'::text, 'RCS'::text, 'WHATSAPP'::text, 'EMAIL'::text, 'VOICE'::text]))),
    CONSTRAINT consents_erasure CHECK ((((address IS NULL) = (source = 'ERASURE'::text)) AND ((source <> 'ERASURE'::text) OR (reason IS NULL)))),
    CONSTRAINT consents_said_by_somebody CHECK (((status = 'UNSUBSCRIBED'::text) OR (source = ANY (ARRAY['API'::text, 'CONSOLE'::text, 'PERSON'::text])))),
    CONSTRAINT consents_source_check CHECK ((source = ANY (ARRAY['API'::text, 'CONSOLE'::text, 'PERSON'::text, 'IMPORT'::text, 'PROVIDER'::text, 'ERASURE'::text]))),
    CONSTRAINT consents_status_check CHECK ((status = ANY (ARRAY['SUBSCRIBED'::text, 'UNSUBSCRIBED'::text])))
);

ALTER TABLE consents ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME consents_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE contact_count_deltas (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    delta bigint NOT NULL
);

ALTER TABLE contact_count_deltas ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME contact_count_deltas_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE contact_fields (
    account_id bigint NOT NULL,
    key text NOT NULL,
    label text NOT NULL,
    type text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT contact_fields_key_check CHECK ((key ~ '^[A-Za-z_][A-Za-z0-9_-]{0,63}$'::text)),
    CONSTRAINT contact_fields_label_check CHECK (((char_length(label) >= 1) AND (char_length(label) <= 200))),
    CONSTRAINT contact_fields_type_check CHECK ((type = ANY (ARRAY['TEXT'::text, 'NUMBER'::text, 'DATE'::text, 'BOOLEAN'::text, 'URL'::text])))
);

CREATE TABLE contact_merges (
    account_id bigint NOT NULL,
    old_id bigint NOT NULL,
    survivor_id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE contact_stats (
    account_id bigint NOT NULL,
    as_of timestamp with time zone NOT NULL,
    figures jsonb NOT NULL
);

CREATE TABLE contacts (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    external_id text COLLATE pg_catalog."C",
    phone_number text COLLATE pg_catalog."C",
    phone_key text COLLATE pg_catalog."C",
    phone_type text,
    country_code text,
    email text COLLATE pg_catalog."C",
    first_name text,
    last_name text,
    gender text,
    birth_date text,
    company text,
    language text,
    notes text,
    custom_fields jsonb DEFAULT '{}'::jsonb NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    is_valid boolean NOT NULL,
    is_test boolean DEFAULT false NOT NULL,
    declared_channels jsonb DEFAULT '{}'::jsonb NOT NULL,
    import_id bigint,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    channels text[] GENERATED ALWAYS AS (contact_channels(phone_number, phone_type, email, is_valid, declared_channels)) STORED NOT NULL,
    name_key text GENERATED ALWAYS AS (NULLIF("left"(folded(btrim(((COALESCE(first_name, ''::text) || ' '::text) || COALESCE(last_name, ''::text)))), 500), ''::text)) STORED COLLATE pg_catalog."C",
    restored_at timestamp with time zone,
    restored_version timestamp with time zone,
    invalid_number text COLLATE pg_catalog."C",
    CONSTRAINT contacts_gender_check CHECK ((gender = ANY (ARRAY['MALE'::text, 'FEMALE'::text, 'OTHER'::text]))),
    CONSTRAINT contacts_number_has_key CHECK (((phone_number IS NULL) = (phone_key IS NULL))),
    CONSTRAINT contacts_reachable CHECK (((phone_number IS NOT NULL) OR (email IS NOT NULL)))
);

ALTER TABLE contacts ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME contacts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE delivery_reports (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    transport_id bigint NOT NULL,
    provider_id text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL,
    code text,
    address text COLLATE pg_catalog."C",
    at timestamp with time zone NOT NULL,
    received_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    campaign_id bigint,
    recipient bigint,
    CONSTRAINT delivery_reports_match CHECK (((campaign_id IS NULL) = (recipient IS NULL))),
    CONSTRAINT delivery_reports_status_check CHECK ((status = ANY (ARRAY['SENT'::text, 'DELIVERED'::text, 'READ'::text, 'FAILED'::text, 'EXPIRED'::text])))
);

ALTER TABLE delivery_reports ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME delivery_reports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE exports (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    status text DEFAULT 'PENDING'::text NOT NULL,
    format text NOT NULL,
    request jsonb NOT NULL,
    run integer DEFAULT 1 NOT NULL,
    processed_rows bigint DEFAULT 0 NOT NULL,
    error jsonb,
    draft_key text,
    storage_key text,
    file_run integer,
    row_count bigint,
    size bigint,
    sha256 text,
    expires_at timestamp with time zone,
    old_keys text[] DEFAULT '{}'::text[] NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT exports_file CHECK (((num_nonnulls(file_run, row_count, size, sha256, expires_at) = ANY (ARRAY[0, 5])) AND ((storage_key IS NULL) OR (file_run IS NOT NULL)))),
    CONSTRAINT exports_format_check CHECK ((format = ANY (ARRAY['CSV'::text, 'XLSX'::text, 'VCF'::text, 'JSONL'::text]))),
    CONSTRAINT exports_life CHECK ((((finished_at IS NOT NULL) = (status = ANY (ARRAY['COMPLETED'::text, 'FAILED'::text, 'EXPIRED'::text]))) AND ((started_at IS NOT NULL) = (status <> 'PENDING'::text)) AND ((draft_key IS NOT NULL) = (status = 'RUNNING'::text)) AND ((error IS NOT NULL) = (status = 'FAILED'::text)) AND ((status <> 'COMPLETED'::text) OR (storage_key IS NOT NULL)) AND ((status <> 'EXPIRED'::text) OR (storage_key IS NULL)))),
    CONSTRAINT exports_status_check CHECK ((status = ANY (ARRAY['PENDING'::text, 'RUNNING'::text, 'COMPLETED'::text, 'FAILED'::text, 'EXPIRED'::text])))
);

ALTER TABLE exports ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME exports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE idempotency_keys (
    account_id bigint NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    fingerprint bytea NOT NULL,
    holder text NOT NULL,
    held_until timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    done_at timestamp with time zone,
    status integer,
    headers jsonb,
    body bytea,
    CONSTRAINT idempotency_keys_answer CHECK (((num_nonnulls(status, headers, body) = ANY (ARRAY[0, 3])) AND ((status IS NULL) OR (done_at IS NOT NULL))))
);

CREATE TABLE import_changes (
    account_id bigint NOT NULL,
    import_id bigint NOT NULL,
    chunk integer NOT NULL,
    round integer NOT NULL,
    contact_id bigint NOT NULL,
    prior jsonb NOT NULL,
    written jsonb NOT NULL,
    prior_version timestamp with time zone NOT NULL,
    version timestamp with time zone NOT NULL
);

CREATE TABLE import_chunks (
    account_id bigint NOT NULL,
    import_id bigint NOT NULL,
    number integer NOT NULL,
    rows integer NOT NULL,
    created integer NOT NULL,
    updated integer NOT NULL,
    unchanged integer NOT NULL,
    skipped integer NOT NULL,
    duplicates integer NOT NULL,
    rejected integer NOT NULL,
    rejected_by_code jsonb DEFAULT '{}'::jsonb NOT NULL,
    committed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    first_row bigint NOT NULL,
    last_row bigint NOT NULL,
    reverted integer,
    kept integer,
    failed integer,
    CONSTRAINT import_chunks_balance CHECK ((rows = (((((created + updated) + unchanged) + skipped) + duplicates) + rejected))),
    CONSTRAINT import_chunks_undo CHECK ((num_nonnulls(reverted, kept, failed) = ANY (ARRAY[0, 3])))
);

CREATE TABLE import_kept (
    account_id bigint NOT NULL,
    import_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    outcome text NOT NULL,
    code text NOT NULL,
    CONSTRAINT import_kept_outcome_check CHECK ((outcome = ANY (ARRAY['KEPT'::text, 'FAILED'::text])))
);

CREATE TABLE import_members (
    account_id bigint NOT NULL,
    import_id bigint NOT NULL,
    chunk integer NOT NULL,
    list_id bigint NOT NULL,
    contact_id bigint NOT NULL
);

CREATE TABLE import_recipes (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    name_key text GENERATED ALWAYS AS (folded(btrim(name))) STORED NOT NULL COLLATE pg_catalog."C",
    cards boolean NOT NULL,
    headers jsonb NOT NULL,
    fingerprint text,
    choices jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT import_recipes_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200)))
);

ALTER TABLE import_recipes ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME import_recipes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE import_removals (
    account_id bigint NOT NULL,
    import_id bigint NOT NULL,
    list_id bigint NOT NULL,
    contact_id bigint NOT NULL
);

CREATE TABLE import_rows (
    account_id bigint NOT NULL,
    import_id bigint NOT NULL,
    "row" bigint NOT NULL,
    outcome text NOT NULL,
    contact_id bigint,
    code text,
    "column" text,
    value text,
    message text,
    warnings jsonb,
    cells jsonb,
    CONSTRAINT import_rows_outcome_check CHECK ((outcome = ANY (ARRAY['CREATED'::text, 'UPDATED'::text, 'UNCHANGED'::text, 'SKIPPED'::text, 'DUPLICATE'::text, 'REJECTED'::text])))
);

CREATE TABLE import_seen (
    account_id bigint NOT NULL,
    import_id bigint NOT NULL,
    chunk integer NOT NULL,
    contact_ids bigint[] NOT NULL,
    fingerprint bigint NOT NULL,
    keys bigint[] NOT NULL
);

CREATE TABLE import_sightings (
    account_id bigint NOT NULL,
    import_id bigint NOT NULL,
    contact_id bigint NOT NULL
);

CREATE TABLE imports (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    upload_id text NOT NULL COLLATE pg_catalog."C",
    status text DEFAULT 'PENDING'::text NOT NULL,
    dry_run boolean NOT NULL,
    mode text NOT NULL,
    file_name text NOT NULL,
    size bigint NOT NULL,
    sha256 text NOT NULL,
    storage_key text NOT NULL,
    plan jsonb NOT NULL,
    total_rows bigint,
    error jsonb,
    cancel_at timestamp with time zone,
    created_by text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    undone_at timestamp with time zone,
    ledger_deleted_at timestamp with time zone,
    ledger_gone_at timestamp with time zone,
    plan_token text,
    lists_seen text,
    examples jsonb DEFAULT '{}'::jsonb NOT NULL,
    warnings jsonb DEFAULT '[]'::jsonb NOT NULL,
    removals bigint DEFAULT 0 NOT NULL,
    CONSTRAINT imports_life CHECK ((((finished_at IS NULL) = (status = ANY (ARRAY['PENDING'::text, 'RUNNING'::text]))) AND ((status <> 'RUNNING'::text) OR (started_at IS NOT NULL)) AND ((undone_at IS NOT NULL) = (status = 'REVERTED'::text)) AND
CASE
    WHEN (status = ANY (ARRAY['REVERTING'::text, 'REVERTED'::text])) THEN (NOT dry_run)
    ELSE ((status = 'FAILED'::text) = (error IS NOT NULL))
END)),
    CONSTRAINT imports_mode_check CHECK ((mode = ANY (ARRAY['CREATE_UPDATE'::text, 'CREATE'::text, 'UPDATE'::text]))),
    CONSTRAINT imports_status_check CHECK ((status = ANY (ARRAY['PENDING'::text, 'RUNNING'::text, 'COMPLETED'::text, 'CANCELLED'::text, 'FAILED'::text, 'REVERTING'::text, 'REVERTED'::text])))
);

ALTER TABLE imports ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME imports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE inbound_messages (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    transport_id bigint NOT NULL,
    channel text NOT NULL,
    provider_id text COLLATE pg_catalog."C",
    address text NOT NULL COLLATE pg_catalog."C",
    recipient text,
    text text NOT NULL,
    unsubscribed boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    received_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE inbound_messages ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME inbound_messages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE list_count_deltas (
    account_id bigint NOT NULL,
    list_id bigint NOT NULL,
    id bigint NOT NULL,
    delta bigint NOT NULL
);

ALTER TABLE list_count_deltas ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME list_count_deltas_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE list_members (
    account_id bigint NOT NULL,
    list_id bigint NOT NULL,
    contact_id bigint NOT NULL
);

CREATE TABLE lists (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    name_key text GENERATED ALWAYS AS (folded(btrim(name))) STORED NOT NULL COLLATE pg_catalog."C",
    description text DEFAULT ''::text NOT NULL,
    is_test boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT lists_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200)))
);

ALTER TABLE lists ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME lists_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE migrations (
    name text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE operation_contacts (
    account_id bigint NOT NULL,
    operation_id bigint NOT NULL,
    contact_id bigint NOT NULL
);

CREATE TABLE operations (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    status text DEFAULT 'PENDING'::text NOT NULL,
    arguments jsonb DEFAULT '{}'::jsonb NOT NULL,
    total bigint NOT NULL,
    processed bigint DEFAULT 0 NOT NULL,
    result jsonb DEFAULT '{}'::jsonb NOT NULL,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT operations_end CHECK (((finished_at IS NOT NULL) = (status = ANY (ARRAY['COMPLETED'::text, 'CANCELLED'::text, 'FAILED'::text])))),
    CONSTRAINT operations_status_check CHECK ((status = ANY (ARRAY['PENDING'::text, 'RUNNING'::text, 'COMPLETED'::text, 'CANCELLED'::text, 'FAILED'::text])))
);

ALTER TABLE operations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME operations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE outbox_messages (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    transport_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    recipient bigint NOT NULL,
    channel text NOT NULL,
    address text NOT NULL COLLATE pg_catalog."C",
    sender text,
    subject text,
    body text NOT NULL,
    html_body text,
    unsubscribe_url text,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE outbox_messages ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME outbox_messages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE transport_leases (
    account_id bigint NOT NULL,
    transport_id bigint NOT NULL,
    slot integer NOT NULL,
    holder text NOT NULL,
    held_until timestamp with time zone NOT NULL
);

CREATE TABLE transports (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    channel text NOT NULL,
    kind text NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    secrets bytea,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT transports_channel_check CHECK ((channel = ANY (ARRAY['SMS'::text, 'RCS'::text, 'WHATSAPP'::text, 'EMAIL'::text]))),
    CONSTRAINT transports_kind CHECK (((kind = 'OUTBOX'::text) OR ((kind = 'SMTP'::text) AND (channel = 'EMAIL'::text)) OR ((kind = 'SMPP'::text) AND (channel = 'SMS'::text)))),
    CONSTRAINT transports_kind_check CHECK ((kind = ANY (ARRAY['OUTBOX'::text, 'SMTP'::text, 'SMPP'::text])))
);

ALTER TABLE transports ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME transports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE uploads (
    account_id bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    file_name text NOT NULL,
    storage_key text NOT NULL,
    size bigint NOT NULL,
    sha256 text NOT NULL,
    wishes jsonb NOT NULL,
    analysis jsonb NOT NULL,
    total_rows bigint,
    complete boolean NOT NULL,
    list_id bigint,
    default_country text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    import_id bigint
);

ALTER TABLE ONLY accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY campaign_batches
    ADD CONSTRAINT campaign_batches_pkey PRIMARY KEY (account_id, campaign_id, number);

ALTER TABLE ONLY campaign_count_deltas
    ADD CONSTRAINT campaign_count_deltas_pkey PRIMARY KEY (account_id, campaign_id, id);

ALTER TABLE ONLY campaign_messages
    ADD CONSTRAINT campaign_messages_pkey PRIMARY KEY (account_id, transport_id, provider_id);

ALTER TABLE ONLY campaign_recipients
    ADD CONSTRAINT campaign_recipients_pkey PRIMARY KEY (account_id, campaign_id, number);

ALTER TABLE ONLY campaigns
    ADD CONSTRAINT campaigns_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY consents
    ADD CONSTRAINT consents_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY contact_count_deltas
    ADD CONSTRAINT contact_count_deltas_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY contact_fields
    ADD CONSTRAINT contact_fields_pkey PRIMARY KEY (account_id, key);

ALTER TABLE ONLY contact_merges
    ADD CONSTRAINT contact_merges_pkey PRIMARY KEY (account_id, old_id);

ALTER TABLE ONLY contact_stats
    ADD CONSTRAINT contact_stats_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY contacts
    ADD CONSTRAINT contacts_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY delivery_reports
    ADD CONSTRAINT delivery_reports_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY exports
    ADD CONSTRAINT exports_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (account_id, key);

ALTER TABLE ONLY import_changes
    ADD CONSTRAINT import_changes_pkey PRIMARY KEY (account_id, import_id, chunk, round, contact_id);

ALTER TABLE ONLY import_chunks
    ADD CONSTRAINT import_chunks_pkey PRIMARY KEY (account_id, import_id, number);

ALTER TABLE ONLY import_kept
    ADD CONSTRAINT import_kept_pkey PRIMARY KEY (account_id, import_id, contact_id);

ALTER TABLE ONLY import_members
    ADD CONSTRAINT import_members_pkey PRIMARY KEY (account_id, import_id, chunk, list_id, contact_id);

ALTER TABLE ONLY import_recipes
    ADD CONSTRAINT import_recipes_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY import_removals
    ADD CONSTRAINT import_removals_pkey PRIMARY KEY (account_id, import_id, list_id, contact_id);

ALTER TABLE ONLY import_rows
    ADD CONSTRAINT import_rows_pkey PRIMARY KEY (account_id, import_id, "row");

ALTER TABLE ONLY import_seen
    ADD CONSTRAINT import_seen_pkey PRIMARY KEY (account_id, import_id, chunk);

ALTER TABLE ONLY import_sightings
    ADD CONSTRAINT import_sightings_pkey PRIMARY KEY (account_id, import_id, contact_id);

ALTER TABLE ONLY imports
    ADD CONSTRAINT imports_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY inbound_messages
    ADD CONSTRAINT inbound_messages_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY list_count_deltas
    ADD CONSTRAINT list_count_deltas_pkey PRIMARY KEY (account_id, list_id, id);

ALTER TABLE ONLY list_members
    ADD CONSTRAINT list_members_pkey PRIMARY KEY (account_id, list_id, contact_id);

ALTER TABLE ONLY lists
    ADD CONSTRAINT lists_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (name);

ALTER TABLE ONLY operation_contacts
    ADD CONSTRAINT operation_contacts_pkey PRIMARY KEY (account_id, operation_id, contact_id);

ALTER TABLE ONLY operations
    ADD CONSTRAINT operations_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY outbox_messages
    ADD CONSTRAINT outbox_messages_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY transport_leases
    ADD CONSTRAINT transport_leases_pkey PRIMARY KEY (account_id, transport_id, slot);

ALTER TABLE ONLY transports
    ADD CONSTRAINT transports_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY uploads
    ADD CONSTRAINT uploads_pkey PRIMARY KEY (account_id, id);

CREATE UNIQUE INDEX accounts_name ON accounts USING btree (folded(name));

CREATE INDEX audit_details ON audit USING gin (account_id, details jsonb_path_ops) WHERE (details <> '{}'::jsonb);

CREATE INDEX audit_subject ON audit USING btree (account_id, subject, subject_id, id) WHERE (subject IS NOT NULL);

CREATE INDEX campaign_batches_held ON campaign_batches USING btree (held_until) WHERE (holder IS NOT NULL);

CREATE INDEX campaign_messages_recipient ON campaign_messages USING btree (account_id, campaign_id, recipient);

CREATE INDEX campaign_recipients_contact ON campaign_recipients USING btree (account_id, contact_id);

CREATE INDEX campaign_recipients_odd ON campaign_recipients USING btree (account_id, campaign_id, status, number) WHERE (status = ANY (ARRAY['FAILED'::text, 'EXPIRED'::text, 'UNKNOWN'::text, 'SKIPPED'::text]));

CREATE INDEX campaign_recipients_unknown ON campaign_recipients USING btree (account_id, address) WHERE (status = 'UNKNOWN'::text);

CREATE INDEX campaigns_scheduled ON campaigns USING btree (scheduled_at) WHERE (status = 'SCHEDULED'::text);

CREATE INDEX campaigns_sending ON campaigns USING btree (account_id, id) WHERE (status = 'SENDING'::text);

CREATE UNIQUE INDEX consents_address ON consents USING btree (account_id, channel, address_hash) INCLUDE (status);

CREATE INDEX consents_erased ON consents USING btree (account_id, address_hash) WHERE (source = 'ERASURE'::text);

CREATE INDEX consents_plain ON consents USING btree (account_id, address) WHERE (status = 'UNSUBSCRIBED'::text);

CREATE INDEX consents_suppressed ON consents USING btree (account_id, at, id) WHERE (status = 'UNSUBSCRIBED'::text);

CREATE INDEX consents_twins ON consents USING btree (account_id) WHERE (address <> canonical_number(address));

CREATE INDEX contact_merges_survivor ON contact_merges USING btree (account_id, survivor_id);

CREATE INDEX contacts_created ON contacts USING btree (account_id, created_at, id);

CREATE INDEX contacts_email ON contacts USING btree (account_id, email, id);

CREATE UNIQUE INDEX contacts_email_alone ON contacts USING btree (account_id, email) WHERE (phone_key IS NULL);

CREATE UNIQUE INDEX contacts_external_id ON contacts USING btree (account_id, external_id) WHERE (external_id IS NOT NULL);

CREATE INDEX contacts_name ON contacts USING btree (account_id, name_key, id);

CREATE INDEX contacts_name_parts ON contacts USING gin (account_id, name_key gin_trgm_ops);

CREATE UNIQUE INDEX contacts_phone ON contacts USING btree (account_id, phone_key) WHERE (phone_key IS NOT NULL);

CREATE INDEX contacts_twins ON contacts USING btree (account_id, phone_key) WHERE (phone_key <> canonical_number(phone_key));

CREATE UNIQUE INDEX delivery_reports_once ON delivery_reports USING btree (account_id, transport_id, provider_id, status);

CREATE INDEX delivery_reports_unknown ON delivery_reports USING btree (received_at) WHERE (campaign_id IS NULL);

CREATE INDEX exports_expiry ON exports USING btree (expires_at) WHERE (storage_key IS NOT NULL);

CREATE INDEX exports_left_over ON exports USING btree (account_id, id) WHERE (old_keys <> '{}'::text[]);

CREATE INDEX idempotency_keys_age ON idempotency_keys USING btree (created_at);

CREATE INDEX import_recipes_fingerprint ON import_recipes USING btree (account_id, fingerprint);

CREATE UNIQUE INDEX import_recipes_name ON import_recipes USING btree (account_id, name_key);

CREATE INDEX import_rows_found ON import_rows USING btree (account_id, contact_id, import_id) WHERE (outcome = ANY (ARRAY['UPDATED'::text, 'UNCHANGED'::text]));

CREATE INDEX import_rows_refused ON import_rows USING btree (account_id, import_id, outcome, "row") WHERE (outcome <> 'CREATED'::text);

CREATE INDEX imports_by_age ON imports USING btree (finished_at) WHERE (ledger_gone_at IS NULL);

CREATE INDEX imports_by_file ON imports USING btree (account_id, sha256);

CREATE INDEX imports_newest ON imports USING btree (account_id, created_at DESC, id DESC);

CREATE UNIQUE INDEX imports_plan_token ON imports USING btree (account_id, plan_token) WHERE (plan_token IS NOT NULL);

CREATE UNIQUE INDEX imports_watched ON imports USING btree (account_id, created_by) WHERE ((created_by ~~ 'watched folder %'::text) AND (NOT dry_run));

CREATE INDEX inbound_messages_address ON inbound_messages USING btree (account_id, address);

CREATE UNIQUE INDEX inbound_messages_once ON inbound_messages USING btree (account_id, transport_id, provider_id) WHERE (provider_id IS NOT NULL);

CREATE INDEX list_members_of_contact ON list_members USING btree (account_id, contact_id, list_id);

CREATE UNIQUE INDEX lists_name ON lists USING btree (account_id, name_key) WHERE (deleted_at IS NULL);

CREATE UNIQUE INDEX outbox_messages_once ON outbox_messages USING btree (account_id, campaign_id, recipient);

CREATE UNIQUE INDEX transports_channel ON transports USING btree (account_id, channel);

CREATE INDEX uploads_expiry ON uploads USING btree (expires_at);

CREATE TRIGGER audit_stays BEFORE DELETE OR UPDATE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();

CREATE TRIGGER campaign_moves BEFORE UPDATE OF status ON campaigns FOR EACH ROW WHEN ((old.status <> new.status)) EXECUTE FUNCTION campaign_moves();

ALTER TABLE ONLY api_keys
    ADD CONSTRAINT api_keys_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id);

ALTER TABLE ONLY contact_merges
    ADD CONSTRAINT contact_merges_account_id_survivor_id_fkey FOREIGN KEY (account_id, survivor_id) REFERENCES contacts(account_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY list_members
    ADD CONSTRAINT list_members_account_id_contact_id_fkey FOREIGN KEY (account_id, contact_id) REFERENCES contacts(account_id, id) ON DELETE CASCADE;
