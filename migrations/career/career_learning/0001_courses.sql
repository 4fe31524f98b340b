-- Courses and who is enrolled in them
-- migrate:up

CREATE TABLE courses (
    course_id         uuid          PRIMARY KEY DEFAULT gen_random_uuid(),
    title             varchar(255)  NOT NULL,
    description       text,
    provider          varchar(100),
    difficulty_level  varchar(50)   CHECK (difficulty_level IN ('beginner', 'intermediate', 'advanced', 'expert')),
    duration_hours    integer       CHECK (duration_hours > 0),
    price             decimal(10,2) CHECK (price >= 0),
    currency          char(3)       NOT NULL DEFAULT 'USD',
    rating            decimal(3,2)  CHECK (rating BETWEEN 0 AND 5),
    total_enrollments integer       NOT NULL DEFAULT 0 CHECK (total_enrollments >= 0),
    created_at        timestamptz   NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at        timestamptz   NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_courses_title ON courses (title);
CREATE INDEX idx_courses_provider ON courses (provider);

-- user_id is of the users service; the reference is in platform.toml, since no foreign key reaches there.
CREATE TABLE user_courses (
    enrollment_id       uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id             uuid         NOT NULL,
    course_id           uuid         NOT NULL REFERENCES courses (course_id) ON DELETE RESTRICT,
    enrollment_date     timestamptz  NOT NULL DEFAULT CURRENT_TIMESTAMP,
    completion_date     timestamptz,
    progress_percentage integer      NOT NULL DEFAULT 0 CHECK (progress_percentage BETWEEN 0 AND 100),
    status              varchar(50)  NOT NULL DEFAULT 'enrolled'
                        CHECK (status IN ('enrolled', 'in_progress', 'completed', 'dropped')),
    certificate_url     varchar(255),
    UNIQUE (course_id, user_id),
    CONSTRAINT user_courses_ends_after_start CHECK (completion_date >= enrollment_date),
    CONSTRAINT user_courses_completed_has_date CHECK ((status = 'completed') = (completion_date IS NOT NULL))
);

CREATE INDEX idx_user_courses_user_id ON user_courses (user_id);

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

-- Every row of user_courses counts, whatever its status; one that moves to another course counts there and not here.
CREATE FUNCTION sync_total_enrollments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE courses SET total_enrollments = total_enrollments - 1 WHERE course_id = OLD.course_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE courses SET total_enrollments = total_enrollments + 1 WHERE course_id = NEW.course_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER set_updated_at BEFORE UPDATE ON courses
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER sync_enrollments AFTER INSERT OR DELETE OR UPDATE OF course_id ON user_courses
    FOR EACH ROW EXECUTE FUNCTION sync_total_enrollments();

-- migrate:down

DROP TABLE user_courses;
DROP TABLE courses;
DROP FUNCTION sync_total_enrollments();
DROP FUNCTION set_updated_at();
