-- Partitions, counts by day, reports
-- migrate:up

-- The partition of a month in UTC, made where it is missing; returns its name. For the owner, ahead of
-- the month: rows of it that went to the default partition are in the way (23514).
CREATE FUNCTION ensure_analytics_partition(p_month date) RETURNS text
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
DECLARE
    f date := date_trunc('month', p_month)::date;
    n text := 'analytics_events_' || to_char(f, 'YYYYMM');
BEGIN
    IF to_regclass('public.' || n) IS NULL THEN
        EXECUTE format(
            'CREATE TABLE public.%I PARTITION OF public.analytics_events FOR VALUES FROM (%L) TO (%L)',
            n, f || ' 00:00+00', (f + interval '1 month')::date || ' 00:00+00'
        );
    END IF;
    RETURN n;
END
$$;

-- Whole months before that of p_month go; returns how many. For the owner too.
CREATE FUNCTION drop_analytics_before(p_month date) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
DECLARE
    n text;
    k integer := 0;
BEGIN
    FOR n IN
        SELECT c.relname
        FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.analytics_events'::regclass
          AND c.relname ~ '_[0-9]{6}$'
          AND right(c.relname, 6) < to_char(p_month, 'YYYYMM')
    LOOP
        EXECUTE format('DROP TABLE public.%I', n);
        k := k + 1;
    END LOOP;
    RETURN k;
END
$$;

-- One UTC day of events into the three tables by day. Run again, it counts that day anew.
CREATE FUNCTION rollup_analytics_day(p_day date) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
DECLARE
    a timestamptz := p_day::timestamp AT TIME ZONE 'UTC';
    b timestamptz := (p_day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    INSERT INTO user_analytics (user_id, day, logins, searches, job_views, applications, last_active_at)
    SELECT user_id,
           p_day,
           count(*) FILTER (WHERE event_name = 'user.login'),
           count(*) FILTER (WHERE event_name = 'search.run'),
           count(*) FILTER (WHERE event_name = 'job.view'),
           count(*) FILTER (WHERE event_name = 'application.submitted'),
           max(occurred_at)
    FROM analytics_events
    WHERE user_id IS NOT NULL AND occurred_at >= a AND occurred_at < b
    GROUP BY user_id
    ON CONFLICT (user_id, day) DO UPDATE
    SET logins = EXCLUDED.logins,
        searches = EXCLUDED.searches,
        job_views = EXCLUDED.job_views,
        applications = EXCLUDED.applications,
        last_active_at = EXCLUDED.last_active_at;

    INSERT INTO job_analytics (job_id, company_id, day, views, unique_viewers, applications, saves)
    SELECT job_id,
           max(company_id),
           p_day,
           count(*) FILTER (WHERE event_name = 'job.view'),
           count(DISTINCT coalesce(user_id::text, session_key)) FILTER (WHERE event_name = 'job.view'),
           count(*) FILTER (WHERE event_name = 'application.submitted'),
           count(*) FILTER (WHERE event_name = 'job.saved')
    FROM analytics_events
    WHERE job_id IS NOT NULL AND occurred_at >= a AND occurred_at < b
    GROUP BY job_id
    ON CONFLICT (job_id, day) DO UPDATE
    SET company_id = EXCLUDED.company_id,
        views = EXCLUDED.views,
        unique_viewers = EXCLUDED.unique_viewers,
        applications = EXCLUDED.applications,
        saves = EXCLUDED.saves;

    INSERT INTO platform_analytics (day, metric, dimension, value)
    SELECT p_day, 'events', event_name, count(*)
    FROM analytics_events
    WHERE occurred_at >= a AND occurred_at < b
    GROUP BY event_name
    ON CONFLICT (day, metric, dimension) DO UPDATE
    SET value = EXCLUDED.value,
        computed_at = now();
END
$$;

CREATE VIEW job_funnel AS
SELECT job_id,
       company_id,
       sum(views) AS views,
       sum(applications) AS applications,
       round(100.0 * sum(applications) / nullif(sum(views), 0), 2) AS apply_rate
FROM job_analytics
GROUP BY job_id, company_id;

-- The unique index is what lets it be refreshed CONCURRENTLY, beside its readers.
CREATE MATERIALIZED VIEW platform_daily AS
SELECT day, metric, sum(value) AS value
FROM platform_analytics
GROUP BY day, metric;

CREATE UNIQUE INDEX uq_platform_daily ON platform_daily (day, metric);

-- migrate:down

DROP MATERIALIZED VIEW platform_daily;
DROP VIEW job_funnel;
DROP FUNCTION rollup_analytics_day(date);
DROP FUNCTION drop_analytics_before(date);
DROP FUNCTION ensure_analytics_partition(date);
