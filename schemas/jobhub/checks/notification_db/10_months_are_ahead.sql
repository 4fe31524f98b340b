-- No row fell beside the months, and this month and the next are there, unless none was made yet: `seed` makes the first
SELECT date_trunc('month', created_at AT TIME ZONE 'UTC') AS month, count(*) AS rows_beside
FROM user_notifications_default
GROUP BY month
UNION ALL
SELECT wanted.month, 0
FROM generate_series(
    date_trunc('month', now() AT TIME ZONE 'UTC'), now() AT TIME ZONE 'UTC' + interval '1 month', interval '1 month'
) AS wanted (month)
WHERE (SELECT count(*) FROM pg_inherits WHERE inhparent = 'user_notifications'::regclass) > 1
    AND NOT EXISTS (
        SELECT FROM pg_inherits AS i
        JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'user_notifications'::regclass AND c.relname = 'user_notifications' || to_char(wanted.month, '"_y"YYYY"m"MM')
    );
