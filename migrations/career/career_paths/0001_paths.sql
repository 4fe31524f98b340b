-- Career paths, their milestones, and how far each user has come
-- migrate:up
-- The skills that a milestone lists live in the skills service: its collection is there first.
-- schemactl: requires=career_skills@0001

CREATE TABLE career_paths (
    path_id                   uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    title                     varchar(200) NOT NULL,
    description               text,
    industry                  varchar(100),
    required_years_experience integer      CHECK (required_years_experience >= 0),
    difficulty_level          varchar(50)
                              CHECK (difficulty_level IN ('beginner', 'intermediate', 'advanced', 'expert')),
    average_completion_time   integer      CHECK (average_completion_time > 0),
    created_at                timestamptz  NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at                timestamptz  NOT NULL DEFAULT CURRENT_TIMESTAMP
);

COMMENT ON COLUMN career_paths.average_completion_time IS 'months';

-- One path of a name in an industry; paths without one count as an industry of their own.
CREATE UNIQUE INDEX uq_career_paths_title_industry ON career_paths (lower(title), coalesce(industry, ''));
CREATE INDEX idx_career_paths_industry_difficulty_level ON career_paths (industry, difficulty_level);

CREATE TABLE career_milestones (
    milestone_id       uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    path_id            uuid         NOT NULL REFERENCES career_paths (path_id) ON DELETE CASCADE,
    title              varchar(200) NOT NULL,
    description        text,
    order_sequence     integer      NOT NULL CHECK (order_sequence > 0),
    estimated_duration integer      CHECK (estimated_duration > 0),
    required_skills    jsonb        NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(required_skills) = 'array'),
    optional_skills    jsonb        NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(optional_skills) = 'array'),
    -- What user_career_progress refers to, so that a milestone of another path is refused there.
    UNIQUE (path_id, milestone_id),
    UNIQUE (path_id, order_sequence)
);

COMMENT ON COLUMN career_milestones.estimated_duration IS 'weeks';
COMMENT ON COLUMN career_milestones.required_skills IS
    '[{"skill_id": "24 hex digits of career_skills.skills._id", "level": "beginner, intermediate or advanced"}]';
COMMENT ON COLUMN career_milestones.optional_skills IS
    '[{"skill_id": "24 hex digits of career_skills.skills._id", "level": "beginner, intermediate or advanced"}]';

CREATE INDEX idx_career_milestones_required_skills ON career_milestones USING gin (required_skills jsonb_path_ops);
CREATE INDEX idx_career_milestones_optional_skills ON career_milestones USING gin (optional_skills jsonb_path_ops);

-- user_id is of the users service; the reference is in platform.toml, since no foreign key reaches there.
CREATE TABLE user_career_progress (
    progress_id               uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id                   uuid        NOT NULL,
    path_id                   uuid        NOT NULL REFERENCES career_paths (path_id) ON DELETE RESTRICT,
    current_milestone_id      uuid,
    start_date                timestamptz,
    estimated_completion_date timestamptz,
    completion_percentage     integer     NOT NULL DEFAULT 0 CHECK (completion_percentage BETWEEN 0 AND 100),
    status                    varchar(50) NOT NULL DEFAULT 'not_started'
                              CHECK (status IN ('not_started', 'in_progress', 'paused', 'completed', 'abandoned')),
    notes                     text,
    -- A milestone that goes takes its own column along and leaves the path.
    CONSTRAINT user_career_progress_milestone_of_path FOREIGN KEY (path_id, current_milestone_id)
        REFERENCES career_milestones (path_id, milestone_id) ON DELETE SET NULL (current_milestone_id),
    CONSTRAINT user_career_progress_ends_after_start CHECK (estimated_completion_date >= start_date),
    CONSTRAINT user_career_progress_completed_is_all CHECK (status <> 'completed' OR completion_percentage = 100)
);

CREATE INDEX idx_user_career_progress_user_id ON user_career_progress (user_id);
CREATE INDEX idx_user_career_progress_path_id_current_milestone_id
    ON user_career_progress (path_id, current_milestone_id);
-- Who left a path, or finished it, may begin it again.
CREATE UNIQUE INDEX uq_user_career_progress_open ON user_career_progress (user_id, path_id)
    WHERE status IN ('not_started', 'in_progress', 'paused');

-- A function sets its own search_path: behind a pooler the session's may be anybody's.
CREATE FUNCTION set_updated_at() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER set_updated_at BEFORE UPDATE ON career_paths
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- migrate:down

DROP TABLE user_career_progress;
DROP TABLE career_milestones;
DROP TABLE career_paths;
DROP FUNCTION set_updated_at();
