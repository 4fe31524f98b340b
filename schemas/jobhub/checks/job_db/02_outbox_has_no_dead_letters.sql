-- No event of the outbox has used up its tries without being published
SELECT id, event_type, retry_count, created_at
FROM outbox_events
WHERE processed_at IS NULL AND retry_count >= max_retries;
