-- schemactl snapshot, format 1
-- target: jobhub/company_db
-- version: 0004

-- settings session
SET search_path = '';
SET standard_conforming_strings = on;
SET check_function_bodies = off;

-- function public."touch_updated_at()"
CREATE FUNCTION public.touch_updated_at()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN NEW.updated_at := CURRENT_TIMESTAMP; RETURN NEW; END $function$;

-- table public.companies
CREATE TABLE public.companies (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name character varying(255) NOT NULL,
  slug character varying(255) NOT NULL,
  legal_name character varying(255),
  description text,
  tagline character varying(500),
  website_url character varying(500),
  logo_url character varying(500),
  cover_image_url character varying(500),
  industry character varying(100),
  company_size character varying(50),
  founded_year integer,
  headquarters_location character varying(255),
  locations text[],
  employee_count integer,
  annual_revenue character varying(50),
  company_type character varying(50),
  stock_symbol character varying(10),
  linkedin_url character varying(500),
  twitter_url character varying(500),
  facebook_url character varying(500),
  instagram_url character varying(500),
  glassdoor_url character varying(500),
  benefits text[],
  perks text[],
  "values" jsonb,
  culture_description text,
  diversity_statement text,
  remote_policy character varying(50),
  is_verified boolean DEFAULT false,
  verification_date timestamp with time zone,
  status character varying(20) DEFAULT 'active'::character varying,
  seo_title character varying(255),
  seo_description text,
  created_by uuid,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  deleted_at timestamp with time zone,
  CONSTRAINT companies_pkey PRIMARY KEY (id),
  CONSTRAINT companies_slug_key UNIQUE (slug),
  CONSTRAINT companies_company_size_check CHECK (((company_size)::text = ANY (ARRAY[('1-10'::character varying)::text, ('11-50'::character varying)::text, ('51-200'::character varying)::text, ('201-500'::character varying)::text, ('501-1000'::character varying)::text, ('1001-5000'::character varying)::text, ('5001+'::character varying)::text]))),
  CONSTRAINT companies_company_type_check CHECK (((company_type)::text = ANY (ARRAY[('startup'::character varying)::text, ('small_business'::character varying)::text, ('enterprise'::character varying)::text, ('non_profit'::character varying)::text, ('government'::character varying)::text]))),
  CONSTRAINT companies_remote_policy_check CHECK (((remote_policy)::text = ANY (ARRAY[('remote_first'::character varying)::text, ('hybrid'::character varying)::text, ('office_first'::character varying)::text, ('flexible'::character varying)::text]))),
  CONSTRAINT companies_status_check CHECK (((status)::text = ANY (ARRAY[('active'::character varying)::text, ('inactive'::character varying)::text, ('suspended'::character varying)::text])))
);

-- index public.idx_companies_industry
CREATE INDEX idx_companies_industry ON public.companies USING btree (industry) WHERE (deleted_at IS NULL);

-- index public.idx_companies_location
CREATE INDEX idx_companies_location ON public.companies USING btree (headquarters_location) WHERE (deleted_at IS NULL);

-- index public.idx_companies_search
CREATE INDEX idx_companies_search ON public.companies USING gin (to_tsvector('english'::regconfig, (((name)::text || ' '::text) || COALESCE(description, ''::text)))) WHERE (deleted_at IS NULL);

-- index public.idx_companies_size
CREATE INDEX idx_companies_size ON public.companies USING btree (company_size) WHERE (deleted_at IS NULL);

-- index public.idx_companies_slug
CREATE INDEX idx_companies_slug ON public.companies USING btree (slug) WHERE (deleted_at IS NULL);

-- index public.idx_companies_status
CREATE INDEX idx_companies_status ON public.companies USING btree (status) WHERE (deleted_at IS NULL);

-- index public.idx_companies_verified
CREATE INDEX idx_companies_verified ON public.companies USING btree (is_verified) WHERE (deleted_at IS NULL);

-- trigger public.companies.trg_companies_touch
CREATE TRIGGER trg_companies_touch BEFORE UPDATE ON public.companies FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- table public.company_employees
CREATE TABLE public.company_employees (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  company_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role character varying(100),
  department character varying(100),
  is_admin boolean DEFAULT false,
  is_hiring_manager boolean DEFAULT false,
  employment_status character varying(20) DEFAULT 'active'::character varying,
  start_date date,
  end_date date,
  invited_by uuid,
  invitation_token character varying(255),
  invitation_expires_at timestamp with time zone,
  joined_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT company_employees_pkey PRIMARY KEY (id),
  CONSTRAINT company_employees_company_id_user_id_key UNIQUE (company_id, user_id),
  CONSTRAINT company_employees_employment_status_check CHECK (((employment_status)::text = ANY (ARRAY[('active'::character varying)::text, ('inactive'::character varying)::text, ('pending'::character varying)::text])))
);

-- index public.idx_company_employees_admin
CREATE INDEX idx_company_employees_admin ON public.company_employees USING btree (company_id) WHERE (is_admin = true);

-- index public.idx_company_employees_company_id
CREATE INDEX idx_company_employees_company_id ON public.company_employees USING btree (company_id);

-- index public.idx_company_employees_hiring_manager
CREATE INDEX idx_company_employees_hiring_manager ON public.company_employees USING btree (company_id) WHERE (is_hiring_manager = true);

-- index public.idx_company_employees_status
CREATE INDEX idx_company_employees_status ON public.company_employees USING btree (employment_status);

-- index public.idx_company_employees_user_id
CREATE INDEX idx_company_employees_user_id ON public.company_employees USING btree (user_id);

-- foreign key public.company_employees.company_employees_company_id_fkey
ALTER TABLE public.company_employees
  ADD CONSTRAINT company_employees_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.companies(id);

-- trigger public.company_employees.trg_company_employees_touch
CREATE TRIGGER trg_company_employees_touch BEFORE UPDATE ON public.company_employees FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- table public.company_photos
CREATE TABLE public.company_photos (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  company_id uuid NOT NULL,
  uploaded_by uuid NOT NULL,
  file_name character varying(255) NOT NULL,
  file_url character varying(500) NOT NULL,
  file_size integer,
  caption text,
  photo_type character varying(50),
  is_featured boolean DEFAULT false,
  display_order integer DEFAULT 0,
  status character varying(20) DEFAULT 'pending'::character varying,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT company_photos_pkey PRIMARY KEY (id),
  CONSTRAINT company_photos_photo_type_check CHECK (((photo_type)::text = ANY (ARRAY[('office'::character varying)::text, ('team'::character varying)::text, ('event'::character varying)::text, ('culture'::character varying)::text, ('product'::character varying)::text]))),
  CONSTRAINT company_photos_status_check CHECK (((status)::text = ANY (ARRAY[('pending'::character varying)::text, ('approved'::character varying)::text, ('rejected'::character varying)::text])))
);

-- index public.idx_company_photos_company_id
CREATE INDEX idx_company_photos_company_id ON public.company_photos USING btree (company_id);

-- index public.idx_company_photos_featured
CREATE INDEX idx_company_photos_featured ON public.company_photos USING btree (company_id) WHERE (is_featured = true);

-- index public.idx_company_photos_status
CREATE INDEX idx_company_photos_status ON public.company_photos USING btree (status);

-- foreign key public.company_photos.company_photos_company_id_fkey
ALTER TABLE public.company_photos
  ADD CONSTRAINT company_photos_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.companies(id);

-- table public.company_reviews
CREATE TABLE public.company_reviews (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  company_id uuid NOT NULL,
  reviewer_id uuid,
  reviewer_type character varying(20),
  job_title character varying(255),
  department character varying(100),
  employment_duration character varying(50),
  overall_rating integer NOT NULL,
  work_life_balance_rating integer,
  culture_rating integer,
  career_growth_rating integer,
  compensation_rating integer,
  management_rating integer,
  title character varying(255) NOT NULL,
  pros text NOT NULL,
  cons text NOT NULL,
  advice_to_management text,
  would_recommend boolean,
  is_anonymous boolean DEFAULT true,
  status character varying(20) DEFAULT 'pending'::character varying,
  moderation_notes text,
  moderated_by uuid,
  moderated_at timestamp with time zone,
  helpful_count integer DEFAULT 0,
  not_helpful_count integer DEFAULT 0,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT company_reviews_pkey PRIMARY KEY (id),
  CONSTRAINT company_reviews_company_id_reviewer_id_key UNIQUE (company_id, reviewer_id),
  CONSTRAINT company_reviews_career_growth_rating_check CHECK (((career_growth_rating >= 1) AND (career_growth_rating <= 5))),
  CONSTRAINT company_reviews_compensation_rating_check CHECK (((compensation_rating >= 1) AND (compensation_rating <= 5))),
  CONSTRAINT company_reviews_culture_rating_check CHECK (((culture_rating >= 1) AND (culture_rating <= 5))),
  CONSTRAINT company_reviews_management_rating_check CHECK (((management_rating >= 1) AND (management_rating <= 5))),
  CONSTRAINT company_reviews_overall_rating_check CHECK (((overall_rating >= 1) AND (overall_rating <= 5))),
  CONSTRAINT company_reviews_reviewer_type_check CHECK (((reviewer_type)::text = ANY (ARRAY[('current_employee'::character varying)::text, ('former_employee'::character varying)::text, ('interview_candidate'::character varying)::text]))),
  CONSTRAINT company_reviews_status_check CHECK (((status)::text = ANY (ARRAY[('pending'::character varying)::text, ('approved'::character varying)::text, ('rejected'::character varying)::text, ('flagged'::character varying)::text]))),
  CONSTRAINT company_reviews_work_life_balance_rating_check CHECK (((work_life_balance_rating >= 1) AND (work_life_balance_rating <= 5)))
);

-- index public.idx_company_reviews_approved
CREATE INDEX idx_company_reviews_approved ON public.company_reviews USING btree (company_id, status, created_at) WHERE ((status)::text = 'approved'::text);

-- index public.idx_company_reviews_company_id
CREATE INDEX idx_company_reviews_company_id ON public.company_reviews USING btree (company_id);

-- index public.idx_company_reviews_rating
CREATE INDEX idx_company_reviews_rating ON public.company_reviews USING btree (overall_rating);

-- index public.idx_company_reviews_reviewer_id
CREATE INDEX idx_company_reviews_reviewer_id ON public.company_reviews USING btree (reviewer_id) WHERE (reviewer_id IS NOT NULL);

-- index public.idx_company_reviews_status
CREATE INDEX idx_company_reviews_status ON public.company_reviews USING btree (status);

-- foreign key public.company_reviews.company_reviews_company_id_fkey
ALTER TABLE public.company_reviews
  ADD CONSTRAINT company_reviews_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.companies(id);

-- trigger public.company_reviews.trg_company_reviews_touch
CREATE TRIGGER trg_company_reviews_touch BEFORE UPDATE ON public.company_reviews FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

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

-- grants "default privileges".jobhub_company_db_owner."".functions
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_company_db_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- grants "default privileges".jobhub_company_db_owner.public.sequences
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_company_db_owner IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO jobhub_company_db_app;

-- grants "default privileges".jobhub_company_db_owner.public.tables
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_company_db_owner IN SCHEMA public GRANT INSERT, SELECT ON TABLES TO jobhub_company_db_app;

-- grants function.public."touch_updated_at()"
REVOKE ALL ON FUNCTION public.touch_updated_at() FROM PUBLIC;

-- grants schema.public
GRANT USAGE ON SCHEMA public TO jobhub_company_db_app;
GRANT USAGE ON SCHEMA public TO jobhub_company_db_relay;
GRANT USAGE ON SCHEMA public TO jobhub_company_db_ro;

-- grants table.public.companies
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.companies TO jobhub_company_db_app;
GRANT SELECT ON TABLE public.companies TO jobhub_company_db_ro;

-- grants table.public.company_employees
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.company_employees TO jobhub_company_db_app;
GRANT SELECT (
  id,
  company_id,
  user_id,
  role,
  department,
  is_admin,
  is_hiring_manager,
  employment_status,
  start_date,
  end_date,
  invited_by,
  invitation_expires_at,
  joined_at,
  created_at,
  updated_at
) ON TABLE public.company_employees TO jobhub_company_db_ro;

-- grants table.public.company_photos
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.company_photos TO jobhub_company_db_app;
GRANT SELECT ON TABLE public.company_photos TO jobhub_company_db_ro;

-- grants table.public.company_reviews
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.company_reviews TO jobhub_company_db_app;
GRANT SELECT ON TABLE public.company_reviews TO jobhub_company_db_ro;

-- grants table.public.domain_events
GRANT INSERT, SELECT ON TABLE public.domain_events TO jobhub_company_db_app;
GRANT SELECT ON TABLE public.domain_events TO jobhub_company_db_ro;
GRANT UPDATE (processed_at) ON TABLE public.domain_events TO jobhub_company_db_app;

-- grants table.public.outbox_events
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.outbox_events TO jobhub_company_db_app;
GRANT SELECT, UPDATE ON TABLE public.outbox_events TO jobhub_company_db_relay;
GRANT SELECT ON TABLE public.outbox_events TO jobhub_company_db_ro;

-- grants table.public.saga_instances
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.saga_instances TO jobhub_company_db_app;
GRANT SELECT ON TABLE public.saga_instances TO jobhub_company_db_ro;

-- end
