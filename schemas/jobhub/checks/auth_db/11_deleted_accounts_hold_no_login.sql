-- A deleted account holds neither an address nor another login, so that both are free again
SELECT id, deleted_at
FROM users
WHERE deleted_at IS NOT NULL
    AND (
        email <> id || '@deleted.invalid'
        OR num_nonnulls(password_hash, phone, google_id, linkedin_id, github_id) > 0
    );
