-- schemactl snapshot, format 1
-- target: career/career_users
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

-- table public.user_preferences
CREATE TABLE public.user_preferences (
  preference_id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  email_notifications boolean NOT NULL DEFAULT true,
  push_notifications boolean NOT NULL DEFAULT true,
  newsletter_subscription boolean NOT NULL DEFAULT true,
  language_preference character varying(10) NOT NULL DEFAULT 'en'::character varying,
  theme_preference character varying(20) NOT NULL DEFAULT 'light'::character varying,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT user_preferences_pkey PRIMARY KEY (preference_id),
  CONSTRAINT user_preferences_user_id_key UNIQUE (user_id),
  CONSTRAINT user_preferences_theme_preference_check CHECK (((theme_preference)::text = ANY (ARRAY[('light'::character varying)::text, ('dark'::character varying)::text, ('system'::character varying)::text])))
);

-- trigger public.user_preferences.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.user_preferences FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

-- table public.user_profiles
CREATE TABLE public.user_profiles (
  profile_id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  headline character varying(200),
  summary text,
  current_position character varying(100),
  years_of_experience integer,
  location character varying(100),
  timezone character varying(50),
  linkedin_url character varying(255),
  github_url character varying(255),
  portfolio_url character varying(255),
  preferred_work_type character varying(50),
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT user_profiles_pkey PRIMARY KEY (profile_id),
  CONSTRAINT idx_user_profiles_user_id UNIQUE (user_id),
  CONSTRAINT user_profiles_preferred_work_type_check CHECK (((preferred_work_type)::text = ANY (ARRAY[('remote'::character varying)::text, ('hybrid'::character varying)::text, ('onsite'::character varying)::text, ('any'::character varying)::text]))),
  CONSTRAINT user_profiles_years_of_experience_check CHECK (((years_of_experience >= 0) AND (years_of_experience <= 80)))
);

-- trigger public.user_profiles.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.user_profiles FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

-- table public.users
CREATE TABLE public.users (
  user_id uuid NOT NULL DEFAULT gen_random_uuid(),
  email character varying(255) NOT NULL,
  password_hash character varying(255) NOT NULL,
  first_name character varying(100),
  last_name character varying(100),
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  last_login timestamp with time zone,
  is_active boolean NOT NULL DEFAULT true,
  account_type character varying(50) NOT NULL DEFAULT 'free'::character varying,
  profile_completion_percentage integer NOT NULL DEFAULT 0,
  CONSTRAINT users_pkey PRIMARY KEY (user_id),
  CONSTRAINT idx_users_email UNIQUE (email),
  CONSTRAINT users_account_type_check CHECK (((account_type)::text = ANY (ARRAY[('free'::character varying)::text, ('premium'::character varying)::text, ('mentor'::character varying)::text, ('enterprise'::character varying)::text, ('admin'::character varying)::text]))),
  CONSTRAINT users_profile_completion_percentage_check CHECK (((profile_completion_percentage >= 0) AND (profile_completion_percentage <= 100)))
);

-- index public.idx_users_created_at
CREATE INDEX idx_users_created_at ON public.users USING btree (created_at);

-- index public.uq_users_email_ci
CREATE UNIQUE INDEX uq_users_email_ci ON public.users USING btree (lower((email)::text));

-- trigger public.users.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

-- foreign key public.user_preferences.user_preferences_user_id_fkey
ALTER TABLE public.user_preferences
  ADD CONSTRAINT user_preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(user_id) ON DELETE CASCADE;

-- foreign key public.user_profiles.user_profiles_user_id_fkey
ALTER TABLE public.user_profiles
  ADD CONSTRAINT user_profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(user_id) ON DELETE CASCADE;

-- grants "default privileges".career_users_owner."".functions
ALTER DEFAULT PRIVILEGES FOR ROLE career_users_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- grants "default privileges".career_users_owner.public.functions
ALTER DEFAULT PRIVILEGES FOR ROLE career_users_owner IN SCHEMA public GRANT ALL ON FUNCTIONS TO career_users_app;

-- grants "default privileges".career_users_owner.public.sequences
ALTER DEFAULT PRIVILEGES FOR ROLE career_users_owner IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO career_users_app;

-- grants "default privileges".career_users_owner.public.tables
ALTER DEFAULT PRIVILEGES FOR ROLE career_users_owner IN SCHEMA public GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO career_users_app;

-- grants function.public."set_updated_at()"
REVOKE ALL ON FUNCTION public.set_updated_at() FROM PUBLIC;
GRANT ALL ON FUNCTION public.set_updated_at() TO career_users_app;

-- grants schema.public
GRANT USAGE ON SCHEMA public TO career_users_app;
GRANT USAGE ON SCHEMA public TO career_users_read;

-- grants table.public.user_preferences
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_preferences TO career_users_app;
GRANT SELECT ON TABLE public.user_preferences TO career_users_read;

-- grants table.public.user_profiles
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_profiles TO career_users_app;
GRANT SELECT ON TABLE public.user_profiles TO career_users_read;

-- grants table.public.users
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.users TO career_users_app;
GRANT SELECT (
  user_id,
  email,
  first_name,
  last_name,
  created_at,
  updated_at,
  last_login,
  is_active,
  account_type,
  profile_completion_percentage
) ON TABLE public.users TO career_users_read;

-- end
