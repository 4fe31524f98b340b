-- No metric is there twice: two of one id are one that came twice
SELECT id, count() AS copies FROM job_metrics GROUP BY id HAVING copies > 1;
