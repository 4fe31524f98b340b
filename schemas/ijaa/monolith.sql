-- The database "ijaa" as it was before its split: users and events of an alumni platform in one schema.
--
-- Where the split begins, and no migration: nothing here is versioned, and no target is made of it. Load it into an
-- empty database as a whole, in one transaction:
--
--     psql -X -1 -v ON_ERROR_STOP=1 -d ijaa -f monolith.sql
--
-- 19 tables, 244 columns, 34 foreign keys, 48 indexes beside the keys, one view, two functions. 22 of the foreign keys
-- stay within ijaa_users or ijaa_events; 12 cross from one to the other, and end where the split begins. At the end
-- stand the view and the function that read tables of both.

-- Rows say themselves when they last changed; each table that keeps updated_at has this as its only trigger.
CREATE FUNCTION set_updated_at() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
BEGIN NEW.updated_at := now(); RETURN NEW; END
$$;


-- Users: accounts, profiles, who knows whom, what the platform says to them

-- A username is what all other tables call a user by: it is renamed everywhere by ON UPDATE CASCADE.
CREATE TABLE users (
    id                bigserial    PRIMARY KEY,
    username          varchar(50)  NOT NULL CONSTRAINT idx_users_username UNIQUE,
    email             varchar(255) NOT NULL,
    password_hash     varchar(255) NOT NULL,
    status            varchar(12)  NOT NULL DEFAULT 'PENDING'
                                   CHECK (status IN ('PENDING', 'ACTIVE', 'SUSPENDED', 'DEACTIVATED')),
    is_email_verified boolean      NOT NULL DEFAULT false,
    failed_logins     smallint     NOT NULL DEFAULT 0,
    locked_until      timestamptz,
    token_version     integer      NOT NULL DEFAULT 0,
    last_login_at     timestamptz,
    created_at        timestamptz  NOT NULL DEFAULT now(),
    updated_at        timestamptz  NOT NULL DEFAULT now(),
    CHECK (username ~ '^[A-Za-z0-9._-]{3,50}$')
);

CREATE UNIQUE INDEX uq_users_email ON users (lower(email));
CREATE INDEX idx_users_status ON users (status);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE admins (
    id            bigserial    PRIMARY KEY,
    name          varchar(100) NOT NULL,
    email         varchar(255) NOT NULL,
    password_hash varchar(255) NOT NULL,
    role          varchar(12)  NOT NULL DEFAULT 'ADMIN' CHECK (role IN ('SUPER_ADMIN', 'ADMIN', 'MODERATOR')),
    is_active     boolean      NOT NULL DEFAULT true,
    last_login_at timestamptz,
    created_at    timestamptz  NOT NULL DEFAULT now(),
    updated_at    timestamptz  NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX uq_admins_email ON admins (lower(email));

CREATE TRIGGER set_updated_at BEFORE UPDATE ON admins
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE profiles (
    id            bigserial    PRIMARY KEY,
    username      varchar(50)  NOT NULL CONSTRAINT idx_profiles_username UNIQUE
                               REFERENCES users (username) ON DELETE CASCADE ON UPDATE CASCADE,
    name          varchar(120) NOT NULL,
    batch         varchar(20),
    department    varchar(120),
    profession    varchar(120),
    location      varchar(160),
    bio           text,
    phone         varchar(32),
    contact_email varchar(255),
    website       varchar(255),
    linkedin_url  varchar(255),
    facebook_url  varchar(255),
    avatar_url    text,
    cover_url     text,
    show_phone    boolean      NOT NULL DEFAULT false,
    show_email    boolean      NOT NULL DEFAULT false,
    show_linkedin boolean      NOT NULL DEFAULT true,
    show_website  boolean      NOT NULL DEFAULT true,
    show_facebook boolean      NOT NULL DEFAULT false,
    created_at    timestamptz  NOT NULL DEFAULT now(),
    updated_at    timestamptz  NOT NULL DEFAULT now(),
    search_vector tsvector GENERATED ALWAYS AS (
        to_tsvector('simple', name || ' ' || coalesce(batch, '') || ' ' || coalesce(department, '') || ' '
            || coalesce(profession, '') || ' ' || coalesce(location, ''))
    ) STORED
);

CREATE INDEX idx_profiles_batch_department ON profiles (batch, department);
CREATE INDEX idx_profiles_search_vector ON profiles USING gin (search_vector);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON profiles
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- A pair is there once, whoever asked whom.
CREATE TABLE connections (
    id                 bigserial    PRIMARY KEY,
    requester_username varchar(50)  NOT NULL REFERENCES users (username) ON DELETE CASCADE ON UPDATE CASCADE,
    receiver_username  varchar(50)  NOT NULL REFERENCES users (username) ON DELETE CASCADE ON UPDATE CASCADE,
    status             varchar(10)  NOT NULL DEFAULT 'PENDING'
                                    CHECK (status IN ('PENDING', 'ACCEPTED', 'REJECTED', 'BLOCKED')),
    message            varchar(500),
    responded_at       timestamptz,
    created_at         timestamptz  NOT NULL DEFAULT now(),
    updated_at         timestamptz  NOT NULL DEFAULT now(),
    CHECK (requester_username <> receiver_username)
);

CREATE INDEX idx_connections_requester ON connections (requester_username);
CREATE INDEX idx_connections_receiver_username_status ON connections (receiver_username, status);
CREATE UNIQUE INDEX uq_connections_pair
    ON connections (least(requester_username, receiver_username), greatest(requester_username, receiver_username));

CREATE TRIGGER set_updated_at BEFORE UPDATE ON connections
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE interests (
    id         bigserial    PRIMARY KEY,
    username   varchar(50)  NOT NULL REFERENCES users (username) ON DELETE CASCADE ON UPDATE CASCADE,
    kind       varchar(10)  NOT NULL DEFAULT 'INTEREST' CHECK (kind IN ('INTEREST', 'SKILL')),
    name       varchar(100) NOT NULL,
    level      varchar(12)  CHECK (level IN ('BEGINNER', 'INTERMEDIATE', 'ADVANCED', 'EXPERT')),
    created_at timestamptz  NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX uq_interests_name ON interests (username, kind, lower(name));
CREATE INDEX idx_interests_name ON interests (lower(name));

CREATE TABLE experiences (
    id              bigserial    PRIMARY KEY,
    username        varchar(50)  NOT NULL REFERENCES users (username) ON DELETE CASCADE ON UPDATE CASCADE,
    title           varchar(160) NOT NULL,
    company         varchar(160) NOT NULL,
    employment_type varchar(12)  CHECK (employment_type IN ('FULL_TIME', 'PART_TIME', 'CONTRACT', 'INTERNSHIP',
                                        'FREELANCE', 'VOLUNTEER')),
    location        varchar(160),
    start_date      date         NOT NULL,
    end_date        date,
    description     text,
    created_at      timestamptz  NOT NULL DEFAULT now(),
    updated_at      timestamptz  NOT NULL DEFAULT now(),
    CHECK (end_date >= start_date)
);

CREATE INDEX idx_experiences_username_start_date ON experiences (username, start_date DESC);
CREATE INDEX idx_experiences_company ON experiences (company);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON experiences
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE announcements (
    id                  bigserial    PRIMARY KEY,
    created_by_admin_id bigint       NOT NULL REFERENCES admins (id) ON DELETE RESTRICT,
    title               varchar(200) NOT NULL,
    content             text         NOT NULL,
    category            varchar(40)  NOT NULL DEFAULT 'GENERAL',
    priority            varchar(8)   NOT NULL DEFAULT 'NORMAL'
                                     CHECK (priority IN ('LOW', 'NORMAL', 'HIGH', 'URGENT')),
    audience            jsonb        NOT NULL DEFAULT '{}',
    is_active           boolean      NOT NULL DEFAULT true,
    published_at        timestamptz,
    expires_at          timestamptz,
    view_count          bigint       NOT NULL DEFAULT 0,
    created_at          timestamptz  NOT NULL DEFAULT now(),
    updated_at          timestamptz  NOT NULL DEFAULT now(),
    CHECK (expires_at > published_at)
);

CREATE INDEX idx_announcements_created_by_admin_id ON announcements (created_by_admin_id);
CREATE INDEX idx_announcements_published_at_live ON announcements (published_at DESC) WHERE is_active;

CREATE TRIGGER set_updated_at BEFORE UPDATE ON announcements
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE feature_flags (
    id                  bigserial    PRIMARY KEY,
    name                varchar(100) NOT NULL UNIQUE,
    display_name        varchar(160) NOT NULL,
    description         text,
    parent_id           bigint       REFERENCES feature_flags (id) ON DELETE RESTRICT,
    is_enabled          boolean      NOT NULL DEFAULT false,
    rollout_percentage  smallint     NOT NULL DEFAULT 100 CHECK (rollout_percentage BETWEEN 0 AND 100),
    audience            jsonb        NOT NULL DEFAULT '{}',
    updated_by_admin_id bigint       REFERENCES admins (id) ON DELETE SET NULL,
    created_at          timestamptz  NOT NULL DEFAULT now(),
    updated_at          timestamptz  NOT NULL DEFAULT now(),
    CHECK (parent_id <> id)
);

CREATE INDEX idx_feature_flags_parent_id ON feature_flags (parent_id);
CREATE INDEX idx_feature_flags_updated_by_admin_id ON feature_flags (updated_by_admin_id);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON feature_flags
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();


-- Events: what is planned, who comes, what is said about it

-- Without created_by_username it is one of the platform's own.
CREATE TABLE event_templates (
    id                       bigserial    PRIMARY KEY,
    name                     varchar(160) NOT NULL,
    category                 varchar(40)  NOT NULL DEFAULT 'GENERAL',
    description              text,
    event_type               varchar(12)  NOT NULL DEFAULT 'OTHER'
                                          CHECK (event_type IN ('MEETING', 'REUNION', 'WORKSHOP', 'WEBINAR',
                                                 'NETWORKING', 'SPORTS', 'FUNDRAISER', 'OTHER')),
    default_title            varchar(200),
    default_duration_minutes integer      NOT NULL DEFAULT 120 CHECK (default_duration_minutes > 0),
    default_max_participants integer      CHECK (default_max_participants > 0),
    defaults                 jsonb        NOT NULL DEFAULT '{}',
    is_public                boolean      NOT NULL DEFAULT true,
    usage_count              integer      NOT NULL DEFAULT 0,
    created_by_username      varchar(50)  REFERENCES users (username) ON DELETE SET NULL ON UPDATE CASCADE,
    created_at               timestamptz  NOT NULL DEFAULT now(),
    updated_at               timestamptz  NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX uq_event_templates_system ON event_templates (lower(name)) WHERE created_by_username IS NULL;
CREATE INDEX idx_event_templates_created_by_username ON event_templates (created_by_username);
CREATE INDEX idx_event_templates_category ON event_templates (category);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_templates
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE recurring_events (
    id                  bigserial    PRIMARY KEY,
    title               varchar(200) NOT NULL,
    template_id         bigint       REFERENCES event_templates (id) ON DELETE SET NULL,
    recurrence_type     varchar(8)   NOT NULL CHECK (recurrence_type IN ('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY')),
    recurrence_interval smallint     NOT NULL DEFAULT 1 CHECK (recurrence_interval > 0),
    days_of_week        smallint[],
    day_of_month        smallint     CHECK (day_of_month BETWEEN 1 AND 31),
    rrule               text,
    timezone            varchar(50)  NOT NULL DEFAULT 'UTC',
    start_date          date         NOT NULL,
    end_date            date,
    max_occurrences     integer      CHECK (max_occurrences > 0),
    occurrences_created integer      NOT NULL DEFAULT 0,
    is_active           boolean      NOT NULL DEFAULT true,
    created_by_username varchar(50)  NOT NULL REFERENCES users (username) ON DELETE CASCADE ON UPDATE CASCADE,
    created_at          timestamptz  NOT NULL DEFAULT now(),
    updated_at          timestamptz  NOT NULL DEFAULT now(),
    CHECK (end_date >= start_date)
);

CREATE INDEX idx_recurring_events_created_by_username ON recurring_events (created_by_username);
CREATE INDEX idx_recurring_events_template_id ON recurring_events (template_id);
CREATE INDEX idx_recurring_events_start_date_live ON recurring_events (start_date) WHERE is_active;

CREATE TRIGGER set_updated_at BEFORE UPDATE ON recurring_events
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- current_participants counts the participations that are GOING or ATTENDED; the application keeps it.
CREATE TABLE events (
    id                   bigserial    PRIMARY KEY,
    title                varchar(200) NOT NULL,
    description          text,
    start_date           timestamptz  NOT NULL,
    end_date             timestamptz  NOT NULL,
    timezone             varchar(50)  NOT NULL DEFAULT 'UTC',
    is_online            boolean      NOT NULL DEFAULT false,
    location             varchar(255),
    meeting_link         text,
    event_type           varchar(12)  NOT NULL DEFAULT 'OTHER'
                                      CHECK (event_type IN ('MEETING', 'REUNION', 'WORKSHOP', 'WEBINAR',
                                             'NETWORKING', 'SPORTS', 'FUNDRAISER', 'OTHER')),
    privacy              varchar(12)  NOT NULL DEFAULT 'PUBLIC'
                                      CHECK (privacy IN ('PUBLIC', 'ALUMNI_ONLY', 'INVITE_ONLY', 'PRIVATE')),
    status               varchar(10)  NOT NULL DEFAULT 'DRAFT'
                                      CHECK (status IN ('DRAFT', 'PUBLISHED', 'CANCELLED', 'COMPLETED')),
    max_participants     integer      CHECK (max_participants > 0),
    current_participants integer      NOT NULL DEFAULT 0 CHECK (current_participants >= 0),
    organizer_name       varchar(120),
    organizer_email      varchar(255),
    created_by_username  varchar(50)  NOT NULL REFERENCES users (username) ON DELETE RESTRICT ON UPDATE CASCADE,
    template_id          bigint       REFERENCES event_templates (id) ON DELETE SET NULL,
    recurring_event_id   bigint       REFERENCES recurring_events (id) ON DELETE SET NULL,
    metadata             jsonb        NOT NULL DEFAULT '{}',
    created_at           timestamptz  NOT NULL DEFAULT now(),
    updated_at           timestamptz  NOT NULL DEFAULT now(),
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A')
        || setweight(to_tsvector('english', coalesce(description, '') || ' ' || coalesce(location, '')), 'C')
    ) STORED,
    CHECK (end_date > start_date),
    CHECK (current_participants <= max_participants)
);

CREATE INDEX idx_events_created_by ON events (created_by_username);
CREATE INDEX idx_events_start_date ON events (start_date);
CREATE INDEX idx_events_status_start_date ON events (status, start_date);
CREATE INDEX idx_events_template_id ON events (template_id);
CREATE INDEX idx_events_recurring_event_id ON events (recurring_event_id);
CREATE INDEX idx_events_search_vector ON events USING gin (search_vector);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE event_participations (
    id                   bigserial    PRIMARY KEY,
    event_id             bigint       NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    participant_username varchar(50)  NOT NULL REFERENCES users (username) ON DELETE CASCADE ON UPDATE CASCADE,
    status               varchar(10)  NOT NULL DEFAULT 'GOING'
                                      CHECK (status IN ('GOING', 'MAYBE', 'DECLINED', 'WAITLISTED', 'CANCELLED',
                                             'ATTENDED', 'NO_SHOW')),
    message              varchar(500),
    responded_at         timestamptz  NOT NULL DEFAULT now(),
    checked_in_at        timestamptz,
    created_at           timestamptz  NOT NULL DEFAULT now(),
    updated_at           timestamptz  NOT NULL DEFAULT now(),
    UNIQUE (participant_username, event_id)
);

CREATE INDEX idx_event_participations_event_id ON event_participations (event_id);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_participations
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE event_invitations (
    id                  bigserial    PRIMARY KEY,
    event_id            bigint       NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    invited_username    varchar(50)  NOT NULL REFERENCES users (username) ON DELETE CASCADE ON UPDATE CASCADE,
    invited_by_username varchar(50)  NOT NULL REFERENCES users (username) ON DELETE CASCADE ON UPDATE CASCADE,
    message             varchar(500),
    status              varchar(10)  NOT NULL DEFAULT 'PENDING'
                                     CHECK (status IN ('PENDING', 'ACCEPTED', 'DECLINED', 'EXPIRED')),
    is_read             boolean      NOT NULL DEFAULT false,
    responded_at        timestamptz,
    created_at          timestamptz  NOT NULL DEFAULT now(),
    updated_at          timestamptz  NOT NULL DEFAULT now(),
    UNIQUE (event_id, invited_username),
    CHECK (invited_username <> invited_by_username)
);

CREATE INDEX idx_event_invitations_invited_username_status ON event_invitations (invited_username, status);
CREATE INDEX idx_event_invitations_invited_by_username ON event_invitations (invited_by_username);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_invitations
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE event_comments (
    id                bigserial   PRIMARY KEY,
    event_id          bigint      NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    author_username   varchar(50) NOT NULL REFERENCES users (username) ON DELETE CASCADE ON UPDATE CASCADE,
    parent_comment_id bigint      REFERENCES event_comments (id) ON DELETE CASCADE,
    content           text        NOT NULL CHECK (length(content) BETWEEN 1 AND 5000),
    likes             integer     NOT NULL DEFAULT 0 CHECK (likes >= 0),
    is_edited         boolean     NOT NULL DEFAULT false,
    is_deleted        boolean     NOT NULL DEFAULT false,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_event_comments_event_id_created_at ON event_comments (event_id, created_at);
CREATE INDEX idx_event_comments_author_username ON event_comments (author_username);
CREATE INDEX idx_event_comments_parent_comment_id ON event_comments (parent_comment_id);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_comments
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE event_media (
    id                   bigserial    PRIMARY KEY,
    event_id             bigint       NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    uploaded_by_username varchar(50)  NOT NULL REFERENCES users (username) ON DELETE CASCADE ON UPDATE CASCADE,
    media_type           varchar(10)  NOT NULL CHECK (media_type IN ('IMAGE', 'VIDEO', 'DOCUMENT', 'LINK')),
    url                  text         NOT NULL,
    file_name            varchar(255),
    mime_type            varchar(100),
    size_bytes           bigint       CHECK (size_bytes > 0),
    caption              varchar(500),
    is_cover             boolean      NOT NULL DEFAULT false,
    is_approved          boolean      NOT NULL DEFAULT false,
    created_at           timestamptz  NOT NULL DEFAULT now(),
    updated_at           timestamptz  NOT NULL DEFAULT now(),
    CHECK (media_type = 'LINK' OR size_bytes IS NOT NULL)
);

CREATE INDEX idx_event_media_event_id_media_type ON event_media (event_id, media_type);
CREATE INDEX idx_event_media_uploaded_by_username ON event_media (uploaded_by_username);
CREATE UNIQUE INDEX uq_event_media_cover ON event_media (event_id) WHERE is_cover;

CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_media
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE event_reminders (
    id         bigserial   PRIMARY KEY,
    event_id   bigint      NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    username   varchar(50) NOT NULL REFERENCES users (username) ON DELETE CASCADE ON UPDATE CASCADE,
    channel    varchar(8)  NOT NULL DEFAULT 'EMAIL' CHECK (channel IN ('EMAIL', 'PUSH', 'SMS', 'IN_APP')),
    remind_at  timestamptz NOT NULL,
    sent_at    timestamptz,
    attempts   smallint    NOT NULL DEFAULT 0,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (event_id, username, channel, remind_at)
);

CREATE INDEX idx_event_reminders_username ON event_reminders (username);
CREATE INDEX idx_event_reminders_due ON event_reminders (remind_at) WHERE sent_at IS NULL;

CREATE TABLE event_analytics (
    id            bigserial   PRIMARY KEY,
    event_id      bigint      NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    day           date        NOT NULL,
    views         integer     NOT NULL DEFAULT 0,
    unique_views  integer     NOT NULL DEFAULT 0,
    invitations   integer     NOT NULL DEFAULT 0,
    registrations integer     NOT NULL DEFAULT 0,
    cancellations integer     NOT NULL DEFAULT 0,
    attendances   integer     NOT NULL DEFAULT 0,
    comments      integer     NOT NULL DEFAULT 0,
    media         integer     NOT NULL DEFAULT 0,
    shares        integer     NOT NULL DEFAULT 0,
    breakdown     jsonb       NOT NULL DEFAULT '{}',
    computed_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (event_id, day),
    CHECK (unique_views <= views)
);

CREATE INDEX idx_event_analytics_day ON event_analytics (day);

CREATE TABLE calendar_integrations (
    id                   bigserial    PRIMARY KEY,
    username             varchar(50)  NOT NULL REFERENCES users (username) ON DELETE CASCADE ON UPDATE CASCADE,
    provider             varchar(8)   NOT NULL CHECK (provider IN ('GOOGLE', 'OUTLOOK', 'APPLE', 'CALDAV', 'ICAL')),
    external_calendar_id varchar(255) NOT NULL,
    access_token_enc     bytea,
    refresh_token_enc    bytea,
    key_id               varchar(64),
    token_expires_at     timestamptz,
    sync_direction       varchar(8)   NOT NULL DEFAULT 'PUSH' CHECK (sync_direction IN ('PUSH', 'PULL', 'BOTH')),
    is_enabled           boolean      NOT NULL DEFAULT true,
    last_synced_at       timestamptz,
    last_error           text,
    settings             jsonb        NOT NULL DEFAULT '{}',
    created_at           timestamptz  NOT NULL DEFAULT now(),
    updated_at           timestamptz  NOT NULL DEFAULT now(),
    UNIQUE (username, provider, external_calendar_id),
    CHECK ((access_token_enc IS NULL AND refresh_token_enc IS NULL) OR key_id IS NOT NULL)
);

CREATE INDEX idx_calendar_integrations_last_synced_at_live ON calendar_integrations (last_synced_at) WHERE is_enabled;

CREATE TRIGGER set_updated_at BEFORE UPDATE ON calendar_integrations
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();


-- Reports belong to the users and may be about an event: two of the crossing keys point from users to events

CREATE TABLE reports (
    id                bigserial   PRIMARY KEY,
    reporter_username varchar(50) REFERENCES users (username) ON DELETE SET NULL ON UPDATE CASCADE,
    target_type       varchar(14) NOT NULL
                                  CHECK (target_type IN ('USER', 'EVENT', 'EVENT_COMMENT', 'ANNOUNCEMENT',
                                         'SYSTEM')),
    target_username   varchar(50) REFERENCES users (username) ON DELETE SET NULL ON UPDATE CASCADE,
    announcement_id   bigint      REFERENCES announcements (id) ON DELETE SET NULL,
    event_id          bigint      REFERENCES events (id) ON DELETE SET NULL,
    event_comment_id  bigint      REFERENCES event_comments (id) ON DELETE SET NULL,
    category          varchar(40) NOT NULL,
    description       text        NOT NULL,
    attachment_url    text,
    status            varchar(10) NOT NULL DEFAULT 'OPEN'
                                  CHECK (status IN ('OPEN', 'IN_REVIEW', 'RESOLVED', 'DISMISSED')),
    priority          varchar(8)  NOT NULL DEFAULT 'NORMAL' CHECK (priority IN ('LOW', 'NORMAL', 'HIGH', 'URGENT')),
    assigned_admin_id bigint      REFERENCES admins (id) ON DELETE SET NULL,
    resolution        text,
    resolved_at       timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nonnulls(target_username, announcement_id, event_id, event_comment_id) <= 1),
    CHECK ((status IN ('RESOLVED', 'DISMISSED')) = (resolved_at IS NOT NULL))
);

CREATE INDEX idx_reports_reporter_username ON reports (reporter_username);
CREATE INDEX idx_reports_target_username ON reports (target_username);
CREATE INDEX idx_reports_announcement_id ON reports (announcement_id);
CREATE INDEX idx_reports_event_id ON reports (event_id);
CREATE INDEX idx_reports_event_comment_id ON reports (event_comment_id);
CREATE INDEX idx_reports_assigned_admin_id ON reports (assigned_admin_id);
CREATE INDEX idx_reports_status_priority ON reports (status, priority);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON reports
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();


-- What reads tables of both sides, and can move to neither

CREATE VIEW event_overview AS
SELECT
    e.id AS event_id,
    e.title,
    e.start_date,
    coalesce(p.name, e.created_by_username) AS organizer,
    count(a.id) AS participants
FROM events e
LEFT JOIN profiles p ON p.username = e.created_by_username
LEFT JOIN event_participations a ON a.event_id = e.id AND a.status IN ('GOING', 'ATTENDED')
GROUP BY e.id, p.name;

-- How many events a user takes part in; none for a name that no user has.
CREATE FUNCTION user_event_count(p_username text) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
SELECT count(*)
FROM event_participations a
JOIN users u ON u.username = a.participant_username
WHERE u.username = p_username AND a.status IN ('GOING', 'ATTENDED')
$$;
