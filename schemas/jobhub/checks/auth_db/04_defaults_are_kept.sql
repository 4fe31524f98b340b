-- Nothing is NULL that has a default: the columns may be, and no reader expects it
SELECT 'users' AS in_table, id FROM users WHERE num_nulls(
    email_verified, mfa_enabled, phone_verified, timezone, language, failed_login_attempts, created_at,
    updated_at
) > 0
UNION ALL SELECT 'roles', id FROM roles WHERE num_nulls(is_system_role, created_at, updated_at) > 0
UNION ALL SELECT 'user_roles', id FROM user_roles WHERE num_nulls(assigned_at, is_active) > 0
UNION ALL SELECT 'permissions', id FROM permissions WHERE num_nulls(created_at) > 0
UNION ALL SELECT 'role_permissions', id FROM role_permissions WHERE num_nulls(created_at) > 0
UNION ALL SELECT 'sessions', id FROM sessions WHERE num_nulls(is_active, created_at, last_accessed_at) > 0
UNION ALL SELECT 'audit_logs', id FROM audit_logs WHERE num_nulls(severity) > 0
UNION ALL SELECT 'domain_events', id FROM domain_events WHERE num_nulls(occurred_at) > 0
UNION ALL SELECT 'outbox_events', id FROM outbox_events WHERE num_nulls(created_at, retry_count, max_retries) > 0
UNION ALL SELECT 'saga_instances', id FROM saga_instances WHERE num_nulls(status, started_at, updated_at) > 0;
