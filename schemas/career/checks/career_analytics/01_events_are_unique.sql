-- A MergeTree keeps no unique key: an event that a client sent twice is there twice.
SELECT event_id, count() AS times FROM user_activity GROUP BY event_id HAVING times > 1
