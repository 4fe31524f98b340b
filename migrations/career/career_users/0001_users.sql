-- Accounts, their profiles and their settings
-- migrate:up

CREATE TABLE users (
    user_id                       uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    email                         varchar(255) NOT NULL CONSTRAINT idx_users_email UNIQUE,
    password_hash                 varchar(255) NOT NULL,
    first_name                    varchar(100),
    last_name                     varchar(100),
    created_at                    timestamptz  NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at                    timestamptz  NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_login                    timestamptz,
    is_active                     boolean      NOT NULL DEFAULT true,
    account_type                  varchar(50)  NOT NULL DEFAULT 'free'
                                  CHECK (account_type IN ('free', 'premium', 'mentor', 'enterprise', 'admin')),
    profile_completion_percentage integer      NOT NULL DEFAULT 0
                                  CHECK (profile_completion_percentage BETWEEN 0 AND 100)
);

-- An address that is taken in one spelling is taken in all of them.
CREATE UNIQUE INDEX uq_users_email_ci ON users (lower(email));
CREATE INDEX idx_users_created_at ON users (created_at);

-- Both belong to exactly one account: no profile without a user, and no second one.
CREATE TABLE user_profiles (
    profile_id          uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id             uuid         NOT NULL CONSTRAINT idx_user_profiles_user_id UNIQUE
                        REFERENCES users (user_id) ON DELETE CASCADE,
    headline            varchar(200),
    summary             text,
    current_position    varchar(100),
    years_of_experience integer      CHECK (years_of_experience BETWEEN 0 AND 80),
    location            varchar(100),
    timezone            varchar(50),
    linkedin_url        varchar(255),
    github_url          varchar(255),
    portfolio_url       varchar(255),
    preferred_work_type varchar(50)  CHECK (preferred_work_type IN ('remote', 'hybrid', 'onsite', 'any')),
    created_at          timestamptz  NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at          timestamptz  NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE user_preferences (
    preference_id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id                 uuid        NOT NULL UNIQUE REFERENCES users (user_id) ON DELETE CASCADE,
    email_notifications     boolean     NOT NULL DEFAULT true,
    push_notifications      boolean     NOT NULL DEFAULT true,
    newsletter_subscription boolean     NOT NULL DEFAULT true,
    language_preference     varchar(10) NOT NULL DEFAULT 'en',
    theme_preference        varchar(20) NOT NULL DEFAULT 'light'
                            CHECK (theme_preference IN ('light', 'dark', 'system')),
    updated_at              timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);

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

CREATE TRIGGER set_updated_at BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER set_updated_at BEFORE UPDATE ON user_profiles
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER set_updated_at BEFORE UPDATE ON user_preferences
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- migrate:down

DROP TABLE user_preferences;
DROP TABLE user_profiles;
DROP TABLE users;
DROP FUNCTION set_updated_at();
