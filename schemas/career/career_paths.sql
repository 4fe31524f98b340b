-- schemactl snapshot, format 1
-- target: career/career_paths
-- version: 0001

-- settings session
SET search_path = '';
SET standard_conforming_strings = on;
SET check_function_bodies = off;

-- function public."set_updated_at()"
CREATE FUNCTION public.set_updated_at()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$function$;

-- table public.career_milestones
CREATE TABLE public.career_milestones (
  milestone_id uuid NOT NULL DEFAULT gen_random_uuid(),
  path_id uuid NOT NULL,
  title character varying(200) NOT NULL,
  description text,
  order_sequence integer NOT NULL,
  estimated_duration integer,
  required_skills jsonb NOT NULL DEFAULT '[]'::jsonb,
  optional_skills jsonb NOT NULL DEFAULT '[]'::jsonb,
  CONSTRAINT career_milestones_pkey PRIMARY KEY (milestone_id),
  CONSTRAINT career_milestones_path_id_milestone_id_key UNIQUE (path_id, milestone_id),
  CONSTRAINT career_milestones_path_id_order_sequence_key UNIQUE (path_id, order_sequence),
  CONSTRAINT career_milestones_estimated_duration_check CHECK ((estimated_duration > 0)),
  CONSTRAINT career_milestones_optional_skills_check CHECK ((jsonb_typeof(optional_skills) = 'array'::text)),
  CONSTRAINT career_milestones_order_sequence_check CHECK ((order_sequence > 0)),
  CONSTRAINT career_milestones_required_skills_check CHECK ((jsonb_typeof(required_skills) = 'array'::text))
);
COMMENT ON COLUMN public.career_milestones.estimated_duration IS 'weeks';
COMMENT ON COLUMN public.career_milestones.required_skills IS '[{"skill_id": "24 hex digits of career_skills.skills._id", "level": "beginner, intermediate or advanced"}]';
COMMENT ON COLUMN public.career_milestones.optional_skills IS '[{"skill_id": "24 hex digits of career_skills.skills._id", "level": "beginner, intermediate or advanced"}]';

-- index public.idx_career_milestones_optional_skills
CREATE INDEX idx_career_milestones_optional_skills ON public.career_milestones USING gin (optional_skills jsonb_path_ops);

-- index public.idx_career_milestones_required_skills
CREATE INDEX idx_career_milestones_required_skills ON public.career_milestones USING gin (required_skills jsonb_path_ops);

-- table public.career_paths
CREATE TABLE public.career_paths (
  path_id uuid NOT NULL DEFAULT gen_random_uuid(),
  title character varying(200) NOT NULL,
  description text,
  industry character varying(100),
  required_years_experience integer,
  difficulty_level character varying(50),
  average_completion_time integer,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT career_paths_pkey PRIMARY KEY (path_id),
  CONSTRAINT career_paths_average_completion_time_check CHECK ((average_completion_time > 0)),
  CONSTRAINT career_paths_difficulty_level_check CHECK (((difficulty_level)::text = ANY (ARRAY[('beginner'::character varying)::text, ('intermediate'::character varying)::text, ('advanced'::character varying)::text, ('expert'::character varying)::text]))),
  CONSTRAINT career_paths_required_years_experience_check CHECK ((required_years_experience >= 0))
);
COMMENT ON COLUMN public.career_paths.average_completion_time IS 'months';

-- index public.idx_career_paths_industry_difficulty_level
CREATE INDEX idx_career_paths_industry_difficulty_level ON public.career_paths USING btree (industry, difficulty_level);

-- index public.uq_career_paths_title_industry
CREATE UNIQUE INDEX uq_career_paths_title_industry ON public.career_paths USING btree (lower((title)::text), COALESCE(industry, ''::character varying));

-- trigger public.career_paths.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.career_paths FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

-- foreign key public.career_milestones.career_milestones_path_id_fkey
ALTER TABLE public.career_milestones
  ADD CONSTRAINT career_milestones_path_id_fkey FOREIGN KEY (path_id) REFERENCES public.career_paths(path_id) ON DELETE CASCADE;

-- table public.user_career_progress
CREATE TABLE public.user_career_progress (
  progress_id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  path_id uuid NOT NULL,
  current_milestone_id uuid,
  start_date timestamp with time zone,
  estimated_completion_date timestamp with time zone,
  completion_percentage integer NOT NULL DEFAULT 0,
  status character varying(50) NOT NULL DEFAULT 'not_started'::character varying,
  notes text,
  CONSTRAINT user_career_progress_pkey PRIMARY KEY (progress_id),
  CONSTRAINT user_career_progress_completed_is_all CHECK ((((status)::text <> 'completed'::text) OR (completion_percentage = 100))),
  CONSTRAINT user_career_progress_completion_percentage_check CHECK (((completion_percentage >= 0) AND (completion_percentage <= 100))),
  CONSTRAINT user_career_progress_ends_after_start CHECK ((estimated_completion_date >= start_date)),
  CONSTRAINT user_career_progress_status_check CHECK (((status)::text = ANY (ARRAY[('not_started'::character varying)::text, ('in_progress'::character varying)::text, ('paused'::character varying)::text, ('completed'::character varying)::text, ('abandoned'::character varying)::text])))
);

-- index public.idx_user_career_progress_path_id_current_milestone_id
CREATE INDEX idx_user_career_progress_path_id_current_milestone_id ON public.user_career_progress USING btree (path_id, current_milestone_id);

-- index public.idx_user_career_progress_user_id
CREATE INDEX idx_user_career_progress_user_id ON public.user_career_progress USING btree (user_id);

-- index public.uq_user_career_progress_open
CREATE UNIQUE INDEX uq_user_career_progress_open ON public.user_career_progress USING btree (user_id, path_id) WHERE ((status)::text = ANY (ARRAY[('not_started'::character varying)::text, ('in_progress'::character varying)::text, ('paused'::character varying)::text]));

-- foreign key public.user_career_progress.user_career_progress_milestone_of_path
ALTER TABLE public.user_career_progress
  ADD CONSTRAINT user_career_progress_milestone_of_path FOREIGN KEY (path_id, current_milestone_id) REFERENCES public.career_milestones(path_id, milestone_id) ON DELETE SET NULL (current_milestone_id);

-- foreign key public.user_career_progress.user_career_progress_path_id_fkey
ALTER TABLE public.user_career_progress
  ADD CONSTRAINT user_career_progress_path_id_fkey FOREIGN KEY (path_id) REFERENCES public.career_paths(path_id) ON DELETE RESTRICT;

-- grants "default privileges".career_paths_owner."".functions
ALTER DEFAULT PRIVILEGES FOR ROLE career_paths_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- grants "default privileges".career_paths_owner.public.functions
ALTER DEFAULT PRIVILEGES FOR ROLE career_paths_owner IN SCHEMA public GRANT ALL ON FUNCTIONS TO career_paths_app;

-- grants "default privileges".career_paths_owner.public.sequences
ALTER DEFAULT PRIVILEGES FOR ROLE career_paths_owner IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO career_paths_app;
ALTER DEFAULT PRIVILEGES FOR ROLE career_paths_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO career_paths_read;

-- grants "default privileges".career_paths_owner.public.tables
ALTER DEFAULT PRIVILEGES FOR ROLE career_paths_owner IN SCHEMA public GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO career_paths_app;
ALTER DEFAULT PRIVILEGES FOR ROLE career_paths_owner IN SCHEMA public GRANT SELECT ON TABLES TO career_paths_read;

-- grants function.public."set_updated_at()"
REVOKE ALL ON FUNCTION public.set_updated_at() FROM PUBLIC;
GRANT ALL ON FUNCTION public.set_updated_at() TO career_paths_app;

-- grants schema.public
GRANT USAGE ON SCHEMA public TO career_paths_app;
GRANT USAGE ON SCHEMA public TO career_paths_read;

-- grants table.public.career_milestones
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.career_milestones TO career_paths_app;
GRANT SELECT ON TABLE public.career_milestones TO career_paths_read;

-- grants table.public.career_paths
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.career_paths TO career_paths_app;
GRANT SELECT ON TABLE public.career_paths TO career_paths_read;

-- grants table.public.user_career_progress
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_career_progress TO career_paths_app;
GRANT SELECT ON TABLE public.user_career_progress TO career_paths_read;

-- end
