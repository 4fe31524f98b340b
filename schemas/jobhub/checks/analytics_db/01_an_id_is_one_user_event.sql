-- One id is one event, however often it was delivered: nothing else goes by that id. Of the last month alone
SELECT id, count() AS copies FROM user_events WHERE timestamp >= now() - INTERVAL 1 MONTH
GROUP BY id HAVING uniqExact(session_id, event_type, event_name) > 1;
