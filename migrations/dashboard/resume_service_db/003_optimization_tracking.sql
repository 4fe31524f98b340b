-- Optimisation attempts, analyses, feedback, and what they add up to
-- migrate:up

-- The attempt as the user sees it, and its status: the source of truth. What a session of the AI service produced is
-- that service's own resume_optimizations; the two rows name each other (ai_session_id, resume_optimization_id).
CREATE TABLE resume_optimizations (
    id                uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    resume_id         uuid         NOT NULL REFERENCES resumes (id) ON DELETE CASCADE,
    version_before_id uuid         REFERENCES resume_versions (id) ON DELETE SET NULL,
    version_after_id  uuid         REFERENCES resume_versions (id) ON DELETE SET NULL,
    user_id           uuid         NOT NULL,
    ai_session_id     uuid,
    optimization_type varchar(10)  NOT NULL
                      CHECK (optimization_type IN ('ats', 'keyword', 'content', 'format', 'job_match', 'full')),
    job_title         varchar(200),
    job_description   text,
    status            varchar(10)  NOT NULL DEFAULT 'pending'
                      CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    score_before      numeric(5,2) CHECK (score_before BETWEEN 0 AND 100),
    score_after       numeric(5,2) CHECK (score_after BETWEEN 0 AND 100),
    suggestions       jsonb        NOT NULL DEFAULT '[]',
    applied_changes   jsonb        NOT NULL DEFAULT '[]',
    processing_ms     integer      CHECK (processing_ms >= 0),
    error_message     text,
    started_at        timestamptz,
    completed_at      timestamptz,
    created_at        timestamptz  NOT NULL DEFAULT now(),
    updated_at        timestamptz  NOT NULL DEFAULT now(),
    CONSTRAINT resume_optimizations_completed_at CHECK (status <> 'completed' OR completed_at IS NOT NULL)
);

CREATE INDEX idx_resume_optimizations_resume_id_created_at ON resume_optimizations (resume_id, created_at DESC);
CREATE INDEX idx_resume_optimizations_user_id_created_at ON resume_optimizations (user_id, created_at DESC);
CREATE INDEX idx_resume_optimizations_ai_session_id ON resume_optimizations (ai_session_id);
CREATE INDEX idx_resume_optimizations_version_before_id ON resume_optimizations (version_before_id);
CREATE INDEX idx_resume_optimizations_version_after_id ON resume_optimizations (version_after_id);
CREATE INDEX idx_resume_optimizations_optimization_type_status ON resume_optimizations (optimization_type, status);
CREATE INDEX idx_resume_optimizations_open ON resume_optimizations (created_at)
    WHERE status IN ('pending', 'processing');
CREATE INDEX idx_resume_optimizations_suggestions ON resume_optimizations USING gin (suggestions jsonb_path_ops);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON resume_optimizations
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

CREATE TABLE resume_analyses (
    id              uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    resume_id       uuid         NOT NULL REFERENCES resumes (id) ON DELETE CASCADE,
    version_id      uuid         REFERENCES resume_versions (id) ON DELETE SET NULL,
    ai_session_id   uuid,
    analysis_type   varchar(10)  NOT NULL
                    CHECK (analysis_type IN ('ats', 'skills', 'content', 'grammar', 'structure', 'overall')),
    overall_score   numeric(5,2) CHECK (overall_score BETWEEN 0 AND 100),
    scores          jsonb        NOT NULL DEFAULT '{}',
    strengths       jsonb        NOT NULL DEFAULT '[]',
    weaknesses      jsonb        NOT NULL DEFAULT '[]',
    recommendations jsonb        NOT NULL DEFAULT '[]',
    keywords        text[]       NOT NULL DEFAULT '{}',
    created_at      timestamptz  NOT NULL DEFAULT now()
);

CREATE INDEX idx_resume_analyses_resume_id_analysis_type_created_at
    ON resume_analyses (resume_id, analysis_type, created_at DESC);
CREATE INDEX idx_resume_analyses_version_id ON resume_analyses (version_id);
CREATE INDEX idx_resume_analyses_ai_session_id ON resume_analyses (ai_session_id);
CREATE INDEX idx_resume_analyses_overall_score ON resume_analyses (overall_score);
CREATE INDEX idx_resume_analyses_keywords ON resume_analyses USING gin (keywords);

CREATE TABLE optimization_feedback (
    id                   uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    optimization_id      uuid        NOT NULL REFERENCES resume_optimizations (id) ON DELETE CASCADE,
    user_id              uuid        NOT NULL,
    rating               smallint    NOT NULL CHECK (rating BETWEEN 1 AND 5),
    is_helpful           boolean,
    accepted_suggestions integer     NOT NULL DEFAULT 0 CHECK (accepted_suggestions >= 0),
    rejected_suggestions integer     NOT NULL DEFAULT 0 CHECK (rejected_suggestions >= 0),
    comment              text,
    tags                 text[]      NOT NULL DEFAULT '{}',
    created_at           timestamptz NOT NULL DEFAULT now(),
    UNIQUE (optimization_id, user_id)
);

CREATE INDEX idx_optimization_feedback_user_id ON optimization_feedback (user_id);
CREATE INDEX idx_optimization_feedback_rating ON optimization_feedback (rating);
CREATE INDEX idx_optimization_feedback_created_at ON optimization_feedback (created_at);

-- Each attempt, newest first, with the resume's totals on every row.
CREATE FUNCTION get_resume_optimization_history(p_resume_id uuid)
    RETURNS TABLE (
        optimization_id uuid,
        optimization_type text,
        status text,
        score_before numeric,
        score_after numeric,
        improvement numeric,
        rating numeric,
        created_at timestamptz,
        attempts bigint,
        completed bigint,
        avg_improvement numeric
    )
    LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
    SELECT o.id,
           o.optimization_type,
           o.status,
           o.score_before,
           o.score_after,
           o.score_after - o.score_before,
           (SELECT round(avg(f.rating), 2) FROM optimization_feedback f WHERE f.optimization_id = o.id),
           o.created_at,
           count(*) OVER (),
           count(*) FILTER (WHERE o.status = 'completed') OVER (),
           round(avg(o.score_after - o.score_before) FILTER (WHERE o.status = 'completed') OVER (), 2)
    FROM resume_optimizations o
    WHERE o.resume_id = p_resume_id
    ORDER BY o.created_at DESC
$$;

-- Ratings are averaged per attempt first: joined as they are, an attempt with two would count twice.
CREATE VIEW optimization_performance_metrics AS
SELECT o.optimization_type,
       date_trunc('day', o.created_at) AS day,
       count(*) AS attempts,
       count(*) FILTER (WHERE o.status = 'completed') AS completed,
       count(*) FILTER (WHERE o.status = 'failed') AS failed,
       round(avg(o.score_after - o.score_before), 2) AS avg_improvement,
       round(avg(o.processing_ms), 0) AS avg_processing_ms,
       round(avg(f.rating), 2) AS avg_rating
FROM resume_optimizations o
LEFT JOIN (
    SELECT optimization_id, avg(rating) AS rating
    FROM optimization_feedback
    GROUP BY optimization_id
) f ON f.optimization_id = o.id
GROUP BY o.optimization_type, date_trunc('day', o.created_at);

CREATE VIEW resume_analytics AS
SELECT r.id AS resume_id,
       r.user_id,
       r.quality_score,
       (SELECT count(*) FROM resume_versions v WHERE v.resume_id = r.id) AS versions,
       (SELECT count(*) FROM resume_analyses a WHERE a.resume_id = r.id) AS analyses,
       (SELECT max(a.overall_score) FROM resume_analyses a WHERE a.resume_id = r.id) AS best_score,
       (SELECT count(*) FROM resume_optimizations o
        WHERE o.resume_id = r.id AND o.status = 'completed') AS optimizations,
       (SELECT max(o.completed_at) FROM resume_optimizations o WHERE o.resume_id = r.id) AS last_optimized_at
FROM resumes r
WHERE r.deleted_at IS NULL;

-- migrate:down

DROP VIEW resume_analytics;
DROP VIEW optimization_performance_metrics;
DROP FUNCTION get_resume_optimization_history(uuid);
DROP TABLE optimization_feedback;
DROP TABLE resume_analyses;
DROP TRIGGER set_updated_at ON resume_optimizations;
DROP TABLE resume_optimizations;
