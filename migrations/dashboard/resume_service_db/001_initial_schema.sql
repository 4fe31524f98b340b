-- Storage providers and resumes
-- migrate:up

-- Storage providers are rows, not code; credentials stay outside and are named by credentials_ref.
-- Limits and locations get their rules in 004.
CREATE TABLE storage_configs (
    id                  uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    name                varchar(80)  NOT NULL UNIQUE,
    provider            varchar(10)  NOT NULL CHECK (provider IN ('s3', 'railway', 'local')),
    bucket              varchar(120),
    region              varchar(40),
    endpoint_url        varchar(255),
    base_path           varchar(255),
    credentials_ref     varchar(200),
    allowed_mime_types  text[]       NOT NULL,
    max_file_size_bytes bigint       NOT NULL,
    priority            smallint     NOT NULL DEFAULT 100,
    is_active           boolean      NOT NULL DEFAULT true,
    is_default          boolean      NOT NULL DEFAULT false,
    settings            jsonb        NOT NULL DEFAULT '{}',
    created_at          timestamptz  NOT NULL DEFAULT now(),
    updated_at          timestamptz  NOT NULL DEFAULT now(),
    CONSTRAINT storage_configs_default_is_active CHECK (is_active OR NOT is_default)
);

CREATE UNIQUE INDEX uq_storage_configs_default ON storage_configs (is_default) WHERE is_default;
CREATE INDEX idx_storage_configs_provider_is_active ON storage_configs (provider, is_active);
CREATE INDEX idx_storage_configs_priority_live ON storage_configs (priority) WHERE is_active;
CREATE INDEX idx_storage_configs_settings ON storage_configs USING gin (settings jsonb_path_ops);

-- user_id is users.id of the user service: another database, so no foreign key can guard it (platform.toml, references).
CREATE TABLE resumes (
    id                 uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id            uuid         NOT NULL,
    storage_config_id  uuid         REFERENCES storage_configs (id) ON DELETE RESTRICT,
    title              varchar(200) NOT NULL,
    original_filename  varchar(255),
    storage_key        text,
    mime_type          varchar(120),
    file_size_bytes    bigint,
    sha256             bytea        CHECK (octet_length(sha256) = 32),
    content            text         NOT NULL DEFAULT '',
    content_json       jsonb        NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(content_json) = 'object'),
    language           varchar(10)  NOT NULL DEFAULT 'en',
    processing_status  varchar(10)  NOT NULL DEFAULT 'uploaded'
                       CHECK (processing_status IN ('uploaded', 'parsing', 'parsed', 'analyzing', 'ready', 'failed')),
    processing_error   text,
    quality_score      numeric(5,2) CHECK (quality_score BETWEEN 0 AND 100),
    quality_assessment jsonb        NOT NULL DEFAULT '{}',
    ai_analysis        jsonb        NOT NULL DEFAULT '{}',
    is_primary         boolean      NOT NULL DEFAULT false,
    deleted_at         timestamptz,
    created_at         timestamptz  NOT NULL DEFAULT now(),
    updated_at         timestamptz  NOT NULL DEFAULT now(),
    search_vector      tsvector     GENERATED ALWAYS AS (to_tsvector('english', title || ' ' || content)) STORED,
    CONSTRAINT resumes_storage_complete CHECK ((storage_config_id IS NULL) = (storage_key IS NULL))
);

CREATE INDEX idx_resumes_user_id_created_at ON resumes (user_id, created_at DESC);
CREATE UNIQUE INDEX uq_resumes_primary ON resumes (user_id) WHERE is_primary AND deleted_at IS NULL;
CREATE INDEX idx_resumes_storage_config_id ON resumes (storage_config_id);
CREATE UNIQUE INDEX uq_resumes_storage_key ON resumes (storage_config_id, storage_key);
CREATE INDEX idx_resumes_pending ON resumes (processing_status)
    WHERE processing_status IN ('uploaded', 'parsing', 'analyzing');
CREATE INDEX idx_resumes_quality_score ON resumes (quality_score);
CREATE INDEX idx_resumes_sha256 ON resumes (sha256);
CREATE INDEX idx_resumes_content_json ON resumes USING gin (content_json jsonb_path_ops);
CREATE INDEX idx_resumes_ai_analysis ON resumes USING gin (ai_analysis jsonb_path_ops);
CREATE INDEX idx_resumes_search_vector ON resumes USING gin (search_vector);

-- Every function sets its own search_path: behind a pooler nobody else can be relied on to have set it.
CREATE FUNCTION update_updated_at_column() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER set_updated_at BEFORE UPDATE ON storage_configs
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

CREATE TRIGGER set_updated_at BEFORE UPDATE ON resumes
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- The named active provider, or the default one where no name is given. Raises no_data_found where there is none and
-- check_violation where the type or the size is not allowed there; a type or size of NULL is not checked.
CREATE FUNCTION get_storage_config(
    p_name text DEFAULT NULL,
    p_mime_type text DEFAULT NULL,
    p_size_bytes bigint DEFAULT NULL
) RETURNS storage_configs
    LANGUAGE plpgsql STABLE
    SET search_path = public, pg_temp
AS $$
DECLARE
    c storage_configs;
BEGIN
    SELECT * INTO c
    FROM storage_configs
    WHERE is_active AND (name = p_name OR (p_name IS NULL AND is_default));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no active storage %', coalesce(p_name, '(default)')
            USING ERRCODE = 'no_data_found';
    END IF;
    IF p_mime_type IS NOT NULL AND p_mime_type <> ALL (c.allowed_mime_types) THEN
        RAISE EXCEPTION 'type % is not allowed in storage %', p_mime_type, c.name
            USING ERRCODE = 'check_violation';
    END IF;
    IF p_size_bytes > c.max_file_size_bytes THEN
        RAISE EXCEPTION '% bytes exceed the % of storage %', p_size_bytes, c.max_file_size_bytes, c.name
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN c;
END
$$;

CREATE VIEW resume_overview AS
SELECT r.id AS resume_id,
       r.user_id,
       r.title,
       r.is_primary,
       r.processing_status,
       r.quality_score,
       r.mime_type,
       r.file_size_bytes,
       s.name AS storage_name,
       s.provider,
       r.created_at,
       r.updated_at
FROM resumes r
LEFT JOIN storage_configs s ON s.id = r.storage_config_id
WHERE r.deleted_at IS NULL;

-- migrate:down

DROP VIEW resume_overview;
DROP FUNCTION get_storage_config(text, text, bigint);
DROP TRIGGER set_updated_at ON resumes;
DROP TRIGGER set_updated_at ON storage_configs;
DROP FUNCTION update_updated_at_column();
DROP TABLE resumes;
DROP TABLE storage_configs;
