-- Limits and locations of storage providers, types and sizes of files
-- migrate:up
-- schemactl: transaction=none
-- Each statement in a transaction of its own: NOT VALID takes its strong lock for a moment only, and VALIDATE reads the
-- rows under a weak one that writers pass. In a common transaction the strong lock would be held during that reading.

ALTER TABLE storage_configs
    ADD CONSTRAINT storage_configs_limits CHECK (
        max_file_size_bytes BETWEEN 1 AND 52428800 AND cardinality(allowed_mime_types) > 0
    ) NOT VALID,
    ADD CONSTRAINT storage_configs_location CHECK (
        CASE provider
            WHEN 'local' THEN base_path IS NOT NULL
            ELSE bucket IS NOT NULL AND credentials_ref IS NOT NULL
        END
    ) NOT VALID;

-- 52428800 bytes are 50 MiB.
ALTER TABLE resumes
    ADD CONSTRAINT resumes_file_size CHECK (file_size_bytes BETWEEN 1 AND 52428800) NOT VALID,
    ADD CONSTRAINT resumes_mime_type CHECK (
        mime_type IN (
            'application/pdf',
            'application/msword',
            'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
            'application/rtf',
            'text/plain'
        )
    ) NOT VALID;

ALTER TABLE storage_configs
    VALIDATE CONSTRAINT storage_configs_limits,
    VALIDATE CONSTRAINT storage_configs_location;

ALTER TABLE resumes
    VALIDATE CONSTRAINT resumes_file_size,
    VALIDATE CONSTRAINT resumes_mime_type;

-- migrate:down

ALTER TABLE resumes
    DROP CONSTRAINT resumes_mime_type,
    DROP CONSTRAINT resumes_file_size;

ALTER TABLE storage_configs
    DROP CONSTRAINT storage_configs_location,
    DROP CONSTRAINT storage_configs_limits;
