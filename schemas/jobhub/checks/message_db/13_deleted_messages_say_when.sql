-- A message that is deleted says when, and one that is not does not
SELECT id, is_deleted, deleted_at
FROM messages
WHERE is_deleted <> (deleted_at IS NOT NULL);
