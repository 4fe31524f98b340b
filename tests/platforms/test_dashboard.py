"""What the dashboard platform's migrations leave in the catalogue, and that every one of them can be taken back."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from tests.fixtures.postgres import Database, Postgres
from tests.platforms import dashboard
from tests.platforms.dashboard import TARGETS, Service, apply, versions

COUNTS = {
    "user_service_db": (7, 93, 8, 15, 41, 28, 3, 2, 3, 3),
    "resume_service_db": (7, 96, 9, 27, 46, 35, 6, 4, 4, 4),
    "ai_service_db": (11, 148, 11, 31, 60, 45, 8, 5, 5, 3),
}
"""Tables, columns, foreign keys, checks, indexes, those beside keys, functions, views, triggers, migrations."""

OURS = "'public'::regnamespace"

TABLES = {
    "user_service_db": {
        "001": {"users"},
        "002": {"user_sessions", "refresh_tokens", "password_resets", "email_verifications"},
        "003": {"user_profiles", "user_preferences"},
    },
    "resume_service_db": {
        "001": {"storage_configs", "resumes"},
        "002": {"resume_versions", "resume_version_changes"},
        "003": {"resume_optimizations", "resume_analyses", "optimization_feedback"},
        "004": set(),
    },
    "ai_service_db": {
        "001": {"ai_models", "ai_processing_sessions", "embeddings"},
        "002": {"resume_optimizations", "job_match_analyses", "skill_analyses", "content_analyses"},
        "003": {
            "optimization_templates",
            "optimization_history",
            "model_performance_history",
            "user_optimization_preferences",
        },
    },
}

NAMES = {
    "user_service_db": (
        {"update_updated_at_column", "cleanup_expired_auth_data", "get_complete_user_profile"},
        {"active_sessions_summary", "user_search_view"},
    ),
    "resume_service_db": (
        {
            "update_updated_at_column",
            "get_storage_config",
            "create_resume_version",
            "get_resume_version_history",
            "compare_resume_versions",
            "get_resume_optimization_history",
        },
        {"resume_overview", "resume_version_summary", "optimization_performance_metrics", "resume_analytics"},
    ),
    "ai_service_db": (
        {
            "update_updated_at_column",
            "get_session_statistics",
            "get_model_performance",
            "get_optimization_statistics",
            "get_analysis_statistics",
            "get_history_statistics",
            "get_performance_trends",
            "get_user_insights",
        },
        {
            "token_usage_daily",
            "processing_session_summary",
            "user_activity_summary",
            "optimization_analytics",
            "model_performance_metrics",
        },
    ),
}

SLUGS = {
    "user_service_db": ["001_initial_schema.sql", "002_auth_tables.sql", "003_user_preferences.sql"],
    "resume_service_db": [
        "001_initial_schema.sql",
        "002_version_control.sql",
        "003_optimization_tracking.sql",
        "004_storage_config.sql",
    ],
    "ai_service_db": ["001_initial_schema.sql", "002_processing_sessions.sql", "003_optimization_history.sql"],
}

EVERY = [(target, version) for target in TARGETS for version in versions(target)]


def ask(url: str, query: LiteralString) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def counts(url: str) -> tuple[int, ...]:
    query = f"""
        SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = {OURS} AND relkind IN ('r', 'p')),
               (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE c.relnamespace = {OURS} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped),
               (SELECT count(*) FROM pg_constraint WHERE connamespace = {OURS} AND contype = 'f'),
               (SELECT count(*) FROM pg_constraint WHERE connamespace = {OURS} AND contype = 'c'),
               (SELECT count(*) FROM pg_class WHERE relnamespace = {OURS} AND relkind = 'i'),
               (SELECT count(*) FROM pg_class i WHERE i.relnamespace = {OURS} AND i.relkind = 'i'
                AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))),
               (SELECT count(*) FROM pg_proc WHERE pronamespace = {OURS}),
               (SELECT count(*) FROM pg_class WHERE relnamespace = {OURS} AND relkind = 'v'),
               (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal)
    """
    with psycopg.connect(url) as connection:
        found = connection.execute(query.encode()).fetchone()
    assert found is not None
    return tuple(found)


def schema(database: Database) -> str:
    """pg_dump -s without the lines that differ from run to run."""
    command = [
        str(database.server.bin / "pg_dump"),
        "--schema-only",
        "--exclude-schema=schemactl",
        f"--dbname={database.url}",
    ]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def left_over(url: str) -> set[str]:
    """Whatever is in the database beyond what a new one and the ledger hold."""
    query = """
        SELECT 'relation ' || oid::regclass FROM pg_class WHERE oid >= 16384
        UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT 'type ' || oid::regtype FROM pg_type WHERE oid >= 16384
        UNION ALL SELECT 'constraint ' || conname FROM pg_constraint WHERE oid >= 16384
        UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE oid >= 16384
        UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE oid >= 16384
        UNION ALL SELECT 'extension ' || extname FROM pg_extension WHERE extname <> 'plpgsql'
        UNION ALL SELECT 'large object ' || oid FROM pg_largeobject_metadata
    """
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA IF EXISTS schemactl CASCADE")
        found = connection.execute(query).fetchall()
        connection.rollback()
    return {str(name) for (name,) in found}


@pytest.mark.parametrize("target", TARGETS)
def test_the_files_are_the_documents(target: str) -> None:
    assert [path.name for path in dashboard.FILES[target]] == SLUGS[target]


@pytest.mark.parametrize("target", TARGETS)
def test_the_counts_of_a_target_are_the_documents(target: str, shared: dict[str, Database]) -> None:
    assert (*counts(shared[target].url), len(dashboard.FILES[target])) == COUNTS[target]


def test_the_counts_of_all_targets_are_the_documents(shared: dict[str, Database]) -> None:
    each = [(*counts(shared[target].url), len(dashboard.FILES[target])) for target in TARGETS]
    assert [sum(column) for column in zip(*each, strict=True)] == [25, 337, 28, 73, 147, 108, 17, 11, 12, 10]


@pytest.mark.parametrize("target", TARGETS)
def test_functions_and_views_have_their_names(target: str, shared: dict[str, Database]) -> None:
    url = shared[target].url
    functions = ask(url, "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
    views = ask(url, "SELECT viewname::text FROM pg_views WHERE schemaname = 'public'")
    assert ({name for (name,) in functions}, {name for (name,) in views}) == NAMES[target]


@pytest.mark.parametrize("target", TARGETS)
def test_each_migration_creates_its_tables(target: str, fresh_database: Database) -> None:
    made = {}
    before: set[object] = set()
    for version in versions(target):
        apply(fresh_database.url, target, "up", [version])
        found = ask(fresh_database.url, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
        tables = {name for (name,) in found}
        made[version] = tables - before
        before = tables
    assert made == TABLES[target]


@pytest.mark.parametrize(("target", "version"), EVERY)
def test_the_way_down_takes_back_exactly_the_way_up(target: str, version: str, fresh_database: Database) -> None:
    earlier = [one for one in versions(target) if one < version]
    apply(fresh_database.url, target, "up", earlier)
    before = schema(fresh_database)
    apply(fresh_database.url, target, "up", [version])
    assert schema(fresh_database) != before
    apply(fresh_database.url, target, "down", [version])
    assert schema(fresh_database) == before


@pytest.mark.parametrize("target", TARGETS)
def test_down_leaves_nothing_and_up_again_gives_the_same(target: str, fresh_database: Database) -> None:
    empty = left_over(fresh_database.url)
    apply(fresh_database.url, target, "up")
    first = schema(fresh_database)
    apply(fresh_database.url, target, "down")
    assert (left_over(fresh_database.url), empty) == (set(), set())
    apply(fresh_database.url, target, "up")
    assert schema(fresh_database) == first


@pytest.mark.parametrize("target", TARGETS)
def test_a_second_up_changes_nothing(target: str, own: Callable[[str], Service]) -> None:
    service = own(target)
    before = counts(service.url)
    apply(service.url, target, "up")
    assert counts(service.url) == before


@pytest.mark.parametrize("target", TARGETS)
def test_the_owner_of_the_database_needs_no_other_right(
    target: str, postgres: Postgres, fresh_database: Database
) -> None:
    owner = sql.Identifier(f"{fresh_database.name}_owner")
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN NOSUPERUSER").format(owner))
        admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(fresh_database.name), owner))
    role = f"?options=-c%20role%3D{fresh_database.name}_owner"
    try:
        apply(fresh_database.url + role, target, "up")
        assert counts(fresh_database.url) == COUNTS[target][:-1]
        apply(fresh_database.url + role, target, "down")
        assert left_over(fresh_database.url) == set()
    finally:
        with psycopg.connect(fresh_database.url, autocommit=True) as admin:
            admin.execute("DROP SCHEMA IF EXISTS schemactl CASCADE")
            admin.execute(
                sql.SQL("ALTER DATABASE {} OWNER TO CURRENT_USER").format(sql.Identifier(fresh_database.name))
            )
            admin.execute(sql.SQL("DROP ROLE {}").format(owner))


def test_every_way_down_names_each_thing_it_drops() -> None:
    for target, version in EVERY:
        path = dashboard.FILES[target][versions(target).index(version)]
        _, statements = dashboard.section(path, "down")
        text = " ".join(" ".join(statements).upper().split())
        assert "CASCADE" not in text and "IF EXISTS" not in text, path


def test_storage_rules_are_checked_in_transactions_of_their_own() -> None:
    alone = [
        (target, version)
        for target, version in EVERY
        if dashboard.section(dashboard.FILES[target][versions(target).index(version)], "up")[0]
    ]
    assert alone == [("resume_service_db", "004")]
