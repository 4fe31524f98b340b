-- No measurement is there twice: a MergeTree keeps no unique key.
SELECT metric_id, count() AS times FROM performance_metrics GROUP BY metric_id HAVING times > 1
