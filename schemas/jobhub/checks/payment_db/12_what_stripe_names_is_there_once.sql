-- A message of Stripe's that came twice was booked once
SELECT 'user_subscriptions' AS in_table, stripe_subscription_id AS stripe_id FROM user_subscriptions
GROUP BY stripe_subscription_id HAVING count(stripe_subscription_id) > 1
UNION ALL SELECT 'payment_transactions', stripe_payment_intent_id FROM payment_transactions
GROUP BY stripe_payment_intent_id HAVING count(stripe_payment_intent_id) > 1
UNION ALL SELECT 'payment_transactions', stripe_charge_id FROM payment_transactions
GROUP BY stripe_charge_id HAVING count(stripe_charge_id) > 1;
