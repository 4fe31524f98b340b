-- A series made no more events than its limit says, and no fewer than name it.
SELECT s.id, s.max_occurrences, s.occurrences_created, c.named
FROM recurring_events AS s
CROSS JOIN LATERAL (SELECT count(*) AS named FROM events AS e WHERE e.recurring_event_id = s.id) AS c
WHERE s.occurrences_created > s.max_occurrences OR s.occurrences_created < c.named
