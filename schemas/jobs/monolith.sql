-- The database "job_platform" as it was before its split: a job platform, all six of its later services in one schema.
--
-- Where the split begins, and no migration: nothing here is versioned, and no target is made of it. Load it into an
-- empty database as a whole, in one transaction:
--
--     psql -X -1 -v ON_ERROR_STOP=1 -d job_platform -f monolith.sql
--
-- 21 tables, 262 columns, 27 foreign keys, 54 indexes beside the keys, one view, two functions. 10 of the foreign keys
-- stay within a service; 17 cross from one to another, and end where the split begins. At the end stand the view and
-- the function that read tables of several.

-- Rows say themselves when they last changed; each table that keeps updated_at has this as its only trigger.
CREATE FUNCTION set_updated_at() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
BEGIN NEW.updated_at := now(); RETURN NEW; END
$$;


-- Users

CREATE TABLE users (
    id                bigserial    PRIMARY KEY,
    email             varchar(255) NOT NULL,
    password_hash     varchar(255) NOT NULL,
    first_name        varchar(100) NOT NULL,
    last_name         varchar(100) NOT NULL,
    phone             varchar(32),
    role              varchar(20)  NOT NULL DEFAULT 'candidate'
                                   CHECK (role IN ('candidate', 'recruiter', 'company_admin', 'admin')),
    status            varchar(20)  NOT NULL DEFAULT 'pending'
                                   CHECK (status IN ('pending', 'active', 'suspended', 'deleted')),
    headline          varchar(200),
    bio               text,
    location          varchar(160),
    resume_url        text,
    avatar_url        text,
    skills            text[]       NOT NULL DEFAULT '{}',
    profile           jsonb        NOT NULL DEFAULT '{}',
    email_verified_at timestamptz,
    last_login_at     timestamptz,
    failed_logins     smallint     NOT NULL DEFAULT 0,
    locked_until      timestamptz,
    deleted_at        timestamptz,
    created_at        timestamptz  NOT NULL DEFAULT now(),
    updated_at        timestamptz  NOT NULL DEFAULT now(),
    search_vector tsvector GENERATED ALWAYS AS (
        to_tsvector('simple', first_name || ' ' || last_name || ' ' || coalesce(headline, '') || ' '
            || coalesce(location, ''))
    ) STORED
);

CREATE UNIQUE INDEX uq_users_email ON users (lower(email));
CREATE INDEX idx_users_role_status ON users (role, status);
CREATE INDEX idx_users_created_at ON users (created_at);
CREATE INDEX idx_users_skills ON users USING gin (skills);
CREATE INDEX idx_users_search_vector ON users USING gin (search_vector);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE user_verification_tokens (
    id         bigserial   PRIMARY KEY,
    user_id    bigint      NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose    varchar(20) NOT NULL CHECK (purpose IN ('email_verify', 'password_reset', 'phone_verify', 'mfa')),
    token_hash bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    created_ip inet,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (expires_at > created_at)
);

CREATE INDEX idx_user_verification_tokens_user_id_purpose ON user_verification_tokens (user_id, purpose);
CREATE INDEX idx_user_verification_tokens_expires_at_live ON user_verification_tokens (expires_at)
    WHERE used_at IS NULL;

CREATE TABLE user_sessions (
    id                 bigserial   PRIMARY KEY,
    user_id            bigint      NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    refresh_token_hash bytea       NOT NULL UNIQUE CHECK (octet_length(refresh_token_hash) = 32),
    ip_address         inet,
    user_agent         text,
    device             jsonb       NOT NULL DEFAULT '{}',
    last_seen_at       timestamptz,
    expires_at         timestamptz NOT NULL,
    revoked_at         timestamptz,
    created_at         timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_user_sessions_user_id ON user_sessions (user_id);
CREATE INDEX idx_user_sessions_expires_at_live ON user_sessions (expires_at) WHERE revoked_at IS NULL;


-- Companies and their jobs

CREATE TABLE companies (
    id            bigserial    PRIMARY KEY,
    owner_user_id bigint       NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    name          varchar(200) NOT NULL,
    slug          varchar(220) NOT NULL UNIQUE,
    description   text,
    website       varchar(255),
    industry      varchar(100),
    size_range    varchar(20)  CHECK (size_range IN ('1-10', '11-50', '51-200', '201-1000', '1000+')),
    founded_year  smallint,
    headquarters  varchar(160),
    logo_url      text,
    is_verified   boolean      NOT NULL DEFAULT false,
    status        varchar(20)  NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'closed')),
    metadata      jsonb        NOT NULL DEFAULT '{}',
    created_at    timestamptz  NOT NULL DEFAULT now(),
    updated_at    timestamptz  NOT NULL DEFAULT now(),
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', name), 'A')
        || setweight(to_tsvector('english', coalesce(description, '')), 'C')
    ) STORED
);

CREATE INDEX idx_companies_owner_user_id ON companies (owner_user_id);
CREATE INDEX idx_companies_industry_status ON companies (industry, status);
CREATE INDEX idx_companies_search_vector ON companies USING gin (search_vector);
CREATE INDEX idx_companies_metadata ON companies USING gin (metadata jsonb_path_ops);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON companies
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE job_categories (
    id          bigserial    PRIMARY KEY,
    parent_id   bigint       REFERENCES job_categories (id) ON DELETE RESTRICT,
    name        varchar(120) NOT NULL,
    slug        varchar(140) NOT NULL UNIQUE,
    description text,
    sort_order  integer      NOT NULL DEFAULT 0,
    is_active   boolean      NOT NULL DEFAULT true,
    created_at  timestamptz  NOT NULL DEFAULT now(),
    updated_at  timestamptz  NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (parent_id, name),
    CHECK (parent_id <> id)
);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON job_categories
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE jobs (
    id                bigserial     PRIMARY KEY,
    company_id        bigint        NOT NULL REFERENCES companies (id) ON DELETE RESTRICT,
    category_id       bigint        REFERENCES job_categories (id) ON DELETE SET NULL,
    posted_by_user_id bigint        NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    title             varchar(200)  NOT NULL,
    slug              varchar(240)  NOT NULL UNIQUE,
    description       text          NOT NULL,
    requirements      text,
    responsibilities  text,
    employment_type   varchar(20)   NOT NULL
                                    CHECK (employment_type IN ('full_time', 'part_time', 'contract', 'internship',
                                           'temporary')),
    work_mode         varchar(10)   NOT NULL DEFAULT 'onsite' CHECK (work_mode IN ('onsite', 'remote', 'hybrid')),
    experience_level  varchar(10)   NOT NULL
                                    CHECK (experience_level IN ('entry', 'mid', 'senior', 'lead', 'executive')),
    location          varchar(160),
    salary_min        numeric(12,2) CHECK (salary_min >= 0),
    salary_max        numeric(12,2),
    salary_currency   char(3)       NOT NULL DEFAULT 'USD',
    salary_period     varchar(10)   NOT NULL DEFAULT 'year' CHECK (salary_period IN ('hour', 'month', 'year')),
    openings          integer       NOT NULL DEFAULT 1 CHECK (openings > 0),
    status            varchar(20)   NOT NULL DEFAULT 'draft'
                                    CHECK (status IN ('draft', 'published', 'paused', 'closed', 'archived')),
    published_at      timestamptz,
    expires_at        timestamptz,
    metadata          jsonb         NOT NULL DEFAULT '{}',
    created_at        timestamptz   NOT NULL DEFAULT now(),
    updated_at        timestamptz   NOT NULL DEFAULT now(),
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A')
        || setweight(to_tsvector('english', coalesce(requirements, '')), 'B')
        || setweight(to_tsvector('english', description), 'C')
    ) STORED,
    CHECK (salary_max >= salary_min),
    CHECK (status <> 'published' OR published_at IS NOT NULL)
);

CREATE INDEX idx_jobs_company_id_status ON jobs (company_id, status);
CREATE INDEX idx_jobs_category_id ON jobs (category_id);
CREATE INDEX idx_jobs_posted_by_user_id ON jobs (posted_by_user_id);
CREATE INDEX idx_jobs_published_at_live ON jobs (published_at DESC) WHERE status = 'published';
CREATE INDEX idx_jobs_expires_at_live ON jobs (expires_at) WHERE status = 'published';
CREATE INDEX idx_jobs_search_vector ON jobs USING gin (search_vector);
CREATE INDEX idx_jobs_metadata ON jobs USING gin (metadata jsonb_path_ops);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON jobs
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE job_skills (
    id          bigserial   PRIMARY KEY,
    job_id      bigint      NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    skill_name  varchar(80) NOT NULL,
    level       varchar(12) NOT NULL DEFAULT 'intermediate'
                            CHECK (level IN ('beginner', 'intermediate', 'advanced', 'expert')),
    is_required boolean     NOT NULL DEFAULT true,
    min_years   smallint    CHECK (min_years >= 0),
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX uq_job_skills_job_skill ON job_skills (job_id, lower(skill_name));
CREATE INDEX idx_job_skills_skill_name ON job_skills (lower(skill_name));


-- Applications

-- company_id is that of the job: who reads by company need not read the jobs.
CREATE TABLE applications (
    id           bigserial    PRIMARY KEY,
    job_id       bigint       NOT NULL REFERENCES jobs (id) ON DELETE RESTRICT,
    company_id   bigint       NOT NULL REFERENCES companies (id) ON DELETE RESTRICT,
    user_id      bigint       NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    status       varchar(20)  NOT NULL DEFAULT 'submitted'
                              CHECK (status IN ('draft', 'submitted', 'under_review', 'shortlisted', 'interview',
                                     'offered', 'hired', 'rejected', 'withdrawn')),
    cover_letter text,
    resume_url   text,
    answers      jsonb        NOT NULL DEFAULT '{}',
    source       varchar(40)  NOT NULL DEFAULT 'platform',
    score        numeric(5,2) CHECK (score BETWEEN 0 AND 100),
    submitted_at timestamptz,
    decided_at   timestamptz,
    metadata     jsonb        NOT NULL DEFAULT '{}',
    created_at   timestamptz  NOT NULL DEFAULT now(),
    updated_at   timestamptz  NOT NULL DEFAULT now(),
    UNIQUE (job_id, user_id)
);

CREATE INDEX idx_applications_user_id_created_at ON applications (user_id, created_at DESC);
CREATE INDEX idx_applications_job_id_status ON applications (job_id, status);
CREATE INDEX idx_applications_company_id_status ON applications (company_id, status);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON applications
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE application_attachments (
    id             bigserial    PRIMARY KEY,
    application_id bigint       NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    kind           varchar(20)  NOT NULL
                                CHECK (kind IN ('resume', 'cover_letter', 'portfolio', 'certificate', 'other')),
    file_name      varchar(255) NOT NULL,
    content_type   varchar(100) NOT NULL,
    size_bytes     bigint       NOT NULL CHECK (size_bytes BETWEEN 1 AND 20971520),
    storage_key    text         NOT NULL UNIQUE,
    sha256         bytea        NOT NULL CHECK (octet_length(sha256) = 32),
    created_at     timestamptz  NOT NULL DEFAULT now()
);

CREATE INDEX idx_application_attachments_application_id ON application_attachments (application_id);

CREATE TABLE interviews (
    id                  bigserial    PRIMARY KEY,
    application_id      bigint       NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    interviewer_user_id bigint       REFERENCES users (id) ON DELETE SET NULL,
    round               smallint     NOT NULL DEFAULT 1 CHECK (round > 0),
    kind                varchar(10)  NOT NULL CHECK (kind IN ('phone', 'video', 'onsite', 'technical', 'hr')),
    scheduled_at        timestamptz  NOT NULL,
    duration_minutes    integer      NOT NULL DEFAULT 60 CHECK (duration_minutes BETWEEN 5 AND 480),
    timezone            varchar(50)  NOT NULL DEFAULT 'UTC',
    location            varchar(255),
    meeting_url         text,
    status              varchar(12)  NOT NULL DEFAULT 'scheduled'
                                     CHECK (status IN ('scheduled', 'rescheduled', 'completed', 'cancelled',
                                            'no_show')),
    feedback            text,
    rating              smallint     CHECK (rating BETWEEN 1 AND 5),
    created_at          timestamptz  NOT NULL DEFAULT now(),
    updated_at          timestamptz  NOT NULL DEFAULT now(),
    UNIQUE (application_id, round)
);

CREATE INDEX idx_interviews_interviewer_user_id_scheduled_at ON interviews (interviewer_user_id, scheduled_at);
CREATE INDEX idx_interviews_scheduled_at_live ON interviews (scheduled_at)
    WHERE status IN ('scheduled', 'rescheduled');

CREATE TRIGGER set_updated_at BEFORE UPDATE ON interviews
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE application_status_history (
    id                 bigserial   PRIMARY KEY,
    application_id     bigint      NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    from_status        varchar(20),
    to_status          varchar(20) NOT NULL,
    changed_by_user_id bigint      REFERENCES users (id) ON DELETE SET NULL,
    reason             text,
    metadata           jsonb       NOT NULL DEFAULT '{}',
    changed_at         timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_application_status_history_application_id_changed_at
    ON application_status_history (application_id, changed_at);
CREATE INDEX idx_application_status_history_changed_by_user_id ON application_status_history (changed_by_user_id);


-- Search

-- What is found, of three kinds: entity_id is an id of jobs, companies or users, by entity_type.
CREATE TABLE search_indexes (
    id             bigserial    PRIMARY KEY,
    entity_type    varchar(10)  NOT NULL CHECK (entity_type IN ('job', 'company', 'user')),
    entity_id      bigint       NOT NULL,
    title          varchar(255) NOT NULL,
    body           text         NOT NULL DEFAULT '',
    keywords       text[]       NOT NULL DEFAULT '{}',
    filters        jsonb        NOT NULL DEFAULT '{}',
    boost          real         NOT NULL DEFAULT 1 CHECK (boost > 0),
    is_active      boolean      NOT NULL DEFAULT true,
    source_version bigint       NOT NULL DEFAULT 0,
    indexed_at     timestamptz  NOT NULL DEFAULT now(),
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A')
        || setweight(to_tsvector('english', body), 'C')
    ) STORED,
    UNIQUE (entity_type, entity_id)
);

CREATE INDEX idx_search_indexes_search_vector ON search_indexes USING gin (search_vector);
CREATE INDEX idx_search_indexes_filters ON search_indexes USING gin (filters jsonb_path_ops);
CREATE INDEX idx_search_indexes_keywords ON search_indexes USING gin (keywords);
CREATE INDEX idx_search_indexes_entity_type_indexed_at_live ON search_indexes (entity_type, indexed_at)
    WHERE is_active;

CREATE TABLE search_history (
    id                bigserial    PRIMARY KEY,
    user_id           bigint       REFERENCES users (id) ON DELETE SET NULL,
    session_key       varchar(64),
    entity_type       varchar(10)  CHECK (entity_type IN ('job', 'company', 'user')),
    query_text        varchar(500) NOT NULL,
    filters           jsonb        NOT NULL DEFAULT '{}',
    results_count     integer      NOT NULL CHECK (results_count >= 0),
    clicked_entity_id bigint,
    clicked_position  integer,
    duration_ms       integer      NOT NULL CHECK (duration_ms >= 0),
    searched_at       timestamptz  NOT NULL DEFAULT now()
);

CREATE INDEX idx_search_history_user_id_searched_at ON search_history (user_id, searched_at DESC);
CREATE INDEX idx_search_history_searched_at ON search_history USING brin (searched_at);
CREATE INDEX idx_search_history_query_text ON search_history (lower(query_text));

CREATE TABLE search_analytics (
    id                 bigserial     PRIMARY KEY,
    day                date          NOT NULL,
    entity_type        varchar(10)   NOT NULL DEFAULT 'all',
    query_normalized   varchar(500)  NOT NULL,
    searches           bigint        NOT NULL DEFAULT 0,
    zero_results       bigint        NOT NULL DEFAULT 0,
    clicks             bigint        NOT NULL DEFAULT 0,
    avg_duration_ms    numeric(10,2),
    p95_duration_ms    numeric(10,2),
    avg_click_position numeric(8,2),
    metadata           jsonb         NOT NULL DEFAULT '{}',
    UNIQUE (day, entity_type, query_normalized),
    CHECK (zero_results <= searches)
);

CREATE INDEX idx_search_analytics_query_normalized ON search_analytics (query_normalized);


-- Notifications

CREATE TABLE notification_templates (
    id         bigserial    PRIMARY KEY,
    code       varchar(80)  NOT NULL,
    channel    varchar(10)  NOT NULL CHECK (channel IN ('email', 'sms', 'push', 'in_app')),
    locale     varchar(10)  NOT NULL DEFAULT 'en',
    version    integer      NOT NULL DEFAULT 1 CHECK (version > 0),
    subject    varchar(255),
    body       text         NOT NULL,
    variables  jsonb        NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(variables) = 'array'),
    is_active  boolean      NOT NULL DEFAULT true,
    created_at timestamptz  NOT NULL DEFAULT now(),
    updated_at timestamptz  NOT NULL DEFAULT now(),
    UNIQUE (code, channel, locale, version),
    CHECK (channel <> 'email' OR subject IS NOT NULL)
);

CREATE UNIQUE INDEX uq_notification_templates_active ON notification_templates (code, channel, locale) WHERE is_active;

CREATE TRIGGER set_updated_at BEFORE UPDATE ON notification_templates
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE notifications (
    id                  bigserial    PRIMARY KEY,
    user_id             bigint       NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    template_id         bigint       REFERENCES notification_templates (id) ON DELETE SET NULL,
    channel             varchar(10)  NOT NULL CHECK (channel IN ('email', 'sms', 'push', 'in_app')),
    type                varchar(80)  NOT NULL,
    title               varchar(255) NOT NULL,
    body                text         NOT NULL,
    metadata            jsonb        NOT NULL DEFAULT '{}',
    entity_type         varchar(20)  CHECK (entity_type IN ('job', 'company', 'application', 'interview')),
    entity_id           bigint,
    priority            smallint     NOT NULL DEFAULT 5 CHECK (priority BETWEEN 1 AND 9),
    status              varchar(12)  NOT NULL DEFAULT 'queued'
                                     CHECK (status IN ('queued', 'sending', 'sent', 'delivered', 'read', 'failed',
                                            'cancelled')),
    attempts            smallint     NOT NULL DEFAULT 0,
    last_error          text,
    provider_message_id varchar(160),
    scheduled_at        timestamptz  NOT NULL DEFAULT now(),
    sent_at             timestamptz,
    delivered_at        timestamptz,
    read_at             timestamptz,
    created_at          timestamptz  NOT NULL DEFAULT now(),
    updated_at          timestamptz  NOT NULL DEFAULT now(),
    CHECK ((entity_type IS NULL) = (entity_id IS NULL))
);

CREATE INDEX idx_notifications_user_id_created_at ON notifications (user_id, created_at DESC);
CREATE INDEX idx_notifications_unread ON notifications (user_id) WHERE read_at IS NULL;
CREATE INDEX idx_notifications_due ON notifications (priority, scheduled_at) WHERE status = 'queued';
CREATE INDEX idx_notifications_template_id ON notifications (template_id);
CREATE INDEX idx_notifications_provider_message_id ON notifications (provider_message_id);
CREATE INDEX idx_notifications_metadata ON notifications USING gin (metadata jsonb_path_ops);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON notifications
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE user_notification_preferences (
    id         bigserial   PRIMARY KEY,
    user_id    bigint      NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    channel    varchar(10) NOT NULL CHECK (channel IN ('email', 'sms', 'push', 'in_app')),
    category   varchar(60) NOT NULL,
    is_enabled boolean     NOT NULL DEFAULT true,
    frequency  varchar(10) NOT NULL DEFAULT 'instant' CHECK (frequency IN ('instant', 'daily', 'weekly')),
    quiet_from time,
    quiet_to   time,
    timezone   varchar(50) NOT NULL DEFAULT 'UTC',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, channel, category),
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON user_notification_preferences
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();


-- Analytics

-- One heap for all of the years; only the service it goes to keeps it by month.
CREATE TABLE analytics_events (
    id             bigserial,
    event_id       uuid         NOT NULL DEFAULT gen_random_uuid(),
    event_name     varchar(100) NOT NULL,
    source_service varchar(40)  NOT NULL,
    user_id        bigint       REFERENCES users (id) ON DELETE SET NULL,
    job_id         bigint       REFERENCES jobs (id) ON DELETE SET NULL,
    company_id     bigint       REFERENCES companies (id) ON DELETE SET NULL,
    application_id bigint       REFERENCES applications (id) ON DELETE SET NULL,
    session_key    varchar(64),
    properties     jsonb        NOT NULL DEFAULT '{}',
    ip_address     inet,
    user_agent     text,
    occurred_at    timestamptz  NOT NULL DEFAULT now(),
    received_at    timestamptz  NOT NULL DEFAULT now(),
    PRIMARY KEY (id, occurred_at),
    UNIQUE (event_id, occurred_at)
);

CREATE INDEX idx_analytics_events_occurred_at ON analytics_events USING brin (occurred_at);
CREATE INDEX idx_analytics_events_event_name_occurred_at ON analytics_events (event_name, occurred_at);
CREATE INDEX idx_analytics_events_user_id_occurred_at_live ON analytics_events (user_id, occurred_at)
    WHERE user_id IS NOT NULL;
CREATE INDEX idx_analytics_events_job_id_occurred_at_live ON analytics_events (job_id, occurred_at)
    WHERE job_id IS NOT NULL;
CREATE INDEX idx_analytics_events_properties ON analytics_events USING gin (properties jsonb_path_ops);

CREATE TABLE user_analytics (
    id             bigserial   PRIMARY KEY,
    user_id        bigint      NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    day            date        NOT NULL,
    logins         integer     NOT NULL DEFAULT 0,
    searches       integer     NOT NULL DEFAULT 0,
    job_views      integer     NOT NULL DEFAULT 0,
    applications   integer     NOT NULL DEFAULT 0,
    last_active_at timestamptz,
    metrics        jsonb       NOT NULL DEFAULT '{}',
    UNIQUE (user_id, day)
);

CREATE INDEX idx_user_analytics_day ON user_analytics (day);

CREATE TABLE job_analytics (
    id             bigserial PRIMARY KEY,
    job_id         bigint    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    company_id     bigint    REFERENCES companies (id) ON DELETE CASCADE,
    day            date      NOT NULL,
    views          integer   NOT NULL DEFAULT 0,
    unique_viewers integer   NOT NULL DEFAULT 0,
    applications   integer   NOT NULL DEFAULT 0,
    saves          integer   NOT NULL DEFAULT 0,
    metrics        jsonb     NOT NULL DEFAULT '{}',
    UNIQUE (job_id, day),
    CHECK (unique_viewers <= views)
);

CREATE INDEX idx_job_analytics_day ON job_analytics (day);
CREATE INDEX idx_job_analytics_company_id_day ON job_analytics (company_id, day);

CREATE TABLE platform_analytics (
    id          bigserial     PRIMARY KEY,
    day         date          NOT NULL,
    metric      varchar(80)   NOT NULL,
    dimension   varchar(120)  NOT NULL DEFAULT 'all',
    value       numeric(18,4) NOT NULL,
    metadata    jsonb         NOT NULL DEFAULT '{}',
    computed_at timestamptz   NOT NULL DEFAULT now(),
    UNIQUE (day, metric, dimension)
);

CREATE INDEX idx_platform_analytics_metric_day ON platform_analytics (metric, day);


-- What reads tables of several services, and can move to none

CREATE VIEW application_overview AS
SELECT a.id AS application_id, u.email, j.title, c.name AS company, a.status
FROM applications a
JOIN users u ON u.id = a.user_id
JOIN jobs j ON j.id = a.job_id
JOIN companies c ON c.id = a.company_id;

CREATE FUNCTION user_activity_summary(p_user_id bigint) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
SELECT jsonb_build_object(
    'applications', (SELECT count(*) FROM applications WHERE user_id = p_user_id),
    'searches', (SELECT count(*) FROM search_history WHERE user_id = p_user_id),
    'notifications', (SELECT count(*) FROM notifications WHERE user_id = p_user_id)
)
$$;
