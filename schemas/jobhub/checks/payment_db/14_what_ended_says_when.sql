-- A payment that is through, and a subscription that was cancelled, have their time
SELECT 'payment_transactions' AS in_table, id FROM payment_transactions
WHERE status IN ('completed', 'failed', 'refunded') AND processed_at IS NULL
UNION ALL SELECT 'user_subscriptions', id FROM user_subscriptions WHERE status = 'cancelled' AND cancelled_at IS NULL;
