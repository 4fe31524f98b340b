-- Nothing is NULL that has a default: the columns may be, and no reader expects it
SELECT 'job_categories' AS in_table, id FROM job_categories WHERE num_nulls(
    is_active, sort_order, created_at, updated_at
) > 0
UNION ALL SELECT 'jobs', id FROM jobs WHERE num_nulls(
    is_remote, salary_currency, show_salary, status, priority_level, application_count, view_count,
    save_count, share_count, created_at, updated_at
) > 0
UNION ALL SELECT 'job_applications', id FROM job_applications WHERE num_nulls(
    status, applied_at, status_updated_at, created_at, updated_at
) > 0
UNION ALL SELECT 'saved_jobs', id FROM saved_jobs WHERE num_nulls(created_at) > 0
UNION ALL SELECT 'job_search_alerts', id FROM job_search_alerts WHERE num_nulls(
    frequency, is_active, job_count_since_last_sent, created_at, updated_at
) > 0
UNION ALL SELECT 'domain_events', id FROM domain_events WHERE num_nulls(occurred_at) > 0
UNION ALL SELECT 'outbox_events', id FROM outbox_events WHERE num_nulls(created_at, retry_count, max_retries) > 0
UNION ALL SELECT 'saga_instances', id FROM saga_instances WHERE num_nulls(status, started_at, updated_at) > 0;
