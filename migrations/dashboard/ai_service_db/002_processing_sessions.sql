-- What sessions produce: optimisations, job matches, skill and content analyses
-- migrate:up

-- What one session produced. The attempt that a user sees, and its status, is the resume service's row of the same
-- name, named by resume_optimization_id.
CREATE TABLE resume_optimizations (
    id                     uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id             uuid         NOT NULL REFERENCES ai_processing_sessions (id) ON DELETE CASCADE,
    resume_id              uuid         NOT NULL,
    user_id                uuid         NOT NULL,
    resume_optimization_id uuid,
    optimization_type      varchar(10)  NOT NULL
                           CHECK (optimization_type IN ('ats', 'keyword', 'content', 'format', 'job_match', 'full')),
    original_content       jsonb        NOT NULL DEFAULT '{}',
    optimized_content      jsonb        NOT NULL DEFAULT '{}',
    suggestions            jsonb        NOT NULL DEFAULT '[]',
    keywords_added         text[]       NOT NULL DEFAULT '{}',
    score_before           numeric(5,2) CHECK (score_before BETWEEN 0 AND 100),
    score_after            numeric(5,2) CHECK (score_after BETWEEN 0 AND 100),
    confidence             numeric(4,3) CHECK (confidence BETWEEN 0 AND 1),
    is_accepted            boolean,
    created_at             timestamptz  NOT NULL DEFAULT now(),
    updated_at             timestamptz  NOT NULL DEFAULT now()
);

CREATE INDEX idx_resume_optimizations_session_id ON resume_optimizations (session_id);
CREATE INDEX idx_resume_optimizations_resume_id_created_at ON resume_optimizations (resume_id, created_at DESC);
CREATE INDEX idx_resume_optimizations_user_id ON resume_optimizations (user_id);
CREATE INDEX idx_resume_optimizations_resume_optimization_id ON resume_optimizations (resume_optimization_id);
CREATE INDEX idx_resume_optimizations_optimization_type ON resume_optimizations (optimization_type);
CREATE INDEX idx_resume_optimizations_keywords_added ON resume_optimizations USING gin (keywords_added);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON resume_optimizations
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- There is no service of jobs: title, company and text are kept as they were seen.
CREATE TABLE job_match_analyses (
    id              uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id      uuid         NOT NULL REFERENCES ai_processing_sessions (id) ON DELETE CASCADE,
    resume_id       uuid         NOT NULL,
    user_id         uuid         NOT NULL,
    job_title       varchar(200) NOT NULL,
    company         varchar(200),
    job_description text         NOT NULL,
    job_url         text,
    match_score     numeric(5,2) NOT NULL CHECK (match_score BETWEEN 0 AND 100),
    breakdown       jsonb        NOT NULL DEFAULT '{}',
    skills_matched  text[]       NOT NULL DEFAULT '{}',
    skills_missing  text[]       NOT NULL DEFAULT '{}',
    recommendations jsonb        NOT NULL DEFAULT '[]',
    created_at      timestamptz  NOT NULL DEFAULT now()
);

CREATE INDEX idx_job_match_analyses_session_id ON job_match_analyses (session_id);
CREATE INDEX idx_job_match_analyses_resume_id_created_at ON job_match_analyses (resume_id, created_at DESC);
CREATE INDEX idx_job_match_analyses_user_id ON job_match_analyses (user_id);
CREATE INDEX idx_job_match_analyses_match_score ON job_match_analyses (match_score);
CREATE INDEX idx_job_match_analyses_skills_missing ON job_match_analyses USING gin (skills_missing);

CREATE TABLE skill_analyses (
    id              uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id      uuid         NOT NULL REFERENCES ai_processing_sessions (id) ON DELETE CASCADE,
    resume_id       uuid         NOT NULL,
    user_id         uuid         NOT NULL,
    skills          text[]       NOT NULL DEFAULT '{}',
    skill_levels    jsonb        NOT NULL DEFAULT '{}',
    skill_gaps      jsonb        NOT NULL DEFAULT '[]',
    market_demand   jsonb        NOT NULL DEFAULT '{}',
    recommendations jsonb        NOT NULL DEFAULT '[]',
    overall_score   numeric(5,2) CHECK (overall_score BETWEEN 0 AND 100),
    created_at      timestamptz  NOT NULL DEFAULT now()
);

CREATE INDEX idx_skill_analyses_session_id ON skill_analyses (session_id);
CREATE INDEX idx_skill_analyses_resume_id_created_at ON skill_analyses (resume_id, created_at DESC);
CREATE INDEX idx_skill_analyses_user_id ON skill_analyses (user_id);
CREATE INDEX idx_skill_analyses_skills ON skill_analyses USING gin (skills);

CREATE TABLE content_analyses (
    id                uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id        uuid         NOT NULL REFERENCES ai_processing_sessions (id) ON DELETE CASCADE,
    resume_id         uuid         NOT NULL,
    user_id           uuid         NOT NULL,
    overall_score     numeric(5,2) NOT NULL CHECK (overall_score BETWEEN 0 AND 100),
    readability_score numeric(5,2),
    grammar_score     numeric(5,2),
    ats_score         numeric(5,2),
    word_count        integer      CHECK (word_count >= 0),
    issues            jsonb        NOT NULL DEFAULT '[]',
    suggestions       jsonb        NOT NULL DEFAULT '[]',
    sections          jsonb        NOT NULL DEFAULT '{}',
    created_at        timestamptz  NOT NULL DEFAULT now()
);

CREATE INDEX idx_content_analyses_session_id ON content_analyses (session_id);
CREATE INDEX idx_content_analyses_resume_id_created_at ON content_analyses (resume_id, created_at DESC);
CREATE INDEX idx_content_analyses_user_id ON content_analyses (user_id);
CREATE INDEX idx_content_analyses_overall_score ON content_analyses (overall_score);

-- Of one user, or of all where none is given. The acceptance rate counts decided ones only.
CREATE FUNCTION get_optimization_statistics(p_user_id uuid DEFAULT NULL)
    RETURNS TABLE (
        optimization_type text,
        optimizations bigint,
        accepted bigint,
        acceptance_rate numeric,
        avg_improvement numeric,
        avg_confidence numeric
    )
    LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
    SELECT o.optimization_type,
           count(*),
           count(*) FILTER (WHERE o.is_accepted),
           round(100.0 * count(*) FILTER (WHERE o.is_accepted) / nullif(count(o.is_accepted), 0), 2),
           round(avg(o.score_after - o.score_before), 2),
           round(avg(o.confidence), 3)
    FROM resume_optimizations o
    WHERE p_user_id IS NULL OR o.user_id = p_user_id
    GROUP BY o.optimization_type
    ORDER BY 1
$$;

-- The three kinds of analysis of one resume; a kind without an analysis has no row.
CREATE FUNCTION get_analysis_statistics(p_resume_id uuid)
    RETURNS TABLE (analysis text, analyses bigint, avg_score numeric, best_score numeric, last_at timestamptz)
    LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
    SELECT a.kind,
           count(*),
           round(avg(a.score), 2),
           max(a.score),
           max(a.created_at)
    FROM (
        SELECT 'job_match' AS kind, match_score AS score, created_at
        FROM job_match_analyses
        WHERE resume_id = p_resume_id
        UNION ALL
        SELECT 'skill', overall_score, created_at
        FROM skill_analyses
        WHERE resume_id = p_resume_id
        UNION ALL
        SELECT 'content', overall_score, created_at
        FROM content_analyses
        WHERE resume_id = p_resume_id
    ) a
    GROUP BY a.kind
    ORDER BY 1
$$;

CREATE VIEW processing_session_summary AS
SELECT s.id AS session_id,
       s.user_id,
       s.resume_id,
       s.session_type,
       s.status,
       m.provider,
       m.name AS model,
       s.total_tokens,
       s.cost_usd,
       s.latency_ms,
       s.created_at,
       s.completed_at,
       (SELECT count(*) FROM resume_optimizations o WHERE o.session_id = s.id)
       + (SELECT count(*) FROM job_match_analyses j WHERE j.session_id = s.id)
       + (SELECT count(*) FROM skill_analyses k WHERE k.session_id = s.id)
       + (SELECT count(*) FROM content_analyses c WHERE c.session_id = s.id) AS results
FROM ai_processing_sessions s
JOIN ai_models m ON m.id = s.model_id;

CREATE VIEW user_activity_summary AS
SELECT s.user_id,
       count(*) AS sessions,
       count(DISTINCT s.resume_id) AS resumes,
       count(*) FILTER (WHERE s.session_type = 'optimization') AS optimizations,
       count(*) FILTER (WHERE s.session_type = 'job_match') AS job_matches,
       sum(s.total_tokens) AS total_tokens,
       sum(s.cost_usd) AS cost_usd,
       max(s.created_at) AS last_activity_at
FROM ai_processing_sessions s
GROUP BY s.user_id;

-- migrate:down

DROP VIEW user_activity_summary;
DROP VIEW processing_session_summary;
DROP FUNCTION get_analysis_statistics(uuid);
DROP FUNCTION get_optimization_statistics(uuid);
DROP TABLE content_analyses;
DROP TABLE skill_analyses;
DROP TABLE job_match_analyses;
DROP TRIGGER set_updated_at ON resume_optimizations;
DROP TABLE resume_optimizations;
