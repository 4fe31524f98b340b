-- schemactl snapshot, format 1
-- target: dashboard/user_service_db
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

-- table public.email_verifications
CREATE TABLE public.email_verifications (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  email character varying(255) NOT NULL,
  token_hash bytea NOT NULL,
  requested_ip inet,
  attempts smallint NOT NULL DEFAULT 0,
  expires_at timestamp with time zone NOT NULL,
  verified_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT email_verifications_pkey PRIMARY KEY (id),
  CONSTRAINT email_verifications_token_hash_key UNIQUE (token_hash),
  CONSTRAINT email_verifications_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

-- index public.idx_email_verifications_email
CREATE INDEX idx_email_verifications_email ON public.email_verifications USING btree (lower((email)::text));

-- index public.idx_email_verifications_expires_at_live
CREATE INDEX idx_email_verifications_expires_at_live ON public.email_verifications USING btree (expires_at) WHERE (verified_at IS NULL);

-- index public.idx_email_verifications_user_id
CREATE INDEX idx_email_verifications_user_id ON public.email_verifications USING btree (user_id);

-- table public.password_resets
CREATE TABLE public.password_resets (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  requested_ip inet,
  expires_at timestamp with time zone NOT NULL,
  used_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT password_resets_pkey PRIMARY KEY (id),
  CONSTRAINT password_resets_token_hash_key UNIQUE (token_hash),
  CONSTRAINT password_resets_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

-- index public.idx_password_resets_expires_at_live
CREATE INDEX idx_password_resets_expires_at_live ON public.password_resets USING btree (expires_at) WHERE (used_at IS NULL);

-- index public.idx_password_resets_user_id
CREATE INDEX idx_password_resets_user_id ON public.password_resets USING btree (user_id);

-- table public.refresh_tokens
CREATE TABLE public.refresh_tokens (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  session_id uuid,
  family_id uuid NOT NULL DEFAULT gen_random_uuid(),
  token_hash bytea NOT NULL,
  replaced_by_id uuid,
  issued_ip inet,
  user_agent text,
  expires_at timestamp with time zone NOT NULL,
  revoked_at timestamp with time zone,
  revoked_reason character varying(40),
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT refresh_tokens_pkey PRIMARY KEY (id),
  CONSTRAINT refresh_tokens_token_hash_key UNIQUE (token_hash),
  CONSTRAINT refresh_tokens_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

-- index public.idx_refresh_tokens_expires_at_live
CREATE INDEX idx_refresh_tokens_expires_at_live ON public.refresh_tokens USING btree (expires_at) WHERE (revoked_at IS NULL);

-- index public.idx_refresh_tokens_family_id
CREATE INDEX idx_refresh_tokens_family_id ON public.refresh_tokens USING btree (family_id);

-- index public.idx_refresh_tokens_replaced_by_id
CREATE INDEX idx_refresh_tokens_replaced_by_id ON public.refresh_tokens USING btree (replaced_by_id);

-- index public.idx_refresh_tokens_session_id
CREATE INDEX idx_refresh_tokens_session_id ON public.refresh_tokens USING btree (session_id);

-- index public.idx_refresh_tokens_user_id
CREATE INDEX idx_refresh_tokens_user_id ON public.refresh_tokens USING btree (user_id);

-- foreign key public.refresh_tokens.refresh_tokens_replaced_by_id_fkey
ALTER TABLE public.refresh_tokens
  ADD CONSTRAINT refresh_tokens_replaced_by_id_fkey FOREIGN KEY (replaced_by_id) REFERENCES public.refresh_tokens(id) ON DELETE SET NULL;

-- table public.user_preferences
CREATE TABLE public.user_preferences (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  desired_titles text[] NOT NULL DEFAULT '{}'::text[],
  desired_locations text[] NOT NULL DEFAULT '{}'::text[],
  desired_industries text[] NOT NULL DEFAULT '{}'::text[],
  employment_types text[] NOT NULL DEFAULT '{}'::text[],
  work_mode character varying(10),
  salary_min numeric(12,2),
  salary_max numeric(12,2),
  salary_currency character(3) NOT NULL DEFAULT 'USD'::bpchar,
  is_willing_to_relocate boolean NOT NULL DEFAULT false,
  notifications jsonb NOT NULL DEFAULT '{}'::jsonb,
  ai_enabled boolean NOT NULL DEFAULT true,
  ai_personalization jsonb NOT NULL DEFAULT '{}'::jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT user_preferences_pkey PRIMARY KEY (id),
  CONSTRAINT user_preferences_user_id_key UNIQUE (user_id),
  CONSTRAINT user_preferences_salary_min_check CHECK ((salary_min >= (0)::numeric)),
  CONSTRAINT user_preferences_salary_range CHECK ((salary_max >= salary_min)),
  CONSTRAINT user_preferences_work_mode_check CHECK (((work_mode)::text = ANY (ARRAY[('onsite'::character varying)::text, ('remote'::character varying)::text, ('hybrid'::character varying)::text, ('any'::character varying)::text])))
);

-- index public.idx_user_preferences_ai_personalization
CREATE INDEX idx_user_preferences_ai_personalization ON public.user_preferences USING gin (ai_personalization jsonb_path_ops);

-- index public.idx_user_preferences_desired_locations
CREATE INDEX idx_user_preferences_desired_locations ON public.user_preferences USING gin (desired_locations);

-- index public.idx_user_preferences_desired_titles
CREATE INDEX idx_user_preferences_desired_titles ON public.user_preferences USING gin (desired_titles);

-- index public.idx_user_preferences_work_mode
CREATE INDEX idx_user_preferences_work_mode ON public.user_preferences USING btree (work_mode);

-- trigger public.user_preferences.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.user_preferences FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- table public.user_profiles
CREATE TABLE public.user_profiles (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  headline character varying(200),
  summary text,
  current_position character varying(160),
  current_company character varying(160),
  industry character varying(100),
  skills text[] NOT NULL DEFAULT '{}'::text[],
  certifications jsonb NOT NULL DEFAULT '[]'::jsonb,
  languages jsonb NOT NULL DEFAULT '[]'::jsonb,
  work_history jsonb NOT NULL DEFAULT '[]'::jsonb,
  portfolio_url character varying(255),
  career_goals text,
  is_searchable boolean NOT NULL DEFAULT true,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  search_vector tsvector GENERATED ALWAYS AS (to_tsvector('english'::regconfig, (((((((COALESCE(headline, ''::character varying))::text || ' '::text) || (COALESCE(current_position, ''::character varying))::text) || ' '::text) || (COALESCE(industry, ''::character varying))::text) || ' '::text) || COALESCE(summary, ''::text)))) STORED,
  CONSTRAINT user_profiles_pkey PRIMARY KEY (id),
  CONSTRAINT user_profiles_user_id_key UNIQUE (user_id),
  CONSTRAINT user_profiles_certifications_check CHECK ((jsonb_typeof(certifications) = 'array'::text)),
  CONSTRAINT user_profiles_languages_check CHECK ((jsonb_typeof(languages) = 'array'::text)),
  CONSTRAINT user_profiles_work_history_check CHECK ((jsonb_typeof(work_history) = 'array'::text))
);

-- index public.idx_user_profiles_industry
CREATE INDEX idx_user_profiles_industry ON public.user_profiles USING btree (industry);

-- index public.idx_user_profiles_languages
CREATE INDEX idx_user_profiles_languages ON public.user_profiles USING gin (languages jsonb_path_ops);

-- index public.idx_user_profiles_search_vector
CREATE INDEX idx_user_profiles_search_vector ON public.user_profiles USING gin (search_vector);

-- index public.idx_user_profiles_skills
CREATE INDEX idx_user_profiles_skills ON public.user_profiles USING gin (skills);

-- trigger public.user_profiles.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.user_profiles FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- table public.user_sessions
CREATE TABLE public.user_sessions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  session_token_hash bytea NOT NULL,
  ip_address inet,
  user_agent text,
  device jsonb NOT NULL DEFAULT '{}'::jsonb,
  last_activity_at timestamp with time zone NOT NULL DEFAULT now(),
  expires_at timestamp with time zone NOT NULL,
  revoked_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT user_sessions_pkey PRIMARY KEY (id),
  CONSTRAINT user_sessions_session_token_hash_key UNIQUE (session_token_hash),
  CONSTRAINT user_sessions_session_token_hash_check CHECK ((octet_length(session_token_hash) = 32))
);

-- index public.idx_user_sessions_expires_at_live
CREATE INDEX idx_user_sessions_expires_at_live ON public.user_sessions USING btree (expires_at) WHERE (revoked_at IS NULL);

-- index public.idx_user_sessions_ip_address
CREATE INDEX idx_user_sessions_ip_address ON public.user_sessions USING btree (ip_address);

-- index public.idx_user_sessions_last_activity_at
CREATE INDEX idx_user_sessions_last_activity_at ON public.user_sessions USING btree (last_activity_at);

-- index public.idx_user_sessions_user_id
CREATE INDEX idx_user_sessions_user_id ON public.user_sessions USING btree (user_id);

-- function public."cleanup_expired_auth_data()"
CREATE FUNCTION public.cleanup_expired_auth_data()
 RETURNS bigint
 LANGUAGE sql
 SET search_path TO 'public', 'pg_temp'
AS $function$
    WITH s AS (
        DELETE FROM user_sessions
        WHERE expires_at < now() OR revoked_at < now() - interval '30 days'
        RETURNING id
    ), r AS (
        DELETE FROM refresh_tokens
        WHERE expires_at < now() OR session_id IN (SELECT id FROM s)
        RETURNING 1
    ), p AS (
        DELETE FROM password_resets
        WHERE expires_at < now() OR used_at < now() - interval '1 day'
        RETURNING 1
    ), e AS (
        DELETE FROM email_verifications
        WHERE expires_at < now() OR verified_at < now() - interval '1 day'
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM s) + (SELECT count(*) FROM r) + (SELECT count(*) FROM p) + (SELECT count(*) FROM e)
$function$;

-- foreign key public.refresh_tokens.refresh_tokens_session_id_fkey
ALTER TABLE public.refresh_tokens
  ADD CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.user_sessions(id) ON DELETE CASCADE;

-- table public.users
CREATE TABLE public.users (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  email character varying(255) NOT NULL,
  username character varying(50) NOT NULL,
  password_hash character varying(255) NOT NULL,
  first_name character varying(100),
  last_name character varying(100),
  title character varying(160),
  experience_years smallint,
  education jsonb NOT NULL DEFAULT '[]'::jsonb,
  phone character varying(32),
  location character varying(160),
  timezone character varying(50) NOT NULL DEFAULT 'UTC'::character varying,
  linkedin_url character varying(255),
  preferences jsonb NOT NULL DEFAULT '{}'::jsonb,
  subscription_tier character varying(12) NOT NULL DEFAULT 'free'::character varying,
  subscription_status character varying(10) NOT NULL DEFAULT 'active'::character varying,
  subscription_expires_at timestamp with time zone,
  is_active boolean NOT NULL DEFAULT true,
  is_email_verified boolean NOT NULL DEFAULT false,
  last_login_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_education_check CHECK ((jsonb_typeof(education) = 'array'::text)),
  CONSTRAINT users_experience_years_check CHECK (((experience_years >= 0) AND (experience_years <= 80))),
  CONSTRAINT users_subscription_status_check CHECK (((subscription_status)::text = ANY (ARRAY[('active'::character varying)::text, ('trialing'::character varying)::text, ('past_due'::character varying)::text, ('cancelled'::character varying)::text, ('expired'::character varying)::text]))),
  CONSTRAINT users_subscription_tier_check CHECK (((subscription_tier)::text = ANY (ARRAY[('free'::character varying)::text, ('basic'::character varying)::text, ('premium'::character varying)::text, ('enterprise'::character varying)::text]))),
  CONSTRAINT users_username_check CHECK (((username)::text ~ '^[A-Za-z0-9._-]{3,50}$'::text))
);

-- index public.idx_users_created_at
CREATE INDEX idx_users_created_at ON public.users USING btree (created_at);

-- index public.idx_users_email
CREATE UNIQUE INDEX idx_users_email ON public.users USING btree (lower((email)::text));

-- index public.idx_users_is_active
CREATE INDEX idx_users_is_active ON public.users USING btree (is_active) WHERE is_active;

-- index public.idx_users_subscription_expires_at_live
CREATE INDEX idx_users_subscription_expires_at_live ON public.users USING btree (subscription_expires_at) WHERE (subscription_expires_at IS NOT NULL);

-- index public.idx_users_subscription_tier_subscription_status
CREATE INDEX idx_users_subscription_tier_subscription_status ON public.users USING btree (subscription_tier, subscription_status);

-- index public.idx_users_username
CREATE UNIQUE INDEX idx_users_username ON public.users USING btree (lower((username)::text));

-- trigger public.users.set_updated_at
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- function public."get_complete_user_profile(uuid)"
CREATE FUNCTION public.get_complete_user_profile(p_user_id uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
    SELECT jsonb_build_object(
               'user', to_jsonb(u) - 'password_hash',
               'profile', to_jsonb(p) - 'search_vector',
               'preferences', to_jsonb(f))
    FROM users u
    LEFT JOIN user_profiles p ON p.user_id = u.id
    LEFT JOIN user_preferences f ON f.user_id = u.id
    WHERE u.id = p_user_id
$function$;

-- foreign key public.email_verifications.email_verifications_user_id_fkey
ALTER TABLE public.email_verifications
  ADD CONSTRAINT email_verifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- foreign key public.password_resets.password_resets_user_id_fkey
ALTER TABLE public.password_resets
  ADD CONSTRAINT password_resets_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- foreign key public.refresh_tokens.refresh_tokens_user_id_fkey
ALTER TABLE public.refresh_tokens
  ADD CONSTRAINT refresh_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- foreign key public.user_preferences.user_preferences_user_id_fkey
ALTER TABLE public.user_preferences
  ADD CONSTRAINT user_preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- foreign key public.user_profiles.user_profiles_user_id_fkey
ALTER TABLE public.user_profiles
  ADD CONSTRAINT user_profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- foreign key public.user_sessions.user_sessions_user_id_fkey
ALTER TABLE public.user_sessions
  ADD CONSTRAINT user_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- view public.active_sessions_summary
CREATE VIEW public.active_sessions_summary AS
 SELECT u.id AS user_id,
    u.username,
    count(s.id) AS active_sessions,
    count(DISTINCT s.ip_address) AS addresses,
    max(s.last_activity_at) AS last_activity_at,
    min(s.expires_at) AS next_expiry
   FROM (public.users u
     JOIN public.user_sessions s ON ((s.user_id = u.id)))
  WHERE ((s.revoked_at IS NULL) AND (s.expires_at > now()))
  GROUP BY u.id, u.username;

-- view public.user_search_view
CREATE VIEW public.user_search_view AS
 SELECT u.id AS user_id,
    u.username,
    u.title,
    u.experience_years,
    u.location,
    p.headline,
    p.current_position,
    p.industry,
    p.skills,
    p.search_vector,
    f.desired_titles,
    f.desired_locations,
    f.work_mode
   FROM ((public.users u
     JOIN public.user_profiles p ON ((p.user_id = u.id)))
     LEFT JOIN public.user_preferences f ON ((f.user_id = u.id)))
  WHERE (u.is_active AND p.is_searchable);

-- grants "default privileges".user_service_db_owner."".functions
ALTER DEFAULT PRIVILEGES FOR ROLE user_service_db_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- grants "default privileges".user_service_db_owner.public.functions
ALTER DEFAULT PRIVILEGES FOR ROLE user_service_db_owner IN SCHEMA public GRANT ALL ON FUNCTIONS TO user_service_db_app;

-- grants "default privileges".user_service_db_owner.public.sequences
ALTER DEFAULT PRIVILEGES FOR ROLE user_service_db_owner IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO user_service_db_app;

-- grants "default privileges".user_service_db_owner.public.tables
ALTER DEFAULT PRIVILEGES FOR ROLE user_service_db_owner IN SCHEMA public GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO user_service_db_app;

-- grants function.public."cleanup_expired_auth_data()"
REVOKE ALL ON FUNCTION public.cleanup_expired_auth_data() FROM PUBLIC;
GRANT ALL ON FUNCTION public.cleanup_expired_auth_data() TO user_service_db_app;

-- grants function.public."get_complete_user_profile(uuid)"
REVOKE ALL ON FUNCTION public.get_complete_user_profile(uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_complete_user_profile(uuid) TO user_service_db_app;

-- grants function.public."update_updated_at_column()"
REVOKE ALL ON FUNCTION public.update_updated_at_column() FROM PUBLIC;
GRANT ALL ON FUNCTION public.update_updated_at_column() TO user_service_db_app;

-- grants schema.public
GRANT USAGE ON SCHEMA public TO user_service_db_app;
GRANT USAGE ON SCHEMA public TO user_service_db_read;

-- grants table.public.email_verifications
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.email_verifications TO user_service_db_app;
GRANT SELECT (
  id,
  user_id,
  email,
  requested_ip,
  attempts,
  expires_at,
  verified_at,
  created_at
) ON TABLE public.email_verifications TO user_service_db_read;

-- grants table.public.password_resets
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.password_resets TO user_service_db_app;
GRANT SELECT (
  id,
  user_id,
  requested_ip,
  expires_at,
  used_at,
  created_at
) ON TABLE public.password_resets TO user_service_db_read;

-- grants table.public.refresh_tokens
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.refresh_tokens TO user_service_db_app;
GRANT SELECT (
  id,
  user_id,
  session_id,
  family_id,
  replaced_by_id,
  issued_ip,
  user_agent,
  expires_at,
  revoked_at,
  revoked_reason,
  created_at
) ON TABLE public.refresh_tokens TO user_service_db_read;

-- grants table.public.user_preferences
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_preferences TO user_service_db_app;
GRANT SELECT ON TABLE public.user_preferences TO user_service_db_read;

-- grants table.public.user_profiles
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_profiles TO user_service_db_app;
GRANT SELECT ON TABLE public.user_profiles TO user_service_db_read;

-- grants table.public.user_sessions
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_sessions TO user_service_db_app;
GRANT SELECT (
  id,
  user_id,
  ip_address,
  user_agent,
  device,
  last_activity_at,
  expires_at,
  revoked_at,
  created_at
) ON TABLE public.user_sessions TO user_service_db_read;

-- grants table.public.users
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.users TO user_service_db_app;
GRANT SELECT (
  id,
  email,
  username,
  first_name,
  last_name,
  title,
  experience_years,
  education,
  phone,
  location,
  timezone,
  linkedin_url,
  preferences,
  subscription_tier,
  subscription_status,
  subscription_expires_at,
  is_active,
  is_email_verified,
  last_login_at,
  created_at,
  updated_at
) ON TABLE public.users TO user_service_db_read;

-- grants view.public.active_sessions_summary
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.active_sessions_summary TO user_service_db_app;
GRANT SELECT ON TABLE public.active_sessions_summary TO user_service_db_read;

-- grants view.public.user_search_view
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_search_view TO user_service_db_app;
GRANT SELECT ON TABLE public.user_search_view TO user_service_db_read;

-- end
