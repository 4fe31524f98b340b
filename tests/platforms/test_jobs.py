"""What the job platform's migrations leave in the catalogue, and that every one of them can be taken back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemactl.errors import GateError
from schemactl.model.version import Version
from schemactl.project.checks import checks
from schemactl.project.config import load
from schemactl.project.migrations import migrations
from schemactl.project.platform import load_platform
from schemactl.project.requirements import Requirements
from schemactl.project.scripts import script_of
from schemactl.project.shipped import Shipped
from schemactl.workflows import init
from schemactl.workflows.rollback import Reach
from tests.fixtures.postgres import Database, Postgres
from tests.platforms.jobs import TARGETS
from tests.platforms.postgres_facts import (
    ROOT,
    assert_every_way_back_is_exact,
    counts,
    files,
    names,
    new_places,
    workspace,
)

COUNTS = {
    "users_db": (7, 76, 2, 9, 27, 16, 6, 1, 4, 3),
    "jobs_db": (8, 93, 4, 16, 33, 20, 6, 1, 6, 3),
    "applications_db": (10, 98, 3, 13, 32, 17, 7, 1, 7, 3),
    "search_db": (4, 42, 0, 6, 15, 9, 3, 1, 0, 3),
    "notifications_db": (7, 78, 1, 14, 24, 14, 7, 1, 6, 3),
    "analytics_db": (5, 47, 0, 1, 20, 11, 3, 2, 0, 3),
}
"""Tables, columns, foreign keys, checks, indexes, those beside keys, functions, views, triggers, migrations."""

DEFAULT_PARTITION = (1, 14, 0, 0, 7, 5, 0, 0, 0, 0)
"""What the default partition of analytics_events adds to these; the sheet leaves it out."""

TABLES = {
    "users_db": (
        {"users", "user_verification_tokens", "user_sessions"},
        {"domain_events", "inbox_events", "audit_log", "saga_instances"},
    ),
    "jobs_db": (
        {"companies", "job_categories", "jobs", "job_skills"},
        {"user_refs", "domain_events", "inbox_events", "audit_log"},
    ),
    "applications_db": (
        {"applications", "application_attachments", "interviews", "application_status_history"},
        {"user_refs", "job_refs", "domain_events", "inbox_events", "audit_log", "saga_instances"},
    ),
    "search_db": ({"search_indexes", "search_history", "search_analytics"}, {"inbox_events"}),
    "notifications_db": (
        {"notification_templates", "notifications", "user_notification_preferences"},
        {"user_refs", "domain_events", "inbox_events", "audit_log"},
    ),
    "analytics_db": (
        {"analytics_events", "analytics_events_default", "user_analytics", "job_analytics", "platform_analytics"},
        {"inbox_events"},
    ),
}
"""What 0001 and what 0002 makes; 0003 makes no table."""

EVENTS = {"set_updated_at", "audit_row_change", "protect_domain_events", "emit_domain_event"}
NAMES = {
    "users_db": (EVENTS | {"purge_expired_auth", "erase_user"}, {"active_sessions"}),
    "jobs_db": (EVENTS | {"upsert_user_ref", "expire_jobs"}, {"open_jobs"}),
    "applications_db": (
        EVENTS | {"upsert_user_ref", "upsert_job_ref", "record_application_status"},
        {"application_pipeline"},
    ),
    "search_db": (
        {"search_entities", "rollup_search_analytics", "purge_search_history"},
        {"search_zero_results"},
    ),
    "notifications_db": (
        EVENTS | {"upsert_user_ref", "claim_due_notifications", "purge_notifications"},
        {"unread_counts"},
    ),
    "analytics_db": (
        {"ensure_analytics_partition", "drop_analytics_before", "rollup_analytics_day"},
        {"job_funnel", "platform_daily"},
    ),
}
SLUGS = {
    "users_db": "0003_upkeep",
    "jobs_db": "0003_upkeep",
    "applications_db": "0003_status_history",
    "search_db": "0003_search",
    "notifications_db": "0003_delivery",
    "analytics_db": "0003_reporting",
}
REQUIRED = {
    "jobs_db": ("users_db",),
    "applications_db": ("users_db", "jobs_db"),
    "notifications_db": ("users_db",),
}


def found(target: str, database: Database) -> tuple[int, ...]:
    return (*counts(database.url), len(files("jobs", target)))


@pytest.mark.parametrize("target", TARGETS)
def test_the_files_are_the_sheets(target: str) -> None:
    expected = ["0001_core.sql", "0002_events_audit.sql", f"{SLUGS[target]}.sql"]
    assert [path.name for path in files("jobs", target)] == expected


@pytest.mark.parametrize("target", TARGETS)
def test_the_counts_of_a_target_are_the_sheets(target: str, jobs_databases: dict[str, Database]) -> None:
    beside = DEFAULT_PARTITION if target == "analytics_db" else (0,) * 10
    assert found(target, jobs_databases[target]) == tuple(map(sum, zip(COUNTS[target], beside, strict=True)))


def test_the_counts_of_all_targets_are_the_sheets(jobs_databases: dict[str, Database]) -> None:
    each = [found(target, jobs_databases[target]) for target in TARGETS]
    total = [sum(column) for column in zip(*each, strict=True)]
    expected = [41, 434, 10, 59, 151, 87, 32, 7, 23, 18]
    assert total == [sum(pair) for pair in zip(expected, DEFAULT_PARTITION, strict=True)]


@pytest.mark.parametrize("target", TARGETS)
def test_functions_and_views_have_their_names_and_a_path_of_their_own(
    target: str, jobs_databases: dict[str, Database]
) -> None:
    url = jobs_databases[target].url
    functions = names(url, "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
    views = names(
        url, "SELECT viewname FROM pg_views WHERE schemaname = 'public' UNION SELECT matviewname FROM pg_matviews"
    )
    assert (functions, views) == NAMES[target]
    paths = names(url, "SELECT DISTINCT proconfig FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
    assert paths == {"['search_path=public, pg_temp']"}
    definers = names(url, "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace")
    assert definers == NAMES[target][0] & {"audit_row_change", "erase_user"}


def test_what_acts_as_the_owner_is_not_for_everybody(jobs_databases: dict[str, Database]) -> None:
    """But for triggers, which nobody can call."""
    query = (
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
        " AND prorettype <> 'trigger'::regtype AND {} EXISTS"
        " (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) AS a WHERE a.grantee = 0)"
    )
    open_, closed = (
        {target: names(jobs_databases[target].url, query.format(word)) for target in TARGETS} for word in ("", "NOT")
    )
    assert open_ == {target: set() for target in TARGETS}
    assert closed == open_ | {"users_db": {"erase_user"}}


def test_names_of_indexes_and_constraints_follow_one_rule(jobs_databases: dict[str, Database]) -> None:
    for target in TARGETS:
        # PostgreSQL's own names of keys and checks; else "idx_" and the table, or "uq_" where an index is the rule.
        odd = """
            SELECT c.relname FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
            JOIN pg_class t ON t.oid = i.indrelid
            WHERE c.relnamespace = 'public'::regnamespace AND NOT t.relispartition
              AND c.relname !~ ('^(' || t.relname || '_(\\w+_)?(pkey|key)|idx_' || t.relname || '_\\w+|uq_' || t.relname
                                || '(_\\w+)?)$')
            UNION ALL SELECT conname FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
            WHERE k.contype IN ('c', 'f') AND conname !~ ('^' || t.relname || '_(\\w+_)?(check|fkey)[0-9]?$')
        """
        assert names(jobs_databases[target].url, odd) == set()


def test_every_foreign_key_and_reference_has_an_index_but_two(jobs_databases: dict[str, Database]) -> None:
    """R11, as the sheet has it: the two are read through the tables by day."""
    platform = load_platform(load(ROOT, environ={}), "jobs")
    without = set()
    for one in platform.references:
        end = one.source
        if end.where is None:
            led = f"""
                SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                WHERE i.indrelid = 'public.{end.object}'::regclass AND a.attname = '{end.path}'
            """
            if not names(jobs_databases[end.target].url, led):
                without.add(f"{end.target}.{end.object}.{end.path}")
    assert without == {
        "analytics_db.analytics_events.company_id",
        "analytics_db.analytics_events.application_id",
    }


# These two are long and much like the others; all six go back whole, at each change, in test_jobs_seeds.py.
LATER = {target: [pytest.mark.soak] for target in ("users_db", "notifications_db")}


@pytest.mark.parametrize("target", [pytest.param(target, marks=LATER.get(target, [])) for target in TARGETS])
def test_every_way_down_takes_back_exactly_its_way_up(
    target: str, jobs_databases: dict[str, Database], postgres: Postgres
) -> None:
    beside = {name: jobs_databases[name] for name in REQUIRED.get(target, ())}
    with new_places(postgres, [target]) as places:
        assert_every_way_back_is_exact("jobs", target, places | beside)


@pytest.mark.parametrize("target", TARGETS)
def test_each_migration_makes_its_tables(target: str, jobs_databases: dict[str, Database]) -> None:
    made = tuple(
        set(re.findall(r"^CREATE TABLE (\w+)", path.read_text(encoding="utf-8"), re.M))
        for path in files("jobs", target)
    )
    assert made == (*TABLES[target], set())
    live = names(jobs_databases[target].url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert live == set.union(*TABLES[target])


def test_the_source_of_events_comes_before_who_hears_of_them() -> None:
    project = load(ROOT, environ={})
    asked = Requirements(project)
    assert {
        (target.name, str(file.version)): [(one.target, str(one.version)) for one in wanted]
        for target in load_platform(project, "jobs").targets
        for file in migrations(project, target)
        if (wanted := asked.of(target, file, script_of(file, "postgres")))
    } == {
        ("jobs_db", "0002"): [("users_db", "0002")],
        ("applications_db", "0002"): [("jobs_db", "0002"), ("users_db", "0002")],
        ("notifications_db", "0002"): [("users_db", "0002")],
    }


def test_what_others_listen_to_is_not_taken_from_under_them(jobs_databases: dict[str, Database]) -> None:
    ours = workspace("jobs", jobs_databases)
    with pytest.raises(GateError) as stopped:
        ours.plan_rollback(["users_db"], Reach(to=Version("0001")))
    assert all(name in str(stopped.value) for name in ("jobs_db", "applications_db", "notifications_db"))


def test_every_way_down_names_each_thing_it_drops() -> None:
    for target in TARGETS:
        for path in files("jobs", target):
            _, _, text = path.read_text(encoding="utf-8").partition("-- migrate:down")
            assert re.search(r"\bCASCADE\b|\bIF EXISTS\b", text, re.I) is None, path


def test_the_platform_is_copied_whole_and_works(tmp_path: Path) -> None:
    init.run(init.plan(tmp_path, example="jobs"))
    project = load(tmp_path, environ={})
    platform = load_platform(project, "jobs")
    assert project.default_platform == "jobs"
    assert sum(len(migrations(project, target)) for target in platform.targets) == 18
    assert sum(len(checks(project, target)) for target in platform.targets) == 13
    for name, path in Shipped.find().files("jobs"):
        assert (tmp_path / name).read_bytes() == path.read_bytes(), name
