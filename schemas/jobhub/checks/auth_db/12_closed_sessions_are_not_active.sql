-- Nobody is logged in by a session that was revoked, or to an account that is deleted
SELECT s.id, s.user_id, s.revoked_at, u.deleted_at
FROM sessions AS s
JOIN users AS u ON u.id = s.user_id
WHERE s.is_active AND (s.revoked_at IS NOT NULL OR u.deleted_at IS NOT NULL);
