-- schemactl snapshot, format 1
-- target: career/career_analytics
-- version: 0003

-- table daily_user_activity
CREATE TABLE daily_user_activity (
    day Date,
    user_id UUID,
    event_category String,
    events UInt64,
    total_value Float64
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, user_id, event_category)
SETTINGS index_granularity = 8192;

-- table hourly_performance
CREATE TABLE hourly_performance (
    hour DateTime('UTC'),
    service_name String,
    endpoint String,
    requests AggregateFunction(count),
    errors AggregateFunction(sum, UInt64),
    latency AggregateFunction(quantiles(0.5, 0.95, 0.99), Int32)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, service_name, endpoint)
SETTINGS index_granularity = 8192;

-- table performance_metrics
CREATE TABLE performance_metrics (
    metric_id UUID,
    service_name String,
    endpoint String,
    response_time_ms Int32,
    status_code Int16,
    error_message String,
    timestamp DateTime('UTC')
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (timestamp, service_name)
TTL timestamp + toIntervalMonth(6)
SETTINGS index_granularity = 8192;

-- table user_activity
CREATE TABLE user_activity (
    event_id UUID,
    user_id UUID,
    event_type String,
    event_category String,
    event_action String,
    event_value Float64,
    page_url String,
    referrer_url String,
    user_agent String,
    ip_address String TTL timestamp + toIntervalDay(90),
    timestamp DateTime('UTC'),
    session_id UUID
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (timestamp, user_id)
TTL timestamp + toIntervalMonth(24)
SETTINGS index_granularity = 8192;

-- materialized view daily_user_activity_mv
CREATE MATERIALIZED VIEW daily_user_activity_mv TO daily_user_activity (
    day Date,
    user_id UUID,
    event_category String,
    events UInt64,
    total_value Float64
)
AS SELECT
    toDate(timestamp) AS day,
    user_id,
    event_category,
    count() AS events,
    sum(event_value) AS total_value
FROM user_activity
GROUP BY day, user_id, event_category;

-- materialized view hourly_performance_mv
CREATE MATERIALIZED VIEW hourly_performance_mv TO hourly_performance (
    hour DateTime('UTC'),
    service_name String,
    endpoint String,
    requests AggregateFunction(count),
    errors AggregateFunction(sum, UInt64),
    latency AggregateFunction(quantiles(0.5, 0.95, 0.99), Int32)
)
AS SELECT
    toStartOfHour(timestamp) AS hour,
    service_name,
    endpoint,
    countState() AS requests,
    sumState(toUInt64(status_code >= 500)) AS errors,
    quantilesState(0.5, 0.95, 0.99)(response_time_ms) AS latency
FROM performance_metrics
GROUP BY hour, service_name, endpoint;

-- end
