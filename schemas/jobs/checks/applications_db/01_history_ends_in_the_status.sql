-- The newest row of an application's history says its status. A trigger writes it so; a disabled one does not.
SELECT a.id, a.status, h.to_status
FROM applications AS a
LEFT JOIN LATERAL (
    SELECT to_status
    FROM application_status_history
    WHERE application_id = a.id
    ORDER BY changed_at DESC, id DESC
    LIMIT 1
) AS h ON true
WHERE h.to_status IS DISTINCT FROM a.status
