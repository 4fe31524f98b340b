-- A posting's counts are those of its rows; views are dropped by the month, so there may be fewer of them than counted
SELECT j.id, j.application_count, a.applications, j.save_count, s.saved, j.view_count, v.views
FROM jobs AS j
LEFT JOIN (SELECT job_id, count(*) AS applications FROM job_applications GROUP BY job_id) AS a ON a.job_id = j.id
LEFT JOIN (SELECT job_id, count(*) AS saved FROM saved_jobs GROUP BY job_id) AS s ON s.job_id = j.id
LEFT JOIN (SELECT job_id, count(*) AS views FROM job_views GROUP BY job_id) AS v ON v.job_id = j.id
WHERE j.application_count <> COALESCE(a.applications, 0)
    OR j.save_count <> COALESCE(s.saved, 0)
    OR j.view_count < COALESCE(v.views, 0);
