-- schemactl snapshot, format 1
-- target: jobhub/job_db
-- version: 0004

-- settings session
SET search_path = '';
SET standard_conforming_strings = on;
SET check_function_bodies = off;

-- function public."ensure_month_partition(regclass, date)"
CREATE FUNCTION public.ensure_month_partition(p_parent regclass, p_month date)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
DECLARE lo timestamptz := date_trunc('month', p_month::timestamp) AT TIME ZONE 'UTC';
        hi timestamptz := (date_trunc('month', p_month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
        rel name := (SELECT relname FROM pg_class WHERE oid = p_parent);
        leaf text := rel || to_char(p_month, '"_y"YYYY"m"MM');
BEGIN
  IF EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
             WHERE i.inhparent = p_parent AND NOT i.inhdetachpending AND c.relname = leaf) THEN
    RETURN leaf;
  END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)', leaf, p_parent, lo, hi);
  EXECUTE format('CREATE UNIQUE INDEX %I ON %I (job_id, COALESCE(viewer_id::text, ip_address::text), date_trunc(''hour'', viewed_at AT TIME ZONE ''UTC''))', leaf || '_unique', leaf);
  RETURN leaf;
END $function$;

-- function public."touch_updated_at()"
CREATE FUNCTION public.touch_updated_at()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN NEW.updated_at := CURRENT_TIMESTAMP; RETURN NEW; END $function$;

-- table public.domain_events
CREATE TABLE public.domain_events (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  aggregate_id uuid NOT NULL,
  aggregate_type character varying(100) NOT NULL,
  event_type character varying(100) NOT NULL,
  event_data jsonb NOT NULL,
  event_version integer NOT NULL,
  correlation_id uuid,
  causation_id uuid,
  user_id uuid,
  occurred_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  processed_at timestamp with time zone,
  CONSTRAINT domain_events_pkey PRIMARY KEY (id)
);

-- index public.idx_domain_events_aggregate
CREATE INDEX idx_domain_events_aggregate ON public.domain_events USING btree (aggregate_id, aggregate_type);

-- index public.idx_domain_events_correlation_id
CREATE INDEX idx_domain_events_correlation_id ON public.domain_events USING btree (correlation_id);

-- index public.idx_domain_events_occurred_at
CREATE INDEX idx_domain_events_occurred_at ON public.domain_events USING btree (occurred_at);

-- index public.idx_domain_events_type
CREATE INDEX idx_domain_events_type ON public.domain_events USING btree (event_type);

-- table public.job_applications
CREATE TABLE public.job_applications (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  job_id uuid NOT NULL,
  applicant_id uuid NOT NULL,
  resume_id uuid,
  cover_letter text,
  status character varying(20) DEFAULT 'applied'::character varying,
  source character varying(50),
  screening_answers jsonb,
  notes text,
  rating integer,
  rejection_reason character varying(255),
  interview_scheduled_at timestamp with time zone,
  offer_details jsonb,
  offer_expires_at timestamp with time zone,
  response_deadline timestamp with time zone,
  applied_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  status_updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  status_updated_by uuid,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT job_applications_pkey PRIMARY KEY (id),
  CONSTRAINT job_applications_job_id_applicant_id_key UNIQUE (job_id, applicant_id),
  CONSTRAINT job_applications_rating_check CHECK (((rating >= 1) AND (rating <= 5))),
  CONSTRAINT job_applications_status_check CHECK (((status)::text = ANY (ARRAY[('applied'::character varying)::text, ('screening'::character varying)::text, ('interviewing'::character varying)::text, ('offered'::character varying)::text, ('hired'::character varying)::text, ('rejected'::character varying)::text, ('withdrawn'::character varying)::text])))
);

-- index public.idx_job_applications_applicant_id
CREATE INDEX idx_job_applications_applicant_id ON public.job_applications USING btree (applicant_id);

-- index public.idx_job_applications_applied_at
CREATE INDEX idx_job_applications_applied_at ON public.job_applications USING btree (applied_at);

-- index public.idx_job_applications_employer_review
CREATE INDEX idx_job_applications_employer_review ON public.job_applications USING btree (job_id, status, applied_at) WHERE ((status)::text = ANY (ARRAY[('applied'::character varying)::text, ('screening'::character varying)::text]));

-- index public.idx_job_applications_job_id
CREATE INDEX idx_job_applications_job_id ON public.job_applications USING btree (job_id);

-- index public.idx_job_applications_job_status
CREATE INDEX idx_job_applications_job_status ON public.job_applications USING btree (job_id, status);

-- index public.idx_job_applications_rating
CREATE INDEX idx_job_applications_rating ON public.job_applications USING btree (rating) WHERE (rating IS NOT NULL);

-- index public.idx_job_applications_status
CREATE INDEX idx_job_applications_status ON public.job_applications USING btree (status);

-- trigger public.job_applications.trg_job_applications_touch
CREATE TRIGGER trg_job_applications_touch BEFORE UPDATE ON public.job_applications FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- table public.job_categories
CREATE TABLE public.job_categories (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name character varying(100) NOT NULL,
  slug character varying(100) NOT NULL,
  description text,
  parent_id uuid,
  icon_url character varying(500),
  is_active boolean DEFAULT true,
  sort_order integer DEFAULT 0,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT job_categories_pkey PRIMARY KEY (id),
  CONSTRAINT job_categories_name_key UNIQUE (name),
  CONSTRAINT job_categories_slug_key UNIQUE (slug)
);

-- index public.idx_job_categories_active
CREATE INDEX idx_job_categories_active ON public.job_categories USING btree (is_active);

-- index public.idx_job_categories_parent_id
CREATE INDEX idx_job_categories_parent_id ON public.job_categories USING btree (parent_id);

-- index public.idx_job_categories_slug
CREATE INDEX idx_job_categories_slug ON public.job_categories USING btree (slug);

-- foreign key public.job_categories.job_categories_parent_id_fkey
ALTER TABLE public.job_categories
  ADD CONSTRAINT job_categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.job_categories(id);

-- trigger public.job_categories.trg_job_categories_touch
CREATE TRIGGER trg_job_categories_touch BEFORE UPDATE ON public.job_categories FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- table public.job_search_alerts
CREATE TABLE public.job_search_alerts (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  name character varying(255) NOT NULL,
  search_criteria jsonb NOT NULL,
  frequency character varying(20) DEFAULT 'daily'::character varying,
  is_active boolean DEFAULT true,
  last_sent_at timestamp with time zone,
  job_count_since_last_sent integer DEFAULT 0,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT job_search_alerts_pkey PRIMARY KEY (id),
  CONSTRAINT job_search_alerts_frequency_check CHECK (((frequency)::text = ANY (ARRAY[('immediate'::character varying)::text, ('daily'::character varying)::text, ('weekly'::character varying)::text])))
);

-- index public.idx_job_search_alerts_active
CREATE INDEX idx_job_search_alerts_active ON public.job_search_alerts USING btree (is_active);

-- index public.idx_job_search_alerts_frequency
CREATE INDEX idx_job_search_alerts_frequency ON public.job_search_alerts USING btree (frequency) WHERE (is_active = true);

-- index public.idx_job_search_alerts_user_id
CREATE INDEX idx_job_search_alerts_user_id ON public.job_search_alerts USING btree (user_id);

-- trigger public.job_search_alerts.trg_job_search_alerts_touch
CREATE TRIGGER trg_job_search_alerts_touch BEFORE UPDATE ON public.job_search_alerts FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- table public.job_views
CREATE TABLE public.job_views (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  job_id uuid NOT NULL,
  viewer_id uuid,
  ip_address inet,
  user_agent text,
  referrer character varying(500),
  session_id character varying(255),
  view_duration_seconds integer,
  viewed_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT job_views_pkey PRIMARY KEY (id, viewed_at)
)
PARTITION BY RANGE (viewed_at);

-- table public.job_views_default
CREATE TABLE public.job_views_default (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  job_id uuid NOT NULL,
  viewer_id uuid,
  ip_address inet,
  user_agent text,
  referrer character varying(500),
  session_id character varying(255),
  view_duration_seconds integer,
  viewed_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT job_views_default_pkey PRIMARY KEY (id, viewed_at)
);
ALTER TABLE public.job_views ATTACH PARTITION public.job_views_default DEFAULT;

-- index public.job_views_default_unique
CREATE UNIQUE INDEX job_views_default_unique ON public.job_views_default USING btree (job_id, COALESCE((viewer_id)::text, (ip_address)::text), date_trunc('hour'::text, (viewed_at AT TIME ZONE 'UTC'::text)));

-- index public.idx_job_views_job_id
CREATE INDEX idx_job_views_job_id ON ONLY public.job_views USING btree (job_id);

-- index public.idx_job_views_viewed_at
CREATE INDEX idx_job_views_viewed_at ON ONLY public.job_views USING btree (viewed_at);

-- index public.idx_job_views_viewer_id
CREATE INDEX idx_job_views_viewer_id ON ONLY public.job_views USING btree (viewer_id) WHERE (viewer_id IS NOT NULL);

-- index public.job_views_default_job_id_idx
CREATE INDEX job_views_default_job_id_idx ON public.job_views_default USING btree (job_id);
ALTER INDEX public.idx_job_views_job_id ATTACH PARTITION public.job_views_default_job_id_idx;

-- index public.job_views_default_viewed_at_idx
CREATE INDEX job_views_default_viewed_at_idx ON public.job_views_default USING btree (viewed_at);
ALTER INDEX public.idx_job_views_viewed_at ATTACH PARTITION public.job_views_default_viewed_at_idx;

-- index public.job_views_default_viewer_id_idx
CREATE INDEX job_views_default_viewer_id_idx ON public.job_views_default USING btree (viewer_id) WHERE (viewer_id IS NOT NULL);
ALTER INDEX public.idx_job_views_viewer_id ATTACH PARTITION public.job_views_default_viewer_id_idx;

-- table public.jobs
CREATE TABLE public.jobs (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  employer_id uuid NOT NULL,
  company_id uuid,
  title character varying(255) NOT NULL,
  slug character varying(255) NOT NULL,
  description text NOT NULL,
  requirements text,
  responsibilities text,
  benefits text,
  category_id uuid,
  employment_type character varying(50) NOT NULL,
  experience_level character varying(50),
  location character varying(255),
  is_remote boolean DEFAULT false,
  remote_policy character varying(50),
  salary_min integer,
  salary_max integer,
  salary_currency character varying(3) DEFAULT 'USD'::character varying,
  salary_period character varying(20),
  show_salary boolean DEFAULT true,
  required_skills uuid[],
  preferred_skills uuid[],
  application_deadline date,
  status character varying(20) DEFAULT 'draft'::character varying,
  priority_level integer DEFAULT 0,
  application_count integer DEFAULT 0,
  view_count integer DEFAULT 0,
  save_count integer DEFAULT 0,
  share_count integer DEFAULT 0,
  external_application_url character varying(500),
  application_instructions text,
  screening_questions jsonb,
  auto_reject_criteria jsonb,
  seo_title character varying(255),
  seo_description text,
  published_at timestamp with time zone,
  expires_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  deleted_at timestamp with time zone,
  CONSTRAINT jobs_pkey PRIMARY KEY (id),
  CONSTRAINT jobs_slug_key UNIQUE (slug),
  CONSTRAINT jobs_employment_type_check CHECK (((employment_type)::text = ANY (ARRAY[('full_time'::character varying)::text, ('part_time'::character varying)::text, ('contract'::character varying)::text, ('freelance'::character varying)::text, ('internship'::character varying)::text]))),
  CONSTRAINT jobs_experience_level_check CHECK (((experience_level)::text = ANY (ARRAY[('entry'::character varying)::text, ('junior'::character varying)::text, ('mid'::character varying)::text, ('senior'::character varying)::text, ('lead'::character varying)::text, ('executive'::character varying)::text]))),
  CONSTRAINT jobs_remote_policy_check CHECK (((remote_policy)::text = ANY (ARRAY[('remote_only'::character varying)::text, ('hybrid'::character varying)::text, ('onsite'::character varying)::text, ('flexible'::character varying)::text]))),
  CONSTRAINT jobs_salary_period_check CHECK (((salary_period)::text = ANY (ARRAY[('hourly'::character varying)::text, ('daily'::character varying)::text, ('weekly'::character varying)::text, ('monthly'::character varying)::text, ('yearly'::character varying)::text]))),
  CONSTRAINT jobs_status_check CHECK (((status)::text = ANY (ARRAY[('draft'::character varying)::text, ('published'::character varying)::text, ('paused'::character varying)::text, ('closed'::character varying)::text, ('expired'::character varying)::text, ('removed'::character varying)::text])))
);

-- index public.idx_jobs_active_published
CREATE INDEX idx_jobs_active_published ON public.jobs USING btree (status, published_at DESC) WHERE (((status)::text = 'published'::text) AND (deleted_at IS NULL));

-- index public.idx_jobs_category_id
CREATE INDEX idx_jobs_category_id ON public.jobs USING btree (category_id);

-- index public.idx_jobs_company_id
CREATE INDEX idx_jobs_company_id ON public.jobs USING btree (company_id) WHERE (deleted_at IS NULL);

-- index public.idx_jobs_employer_id
CREATE INDEX idx_jobs_employer_id ON public.jobs USING btree (employer_id) WHERE (deleted_at IS NULL);

-- index public.idx_jobs_employment_type
CREATE INDEX idx_jobs_employment_type ON public.jobs USING btree (employment_type) WHERE (deleted_at IS NULL);

-- index public.idx_jobs_experience_level
CREATE INDEX idx_jobs_experience_level ON public.jobs USING btree (experience_level) WHERE (deleted_at IS NULL);

-- index public.idx_jobs_expires_at
CREATE INDEX idx_jobs_expires_at ON public.jobs USING btree (expires_at) WHERE (deleted_at IS NULL);

-- index public.idx_jobs_location
CREATE INDEX idx_jobs_location ON public.jobs USING btree (location) WHERE (deleted_at IS NULL);

-- index public.idx_jobs_location_remote
CREATE INDEX idx_jobs_location_remote ON public.jobs USING btree (location, is_remote) WHERE (((status)::text = 'published'::text) AND (deleted_at IS NULL));

-- index public.idx_jobs_published
CREATE INDEX idx_jobs_published ON public.jobs USING btree (published_at) WHERE (((status)::text = 'published'::text) AND (deleted_at IS NULL));

-- index public.idx_jobs_remote
CREATE INDEX idx_jobs_remote ON public.jobs USING btree (is_remote) WHERE (deleted_at IS NULL);

-- index public.idx_jobs_salary_range
CREATE INDEX idx_jobs_salary_range ON public.jobs USING btree (salary_min, salary_max) WHERE (deleted_at IS NULL);

-- index public.idx_jobs_search
CREATE INDEX idx_jobs_search ON public.jobs USING gin (to_tsvector('english'::regconfig, (((title)::text || ' '::text) || description))) WHERE (deleted_at IS NULL);

-- index public.idx_jobs_status
CREATE INDEX idx_jobs_status ON public.jobs USING btree (status) WHERE (deleted_at IS NULL);

-- foreign key public.jobs.jobs_category_id_fkey
ALTER TABLE public.jobs
  ADD CONSTRAINT jobs_category_id_fkey FOREIGN KEY (category_id) REFERENCES public.job_categories(id);

-- trigger public.jobs.trg_jobs_touch
CREATE TRIGGER trg_jobs_touch BEFORE UPDATE ON public.jobs FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- foreign key public.job_applications.job_applications_job_id_fkey
ALTER TABLE public.job_applications
  ADD CONSTRAINT job_applications_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id);

-- foreign key public.job_views.job_views_job_id_fkey
ALTER TABLE public.job_views
  ADD CONSTRAINT job_views_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id);

-- table public.outbox_events
CREATE TABLE public.outbox_events (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  aggregate_id uuid NOT NULL,
  event_type character varying(100) NOT NULL,
  event_data jsonb NOT NULL,
  correlation_id uuid,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  processed_at timestamp with time zone,
  retry_count integer DEFAULT 0,
  max_retries integer DEFAULT 3,
  next_retry_at timestamp with time zone,
  CONSTRAINT outbox_events_pkey PRIMARY KEY (id)
);

-- index public.idx_outbox_events_processed
CREATE INDEX idx_outbox_events_processed ON public.outbox_events USING btree (processed_at);

-- index public.idx_outbox_events_retry
CREATE INDEX idx_outbox_events_retry ON public.outbox_events USING btree (next_retry_at) WHERE (processed_at IS NULL);

-- table public.saga_instances
CREATE TABLE public.saga_instances (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  saga_type character varying(100) NOT NULL,
  saga_data jsonb NOT NULL,
  current_step character varying(100) NOT NULL,
  status character varying(20) DEFAULT 'running'::character varying,
  correlation_id uuid NOT NULL,
  started_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  completed_at timestamp with time zone,
  error_message text,
  CONSTRAINT saga_instances_pkey PRIMARY KEY (id),
  CONSTRAINT saga_instances_correlation_id_key UNIQUE (correlation_id),
  CONSTRAINT saga_instances_status_check CHECK (((status)::text = ANY (ARRAY[('running'::character varying)::text, ('completed'::character varying)::text, ('failed'::character varying)::text, ('compensating'::character varying)::text])))
);

-- index public.idx_saga_instances_correlation
CREATE INDEX idx_saga_instances_correlation ON public.saga_instances USING btree (correlation_id);

-- index public.idx_saga_instances_status
CREATE INDEX idx_saga_instances_status ON public.saga_instances USING btree (status);

-- index public.idx_saga_instances_type
CREATE INDEX idx_saga_instances_type ON public.saga_instances USING btree (saga_type);

-- trigger public.saga_instances.trg_saga_instances_touch
CREATE TRIGGER trg_saga_instances_touch BEFORE UPDATE ON public.saga_instances FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- table public.saved_jobs
CREATE TABLE public.saved_jobs (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  job_id uuid NOT NULL,
  notes text,
  reminder_date date,
  tags character varying(50)[],
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT saved_jobs_pkey PRIMARY KEY (id),
  CONSTRAINT saved_jobs_user_id_job_id_key UNIQUE (user_id, job_id)
);

-- index public.idx_saved_jobs_job_id
CREATE INDEX idx_saved_jobs_job_id ON public.saved_jobs USING btree (job_id);

-- index public.idx_saved_jobs_reminder
CREATE INDEX idx_saved_jobs_reminder ON public.saved_jobs USING btree (reminder_date) WHERE (reminder_date IS NOT NULL);

-- index public.idx_saved_jobs_user_id
CREATE INDEX idx_saved_jobs_user_id ON public.saved_jobs USING btree (user_id);

-- foreign key public.saved_jobs.saved_jobs_job_id_fkey
ALTER TABLE public.saved_jobs
  ADD CONSTRAINT saved_jobs_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id);

-- grants "default privileges".jobhub_job_db_owner."".functions
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_job_db_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- grants "default privileges".jobhub_job_db_owner.public.sequences
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_job_db_owner IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO jobhub_job_db_app;
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_job_db_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO jobhub_job_db_ro;

-- grants "default privileges".jobhub_job_db_owner.public.tables
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_job_db_owner IN SCHEMA public GRANT INSERT, SELECT ON TABLES TO jobhub_job_db_app;
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_job_db_owner IN SCHEMA public GRANT SELECT ON TABLES TO jobhub_job_db_ro;

-- grants function.public."ensure_month_partition(regclass, date)"
REVOKE ALL ON FUNCTION public.ensure_month_partition(regclass, date) FROM PUBLIC;

-- grants function.public."touch_updated_at()"
REVOKE ALL ON FUNCTION public.touch_updated_at() FROM PUBLIC;

-- grants schema.public
GRANT USAGE ON SCHEMA public TO jobhub_job_db_app;
GRANT USAGE ON SCHEMA public TO jobhub_job_db_relay;
GRANT USAGE ON SCHEMA public TO jobhub_job_db_ro;

-- grants table.public.domain_events
GRANT INSERT, SELECT ON TABLE public.domain_events TO jobhub_job_db_app;
GRANT SELECT ON TABLE public.domain_events TO jobhub_job_db_ro;
GRANT UPDATE (processed_at) ON TABLE public.domain_events TO jobhub_job_db_app;

-- grants table.public.job_applications
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.job_applications TO jobhub_job_db_app;
GRANT SELECT ON TABLE public.job_applications TO jobhub_job_db_ro;

-- grants table.public.job_categories
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.job_categories TO jobhub_job_db_app;
GRANT SELECT ON TABLE public.job_categories TO jobhub_job_db_ro;

-- grants table.public.job_search_alerts
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.job_search_alerts TO jobhub_job_db_app;
GRANT SELECT ON TABLE public.job_search_alerts TO jobhub_job_db_ro;

-- grants table.public.job_views
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.job_views TO jobhub_job_db_app;
GRANT SELECT ON TABLE public.job_views TO jobhub_job_db_ro;

-- grants table.public.job_views_default
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.job_views_default TO jobhub_job_db_app;
GRANT SELECT ON TABLE public.job_views_default TO jobhub_job_db_ro;

-- grants table.public.jobs
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.jobs TO jobhub_job_db_app;
GRANT SELECT ON TABLE public.jobs TO jobhub_job_db_ro;

-- grants table.public.outbox_events
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.outbox_events TO jobhub_job_db_app;
GRANT SELECT, UPDATE ON TABLE public.outbox_events TO jobhub_job_db_relay;
GRANT SELECT ON TABLE public.outbox_events TO jobhub_job_db_ro;

-- grants table.public.saga_instances
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.saga_instances TO jobhub_job_db_app;
GRANT SELECT ON TABLE public.saga_instances TO jobhub_job_db_ro;

-- grants table.public.saved_jobs
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.saved_jobs TO jobhub_job_db_app;
GRANT SELECT ON TABLE public.saved_jobs TO jobhub_job_db_ro;

-- end
