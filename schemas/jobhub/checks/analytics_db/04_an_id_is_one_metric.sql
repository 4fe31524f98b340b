-- One id is one metric, however often it was delivered: nothing else goes by that id. Of the last month alone
SELECT id, count() AS copies FROM job_metrics WHERE timestamp >= now() - INTERVAL 1 MONTH
GROUP BY id HAVING uniqExact(job_id, metric_type, metric_value, source) > 1;
