-- The newest row of an application's history says its status. A trigger writes it so; a disabled one does not.
-- Newest is what has the highest id, drawn while the application's row is locked; changed_at is when the transaction
-- began, which may be before a change that went ahead of this one.
SELECT a.id, a.status, h.to_status
FROM applications AS a
LEFT JOIN LATERAL (
    SELECT to_status
    FROM application_status_history
    WHERE application_id = a.id
    ORDER BY id DESC
    LIMIT 1
) AS h ON true
WHERE h.to_status IS DISTINCT FROM a.status
