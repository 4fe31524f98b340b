-- An event counts those who go or went. A trigger keeps it so; TRUNCATE and a load without triggers do not.
SELECT e.id, e.current_participants, c.counted
FROM events AS e
CROSS JOIN LATERAL (
    SELECT count(*) AS counted
    FROM event_participations AS p
    WHERE p.event_id = e.id AND p.status IN ('GOING', 'ATTENDED')
) AS c
WHERE e.current_participants <> c.counted
