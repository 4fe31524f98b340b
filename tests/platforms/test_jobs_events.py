"""What several services of the job platform have alike: events, inbox, audit log, what is known of users, sagas."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.postgres import Database
from tests.platforms.dashboard import Service, connect
from tests.platforms.jobs import (
    NOW,
    WITH_EVENTS,
    Open,
    a_company,
    a_job,
    a_user,
    an_application,
    before,
    change,
)
from tests.platforms.postgres_facts import add

WITH_REFS = ("jobs_db", "applications_db", "notifications_db")
WITH_SAGAS = ("users_db", "applications_db")

ALIKE = {
    "domain_events": WITH_EVENTS,
    "audit_log": WITH_EVENTS,
    "user_refs": WITH_REFS,
    "saga_instances": WITH_SAGAS,
    "inbox_events": (*WITH_EVENTS, "search_db", "analytics_db"),
}

REQUEST = "00000000-0000-4000-8000-000000000001"


def emit(service: Service, aggregate: int, event: str = "job.published", payload: str = "{}") -> int:
    number: int = service.value("SELECT emit_domain_event('job', %s, %s, %s::jsonb)", aggregate, event, payload)
    return number


@pytest.mark.parametrize("table", ALIKE)
def test_a_table_of_several_services_is_the_same_in_each(table: str, on: Open) -> None:
    columns = """
        SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity::text,
               pg_get_expr(adbin, adrelid) AS default_value
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum
    """
    parts = """
        SELECT pg_get_indexdef(indexrelid) AS text FROM pg_index WHERE indrelid = %s::regclass
        UNION SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass
        UNION SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass ORDER BY 1
    """
    first, *others = (
        (on(target).rows(columns, table), on(target).rows(parts, *[table] * 3)) for target in ALIKE[table]
    )
    assert all(first) and others and all(one == first for one in others)


def test_a_function_of_several_services_is_the_same_in_each(on: Open) -> None:
    shared = ("set_updated_at", "audit_row_change", "protect_domain_events", "emit_domain_event")
    for name, targets in (*((name, WITH_EVENTS) for name in shared), ("upsert_user_ref", WITH_REFS)):
        texts = {on(target).value("SELECT pg_get_functiondef(%s::regproc)", name) for target in targets}
        assert len(texts) == 1, name


@pytest.mark.parametrize("target", WITH_EVENTS)
def test_versions_of_an_aggregate_count_up_and_each_has_its_own(target: str, on: Open) -> None:
    service = on(target)
    numbers = [emit(service, 1), emit(service, 1, "job.closed", '{"reason": "full"}'), emit(service, 2)]
    rows = service.rows("SELECT * FROM domain_events WHERE id = ANY(%s) ORDER BY id", numbers)
    assert [(row["aggregate_id"], row["aggregate_version"]) for row in rows] == [(1, 1), (1, 2), (2, 1)]
    assert [row["event_type"] for row in rows] == ["job.published", "job.closed", "job.published"]
    assert (rows[1]["payload"], rows[1]["metadata"], rows[1]["published_at"]) == ({"reason": "full"}, {}, None)


def test_of_two_writers_of_one_aggregate_one_has_to_try_again(jobs_databases: dict[str, Database]) -> None:
    url = jobs_databases["jobs_db"].url
    with connect(url) as one, connect(url) as other:
        # Neither sees the other's event, so both count to 1.
        other.execute("SET statement_timeout = '30s'; SET transaction_isolation = 'repeatable read'; SELECT 1")
        emit(Service(one, url), 77)
        one.commit()
        with Service(other, url).refuses("23505", "domain_events_aggregate_type_aggregate_id_aggregate_version_key"):
            emit(Service(other, url), 77)
        other.rollback()
        again = emit(Service(other, url), 77)
        version = Service(other, url).value("SELECT aggregate_version FROM domain_events WHERE id = %s", again)
        assert version == 2
        other.rollback()
        one.execute("SET LOCAL app.retention = 'on'")
        one.execute("DELETE FROM domain_events WHERE aggregate_id = 77")


@pytest.mark.parametrize("target", WITH_EVENTS)
def test_an_event_is_stamped_when_published_and_otherwise_stays_as_it_was(target: str, on: Open) -> None:
    service = on(target)
    number = emit(service, 1)
    change(service, "domain_events", number, published_at=NOW)
    for column, value in (("payload", '{"x": 1}'), ("event_type", "x"), ("aggregate_version", 9), ("occurred_at", NOW)):
        with service.refuses("P0001"):
            change(service, "domain_events", number, **{column: value})
    with service.refuses("P0001"):
        service.execute("DELETE FROM domain_events")
    service.execute("SET LOCAL app.retention = 'on'")
    service.execute("DELETE FROM domain_events WHERE id = %s", number)
    assert service.count("domain_events") == 0


@pytest.mark.parametrize("target", ALIKE["inbox_events"])
def test_an_event_that_is_delivered_twice_is_taken_once(target: str, on: Open) -> None:
    service = on(target)
    take = """
        INSERT INTO inbox_events (source_service, event_id, event_type, payload) VALUES (%s, %s, 'user.updated', '{}')
        ON CONFLICT DO NOTHING RETURNING attempts
    """
    taken = [service.values(take, source, number) for source, number in [("users", 1), ("users", 1), ("jobs", 1)]]
    assert taken == [[0], [], [0]]
    service.execute("UPDATE inbox_events SET processed_at = now() WHERE source_service = 'users'")
    assert service.values("SELECT source_service FROM inbox_events WHERE processed_at IS NULL") == ["jobs"]


@pytest.mark.parametrize("target", WITH_REFS)
def test_of_two_tellings_of_a_user_the_later_version_stays(target: str, on: Open) -> None:
    service = on(target)
    tell = "SELECT upsert_user_ref(1, %s, 'ada@example.org', 'candidate', %s, %s)"
    told = [service.value(tell, name, status, version) for name, status, version in TELLINGS]
    assert told == [True, True, None, None]
    row = service.one("SELECT * FROM user_refs")
    assert (row["display_name"], row["status"], row["source_version"]) == ("Ada K", "suspended", 3)
    assert (row["email"], row["role"], row["phone"], row["locale"]) == ("ada@example.org", "candidate", None, "en")


TELLINGS = [("Ada", "active", 1), ("Ada K", "suspended", 3), ("Ada L", "active", 2), ("Ada M", "active", 3)]


def rows_of(service: Service, table: str) -> list[dict[str, Any]]:
    return service.rows("SELECT * FROM audit_log WHERE table_name = %s ORDER BY id", table)


def test_every_change_of_a_user_is_in_the_log_without_secrets(on: Open) -> None:
    users = on("users_db")
    users.execute(f"SET LOCAL app.user_id = '7'; SET LOCAL app.request_id = '{REQUEST}'")
    number = a_user(users, headline="Engineer")
    change(users, "users", number, headline="Lead", password_hash="$argon2id$other")
    users.execute("DELETE FROM users WHERE id = %s", number)
    made, changed, removed = rows_of(users, "users")
    assert [row["action"] for row in (made, changed, removed)] == ["I", "U", "D"]
    assert {(row["row_id"], row["actor_id"], str(row["request_id"])) for row in (made, changed, removed)} == {
        (number, 7, REQUEST)
    }
    assert (made["old_row"], removed["new_row"]) == (None, None)
    assert (changed["old_row"]["headline"], changed["new_row"]["headline"]) == ("Engineer", "Lead")
    assert removed["old_row"]["email"] == "ada@example.org"
    assert users.value("SELECT count(*) FROM audit_log WHERE audit_log::text ~ 'argon2id|search_vector'") == 0


def test_who_changed_something_is_unknown_where_nobody_said(on: Open) -> None:
    users = on("users_db")
    # A pooler that resets a setting leaves it empty, not away.
    users.execute("SET LOCAL app.user_id = ''; SET LOCAL app.request_id = ''")
    a_user(users)
    (row,) = rows_of(users, "users")
    assert (row["actor_id"], row["request_id"]) == (None, None)
    with users.refuses("22P02"):
        users.execute("SET LOCAL app.user_id = 'ada'")
        a_user(users, "bob")


def test_the_log_follows_the_tables_that_the_sheet_names_and_no_other(on: Open) -> None:
    followed = {
        target: set(on(target).values("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audit'"))
        for target in WITH_EVENTS
    }
    assert followed == {
        "users_db": {"users"},
        "jobs_db": {"companies", "jobs"},
        "applications_db": {"applications", "interviews"},
        "notifications_db": {"notification_templates", "user_notification_preferences"},
    }


def test_each_service_writes_its_own_log(on: Open) -> None:
    jobs, applications, notifications = on("jobs_db"), on("applications_db"), on("notifications_db")
    a_job(jobs, a_company(jobs))
    assert [row["new_row"]["name"] for row in rows_of(jobs, "companies")] == ["Acme"]
    assert [row["new_row"]["title"] for row in rows_of(jobs, "jobs")] == ["Engineer"]
    application = an_application(applications)
    add(applications, "interviews", application_id=application, kind="video", scheduled_at=NOW)
    applications.execute("DELETE FROM applications WHERE id = %s", application)
    assert [row["action"] for row in rows_of(applications, "applications")] == ["I", "D"]
    assert [row["action"] for row in rows_of(applications, "interviews")] == ["I", "D"]
    add(notifications, "notification_templates", code="x", channel="push", body="x")
    add(notifications, "user_notification_preferences", user_id=1, channel="sms", category="x")
    assert len(rows_of(notifications, "notification_templates")) == 1
    assert len(rows_of(notifications, "user_notification_preferences")) == 1


def test_updated_at_moves_with_every_change_and_created_at_stays(on: Open) -> None:
    stamped = {
        target: set(on(target).values("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'set_updated_at'"))
        for target in WITH_EVENTS
    }
    assert stamped == {
        "users_db": {"users", "saga_instances"},
        "jobs_db": {"companies", "job_categories", "jobs"},
        "applications_db": {"applications", "interviews", "saga_instances"},
        "notifications_db": {"notification_templates", "notifications", "user_notification_preferences"},
    }
    old = before(days=9)
    users = on("users_db")
    number = a_user(users, created_at=old, updated_at=old)
    change(users, "users", number, bio="x")
    now = users.value("SELECT now()")
    row = users.one("SELECT created_at, updated_at FROM users WHERE id = %s", number)
    assert (row["created_at"], row["updated_at"]) == (old, now)
    # What is said of it does not count.
    change(users, "users", number, updated_at=old)
    assert users.value("SELECT updated_at FROM users WHERE id = %s", number) == now


@pytest.mark.parametrize("target", WITH_SAGAS)
def test_a_saga_past_its_deadline_is_found_and_compensated(target: str, on: Open) -> None:
    service = on(target)
    late, young, done = (
        add(service, "saga_instances", saga_type="erase_user", step="companies", deadline_at=deadline, state=state)
        for deadline, state in ((before(hours=1), "running"), (before(days=-1), "running"), (NOW, "completed"))
    )
    overdue = "SELECT id FROM saga_instances WHERE state IN ('running', 'compensating') AND deadline_at < now()"
    assert service.values(overdue) == [late["id"]]
    change(service, "saga_instances", late["id"], state="compensating", step="undo companies")
    assert service.values(overdue) == [late["id"]]
    change(service, "saga_instances", late["id"], state="failed")
    assert service.values(overdue) == []
    assert len({one["correlation_id"] for one in (late, young, done)}) == 3
    with service.refuses("23514", "saga_instances_state_check"):
        change(service, "saga_instances", young["id"], state="lost")
    with service.refuses("23505", "saga_instances_correlation_id_key"):
        change(service, "saga_instances", young["id"], correlation_id=done["correlation_id"])
