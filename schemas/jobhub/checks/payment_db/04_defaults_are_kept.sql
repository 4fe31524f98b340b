-- Nothing is NULL that has a default: the columns may be, and no reader expects it
SELECT 'subscription_plans' AS in_table, id FROM subscription_plans WHERE num_nulls(
    currency, is_active, sort_order, created_at, updated_at
) > 0
UNION ALL SELECT 'user_subscriptions', id FROM user_subscriptions WHERE num_nulls(
    status, currency, started_at, auto_renew, created_at, updated_at
) > 0
UNION ALL SELECT 'payment_transactions', id FROM payment_transactions WHERE num_nulls(currency, status, created_at) > 0
UNION ALL SELECT 'domain_events', id FROM domain_events WHERE num_nulls(occurred_at) > 0
UNION ALL SELECT 'outbox_events', id FROM outbox_events WHERE num_nulls(created_at, retry_count, max_retries) > 0
UNION ALL SELECT 'saga_instances', id FROM saga_instances WHERE num_nulls(status, started_at, updated_at) > 0;
