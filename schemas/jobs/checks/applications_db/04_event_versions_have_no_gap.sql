-- The versions of an aggregate follow one another. Retention takes the oldest away and leaves the newest.
SELECT aggregate_type, aggregate_id, count(*) AS events, min(aggregate_version) AS first, max(aggregate_version) AS last
FROM domain_events
GROUP BY aggregate_type, aggregate_id
HAVING max(aggregate_version) - min(aggregate_version) + 1 <> count(*)
