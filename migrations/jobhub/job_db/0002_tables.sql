-- Job postings, applications and views
-- migrate:up

CREATE TABLE job_categories (
    id          uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    name        varchar(100) NOT NULL UNIQUE,
    slug        varchar(100) NOT NULL UNIQUE,
    description text,
    parent_id   uuid         REFERENCES job_categories (id),
    icon_url    varchar(500),
    is_active   boolean      DEFAULT true,
    sort_order  integer      DEFAULT 0,
    created_at  timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at  timestamptz  DEFAULT CURRENT_TIMESTAMP
);

-- employer_id is an account of auth_db, company_id a company of company_db, both lists of skills hold ids of user_db.
-- Salaries are whole units of salary_currency for one salary_period.
CREATE TABLE jobs (
    id                       uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    employer_id              uuid         NOT NULL,
    company_id               uuid,
    title                    varchar(255) NOT NULL,
    slug                     varchar(255) NOT NULL UNIQUE,
    description              text         NOT NULL,
    requirements             text,
    responsibilities         text,
    benefits                 text,
    category_id              uuid         REFERENCES job_categories (id),
    employment_type          varchar(50)  NOT NULL
                                          CHECK (employment_type IN (
                                              'full_time', 'part_time', 'contract', 'freelance', 'internship'
                                          )),
    experience_level         varchar(50)  CHECK (experience_level IN (
                                              'entry', 'junior', 'mid', 'senior', 'lead', 'executive'
                                          )),
    location                 varchar(255),
    is_remote                boolean      DEFAULT false,
    remote_policy            varchar(50)  CHECK (remote_policy IN ('remote_only', 'hybrid', 'onsite', 'flexible')),
    salary_min               integer,
    salary_max               integer,
    salary_currency          varchar(3)   DEFAULT 'USD',
    salary_period            varchar(20)  CHECK (salary_period IN ('hourly', 'daily', 'weekly', 'monthly', 'yearly')),
    show_salary              boolean      DEFAULT true,
    required_skills          uuid[],
    preferred_skills         uuid[],
    application_deadline     date,
    status                   varchar(20)  DEFAULT 'draft'
                                          CHECK (status IN (
                                              'draft', 'published', 'paused', 'closed', 'expired', 'removed'
                                          )),
    priority_level           integer      DEFAULT 0,
    application_count        integer      DEFAULT 0,
    view_count               integer      DEFAULT 0,
    save_count               integer      DEFAULT 0,
    share_count              integer      DEFAULT 0,
    external_application_url varchar(500),
    application_instructions text,
    screening_questions      jsonb,
    auto_reject_criteria     jsonb,
    seo_title                varchar(255),
    seo_description          text,
    published_at             timestamptz,
    expires_at               timestamptz,
    created_at               timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at               timestamptz  DEFAULT CURRENT_TIMESTAMP,
    deleted_at               timestamptz
);

-- applicant_id is an account of auth_db, resume_id a file of user_db.
CREATE TABLE job_applications (
    id                     uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    job_id                 uuid         NOT NULL REFERENCES jobs (id),
    applicant_id           uuid         NOT NULL,
    resume_id              uuid,
    cover_letter           text,
    status                 varchar(20)  DEFAULT 'applied'
                                        CHECK (status IN (
                                            'applied', 'screening', 'interviewing', 'offered',
                                            'hired', 'rejected', 'withdrawn'
                                        )),
    source                 varchar(50),
    screening_answers      jsonb,
    notes                  text,
    rating                 integer      CHECK (rating BETWEEN 1 AND 5),
    rejection_reason       varchar(255),
    interview_scheduled_at timestamptz,
    offer_details          jsonb,
    offer_expires_at       timestamptz,
    response_deadline      timestamptz,
    applied_at             timestamptz  DEFAULT CURRENT_TIMESTAMP,
    status_updated_at      timestamptz  DEFAULT CURRENT_TIMESTAMP,
    status_updated_by      uuid,
    created_at             timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at             timestamptz  DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (job_id, applicant_id)
);

CREATE TABLE saved_jobs (
    id            uuid          PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id       uuid          NOT NULL,
    job_id        uuid          NOT NULL REFERENCES jobs (id),
    notes         text,
    reminder_date date,
    tags          varchar(50)[],
    created_at    timestamptz   DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (user_id, job_id)
);

CREATE TABLE job_search_alerts (
    id                        uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id                   uuid         NOT NULL,
    name                      varchar(255) NOT NULL,
    search_criteria           jsonb        NOT NULL,
    frequency                 varchar(20)  DEFAULT 'daily' CHECK (frequency IN ('immediate', 'daily', 'weekly')),
    is_active                 boolean      DEFAULT true,
    last_sent_at              timestamptz,
    job_count_since_last_sent integer      DEFAULT 0,
    created_at                timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at                timestamptz  DEFAULT CURRENT_TIMESTAMP
);

-- One view for a viewer, a job and an hour, where viewer or address is known. A partitioned table cannot have such an
-- index, so each partition does. Writers say ON CONFLICT DO NOTHING and name no index.
CREATE TABLE job_views (
    id                    uuid         NOT NULL DEFAULT gen_random_uuid(),
    job_id                uuid         NOT NULL REFERENCES jobs (id),
    viewer_id             uuid,
    ip_address            inet,
    user_agent            text,
    referrer              varchar(500),
    session_id            varchar(255),
    view_duration_seconds integer,
    viewed_at             timestamptz  NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id, viewed_at)
) PARTITION BY RANGE (viewed_at);

-- What no month takes. A month that has rows here can no longer be added, so months come ahead of their time.
CREATE TABLE job_views_default PARTITION OF job_views DEFAULT;
CREATE UNIQUE INDEX job_views_default_unique ON job_views_default (
    job_id,
    COALESCE(viewer_id::text, ip_address::text),
    date_trunc('hour', viewed_at AT TIME ZONE 'UTC')
);

CREATE INDEX idx_job_categories_parent_id ON job_categories (parent_id);
CREATE INDEX idx_job_categories_active ON job_categories (is_active);
CREATE INDEX idx_job_categories_slug ON job_categories (slug);

CREATE INDEX idx_jobs_employer_id ON jobs (employer_id) WHERE deleted_at IS NULL;
CREATE INDEX idx_jobs_company_id ON jobs (company_id) WHERE deleted_at IS NULL;
CREATE INDEX idx_jobs_category_id ON jobs (category_id);
CREATE INDEX idx_jobs_status ON jobs (status) WHERE deleted_at IS NULL;
CREATE INDEX idx_jobs_published ON jobs (published_at) WHERE status = 'published' AND deleted_at IS NULL;
CREATE INDEX idx_jobs_location ON jobs (location) WHERE deleted_at IS NULL;
CREATE INDEX idx_jobs_remote ON jobs (is_remote) WHERE deleted_at IS NULL;
CREATE INDEX idx_jobs_employment_type ON jobs (employment_type) WHERE deleted_at IS NULL;
CREATE INDEX idx_jobs_experience_level ON jobs (experience_level) WHERE deleted_at IS NULL;
CREATE INDEX idx_jobs_salary_range ON jobs (salary_min, salary_max) WHERE deleted_at IS NULL;
CREATE INDEX idx_jobs_expires_at ON jobs (expires_at) WHERE deleted_at IS NULL;
CREATE INDEX idx_jobs_search ON jobs USING gin (to_tsvector('english', title || ' ' || description))
    WHERE deleted_at IS NULL;
CREATE INDEX idx_jobs_active_published ON jobs (status, published_at DESC)
    WHERE status = 'published' AND deleted_at IS NULL;
CREATE INDEX idx_jobs_location_remote ON jobs (location, is_remote) WHERE status = 'published' AND deleted_at IS NULL;

CREATE INDEX idx_job_applications_job_id ON job_applications (job_id);
CREATE INDEX idx_job_applications_applicant_id ON job_applications (applicant_id);
CREATE INDEX idx_job_applications_status ON job_applications (status);
CREATE INDEX idx_job_applications_applied_at ON job_applications (applied_at);
CREATE INDEX idx_job_applications_rating ON job_applications (rating) WHERE rating IS NOT NULL;
CREATE INDEX idx_job_applications_job_status ON job_applications (job_id, status);
CREATE INDEX idx_job_applications_employer_review ON job_applications (job_id, status, applied_at)
    WHERE status IN ('applied', 'screening');

CREATE INDEX idx_saved_jobs_user_id ON saved_jobs (user_id);
CREATE INDEX idx_saved_jobs_job_id ON saved_jobs (job_id);
CREATE INDEX idx_saved_jobs_reminder ON saved_jobs (reminder_date) WHERE reminder_date IS NOT NULL;

CREATE INDEX idx_job_search_alerts_user_id ON job_search_alerts (user_id);
CREATE INDEX idx_job_search_alerts_active ON job_search_alerts (is_active);
CREATE INDEX idx_job_search_alerts_frequency ON job_search_alerts (frequency) WHERE is_active = TRUE;

CREATE INDEX idx_job_views_job_id ON job_views (job_id);
CREATE INDEX idx_job_views_viewer_id ON job_views (viewer_id) WHERE viewer_id IS NOT NULL;
CREATE INDEX idx_job_views_viewed_at ON job_views (viewed_at);

-- migrate:down

DROP TABLE job_views;
DROP TABLE job_search_alerts;
DROP TABLE saved_jobs;
DROP TABLE job_applications;
DROP TABLE jobs;
DROP TABLE job_categories;
