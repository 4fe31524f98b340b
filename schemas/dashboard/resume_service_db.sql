-- schemactl snapshot, format 1
-- target: dashboard/resume_service_db
-- version: 004

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

-- table public.optimization_feedback
CREATE TABLE public.optimization_feedback (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  optimization_id uuid NOT NULL,
  user_id uuid NOT NULL,
  rating smallint NOT NULL,
  is_helpful boolean,
  accepted_suggestions integer NOT NULL DEFAULT 0,
  rejected_suggestions integer NOT NULL DEFAULT 0,
  comment text,
  tags text[] NOT NULL DEFAULT '{}'::text[],
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT optimization_feedback_pkey PRIMARY KEY (id),
  CONSTRAINT optimization_feedback_optimization_id_user_id_key UNIQUE (optimization_id, user_id),
  CONSTRAINT optimization_feedback_accepted_suggestions_check CHECK ((accepted_suggestions >= 0)),
  CONSTRAINT optimization_feedback_rating_check CHECK (((rating >= 1) AND (rating <= 5))),
  CONSTRAINT optimization_feedback_rejected_suggestions_check CHECK ((rejected_suggestions >= 0))
);

-- index public.idx_optimization_feedback_created_at
CREATE INDEX idx_optimization_feedback_created_at ON public.optimization_feedback USING btree (created_at);

-- index public.idx_optimization_feedback_rating
CREATE INDEX idx_optimization_feedback_rating ON public.optimization_feedback USING btree (rating);

-- index public.idx_optimization_feedback_user_id
CREATE INDEX idx_optimization_feedback_user_id ON public.optimization_feedback USING btree (user_id);

-- table public.resume_analyses
CREATE TABLE public.resume_analyses (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  resume_id uuid NOT NULL,
  version_id uuid,
  ai_session_id uuid,
  analysis_type character varying(10) NOT NULL,
  overall_score numeric(5,2),
  scores jsonb NOT NULL DEFAULT '{}'::jsonb,
  strengths jsonb NOT NULL DEFAULT '[]'::jsonb,
  weaknesses jsonb NOT NULL DEFAULT '[]'::jsonb,
  recommendations jsonb NOT NULL DEFAULT '[]'::jsonb,
  keywords text[] NOT NULL DEFAULT '{}'::text[],
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT resume_analyses_pkey PRIMARY KEY (id),
  CONSTRAINT resume_analyses_analysis_type_check CHECK (((analysis_type)::text = ANY (ARRAY[('ats'::character varying)::text, ('skills'::character varying)::text, ('content'::character varying)::text, ('grammar'::character varying)::text, ('structure'::character varying)::text, ('overall'::character varying)::text]))),
  CONSTRAINT resume_analyses_overall_score_check CHECK (((overall_score >= (0)::numeric) AND (overall_score <= (100)::numeric)))
);

-- index public.idx_resume_analyses_ai_session_id
CREATE INDEX idx_resume_analyses_ai_session_id ON public.resume_analyses USING btree (ai_session_id);

-- index public.idx_resume_analyses_keywords
CREATE INDEX idx_resume_analyses_keywords ON public.resume_analyses USING gin (keywords);

-- index public.idx_resume_analyses_overall_score
CREATE INDEX idx_resume_analyses_overall_score ON public.resume_analyses USING btree (overall_score);

-- index public.idx_resume_analyses_resume_id_analysis_type_created_at
CREATE INDEX idx_resume_analyses_resume_id_analysis_type_created_at ON public.resume_analyses USING btree (resume_id, analysis_type, created_at DESC);

-- index public.idx_resume_analyses_version_id
CREATE INDEX idx_resume_analyses_version_id ON public.resume_analyses USING btree (version_id);

-- table public.resume_optimizations
CREATE TABLE public.resume_optimizations (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  resume_id uuid NOT NULL,
  version_before_id uuid,
  version_after_id uuid,
  user_id uuid NOT NULL,
  ai_session_id uuid,
  optimization_type character varying(10) NOT NULL,
  job_title character varying(200),
  job_description text,
  status character varying(10) NOT NULL DEFAULT 'pending'::character varying,
  score_before numeric(5,2),
  score_after numeric(5,2),
  suggestions jsonb NOT NULL DEFAULT '[]'::jsonb,
  applied_changes jsonb NOT NULL DEFAULT '[]'::jsonb,
  processing_ms integer,
  error_message text,
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT resume_optimizations_pkey PRIMARY KEY (id),
  CONSTRAINT resume_optimizations_completed_at CHECK ((((status)::text <> 'completed'::text) OR (completed_at IS NOT NULL))),
  CONSTRAINT resume_optimizations_optimization_type_check CHECK (((optimization_type)::text = ANY (ARRAY[('ats'::character varying)::text, ('keyword'::character varying)::text, ('content'::character varying)::text, ('format'::character varying)::text, ('job_match'::character varying)::text, ('full'::character varying)::text]))),
  CONSTRAINT resume_optimizations_processing_ms_check CHECK ((processing_ms >= 0)),
  CONSTRAINT resume_optimizations_score_after_check CHECK (((score_after >= (0)::numeric) AND (score_after <= (100)::numeric))),
  CONSTRAINT resume_optimizations_score_before_check CHECK (((score_before >= (0)::numeric) AND (score_before <= (100)::numeric))),
  CONSTRAINT resume_optimizations_status_check CHECK (((status)::text = ANY (ARRAY[('pending'::character varying)::text, ('processing'::character varying)::text, ('completed'::character varying)::text, ('failed'::character varying)::text, ('cancelled'::character varying)::text])))
);

-- index public.idx_resume_optimizations_ai_session_id
CREATE INDEX idx_resume_optimizations_ai_session_id ON public.resume_optimizations USING btree (ai_session_id);

-- index public.idx_resume_optimizations_open
CREATE INDEX idx_resume_optimizations_open ON public.resume_optimizations USING btree (created_at) WHERE ((status)::text = ANY (ARRAY[('pending'::character varying)::text, ('processing'::character varying)::text]));

-- index public.idx_resume_optimizations_optimization_type_status
CREATE INDEX idx_resume_optimizations_optimization_type_status ON public.resume_optimizations USING btree (optimization_type, status);

-- index public.idx_resume_optimizations_resume_id_created_at
CREATE INDEX idx_resume_optimizations_resume_id_created_at ON public.resume_optimizations USING btree (resume_id, created_at DESC);

-- index public.idx_resume_optimizations_suggestions
CREATE INDEX idx_resume_optimizations_suggestions ON public.resume_optimizations USING gin (suggestions jsonb_path_ops);

-- index public.idx_resume_optimizations_user_id_created_at
CREATE INDEX idx_resume_optimizations_user_id_created_at ON public.resume_optimizations USING btree (user_id, created_at DESC);

-- index public.idx_resume_optimizations_version_after_id
CREATE INDEX idx_resume_optimizations_version_after_id ON public.resume_optimizations USING btree (version_after_id);

-- index public.idx_resume_optimizations_version_before_id
CREATE INDEX idx_resume_optimizations_version_before_id ON public.resume_optimizations USING btree (version_before_id);

-- trigger public.resume_optimizations.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.resume_optimizations FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- function public."get_resume_optimization_history(uuid)"
CREATE FUNCTION public.get_resume_optimization_history(p_resume_id uuid)
 RETURNS TABLE(optimization_id uuid, optimization_type text, status text, score_before numeric, score_after numeric, improvement numeric, rating numeric, created_at timestamp with time zone, attempts bigint, completed bigint, avg_improvement numeric)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$;

-- foreign key public.optimization_feedback.optimization_feedback_optimization_id_fkey
ALTER TABLE public.optimization_feedback
  ADD CONSTRAINT optimization_feedback_optimization_id_fkey FOREIGN KEY (optimization_id) REFERENCES public.resume_optimizations(id) ON DELETE CASCADE;

-- table public.resume_version_changes
CREATE TABLE public.resume_version_changes (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  version_id uuid NOT NULL,
  section character varying(80) NOT NULL,
  change_type character varying(8) NOT NULL,
  old_value jsonb,
  new_value jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT resume_version_changes_pkey PRIMARY KEY (id),
  CONSTRAINT resume_version_changes_version_id_section_key UNIQUE (version_id, section),
  CONSTRAINT resume_version_changes_added_has_no_old CHECK ((((change_type)::text = 'added'::text) = (old_value IS NULL))),
  CONSTRAINT resume_version_changes_change_type_check CHECK (((change_type)::text = ANY (ARRAY[('added'::character varying)::text, ('removed'::character varying)::text, ('modified'::character varying)::text]))),
  CONSTRAINT resume_version_changes_removed_has_no_new CHECK ((((change_type)::text = 'removed'::text) = (new_value IS NULL)))
);

-- index public.idx_resume_version_changes_created_at
CREATE INDEX idx_resume_version_changes_created_at ON public.resume_version_changes USING btree (created_at);

-- index public.idx_resume_version_changes_section_change_type
CREATE INDEX idx_resume_version_changes_section_change_type ON public.resume_version_changes USING btree (section, change_type);

-- table public.resume_versions
CREATE TABLE public.resume_versions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  resume_id uuid NOT NULL,
  version_number integer NOT NULL,
  content text NOT NULL,
  content_json jsonb NOT NULL,
  change_source character varying(12) NOT NULL,
  change_summary text,
  created_by_user_id uuid,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT resume_versions_pkey PRIMARY KEY (id),
  CONSTRAINT resume_versions_resume_id_version_number_key UNIQUE (resume_id, version_number),
  CONSTRAINT resume_versions_change_source_check CHECK (((change_source)::text = ANY (ARRAY[('initial'::character varying)::text, ('manual'::character varying)::text, ('upload'::character varying)::text, ('optimization'::character varying)::text, ('restore'::character varying)::text]))),
  CONSTRAINT resume_versions_version_number_check CHECK ((version_number > 0))
);

-- index public.idx_resume_versions_change_source_created_at
CREATE INDEX idx_resume_versions_change_source_created_at ON public.resume_versions USING btree (change_source, created_at);

-- index public.idx_resume_versions_created_at
CREATE INDEX idx_resume_versions_created_at ON public.resume_versions USING btree (created_at);

-- index public.idx_resume_versions_created_by_user_id
CREATE INDEX idx_resume_versions_created_by_user_id ON public.resume_versions USING btree (created_by_user_id);

-- function public."compare_resume_versions(uuid, uuid)"
CREATE FUNCTION public.compare_resume_versions(p_from uuid, p_to uuid)
 RETURNS TABLE(section text, change_type text, old_value jsonb, new_value jsonb)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
    SELECT coalesce(a.key, b.key),
           CASE WHEN a.key IS NULL THEN 'added' WHEN b.key IS NULL THEN 'removed' ELSE 'modified' END,
           a.value,
           b.value
    FROM (SELECT e.* FROM resume_versions v, jsonb_each(v.content_json) e WHERE v.id = p_from) a
    FULL JOIN (SELECT e.* FROM resume_versions v, jsonb_each(v.content_json) e WHERE v.id = p_to) b ON b.key = a.key
    WHERE a.value IS DISTINCT FROM b.value
    ORDER BY 1
$function$;

-- function public."create_resume_version()"
CREATE FUNCTION public.create_resume_version()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
    v uuid;
    n integer;
    o jsonb := '{}';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.content = OLD.content AND NEW.content_json = OLD.content_json THEN
            RETURN NULL;
        END IF;
        o := OLD.content_json;
    END IF;

    SELECT coalesce(max(version_number), 0) + 1 INTO n
    FROM resume_versions
    WHERE resume_id = NEW.id;

    INSERT INTO resume_versions (resume_id, version_number, content, content_json,
                                 change_source, change_summary, created_by_user_id)
    VALUES (NEW.id, n, NEW.content, NEW.content_json,
            CASE WHEN n = 1 THEN 'initial'
                 ELSE coalesce(NULLIF(current_setting('app.change_source', true), ''), 'manual') END,
            NULLIF(current_setting('app.change_summary', true), ''),
            NULLIF(current_setting('app.user_id', true), '')::uuid)
    RETURNING id INTO v;

    IF n > 1 THEN
        INSERT INTO resume_version_changes (version_id, section, change_type, old_value, new_value)
        SELECT v,
               coalesce(a.key, b.key),
               CASE WHEN a.key IS NULL THEN 'added' WHEN b.key IS NULL THEN 'removed' ELSE 'modified' END,
               a.value,
               b.value
        FROM jsonb_each(o) a
        FULL JOIN jsonb_each(NEW.content_json) b ON b.key = a.key
        WHERE a.value IS DISTINCT FROM b.value;
    END IF;
    RETURN NULL;
END
$function$;

-- function public."get_resume_version_history(uuid)"
CREATE FUNCTION public.get_resume_version_history(p_resume_id uuid)
 RETURNS TABLE(version_number integer, version_id uuid, change_source text, change_summary text, changes bigint, created_by_user_id uuid, created_at timestamp with time zone)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
    SELECT v.version_number,
           v.id,
           v.change_source,
           v.change_summary,
           (SELECT count(*) FROM resume_version_changes c WHERE c.version_id = v.id),
           v.created_by_user_id,
           v.created_at
    FROM resume_versions v
    WHERE v.resume_id = p_resume_id
    ORDER BY v.version_number DESC
$function$;

-- foreign key public.resume_analyses.resume_analyses_version_id_fkey
ALTER TABLE public.resume_analyses
  ADD CONSTRAINT resume_analyses_version_id_fkey FOREIGN KEY (version_id) REFERENCES public.resume_versions(id) ON DELETE SET NULL;

-- foreign key public.resume_optimizations.resume_optimizations_version_after_id_fkey
ALTER TABLE public.resume_optimizations
  ADD CONSTRAINT resume_optimizations_version_after_id_fkey FOREIGN KEY (version_after_id) REFERENCES public.resume_versions(id) ON DELETE SET NULL;

-- foreign key public.resume_optimizations.resume_optimizations_version_before_id_fkey
ALTER TABLE public.resume_optimizations
  ADD CONSTRAINT resume_optimizations_version_before_id_fkey FOREIGN KEY (version_before_id) REFERENCES public.resume_versions(id) ON DELETE SET NULL;

-- foreign key public.resume_version_changes.resume_version_changes_version_id_fkey
ALTER TABLE public.resume_version_changes
  ADD CONSTRAINT resume_version_changes_version_id_fkey FOREIGN KEY (version_id) REFERENCES public.resume_versions(id) ON DELETE CASCADE;

-- table public.resumes
CREATE TABLE public.resumes (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  storage_config_id uuid,
  title character varying(200) NOT NULL,
  original_filename character varying(255),
  storage_key text,
  mime_type character varying(120),
  file_size_bytes bigint,
  sha256 bytea,
  content text NOT NULL DEFAULT ''::text,
  content_json jsonb NOT NULL DEFAULT '{}'::jsonb,
  language character varying(10) NOT NULL DEFAULT 'en'::character varying,
  processing_status character varying(10) NOT NULL DEFAULT 'uploaded'::character varying,
  processing_error text,
  quality_score numeric(5,2),
  quality_assessment jsonb NOT NULL DEFAULT '{}'::jsonb,
  ai_analysis jsonb NOT NULL DEFAULT '{}'::jsonb,
  is_primary boolean NOT NULL DEFAULT false,
  deleted_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  search_vector tsvector GENERATED ALWAYS AS (to_tsvector('english'::regconfig, (((title)::text || ' '::text) || content))) STORED,
  CONSTRAINT resumes_pkey PRIMARY KEY (id),
  CONSTRAINT resumes_content_json_check CHECK ((jsonb_typeof(content_json) = 'object'::text)),
  CONSTRAINT resumes_file_size CHECK (((file_size_bytes >= 1) AND (file_size_bytes <= 52428800))),
  CONSTRAINT resumes_mime_type CHECK (((mime_type)::text = ANY (ARRAY[('application/pdf'::character varying)::text, ('application/msword'::character varying)::text, ('application/vnd.openxmlformats-officedocument.wordprocessingml.document'::character varying)::text, ('application/rtf'::character varying)::text, ('text/plain'::character varying)::text]))),
  CONSTRAINT resumes_processing_status_check CHECK (((processing_status)::text = ANY (ARRAY[('uploaded'::character varying)::text, ('parsing'::character varying)::text, ('parsed'::character varying)::text, ('analyzing'::character varying)::text, ('ready'::character varying)::text, ('failed'::character varying)::text]))),
  CONSTRAINT resumes_quality_score_check CHECK (((quality_score >= (0)::numeric) AND (quality_score <= (100)::numeric))),
  CONSTRAINT resumes_sha256_check CHECK ((octet_length(sha256) = 32)),
  CONSTRAINT resumes_storage_complete CHECK (((storage_config_id IS NULL) = (storage_key IS NULL)))
);

-- index public.idx_resumes_ai_analysis
CREATE INDEX idx_resumes_ai_analysis ON public.resumes USING gin (ai_analysis jsonb_path_ops);

-- index public.idx_resumes_content_json
CREATE INDEX idx_resumes_content_json ON public.resumes USING gin (content_json jsonb_path_ops);

-- index public.idx_resumes_pending
CREATE INDEX idx_resumes_pending ON public.resumes USING btree (processing_status) WHERE ((processing_status)::text = ANY (ARRAY[('uploaded'::character varying)::text, ('parsing'::character varying)::text, ('analyzing'::character varying)::text]));

-- index public.idx_resumes_quality_score
CREATE INDEX idx_resumes_quality_score ON public.resumes USING btree (quality_score);

-- index public.idx_resumes_search_vector
CREATE INDEX idx_resumes_search_vector ON public.resumes USING gin (search_vector);

-- index public.idx_resumes_sha256
CREATE INDEX idx_resumes_sha256 ON public.resumes USING btree (sha256);

-- index public.idx_resumes_storage_config_id
CREATE INDEX idx_resumes_storage_config_id ON public.resumes USING btree (storage_config_id);

-- index public.idx_resumes_user_id_created_at
CREATE INDEX idx_resumes_user_id_created_at ON public.resumes USING btree (user_id, created_at DESC);

-- index public.uq_resumes_primary
CREATE UNIQUE INDEX uq_resumes_primary ON public.resumes USING btree (user_id) WHERE (is_primary AND (deleted_at IS NULL));

-- index public.uq_resumes_storage_key
CREATE UNIQUE INDEX uq_resumes_storage_key ON public.resumes USING btree (storage_config_id, storage_key);

-- trigger public.resumes.create_version
CREATE TRIGGER create_version AFTER INSERT OR UPDATE OF content, content_json ON public.resumes FOR EACH ROW EXECUTE FUNCTION public.create_resume_version();

-- trigger public.resumes.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.resumes FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- foreign key public.resume_analyses.resume_analyses_resume_id_fkey
ALTER TABLE public.resume_analyses
  ADD CONSTRAINT resume_analyses_resume_id_fkey FOREIGN KEY (resume_id) REFERENCES public.resumes(id) ON DELETE CASCADE;

-- foreign key public.resume_optimizations.resume_optimizations_resume_id_fkey
ALTER TABLE public.resume_optimizations
  ADD CONSTRAINT resume_optimizations_resume_id_fkey FOREIGN KEY (resume_id) REFERENCES public.resumes(id) ON DELETE CASCADE;

-- foreign key public.resume_versions.resume_versions_resume_id_fkey
ALTER TABLE public.resume_versions
  ADD CONSTRAINT resume_versions_resume_id_fkey FOREIGN KEY (resume_id) REFERENCES public.resumes(id) ON DELETE CASCADE;

-- table public.storage_configs
CREATE TABLE public.storage_configs (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name character varying(80) NOT NULL,
  provider character varying(10) NOT NULL,
  bucket character varying(120),
  region character varying(40),
  endpoint_url character varying(255),
  base_path character varying(255),
  credentials_ref character varying(200),
  allowed_mime_types text[] NOT NULL,
  max_file_size_bytes bigint NOT NULL,
  priority smallint NOT NULL DEFAULT 100,
  is_active boolean NOT NULL DEFAULT true,
  is_default boolean NOT NULL DEFAULT false,
  settings jsonb NOT NULL DEFAULT '{}'::jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT storage_configs_pkey PRIMARY KEY (id),
  CONSTRAINT storage_configs_name_key UNIQUE (name),
  CONSTRAINT storage_configs_default_is_active CHECK ((is_active OR (NOT is_default))),
  CONSTRAINT storage_configs_limits CHECK (((max_file_size_bytes >= 1) AND (max_file_size_bytes <= 52428800) AND (cardinality(allowed_mime_types) > 0))),
  CONSTRAINT storage_configs_location CHECK (
CASE provider
    WHEN 'local'::text THEN (base_path IS NOT NULL)
    ELSE ((bucket IS NOT NULL) AND (credentials_ref IS NOT NULL))
END),
  CONSTRAINT storage_configs_provider_check CHECK (((provider)::text = ANY (ARRAY[('s3'::character varying)::text, ('railway'::character varying)::text, ('local'::character varying)::text])))
);

-- index public.idx_storage_configs_priority_live
CREATE INDEX idx_storage_configs_priority_live ON public.storage_configs USING btree (priority) WHERE is_active;

-- index public.idx_storage_configs_provider_is_active
CREATE INDEX idx_storage_configs_provider_is_active ON public.storage_configs USING btree (provider, is_active);

-- index public.idx_storage_configs_settings
CREATE INDEX idx_storage_configs_settings ON public.storage_configs USING gin (settings jsonb_path_ops);

-- index public.uq_storage_configs_default
CREATE UNIQUE INDEX uq_storage_configs_default ON public.storage_configs USING btree (is_default) WHERE is_default;

-- trigger public.storage_configs.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.storage_configs FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- function public."get_storage_config(text, text, bigint)"
CREATE FUNCTION public.get_storage_config(p_name text DEFAULT NULL::text, p_mime_type text DEFAULT NULL::text, p_size_bytes bigint DEFAULT NULL::bigint)
 RETURNS public.storage_configs
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
    c storage_configs;
BEGIN
    SELECT * INTO c
    FROM storage_configs
    WHERE is_active AND (name = p_name OR (p_name IS NULL AND is_default));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no active storage %', coalesce(p_name, '(default)')
            USING ERRCODE = 'no_data_found';
    END IF;
    IF p_mime_type IS NOT NULL AND p_mime_type <> ALL (c.allowed_mime_types) THEN
        RAISE EXCEPTION 'type % is not allowed in storage %', p_mime_type, c.name
            USING ERRCODE = 'check_violation';
    END IF;
    IF p_size_bytes > c.max_file_size_bytes THEN
        RAISE EXCEPTION '% bytes exceed the % of storage %', p_size_bytes, c.max_file_size_bytes, c.name
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN c;
END
$function$;

-- foreign key public.resumes.resumes_storage_config_id_fkey
ALTER TABLE public.resumes
  ADD CONSTRAINT resumes_storage_config_id_fkey FOREIGN KEY (storage_config_id) REFERENCES public.storage_configs(id) ON DELETE RESTRICT;

-- view public.optimization_performance_metrics
CREATE VIEW public.optimization_performance_metrics AS
 SELECT o.optimization_type,
    date_trunc('day'::text, o.created_at) AS day,
    count(*) AS attempts,
    count(*) FILTER (WHERE ((o.status)::text = 'completed'::text)) AS completed,
    count(*) FILTER (WHERE ((o.status)::text = 'failed'::text)) AS failed,
    round(avg((o.score_after - o.score_before)), 2) AS avg_improvement,
    round(avg(o.processing_ms), 0) AS avg_processing_ms,
    round(avg(f.rating), 2) AS avg_rating
   FROM (public.resume_optimizations o
     LEFT JOIN ( SELECT optimization_feedback.optimization_id,
            avg(optimization_feedback.rating) AS rating
           FROM public.optimization_feedback
          GROUP BY optimization_feedback.optimization_id) f ON ((f.optimization_id = o.id)))
  GROUP BY o.optimization_type, (date_trunc('day'::text, o.created_at));

-- view public.resume_analytics
CREATE VIEW public.resume_analytics AS
 SELECT id AS resume_id,
    user_id,
    quality_score,
    ( SELECT count(*) AS count
           FROM public.resume_versions v
          WHERE (v.resume_id = r.id)) AS versions,
    ( SELECT count(*) AS count
           FROM public.resume_analyses a
          WHERE (a.resume_id = r.id)) AS analyses,
    ( SELECT max(a.overall_score) AS max
           FROM public.resume_analyses a
          WHERE (a.resume_id = r.id)) AS best_score,
    ( SELECT count(*) AS count
           FROM public.resume_optimizations o
          WHERE ((o.resume_id = r.id) AND ((o.status)::text = 'completed'::text))) AS optimizations,
    ( SELECT max(o.completed_at) AS max
           FROM public.resume_optimizations o
          WHERE (o.resume_id = r.id)) AS last_optimized_at
   FROM public.resumes r
  WHERE (deleted_at IS NULL);

-- view public.resume_overview
CREATE VIEW public.resume_overview AS
 SELECT r.id AS resume_id,
    r.user_id,
    r.title,
    r.is_primary,
    r.processing_status,
    r.quality_score,
    r.mime_type,
    r.file_size_bytes,
    s.name AS storage_name,
    s.provider,
    r.created_at,
    r.updated_at
   FROM (public.resumes r
     LEFT JOIN public.storage_configs s ON ((s.id = r.storage_config_id)))
  WHERE (r.deleted_at IS NULL);

-- view public.resume_version_summary
CREATE VIEW public.resume_version_summary AS
 SELECT resume_id,
    count(*) AS versions,
    max(version_number) AS latest_version,
    max(created_at) AS last_changed_at,
    count(*) FILTER (WHERE ((change_source)::text = 'optimization'::text)) AS optimized_versions
   FROM public.resume_versions v
  GROUP BY resume_id;

-- grants "default privileges".resume_service_db_owner."".functions
ALTER DEFAULT PRIVILEGES FOR ROLE resume_service_db_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- grants "default privileges".resume_service_db_owner.public.functions
ALTER DEFAULT PRIVILEGES FOR ROLE resume_service_db_owner IN SCHEMA public GRANT ALL ON FUNCTIONS TO resume_service_db_app;

-- grants "default privileges".resume_service_db_owner.public.sequences
ALTER DEFAULT PRIVILEGES FOR ROLE resume_service_db_owner IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO resume_service_db_app;

-- grants "default privileges".resume_service_db_owner.public.tables
ALTER DEFAULT PRIVILEGES FOR ROLE resume_service_db_owner IN SCHEMA public GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO resume_service_db_app;

-- grants function.public."compare_resume_versions(uuid, uuid)"
REVOKE ALL ON FUNCTION public.compare_resume_versions(uuid, uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.compare_resume_versions(uuid, uuid) TO resume_service_db_app;

-- grants function.public."create_resume_version()"
REVOKE ALL ON FUNCTION public.create_resume_version() FROM PUBLIC;
GRANT ALL ON FUNCTION public.create_resume_version() TO resume_service_db_app;

-- grants function.public."get_resume_optimization_history(uuid)"
REVOKE ALL ON FUNCTION public.get_resume_optimization_history(uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_resume_optimization_history(uuid) TO resume_service_db_app;

-- grants function.public."get_resume_version_history(uuid)"
REVOKE ALL ON FUNCTION public.get_resume_version_history(uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_resume_version_history(uuid) TO resume_service_db_app;

-- grants function.public."get_storage_config(text, text, bigint)"
REVOKE ALL ON FUNCTION public.get_storage_config(text, text, bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_storage_config(text, text, bigint) TO resume_service_db_app;

-- grants function.public."update_updated_at_column()"
REVOKE ALL ON FUNCTION public.update_updated_at_column() FROM PUBLIC;
GRANT ALL ON FUNCTION public.update_updated_at_column() TO resume_service_db_app;

-- grants schema.public
GRANT USAGE ON SCHEMA public TO resume_service_db_app;
GRANT USAGE ON SCHEMA public TO resume_service_db_read;

-- grants table.public.optimization_feedback
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.optimization_feedback TO resume_service_db_app;
GRANT SELECT ON TABLE public.optimization_feedback TO resume_service_db_read;

-- grants table.public.resume_analyses
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.resume_analyses TO resume_service_db_app;
GRANT SELECT ON TABLE public.resume_analyses TO resume_service_db_read;

-- grants table.public.resume_optimizations
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.resume_optimizations TO resume_service_db_app;
GRANT SELECT ON TABLE public.resume_optimizations TO resume_service_db_read;

-- grants table.public.resume_version_changes
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.resume_version_changes TO resume_service_db_app;
GRANT SELECT ON TABLE public.resume_version_changes TO resume_service_db_read;

-- grants table.public.resume_versions
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.resume_versions TO resume_service_db_app;
GRANT SELECT ON TABLE public.resume_versions TO resume_service_db_read;

-- grants table.public.resumes
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.resumes TO resume_service_db_app;
GRANT SELECT ON TABLE public.resumes TO resume_service_db_read;

-- grants table.public.storage_configs
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.storage_configs TO resume_service_db_app;
GRANT SELECT (
  id,
  name,
  provider,
  bucket,
  region,
  endpoint_url,
  base_path,
  allowed_mime_types,
  max_file_size_bytes,
  priority,
  is_active,
  is_default,
  settings,
  created_at,
  updated_at
) ON TABLE public.storage_configs TO resume_service_db_read;

-- grants view.public.optimization_performance_metrics
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.optimization_performance_metrics TO resume_service_db_app;
GRANT SELECT ON TABLE public.optimization_performance_metrics TO resume_service_db_read;

-- grants view.public.resume_analytics
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.resume_analytics TO resume_service_db_app;
GRANT SELECT ON TABLE public.resume_analytics TO resume_service_db_read;

-- grants view.public.resume_overview
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.resume_overview TO resume_service_db_app;
GRANT SELECT ON TABLE public.resume_overview TO resume_service_db_read;

-- grants view.public.resume_version_summary
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.resume_version_summary TO resume_service_db_app;
GRANT SELECT ON TABLE public.resume_version_summary TO resume_service_db_read;

-- end
