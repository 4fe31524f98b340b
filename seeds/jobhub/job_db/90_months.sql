-- Partitions of job_views for this month and the three after it. Once a month: `schemactl -p jobhub seed job_db --again`.
SELECT ensure_month_partition('job_views', (now() AT TIME ZONE 'UTC' + make_interval(months => ahead))::date)
FROM generate_series(0, 3) AS ahead;
