-- A notification that was read says when, and one that was not does not
SELECT id, is_read, read_at
FROM user_notifications
WHERE is_read <> (read_at IS NOT NULL);
