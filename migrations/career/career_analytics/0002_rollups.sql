-- Activity by day and user, performance by hour and endpoint
-- migrate:up

-- A view sees what is inserted from now on; what was there before: docs/platforms/career.md.
CREATE TABLE daily_user_activity (
    day            Date,
    user_id        UUID,
    event_category String,
    events         UInt64,
    total_value    Float64
)
ENGINE = SummingMergeTree()
PARTITION BY toYYYYMM(day)
ORDER BY (day, user_id, event_category);

CREATE MATERIALIZED VIEW daily_user_activity_mv TO daily_user_activity AS
SELECT toDate(timestamp) AS day, user_id, event_category, count() AS events, sum(event_value) AS total_value
FROM user_activity
GROUP BY day, user_id, event_category;

CREATE TABLE hourly_performance (
    hour         DateTime('UTC'),
    service_name String,
    endpoint     String,
    requests     AggregateFunction(count),
    errors       AggregateFunction(sum, UInt64),
    latency      AggregateFunction(quantiles(0.5, 0.95, 0.99), Int32)
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, service_name, endpoint);

CREATE MATERIALIZED VIEW hourly_performance_mv TO hourly_performance AS
SELECT
    toStartOfHour(timestamp) AS hour,
    service_name,
    endpoint,
    countState() AS requests,
    sumState(toUInt64(status_code >= 500)) AS errors,
    quantilesState(0.5, 0.95, 0.99)(response_time_ms) AS latency
FROM performance_metrics
GROUP BY hour, service_name, endpoint;

-- migrate:down

DROP TABLE hourly_performance_mv;
DROP TABLE hourly_performance;
DROP TABLE daily_user_activity_mv;
DROP TABLE daily_user_activity;
