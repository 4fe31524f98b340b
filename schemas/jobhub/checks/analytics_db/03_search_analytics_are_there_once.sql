-- No search is there twice: two of one id are one that came twice
SELECT id, count() AS copies FROM search_analytics GROUP BY id HAVING copies > 1;
