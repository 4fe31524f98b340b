-- Partitions of messages for this month and the three after it. Once a month: `schemactl -p jobhub seed message_db --again`.
SELECT ensure_month_partition('messages', (now() AT TIME ZONE 'UTC' + make_interval(months => ahead))::date)
FROM generate_series(0, 3) AS ahead;
