-- Professional profiles, job search preferences, user search
-- migrate:up

CREATE TABLE user_profiles (
    id               uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id          uuid         NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    headline         varchar(200),
    summary          text,
    current_position varchar(160),
    current_company  varchar(160),
    industry         varchar(100),
    skills           text[]       NOT NULL DEFAULT '{}',
    certifications   jsonb        NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(certifications) = 'array'),
    languages        jsonb        NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(languages) = 'array'),
    work_history     jsonb        NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(work_history) = 'array'),
    portfolio_url    varchar(255),
    career_goals     text,
    is_searchable    boolean      NOT NULL DEFAULT true,
    created_at       timestamptz  NOT NULL DEFAULT now(),
    updated_at       timestamptz  NOT NULL DEFAULT now(),
    search_vector    tsvector     GENERATED ALWAYS AS (
        to_tsvector('english', coalesce(headline, '') || ' ' || coalesce(current_position, '') || ' '
                               || coalesce(industry, '') || ' ' || coalesce(summary, ''))
    ) STORED
);

CREATE INDEX idx_user_profiles_skills ON user_profiles USING gin (skills);
CREATE INDEX idx_user_profiles_search_vector ON user_profiles USING gin (search_vector);
CREATE INDEX idx_user_profiles_industry ON user_profiles (industry);
CREATE INDEX idx_user_profiles_languages ON user_profiles USING gin (languages jsonb_path_ops);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON user_profiles
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- ai_personalization is what the user wishes; what was learned lives in the AI service, user_optimization_preferences.
CREATE TABLE user_preferences (
    id                     uuid          PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id                uuid          NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    desired_titles         text[]        NOT NULL DEFAULT '{}',
    desired_locations      text[]        NOT NULL DEFAULT '{}',
    desired_industries     text[]        NOT NULL DEFAULT '{}',
    employment_types       text[]        NOT NULL DEFAULT '{}',
    work_mode              varchar(10)   CHECK (work_mode IN ('onsite', 'remote', 'hybrid', 'any')),
    salary_min             numeric(12,2) CHECK (salary_min >= 0),
    salary_max             numeric(12,2),
    salary_currency        char(3)       NOT NULL DEFAULT 'USD',
    is_willing_to_relocate boolean       NOT NULL DEFAULT false,
    notifications          jsonb         NOT NULL DEFAULT '{}',
    ai_enabled             boolean       NOT NULL DEFAULT true,
    ai_personalization     jsonb         NOT NULL DEFAULT '{}',
    created_at             timestamptz   NOT NULL DEFAULT now(),
    updated_at             timestamptz   NOT NULL DEFAULT now(),
    CONSTRAINT user_preferences_salary_range CHECK (salary_max >= salary_min)
);

CREATE INDEX idx_user_preferences_desired_titles ON user_preferences USING gin (desired_titles);
CREATE INDEX idx_user_preferences_desired_locations ON user_preferences USING gin (desired_locations);
CREATE INDEX idx_user_preferences_work_mode ON user_preferences (work_mode);
CREATE INDEX idx_user_preferences_ai_personalization ON user_preferences USING gin (ai_personalization jsonb_path_ops);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON user_preferences
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- The account without its password hash, the profile, the preferences; NULL for an unknown user.
CREATE FUNCTION get_complete_user_profile(p_user_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
               'user', to_jsonb(u) - 'password_hash',
               'profile', to_jsonb(p) - 'search_vector',
               'preferences', to_jsonb(f))
    FROM users u
    LEFT JOIN user_profiles p ON p.user_id = u.id
    LEFT JOIN user_preferences f ON f.user_id = u.id
    WHERE u.id = p_user_id
$$;

CREATE VIEW user_search_view AS
SELECT u.id AS user_id,
       u.username,
       u.title,
       u.experience_years,
       u.location,
       p.headline,
       p.current_position,
       p.industry,
       p.skills,
       p.search_vector,
       f.desired_titles,
       f.desired_locations,
       f.work_mode
FROM users u
JOIN user_profiles p ON p.user_id = u.id
LEFT JOIN user_preferences f ON f.user_id = u.id
WHERE u.is_active AND p.is_searchable;

-- migrate:down

DROP VIEW user_search_view;
DROP FUNCTION get_complete_user_profile(uuid);
DROP TRIGGER set_updated_at ON user_preferences;
DROP TABLE user_preferences;
DROP TRIGGER set_updated_at ON user_profiles;
DROP TABLE user_profiles;
