-- Profiles, skills and careers of users
-- migrate:up

-- user_id is an account of auth_db, here and below: no foreign key reaches there, platform.toml has the references.
-- profile_completeness is a percentage.
CREATE TABLE user_profiles (
    id                   uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id              uuid         NOT NULL UNIQUE,
    headline             varchar(500),
    bio                  text,
    summary              text,
    website_url          varchar(500),
    portfolio_url        varchar(500),
    github_url           varchar(500),
    linkedin_url         varchar(500),
    twitter_url          varchar(500),
    years_of_experience  integer,
    current_salary_range varchar(50),
    desired_salary_range varchar(50),
    availability         varchar(50)  CHECK (availability IN (
                                          'immediately', 'within_2_weeks', 'within_month', 'not_looking'
                                      )),
    remote_preference    varchar(50)  CHECK (remote_preference IN ('remote_only', 'hybrid', 'onsite', 'flexible')),
    willing_to_relocate  boolean      DEFAULT false,
    profile_visibility   varchar(20)  DEFAULT 'public'
                                      CHECK (profile_visibility IN ('public', 'private', 'connections_only')),
    profile_completeness integer      DEFAULT 0,
    last_active_at       timestamptz,
    created_at           timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at           timestamptz  DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE skills (
    id          uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    name        varchar(100) NOT NULL UNIQUE,
    category    varchar(50),
    description text,
    is_verified boolean      DEFAULT false,
    created_at  timestamptz  DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE user_skills (
    id                  uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id             uuid        NOT NULL,
    skill_id            uuid        NOT NULL REFERENCES skills (id),
    proficiency_level   varchar(20) CHECK (proficiency_level IN ('beginner', 'intermediate', 'advanced', 'expert')),
    years_of_experience integer,
    is_primary          boolean     DEFAULT false,
    endorsed_count      integer     DEFAULT 0,
    last_used_at        timestamptz,
    created_at          timestamptz DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (user_id, skill_id)
);

-- company_id where the employer is on the platform, in company_db. skills_used holds ids of skills: no foreign key
-- reaches into an array, a check looks after it.
CREATE TABLE experience (
    id              uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id         uuid         NOT NULL,
    company_name    varchar(255) NOT NULL,
    company_id      uuid,
    job_title       varchar(255) NOT NULL,
    employment_type varchar(50)  CHECK (employment_type IN (
                                     'full_time', 'part_time', 'contract', 'freelance', 'internship'
                                 )),
    location        varchar(255),
    is_remote       boolean      DEFAULT false,
    start_date      date         NOT NULL,
    end_date        date,
    is_current      boolean      DEFAULT false,
    description     text,
    achievements    text[],
    skills_used     uuid[],
    created_at      timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at      timestamptz  DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE education (
    id               uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id          uuid         NOT NULL,
    institution_name varchar(255) NOT NULL,
    degree_type      varchar(100),
    field_of_study   varchar(255),
    grade            varchar(50),
    start_date       date,
    end_date         date,
    is_current       boolean      DEFAULT false,
    description      text,
    activities       text[],
    created_at       timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at       timestamptz  DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE certifications (
    id                   uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id              uuid         NOT NULL,
    name                 varchar(255) NOT NULL,
    issuing_organization varchar(255) NOT NULL,
    credential_id        varchar(255),
    credential_url       varchar(500),
    issue_date           date,
    expiration_date      date,
    does_not_expire      boolean      DEFAULT false,
    is_verified          boolean      DEFAULT false,
    verification_method  varchar(100),
    created_at           timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at           timestamptz  DEFAULT CURRENT_TIMESTAMP
);

-- file_size in bytes.
CREATE TABLE resumes (
    id                 uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id            uuid         NOT NULL,
    file_name          varchar(255) NOT NULL,
    original_file_name varchar(255) NOT NULL,
    file_size          integer      NOT NULL,
    file_type          varchar(50)  NOT NULL,
    file_url           varchar(500) NOT NULL,
    is_primary         boolean      DEFAULT false,
    parsed_content     jsonb,
    parsing_status     varchar(50)  DEFAULT 'pending'
                                    CHECK (parsing_status IN ('pending', 'processing', 'completed', 'failed')),
    parsing_error      text,
    download_count     integer      DEFAULT 0,
    last_downloaded_at timestamptz,
    created_at         timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at         timestamptz  DEFAULT CURRENT_TIMESTAMP
);

-- passing_score is a percentage. There is no assessment for experts.
CREATE TABLE skill_assessments (
    id               uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    skill_id         uuid         NOT NULL REFERENCES skills (id),
    name             varchar(255) NOT NULL,
    description      text,
    difficulty_level varchar(20)  CHECK (difficulty_level IN ('beginner', 'intermediate', 'advanced')),
    duration_minutes integer      NOT NULL,
    question_count   integer      NOT NULL,
    passing_score    integer      NOT NULL,
    is_active        boolean      DEFAULT true,
    created_by       uuid,
    created_at       timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at       timestamptz  DEFAULT CURRENT_TIMESTAMP
);

-- The score, a percentage, is there when an attempt is completed, not before. answers is ciphertext in an envelope:
-- algorithm, key_id, ciphertext.
CREATE TABLE user_assessment_results (
    id                 uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id            uuid        NOT NULL,
    assessment_id      uuid        NOT NULL REFERENCES skill_assessments (id),
    score              integer,
    time_taken_minutes integer,
    status             varchar(20) CHECK (status IN ('in_progress', 'completed', 'abandoned')),
    started_at         timestamptz NOT NULL,
    completed_at       timestamptz,
    answers            jsonb,
    is_verified        boolean     DEFAULT false,
    created_at         timestamptz DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (user_id, assessment_id),
    CONSTRAINT ck_uar_completed_has_score CHECK (status IS DISTINCT FROM 'completed' OR score IS NOT NULL)
);

-- Two people have one connection, whoever asked: uq_user_connections_pair refuses its mirror.
CREATE TABLE user_connections (
    id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    requester_id uuid        NOT NULL,
    addressee_id uuid        NOT NULL,
    status       varchar(20) DEFAULT 'pending' CHECK (status IN ('pending', 'accepted', 'declined', 'blocked')),
    message      text,
    connected_at timestamptz,
    created_at   timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at   timestamptz DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (requester_id, addressee_id),
    CHECK (requester_id <> addressee_id)
);

CREATE INDEX idx_user_profiles_user_id ON user_profiles (user_id);
CREATE INDEX idx_user_profiles_availability ON user_profiles (availability);
CREATE INDEX idx_user_profiles_experience ON user_profiles (years_of_experience);
CREATE INDEX idx_user_profiles_visibility ON user_profiles (profile_visibility);

CREATE INDEX idx_skills_name ON skills (name);
CREATE INDEX idx_skills_category ON skills (category);

CREATE INDEX idx_user_skills_user_id ON user_skills (user_id);
CREATE INDEX idx_user_skills_skill_id ON user_skills (skill_id);
CREATE INDEX idx_user_skills_proficiency ON user_skills (proficiency_level);
CREATE INDEX idx_user_skills_primary ON user_skills (user_id) WHERE is_primary = TRUE;

CREATE INDEX idx_experience_user_id ON experience (user_id);
CREATE INDEX idx_experience_company_id ON experience (company_id);
CREATE INDEX idx_experience_current ON experience (user_id) WHERE is_current = TRUE;
CREATE INDEX idx_experience_dates ON experience (start_date, end_date);

CREATE INDEX idx_education_user_id ON education (user_id);
CREATE INDEX idx_education_institution ON education (institution_name);
CREATE INDEX idx_education_degree ON education (degree_type);

CREATE INDEX idx_certifications_user_id ON certifications (user_id);
CREATE INDEX idx_certifications_organization ON certifications (issuing_organization);
CREATE INDEX idx_certifications_expiration ON certifications (expiration_date) WHERE expiration_date IS NOT NULL;

CREATE INDEX idx_resumes_user_id ON resumes (user_id);
CREATE INDEX idx_resumes_primary ON resumes (user_id) WHERE is_primary = TRUE;
CREATE INDEX idx_resumes_parsing_status ON resumes (parsing_status);

CREATE INDEX idx_skill_assessments_skill_id ON skill_assessments (skill_id);
CREATE INDEX idx_skill_assessments_difficulty ON skill_assessments (difficulty_level);
CREATE INDEX idx_skill_assessments_active ON skill_assessments (is_active);

CREATE INDEX idx_user_assessment_results_user_id ON user_assessment_results (user_id);
CREATE INDEX idx_user_assessment_results_assessment_id ON user_assessment_results (assessment_id);
CREATE INDEX idx_user_assessment_results_score ON user_assessment_results (score);
CREATE INDEX idx_user_assessment_results_status ON user_assessment_results (status);

CREATE INDEX idx_user_connections_requester ON user_connections (requester_id);
CREATE INDEX idx_user_connections_addressee ON user_connections (addressee_id);
CREATE INDEX idx_user_connections_status ON user_connections (status);
CREATE INDEX idx_user_connections_accepted ON user_connections (requester_id, addressee_id) WHERE status = 'accepted';
CREATE UNIQUE INDEX uq_user_connections_pair ON user_connections
    (LEAST(requester_id, addressee_id), GREATEST(requester_id, addressee_id));

-- migrate:down

DROP TABLE user_connections;
DROP TABLE user_assessment_results;
DROP TABLE skill_assessments;
DROP TABLE resumes;
DROP TABLE certifications;
DROP TABLE education;
DROP TABLE experience;
DROP TABLE user_skills;
DROP TABLE skills;
DROP TABLE user_profiles;
