-- Partitions of audit_logs for this month and the three after it. Once a month: `schemactl -p jobhub seed auth_db --again`.
SELECT ensure_month_partition('audit_logs', (now() AT TIME ZONE 'UTC' + make_interval(months => ahead))::date)
FROM generate_series(0, 3) AS ahead;
