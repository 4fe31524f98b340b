-- Full history of every resume: versions without gaps, changes by section
-- migrate:up

CREATE TABLE resume_versions (
    id                 uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    resume_id          uuid        NOT NULL REFERENCES resumes (id) ON DELETE CASCADE,
    version_number     integer     NOT NULL CHECK (version_number > 0),
    content            text        NOT NULL,
    content_json       jsonb       NOT NULL,
    change_source      varchar(12) NOT NULL
                       CHECK (change_source IN ('initial', 'manual', 'upload', 'optimization', 'restore')),
    change_summary     text,
    created_by_user_id uuid,
    created_at         timestamptz NOT NULL DEFAULT now(),
    UNIQUE (resume_id, version_number)
);

CREATE INDEX idx_resume_versions_created_by_user_id ON resume_versions (created_by_user_id);
CREATE INDEX idx_resume_versions_change_source_created_at ON resume_versions (change_source, created_at);
CREATE INDEX idx_resume_versions_created_at ON resume_versions (created_at);

CREATE TABLE resume_version_changes (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    version_id  uuid        NOT NULL REFERENCES resume_versions (id) ON DELETE CASCADE,
    section     varchar(80) NOT NULL,
    change_type varchar(8)  NOT NULL CHECK (change_type IN ('added', 'removed', 'modified')),
    old_value   jsonb,
    new_value   jsonb,
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (version_id, section),
    CONSTRAINT resume_version_changes_added_has_no_old CHECK ((change_type = 'added') = (old_value IS NULL)),
    CONSTRAINT resume_version_changes_removed_has_no_new CHECK ((change_type = 'removed') = (new_value IS NULL))
);

CREATE INDEX idx_resume_version_changes_section_change_type ON resume_version_changes (section, change_type);
CREATE INDEX idx_resume_version_changes_created_at ON resume_version_changes (created_at);

-- One version for the new resume, one for each change of its content. The row lock that the statement holds on the
-- resume puts concurrent writers in a row, so max + 1 neither repeats a number nor leaves one out.
-- Source, summary and author come from app.change_source, app.change_summary, app.user_id; set them with SET LOCAL, or
-- a transaction pooler hands them to the next client.
CREATE FUNCTION create_resume_version() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
DECLARE
    v uuid;
    n integer;
    o jsonb := '{}';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.content = OLD.content AND NEW.content_json = OLD.content_json THEN
            RETURN NULL;
        END IF;
        o := OLD.content_json;
    END IF;

    SELECT coalesce(max(version_number), 0) + 1 INTO n
    FROM resume_versions
    WHERE resume_id = NEW.id;

    INSERT INTO resume_versions (resume_id, version_number, content, content_json,
                                 change_source, change_summary, created_by_user_id)
    VALUES (NEW.id, n, NEW.content, NEW.content_json,
            CASE WHEN n = 1 THEN 'initial'
                 ELSE coalesce(NULLIF(current_setting('app.change_source', true), ''), 'manual') END,
            NULLIF(current_setting('app.change_summary', true), ''),
            NULLIF(current_setting('app.user_id', true), '')::uuid)
    RETURNING id INTO v;

    IF n > 1 THEN
        INSERT INTO resume_version_changes (version_id, section, change_type, old_value, new_value)
        SELECT v,
               coalesce(a.key, b.key),
               CASE WHEN a.key IS NULL THEN 'added' WHEN b.key IS NULL THEN 'removed' ELSE 'modified' END,
               a.value,
               b.value
        FROM jsonb_each(o) a
        FULL JOIN jsonb_each(NEW.content_json) b ON b.key = a.key
        WHERE a.value IS DISTINCT FROM b.value;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER create_version AFTER INSERT OR UPDATE OF content, content_json ON resumes
    FOR EACH ROW EXECUTE FUNCTION create_resume_version();

-- A resume that is older than this migration gets its version 1 now: its first change would otherwise be taken for the
-- initial version, and what stood there before would be lost. After the trigger exists, so that none slips between.
INSERT INTO resume_versions (resume_id, version_number, content, content_json, change_source, created_at)
SELECT r.id, 1, r.content, r.content_json, 'initial', r.created_at
FROM resumes r;

-- Newest first; no rows for an unknown resume.
CREATE FUNCTION get_resume_version_history(p_resume_id uuid)
    RETURNS TABLE (
        version_number integer,
        version_id uuid,
        change_source text,
        change_summary text,
        changes bigint,
        created_by_user_id uuid,
        created_at timestamptz
    )
    LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
    SELECT v.version_number,
           v.id,
           v.change_source,
           v.change_summary,
           (SELECT count(*) FROM resume_version_changes c WHERE c.version_id = v.id),
           v.created_by_user_id,
           v.created_at
    FROM resume_versions v
    WHERE v.resume_id = p_resume_id
    ORDER BY v.version_number DESC
$$;

-- Section by section, in order of section; no rows when the two are equal.
CREATE FUNCTION compare_resume_versions(p_from uuid, p_to uuid)
    RETURNS TABLE (section text, change_type text, old_value jsonb, new_value jsonb)
    LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
    SELECT coalesce(a.key, b.key),
           CASE WHEN a.key IS NULL THEN 'added' WHEN b.key IS NULL THEN 'removed' ELSE 'modified' END,
           a.value,
           b.value
    FROM (SELECT e.* FROM resume_versions v, jsonb_each(v.content_json) e WHERE v.id = p_from) a
    FULL JOIN (SELECT e.* FROM resume_versions v, jsonb_each(v.content_json) e WHERE v.id = p_to) b ON b.key = a.key
    WHERE a.value IS DISTINCT FROM b.value
    ORDER BY 1
$$;

CREATE VIEW resume_version_summary AS
SELECT v.resume_id,
       count(*) AS versions,
       max(v.version_number) AS latest_version,
       max(v.created_at) AS last_changed_at,
       count(*) FILTER (WHERE v.change_source = 'optimization') AS optimized_versions
FROM resume_versions v
GROUP BY v.resume_id;

-- migrate:down

DROP VIEW resume_version_summary;
DROP FUNCTION compare_resume_versions(uuid, uuid);
DROP FUNCTION get_resume_version_history(uuid);
DROP TRIGGER create_version ON resumes;
DROP FUNCTION create_resume_version();
DROP TABLE resume_version_changes;
DROP TABLE resume_versions;
