-- Which skills a course teaches, and up to which level
-- migrate:up
-- schemactl: requires=career_skills@0001

-- The one place of this link: skill_id is the ObjectId of the skills service as 24 hexadecimal digits, the name a copy.
CREATE TABLE course_skills (
    course_id    uuid         NOT NULL REFERENCES courses (course_id) ON DELETE CASCADE,
    skill_id     char(24)     NOT NULL CHECK (skill_id ~ '^[0-9a-f]{24}$'),
    skill_name   varchar(120) NOT NULL,
    target_level varchar(12)  NOT NULL DEFAULT 'beginner'
                 CHECK (target_level IN ('beginner', 'intermediate', 'advanced')),
    is_primary   boolean      NOT NULL DEFAULT false,
    created_at   timestamptz  NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (course_id, skill_id)
);

CREATE INDEX idx_course_skills_skill_id ON course_skills (skill_id);

-- migrate:down

DROP TABLE course_skills;
