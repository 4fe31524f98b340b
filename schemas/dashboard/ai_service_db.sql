-- schemactl snapshot, format 1
-- target: dashboard/ai_service_db
-- version: 003

-- settings session
SET search_path = '';
SET standard_conforming_strings = on;
SET check_function_bodies = off;

-- function public."update_updated_at_column()"
CREATE FUNCTION public.update_updated_at_column()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$function$;

-- table public.ai_models
CREATE TABLE public.ai_models (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  provider character varying(20) NOT NULL,
  name character varying(80) NOT NULL,
  version character varying(40) NOT NULL DEFAULT ''::character varying,
  model_type character varying(10) NOT NULL,
  context_window integer,
  max_output_tokens integer,
  embedding_dimensions integer,
  input_cost_per_1k numeric(10,6) NOT NULL DEFAULT 0,
  output_cost_per_1k numeric(10,6) NOT NULL DEFAULT 0,
  capabilities jsonb NOT NULL DEFAULT '{}'::jsonb,
  is_active boolean NOT NULL DEFAULT true,
  is_default boolean NOT NULL DEFAULT false,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT ai_models_pkey PRIMARY KEY (id),
  CONSTRAINT ai_models_provider_name_version_key UNIQUE (provider, name, version),
  CONSTRAINT ai_models_context_window_check CHECK ((context_window > 0)),
  CONSTRAINT ai_models_embedding_dimensions CHECK ((((model_type)::text = 'embedding'::text) = (embedding_dimensions IS NOT NULL))),
  CONSTRAINT ai_models_embedding_dimensions_check CHECK ((embedding_dimensions > 0)),
  CONSTRAINT ai_models_max_output_tokens_check CHECK ((max_output_tokens > 0)),
  CONSTRAINT ai_models_model_type_check CHECK (((model_type)::text = ANY (ARRAY[('chat'::character varying)::text, ('embedding'::character varying)::text]))),
  CONSTRAINT ai_models_provider_check CHECK (((provider)::text = ANY (ARRAY[('openai'::character varying)::text, ('anthropic'::character varying)::text, ('google'::character varying)::text, ('meta'::character varying)::text, ('mistral'::character varying)::text, ('local'::character varying)::text])))
);

-- index public.idx_ai_models_capabilities
CREATE INDEX idx_ai_models_capabilities ON public.ai_models USING gin (capabilities jsonb_path_ops);

-- index public.idx_ai_models_model_type_is_active
CREATE INDEX idx_ai_models_model_type_is_active ON public.ai_models USING btree (model_type, is_active);

-- index public.uq_ai_models_default
CREATE UNIQUE INDEX uq_ai_models_default ON public.ai_models USING btree (model_type) WHERE is_default;

-- trigger public.ai_models.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.ai_models FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- table public.ai_processing_sessions
CREATE TABLE public.ai_processing_sessions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  resume_id uuid,
  model_id uuid NOT NULL,
  session_type character varying(16) NOT NULL,
  status character varying(10) NOT NULL DEFAULT 'queued'::character varying,
  input jsonb NOT NULL DEFAULT '{}'::jsonb,
  output jsonb,
  prompt_tokens integer NOT NULL DEFAULT 0,
  completion_tokens integer NOT NULL DEFAULT 0,
  total_tokens integer GENERATED ALWAYS AS ((prompt_tokens + completion_tokens)) STORED,
  cost_usd numeric(12,6) NOT NULL DEFAULT 0,
  latency_ms integer,
  error_message text,
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT ai_processing_sessions_pkey PRIMARY KEY (id),
  CONSTRAINT ai_processing_sessions_completion_tokens_check CHECK ((completion_tokens >= 0)),
  CONSTRAINT ai_processing_sessions_latency_ms_check CHECK ((latency_ms >= 0)),
  CONSTRAINT ai_processing_sessions_period CHECK ((completed_at >= started_at)),
  CONSTRAINT ai_processing_sessions_prompt_tokens_check CHECK ((prompt_tokens >= 0)),
  CONSTRAINT ai_processing_sessions_session_type_check CHECK (((session_type)::text = ANY (ARRAY[('optimization'::character varying)::text, ('job_match'::character varying)::text, ('skill_analysis'::character varying)::text, ('content_analysis'::character varying)::text, ('embedding'::character varying)::text]))),
  CONSTRAINT ai_processing_sessions_status_check CHECK (((status)::text = ANY (ARRAY[('queued'::character varying)::text, ('processing'::character varying)::text, ('completed'::character varying)::text, ('failed'::character varying)::text, ('cancelled'::character varying)::text])))
);

-- index public.idx_ai_processing_sessions_created_brin
CREATE INDEX idx_ai_processing_sessions_created_brin ON public.ai_processing_sessions USING brin (created_at);

-- index public.idx_ai_processing_sessions_model_id_created_at
CREATE INDEX idx_ai_processing_sessions_model_id_created_at ON public.ai_processing_sessions USING btree (model_id, created_at);

-- index public.idx_ai_processing_sessions_open
CREATE INDEX idx_ai_processing_sessions_open ON public.ai_processing_sessions USING btree (created_at) WHERE ((status)::text = ANY (ARRAY[('queued'::character varying)::text, ('processing'::character varying)::text]));

-- index public.idx_ai_processing_sessions_resume_id
CREATE INDEX idx_ai_processing_sessions_resume_id ON public.ai_processing_sessions USING btree (resume_id);

-- index public.idx_ai_processing_sessions_session_type_created_at
CREATE INDEX idx_ai_processing_sessions_session_type_created_at ON public.ai_processing_sessions USING btree (session_type, created_at);

-- index public.idx_ai_processing_sessions_user_id_created_at
CREATE INDEX idx_ai_processing_sessions_user_id_created_at ON public.ai_processing_sessions USING btree (user_id, created_at DESC);

-- foreign key public.ai_processing_sessions.ai_processing_sessions_model_id_fkey
ALTER TABLE public.ai_processing_sessions
  ADD CONSTRAINT ai_processing_sessions_model_id_fkey FOREIGN KEY (model_id) REFERENCES public.ai_models(id) ON DELETE RESTRICT;

-- trigger public.ai_processing_sessions.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.ai_processing_sessions FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- function public."get_model_performance(timestamp with time zone)"
CREATE FUNCTION public.get_model_performance(p_since timestamp with time zone DEFAULT (now() - '30 days'::interval))
 RETURNS TABLE(model_id uuid, model text, requests bigint, success_rate numeric, avg_latency_ms numeric, p95_latency_ms numeric, total_tokens bigint, cost_usd numeric)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$;

-- function public."get_session_statistics(uuid, timestamp with time zone)"
CREATE FUNCTION public.get_session_statistics(p_user_id uuid DEFAULT NULL::uuid, p_since timestamp with time zone DEFAULT (now() - '30 days'::interval))
 RETURNS TABLE(session_type text, sessions bigint, completed bigint, failed bigint, total_tokens bigint, cost_usd numeric, avg_latency_ms numeric)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$;

-- table public.content_analyses
CREATE TABLE public.content_analyses (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  session_id uuid NOT NULL,
  resume_id uuid NOT NULL,
  user_id uuid NOT NULL,
  overall_score numeric(5,2) NOT NULL,
  readability_score numeric(5,2),
  grammar_score numeric(5,2),
  ats_score numeric(5,2),
  word_count integer,
  issues jsonb NOT NULL DEFAULT '[]'::jsonb,
  suggestions jsonb NOT NULL DEFAULT '[]'::jsonb,
  sections jsonb NOT NULL DEFAULT '{}'::jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT content_analyses_pkey PRIMARY KEY (id),
  CONSTRAINT content_analyses_overall_score_check CHECK (((overall_score >= (0)::numeric) AND (overall_score <= (100)::numeric))),
  CONSTRAINT content_analyses_word_count_check CHECK ((word_count >= 0))
);

-- index public.idx_content_analyses_overall_score
CREATE INDEX idx_content_analyses_overall_score ON public.content_analyses USING btree (overall_score);

-- index public.idx_content_analyses_resume_id_created_at
CREATE INDEX idx_content_analyses_resume_id_created_at ON public.content_analyses USING btree (resume_id, created_at DESC);

-- index public.idx_content_analyses_session_id
CREATE INDEX idx_content_analyses_session_id ON public.content_analyses USING btree (session_id);

-- index public.idx_content_analyses_user_id
CREATE INDEX idx_content_analyses_user_id ON public.content_analyses USING btree (user_id);

-- foreign key public.content_analyses.content_analyses_session_id_fkey
ALTER TABLE public.content_analyses
  ADD CONSTRAINT content_analyses_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.ai_processing_sessions(id) ON DELETE CASCADE;

-- table public.embeddings
CREATE TABLE public.embeddings (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid,
  entity_type character varying(16) NOT NULL,
  entity_id uuid NOT NULL,
  model_id uuid NOT NULL,
  chunk_index integer NOT NULL DEFAULT 0,
  content_hash bytea NOT NULL,
  dimensions integer NOT NULL,
  embedding real[] NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT embeddings_pkey PRIMARY KEY (id),
  CONSTRAINT embeddings_entity_type_entity_id_model_id_chunk_index_key UNIQUE (entity_type, entity_id, model_id, chunk_index),
  CONSTRAINT embeddings_dimensions_check CHECK ((dimensions > 0)),
  CONSTRAINT embeddings_entity_type_check CHECK (((entity_type)::text = ANY (ARRAY[('resume'::character varying)::text, ('resume_version'::character varying)::text, ('profile'::character varying)::text, ('job'::character varying)::text, ('skill'::character varying)::text]))),
  CONSTRAINT embeddings_length CHECK ((cardinality(embedding) = dimensions))
);

-- index public.idx_embeddings_content_hash
CREATE INDEX idx_embeddings_content_hash ON public.embeddings USING btree (content_hash);

-- index public.idx_embeddings_metadata
CREATE INDEX idx_embeddings_metadata ON public.embeddings USING gin (metadata jsonb_path_ops);

-- index public.idx_embeddings_model_id
CREATE INDEX idx_embeddings_model_id ON public.embeddings USING btree (model_id);

-- index public.idx_embeddings_user_id
CREATE INDEX idx_embeddings_user_id ON public.embeddings USING btree (user_id);

-- foreign key public.embeddings.embeddings_model_id_fkey
ALTER TABLE public.embeddings
  ADD CONSTRAINT embeddings_model_id_fkey FOREIGN KEY (model_id) REFERENCES public.ai_models(id) ON DELETE RESTRICT;

-- table public.job_match_analyses
CREATE TABLE public.job_match_analyses (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  session_id uuid NOT NULL,
  resume_id uuid NOT NULL,
  user_id uuid NOT NULL,
  job_title character varying(200) NOT NULL,
  company character varying(200),
  job_description text NOT NULL,
  job_url text,
  match_score numeric(5,2) NOT NULL,
  breakdown jsonb NOT NULL DEFAULT '{}'::jsonb,
  skills_matched text[] NOT NULL DEFAULT '{}'::text[],
  skills_missing text[] NOT NULL DEFAULT '{}'::text[],
  recommendations jsonb NOT NULL DEFAULT '[]'::jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT job_match_analyses_pkey PRIMARY KEY (id),
  CONSTRAINT job_match_analyses_match_score_check CHECK (((match_score >= (0)::numeric) AND (match_score <= (100)::numeric)))
);

-- index public.idx_job_match_analyses_match_score
CREATE INDEX idx_job_match_analyses_match_score ON public.job_match_analyses USING btree (match_score);

-- index public.idx_job_match_analyses_resume_id_created_at
CREATE INDEX idx_job_match_analyses_resume_id_created_at ON public.job_match_analyses USING btree (resume_id, created_at DESC);

-- index public.idx_job_match_analyses_session_id
CREATE INDEX idx_job_match_analyses_session_id ON public.job_match_analyses USING btree (session_id);

-- index public.idx_job_match_analyses_skills_missing
CREATE INDEX idx_job_match_analyses_skills_missing ON public.job_match_analyses USING gin (skills_missing);

-- index public.idx_job_match_analyses_user_id
CREATE INDEX idx_job_match_analyses_user_id ON public.job_match_analyses USING btree (user_id);

-- foreign key public.job_match_analyses.job_match_analyses_session_id_fkey
ALTER TABLE public.job_match_analyses
  ADD CONSTRAINT job_match_analyses_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.ai_processing_sessions(id) ON DELETE CASCADE;

-- table public.model_performance_history
CREATE TABLE public.model_performance_history (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  model_id uuid NOT NULL,
  period_start timestamp with time zone NOT NULL,
  period_end timestamp with time zone NOT NULL,
  requests bigint NOT NULL DEFAULT 0,
  successes bigint NOT NULL DEFAULT 0,
  failures bigint NOT NULL DEFAULT 0,
  avg_latency_ms numeric(10,2),
  p95_latency_ms numeric(10,2),
  total_tokens bigint NOT NULL DEFAULT 0,
  total_cost_usd numeric(14,6) NOT NULL DEFAULT 0,
  avg_quality numeric(5,2),
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT model_performance_history_pkey PRIMARY KEY (id),
  CONSTRAINT model_performance_history_model_id_period_start_key UNIQUE (model_id, period_start),
  CONSTRAINT model_performance_history_outcomes CHECK (((successes + failures) <= requests)),
  CONSTRAINT model_performance_history_period CHECK ((period_end > period_start))
);

-- index public.idx_model_performance_history_period_start
CREATE INDEX idx_model_performance_history_period_start ON public.model_performance_history USING btree (period_start);

-- foreign key public.model_performance_history.model_performance_history_model_id_fkey
ALTER TABLE public.model_performance_history
  ADD CONSTRAINT model_performance_history_model_id_fkey FOREIGN KEY (model_id) REFERENCES public.ai_models(id) ON DELETE CASCADE;

-- function public."get_performance_trends(uuid, integer)"
CREATE FUNCTION public.get_performance_trends(p_model_id uuid, p_periods integer DEFAULT 12)
 RETURNS TABLE(period_start timestamp with time zone, requests bigint, success_rate numeric, avg_latency_ms numeric, latency_change numeric)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
    SELECT h.period_start,
           h.requests,
           round(100.0 * h.successes / nullif(h.requests, 0), 2),
           h.avg_latency_ms,
           h.avg_latency_ms - lag(h.avg_latency_ms) OVER (ORDER BY h.period_start)
    FROM model_performance_history h
    WHERE h.model_id = p_model_id
    ORDER BY h.period_start DESC
    LIMIT p_periods
$function$;

-- table public.optimization_history
CREATE TABLE public.optimization_history (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  resume_id uuid NOT NULL,
  session_id uuid,
  optimization_id uuid,
  template_id uuid,
  action character varying(12) NOT NULL,
  score_before numeric(5,2),
  score_after numeric(5,2),
  details jsonb NOT NULL DEFAULT '{}'::jsonb,
  occurred_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT optimization_history_pkey PRIMARY KEY (id),
  CONSTRAINT optimization_history_action_check CHECK (((action)::text = ANY (ARRAY[('created'::character varying)::text, ('applied'::character varying)::text, ('rejected'::character varying)::text, ('reverted'::character varying)::text, ('regenerated'::character varying)::text])))
);

-- index public.idx_optimization_history_occurred_at
CREATE INDEX idx_optimization_history_occurred_at ON public.optimization_history USING brin (occurred_at);

-- index public.idx_optimization_history_optimization_id
CREATE INDEX idx_optimization_history_optimization_id ON public.optimization_history USING btree (optimization_id);

-- index public.idx_optimization_history_resume_id_occurred_at
CREATE INDEX idx_optimization_history_resume_id_occurred_at ON public.optimization_history USING btree (resume_id, occurred_at DESC);

-- index public.idx_optimization_history_session_id
CREATE INDEX idx_optimization_history_session_id ON public.optimization_history USING btree (session_id);

-- index public.idx_optimization_history_template_id
CREATE INDEX idx_optimization_history_template_id ON public.optimization_history USING btree (template_id);

-- index public.idx_optimization_history_user_id_occurred_at
CREATE INDEX idx_optimization_history_user_id_occurred_at ON public.optimization_history USING btree (user_id, occurred_at DESC);

-- foreign key public.optimization_history.optimization_history_session_id_fkey
ALTER TABLE public.optimization_history
  ADD CONSTRAINT optimization_history_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.ai_processing_sessions(id) ON DELETE SET NULL;

-- function public."get_history_statistics(uuid, timestamp with time zone)"
CREATE FUNCTION public.get_history_statistics(p_user_id uuid, p_since timestamp with time zone DEFAULT '-infinity'::timestamp with time zone)
 RETURNS TABLE(action text, events bigint, resumes bigint, avg_improvement numeric, last_at timestamp with time zone)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
    SELECT h.action,
           count(*),
           count(DISTINCT h.resume_id),
           round(avg(h.score_after - h.score_before), 2),
           max(h.occurred_at)
    FROM optimization_history h
    WHERE h.user_id = p_user_id AND h.occurred_at >= p_since
    GROUP BY h.action
    ORDER BY 1
$function$;

-- table public.optimization_templates
CREATE TABLE public.optimization_templates (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name character varying(120) NOT NULL,
  category character varying(40) NOT NULL,
  description text,
  optimization_type character varying(10) NOT NULL,
  prompt_template text NOT NULL,
  variables jsonb NOT NULL DEFAULT '[]'::jsonb,
  target_industries text[] NOT NULL DEFAULT '{}'::text[],
  is_system boolean NOT NULL DEFAULT false,
  is_active boolean NOT NULL DEFAULT true,
  created_by_user_id uuid,
  usage_count bigint NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT optimization_templates_pkey PRIMARY KEY (id),
  CONSTRAINT optimization_templates_optimization_type_check CHECK (((optimization_type)::text = ANY (ARRAY[('ats'::character varying)::text, ('keyword'::character varying)::text, ('content'::character varying)::text, ('format'::character varying)::text, ('job_match'::character varying)::text, ('full'::character varying)::text]))),
  CONSTRAINT optimization_templates_owner CHECK ((is_system = (created_by_user_id IS NULL))),
  CONSTRAINT optimization_templates_variables_check CHECK ((jsonb_typeof(variables) = 'array'::text))
);

-- index public.idx_optimization_templates_category_is_active
CREATE INDEX idx_optimization_templates_category_is_active ON public.optimization_templates USING btree (category, is_active);

-- index public.idx_optimization_templates_created_by_user_id
CREATE INDEX idx_optimization_templates_created_by_user_id ON public.optimization_templates USING btree (created_by_user_id);

-- index public.idx_optimization_templates_target_industries
CREATE INDEX idx_optimization_templates_target_industries ON public.optimization_templates USING gin (target_industries);

-- index public.uq_optimization_templates_system
CREATE UNIQUE INDEX uq_optimization_templates_system ON public.optimization_templates USING btree (lower((name)::text)) WHERE is_system;

-- trigger public.optimization_templates.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.optimization_templates FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- foreign key public.optimization_history.optimization_history_template_id_fkey
ALTER TABLE public.optimization_history
  ADD CONSTRAINT optimization_history_template_id_fkey FOREIGN KEY (template_id) REFERENCES public.optimization_templates(id) ON DELETE SET NULL;

-- table public.resume_optimizations
CREATE TABLE public.resume_optimizations (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  session_id uuid NOT NULL,
  resume_id uuid NOT NULL,
  user_id uuid NOT NULL,
  resume_optimization_id uuid,
  optimization_type character varying(10) NOT NULL,
  original_content jsonb NOT NULL DEFAULT '{}'::jsonb,
  optimized_content jsonb NOT NULL DEFAULT '{}'::jsonb,
  suggestions jsonb NOT NULL DEFAULT '[]'::jsonb,
  keywords_added text[] NOT NULL DEFAULT '{}'::text[],
  score_before numeric(5,2),
  score_after numeric(5,2),
  confidence numeric(4,3),
  is_accepted boolean,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT resume_optimizations_pkey PRIMARY KEY (id),
  CONSTRAINT resume_optimizations_confidence_check CHECK (((confidence >= (0)::numeric) AND (confidence <= (1)::numeric))),
  CONSTRAINT resume_optimizations_optimization_type_check CHECK (((optimization_type)::text = ANY (ARRAY[('ats'::character varying)::text, ('keyword'::character varying)::text, ('content'::character varying)::text, ('format'::character varying)::text, ('job_match'::character varying)::text, ('full'::character varying)::text]))),
  CONSTRAINT resume_optimizations_score_after_check CHECK (((score_after >= (0)::numeric) AND (score_after <= (100)::numeric))),
  CONSTRAINT resume_optimizations_score_before_check CHECK (((score_before >= (0)::numeric) AND (score_before <= (100)::numeric)))
);

-- index public.idx_resume_optimizations_keywords_added
CREATE INDEX idx_resume_optimizations_keywords_added ON public.resume_optimizations USING gin (keywords_added);

-- index public.idx_resume_optimizations_optimization_type
CREATE INDEX idx_resume_optimizations_optimization_type ON public.resume_optimizations USING btree (optimization_type);

-- index public.idx_resume_optimizations_resume_id_created_at
CREATE INDEX idx_resume_optimizations_resume_id_created_at ON public.resume_optimizations USING btree (resume_id, created_at DESC);

-- index public.idx_resume_optimizations_resume_optimization_id
CREATE INDEX idx_resume_optimizations_resume_optimization_id ON public.resume_optimizations USING btree (resume_optimization_id);

-- index public.idx_resume_optimizations_session_id
CREATE INDEX idx_resume_optimizations_session_id ON public.resume_optimizations USING btree (session_id);

-- index public.idx_resume_optimizations_user_id
CREATE INDEX idx_resume_optimizations_user_id ON public.resume_optimizations USING btree (user_id);

-- foreign key public.resume_optimizations.resume_optimizations_session_id_fkey
ALTER TABLE public.resume_optimizations
  ADD CONSTRAINT resume_optimizations_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.ai_processing_sessions(id) ON DELETE CASCADE;

-- trigger public.resume_optimizations.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.resume_optimizations FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- function public."get_optimization_statistics(uuid)"
CREATE FUNCTION public.get_optimization_statistics(p_user_id uuid DEFAULT NULL::uuid)
 RETURNS TABLE(optimization_type text, optimizations bigint, accepted bigint, acceptance_rate numeric, avg_improvement numeric, avg_confidence numeric)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$;

-- foreign key public.optimization_history.optimization_history_optimization_id_fkey
ALTER TABLE public.optimization_history
  ADD CONSTRAINT optimization_history_optimization_id_fkey FOREIGN KEY (optimization_id) REFERENCES public.resume_optimizations(id) ON DELETE SET NULL;

-- table public.skill_analyses
CREATE TABLE public.skill_analyses (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  session_id uuid NOT NULL,
  resume_id uuid NOT NULL,
  user_id uuid NOT NULL,
  skills text[] NOT NULL DEFAULT '{}'::text[],
  skill_levels jsonb NOT NULL DEFAULT '{}'::jsonb,
  skill_gaps jsonb NOT NULL DEFAULT '[]'::jsonb,
  market_demand jsonb NOT NULL DEFAULT '{}'::jsonb,
  recommendations jsonb NOT NULL DEFAULT '[]'::jsonb,
  overall_score numeric(5,2),
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT skill_analyses_pkey PRIMARY KEY (id),
  CONSTRAINT skill_analyses_overall_score_check CHECK (((overall_score >= (0)::numeric) AND (overall_score <= (100)::numeric)))
);

-- index public.idx_skill_analyses_resume_id_created_at
CREATE INDEX idx_skill_analyses_resume_id_created_at ON public.skill_analyses USING btree (resume_id, created_at DESC);

-- index public.idx_skill_analyses_session_id
CREATE INDEX idx_skill_analyses_session_id ON public.skill_analyses USING btree (session_id);

-- index public.idx_skill_analyses_skills
CREATE INDEX idx_skill_analyses_skills ON public.skill_analyses USING gin (skills);

-- index public.idx_skill_analyses_user_id
CREATE INDEX idx_skill_analyses_user_id ON public.skill_analyses USING btree (user_id);

-- foreign key public.skill_analyses.skill_analyses_session_id_fkey
ALTER TABLE public.skill_analyses
  ADD CONSTRAINT skill_analyses_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.ai_processing_sessions(id) ON DELETE CASCADE;

-- function public."get_analysis_statistics(uuid)"
CREATE FUNCTION public.get_analysis_statistics(p_resume_id uuid)
 RETURNS TABLE(analysis text, analyses bigint, avg_score numeric, best_score numeric, last_at timestamp with time zone)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$;

-- table public.user_optimization_preferences
CREATE TABLE public.user_optimization_preferences (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  preferred_model_id uuid,
  preferred_types text[] NOT NULL DEFAULT '{}'::text[],
  tone character varying(20) NOT NULL DEFAULT 'professional'::character varying,
  aggressiveness smallint NOT NULL DEFAULT 5,
  learned jsonb NOT NULL DEFAULT '{}'::jsonb,
  acceptance_rate numeric(5,2),
  sample_size integer NOT NULL DEFAULT 0,
  last_learned_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT user_optimization_preferences_pkey PRIMARY KEY (id),
  CONSTRAINT user_optimization_preferences_user_id_key UNIQUE (user_id),
  CONSTRAINT user_optimization_preferences_acceptance_rate_check CHECK (((acceptance_rate >= (0)::numeric) AND (acceptance_rate <= (100)::numeric))),
  CONSTRAINT user_optimization_preferences_aggressiveness_check CHECK (((aggressiveness >= 1) AND (aggressiveness <= 10)))
);

-- index public.idx_user_optimization_preferences_learned
CREATE INDEX idx_user_optimization_preferences_learned ON public.user_optimization_preferences USING gin (learned jsonb_path_ops);

-- index public.idx_user_optimization_preferences_preferred_model_id
CREATE INDEX idx_user_optimization_preferences_preferred_model_id ON public.user_optimization_preferences USING btree (preferred_model_id);

-- foreign key public.user_optimization_preferences.user_optimization_preferences_preferred_model_id_fkey
ALTER TABLE public.user_optimization_preferences
  ADD CONSTRAINT user_optimization_preferences_preferred_model_id_fkey FOREIGN KEY (preferred_model_id) REFERENCES public.ai_models(id) ON DELETE SET NULL;

-- trigger public.user_optimization_preferences.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.user_optimization_preferences FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- function public."get_user_insights(uuid)"
CREATE FUNCTION public.get_user_insights(p_user_id uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$;

-- view public.model_performance_metrics
CREATE VIEW public.model_performance_metrics AS
 SELECT m.id AS model_id,
    m.provider,
    m.name,
    max(h.period_end) AS measured_to,
    sum(h.requests) AS requests,
    round(((100.0 * sum(h.successes)) / NULLIF(sum(h.requests), (0)::numeric)), 2) AS success_rate,
    round((sum((h.avg_latency_ms * (h.requests)::numeric)) / NULLIF(sum(h.requests) FILTER (WHERE (h.avg_latency_ms IS NOT NULL)), (0)::numeric)), 2) AS avg_latency_ms,
    sum(h.total_tokens) AS total_tokens,
    sum(h.total_cost_usd) AS cost_usd
   FROM (public.ai_models m
     LEFT JOIN public.model_performance_history h ON ((h.model_id = m.id)))
  GROUP BY m.id, m.provider, m.name;

-- view public.optimization_analytics
CREATE VIEW public.optimization_analytics AS
 SELECT date_trunc('week'::text, h.occurred_at) AS week,
    h.action,
    t.name AS template,
    count(*) AS events,
    count(DISTINCT h.user_id) AS users,
    round(avg((h.score_after - h.score_before)), 2) AS avg_improvement
   FROM (public.optimization_history h
     LEFT JOIN public.optimization_templates t ON ((t.id = h.template_id)))
  GROUP BY (date_trunc('week'::text, h.occurred_at)), h.action, t.name;

-- view public.processing_session_summary
CREATE VIEW public.processing_session_summary AS
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
    (((( SELECT count(*) AS count
           FROM public.resume_optimizations o
          WHERE (o.session_id = s.id)) + ( SELECT count(*) AS count
           FROM public.job_match_analyses j
          WHERE (j.session_id = s.id))) + ( SELECT count(*) AS count
           FROM public.skill_analyses k
          WHERE (k.session_id = s.id))) + ( SELECT count(*) AS count
           FROM public.content_analyses c
          WHERE (c.session_id = s.id))) AS results
   FROM (public.ai_processing_sessions s
     JOIN public.ai_models m ON ((m.id = s.model_id)));

-- view public.token_usage_daily
CREATE VIEW public.token_usage_daily AS
 SELECT date_trunc('day'::text, created_at) AS day,
    user_id,
    model_id,
    count(*) AS sessions,
    sum(prompt_tokens) AS prompt_tokens,
    sum(completion_tokens) AS completion_tokens,
    sum(total_tokens) AS total_tokens,
    sum(cost_usd) AS cost_usd
   FROM public.ai_processing_sessions s
  GROUP BY (date_trunc('day'::text, created_at)), user_id, model_id;

-- view public.user_activity_summary
CREATE VIEW public.user_activity_summary AS
 SELECT user_id,
    count(*) AS sessions,
    count(DISTINCT resume_id) AS resumes,
    count(*) FILTER (WHERE ((session_type)::text = 'optimization'::text)) AS optimizations,
    count(*) FILTER (WHERE ((session_type)::text = 'job_match'::text)) AS job_matches,
    sum(total_tokens) AS total_tokens,
    sum(cost_usd) AS cost_usd,
    max(created_at) AS last_activity_at
   FROM public.ai_processing_sessions s
  GROUP BY user_id;

-- grants "default privileges".ai_service_db_owner."".functions
ALTER DEFAULT PRIVILEGES FOR ROLE ai_service_db_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- grants "default privileges".ai_service_db_owner.public.functions
ALTER DEFAULT PRIVILEGES FOR ROLE ai_service_db_owner IN SCHEMA public GRANT ALL ON FUNCTIONS TO ai_service_db_app;

-- grants "default privileges".ai_service_db_owner.public.sequences
ALTER DEFAULT PRIVILEGES FOR ROLE ai_service_db_owner IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO ai_service_db_app;
ALTER DEFAULT PRIVILEGES FOR ROLE ai_service_db_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO ai_service_db_read;

-- grants "default privileges".ai_service_db_owner.public.tables
ALTER DEFAULT PRIVILEGES FOR ROLE ai_service_db_owner IN SCHEMA public GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO ai_service_db_app;
ALTER DEFAULT PRIVILEGES FOR ROLE ai_service_db_owner IN SCHEMA public GRANT SELECT ON TABLES TO ai_service_db_read;

-- grants function.public."get_analysis_statistics(uuid)"
REVOKE ALL ON FUNCTION public.get_analysis_statistics(uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_analysis_statistics(uuid) TO ai_service_db_app;

-- grants function.public."get_history_statistics(uuid, timestamp with time zone)"
REVOKE ALL ON FUNCTION public.get_history_statistics(uuid, timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_history_statistics(uuid, timestamp with time zone) TO ai_service_db_app;

-- grants function.public."get_model_performance(timestamp with time zone)"
REVOKE ALL ON FUNCTION public.get_model_performance(timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_model_performance(timestamp with time zone) TO ai_service_db_app;

-- grants function.public."get_optimization_statistics(uuid)"
REVOKE ALL ON FUNCTION public.get_optimization_statistics(uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_optimization_statistics(uuid) TO ai_service_db_app;

-- grants function.public."get_performance_trends(uuid, integer)"
REVOKE ALL ON FUNCTION public.get_performance_trends(uuid, integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_performance_trends(uuid, integer) TO ai_service_db_app;

-- grants function.public."get_session_statistics(uuid, timestamp with time zone)"
REVOKE ALL ON FUNCTION public.get_session_statistics(uuid, timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_session_statistics(uuid, timestamp with time zone) TO ai_service_db_app;

-- grants function.public."get_user_insights(uuid)"
REVOKE ALL ON FUNCTION public.get_user_insights(uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_user_insights(uuid) TO ai_service_db_app;

-- grants function.public."update_updated_at_column()"
REVOKE ALL ON FUNCTION public.update_updated_at_column() FROM PUBLIC;
GRANT ALL ON FUNCTION public.update_updated_at_column() TO ai_service_db_app;

-- grants schema.public
GRANT USAGE ON SCHEMA public TO ai_service_db_app;
GRANT USAGE ON SCHEMA public TO ai_service_db_read;

-- grants table.public.ai_models
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.ai_models TO ai_service_db_app;
GRANT SELECT ON TABLE public.ai_models TO ai_service_db_read;

-- grants table.public.ai_processing_sessions
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.ai_processing_sessions TO ai_service_db_app;
GRANT SELECT ON TABLE public.ai_processing_sessions TO ai_service_db_read;

-- grants table.public.content_analyses
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.content_analyses TO ai_service_db_app;
GRANT SELECT ON TABLE public.content_analyses TO ai_service_db_read;

-- grants table.public.embeddings
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.embeddings TO ai_service_db_app;
GRANT SELECT ON TABLE public.embeddings TO ai_service_db_read;

-- grants table.public.job_match_analyses
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.job_match_analyses TO ai_service_db_app;
GRANT SELECT ON TABLE public.job_match_analyses TO ai_service_db_read;

-- grants table.public.model_performance_history
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.model_performance_history TO ai_service_db_app;
GRANT SELECT ON TABLE public.model_performance_history TO ai_service_db_read;

-- grants table.public.optimization_history
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.optimization_history TO ai_service_db_app;
GRANT SELECT ON TABLE public.optimization_history TO ai_service_db_read;

-- grants table.public.optimization_templates
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.optimization_templates TO ai_service_db_app;
GRANT SELECT ON TABLE public.optimization_templates TO ai_service_db_read;

-- grants table.public.resume_optimizations
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.resume_optimizations TO ai_service_db_app;
GRANT SELECT ON TABLE public.resume_optimizations TO ai_service_db_read;

-- grants table.public.skill_analyses
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.skill_analyses TO ai_service_db_app;
GRANT SELECT ON TABLE public.skill_analyses TO ai_service_db_read;

-- grants table.public.user_optimization_preferences
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_optimization_preferences TO ai_service_db_app;
GRANT SELECT ON TABLE public.user_optimization_preferences TO ai_service_db_read;

-- grants view.public.model_performance_metrics
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.model_performance_metrics TO ai_service_db_app;
GRANT SELECT ON TABLE public.model_performance_metrics TO ai_service_db_read;

-- grants view.public.optimization_analytics
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.optimization_analytics TO ai_service_db_app;
GRANT SELECT ON TABLE public.optimization_analytics TO ai_service_db_read;

-- grants view.public.processing_session_summary
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.processing_session_summary TO ai_service_db_app;
GRANT SELECT ON TABLE public.processing_session_summary TO ai_service_db_read;

-- grants view.public.token_usage_daily
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.token_usage_daily TO ai_service_db_app;
GRANT SELECT ON TABLE public.token_usage_daily TO ai_service_db_read;

-- grants view.public.user_activity_summary
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_activity_summary TO ai_service_db_app;
GRANT SELECT ON TABLE public.user_activity_summary TO ai_service_db_read;

-- end
