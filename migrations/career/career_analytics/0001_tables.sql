-- What users do, and how services answer
-- migrate:up

-- Parts by month cannot be had later, so they are there from the start. The order serves reading by time; by user, read
-- daily_user_activity. Nobody logged in: user_id is the nil UUID.
CREATE TABLE user_activity (
    event_id       UUID,
    user_id        UUID,
    event_type     String,
    event_category String,
    event_action   String,
    event_value    Float64,
    page_url       String,
    referrer_url   String,
    user_agent     String,
    ip_address     String,
    timestamp      DateTime('UTC'),
    session_id     UUID
)
ENGINE = MergeTree()
PARTITION BY toYYYYMM(timestamp)
ORDER BY (timestamp, user_id);

CREATE TABLE performance_metrics (
    metric_id        UUID,
    service_name     String,
    endpoint         String,
    response_time_ms Int32,
    status_code      Int16,
    error_message    String,
    timestamp        DateTime('UTC')
)
ENGINE = MergeTree()
PARTITION BY toYYYYMM(timestamp)
ORDER BY (timestamp, service_name);

-- migrate:down

DROP TABLE performance_metrics;
DROP TABLE user_activity;
