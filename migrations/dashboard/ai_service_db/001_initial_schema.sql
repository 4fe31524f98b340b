-- AI models, processing sessions, embeddings
-- migrate:up

-- AI providers are rows, not code. Prices are US dollars for 1000 tokens.
CREATE TABLE ai_models (
    id                   uuid          PRIMARY KEY DEFAULT gen_random_uuid(),
    provider             varchar(20)   NOT NULL
                         CHECK (provider IN ('openai', 'anthropic', 'google', 'meta', 'mistral', 'local')),
    name                 varchar(80)   NOT NULL,
    version              varchar(40)   NOT NULL DEFAULT '',
    model_type           varchar(10)   NOT NULL CHECK (model_type IN ('chat', 'embedding')),
    context_window       integer       CHECK (context_window > 0),
    max_output_tokens    integer       CHECK (max_output_tokens > 0),
    embedding_dimensions integer       CHECK (embedding_dimensions > 0),
    input_cost_per_1k    numeric(10,6) NOT NULL DEFAULT 0,
    output_cost_per_1k   numeric(10,6) NOT NULL DEFAULT 0,
    capabilities         jsonb         NOT NULL DEFAULT '{}',
    is_active            boolean       NOT NULL DEFAULT true,
    is_default           boolean       NOT NULL DEFAULT false,
    created_at           timestamptz   NOT NULL DEFAULT now(),
    updated_at           timestamptz   NOT NULL DEFAULT now(),
    UNIQUE (provider, name, version),
    CONSTRAINT ai_models_embedding_dimensions CHECK ((model_type = 'embedding') = (embedding_dimensions IS NOT NULL))
);

CREATE INDEX idx_ai_models_model_type_is_active ON ai_models (model_type, is_active);
CREATE UNIQUE INDEX uq_ai_models_default ON ai_models (model_type) WHERE is_default;
CREATE INDEX idx_ai_models_capabilities ON ai_models USING gin (capabilities jsonb_path_ops);

-- user_id and resume_id live in the databases of the other two services: no foreign key can guard them
-- (platform.toml, references).
CREATE TABLE ai_processing_sessions (
    id                uuid          PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id           uuid          NOT NULL,
    resume_id         uuid,
    model_id          uuid          NOT NULL REFERENCES ai_models (id) ON DELETE RESTRICT,
    session_type      varchar(16)   NOT NULL
                      CHECK (session_type IN ('optimization', 'job_match', 'skill_analysis', 'content_analysis',
                                              'embedding')),
    status            varchar(10)   NOT NULL DEFAULT 'queued'
                      CHECK (status IN ('queued', 'processing', 'completed', 'failed', 'cancelled')),
    input             jsonb         NOT NULL DEFAULT '{}',
    output            jsonb,
    prompt_tokens     integer       NOT NULL DEFAULT 0 CHECK (prompt_tokens >= 0),
    completion_tokens integer       NOT NULL DEFAULT 0 CHECK (completion_tokens >= 0),
    total_tokens      integer       GENERATED ALWAYS AS (prompt_tokens + completion_tokens) STORED,
    cost_usd          numeric(12,6) NOT NULL DEFAULT 0,
    latency_ms        integer       CHECK (latency_ms >= 0),
    error_message     text,
    started_at        timestamptz,
    completed_at      timestamptz,
    created_at        timestamptz   NOT NULL DEFAULT now(),
    updated_at        timestamptz   NOT NULL DEFAULT now(),
    CONSTRAINT ai_processing_sessions_period CHECK (completed_at >= started_at)
);

CREATE INDEX idx_ai_processing_sessions_user_id_created_at ON ai_processing_sessions (user_id, created_at DESC);
CREATE INDEX idx_ai_processing_sessions_resume_id ON ai_processing_sessions (resume_id);
CREATE INDEX idx_ai_processing_sessions_model_id_created_at ON ai_processing_sessions (model_id, created_at);
CREATE INDEX idx_ai_processing_sessions_session_type_created_at ON ai_processing_sessions (session_type, created_at);
CREATE INDEX idx_ai_processing_sessions_open ON ai_processing_sessions (created_at)
    WHERE status IN ('queued', 'processing');
CREATE INDEX idx_ai_processing_sessions_created_brin ON ai_processing_sessions USING brin (created_at);

-- What entity_id names depends on entity_type: resumes and resume_versions of the resume service, user_profiles of the
-- user service; jobs and skills are stored nowhere on this platform.
-- An array needs no extension; the optional vector column is not part of the migrations.
CREATE TABLE embeddings (
    id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id      uuid,
    entity_type  varchar(16) NOT NULL
                 CHECK (entity_type IN ('resume', 'resume_version', 'profile', 'job', 'skill')),
    entity_id    uuid        NOT NULL,
    model_id     uuid        NOT NULL REFERENCES ai_models (id) ON DELETE RESTRICT,
    chunk_index  integer     NOT NULL DEFAULT 0,
    content_hash bytea       NOT NULL,
    dimensions   integer     NOT NULL CHECK (dimensions > 0),
    embedding    real[]      NOT NULL,
    metadata     jsonb       NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (entity_type, entity_id, model_id, chunk_index),
    CONSTRAINT embeddings_length CHECK (cardinality(embedding) = dimensions)
);

CREATE INDEX idx_embeddings_user_id ON embeddings (user_id);
CREATE INDEX idx_embeddings_model_id ON embeddings (model_id);
CREATE INDEX idx_embeddings_content_hash ON embeddings (content_hash);
CREATE INDEX idx_embeddings_metadata ON embeddings USING gin (metadata jsonb_path_ops);

-- Every function sets its own search_path: behind a pooler nobody else can be relied on to have set it.
CREATE FUNCTION update_updated_at_column() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER set_updated_at BEFORE UPDATE ON ai_models
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

CREATE TRIGGER set_updated_at BEFORE UPDATE ON ai_processing_sessions
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- Of one user, or of all where none is given; one row for each type of session that occurred.
CREATE FUNCTION get_session_statistics(
    p_user_id uuid DEFAULT NULL,
    p_since timestamptz DEFAULT now() - interval '30 days'
)
    RETURNS TABLE (
        session_type text,
        sessions bigint,
        completed bigint,
        failed bigint,
        total_tokens bigint,
        cost_usd numeric,
        avg_latency_ms numeric
    )
    LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
    SELECT s.session_type,
           count(*),
           count(*) FILTER (WHERE s.status = 'completed'),
           count(*) FILTER (WHERE s.status = 'failed'),
           sum(s.total_tokens),
           sum(s.cost_usd),
           round(avg(s.latency_ms), 1)
    FROM ai_processing_sessions s
    WHERE (p_user_id IS NULL OR s.user_id = p_user_id) AND s.created_at >= p_since
    GROUP BY s.session_type
    ORDER BY 1
$$;

-- Every active model, also those that nobody used; the busiest first.
CREATE FUNCTION get_model_performance(p_since timestamptz DEFAULT now() - interval '30 days')
    RETURNS TABLE (
        model_id uuid,
        model text,
        requests bigint,
        success_rate numeric,
        avg_latency_ms numeric,
        p95_latency_ms numeric,
        total_tokens bigint,
        cost_usd numeric
    )
    LANGUAGE sql STABLE
    SET search_path = public, pg_temp
AS $$
    SELECT m.id,
           m.provider || '/' || m.name,
           count(s.id),
           round(100.0 * count(s.id) FILTER (WHERE s.status = 'completed') / nullif(count(s.id), 0), 2),
           round(avg(s.latency_ms), 1),
           round((percentile_cont(0.95) WITHIN GROUP (ORDER BY s.latency_ms))::numeric, 1),
           coalesce(sum(s.total_tokens), 0),
           coalesce(sum(s.cost_usd), 0)
    FROM ai_models m
    LEFT JOIN ai_processing_sessions s ON s.model_id = m.id AND s.created_at >= p_since
    WHERE m.is_active
    GROUP BY m.id
    ORDER BY 3 DESC
$$;

CREATE VIEW token_usage_daily AS
SELECT date_trunc('day', s.created_at) AS day,
       s.user_id,
       s.model_id,
       count(*) AS sessions,
       sum(s.prompt_tokens) AS prompt_tokens,
       sum(s.completion_tokens) AS completion_tokens,
       sum(s.total_tokens) AS total_tokens,
       sum(s.cost_usd) AS cost_usd
FROM ai_processing_sessions s
GROUP BY date_trunc('day', s.created_at), s.user_id, s.model_id;

-- migrate:down

DROP VIEW token_usage_daily;
DROP FUNCTION get_model_performance(timestamptz);
DROP FUNCTION get_session_statistics(uuid, timestamptz);
DROP TRIGGER set_updated_at ON ai_processing_sessions;
DROP TRIGGER set_updated_at ON ai_models;
DROP FUNCTION update_updated_at_column();
DROP TABLE embeddings;
DROP TABLE ai_processing_sessions;
DROP TABLE ai_models;
