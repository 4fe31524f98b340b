-- One id is one event, however often it was delivered: nothing else goes by that id. Of the last month alone
SELECT id, count() AS copies FROM job_analytics WHERE timestamp >= now() - INTERVAL 1 MONTH
GROUP BY id HAVING uniqExact(job_id, employer_id, session_id, event_type) > 1;
