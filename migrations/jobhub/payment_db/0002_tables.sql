-- Plans, subscriptions and payments
-- migrate:up

-- A name may be there twice, once for each user_type.
CREATE TABLE subscription_plans (
    id            uuid           PRIMARY KEY DEFAULT gen_random_uuid(),
    name          varchar(100)   NOT NULL,
    description   text,
    user_type     varchar(20)    NOT NULL CHECK (user_type IN ('job_seeker', 'employer')),
    price_monthly numeric(10, 2),
    price_yearly  numeric(10, 2),
    currency      varchar(3)     DEFAULT 'USD',
    features      jsonb          NOT NULL,
    is_active     boolean        DEFAULT true,
    sort_order    integer        DEFAULT 0,
    created_at    timestamptz    DEFAULT CURRENT_TIMESTAMP,
    updated_at    timestamptz    DEFAULT CURRENT_TIMESTAMP
);

-- user_id is an account of auth_db, here and below. amount is what this user pays each billing_cycle, whatever the plan
-- costs.
CREATE TABLE user_subscriptions (
    id                     uuid           PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id                uuid           NOT NULL,
    plan_id                uuid           NOT NULL REFERENCES subscription_plans (id),
    status                 varchar(20)    DEFAULT 'active'
                                          CHECK (status IN ('active', 'cancelled', 'expired', 'suspended')),
    billing_cycle          varchar(20)    CHECK (billing_cycle IN ('monthly', 'yearly')),
    amount                 numeric(10, 2) NOT NULL,
    currency               varchar(3)     DEFAULT 'USD',
    started_at             timestamptz    DEFAULT CURRENT_TIMESTAMP,
    expires_at             timestamptz,
    cancelled_at           timestamptz,
    cancellation_reason    text,
    auto_renew             boolean        DEFAULT true,
    stripe_subscription_id varchar(255),
    created_at             timestamptz    DEFAULT CURRENT_TIMESTAMP,
    updated_at             timestamptz    DEFAULT CURRENT_TIMESTAMP
);

-- When its status changed last, processed_at says. metadata of a job posting holds its job_id.
CREATE TABLE payment_transactions (
    id                       uuid           PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id                  uuid           NOT NULL,
    subscription_id          uuid           REFERENCES user_subscriptions (id),
    transaction_type         varchar(50)    NOT NULL
                                            CHECK (transaction_type IN (
                                                'subscription', 'job_posting', 'premium_feature'
                                            )),
    amount                   numeric(10, 2) NOT NULL,
    currency                 varchar(3)     DEFAULT 'USD',
    status                   varchar(20)    DEFAULT 'pending'
                                            CHECK (status IN ('pending', 'completed', 'failed', 'refunded')),
    payment_method           varchar(50),
    stripe_payment_intent_id varchar(255),
    stripe_charge_id         varchar(255),
    failure_reason           text,
    metadata                 jsonb,
    processed_at             timestamptz,
    created_at               timestamptz    DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_subscription_plans_user_type ON subscription_plans (user_type);
CREATE INDEX idx_subscription_plans_active ON subscription_plans (is_active);

CREATE INDEX idx_user_subscriptions_user_id ON user_subscriptions (user_id);
CREATE INDEX idx_user_subscriptions_plan_id ON user_subscriptions (plan_id);
CREATE INDEX idx_user_subscriptions_status ON user_subscriptions (status);
CREATE INDEX idx_user_subscriptions_expires_at ON user_subscriptions (expires_at);

CREATE INDEX idx_payment_transactions_user_id ON payment_transactions (user_id);
CREATE INDEX idx_payment_transactions_subscription_id ON payment_transactions (subscription_id);
CREATE INDEX idx_payment_transactions_status ON payment_transactions (status);
CREATE INDEX idx_payment_transactions_created_at ON payment_transactions (created_at);

-- migrate:down

DROP TABLE payment_transactions;
DROP TABLE user_subscriptions;
DROP TABLE subscription_plans;
