-- Nobody pays for two subscriptions at once
SELECT user_id, count(*) AS subscriptions
FROM user_subscriptions
WHERE status = 'active'
GROUP BY user_id
HAVING count(*) > 1;
