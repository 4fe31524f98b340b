-- One id is one search, however often it was delivered: nothing else goes by that id. Of the last month alone
SELECT id, count() AS copies FROM search_analytics WHERE timestamp >= now() - INTERVAL 1 MONTH
GROUP BY id HAVING uniqExact(session_id, query, results_count) > 1;
