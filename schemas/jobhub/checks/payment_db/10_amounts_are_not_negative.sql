-- Nobody is paid for a plan, a subscription or a purchase: a refund is a status, not a negative amount
SELECT 'subscription_plans' AS in_table, id FROM subscription_plans WHERE price_monthly < 0 OR price_yearly < 0
UNION ALL SELECT 'user_subscriptions', id FROM user_subscriptions WHERE amount < 0
UNION ALL SELECT 'payment_transactions', id FROM payment_transactions WHERE amount < 0;
