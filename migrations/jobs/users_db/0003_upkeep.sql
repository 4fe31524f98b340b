-- Expired tokens and sessions, erasure, sessions at work
-- migrate:up

-- Tokens and sessions that ended more than p_keep ago go; returns the rows removed. A session ends when it expires or
-- is revoked, whichever comes first.
CREATE FUNCTION purge_expired_auth(p_keep interval) RETURNS bigint
    LANGUAGE sql VOLATILE
    SET search_path = public, pg_temp
AS $$
    WITH t AS (
        DELETE FROM user_verification_tokens
        WHERE expires_at < now() - p_keep
        RETURNING 1
    ), s AS (
        DELETE FROM user_sessions
        WHERE least(expires_at, coalesce(revoked_at, expires_at)) < now() - p_keep
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM s)
$$;

-- Erasure: the row stays, blank, since other services still name its number. The update itself is audited, so images
-- are cleared after it, those of this very change among them. Returns the id of the event that tells the others, NULL
-- where there is no such user. With its owner's rights: an application cannot write the audit log.
CREATE FUNCTION erase_user(p_user_id bigint) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$
BEGIN
    DELETE FROM user_sessions WHERE user_id = p_user_id;
    DELETE FROM user_verification_tokens WHERE user_id = p_user_id;
    UPDATE users
    SET email = 'erased-'||id||'@invalid',
        password_hash = '!',
        first_name = '',
        last_name = '',
        phone = NULL,
        headline = NULL,
        bio = NULL,
        location = NULL,
        resume_url = NULL,
        avatar_url = NULL,
        skills = '{}',
        profile = '{}',
        status = 'deleted',
        deleted_at = now()
    WHERE id = p_user_id;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE audit_log SET old_row = NULL, new_row = NULL WHERE table_name = 'users' AND row_id = p_user_id;
    RETURN emit_domain_event('user', p_user_id, 'user.erased', '{}');
END
$$;

-- It acts as the owner, so not everybody may call it, also where no roles were made.
REVOKE EXECUTE ON FUNCTION erase_user(bigint) FROM PUBLIC;

CREATE VIEW active_sessions AS
SELECT user_id, count(*) AS sessions, max(last_seen_at) AS last_seen_at
FROM user_sessions
WHERE revoked_at IS NULL AND expires_at > now()
GROUP BY user_id;

-- migrate:down

DROP VIEW active_sessions;
DROP FUNCTION erase_user(bigint);
DROP FUNCTION purge_expired_auth(interval);
