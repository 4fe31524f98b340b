-- Delivery: what is due, what is finished, what is unread
-- migrate:up

-- Workers take what is due without waiting for each other; the rows come in no order.
CREATE FUNCTION claim_due_notifications(p_limit integer) RETURNS SETOF notifications
    LANGUAGE sql VOLATILE
    SET search_path = public, pg_temp
AS $$
    UPDATE notifications SET status = 'sending', attempts = attempts + 1
    WHERE id IN (
        SELECT id FROM notifications
        WHERE status = 'queued' AND scheduled_at <= now()
        ORDER BY priority, scheduled_at
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    )
    RETURNING *
$$;

-- Finished ones older than p_keep; what is queued or being sent stays. Returns the rows removed.
CREATE FUNCTION purge_notifications(p_keep interval) RETURNS bigint
    LANGUAGE sql VOLATILE
    SET search_path = public, pg_temp
AS $$
    WITH d AS (
        DELETE FROM notifications
        WHERE status IN ('sent', 'delivered', 'read', 'failed', 'cancelled') AND created_at < now() - p_keep
        RETURNING 1
    )
    SELECT count(*) FROM d
$$;

CREATE VIEW unread_counts AS
SELECT user_id, count(*) AS unread, max(created_at) AS latest
FROM notifications
WHERE read_at IS NULL AND channel = 'in_app' AND status IN ('sent', 'delivered')
GROUP BY user_id;

-- migrate:down

DROP VIEW unread_counts;
DROP FUNCTION purge_notifications(interval);
DROP FUNCTION claim_due_notifications(integer);
