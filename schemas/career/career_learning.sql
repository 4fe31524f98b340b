-- schemactl snapshot, format 1
-- target: career/career_learning
-- version: 0002

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

-- table public.course_skills
CREATE TABLE public.course_skills (
  course_id uuid NOT NULL,
  skill_id character(24) NOT NULL,
  skill_name character varying(120) NOT NULL,
  target_level character varying(12) NOT NULL DEFAULT 'beginner'::character varying,
  is_primary boolean NOT NULL DEFAULT false,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT course_skills_pkey PRIMARY KEY (course_id, skill_id),
  CONSTRAINT course_skills_skill_id_check CHECK ((skill_id ~ '^[0-9a-f]{24}$'::text)),
  CONSTRAINT course_skills_target_level_check CHECK (((target_level)::text = ANY (ARRAY[('beginner'::character varying)::text, ('intermediate'::character varying)::text, ('advanced'::character varying)::text])))
);

-- index public.idx_course_skills_skill_id
CREATE INDEX idx_course_skills_skill_id ON public.course_skills USING btree (skill_id);

-- table public.courses
CREATE TABLE public.courses (
  course_id uuid NOT NULL DEFAULT gen_random_uuid(),
  title character varying(255) NOT NULL,
  description text,
  provider character varying(100),
  difficulty_level character varying(50),
  duration_hours integer,
  price numeric(10,2),
  currency character(3) NOT NULL DEFAULT 'USD'::bpchar,
  rating numeric(3,2),
  total_enrollments integer NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT courses_pkey PRIMARY KEY (course_id),
  CONSTRAINT courses_difficulty_level_check CHECK (((difficulty_level)::text = ANY (ARRAY[('beginner'::character varying)::text, ('intermediate'::character varying)::text, ('advanced'::character varying)::text, ('expert'::character varying)::text]))),
  CONSTRAINT courses_duration_hours_check CHECK ((duration_hours > 0)),
  CONSTRAINT courses_price_check CHECK ((price >= (0)::numeric)),
  CONSTRAINT courses_rating_check CHECK (((rating >= (0)::numeric) AND (rating <= (5)::numeric))),
  CONSTRAINT courses_total_enrollments_check CHECK ((total_enrollments >= 0))
);

-- index public.idx_courses_provider
CREATE INDEX idx_courses_provider ON public.courses USING btree (provider);

-- index public.idx_courses_title
CREATE INDEX idx_courses_title ON public.courses USING btree (title);

-- trigger public.courses.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.courses FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

-- function public."sync_total_enrollments()"
CREATE FUNCTION public.sync_total_enrollments()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE courses SET total_enrollments = total_enrollments - 1 WHERE course_id = OLD.course_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE courses SET total_enrollments = total_enrollments + 1 WHERE course_id = NEW.course_id;
    END IF;
    RETURN NULL;
END
$function$;

-- foreign key public.course_skills.course_skills_course_id_fkey
ALTER TABLE public.course_skills
  ADD CONSTRAINT course_skills_course_id_fkey FOREIGN KEY (course_id) REFERENCES public.courses(course_id) ON DELETE CASCADE;

-- table public.user_courses
CREATE TABLE public.user_courses (
  enrollment_id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  course_id uuid NOT NULL,
  enrollment_date timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  completion_date timestamp with time zone,
  progress_percentage integer NOT NULL DEFAULT 0,
  status character varying(50) NOT NULL DEFAULT 'enrolled'::character varying,
  certificate_url character varying(255),
  CONSTRAINT user_courses_pkey PRIMARY KEY (enrollment_id),
  CONSTRAINT user_courses_course_id_user_id_key UNIQUE (course_id, user_id),
  CONSTRAINT user_courses_completed_has_date CHECK ((((status)::text = 'completed'::text) = (completion_date IS NOT NULL))),
  CONSTRAINT user_courses_ends_after_start CHECK ((completion_date >= enrollment_date)),
  CONSTRAINT user_courses_progress_percentage_check CHECK (((progress_percentage >= 0) AND (progress_percentage <= 100))),
  CONSTRAINT user_courses_status_check CHECK (((status)::text = ANY (ARRAY[('enrolled'::character varying)::text, ('in_progress'::character varying)::text, ('completed'::character varying)::text, ('dropped'::character varying)::text])))
);

-- index public.idx_user_courses_user_id
CREATE INDEX idx_user_courses_user_id ON public.user_courses USING btree (user_id);

-- foreign key public.user_courses.user_courses_course_id_fkey
ALTER TABLE public.user_courses
  ADD CONSTRAINT user_courses_course_id_fkey FOREIGN KEY (course_id) REFERENCES public.courses(course_id) ON DELETE RESTRICT;

-- trigger public.user_courses.sync_enrollments
CREATE TRIGGER sync_enrollments AFTER INSERT OR DELETE OR UPDATE OF course_id ON public.user_courses FOR EACH ROW EXECUTE FUNCTION public.sync_total_enrollments();

-- grants "default privileges".career_learning_owner."".functions
ALTER DEFAULT PRIVILEGES FOR ROLE career_learning_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- grants "default privileges".career_learning_owner.public.functions
ALTER DEFAULT PRIVILEGES FOR ROLE career_learning_owner IN SCHEMA public GRANT ALL ON FUNCTIONS TO career_learning_app;

-- grants "default privileges".career_learning_owner.public.sequences
ALTER DEFAULT PRIVILEGES FOR ROLE career_learning_owner IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO career_learning_app;
ALTER DEFAULT PRIVILEGES FOR ROLE career_learning_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO career_learning_read;

-- grants "default privileges".career_learning_owner.public.tables
ALTER DEFAULT PRIVILEGES FOR ROLE career_learning_owner IN SCHEMA public GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO career_learning_app;
ALTER DEFAULT PRIVILEGES FOR ROLE career_learning_owner IN SCHEMA public GRANT SELECT ON TABLES TO career_learning_read;

-- grants function.public."set_updated_at()"
REVOKE ALL ON FUNCTION public.set_updated_at() FROM PUBLIC;
GRANT ALL ON FUNCTION public.set_updated_at() TO career_learning_app;

-- grants function.public."sync_total_enrollments()"
REVOKE ALL ON FUNCTION public.sync_total_enrollments() FROM PUBLIC;
GRANT ALL ON FUNCTION public.sync_total_enrollments() TO career_learning_app;

-- grants schema.public
GRANT USAGE ON SCHEMA public TO career_learning_app;
GRANT USAGE ON SCHEMA public TO career_learning_read;

-- grants table.public.course_skills
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.course_skills TO career_learning_app;
GRANT SELECT ON TABLE public.course_skills TO career_learning_read;

-- grants table.public.courses
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.courses TO career_learning_app;
GRANT SELECT ON TABLE public.courses TO career_learning_read;

-- grants table.public.user_courses
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_courses TO career_learning_app;
GRANT SELECT ON TABLE public.user_courses TO career_learning_read;

-- end
