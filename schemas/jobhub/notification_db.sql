-- schemactl snapshot, format 1
-- target: jobhub/notification_db
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

-- table public.notification_delivery_log
CREATE TABLE public.notification_delivery_log (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  notification_id uuid NOT NULL,
  notification_created_at timestamp with time zone NOT NULL,
  delivery_type character varying(20) NOT NULL,
  recipient character varying(255) NOT NULL,
  status character varying(20) DEFAULT 'pending'::character varying,
  provider character varying(50),
  provider_message_id character varying(255),
  error_message text,
  retry_count integer DEFAULT 0,
  sent_at timestamp with time zone,
  delivered_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT notification_delivery_log_pkey PRIMARY KEY (id),
  CONSTRAINT notification_delivery_log_delivery_type_check CHECK (((delivery_type)::text = ANY (ARRAY[('email'::character varying)::text, ('push'::character varying)::text, ('sms'::character varying)::text, ('in_app'::character varying)::text]))),
  CONSTRAINT notification_delivery_log_status_check CHECK (((status)::text = ANY (ARRAY[('pending'::character varying)::text, ('sent'::character varying)::text, ('delivered'::character varying)::text, ('failed'::character varying)::text, ('bounced'::character varying)::text])))
);

-- index public.idx_notification_delivery_log_notification_id
CREATE INDEX idx_notification_delivery_log_notification_id ON public.notification_delivery_log USING btree (notification_id);

-- index public.idx_notification_delivery_log_sent_at
CREATE INDEX idx_notification_delivery_log_sent_at ON public.notification_delivery_log USING btree (sent_at);

-- index public.idx_notification_delivery_log_status
CREATE INDEX idx_notification_delivery_log_status ON public.notification_delivery_log USING btree (status);

-- index public.idx_notification_delivery_log_type
CREATE INDEX idx_notification_delivery_log_type ON public.notification_delivery_log USING btree (delivery_type);

-- table public.notification_preferences
CREATE TABLE public.notification_preferences (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  email_enabled boolean DEFAULT true,
  push_enabled boolean DEFAULT true,
  sms_enabled boolean DEFAULT false,
  in_app_enabled boolean DEFAULT true,
  job_alerts boolean DEFAULT true,
  application_updates boolean DEFAULT true,
  messages boolean DEFAULT true,
  marketing boolean DEFAULT false,
  weekly_digest boolean DEFAULT true,
  frequency_job_alerts character varying(20) DEFAULT 'immediate'::character varying,
  quiet_hours_start time without time zone,
  quiet_hours_end time without time zone,
  timezone character varying(50) DEFAULT 'UTC'::character varying,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT notification_preferences_pkey PRIMARY KEY (id),
  CONSTRAINT notification_preferences_user_id_key UNIQUE (user_id),
  CONSTRAINT notification_preferences_frequency_job_alerts_check CHECK (((frequency_job_alerts)::text = ANY (ARRAY[('immediate'::character varying)::text, ('daily'::character varying)::text, ('weekly'::character varying)::text])))
);

-- index public.idx_notification_preferences_user_id
CREATE INDEX idx_notification_preferences_user_id ON public.notification_preferences USING btree (user_id);

-- trigger public.notification_preferences.trg_notification_preferences_touch
CREATE TRIGGER trg_notification_preferences_touch BEFORE UPDATE ON public.notification_preferences FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- table public.notification_templates
CREATE TABLE public.notification_templates (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name character varying(100) NOT NULL,
  type character varying(50) NOT NULL,
  subject_template text,
  body_template text NOT NULL,
  variables jsonb,
  is_active boolean DEFAULT true,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT notification_templates_pkey PRIMARY KEY (id),
  CONSTRAINT notification_templates_name_key UNIQUE (name),
  CONSTRAINT notification_templates_type_check CHECK (((type)::text = ANY (ARRAY[('email'::character varying)::text, ('push'::character varying)::text, ('sms'::character varying)::text, ('in_app'::character varying)::text])))
);

-- index public.idx_notification_templates_name
CREATE INDEX idx_notification_templates_name ON public.notification_templates USING btree (name);

-- index public.idx_notification_templates_type
CREATE INDEX idx_notification_templates_type ON public.notification_templates USING btree (type);

-- trigger public.notification_templates.trg_notification_templates_touch
CREATE TRIGGER trg_notification_templates_touch BEFORE UPDATE ON public.notification_templates FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

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

-- table public.user_notifications
CREATE TABLE public.user_notifications (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  type character varying(50) NOT NULL,
  title character varying(255) NOT NULL,
  message text NOT NULL,
  data jsonb,
  is_read boolean DEFAULT false,
  read_at timestamp with time zone,
  action_url character varying(500),
  priority character varying(20) DEFAULT 'normal'::character varying,
  expires_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT user_notifications_pkey PRIMARY KEY (id, created_at),
  CONSTRAINT user_notifications_priority_check CHECK (((priority)::text = ANY (ARRAY[('low'::character varying)::text, ('normal'::character varying)::text, ('high'::character varying)::text, ('urgent'::character varying)::text])))
)
PARTITION BY RANGE (created_at);

-- foreign key public.notification_delivery_log.notification_delivery_log_notification_id_notification_cre_fkey
ALTER TABLE public.notification_delivery_log
  ADD CONSTRAINT notification_delivery_log_notification_id_notification_cre_fkey FOREIGN KEY (notification_id, notification_created_at) REFERENCES public.user_notifications(id, created_at) ON DELETE CASCADE;

-- table public.user_notifications_default
CREATE TABLE public.user_notifications_default (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  type character varying(50) NOT NULL,
  title character varying(255) NOT NULL,
  message text NOT NULL,
  data jsonb,
  is_read boolean DEFAULT false,
  read_at timestamp with time zone,
  action_url character varying(500),
  priority character varying(20) DEFAULT 'normal'::character varying,
  expires_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT user_notifications_default_pkey PRIMARY KEY (id, created_at),
  CONSTRAINT user_notifications_priority_check CHECK (((priority)::text = ANY (ARRAY[('low'::character varying)::text, ('normal'::character varying)::text, ('high'::character varying)::text, ('urgent'::character varying)::text])))
);
ALTER TABLE public.user_notifications ATTACH PARTITION public.user_notifications_default DEFAULT;

-- index public.idx_user_notifications_created_at
CREATE INDEX idx_user_notifications_created_at ON ONLY public.user_notifications USING btree (created_at);

-- index public.idx_user_notifications_read
CREATE INDEX idx_user_notifications_read ON ONLY public.user_notifications USING btree (user_id, is_read);

-- index public.idx_user_notifications_type
CREATE INDEX idx_user_notifications_type ON ONLY public.user_notifications USING btree (type);

-- index public.idx_user_notifications_user_id
CREATE INDEX idx_user_notifications_user_id ON ONLY public.user_notifications USING btree (user_id);

-- index public.user_notifications_default_created_at_idx
CREATE INDEX user_notifications_default_created_at_idx ON public.user_notifications_default USING btree (created_at);
ALTER INDEX public.idx_user_notifications_created_at ATTACH PARTITION public.user_notifications_default_created_at_idx;

-- index public.user_notifications_default_type_idx
CREATE INDEX user_notifications_default_type_idx ON public.user_notifications_default USING btree (type);
ALTER INDEX public.idx_user_notifications_type ATTACH PARTITION public.user_notifications_default_type_idx;

-- index public.user_notifications_default_user_id_idx
CREATE INDEX user_notifications_default_user_id_idx ON public.user_notifications_default USING btree (user_id);
ALTER INDEX public.idx_user_notifications_user_id ATTACH PARTITION public.user_notifications_default_user_id_idx;

-- index public.user_notifications_default_user_id_is_read_idx
CREATE INDEX user_notifications_default_user_id_is_read_idx ON public.user_notifications_default USING btree (user_id, is_read);
ALTER INDEX public.idx_user_notifications_read ATTACH PARTITION public.user_notifications_default_user_id_is_read_idx;

-- grants "default privileges".jobhub_notification_db_owner."".functions
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_notification_db_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- grants "default privileges".jobhub_notification_db_owner.public.sequences
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_notification_db_owner IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO jobhub_notification_db_app;

-- grants "default privileges".jobhub_notification_db_owner.public.tables
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_notification_db_owner IN SCHEMA public GRANT INSERT, SELECT ON TABLES TO jobhub_notification_db_app;

-- grants function.public."ensure_month_partition(regclass, date)"
REVOKE ALL ON FUNCTION public.ensure_month_partition(regclass, date) FROM PUBLIC;

-- grants function.public."touch_updated_at()"
REVOKE ALL ON FUNCTION public.touch_updated_at() FROM PUBLIC;

-- grants schema.public
GRANT USAGE ON SCHEMA public TO jobhub_notification_db_app;
GRANT USAGE ON SCHEMA public TO jobhub_notification_db_relay;
GRANT USAGE ON SCHEMA public TO jobhub_notification_db_ro;

-- grants table.public.domain_events
GRANT INSERT, SELECT ON TABLE public.domain_events TO jobhub_notification_db_app;
GRANT SELECT ON TABLE public.domain_events TO jobhub_notification_db_ro;
GRANT UPDATE (processed_at) ON TABLE public.domain_events TO jobhub_notification_db_app;

-- grants table.public.notification_delivery_log
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.notification_delivery_log TO jobhub_notification_db_app;
GRANT SELECT (
  id,
  notification_id,
  notification_created_at,
  delivery_type,
  status,
  provider,
  provider_message_id,
  error_message,
  retry_count,
  sent_at,
  delivered_at,
  created_at
) ON TABLE public.notification_delivery_log TO jobhub_notification_db_ro;

-- grants table.public.notification_preferences
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.notification_preferences TO jobhub_notification_db_app;
GRANT SELECT ON TABLE public.notification_preferences TO jobhub_notification_db_ro;

-- grants table.public.notification_templates
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.notification_templates TO jobhub_notification_db_app;
GRANT SELECT ON TABLE public.notification_templates TO jobhub_notification_db_ro;

-- grants table.public.outbox_events
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.outbox_events TO jobhub_notification_db_app;
GRANT SELECT, UPDATE ON TABLE public.outbox_events TO jobhub_notification_db_relay;
GRANT SELECT ON TABLE public.outbox_events TO jobhub_notification_db_ro;

-- grants table.public.saga_instances
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.saga_instances TO jobhub_notification_db_app;
GRANT SELECT ON TABLE public.saga_instances TO jobhub_notification_db_ro;

-- grants table.public.user_notifications
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_notifications TO jobhub_notification_db_app;
GRANT SELECT ON TABLE public.user_notifications TO jobhub_notification_db_ro;

-- grants table.public.user_notifications_default
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_notifications_default TO jobhub_notification_db_app;
GRANT SELECT ON TABLE public.user_notifications_default TO jobhub_notification_db_ro;

-- end
