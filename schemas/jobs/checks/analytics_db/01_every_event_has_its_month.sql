-- The default partition is empty. Its rows keep the partition of their month from being made, and outlive retention.
SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'YYYYMM') AS month, count(*) AS events
FROM analytics_events_default
GROUP BY 1
