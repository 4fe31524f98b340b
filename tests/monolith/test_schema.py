"""The monoliths' own SQL makes what the platforms' sheets say, by psql and by a driver, on each major."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import psycopg
import pytest

from tests.fixtures.postgres import Database
from tests.monolith.asked import ask, dump
from tests.monolith.schema import PLATFORMS, schema_of

TABLES_AND_COLUMNS = {"ijaa": (19, 244), "jobs": (21, 262)}
FOREIGN_KEYS = {"ijaa": 34, "jobs": 27}
INDEXES_BESIDE_KEYS = {"ijaa": 48, "jobs": 54}
CROSSING = {
    "ijaa": ["event_overview", "user_event_count(text) bigint"],
    "jobs": ["application_overview", "user_activity_summary(bigint) jsonb"],
}
# Which tables are of which later service, in the sheets' order.
SERVICES = {
    "ijaa": {
        "ijaa_users": "users admins profiles connections interests experiences announcements reports feature_flags",
        "ijaa_events": "events event_participations event_invitations event_comments event_media event_reminders "
        "recurring_events event_templates event_analytics calendar_integrations",
    },
    "jobs": {
        "users_db": "users user_verification_tokens user_sessions",
        "jobs_db": "companies job_categories jobs job_skills",
        "applications_db": "applications application_attachments interviews application_status_history",
        "search_db": "search_indexes search_history search_analytics",
        "notifications_db": "notification_templates notifications user_notification_preferences",
        "analytics_db": "analytics_events user_analytics job_analytics platform_analytics",
    },
}
STAYING_AND_CROSSING = {"ijaa": (22, 12), "jobs": (10, 17)}


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_psql_and_a_driver_make_the_same_and_it_is_what_the_sheet_counts(
    platform: str, new_database: Callable[[], Database]
) -> None:
    by_driver, by_psql = new_database(), new_database()
    with psycopg.connect(by_driver.url) as connection:
        connection.execute(schema_of(platform).encode())
    psql = [str(by_psql.server.bin / "psql"), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d", by_psql.url]
    subprocess.run(psql, input=schema_of(platform), text=True, check=True, capture_output=True)
    assert dump(by_psql) == dump(by_driver)

    tables = "SELECT c.oid FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    columns = f"SELECT count(*) FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid IN ({tables})"
    assert ask(by_driver, f"SELECT count(*), ({columns}) FROM ({tables}) t") == [TABLES_AND_COLUMNS[platform]]
    foreign = "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"
    assert ask(by_driver, foreign) == [(FOREIGN_KEYS[platform],)]
    beside = (
        "SELECT count(*) FROM pg_index i WHERE i.indrelid::regclass::text !~ '^pg_' AND i.indrelid IN "
        f"({tables}) AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN "
        "('p', 'u'))"
    )
    assert ask(by_driver, beside) == [(INDEXES_BESIDE_KEYS[platform],)]


def test_ids_come_from_sequences_and_the_only_trigger_is_the_one_of_updated_at(
    platform: str, new_database: Callable[[], Database]
) -> None:
    database = new_database()
    with psycopg.connect(database.url) as connection:
        connection.execute(schema_of(platform).encode())
    table_names = [table for tables in SERVICES[platform].values() for table in tables.split()]
    sequences = ask(
        database,
        "SELECT pg_get_serial_sequence('public.' || relname, 'id') FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace = 'public'::regnamespace ORDER BY relname",
    )
    assert sequences == [(f"public.{table}_id_seq",) for table in sorted(table_names)]
    triggers = ask(database, "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1")
    with_updated_at = ask(
        database,
        "SELECT attrelid::regclass::text, 'set_updated_at' FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
        " WHERE attname = 'updated_at' AND c.relkind = 'r' ORDER BY 1",
    )
    assert triggers == with_updated_at != []


def test_the_sheet_s_number_of_keys_crosses_and_one_view_and_one_function_read_both_sides(
    platform: str, new_database: Callable[[], Database]
) -> None:
    database = new_database()
    with psycopg.connect(database.url) as connection:
        connection.execute(schema_of(platform).encode())
    owner = {table: service for service, tables in SERVICES[platform].items() for table in tables.split()}
    keys = ask(
        database,
        "SELECT conrelid::regclass::text, confrelid::regclass::text, conname = conrelid::regclass || '_' || a.attname"
        " || '_fkey' FROM pg_constraint JOIN pg_attribute a ON attrelid = conrelid AND attnum = conkey[1]"
        " WHERE contype = 'f'",
    )
    crossing = [key for key in keys if owner[str(key[0])] != owner[str(key[1])]]
    assert (len(keys) - len(crossing), len(crossing)) == STAYING_AND_CROSSING[platform]
    assert [key for key in keys if key[2] is not True] == []
    others = ask(
        database,
        "SELECT relname::text FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace UNION ALL"
        " SELECT oid::regprocedure || ' ' || prorettype::regtype FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND proname <> 'set_updated_at'",
    )
    assert [name for (name,) in others] == CROSSING[platform]
