-- schemactl snapshot, format 1
-- target: jobhub/analytics_db
-- version: 0001

-- table job_analytics
CREATE TABLE job_analytics (
    id UUID DEFAULT generateUUIDv4(),
    job_id UUID,
    employer_id UUID,
    company_id Nullable(UUID),
    event_type String,
    user_id Nullable(UUID),
    session_id String,
    source String,
    search_query Nullable(String),
    filters Map(String, String),
    position_in_results Nullable(Int32),
    timestamp DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    created_at DateTime('UTC') DEFAULT now('UTC')
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (timestamp, job_id, event_type)
SETTINGS index_granularity = 8192;

-- table job_metrics
CREATE TABLE job_metrics (
    id UUID DEFAULT generateUUIDv4(),
    job_id UUID,
    company_id Nullable(UUID),
    metric_type String,
    metric_value Float64 DEFAULT 1,
    user_id Nullable(UUID),
    source String,
    country_code FixedString(2),
    timestamp DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (job_id, metric_type, timestamp)
SETTINGS index_granularity = 8192;

-- table search_analytics
CREATE TABLE search_analytics (
    id UUID DEFAULT generateUUIDv4(),
    user_id Nullable(UUID),
    session_id String,
    query String,
    filters Map(String, String),
    results_count Int32,
    clicked_job_ids Array(UUID),
    no_results Bool,
    search_duration_ms Int32,
    timestamp DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    created_at DateTime('UTC') DEFAULT now('UTC')
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (timestamp, query)
SETTINGS index_granularity = 8192;

-- table user_events
CREATE TABLE user_events (
    id UUID DEFAULT generateUUIDv4(),
    user_id Nullable(UUID),
    session_id String,
    event_type String,
    event_name String,
    properties Map(String, String),
    page_url Nullable(String),
    referrer Nullable(String),
    user_agent Nullable(String),
    ip_address Nullable(String),
    country Nullable(String),
    city Nullable(String),
    device_type Nullable(String),
    browser Nullable(String),
    os Nullable(String),
    timestamp DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    created_at DateTime('UTC') DEFAULT now('UTC')
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (timestamp, event_type, session_id)
SETTINGS index_granularity = 8192;

-- end
