-- Search, its statistics by day, retention
-- migrate:up

-- p_query as people write it ("exact", or, -not). By rank times boost, then by number, so that pages do not overlap.
CREATE FUNCTION search_entities(
    p_query text,
    p_entity text DEFAULT NULL,
    p_filters jsonb DEFAULT '{}',
    p_limit integer DEFAULT 20,
    p_offset integer DEFAULT 0
) RETURNS TABLE (entity_type text, entity_id bigint, title text, rank real)
    LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
    SELECT s.entity_type,
           s.entity_id,
           s.title,
           ts_rank_cd(s.search_vector, q.q) * s.boost
    FROM search_indexes s
    CROSS JOIN websearch_to_tsquery('english', p_query) AS q(q)
    WHERE s.is_active
      AND s.search_vector @@ q.q
      AND (p_entity IS NULL OR s.entity_type = p_entity)
      AND s.filters @> p_filters
    ORDER BY 4 DESC, s.entity_id
    LIMIT p_limit OFFSET p_offset
$$;

-- One UTC day of history; returns the rows written. Run again, it counts that day anew.
CREATE FUNCTION rollup_search_analytics(p_day date) RETURNS bigint
    LANGUAGE sql VOLATILE
    SET search_path = public, pg_temp
AS $$
    WITH r AS (
        INSERT INTO search_analytics (
            day, entity_type, query_normalized, searches, zero_results, clicks,
            avg_duration_ms, p95_duration_ms, avg_click_position
        )
        SELECT p_day,
               coalesce(entity_type, 'all'),
               lower(btrim(query_text)),
               count(*),
               count(*) FILTER (WHERE results_count = 0),
               count(clicked_entity_id),
               avg(duration_ms),
               percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms),
               avg(clicked_position)
        FROM search_history
        WHERE searched_at >= p_day::timestamp AT TIME ZONE 'UTC'
          AND searched_at < (p_day + 1)::timestamp AT TIME ZONE 'UTC'
        GROUP BY 2, 3
        ON CONFLICT (day, entity_type, query_normalized) DO UPDATE
        SET searches = EXCLUDED.searches,
            zero_results = EXCLUDED.zero_results,
            clicks = EXCLUDED.clicks,
            avg_duration_ms = EXCLUDED.avg_duration_ms,
            p95_duration_ms = EXCLUDED.p95_duration_ms,
            avg_click_position = EXCLUDED.avg_click_position
        RETURNING 1
    )
    SELECT count(*) FROM r
$$;

-- Returns the rows removed. Roll a day up before it goes.
CREATE FUNCTION purge_search_history(p_keep interval) RETURNS bigint
    LANGUAGE sql VOLATILE
    SET search_path = public, pg_temp
AS $$
    WITH d AS (
        DELETE FROM search_history
        WHERE searched_at < now() - p_keep
        RETURNING 1
    )
    SELECT count(*) FROM d
$$;

CREATE VIEW search_zero_results AS
SELECT query_normalized,
       entity_type,
       sum(zero_results) AS misses,
       sum(searches) AS searches,
       max(day) AS last_day
FROM search_analytics
GROUP BY query_normalized, entity_type
HAVING sum(zero_results) > 0;

-- migrate:down

DROP VIEW search_zero_results;
DROP FUNCTION purge_search_history(interval);
DROP FUNCTION rollup_search_analytics(date);
DROP FUNCTION search_entities(text, text, jsonb, integer, integer);
