-- schemactl snapshot, format 1
-- target: jobhub/message_db
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

-- table public.conversation_participants
CREATE TABLE public.conversation_participants (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  conversation_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role character varying(20) DEFAULT 'member'::character varying,
  joined_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  left_at timestamp with time zone,
  is_active boolean DEFAULT true,
  last_read_message_id uuid,
  last_read_at timestamp with time zone,
  unread_count integer DEFAULT 0,
  is_muted boolean DEFAULT false,
  muted_until timestamp with time zone,
  CONSTRAINT conversation_participants_pkey PRIMARY KEY (id),
  CONSTRAINT conversation_participants_conversation_id_user_id_key UNIQUE (conversation_id, user_id),
  CONSTRAINT conversation_participants_role_check CHECK (((role)::text = ANY (ARRAY[('admin'::character varying)::text, ('moderator'::character varying)::text, ('member'::character varying)::text])))
);

-- index public.idx_conversation_participants_active
CREATE INDEX idx_conversation_participants_active ON public.conversation_participants USING btree (user_id, is_active) WHERE (is_active = true);

-- index public.idx_conversation_participants_conversation_id
CREATE INDEX idx_conversation_participants_conversation_id ON public.conversation_participants USING btree (conversation_id);

-- index public.idx_conversation_participants_unread
CREATE INDEX idx_conversation_participants_unread ON public.conversation_participants USING btree (user_id, unread_count) WHERE (unread_count > 0);

-- index public.idx_conversation_participants_user_id
CREATE INDEX idx_conversation_participants_user_id ON public.conversation_participants USING btree (user_id);

-- table public.conversations
CREATE TABLE public.conversations (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  type character varying(20) DEFAULT 'direct'::character varying,
  title character varying(255),
  description text,
  created_by uuid NOT NULL,
  is_archived boolean DEFAULT false,
  last_message_id uuid,
  last_message_at timestamp with time zone,
  participant_count integer DEFAULT 0,
  message_count integer DEFAULT 0,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT conversations_pkey PRIMARY KEY (id),
  CONSTRAINT conversations_type_check CHECK (((type)::text = ANY (ARRAY[('direct'::character varying)::text, ('group'::character varying)::text, ('support'::character varying)::text])))
);

-- index public.idx_conversations_archived
CREATE INDEX idx_conversations_archived ON public.conversations USING btree (is_archived);

-- index public.idx_conversations_created_by
CREATE INDEX idx_conversations_created_by ON public.conversations USING btree (created_by);

-- index public.idx_conversations_last_message
CREATE INDEX idx_conversations_last_message ON public.conversations USING btree (last_message_at DESC);

-- index public.idx_conversations_type
CREATE INDEX idx_conversations_type ON public.conversations USING btree (type);

-- trigger public.conversations.trg_conversations_touch
CREATE TRIGGER trg_conversations_touch BEFORE UPDATE ON public.conversations FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- foreign key public.conversation_participants.conversation_participants_conversation_id_fkey
ALTER TABLE public.conversation_participants
  ADD CONSTRAINT conversation_participants_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;

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

-- table public.message_attachments
CREATE TABLE public.message_attachments (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  message_id uuid NOT NULL,
  message_created_at timestamp with time zone NOT NULL,
  file_name character varying(255) NOT NULL,
  original_file_name character varying(255) NOT NULL,
  file_size integer NOT NULL,
  file_type character varying(100) NOT NULL,
  file_url character varying(500) NOT NULL,
  thumbnail_url character varying(500),
  is_scanned boolean DEFAULT false,
  scan_result character varying(50),
  download_count integer DEFAULT 0,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT message_attachments_pkey PRIMARY KEY (id)
);

-- index public.idx_message_attachments_message_id
CREATE INDEX idx_message_attachments_message_id ON public.message_attachments USING btree (message_id);

-- index public.idx_message_attachments_scanned
CREATE INDEX idx_message_attachments_scanned ON public.message_attachments USING btree (is_scanned);

-- index public.idx_message_attachments_type
CREATE INDEX idx_message_attachments_type ON public.message_attachments USING btree (file_type);

-- table public.message_reactions
CREATE TABLE public.message_reactions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  message_id uuid NOT NULL,
  message_created_at timestamp with time zone NOT NULL,
  user_id uuid NOT NULL,
  reaction_type character varying(20) NOT NULL,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT message_reactions_pkey PRIMARY KEY (id),
  CONSTRAINT message_reactions_message_id_user_id_reaction_type_key UNIQUE (message_id, user_id, reaction_type)
);

-- index public.idx_message_reactions_message_id
CREATE INDEX idx_message_reactions_message_id ON public.message_reactions USING btree (message_id);

-- index public.idx_message_reactions_type
CREATE INDEX idx_message_reactions_type ON public.message_reactions USING btree (reaction_type);

-- index public.idx_message_reactions_user_id
CREATE INDEX idx_message_reactions_user_id ON public.message_reactions USING btree (user_id);

-- table public.messages
CREATE TABLE public.messages (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  conversation_id uuid NOT NULL,
  sender_id uuid NOT NULL,
  parent_message_id uuid,
  parent_created_at timestamp with time zone,
  message_type character varying(20) DEFAULT 'text'::character varying,
  content text NOT NULL,
  metadata jsonb,
  is_edited boolean DEFAULT false,
  edited_at timestamp with time zone,
  is_deleted boolean DEFAULT false,
  deleted_at timestamp with time zone,
  deleted_by uuid,
  reply_count integer DEFAULT 0,
  reaction_count integer DEFAULT 0,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT messages_pkey PRIMARY KEY (id, created_at),
  CONSTRAINT ck_messages_parent_pair CHECK (((parent_message_id IS NULL) = (parent_created_at IS NULL))),
  CONSTRAINT messages_message_type_check CHECK (((message_type)::text = ANY (ARRAY[('text'::character varying)::text, ('image'::character varying)::text, ('file'::character varying)::text, ('system'::character varying)::text, ('job_share'::character varying)::text])))
)
PARTITION BY RANGE (created_at);

-- foreign key public.messages.fk_messages_parent
ALTER TABLE public.messages
  ADD CONSTRAINT fk_messages_parent FOREIGN KEY (parent_message_id, parent_created_at) REFERENCES public.messages(id, created_at) ON DELETE SET NULL;

-- foreign key public.messages.messages_conversation_id_fkey
ALTER TABLE public.messages
  ADD CONSTRAINT messages_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;

-- trigger public.messages.trg_messages_touch
CREATE TRIGGER trg_messages_touch BEFORE UPDATE ON public.messages FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- foreign key public.message_attachments.message_attachments_message_id_message_created_at_fkey
ALTER TABLE public.message_attachments
  ADD CONSTRAINT message_attachments_message_id_message_created_at_fkey FOREIGN KEY (message_id, message_created_at) REFERENCES public.messages(id, created_at) ON DELETE CASCADE;

-- foreign key public.message_reactions.message_reactions_message_id_message_created_at_fkey
ALTER TABLE public.message_reactions
  ADD CONSTRAINT message_reactions_message_id_message_created_at_fkey FOREIGN KEY (message_id, message_created_at) REFERENCES public.messages(id, created_at) ON DELETE CASCADE;

-- table public.messages_default
CREATE TABLE public.messages_default (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  conversation_id uuid NOT NULL,
  sender_id uuid NOT NULL,
  parent_message_id uuid,
  parent_created_at timestamp with time zone,
  message_type character varying(20) DEFAULT 'text'::character varying,
  content text NOT NULL,
  metadata jsonb,
  is_edited boolean DEFAULT false,
  edited_at timestamp with time zone,
  is_deleted boolean DEFAULT false,
  deleted_at timestamp with time zone,
  deleted_by uuid,
  reply_count integer DEFAULT 0,
  reaction_count integer DEFAULT 0,
  created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT messages_default_pkey PRIMARY KEY (id, created_at),
  CONSTRAINT ck_messages_parent_pair CHECK (((parent_message_id IS NULL) = (parent_created_at IS NULL))),
  CONSTRAINT messages_message_type_check CHECK (((message_type)::text = ANY (ARRAY[('text'::character varying)::text, ('image'::character varying)::text, ('file'::character varying)::text, ('system'::character varying)::text, ('job_share'::character varying)::text])))
);
ALTER TABLE public.messages ATTACH PARTITION public.messages_default DEFAULT;

-- index public.idx_messages_conversation_id
CREATE INDEX idx_messages_conversation_id ON ONLY public.messages USING btree (conversation_id, created_at DESC);

-- index public.idx_messages_deleted
CREATE INDEX idx_messages_deleted ON ONLY public.messages USING btree (is_deleted);

-- index public.idx_messages_parent_id
CREATE INDEX idx_messages_parent_id ON ONLY public.messages USING btree (parent_message_id) WHERE (parent_message_id IS NOT NULL);

-- index public.idx_messages_search
CREATE INDEX idx_messages_search ON ONLY public.messages USING gin (to_tsvector('english'::regconfig, content)) WHERE (is_deleted = false);

-- index public.idx_messages_sender_id
CREATE INDEX idx_messages_sender_id ON ONLY public.messages USING btree (sender_id);

-- index public.idx_messages_type
CREATE INDEX idx_messages_type ON ONLY public.messages USING btree (message_type);

-- index public.messages_default_conversation_id_created_at_idx
CREATE INDEX messages_default_conversation_id_created_at_idx ON public.messages_default USING btree (conversation_id, created_at DESC);
ALTER INDEX public.idx_messages_conversation_id ATTACH PARTITION public.messages_default_conversation_id_created_at_idx;

-- index public.messages_default_is_deleted_idx
CREATE INDEX messages_default_is_deleted_idx ON public.messages_default USING btree (is_deleted);
ALTER INDEX public.idx_messages_deleted ATTACH PARTITION public.messages_default_is_deleted_idx;

-- index public.messages_default_message_type_idx
CREATE INDEX messages_default_message_type_idx ON public.messages_default USING btree (message_type);
ALTER INDEX public.idx_messages_type ATTACH PARTITION public.messages_default_message_type_idx;

-- index public.messages_default_parent_message_id_idx
CREATE INDEX messages_default_parent_message_id_idx ON public.messages_default USING btree (parent_message_id) WHERE (parent_message_id IS NOT NULL);
ALTER INDEX public.idx_messages_parent_id ATTACH PARTITION public.messages_default_parent_message_id_idx;

-- index public.messages_default_sender_id_idx
CREATE INDEX messages_default_sender_id_idx ON public.messages_default USING btree (sender_id);
ALTER INDEX public.idx_messages_sender_id ATTACH PARTITION public.messages_default_sender_id_idx;

-- index public.messages_default_to_tsvector_idx
CREATE INDEX messages_default_to_tsvector_idx ON public.messages_default USING gin (to_tsvector('english'::regconfig, content)) WHERE (is_deleted = false);
ALTER INDEX public.idx_messages_search ATTACH PARTITION public.messages_default_to_tsvector_idx;

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

-- grants "default privileges".jobhub_message_db_owner."".functions
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_message_db_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- grants "default privileges".jobhub_message_db_owner.public.sequences
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_message_db_owner IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO jobhub_message_db_app;
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_message_db_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO jobhub_message_db_ro;

-- grants "default privileges".jobhub_message_db_owner.public.tables
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_message_db_owner IN SCHEMA public GRANT INSERT, SELECT ON TABLES TO jobhub_message_db_app;
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_message_db_owner IN SCHEMA public GRANT SELECT ON TABLES TO jobhub_message_db_ro;

-- grants function.public."ensure_month_partition(regclass, date)"
REVOKE ALL ON FUNCTION public.ensure_month_partition(regclass, date) FROM PUBLIC;

-- grants function.public."touch_updated_at()"
REVOKE ALL ON FUNCTION public.touch_updated_at() FROM PUBLIC;

-- grants schema.public
GRANT USAGE ON SCHEMA public TO jobhub_message_db_app;
GRANT USAGE ON SCHEMA public TO jobhub_message_db_relay;
GRANT USAGE ON SCHEMA public TO jobhub_message_db_ro;

-- grants table.public.conversation_participants
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.conversation_participants TO jobhub_message_db_app;
GRANT SELECT ON TABLE public.conversation_participants TO jobhub_message_db_ro;

-- grants table.public.conversations
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.conversations TO jobhub_message_db_app;
GRANT SELECT ON TABLE public.conversations TO jobhub_message_db_ro;

-- grants table.public.domain_events
GRANT INSERT, SELECT ON TABLE public.domain_events TO jobhub_message_db_app;
GRANT SELECT ON TABLE public.domain_events TO jobhub_message_db_ro;
GRANT UPDATE (processed_at) ON TABLE public.domain_events TO jobhub_message_db_app;

-- grants table.public.message_attachments
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.message_attachments TO jobhub_message_db_app;
GRANT SELECT ON TABLE public.message_attachments TO jobhub_message_db_ro;

-- grants table.public.message_reactions
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.message_reactions TO jobhub_message_db_app;
GRANT SELECT ON TABLE public.message_reactions TO jobhub_message_db_ro;

-- grants table.public.messages
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.messages TO jobhub_message_db_app;
GRANT SELECT ON TABLE public.messages TO jobhub_message_db_ro;

-- grants table.public.messages_default
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.messages_default TO jobhub_message_db_app;
GRANT SELECT ON TABLE public.messages_default TO jobhub_message_db_ro;

-- grants table.public.outbox_events
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.outbox_events TO jobhub_message_db_app;
GRANT SELECT, UPDATE ON TABLE public.outbox_events TO jobhub_message_db_relay;
GRANT SELECT ON TABLE public.outbox_events TO jobhub_message_db_ro;

-- grants table.public.saga_instances
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.saga_instances TO jobhub_message_db_app;
GRANT SELECT ON TABLE public.saga_instances TO jobhub_message_db_ro;

-- end
