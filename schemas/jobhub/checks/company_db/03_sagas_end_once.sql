-- A saga that is over says when it ended, and one that goes on does not
SELECT id, saga_type, status, completed_at
FROM saga_instances
WHERE (status IN ('completed', 'failed')) <> (completed_at IS NOT NULL);
