-- A deleted account holds no address, no login and nothing that helps to one, so that all are free again and none works
SELECT id, deleted_at
FROM users
WHERE deleted_at IS NOT NULL
    AND (
        email <> id || '@deleted.invalid'
        OR mfa_enabled
        OR num_nonnulls(
            password_hash, phone, google_id, linkedin_id, github_id, mfa_secret, mfa_backup_codes,
            email_verification_token, password_reset_token
        ) > 0
    );
