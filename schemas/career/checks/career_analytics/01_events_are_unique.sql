-- No event is there twice: a MergeTree keeps no unique key, and a client may send again.
SELECT event_id, count() AS times FROM user_activity GROUP BY event_id HAVING times > 1
