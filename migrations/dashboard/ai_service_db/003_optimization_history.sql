-- Templates, history of optimisations and models, what was learned of users
-- migrate:up

-- A template without an owner is the system's; that is why a user's templates go with the user.
CREATE TABLE optimization_templates (
    id                 uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    name               varchar(120) NOT NULL,
    category           varchar(40)  NOT NULL,
    description        text,
    optimization_type  varchar(10)  NOT NULL
                       CHECK (optimization_type IN ('ats', 'keyword', 'content', 'format', 'job_match', 'full')),
    prompt_template    text         NOT NULL,
    variables          jsonb        NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(variables) = 'array'),
    target_industries  text[]       NOT NULL DEFAULT '{}',
    is_system          boolean      NOT NULL DEFAULT false,
    is_active          boolean      NOT NULL DEFAULT true,
    created_by_user_id uuid,
    usage_count        bigint       NOT NULL DEFAULT 0,
    created_at         timestamptz  NOT NULL DEFAULT now(),
    updated_at         timestamptz  NOT NULL DEFAULT now(),
    CONSTRAINT optimization_templates_owner CHECK (is_system = (created_by_user_id IS NULL))
);

CREATE UNIQUE INDEX uq_optimization_templates_system ON optimization_templates (lower(name)) WHERE is_system;
CREATE INDEX idx_optimization_templates_category_is_active ON optimization_templates (category, is_active);
CREATE INDEX idx_optimization_templates_created_by_user_id ON optimization_templates (created_by_user_id);
CREATE INDEX idx_optimization_templates_target_industries ON optimization_templates USING gin (target_industries);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON optimization_templates
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- History outlives what it tells of: the rows that it names may go, the event stays.
CREATE TABLE optimization_history (
    id              uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id         uuid         NOT NULL,
    resume_id       uuid         NOT NULL,
    session_id      uuid         REFERENCES ai_processing_sessions (id) ON DELETE SET NULL,
    optimization_id uuid         REFERENCES resume_optimizations (id) ON DELETE SET NULL,
    template_id     uuid         REFERENCES optimization_templates (id) ON DELETE SET NULL,
    action          varchar(12)  NOT NULL
                    CHECK (action IN ('created', 'applied', 'rejected', 'reverted', 'regenerated')),
    score_before    numeric(5,2),
    score_after     numeric(5,2),
    details         jsonb        NOT NULL DEFAULT '{}',
    occurred_at     timestamptz  NOT NULL DEFAULT now()
);

CREATE INDEX idx_optimization_history_user_id_occurred_at ON optimization_history (user_id, occurred_at DESC);
CREATE INDEX idx_optimization_history_resume_id_occurred_at ON optimization_history (resume_id, occurred_at DESC);
CREATE INDEX idx_optimization_history_session_id ON optimization_history (session_id);
CREATE INDEX idx_optimization_history_optimization_id ON optimization_history (optimization_id);
CREATE INDEX idx_optimization_history_template_id ON optimization_history (template_id);
CREATE INDEX idx_optimization_history_occurred_at ON optimization_history USING brin (occurred_at);

CREATE TABLE model_performance_history (
    id             uuid          PRIMARY KEY DEFAULT gen_random_uuid(),
    model_id       uuid          NOT NULL REFERENCES ai_models (id) ON DELETE CASCADE,
    period_start   timestamptz   NOT NULL,
    period_end     timestamptz   NOT NULL,
    requests       bigint        NOT NULL DEFAULT 0,
    successes      bigint        NOT NULL DEFAULT 0,
    failures       bigint        NOT NULL DEFAULT 0,
    avg_latency_ms numeric(10,2),
    p95_latency_ms numeric(10,2),
    total_tokens   bigint        NOT NULL DEFAULT 0,
    total_cost_usd numeric(14,6) NOT NULL DEFAULT 0,
    avg_quality    numeric(5,2),
    created_at     timestamptz   NOT NULL DEFAULT now(),
    UNIQUE (model_id, period_start),
    CONSTRAINT model_performance_history_period CHECK (period_end > period_start),
    CONSTRAINT model_performance_history_outcomes CHECK (successes + failures <= requests)
);

CREATE INDEX idx_model_performance_history_period_start ON model_performance_history (period_start);

-- What the AI learned of a user; what the user wishes lives in the user service, user_preferences.ai_personalization.
CREATE TABLE user_optimization_preferences (
    id                 uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id            uuid         NOT NULL UNIQUE,
    preferred_model_id uuid         REFERENCES ai_models (id) ON DELETE SET NULL,
    preferred_types    text[]       NOT NULL DEFAULT '{}',
    tone               varchar(20)  NOT NULL DEFAULT 'professional',
    aggressiveness     smallint     NOT NULL DEFAULT 5 CHECK (aggressiveness BETWEEN 1 AND 10),
    learned            jsonb        NOT NULL DEFAULT '{}',
    acceptance_rate    numeric(5,2) CHECK (acceptance_rate BETWEEN 0 AND 100),
    sample_size        integer      NOT NULL DEFAULT 0,
    last_learned_at    timestamptz,
    created_at         timestamptz  NOT NULL DEFAULT now(),
    updated_at         timestamptz  NOT NULL DEFAULT now()
);

CREATE INDEX idx_user_optimization_preferences_preferred_model_id
    ON user_optimization_preferences (preferred_model_id);
CREATE INDEX idx_user_optimization_preferences_learned
    ON user_optimization_preferences USING gin (learned jsonb_path_ops);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON user_optimization_preferences
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

CREATE FUNCTION get_history_statistics(p_user_id uuid, p_since timestamptz DEFAULT '-infinity')
    RETURNS TABLE (action text, events bigint, resumes bigint, avg_improvement numeric, last_at timestamptz)
    LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
    SELECT h.action,
           count(*),
           count(DISTINCT h.resume_id),
           round(avg(h.score_after - h.score_before), 2),
           max(h.occurred_at)
    FROM optimization_history h
    WHERE h.user_id = p_user_id AND h.occurred_at >= p_since
    GROUP BY h.action
    ORDER BY 1
$$;

-- Newest first. latency_change is the difference to the period before, also where that one is beyond p_periods.
CREATE FUNCTION get_performance_trends(p_model_id uuid, p_periods integer DEFAULT 12)
    RETURNS TABLE (
        period_start timestamptz,
        requests bigint,
        success_rate numeric,
        avg_latency_ms numeric,
        latency_change numeric
    )
    LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
    SELECT h.period_start,
           h.requests,
           round(100.0 * h.successes / nullif(h.requests, 0), 2),
           h.avg_latency_ms,
           h.avg_latency_ms - lag(h.avg_latency_ms) OVER (ORDER BY h.period_start)
    FROM model_performance_history h
    WHERE h.model_id = p_model_id
    ORDER BY h.period_start DESC
    LIMIT p_periods
$$;

-- Always one object: for an unknown user with counts of 0 and nulls.
CREATE FUNCTION get_user_insights(p_user_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
               'optimizations', count(*),
               'accepted', count(*) FILTER (WHERE o.is_accepted),
               'avg_improvement', round(avg(o.score_after - o.score_before), 2),
               'best_type', (
                   SELECT x.optimization_type
                   FROM resume_optimizations x
                   WHERE x.user_id = p_user_id
                   GROUP BY x.optimization_type
                   ORDER BY avg(x.score_after - x.score_before) DESC NULLS LAST
                   LIMIT 1
               ),
               'preferences', (
                   SELECT to_jsonb(f) - 'id'
                   FROM user_optimization_preferences f
                   WHERE f.user_id = p_user_id
               ))
    FROM resume_optimizations o
    WHERE o.user_id = p_user_id
$$;

CREATE VIEW optimization_analytics AS
SELECT date_trunc('week', h.occurred_at) AS week,
       h.action,
       t.name AS template,
       count(*) AS events,
       count(DISTINCT h.user_id) AS users,
       round(avg(h.score_after - h.score_before), 2) AS avg_improvement
FROM optimization_history h
LEFT JOIN optimization_templates t ON t.id = h.template_id
GROUP BY date_trunc('week', h.occurred_at), h.action, t.name;

-- Periods weigh by their requests; one without a measured latency takes no part in the average.
CREATE VIEW model_performance_metrics AS
SELECT m.id AS model_id,
       m.provider,
       m.name,
       max(h.period_end) AS measured_to,
       sum(h.requests) AS requests,
       round(100.0 * sum(h.successes) / nullif(sum(h.requests), 0), 2) AS success_rate,
       round(sum(h.avg_latency_ms * h.requests)
             / nullif(sum(h.requests) FILTER (WHERE h.avg_latency_ms IS NOT NULL), 0), 2) AS avg_latency_ms,
       sum(h.total_tokens) AS total_tokens,
       sum(h.total_cost_usd) AS cost_usd
FROM ai_models m
LEFT JOIN model_performance_history h ON h.model_id = m.id
GROUP BY m.id, m.provider, m.name;

-- migrate:down

DROP VIEW model_performance_metrics;
DROP VIEW optimization_analytics;
DROP FUNCTION get_user_insights(uuid);
DROP FUNCTION get_performance_trends(uuid, integer);
DROP FUNCTION get_history_statistics(uuid, timestamptz);
DROP TRIGGER set_updated_at ON user_optimization_preferences;
DROP TABLE user_optimization_preferences;
DROP TABLE model_performance_history;
DROP TABLE optimization_history;
DROP TRIGGER set_updated_at ON optimization_templates;
DROP TABLE optimization_templates;
