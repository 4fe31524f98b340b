-- Partitions of user_notifications for this month and the three after it. Once a month: `schemactl -p jobhub seed notification_db --again`.
SELECT ensure_month_partition('user_notifications', (now() AT TIME ZONE 'UTC' + make_interval(months => ahead))::date)
FROM generate_series(0, 3) AS ahead;
