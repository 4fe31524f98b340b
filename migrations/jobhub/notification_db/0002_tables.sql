-- Notifications, and how they reach users
-- migrate:up

CREATE TABLE notification_templates (
    id               uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    name             varchar(100) NOT NULL UNIQUE,
    type             varchar(50)  NOT NULL CHECK (type IN ('email', 'push', 'sms', 'in_app')),
    subject_template text,
    body_template    text         NOT NULL,
    variables        jsonb,
    is_active        boolean      DEFAULT true,
    created_at       timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at       timestamptz  DEFAULT CURRENT_TIMESTAMP
);

-- user_id is an account of auth_db. type is what it is about, in free text, and not the channel of a template.
CREATE TABLE user_notifications (
    id         uuid         NOT NULL DEFAULT gen_random_uuid(),
    user_id    uuid         NOT NULL,
    type       varchar(50)  NOT NULL,
    title      varchar(255) NOT NULL,
    message    text         NOT NULL,
    data       jsonb,
    is_read    boolean      DEFAULT false,
    read_at    timestamptz,
    action_url varchar(500),
    priority   varchar(20)  DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    expires_at timestamptz,
    created_at timestamptz  NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);

-- Quiet hours are times of day in timezone, and may go over midnight.
CREATE TABLE notification_preferences (
    id                   uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id              uuid        NOT NULL UNIQUE,
    email_enabled        boolean     DEFAULT true,
    push_enabled         boolean     DEFAULT true,
    sms_enabled          boolean     DEFAULT false,
    in_app_enabled       boolean     DEFAULT true,
    job_alerts           boolean     DEFAULT true,
    application_updates  boolean     DEFAULT true,
    messages             boolean     DEFAULT true,
    marketing            boolean     DEFAULT false,
    weekly_digest        boolean     DEFAULT true,
    frequency_job_alerts varchar(20) DEFAULT 'immediate'
                                     CHECK (frequency_job_alerts IN ('immediate', 'daily', 'weekly')),
    quiet_hours_start    time,
    quiet_hours_end      time,
    timezone             varchar(50) DEFAULT 'UTC',
    created_at           timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at           timestamptz DEFAULT CURRENT_TIMESTAMP
);

-- recipient is an address, a number or a device's token. The notification is named with its time, as its key is.
CREATE TABLE notification_delivery_log (
    id                      uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    notification_id         uuid         NOT NULL,
    notification_created_at timestamptz  NOT NULL,
    delivery_type           varchar(20)  NOT NULL CHECK (delivery_type IN ('email', 'push', 'sms', 'in_app')),
    recipient               varchar(255) NOT NULL,
    status                  varchar(20)  DEFAULT 'pending'
                                         CHECK (status IN ('pending', 'sent', 'delivered', 'failed', 'bounced')),
    provider                varchar(50),
    provider_message_id     varchar(255),
    error_message           text,
    retry_count             integer      DEFAULT 0,
    sent_at                 timestamptz,
    delivered_at            timestamptz,
    created_at              timestamptz  DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (notification_id, notification_created_at)
        REFERENCES user_notifications (id, created_at) ON DELETE CASCADE
);

-- What no month takes. A month that has rows here can no longer be added, so months come ahead of their time.
CREATE TABLE user_notifications_default PARTITION OF user_notifications DEFAULT;

CREATE INDEX idx_notification_templates_name ON notification_templates (name);
CREATE INDEX idx_notification_templates_type ON notification_templates (type);

CREATE INDEX idx_user_notifications_user_id ON user_notifications (user_id);
CREATE INDEX idx_user_notifications_type ON user_notifications (type);
CREATE INDEX idx_user_notifications_read ON user_notifications (user_id, is_read);
CREATE INDEX idx_user_notifications_created_at ON user_notifications (created_at);

CREATE INDEX idx_notification_preferences_user_id ON notification_preferences (user_id);

CREATE INDEX idx_notification_delivery_log_notification_id ON notification_delivery_log (notification_id);
CREATE INDEX idx_notification_delivery_log_type ON notification_delivery_log (delivery_type);
CREATE INDEX idx_notification_delivery_log_status ON notification_delivery_log (status);
CREATE INDEX idx_notification_delivery_log_sent_at ON notification_delivery_log (sent_at);

-- migrate:down

DROP TABLE notification_delivery_log;
DROP TABLE notification_preferences;
DROP TABLE user_notifications;
DROP TABLE notification_templates;
