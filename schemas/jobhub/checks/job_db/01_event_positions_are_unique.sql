-- An aggregate has one event at each position of its stream
SELECT aggregate_type, aggregate_id, event_version, count(*) AS events
FROM domain_events
GROUP BY aggregate_type, aggregate_id, event_version
HAVING count(*) > 1;
