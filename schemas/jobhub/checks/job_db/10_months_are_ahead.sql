-- No row fell beside the months: one that has rows here can no longer be added
SELECT date_trunc('month', viewed_at AT TIME ZONE 'UTC') AS month, count(*) AS rows_beside
FROM job_views_default
GROUP BY month;
