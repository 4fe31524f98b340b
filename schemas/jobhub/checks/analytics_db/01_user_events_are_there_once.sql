-- No event is there twice: two of one id are one that came twice
SELECT id, count() AS copies FROM user_events GROUP BY id HAVING copies > 1;
