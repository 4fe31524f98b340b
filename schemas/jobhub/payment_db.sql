-- schemactl snapshot, format 1
-- target: jobhub/payment_db
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

-- table public.payment_transactions
CREATE TABLE public.payment_transactions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  subscription_id uuid,
  transaction_type character varying(50) NOT NULL,
  amount numeric(10,2) NOT NULL,
  currency character varying(3) DEFAULT 'USD'::character varying,
  status character varying(20) DEFAULT 'pending'::character varying,
  payment_method character varying(50),
  stripe_payment_intent_id character varying(255),
  stripe_charge_id character varying(255),
  failure_reason text,
  metadata jsonb,
  processed_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT payment_transactions_pkey PRIMARY KEY (id),
  CONSTRAINT payment_transactions_status_check CHECK (((status)::text = ANY (ARRAY[('pending'::character varying)::text, ('completed'::character varying)::text, ('failed'::character varying)::text, ('refunded'::character varying)::text]))),
  CONSTRAINT payment_transactions_transaction_type_check CHECK (((transaction_type)::text = ANY (ARRAY[('subscription'::character varying)::text, ('job_posting'::character varying)::text, ('premium_feature'::character varying)::text])))
);

-- index public.idx_payment_transactions_created_at
CREATE INDEX idx_payment_transactions_created_at ON public.payment_transactions USING btree (created_at);

-- index public.idx_payment_transactions_status
CREATE INDEX idx_payment_transactions_status ON public.payment_transactions USING btree (status);

-- index public.idx_payment_transactions_subscription_id
CREATE INDEX idx_payment_transactions_subscription_id ON public.payment_transactions USING btree (subscription_id);

-- index public.idx_payment_transactions_user_id
CREATE INDEX idx_payment_transactions_user_id ON public.payment_transactions USING btree (user_id);

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

-- table public.subscription_plans
CREATE TABLE public.subscription_plans (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name character varying(100) NOT NULL,
  description text,
  user_type character varying(20) NOT NULL,
  price_monthly numeric(10,2),
  price_yearly numeric(10,2),
  currency character varying(3) DEFAULT 'USD'::character varying,
  features jsonb NOT NULL,
  is_active boolean DEFAULT true,
  sort_order integer DEFAULT 0,
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT subscription_plans_pkey PRIMARY KEY (id),
  CONSTRAINT subscription_plans_user_type_check CHECK (((user_type)::text = ANY (ARRAY[('job_seeker'::character varying)::text, ('employer'::character varying)::text])))
);

-- index public.idx_subscription_plans_active
CREATE INDEX idx_subscription_plans_active ON public.subscription_plans USING btree (is_active);

-- index public.idx_subscription_plans_user_type
CREATE INDEX idx_subscription_plans_user_type ON public.subscription_plans USING btree (user_type);

-- trigger public.subscription_plans.trg_subscription_plans_touch
CREATE TRIGGER trg_subscription_plans_touch BEFORE UPDATE ON public.subscription_plans FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- table public.user_subscriptions
CREATE TABLE public.user_subscriptions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  status character varying(20) DEFAULT 'active'::character varying,
  billing_cycle character varying(20),
  amount numeric(10,2) NOT NULL,
  currency character varying(3) DEFAULT 'USD'::character varying,
  started_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  expires_at timestamp with time zone,
  cancelled_at timestamp with time zone,
  cancellation_reason text,
  auto_renew boolean DEFAULT true,
  stripe_subscription_id character varying(255),
  created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT user_subscriptions_pkey PRIMARY KEY (id),
  CONSTRAINT user_subscriptions_billing_cycle_check CHECK (((billing_cycle)::text = ANY (ARRAY[('monthly'::character varying)::text, ('yearly'::character varying)::text]))),
  CONSTRAINT user_subscriptions_status_check CHECK (((status)::text = ANY (ARRAY[('active'::character varying)::text, ('cancelled'::character varying)::text, ('expired'::character varying)::text, ('suspended'::character varying)::text])))
);

-- index public.idx_user_subscriptions_expires_at
CREATE INDEX idx_user_subscriptions_expires_at ON public.user_subscriptions USING btree (expires_at);

-- index public.idx_user_subscriptions_plan_id
CREATE INDEX idx_user_subscriptions_plan_id ON public.user_subscriptions USING btree (plan_id);

-- index public.idx_user_subscriptions_status
CREATE INDEX idx_user_subscriptions_status ON public.user_subscriptions USING btree (status);

-- index public.idx_user_subscriptions_user_id
CREATE INDEX idx_user_subscriptions_user_id ON public.user_subscriptions USING btree (user_id);

-- foreign key public.user_subscriptions.user_subscriptions_plan_id_fkey
ALTER TABLE public.user_subscriptions
  ADD CONSTRAINT user_subscriptions_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES public.subscription_plans(id);

-- trigger public.user_subscriptions.trg_user_subscriptions_touch
CREATE TRIGGER trg_user_subscriptions_touch BEFORE UPDATE ON public.user_subscriptions FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- foreign key public.payment_transactions.payment_transactions_subscription_id_fkey
ALTER TABLE public.payment_transactions
  ADD CONSTRAINT payment_transactions_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES public.user_subscriptions(id);

-- grants "default privileges".jobhub_payment_db_owner."".functions
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_payment_db_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- grants "default privileges".jobhub_payment_db_owner.public.sequences
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_payment_db_owner IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO jobhub_payment_db_app;
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_payment_db_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO jobhub_payment_db_ro;

-- grants "default privileges".jobhub_payment_db_owner.public.tables
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_payment_db_owner IN SCHEMA public GRANT INSERT, SELECT ON TABLES TO jobhub_payment_db_app;
ALTER DEFAULT PRIVILEGES FOR ROLE jobhub_payment_db_owner IN SCHEMA public GRANT SELECT ON TABLES TO jobhub_payment_db_ro;

-- grants function.public."touch_updated_at()"
REVOKE ALL ON FUNCTION public.touch_updated_at() FROM PUBLIC;

-- grants schema.public
GRANT USAGE ON SCHEMA public TO jobhub_payment_db_app;
GRANT USAGE ON SCHEMA public TO jobhub_payment_db_relay;
GRANT USAGE ON SCHEMA public TO jobhub_payment_db_ro;

-- grants table.public.domain_events
GRANT INSERT, SELECT ON TABLE public.domain_events TO jobhub_payment_db_app;
GRANT SELECT ON TABLE public.domain_events TO jobhub_payment_db_ro;
GRANT UPDATE (processed_at) ON TABLE public.domain_events TO jobhub_payment_db_app;

-- grants table.public.outbox_events
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.outbox_events TO jobhub_payment_db_app;
GRANT SELECT, UPDATE ON TABLE public.outbox_events TO jobhub_payment_db_relay;
GRANT SELECT ON TABLE public.outbox_events TO jobhub_payment_db_ro;

-- grants table.public.payment_transactions
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.payment_transactions TO jobhub_payment_db_app;
GRANT SELECT ON TABLE public.payment_transactions TO jobhub_payment_db_ro;

-- grants table.public.saga_instances
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.saga_instances TO jobhub_payment_db_app;
GRANT SELECT ON TABLE public.saga_instances TO jobhub_payment_db_ro;

-- grants table.public.subscription_plans
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.subscription_plans TO jobhub_payment_db_app;
GRANT SELECT ON TABLE public.subscription_plans TO jobhub_payment_db_ro;

-- grants table.public.user_subscriptions
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.user_subscriptions TO jobhub_payment_db_app;
GRANT SELECT ON TABLE public.user_subscriptions TO jobhub_payment_db_ro;

-- end
