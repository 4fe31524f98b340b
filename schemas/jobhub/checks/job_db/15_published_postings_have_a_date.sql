-- What is published was published at some time
SELECT id, status
FROM jobs
WHERE status = 'published' AND published_at IS NULL;
