-- schemactl snapshot, format 1
-- target: jobhub/auth_db
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
  RETURN leaf;
END $function$;

-- function public."protect_system_role()"
CREATE FUNCTION public.protect_system_role()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN RAISE EXCEPTION 'system role % cannot be deleted', OLD.name USING ERRCODE = 'restrict_violation'; END $function$;

-- function public."touch_updated_at()"
CREATE FUNCTION public.touch_updated_at()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN NEW.updated_at := CURRENT_TIMESTAMP; RETURN NEW; END $function$;

-- table public.audit_logs
CREATE TABLE public.audit_logs (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid,
  session_id uuid,
  action character varying(100) NOT NULL,
  resource character varying(100),
  resource_id uuid,
  old_values jsonb,
  new_values jsonb,
  ip_address inet,
  user_agent text,
  correlation_id uuid,
  severity character varying(20) DEFAULT 'INFO'::character varying,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT audit_logs_pkey PRIMARY KEY (id, created_at),
  CONSTRAINT audit_logs_severity_check CHECK (((severity)::text = ANY (ARRAY[('DEBUG'::character varying)::text, ('INFO'::character varying)::text, ('WARN'::character varying)::text, ('ERROR'::character varying)::text, ('CRITICAL'::character varying)::text])))
)
PARTITION BY RANGE (created_at);

-- table public.audit_logs_default
CREATE TABLE public.audit_logs_default (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid,
  session_id uuid,
  action character varying(100) NOT NULL,
  resource character varying(100),
  resource_id uuid,
  old_values jsonb,
  new_values jsonb,
  ip_address inet,
  user_agent text,
  correlation_id uuid,
  severity character varying(20) DEFAULT 'INFO'::character varying,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT audit_logs_default_pkey PRIMARY KEY (id, created_at),
  CONSTRAINT audit_logs_severity_check CHECK (((severity)::text = ANY (ARRAY[('DEBUG'::character varying)::text, ('INFO'::character varying)::text, ('WARN'::character varying)::text, ('ERROR'::character varying)::text, ('CRITICAL'::character varying)::text])))
);
ALTER TABLE public.audit_logs ATTACH PARTITION public.audit_logs_default DEFAULT;

-- index public.idx_audit_logs_action
CREATE INDEX idx_audit_logs_action ON ONLY public.audit_logs USING btree (action);

-- index public.idx_audit_logs_correlation_id
CREATE INDEX idx_audit_logs_correlation_id ON ONLY public.audit_logs USING btree (correlation_id);

-- index public.idx_audit_logs_created_at
CREATE INDEX idx_audit_logs_created_at ON ONLY public.audit_logs USING btree (created_at);

-- index public.idx_audit_logs_severity
CREATE INDEX idx_audit_logs_severity ON ONLY public.audit_logs USING btree (severity);

-- index public.idx_audit_logs_user_id
CREATE INDEX idx_audit_logs_user_id ON ONLY public.audit_logs USING btree (user_id);

-- index public.audit_logs_default_action_idx
CREATE INDEX audit_logs_default_action_idx ON public.audit_logs_default USING btree (action);
ALTER INDEX public.idx_audit_logs_action ATTACH PARTITION public.audit_logs_default_action_idx;

-- index public.audit_logs_default_correlation_id_idx
CREATE INDEX audit_logs_default_correlation_id_idx ON public.audit_logs_default USING btree (correlation_id);
ALTER INDEX public.idx_audit_logs_correlation_id ATTACH PARTITION public.audit_logs_default_correlation_id_idx;

-- index public.audit_logs_default_created_at_idx
CREATE INDEX audit_logs_default_created_at_idx ON public.audit_logs_default USING btree (created_at);
ALTER INDEX public.idx_audit_logs_created_at ATTACH PARTITION public.audit_logs_default_created_at_idx;

-- index public.audit_logs_default_severity_idx
CREATE INDEX audit_logs_default_severity_idx ON public.audit_logs_default USING btree (severity);
ALTER INDEX public.idx_audit_logs_severity ATTACH PARTITION public.audit_logs_default_severity_idx;

-- index public.audit_logs_default_user_id_idx
CREATE INDEX audit_logs_default_user_id_idx ON public.audit_logs_default USING btree (user_id);
ALTER INDEX public.idx_audit_logs_user_id ATTACH PARTITION public.audit_logs_default_user_id_idx;

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

-- table public.permissions
CREATE TABLE public.permissions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name character varying(100) NOT NULL,
  description text,
  resource character varying(100) NOT NULL,
  action character varying(50) NOT NULL,
  conditions jsonb,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT permissions_pkey PRIMARY KEY (id),
  CONSTRAINT permissions_name_key UNIQUE (name)
);

-- table public.role_permissions
CREATE TABLE public.role_permissions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  role_id uuid NOT NULL,
  permission_id uuid NOT NULL,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT role_permissions_pkey PRIMARY KEY (id),
  CONSTRAINT role_permissions_role_id_permission_id_key UNIQUE (role_id, permission_id)
);

-- index public.idx_role_permissions_permission_id
CREATE INDEX idx_role_permissions_permission_id ON public.role_permissions USING btree (permission_id);

-- index public.idx_role_permissions_role_id
CREATE INDEX idx_role_permissions_role_id ON public.role_permissions USING btree (role_id);

-- foreign key public.role_permissions.role_permissions_permission_id_fkey
ALTER TABLE public.role_permissions
  ADD CONSTRAINT role_permissions_permission_id_fkey FOREIGN KEY (permission_id) REFERENCES public.permissions(id) ON DELETE CASCADE;

-- table public.roles
CREATE TABLE public.roles (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name character varying(50) NOT NULL,
  description text,
  is_system_role boolean DEFAULT false,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT roles_pkey PRIMARY KEY (id),
  CONSTRAINT roles_name_key UNIQUE (name)
);

-- trigger public.roles.trg_roles_protect
CREATE TRIGGER trg_roles_protect BEFORE DELETE ON public.roles FOR EACH ROW WHEN (old.is_system_role) EXECUTE FUNCTION public.protect_system_role();

-- trigger public.roles.trg_roles_touch
CREATE TRIGGER trg_roles_touch BEFORE UPDATE ON public.roles FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- foreign key public.role_permissions.role_permissions_role_id_fkey
ALTER TABLE public.role_permissions
  ADD CONSTRAINT role_permissions_role_id_fkey FOREIGN KEY (role_id) REFERENCES public.roles(id) ON DELETE CASCADE;

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

-- table public.sessions
CREATE TABLE public.sessions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  token_hash character varying(255) NOT NULL,
  refresh_token_hash character varying(255),
  device_info jsonb,
  ip_address inet,
  user_agent text,
  location jsonb,
  is_active boolean DEFAULT true,
  expires_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  last_accessed_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  revoked_at timestamp with time zone,
  revoked_by uuid,
  revoke_reason character varying(100),
  CONSTRAINT sessions_pkey PRIMARY KEY (id),
  CONSTRAINT sessions_refresh_token_hash_key UNIQUE (refresh_token_hash),
  CONSTRAINT sessions_token_hash_key UNIQUE (token_hash)
);

-- index public.idx_sessions_active
CREATE INDEX idx_sessions_active ON public.sessions USING btree (user_id) WHERE (is_active = true);

-- index public.idx_sessions_expires_at
CREATE INDEX idx_sessions_expires_at ON public.sessions USING btree (expires_at);

-- index public.idx_sessions_token_hash
CREATE INDEX idx_sessions_token_hash ON public.sessions USING btree (token_hash);

-- index public.idx_sessions_user_id
CREATE INDEX idx_sessions_user_id ON public.sessions USING btree (user_id);

-- foreign key public.audit_logs.audit_logs_session_id_fkey
ALTER TABLE public.audit_logs
  ADD CONSTRAINT audit_logs_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE SET NULL;

-- table public.user_roles
CREATE TABLE public.user_roles (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  role_id uuid NOT NULL,
  assigned_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  assigned_by uuid,
  expires_at timestamp with time zone,
  is_active boolean DEFAULT true,
  CONSTRAINT user_roles_pkey PRIMARY KEY (id),
  CONSTRAINT user_roles_user_id_role_id_key UNIQUE (user_id, role_id)
);

-- index public.idx_user_roles_active
CREATE INDEX idx_user_roles_active ON public.user_roles USING btree (user_id, role_id) WHERE (is_active = true);

-- index public.idx_user_roles_role_id
CREATE INDEX idx_user_roles_role_id ON public.user_roles USING btree (role_id);

-- index public.idx_user_roles_user_id
CREATE INDEX idx_user_roles_user_id ON public.user_roles USING btree (user_id);

-- foreign key public.user_roles.user_roles_role_id_fkey
ALTER TABLE public.user_roles
  ADD CONSTRAINT user_roles_role_id_fkey FOREIGN KEY (role_id) REFERENCES public.roles(id) ON DELETE CASCADE;

-- table public.users
CREATE TABLE public.users (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  email character varying(255) NOT NULL,
  password_hash character varying(255),
  first_name character varying(100) NOT NULL,
  last_name character varying(100) NOT NULL,
  user_type character varying(20) NOT NULL,
  status character varying(20) NOT NULL DEFAULT 'active'::character varying,
  email_verified boolean DEFAULT false,
  email_verification_token character varying(255),
  email_verification_expires_at timestamp with time zone,
  mfa_enabled boolean DEFAULT false,
  mfa_secret character varying(255),
  mfa_backup_codes text[],
  google_id character varying(255),
  linkedin_id character varying(255),
  github_id character varying(255),
  avatar_url character varying(500),
  phone character varying(20),
  phone_verified boolean DEFAULT false,
  location character varying(255),
  timezone character varying(50) DEFAULT 'UTC'::character varying,
  language character varying(10) DEFAULT 'en'::character varying,
  last_login_at timestamp with time zone,
  last_login_ip inet,
  failed_login_attempts integer DEFAULT 0,
  locked_until timestamp with time zone,
  password_reset_token character varying(255),
  password_reset_expires_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  deleted_at timestamp with time zone,
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_email_key UNIQUE (email),
  CONSTRAINT users_github_id_key UNIQUE (github_id),
  CONSTRAINT users_google_id_key UNIQUE (google_id),
  CONSTRAINT users_linkedin_id_key UNIQUE (linkedin_id),
  CONSTRAINT users_status_check CHECK (((status)::text = ANY (ARRAY[('active'::character varying)::text, ('suspended'::character varying)::text, ('banned'::character varying)::text, ('pending_verification'::character varying)::text]))),
  CONSTRAINT users_user_type_check CHECK (((user_type)::text = ANY (ARRAY[('job_seeker'::character varying)::text, ('employer'::character varying)::text, ('admin'::character varying)::text])))
);

-- index public.idx_users_active
CREATE INDEX idx_users_active ON public.users USING btree (id) WHERE (((status)::text = 'active'::text) AND (deleted_at IS NULL));

-- index public.idx_users_created_at
CREATE INDEX idx_users_created_at ON public.users USING btree (created_at);

-- index public.idx_users_email
CREATE INDEX idx_users_email ON public.users USING btree (email) WHERE (deleted_at IS NULL);

-- index public.idx_users_last_login
CREATE INDEX idx_users_last_login ON public.users USING btree (last_login_at);

-- index public.idx_users_status
CREATE INDEX idx_users_status ON public.users USING btree (status);

-- index public.idx_users_user_type
CREATE INDEX idx_users_user_type ON public.users USING btree (user_type) WHERE (deleted_at IS NULL);

-- index public.uq_users_email_lower
CREATE UNIQUE INDEX uq_users_email_lower ON public.users USING btree (lower((email)::text));

-- trigger public.users.trg_users_touch
CREATE TRIGGER trg_users_touch BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- foreign key public.audit_logs.audit_logs_user_id_fkey
ALTER TABLE public.audit_logs
  ADD CONSTRAINT audit_logs_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE SET NULL;

-- foreign key public.sessions.sessions_revoked_by_fkey
ALTER TABLE public.sessions
  ADD CONSTRAINT sessions_revoked_by_fkey FOREIGN KEY (revoked_by) REFERENCES public.users(id) ON DELETE SET NULL;

-- foreign key public.sessions.sessions_user_id_fkey
ALTER TABLE public.sessions
  ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- foreign key public.user_roles.user_roles_assigned_by_fkey
ALTER TABLE public.user_roles
  ADD CONSTRAINT user_roles_assigned_by_fkey FOREIGN KEY (assigned_by) REFERENCES public.users(id) ON DELETE SET NULL;

-- foreign key public.user_roles.user_roles_user_id_fkey
ALTER TABLE public.user_roles
  ADD CONSTRAINT user_roles_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- grants "default privileges".jobhub_auth_db_owner."".functions
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_auth_db_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- grants "default privileges".jobhub_auth_db_owner.public.sequences
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_auth_db_owner IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO jobhub_auth_db_app;

-- grants "default privileges".jobhub_auth_db_owner.public.tables
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_auth_db_owner IN SCHEMA public GRANT INSERT, SELECT ON TABLES TO jobhub_auth_db_app;

-- grants function.public."ensure_month_partition(regclass, date)"
REVOKE ALL ON FUNCTION public.ensure_month_partition(regclass, date) FROM PUBLIC;

-- grants function.public."protect_system_role()"
REVOKE ALL ON FUNCTION public.protect_system_role() FROM PUBLIC;

-- grants function.public."touch_updated_at()"
REVOKE ALL ON FUNCTION public.touch_updated_at() FROM PUBLIC;

-- grants schema.public
GRANT USAGE ON SCHEMA public TO jobhub_auth_db_app;
GRANT USAGE ON SCHEMA public TO jobhub_auth_db_relay;
GRANT USAGE ON SCHEMA public TO jobhub_auth_db_ro;

-- grants table.public.audit_logs
GRANT INSERT, SELECT ON TABLE public.audit_logs TO jobhub_auth_db_app;
GRANT SELECT (
  id,
  user_id,
  session_id,
  action,
  resource,
  resource_id,
  ip_address,
  user_agent,
  correlation_id,
  severity,
  created_at
) ON TABLE public.audit_logs TO jobhub_auth_db_ro;

-- grants table.public.audit_logs_default
GRANT INSERT, SELECT ON TABLE public.audit_logs_default TO jobhub_auth_db_app;
GRANT SELECT (
  id,
  user_id,
  session_id,
  action,
  resource,
  resource_id,
  ip_address,
  user_agent,
  correlation_id,
  severity,
  created_at
) ON TABLE public.audit_logs_default TO jobhub_auth_db_ro;

-- grants table.public.domain_events
GRANT INSERT, SELECT ON TABLE public.domain_events TO jobhub_auth_db_app;
GRANT SELECT ON TABLE public.domain_events TO jobhub_auth_db_ro;
GRANT UPDATE (processed_at) ON TABLE public.domain_events TO jobhub_auth_db_app;

-- grants table.public.outbox_events
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.outbox_events TO jobhub_auth_db_app;
GRANT SELECT, UPDATE ON TABLE public.outbox_events TO jobhub_auth_db_relay;
GRANT SELECT ON TABLE public.outbox_events TO jobhub_auth_db_ro;

-- grants table.public.permissions
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.permissions TO jobhub_auth_db_app;
GRANT SELECT ON TABLE public.permissions TO jobhub_auth_db_ro;

-- grants table.public.role_permissions
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.role_permissions TO jobhub_auth_db_app;
GRANT SELECT ON TABLE public.role_permissions TO jobhub_auth_db_ro;

-- grants table.public.roles
GRANT DELETE, INSERT, SELECT ON TABLE public.roles TO jobhub_auth_db_app;
GRANT SELECT ON TABLE public.roles TO jobhub_auth_db_ro;
GRANT UPDATE (name, description) ON TABLE public.roles TO jobhub_auth_db_app;

-- grants table.public.saga_instances
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.saga_instances TO jobhub_auth_db_app;
GRANT SELECT ON TABLE public.saga_instances TO jobhub_auth_db_ro;

-- grants table.public.sessions
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.sessions TO jobhub_auth_db_app;
GRANT SELECT (
  id,
  user_id,
  device_info,
  ip_address,
  user_agent,
  location,
  is_active,
  expires_at,
  created_at,
  last_accessed_at,
  revoked_at,
  revoked_by,
  revoke_reason
) ON TABLE public.sessions TO jobhub_auth_db_ro;

-- grants table.public.user_roles
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_roles TO jobhub_auth_db_app;
GRANT SELECT ON TABLE public.user_roles TO jobhub_auth_db_ro;

-- grants table.public.users
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.users TO jobhub_auth_db_app;
GRANT SELECT (
  id,
  email,
  first_name,
  last_name,
  user_type,
  status,
  email_verified,
  email_verification_expires_at,
  mfa_enabled,
  google_id,
  linkedin_id,
  github_id,
  avatar_url,
  phone,
  phone_verified,
  location,
  timezone,
  language,
  last_login_at,
  last_login_ip,
  failed_login_attempts,
  locked_until,
  password_reset_expires_at,
  created_at,
  updated_at,
  deleted_at
) ON TABLE public.users TO jobhub_auth_db_ro;

-- end
