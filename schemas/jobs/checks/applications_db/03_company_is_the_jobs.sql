-- An application names the company of its job, as far as the job is known here.
SELECT a.id, a.job_id, a.company_id, r.company_id AS company_of_job
FROM applications AS a
JOIN job_refs AS r ON r.job_id = a.job_id
WHERE a.company_id <> r.company_id
