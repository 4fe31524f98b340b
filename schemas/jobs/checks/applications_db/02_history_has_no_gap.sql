-- Each row of an application's history begins where the one before it ended, the first one with nothing.
-- By id, as 01 has it: changed_at does not say which change came first.
SELECT id, application_id, ended, from_status
FROM (
    SELECT id,
           application_id,
           from_status,
           lag(to_status) OVER (PARTITION BY application_id ORDER BY id) AS ended
    FROM application_status_history
) AS h
WHERE from_status IS DISTINCT FROM ended
