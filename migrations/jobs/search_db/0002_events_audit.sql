-- Events of other services, taken once
-- migrate:up

-- Events of other services. The key takes each of them once, however often it is delivered.
CREATE TABLE inbox_events (
    source_service varchar(40)  NOT NULL,
    event_id       bigint       NOT NULL,
    event_type     varchar(100) NOT NULL,
    payload        jsonb        NOT NULL,
    attempts       smallint     NOT NULL DEFAULT 0,
    last_error     text,
    received_at    timestamptz  NOT NULL DEFAULT now(),
    processed_at   timestamptz,
    PRIMARY KEY (source_service, event_id)
);

CREATE INDEX idx_inbox_events_unprocessed ON inbox_events (received_at) WHERE processed_at IS NULL;

-- migrate:down

DROP TABLE inbox_events;
