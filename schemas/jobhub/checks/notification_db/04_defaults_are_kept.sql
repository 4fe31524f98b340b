-- Nothing is NULL that has a default: the columns may be, and no reader expects it
SELECT 'notification_templates' AS in_table, id FROM notification_templates WHERE num_nulls(
    is_active, created_at, updated_at
) > 0
UNION ALL SELECT 'user_notifications', id FROM user_notifications WHERE num_nulls(is_read, priority) > 0
UNION ALL SELECT 'notification_preferences', id FROM notification_preferences WHERE num_nulls(
    email_enabled, push_enabled, sms_enabled, in_app_enabled, job_alerts, application_updates, messages,
    marketing, weekly_digest, frequency_job_alerts, timezone, created_at, updated_at
) > 0
UNION ALL SELECT 'notification_delivery_log', id FROM notification_delivery_log WHERE num_nulls(
    status, retry_count, created_at
) > 0
UNION ALL SELECT 'domain_events', id FROM domain_events WHERE num_nulls(occurred_at) > 0
UNION ALL SELECT 'outbox_events', id FROM outbox_events WHERE num_nulls(created_at, retry_count, max_retries) > 0
UNION ALL SELECT 'saga_instances', id FROM saga_instances WHERE num_nulls(status, started_at, updated_at) > 0;
