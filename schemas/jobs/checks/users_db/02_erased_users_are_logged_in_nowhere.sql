-- An erased user has neither a session nor a token.
SELECT u.id, held.kind, held.id AS row_id
FROM users AS u
JOIN (
    SELECT 'session' AS kind, id, user_id FROM user_sessions
    UNION ALL
    SELECT 'token', id, user_id FROM user_verification_tokens
) AS held ON held.user_id = u.id
WHERE u.email = 'erased-' || u.id || '@invalid'
