-- A kind of user is offered one plan of a name
SELECT name, user_type, count(*) AS plans
FROM subscription_plans
WHERE is_active
GROUP BY name, user_type
HAVING count(*) > 1;
