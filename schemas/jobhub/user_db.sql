-- schemactl snapshot, format 1
-- target: jobhub/user_db
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

-- table public.certifications
CREATE TABLE public.certifications (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  name character varying(255) NOT NULL,
  issuing_organization character varying(255) NOT NULL,
  credential_id character varying(255),
  credential_url character varying(500),
  issue_date date,
  expiration_date date,
  does_not_expire boolean DEFAULT false,
  is_verified boolean DEFAULT false,
  verification_method character varying(100),
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT certifications_pkey PRIMARY KEY (id)
);

-- index public.idx_certifications_expiration
CREATE INDEX idx_certifications_expiration ON public.certifications USING btree (expiration_date) WHERE (expiration_date IS NOT NULL);

-- index public.idx_certifications_organization
CREATE INDEX idx_certifications_organization ON public.certifications USING btree (issuing_organization);

-- index public.idx_certifications_user_id
CREATE INDEX idx_certifications_user_id ON public.certifications USING btree (user_id);

-- trigger public.certifications.trg_certifications_touch
CREATE TRIGGER trg_certifications_touch BEFORE UPDATE ON public.certifications FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

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

-- table public.education
CREATE TABLE public.education (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  institution_name character varying(255) NOT NULL,
  degree_type character varying(100),
  field_of_study character varying(255),
  grade character varying(50),
  start_date date,
  end_date date,
  is_current boolean DEFAULT false,
  description text,
  activities text[],
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT education_pkey PRIMARY KEY (id)
);

-- index public.idx_education_degree
CREATE INDEX idx_education_degree ON public.education USING btree (degree_type);

-- index public.idx_education_institution
CREATE INDEX idx_education_institution ON public.education USING btree (institution_name);

-- index public.idx_education_user_id
CREATE INDEX idx_education_user_id ON public.education USING btree (user_id);

-- trigger public.education.trg_education_touch
CREATE TRIGGER trg_education_touch BEFORE UPDATE ON public.education FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- table public.experience
CREATE TABLE public.experience (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  company_name character varying(255) NOT NULL,
  company_id uuid,
  job_title character varying(255) NOT NULL,
  employment_type character varying(50),
  location character varying(255),
  is_remote boolean DEFAULT false,
  start_date date NOT NULL,
  end_date date,
  is_current boolean DEFAULT false,
  description text,
  achievements text[],
  skills_used uuid[],
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT experience_pkey PRIMARY KEY (id),
  CONSTRAINT experience_employment_type_check CHECK (((employment_type)::text = ANY (ARRAY[('full_time'::character varying)::text, ('part_time'::character varying)::text, ('contract'::character varying)::text, ('freelance'::character varying)::text, ('internship'::character varying)::text])))
);

-- index public.idx_experience_company_id
CREATE INDEX idx_experience_company_id ON public.experience USING btree (company_id);

-- index public.idx_experience_current
CREATE INDEX idx_experience_current ON public.experience USING btree (user_id) WHERE (is_current = true);

-- index public.idx_experience_dates
CREATE INDEX idx_experience_dates ON public.experience USING btree (start_date, end_date);

-- index public.idx_experience_user_id
CREATE INDEX idx_experience_user_id ON public.experience USING btree (user_id);

-- trigger public.experience.trg_experience_touch
CREATE TRIGGER trg_experience_touch BEFORE UPDATE ON public.experience FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

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

-- table public.resumes
CREATE TABLE public.resumes (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  file_name character varying(255) NOT NULL,
  original_file_name character varying(255) NOT NULL,
  file_size integer NOT NULL,
  file_type character varying(50) NOT NULL,
  file_url character varying(500) NOT NULL,
  is_primary boolean DEFAULT false,
  parsed_content jsonb,
  parsing_status character varying(50) DEFAULT 'pending'::character varying,
  parsing_error text,
  download_count integer DEFAULT 0,
  last_downloaded_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT resumes_pkey PRIMARY KEY (id),
  CONSTRAINT resumes_parsing_status_check CHECK (((parsing_status)::text = ANY (ARRAY[('pending'::character varying)::text, ('processing'::character varying)::text, ('completed'::character varying)::text, ('failed'::character varying)::text])))
);

-- index public.idx_resumes_parsing_status
CREATE INDEX idx_resumes_parsing_status ON public.resumes USING btree (parsing_status);

-- index public.idx_resumes_primary
CREATE INDEX idx_resumes_primary ON public.resumes USING btree (user_id) WHERE (is_primary = true);

-- index public.idx_resumes_user_id
CREATE INDEX idx_resumes_user_id ON public.resumes USING btree (user_id);

-- trigger public.resumes.trg_resumes_touch
CREATE TRIGGER trg_resumes_touch BEFORE UPDATE ON public.resumes FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

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

-- table public.skill_assessments
CREATE TABLE public.skill_assessments (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  skill_id uuid NOT NULL,
  name character varying(255) NOT NULL,
  description text,
  difficulty_level character varying(20),
  duration_minutes integer NOT NULL,
  question_count integer NOT NULL,
  passing_score integer NOT NULL,
  is_active boolean DEFAULT true,
  created_by uuid,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT skill_assessments_pkey PRIMARY KEY (id),
  CONSTRAINT skill_assessments_difficulty_level_check CHECK (((difficulty_level)::text = ANY (ARRAY[('beginner'::character varying)::text, ('intermediate'::character varying)::text, ('advanced'::character varying)::text])))
);

-- index public.idx_skill_assessments_active
CREATE INDEX idx_skill_assessments_active ON public.skill_assessments USING btree (is_active);

-- index public.idx_skill_assessments_difficulty
CREATE INDEX idx_skill_assessments_difficulty ON public.skill_assessments USING btree (difficulty_level);

-- index public.idx_skill_assessments_skill_id
CREATE INDEX idx_skill_assessments_skill_id ON public.skill_assessments USING btree (skill_id);

-- trigger public.skill_assessments.trg_skill_assessments_touch
CREATE TRIGGER trg_skill_assessments_touch BEFORE UPDATE ON public.skill_assessments FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- table public.skills
CREATE TABLE public.skills (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name character varying(100) NOT NULL,
  category character varying(50),
  description text,
  is_verified boolean DEFAULT false,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT skills_pkey PRIMARY KEY (id),
  CONSTRAINT skills_name_key UNIQUE (name)
);

-- index public.idx_skills_category
CREATE INDEX idx_skills_category ON public.skills USING btree (category);

-- index public.idx_skills_name
CREATE INDEX idx_skills_name ON public.skills USING btree (name);

-- foreign key public.skill_assessments.skill_assessments_skill_id_fkey
ALTER TABLE public.skill_assessments
  ADD CONSTRAINT skill_assessments_skill_id_fkey FOREIGN KEY (skill_id) REFERENCES public.skills(id);

-- table public.user_assessment_results
CREATE TABLE public.user_assessment_results (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  assessment_id uuid NOT NULL,
  score integer,
  time_taken_minutes integer,
  status character varying(20),
  started_at timestamp with time zone NOT NULL,
  completed_at timestamp with time zone,
  answers jsonb,
  is_verified boolean DEFAULT false,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT user_assessment_results_pkey PRIMARY KEY (id),
  CONSTRAINT user_assessment_results_user_id_assessment_id_key UNIQUE (user_id, assessment_id),
  CONSTRAINT ck_uar_completed_has_score CHECK ((((status)::text IS DISTINCT FROM 'completed'::text) OR (score IS NOT NULL))),
  CONSTRAINT user_assessment_results_status_check CHECK (((status)::text = ANY (ARRAY[('in_progress'::character varying)::text, ('completed'::character varying)::text, ('abandoned'::character varying)::text])))
);

-- index public.idx_user_assessment_results_assessment_id
CREATE INDEX idx_user_assessment_results_assessment_id ON public.user_assessment_results USING btree (assessment_id);

-- index public.idx_user_assessment_results_score
CREATE INDEX idx_user_assessment_results_score ON public.user_assessment_results USING btree (score);

-- index public.idx_user_assessment_results_status
CREATE INDEX idx_user_assessment_results_status ON public.user_assessment_results USING btree (status);

-- index public.idx_user_assessment_results_user_id
CREATE INDEX idx_user_assessment_results_user_id ON public.user_assessment_results USING btree (user_id);

-- foreign key public.user_assessment_results.user_assessment_results_assessment_id_fkey
ALTER TABLE public.user_assessment_results
  ADD CONSTRAINT user_assessment_results_assessment_id_fkey FOREIGN KEY (assessment_id) REFERENCES public.skill_assessments(id);

-- table public.user_connections
CREATE TABLE public.user_connections (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  requester_id uuid NOT NULL,
  addressee_id uuid NOT NULL,
  status character varying(20) DEFAULT 'pending'::character varying,
  message text,
  connected_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT user_connections_pkey PRIMARY KEY (id),
  CONSTRAINT user_connections_requester_id_addressee_id_key UNIQUE (requester_id, addressee_id),
  CONSTRAINT user_connections_check CHECK ((requester_id <> addressee_id)),
  CONSTRAINT user_connections_status_check CHECK (((status)::text = ANY (ARRAY[('pending'::character varying)::text, ('accepted'::character varying)::text, ('declined'::character varying)::text, ('blocked'::character varying)::text])))
);

-- index public.idx_user_connections_accepted
CREATE INDEX idx_user_connections_accepted ON public.user_connections USING btree (requester_id, addressee_id) WHERE ((status)::text = 'accepted'::text);

-- index public.idx_user_connections_addressee
CREATE INDEX idx_user_connections_addressee ON public.user_connections USING btree (addressee_id);

-- index public.idx_user_connections_requester
CREATE INDEX idx_user_connections_requester ON public.user_connections USING btree (requester_id);

-- index public.idx_user_connections_status
CREATE INDEX idx_user_connections_status ON public.user_connections USING btree (status);

-- index public.uq_user_connections_pair
CREATE UNIQUE INDEX uq_user_connections_pair ON public.user_connections USING btree (LEAST(requester_id, addressee_id), GREATEST(requester_id, addressee_id));

-- trigger public.user_connections.trg_user_connections_touch
CREATE TRIGGER trg_user_connections_touch BEFORE UPDATE ON public.user_connections FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- table public.user_profiles
CREATE TABLE public.user_profiles (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  headline character varying(500),
  bio text,
  summary text,
  website_url character varying(500),
  portfolio_url character varying(500),
  github_url character varying(500),
  linkedin_url character varying(500),
  twitter_url character varying(500),
  years_of_experience integer,
  current_salary_range character varying(50),
  desired_salary_range character varying(50),
  availability character varying(50),
  remote_preference character varying(50),
  willing_to_relocate boolean DEFAULT false,
  profile_visibility character varying(20) DEFAULT 'public'::character varying,
  profile_completeness integer DEFAULT 0,
  last_active_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT user_profiles_pkey PRIMARY KEY (id),
  CONSTRAINT user_profiles_user_id_key UNIQUE (user_id),
  CONSTRAINT user_profiles_availability_check CHECK (((availability)::text = ANY (ARRAY[('immediately'::character varying)::text, ('within_2_weeks'::character varying)::text, ('within_month'::character varying)::text, ('not_looking'::character varying)::text]))),
  CONSTRAINT user_profiles_profile_visibility_check CHECK (((profile_visibility)::text = ANY (ARRAY[('public'::character varying)::text, ('private'::character varying)::text, ('connections_only'::character varying)::text]))),
  CONSTRAINT user_profiles_remote_preference_check CHECK (((remote_preference)::text = ANY (ARRAY[('remote_only'::character varying)::text, ('hybrid'::character varying)::text, ('onsite'::character varying)::text, ('flexible'::character varying)::text])))
);

-- index public.idx_user_profiles_availability
CREATE INDEX idx_user_profiles_availability ON public.user_profiles USING btree (availability);

-- index public.idx_user_profiles_experience
CREATE INDEX idx_user_profiles_experience ON public.user_profiles USING btree (years_of_experience);

-- index public.idx_user_profiles_user_id
CREATE INDEX idx_user_profiles_user_id ON public.user_profiles USING btree (user_id);

-- index public.idx_user_profiles_visibility
CREATE INDEX idx_user_profiles_visibility ON public.user_profiles USING btree (profile_visibility);

-- trigger public.user_profiles.trg_user_profiles_touch
CREATE TRIGGER trg_user_profiles_touch BEFORE UPDATE ON public.user_profiles FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- table public.user_skills
CREATE TABLE public.user_skills (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  skill_id uuid NOT NULL,
  proficiency_level character varying(20),
  years_of_experience integer,
  is_primary boolean DEFAULT false,
  endorsed_count integer DEFAULT 0,
  last_used_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT user_skills_pkey PRIMARY KEY (id),
  CONSTRAINT user_skills_user_id_skill_id_key UNIQUE (user_id, skill_id),
  CONSTRAINT user_skills_proficiency_level_check CHECK (((proficiency_level)::text = ANY (ARRAY[('beginner'::character varying)::text, ('intermediate'::character varying)::text, ('advanced'::character varying)::text, ('expert'::character varying)::text])))
);

-- index public.idx_user_skills_primary
CREATE INDEX idx_user_skills_primary ON public.user_skills USING btree (user_id) WHERE (is_primary = true);

-- index public.idx_user_skills_proficiency
CREATE INDEX idx_user_skills_proficiency ON public.user_skills USING btree (proficiency_level);

-- index public.idx_user_skills_skill_id
CREATE INDEX idx_user_skills_skill_id ON public.user_skills USING btree (skill_id);

-- index public.idx_user_skills_user_id
CREATE INDEX idx_user_skills_user_id ON public.user_skills USING btree (user_id);

-- foreign key public.user_skills.user_skills_skill_id_fkey
ALTER TABLE public.user_skills
  ADD CONSTRAINT user_skills_skill_id_fkey FOREIGN KEY (skill_id) REFERENCES public.skills(id);

-- grants "default privileges".jobhub_user_db_owner."".functions
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_user_db_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- grants "default privileges".jobhub_user_db_owner.public.sequences
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_user_db_owner IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO jobhub_user_db_app;

-- grants "default privileges".jobhub_user_db_owner.public.tables
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_user_db_owner IN SCHEMA public GRANT INSERT, SELECT ON TABLES TO jobhub_user_db_app;

-- grants function.public."touch_updated_at()"
REVOKE ALL ON FUNCTION public.touch_updated_at() FROM PUBLIC;

-- grants schema.public
GRANT USAGE ON SCHEMA public TO jobhub_user_db_app;
GRANT USAGE ON SCHEMA public TO jobhub_user_db_relay;
GRANT USAGE ON SCHEMA public TO jobhub_user_db_ro;

-- grants table.public.certifications
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.certifications TO jobhub_user_db_app;
GRANT SELECT ON TABLE public.certifications TO jobhub_user_db_ro;

-- grants table.public.domain_events
GRANT INSERT, SELECT ON TABLE public.domain_events TO jobhub_user_db_app;
GRANT SELECT ON TABLE public.domain_events TO jobhub_user_db_ro;
GRANT UPDATE (processed_at) ON TABLE public.domain_events TO jobhub_user_db_app;

-- grants table.public.education
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.education TO jobhub_user_db_app;
GRANT SELECT ON TABLE public.education TO jobhub_user_db_ro;

-- grants table.public.experience
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.experience TO jobhub_user_db_app;
GRANT SELECT ON TABLE public.experience TO jobhub_user_db_ro;

-- grants table.public.outbox_events
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.outbox_events TO jobhub_user_db_app;
GRANT SELECT, UPDATE ON TABLE public.outbox_events TO jobhub_user_db_relay;
GRANT SELECT ON TABLE public.outbox_events TO jobhub_user_db_ro;

-- grants table.public.resumes
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.resumes TO jobhub_user_db_app;
GRANT SELECT ON TABLE public.resumes TO jobhub_user_db_ro;

-- grants table.public.saga_instances
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.saga_instances TO jobhub_user_db_app;
GRANT SELECT ON TABLE public.saga_instances TO jobhub_user_db_ro;

-- grants table.public.skill_assessments
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.skill_assessments TO jobhub_user_db_app;
GRANT SELECT ON TABLE public.skill_assessments TO jobhub_user_db_ro;

-- grants table.public.skills
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.skills TO jobhub_user_db_app;
GRANT SELECT ON TABLE public.skills TO jobhub_user_db_ro;

-- grants table.public.user_assessment_results
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_assessment_results TO jobhub_user_db_app;
GRANT SELECT (
  id,
  user_id,
  assessment_id,
  score,
  time_taken_minutes,
  status,
  started_at,
  completed_at,
  is_verified,
  created_at
) ON TABLE public.user_assessment_results TO jobhub_user_db_ro;

-- grants table.public.user_connections
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_connections TO jobhub_user_db_app;
GRANT SELECT ON TABLE public.user_connections TO jobhub_user_db_ro;

-- grants table.public.user_profiles
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_profiles TO jobhub_user_db_app;
GRANT SELECT ON TABLE public.user_profiles TO jobhub_user_db_ro;

-- grants table.public.user_skills
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_skills TO jobhub_user_db_app;
GRANT SELECT ON TABLE public.user_skills TO jobhub_user_db_ro;

-- end
