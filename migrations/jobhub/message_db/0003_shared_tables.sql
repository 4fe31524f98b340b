-- Events, outbox and sagas: the same three tables in every service
-- migrate:up

-- What happened, in the order of each aggregate: event_version is the event's position in its stream.
CREATE TABLE domain_events (
    id             uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    aggregate_id   uuid         NOT NULL,
    aggregate_type varchar(100) NOT NULL,
    event_type     varchar(100) NOT NULL,
    event_data     jsonb        NOT NULL,
    event_version  integer      NOT NULL,
    correlation_id uuid,
    causation_id   uuid,
    user_id        uuid,
    occurred_at    timestamptz  DEFAULT CURRENT_TIMESTAMP,
    processed_at   timestamptz
);

CREATE INDEX idx_domain_events_aggregate ON domain_events (aggregate_id, aggregate_type);
CREATE INDEX idx_domain_events_type ON domain_events (event_type);
CREATE INDEX idx_domain_events_occurred_at ON domain_events (occurred_at);
CREATE INDEX idx_domain_events_correlation_id ON domain_events (correlation_id);

-- What is still to be told to other services, written with the row that it is about. Without next_retry_at it is
-- due now; how it is claimed: docs/platforms/jobhub.md.
CREATE TABLE outbox_events (
    id             uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    aggregate_id   uuid         NOT NULL,
    event_type     varchar(100) NOT NULL,
    event_data     jsonb        NOT NULL,
    correlation_id uuid,
    created_at     timestamptz  DEFAULT CURRENT_TIMESTAMP,
    processed_at   timestamptz,
    retry_count    integer      DEFAULT 0,
    max_retries    integer      DEFAULT 3,
    next_retry_at  timestamptz
);

CREATE INDEX idx_outbox_events_processed ON outbox_events (processed_at);
CREATE INDEX idx_outbox_events_retry ON outbox_events (next_retry_at) WHERE processed_at IS NULL;

-- A transaction over several services; its row is in the database of the service that leads it.
CREATE TABLE saga_instances (
    id             uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    saga_type      varchar(100) NOT NULL,
    saga_data      jsonb        NOT NULL,
    current_step   varchar(100) NOT NULL,
    status         varchar(20)  DEFAULT 'running'
                                CHECK (status IN ('running', 'completed', 'failed', 'compensating')),
    correlation_id uuid         NOT NULL UNIQUE,
    started_at     timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at     timestamptz  DEFAULT CURRENT_TIMESTAMP,
    completed_at   timestamptz,
    error_message  text
);

CREATE INDEX idx_saga_instances_type ON saga_instances (saga_type);
CREATE INDEX idx_saga_instances_status ON saga_instances (status);
CREATE INDEX idx_saga_instances_correlation ON saga_instances (correlation_id);

-- migrate:down

DROP TABLE saga_instances;
DROP TABLE outbox_events;
DROP TABLE domain_events;
