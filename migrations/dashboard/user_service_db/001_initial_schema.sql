-- Accounts: sign-up facts, display settings, subscription
-- migrate:up

-- Sign-up facts and display settings live here; career facts in user_profiles, the job search in user_preferences.
CREATE TABLE users (
    id                      uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    email                   varchar(255) NOT NULL,
    username                varchar(50)  NOT NULL CHECK (username ~ '^[A-Za-z0-9._-]{3,50}$'),
    password_hash           varchar(255) NOT NULL,
    first_name              varchar(100),
    last_name               varchar(100),
    title                   varchar(160),
    experience_years        smallint     CHECK (experience_years BETWEEN 0 AND 80),
    education               jsonb        NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(education) = 'array'),
    phone                   varchar(32),
    location                varchar(160),
    timezone                varchar(50)  NOT NULL DEFAULT 'UTC',
    linkedin_url            varchar(255),
    preferences             jsonb        NOT NULL DEFAULT '{}',
    subscription_tier       varchar(12)  NOT NULL DEFAULT 'free'
                            CHECK (subscription_tier IN ('free', 'basic', 'premium', 'enterprise')),
    subscription_status     varchar(10)  NOT NULL DEFAULT 'active'
                            CHECK (subscription_status IN ('active', 'trialing', 'past_due', 'cancelled', 'expired')),
    subscription_expires_at timestamptz,
    is_active               boolean      NOT NULL DEFAULT true,
    is_email_verified       boolean      NOT NULL DEFAULT false,
    last_login_at           timestamptz,
    created_at              timestamptz  NOT NULL DEFAULT now(),
    updated_at              timestamptz  NOT NULL DEFAULT now()
);

-- An address or a name taken in one spelling is taken in all of them.
CREATE UNIQUE INDEX idx_users_email ON users (lower(email));
CREATE UNIQUE INDEX idx_users_username ON users (lower(username));
CREATE INDEX idx_users_created_at ON users (created_at);
CREATE INDEX idx_users_is_active ON users (is_active) WHERE is_active;
CREATE INDEX idx_users_subscription_tier_subscription_status ON users (subscription_tier, subscription_status);
CREATE INDEX idx_users_subscription_expires_at_live ON users (subscription_expires_at)
    WHERE subscription_expires_at IS NOT NULL;

-- Every function sets its own search_path: behind a pooler nobody else can be relied on to have set it.
CREATE FUNCTION update_updated_at_column() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER set_updated_at BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- migrate:down

DROP TRIGGER set_updated_at ON users;
DROP FUNCTION update_updated_at_column();
DROP TABLE users;
