-- No row fell beside the months: one that has rows here can no longer be added
SELECT date_trunc('month', created_at AT TIME ZONE 'UTC') AS month, count(*) AS rows_beside
FROM user_notifications_default
GROUP BY month;
