-- Nothing is NULL that has a default: the columns may be, and no reader expects it
SELECT 'companies' AS in_table, id FROM companies WHERE num_nulls(
    is_verified, status, created_at, updated_at
) > 0
UNION ALL SELECT 'company_employees', id FROM company_employees WHERE num_nulls(
    is_admin, is_hiring_manager, employment_status, created_at, updated_at
) > 0
UNION ALL SELECT 'company_reviews', id FROM company_reviews WHERE num_nulls(
    is_anonymous, status, helpful_count, not_helpful_count, created_at, updated_at
) > 0
UNION ALL SELECT 'company_photos', id FROM company_photos WHERE num_nulls(
    is_featured, display_order, status, created_at
) > 0
UNION ALL SELECT 'domain_events', id FROM domain_events WHERE num_nulls(occurred_at) > 0
UNION ALL SELECT 'outbox_events', id FROM outbox_events WHERE num_nulls(created_at, retry_count, max_retries) > 0
UNION ALL SELECT 'saga_instances', id FROM saga_instances WHERE num_nulls(status, started_at, updated_at) > 0;
