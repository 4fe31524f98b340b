-- Accounts, roles, sessions and the audit log
-- migrate:up

-- Without a password where somebody logs in by another provider. Tokens and backup codes are hashes, mfa_secret is
-- ciphertext: the application makes both. The status of a new account is said by who signs it up, since the default
-- would be active before the address is verified.
CREATE TABLE users (
    id                            uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    email                         varchar(255) NOT NULL UNIQUE,
    password_hash                 varchar(255),
    first_name                    varchar(100) NOT NULL,
    last_name                     varchar(100) NOT NULL,
    user_type                     varchar(20)  NOT NULL CHECK (user_type IN ('job_seeker', 'employer', 'admin')),
    status                        varchar(20)  NOT NULL DEFAULT 'active'
                                               CHECK (status IN (
                                                   'active', 'suspended', 'banned', 'pending_verification'
                                               )),
    email_verified                boolean      DEFAULT false,
    email_verification_token      varchar(255),
    email_verification_expires_at timestamptz,
    mfa_enabled                   boolean      DEFAULT false,
    mfa_secret                    varchar(255),
    mfa_backup_codes              text[],
    google_id                     varchar(255) UNIQUE,
    linkedin_id                   varchar(255) UNIQUE,
    github_id                     varchar(255) UNIQUE,
    avatar_url                    varchar(500),
    phone                         varchar(20),
    phone_verified                boolean      DEFAULT false,
    location                      varchar(255),
    timezone                      varchar(50)  DEFAULT 'UTC',
    language                      varchar(10)  DEFAULT 'en',
    last_login_at                 timestamptz,
    last_login_ip                 inet,
    failed_login_attempts         integer      DEFAULT 0,
    locked_until                  timestamptz,
    password_reset_token          varchar(255),
    password_reset_expires_at     timestamptz,
    created_at                    timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at                    timestamptz  DEFAULT CURRENT_TIMESTAMP,
    deleted_at                    timestamptz
);

CREATE TABLE roles (
    id             uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    name           varchar(50) NOT NULL UNIQUE,
    description    text,
    is_system_role boolean     DEFAULT false,
    created_at     timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at     timestamptz DEFAULT CURRENT_TIMESTAMP
);

-- Who gave a role may be erased; the role stays given.
CREATE TABLE user_roles (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id     uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_id     uuid        NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    assigned_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    assigned_by uuid        REFERENCES users (id) ON DELETE SET NULL,
    expires_at  timestamptz,
    is_active   boolean     DEFAULT true,
    UNIQUE (user_id, role_id)
);

CREATE TABLE permissions (
    id          uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    name        varchar(100) NOT NULL UNIQUE,
    description text,
    resource    varchar(100) NOT NULL,
    action      varchar(50)  NOT NULL,
    conditions  jsonb,
    created_at  timestamptz  DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE role_permissions (
    id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    role_id       uuid        NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    permission_id uuid        NOT NULL REFERENCES permissions (id) ON DELETE CASCADE,
    created_at    timestamptz DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (role_id, permission_id)
);

CREATE TABLE sessions (
    id                 uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id            uuid         NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash         varchar(255) NOT NULL UNIQUE,
    refresh_token_hash varchar(255) UNIQUE,
    device_info        jsonb,
    ip_address         inet,
    user_agent         text,
    location           jsonb,
    is_active          boolean      DEFAULT true,
    expires_at         timestamptz  NOT NULL,
    created_at         timestamptz  DEFAULT CURRENT_TIMESTAMP,
    last_accessed_at   timestamptz  DEFAULT CURRENT_TIMESTAMP,
    revoked_at         timestamptz,
    revoked_by         uuid         REFERENCES users (id) ON DELETE SET NULL,
    revoke_reason      varchar(100)
);

-- An entry outlives its user and session: SET NULL, done as the table's owner, so that the application needs no UPDATE
-- here. The key of a partitioned table has to hold the partition's column.
CREATE TABLE audit_logs (
    id             uuid         NOT NULL DEFAULT gen_random_uuid(),
    user_id        uuid         REFERENCES users (id) ON DELETE SET NULL,
    session_id     uuid         REFERENCES sessions (id) ON DELETE SET NULL,
    action         varchar(100) NOT NULL,
    resource       varchar(100),
    resource_id    uuid,
    old_values     jsonb,
    new_values     jsonb,
    ip_address     inet,
    user_agent     text,
    correlation_id uuid,
    severity       varchar(20)  DEFAULT 'INFO' CHECK (severity IN ('DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL')),
    created_at     timestamptz  NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);

-- What no month takes. A month that has rows here can no longer be added, so months come ahead of their time.
CREATE TABLE audit_logs_default PARTITION OF audit_logs DEFAULT;

CREATE INDEX idx_users_email ON users (email) WHERE deleted_at IS NULL;
CREATE INDEX idx_users_user_type ON users (user_type) WHERE deleted_at IS NULL;
CREATE INDEX idx_users_status ON users (status);
CREATE INDEX idx_users_created_at ON users (created_at);
CREATE INDEX idx_users_last_login ON users (last_login_at);
CREATE INDEX idx_users_active ON users (id) WHERE status = 'active' AND deleted_at IS NULL;
CREATE UNIQUE INDEX uq_users_email_lower ON users (lower(email));

CREATE INDEX idx_user_roles_user_id ON user_roles (user_id);
CREATE INDEX idx_user_roles_role_id ON user_roles (role_id);
CREATE INDEX idx_user_roles_active ON user_roles (user_id, role_id) WHERE is_active = TRUE;

CREATE INDEX idx_role_permissions_role_id ON role_permissions (role_id);
CREATE INDEX idx_role_permissions_permission_id ON role_permissions (permission_id);

CREATE INDEX idx_sessions_user_id ON sessions (user_id);
CREATE INDEX idx_sessions_token_hash ON sessions (token_hash);
CREATE INDEX idx_sessions_active ON sessions (user_id) WHERE is_active = TRUE;
CREATE INDEX idx_sessions_expires_at ON sessions (expires_at);

CREATE INDEX idx_audit_logs_user_id ON audit_logs (user_id);
CREATE INDEX idx_audit_logs_action ON audit_logs (action);
CREATE INDEX idx_audit_logs_created_at ON audit_logs (created_at);
CREATE INDEX idx_audit_logs_correlation_id ON audit_logs (correlation_id);
CREATE INDEX idx_audit_logs_severity ON audit_logs (severity);

-- migrate:down

DROP TABLE audit_logs;
DROP TABLE sessions;
DROP TABLE role_permissions;
DROP TABLE permissions;
DROP TABLE user_roles;
DROP TABLE roles;
DROP TABLE users;
