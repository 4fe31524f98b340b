-- Jobs that expire, jobs that are open
-- migrate:up

-- Published jobs past their end are closed, each with an event; returns how many.
CREATE FUNCTION expire_jobs() RETURNS bigint
    LANGUAGE sql VOLATILE
    SET search_path = public, pg_temp
AS $$
    WITH u AS (
        UPDATE jobs SET status = 'closed'
        WHERE status = 'published' AND expires_at <= now()
        RETURNING id
    )
    SELECT count(emit_domain_event('job', id, 'job.closed', '{"reason":"expired"}')) FROM u
$$;

-- A job past its end is not open, also before expire_jobs has closed it.
CREATE VIEW open_jobs AS
SELECT j.id AS job_id,
       j.title,
       j.slug,
       c.id AS company_id,
       c.name AS company_name,
       j.location,
       j.work_mode,
       j.employment_type,
       j.salary_min,
       j.salary_max,
       j.salary_currency,
       j.published_at
FROM jobs j
JOIN companies c ON c.id = j.company_id
WHERE j.status = 'published' AND c.status = 'active' AND (j.expires_at IS NULL OR j.expires_at > now());

-- migrate:down

DROP VIEW open_jobs;
DROP FUNCTION expire_jobs();
