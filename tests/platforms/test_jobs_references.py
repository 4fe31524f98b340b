"""What the job platform's platform.toml says of itself, held against the migrated databases."""

from __future__ import annotations

import re

import pytest

from schemactl.project.config import load
from schemactl.project.platform import Platform, load_platform
from schemactl.project.references import Reference
from tests.platforms.jobs import TARGETS, Open, a_company, a_job, a_user, an_application
from tests.platforms.postgres_facts import ROOT, add

U, J, C, A = "users_db.users", "jobs_db.jobs", "jobs_db.companies", "applications_db.applications"

REFERENCES = {
    "jobs_db.companies.owner_user_id": (U, "fail"),
    "jobs_db.jobs.posted_by_user_id": (U, "fail"),
    "applications_db.applications.user_id": (U, "fail"),
    "applications_db.applications.job_id": (J, "fail"),
    "applications_db.applications.company_id": (C, "fail"),
    "applications_db.interviews.interviewer_user_id": (U, "warn"),
    "applications_db.application_status_history.changed_by_user_id": (U, "warn"),
    "search_db.search_history.user_id": (U, "warn"),
    "notifications_db.notifications.user_id": (U, "fail"),
    "notifications_db.user_notification_preferences.user_id": (U, "fail"),
    "analytics_db.analytics_events.user_id": (U, "warn"),
    "analytics_db.analytics_events.job_id": (J, "warn"),
    "analytics_db.analytics_events.company_id": (C, "warn"),
    "analytics_db.analytics_events.application_id": (A, "warn"),
    "analytics_db.user_analytics.user_id": (U, "warn"),
    "analytics_db.job_analytics.job_id": (J, "warn"),
    "analytics_db.job_analytics.company_id": (C, "warn"),
    "jobs_db.user_refs.user_id": (U, "fail"),
    "applications_db.user_refs.user_id": (U, "fail"),
    "notifications_db.user_refs.user_id": (U, "fail"),
    "applications_db.job_refs.job_id": (J, "fail"),
    "applications_db.job_refs.company_id": (C, "fail"),
    "jobs_db.audit_log.actor_id": (U, "warn"),
    "applications_db.audit_log.actor_id": (U, "warn"),
    "notifications_db.audit_log.actor_id": (U, "warn"),
}

BY_KIND = {
    "search_db.search_indexes.entity_id": {"job": J, "company": C, "user": U},
    "search_db.search_history.clicked_entity_id": {"job": J, "company": C, "user": U},
    "notifications_db.notifications.entity_id": {
        "job": J,
        "company": C,
        "application": A,
        "interview": "applications_db.interviews",
    },
}

HELD = {
    "users_db": ["domain_events", "inbox_events", "audit_log", "saga_instances"],
    "jobs_db": ["user_refs", "domain_events", "inbox_events", "audit_log"],
    "applications_db": ["user_refs", "job_refs", "domain_events", "inbox_events", "audit_log", "saga_instances"],
    "search_db": ["inbox_events"],
    "notifications_db": ["user_refs", "domain_events", "inbox_events", "audit_log"],
    "analytics_db": ["inbox_events"],
}
"""What each service has beside the tables of its subject."""


@pytest.fixture(scope="module")
def platform() -> Platform:
    return load_platform(load(ROOT, environ={}), "jobs")


def named(reference: Reference) -> str:
    return f"{reference.source.target}.{reference.source.object}.{reference.source.path}"


def referred(reference: Reference) -> str:
    return f"{reference.referred.target}.{reference.referred.object}"


def test_the_targets_are_the_six_services(platform: Platform) -> None:
    assert [(target.name, target.engine) for target in platform.targets] == [(name, "postgres") for name in TARGETS]
    assert {target.copies for target in platform.targets} == {()}


def test_each_service_owns_exactly_the_tables_it_has(platform: Platform, on: Open) -> None:
    query = """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    """
    assert {one.name: set(one.tables) for one in platform.targets} == {
        target: set(on(target).values(query)) for target in TARGETS
    }
    owned = {one.name: [table for table in one.tables if table not in HELD[one.name]] for one in platform.targets}
    assert [len(owned[target]) for target in TARGETS] == [3, 4, 4, 3, 3, 4]
    assert {one.name: list(one.tables[len(owned[one.name]) :]) for one in platform.targets} == HELD


def test_the_twenty_five_references_are_the_sheets(platform: Platform) -> None:
    plain = [one for one in platform.references if one.source.where is None]
    assert {named(one): (referred(one), one.on_orphan) for one in plain} == REFERENCES
    assert len(plain) == 25
    assert {one.referred.path for one in platform.references} == {"id"}


def test_what_a_number_names_depends_on_its_kind(platform: Platform) -> None:
    found: dict[str, dict[str, str]] = {}
    for one in platform.references:
        if one.source.where is not None:
            match = re.fullmatch(r"entity_type = '(\w+)'", one.source.where)
            assert match is not None and one.on_orphan == "warn"
            found.setdefault(named(one), {})[match[1]] = referred(one)
    assert found == BY_KIND


def test_every_kind_that_a_table_takes_has_its_reference(on: Open) -> None:
    for source, kinds in BY_KIND.items():
        target, table, _ = source.split(".")
        rule = on(target).value(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", f"{table}_entity_type_check"
        )
        assert set(re.findall(r"'(\w+)'", rule)) == set(kinds), source


def test_both_ends_of_every_reference_are_whole_numbers_in_different_services(platform: Platform, on: Open) -> None:
    query = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s"
    for one in platform.references:
        ends = [on(end.target).value(query, end.object, end.path) for end in (one.source, one.referred)]
        assert ends == ["bigint", "bigint"], named(one)
        assert one.source.target != one.referred.target


def test_every_number_without_a_foreign_key_is_a_reference_or_stays_within_its_service(
    platform: Platform, on: Open
) -> None:
    query = """
        SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND a.attnum > 0 AND a.attname ~ '_id$' AND a.atttypid = 'bigint'::regtype AND NOT EXISTS (
              SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)
          )
    """
    unguarded = {f"{target}.{path}" for target in TARGETS for path in on(target).values(query)}
    # Of whatever kind or service: an event's subject and a row of a log say it beside the number.
    anything = {
        f"{target}.{path}"
        for target in HELD
        for path in ("domain_events.aggregate_id", "audit_log.row_id", "inbox_events.event_id")
    }
    assert unguarded - {named(one) for one in platform.references} - anything == {"users_db.audit_log.actor_id"}


def test_the_split_leaves_out_what_crosses_services(platform: Platform) -> None:
    assert platform.split is not None
    assert (platform.split["source"], platform.split["on_crossing"]) == ("job_platform", "drop")
    assert [(one["table"], one["to"]) for one in platform.split["map"]] == [
        ("users", "jobs_db.user_refs"),
        ("users", "applications_db.user_refs"),
        ("users", "notifications_db.user_refs"),
        ("jobs", "applications_db.job_refs"),
        ("analytics_events", "analytics_db.analytics_events"),
    ]


def test_the_maps_of_the_split_fill_every_column_that_has_to_be(platform: Platform, on: Open) -> None:
    assert platform.split is not None
    for one in platform.split["map"][:4]:
        target, _, table = one["to"].partition(".")
        needed = """
            SELECT attname FROM pg_attribute
            WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull AND NOT atthasdef
        """
        assert set(on(target).values(needed, table)) <= set(one["columns"].values()), one["to"]


def test_the_maps_can_be_asked_of_tables_of_the_monoliths_form(platform: Platform, on: Open) -> None:
    """Each map's expressions and condition as one query, on empty tables that have the columns of the six."""
    assert platform.split is not None
    users = on("users_db")
    sources = {
        "jobs_db": ["companies", "jobs"],
        "applications_db": ["applications", "interviews", "application_status_history"],
        "notifications_db": ["notifications", "user_notification_preferences"],
    }
    described = "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ') FROM pg_attribute"
    for target, tables in sources.items():
        for table in tables:
            columns = on(target).value(f"{described} WHERE attrelid = %s::regclass AND attnum > 0", table)
            users.execute(f"CREATE TEMPORARY TABLE {table} ({columns})")
    user, other = a_user(users, "Ada"), a_user(users, "Bob")
    company = add(users, "companies", id=7, owner_user_id=user, name="Acme")["id"]
    add(users, "jobs", id=8, company_id=company, posted_by_user_id=user, title="Engineer", status="published")
    add(users, "applications", id=9, user_id=other, job_id=8)
    add(users, "notifications", id=10, user_id=other)
    rows = []
    for one in platform.split["map"][:4]:
        where = f" WHERE {one['where']}" if "where" in one else ""
        asked = ", ".join(f"{source} AS {column}" for source, column in one["columns"].items())
        query = f"SELECT {asked} FROM {one['table']}{where}"
        rows += [(one["to"], *row.values()) for row in users.rows(query)]
    assert rows == [
        ("jobs_db.user_refs", user, "Ada Last", "Ada@example.org", "candidate", "active", 0),
        ("applications_db.user_refs", other, "Bob Last", "Bob@example.org", "candidate", "active", 0),
        ("notifications_db.user_refs", other, "Bob Last", "Bob@example.org", "candidate", "active", 0),
        ("applications_db.job_refs", 8, 7, "Engineer", "Acme", "published", 0),
    ]


def test_the_conditions_by_kind_can_be_asked_and_exclude_each_other(platform: Platform, on: Open) -> None:
    search, notifications = on("search_db"), on("notifications_db")
    for kind in ("job", "company", "user"):
        add(search, "search_indexes", entity_type=kind, entity_id=1, title="x")
        add(
            search,
            "search_history",
            entity_type=kind,
            clicked_entity_id=1,
            query_text="x",
            results_count=1,
            duration_ms=1,
        )
    # A search of all kinds does not say what was clicked.
    add(search, "search_history", clicked_entity_id=1, query_text="x", results_count=1, duration_ms=1)
    for kind in ("job", "company", "application", "interview"):
        given = {"user_id": 1, "channel": "push", "type": "x", "title": "x", "body": "x"}
        add(notifications, "notifications", entity_type=kind, entity_id=1, **given)
    for one in platform.references:
        if one.source.where is not None:
            asked = f"SELECT entity_type FROM {one.source.object} WHERE {one.source.where}"
            (found,) = on(one.source.target).values(asked)
            assert f"'{found}'" in one.source.where


def test_orphans_are_what_the_references_say(platform: Platform, on: Open) -> None:
    """One application of a user, a job and a company that are there, and one of none of them."""
    users, jobs, applications = on("users_db"), on("jobs_db"), on("applications_db")
    user = a_user(users)
    company = a_company(jobs, owner_user_id=user)
    job = a_job(jobs, company, posted_by_user_id=user)
    an_application(applications, user, job, company_id=company)
    orphan = an_application(applications, -1, -2, company_id=-3)
    for one in platform.references:
        if one.source.target == "applications_db" and one.source.object == "applications":
            there = on(one.referred.target).values(f"SELECT {one.referred.path} FROM {one.referred.object}")
            asked = f"SELECT id FROM applications WHERE {one.source.path} <> ALL (%s)"
            assert applications.values(asked, there) == [orphan], named(one)
