-- Sessions, refresh tokens, password resets, e-mail verifications
-- migrate:up

-- Tokens are stored as their SHA-256 only (32 bytes), so a leaked table opens no session.
CREATE TABLE user_sessions (
    id                 uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id            uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_token_hash bytea       NOT NULL UNIQUE CHECK (octet_length(session_token_hash) = 32),
    ip_address         inet,
    user_agent         text,
    device             jsonb       NOT NULL DEFAULT '{}',
    last_activity_at   timestamptz NOT NULL DEFAULT now(),
    expires_at         timestamptz NOT NULL,
    revoked_at         timestamptz,
    created_at         timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_user_sessions_user_id ON user_sessions (user_id);
CREATE INDEX idx_user_sessions_expires_at_live ON user_sessions (expires_at) WHERE revoked_at IS NULL;
CREATE INDEX idx_user_sessions_last_activity_at ON user_sessions (last_activity_at);
CREATE INDEX idx_user_sessions_ip_address ON user_sessions (ip_address);

-- A family is one login: a token used again after it was replaced revokes all tokens of its family.
CREATE TABLE refresh_tokens (
    id             uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id        uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id     uuid        REFERENCES user_sessions (id) ON DELETE CASCADE,
    family_id      uuid        NOT NULL DEFAULT gen_random_uuid(),
    token_hash     bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    replaced_by_id uuid        REFERENCES refresh_tokens (id) ON DELETE SET NULL,
    issued_ip      inet,
    user_agent     text,
    expires_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    revoked_reason varchar(40),
    created_at     timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_refresh_tokens_user_id ON refresh_tokens (user_id);
CREATE INDEX idx_refresh_tokens_session_id ON refresh_tokens (session_id);
CREATE INDEX idx_refresh_tokens_family_id ON refresh_tokens (family_id);
CREATE INDEX idx_refresh_tokens_replaced_by_id ON refresh_tokens (replaced_by_id);
CREATE INDEX idx_refresh_tokens_expires_at_live ON refresh_tokens (expires_at) WHERE revoked_at IS NULL;

CREATE TABLE password_resets (
    id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id      uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash   bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    requested_ip inet,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_password_resets_user_id ON password_resets (user_id);
CREATE INDEX idx_password_resets_expires_at_live ON password_resets (expires_at) WHERE used_at IS NULL;

-- The address is kept here too: it is the one being proved, which need not be the account's yet.
CREATE TABLE email_verifications (
    id           uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id      uuid         NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email        varchar(255) NOT NULL,
    token_hash   bytea        NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    requested_ip inet,
    attempts     smallint     NOT NULL DEFAULT 0,
    expires_at   timestamptz  NOT NULL,
    verified_at  timestamptz,
    created_at   timestamptz  NOT NULL DEFAULT now()
);

CREATE INDEX idx_email_verifications_user_id ON email_verifications (user_id);
CREATE INDEX idx_email_verifications_email ON email_verifications (lower(email));
CREATE INDEX idx_email_verifications_expires_at_live ON email_verifications (expires_at) WHERE verified_at IS NULL;

-- Removes what is past its end and returns the number of rows removed; to be called on a schedule, hourly.
-- Tokens of a removed session go here, not by the cascade, which would remove them uncounted. A revoked token stays
-- until it expires: that it is used again is how a stolen one is noticed.
CREATE FUNCTION cleanup_expired_auth_data() RETURNS bigint
    LANGUAGE sql VOLATILE
    SET search_path = public, pg_temp
AS $$
    WITH s AS (
        DELETE FROM user_sessions
        WHERE expires_at < now() OR revoked_at < now() - interval '30 days'
        RETURNING id
    ), r AS (
        DELETE FROM refresh_tokens
        WHERE expires_at < now() OR session_id IN (SELECT id FROM s)
        RETURNING 1
    ), p AS (
        DELETE FROM password_resets
        WHERE expires_at < now() OR used_at < now() - interval '1 day'
        RETURNING 1
    ), e AS (
        DELETE FROM email_verifications
        WHERE expires_at < now() OR verified_at < now() - interval '1 day'
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM s) + (SELECT count(*) FROM r) + (SELECT count(*) FROM p) + (SELECT count(*) FROM e)
$$;

CREATE VIEW active_sessions_summary AS
SELECT u.id AS user_id,
       u.username,
       count(s.id) AS active_sessions,
       count(DISTINCT s.ip_address) AS addresses,
       max(s.last_activity_at) AS last_activity_at,
       min(s.expires_at) AS next_expiry
FROM users u
JOIN user_sessions s ON s.user_id = u.id
WHERE s.revoked_at IS NULL AND s.expires_at > now()
GROUP BY u.id, u.username;

-- migrate:down

DROP VIEW active_sessions_summary;
DROP FUNCTION cleanup_expired_auth_data();
DROP TABLE email_verifications;
DROP TABLE password_resets;
DROP TABLE refresh_tokens;
DROP TABLE user_sessions;
