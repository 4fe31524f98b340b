-- Nobody pays for two subscriptions at once; those who were erased are not one person
SELECT user_id, count(*) AS subscriptions
FROM user_subscriptions
WHERE status = 'active' AND user_id <> '00000000-0000-0000-0000-000000000000'
GROUP BY user_id
HAVING count(*) > 1;
