# schemactl: idempotent
"""What users do, what becomes of postings and searches, and metrics of postings.

A script and not statements, because servers before 21.12 lack Bool, and some of them Map or DateTime64, or have them
as an experiment: there the columns of the same names hold 0 or 1, the map as JSON text, and whole seconds
(docs/platforms/jobhub.md). The server is asked whether it knows Bool, the youngest of them.
"""

from __future__ import annotations

from typing import Any

# Placeholder → the type as it is meant, and the type on a server that does not know Bool.
TYPES = {
    "{Moment}": ("DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')", "DateTime('UTC') DEFAULT now()"),
    "{Second}": ("DateTime('UTC') DEFAULT now('UTC')", "DateTime('UTC') DEFAULT now()"),
    "{Map}": ("Map(String, String)", "String"),
    "{Bool}": ("Bool", "UInt8"),
}

# Parts by month and sorting keys cannot be had later, so they are there from the start. A row that brings no id or time
# gets them here: the server's own would be the zero UUID and January 1970. An event that came twice is there twice, so
# who counts counts ids.
USER_EVENTS = """
    CREATE TABLE IF NOT EXISTS user_events (
        id          UUID DEFAULT generateUUIDv4(),
        user_id     Nullable(UUID),
        session_id  String,
        event_type  String,
        event_name  String,
        properties  {Map},
        page_url    Nullable(String),
        referrer    Nullable(String),
        user_agent  Nullable(String),
        ip_address  Nullable(String),
        country     Nullable(String),
        city        Nullable(String),
        device_type Nullable(String),
        browser     Nullable(String),
        os          Nullable(String),
        timestamp   {Moment},
        created_at  {Second}
    )
    ENGINE = MergeTree()
    PARTITION BY toYYYYMM(timestamp)
    ORDER BY (timestamp, event_type, session_id)
"""

# event_type: view, apply, save, share. source: search, recommendation, direct.
JOB_ANALYTICS = """
    CREATE TABLE IF NOT EXISTS job_analytics (
        id                  UUID DEFAULT generateUUIDv4(),
        job_id              UUID,
        employer_id         UUID,
        company_id          Nullable(UUID),
        event_type          String,
        user_id             Nullable(UUID),
        session_id          String,
        source              String,
        search_query        Nullable(String),
        filters             {Map},
        position_in_results Nullable(Int32),
        timestamp           {Moment},
        created_at          {Second}
    )
    ENGINE = MergeTree()
    PARTITION BY toYYYYMM(timestamp)
    ORDER BY (timestamp, job_id, event_type)
"""

SEARCH_ANALYTICS = """
    CREATE TABLE IF NOT EXISTS search_analytics (
        id                 UUID DEFAULT generateUUIDv4(),
        user_id            Nullable(UUID),
        session_id         String,
        query              String,
        filters            {Map},
        results_count      Int32,
        clicked_job_ids    Array(UUID),
        no_results         {Bool},
        search_duration_ms Int32,
        timestamp          {Moment},
        created_at         {Second}
    )
    ENGINE = MergeTree()
    PARTITION BY toYYYYMM(timestamp)
    ORDER BY (timestamp, query)
"""

# The one table whose key finds a posting without a time. country_code is two letters or empty, which are two NUL bytes.
JOB_METRICS = """
    CREATE TABLE IF NOT EXISTS job_metrics (
        id           UUID DEFAULT generateUUIDv4(),
        job_id       UUID,
        company_id   Nullable(UUID),
        metric_type  String,
        metric_value Float64 DEFAULT 1,
        user_id      Nullable(UUID),
        source       String,
        country_code FixedString(2),
        timestamp    {Moment}
    )
    ENGINE = MergeTree()
    PARTITION BY toYYYYMM(timestamp)
    ORDER BY (job_id, metric_type, timestamp)
    SETTINGS index_granularity = 8192
"""

TABLES = {
    "user_events": USER_EVENTS,
    "job_analytics": JOB_ANALYTICS,
    "search_analytics": SEARCH_ANALYTICS,
    "job_metrics": JOB_METRICS,
}


def types(known: set[str]) -> dict[str, str]:
    """Placeholder → its type on a server that knows these families of types."""
    return {placeholder: meant if "Bool" in known else older for placeholder, (meant, older) in TYPES.items()}


def up(ctx: Any) -> None:
    """Make the four tables that are not there yet, each by one statement."""
    known = {name for (name,) in ctx.connection.execute("SELECT name FROM system.data_type_families")}
    if "Bool" not in known:
        ctx.log("this server has no Bool: the tables are made with types that servers before 21.12 have")
    for statement in TABLES.values():
        for placeholder, kind in types(known).items():
            statement = statement.replace(placeholder, kind)
        ctx.connection.execute(statement)


def down(ctx: Any) -> None:
    """Drop them in reverse, with their rows."""
    for table in reversed(TABLES):
        ctx.connection.execute(f"DROP TABLE IF EXISTS {table}")
