"""The statements that the job platform's page tells people to run: they run, and keep and remove what the page says."""

from __future__ import annotations

import re

import psycopg
import pytest

from tests.fixtures.postgres import Database
from tests.platforms.dashboard import Service
from tests.platforms.jobs import (
    PAGE,
    TARGETS,
    WITH_EVENTS,
    Open,
    a_company,
    a_job,
    a_notification,
    a_user,
    an_application,
    before,
    block,
    blocks,
    change,
    digest,
)
from tests.platforms.postgres_facts import add, checks, workspace

WHERE = {target: (target,) for target in TARGETS} | {
    "any": TARGETS,
    "events": WITH_EVENTS,
    "sagas": ("users_db", "applications_db"),
}
SECRET = "Zweifelhaft"


def run(service: Service, text: str) -> None:
    """Statement by statement of a block, in the test's own transaction."""
    service.execute(re.sub(r"^(BEGIN|COMMIT);$", "", text, flags=re.M))


def test_every_block_of_sql_says_where_it_runs() -> None:
    assert PAGE.read_text(encoding="utf-8").count("```sql") == len(blocks())
    assert {where for where, _ in blocks()} == set(WHERE)


@pytest.mark.parametrize("target", TARGETS)
def test_every_block_runs(target: str, on: Open) -> None:
    asked = [text for where, text in blocks() if target in WHERE[where]]
    assert asked
    for text in asked:
        with on(target).connection.transaction(force_rollback=True):
            run(on(target), text)


def somebody(on: Open) -> int:
    """A user of whom every service knows all that it can know."""
    user = a_user(on("users_db"), SECRET, bio=SECRET, skills=[SECRET], profile={"is": SECRET})
    session = {"refresh_token_hash": digest("x"), "user_agent": SECRET, "expires_at": before(days=-1)}
    add(on("users_db"), "user_sessions", user_id=user, **session)
    for target in ("jobs_db", "applications_db", "notifications_db"):
        on(target).execute("SELECT upsert_user_ref(%s, %s, %s, 'candidate', 'active', 3)", user, SECRET, SECRET)
        on(target).execute("UPDATE user_refs SET phone = %s", SECRET)
    applications = on("applications_db")
    application = an_application(applications, user, cover_letter=SECRET)
    change(applications, "applications", application, answers=f'{{"why": "{SECRET}"}}')
    add(applications, "interviews", application_id=application, kind="hr", scheduled_at=before(days=1), feedback=SECRET)
    file = {"file_name": SECRET, "content_type": "x", "size_bytes": 1, "storage_key": SECRET, "sha256": digest("x")}
    add(applications, "application_attachments", application_id=application, kind="resume", **file)
    add(on("search_db"), "search_indexes", entity_type="user", entity_id=user, title=SECRET, body=SECRET)
    add(on("search_db"), "search_history", user_id=user, query_text="x", results_count=1, duration_ms=1)
    notifications = on("notifications_db")
    a_notification(notifications, user, title=SECRET, body=SECRET)
    add(notifications, "user_notification_preferences", user_id=user, channel="sms", category=SECRET)
    seen = {"ip_address": "192.0.2.1", "user_agent": SECRET}
    add(on("analytics_db"), "analytics_events", event_name="x", source_service="web", user_id=user, **seen)
    add(on("analytics_db"), "user_analytics", user_id=user, day="2024-06-01")
    return user


def traces(on: Open, of: str) -> set[str]:
    """Tables of all six databases that have a row in which a text stands."""
    query = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    return {
        f"{target}.{table}"
        for target in TARGETS
        for table in on(target).values(query)
        if on(target).value(f"SELECT count(*) FROM {table} t WHERE t::text ~* %s", of)
    }


ERASED = [("users_db", "erase_user"), ("jobs_db", "upsert_user_ref"), ("applications_db", "DELETE FROM applications")]
ERASED += [("search_db", "search_indexes"), ("notifications_db", "upsert_user_ref"), ("analytics_db", "ip_address")]


def test_of_somebody_erased_nothing_is_left_in_any_service(on: Open) -> None:
    user = somebody(on)
    an_application(on("applications_db"), user + 1, cover_letter="of somebody else")
    assert len(traces(on, SECRET)) == 15
    for target, word in ERASED:
        run(on(target), re.sub(r"\b42\b", str(user), block(target, "42", word)))
    assert traces(on, SECRET) == set()
    assert traces(on, "192.0.2.1") == set()
    assert traces(on, "of somebody else") == {"applications_db.applications", "applications_db.audit_log"}
    # What is older than the erasure and comes later changes nothing.
    for target in ("jobs_db", "applications_db", "notifications_db"):
        late = on(target).value("SELECT upsert_user_ref(%s, 'x', 'x', 'candidate', 'active', 8)", user)
        row = on(target).one("SELECT display_name, email, phone, status, source_version FROM user_refs")
        assert (late, *row.values()) == (None, "", None, None, "deleted", 9)
    numbers = [on("search_db").value("SELECT user_id FROM search_history")]
    numbers.append(on("analytics_db").value("SELECT user_id FROM analytics_events"))
    assert numbers == [None, None]


def test_whoever_owns_a_company_or_posted_a_job_is_found_before_being_erased(on: Open) -> None:
    jobs = on("jobs_db")
    asked = block("jobs_db", "UNION ALL")
    company = a_company(jobs, owner_user_id=42)
    job = a_job(jobs, company, posted_by_user_id=42)
    a_job(jobs, company, "Other", posted_by_user_id=43)
    assert jobs.rows(asked) == [{"kind": "company", "id": company}, {"kind": "job", "id": job}]


def test_a_relay_publishes_in_order_and_what_it_stamped_is_not_published_again(on: Open) -> None:
    service = on("jobs_db")
    emit = "SELECT emit_domain_event('job', %s, 'job.closed', '{}')"
    events = [service.value(emit, number) for number in (2, 1)]
    _, select, stamp, _ = block("events", "FOR UPDATE").split(";\n")[:4]
    assert [row["id"] for row in service.rows(select)] == events
    run(service, stamp.replace("{1,2,3}", f"{{{events[0]}}}"))
    assert [row["id"] for row in service.rows(select)] == events[1:]
    assert service.one(block("events", "AS waiting"))["waiting"] == 1


def test_retention_of_events_keeps_the_newest_of_each_aggregate_and_what_is_unpublished(on: Open) -> None:
    service = on("jobs_db")
    for version, days, published in ((1, 800, True), (2, 790, True), (3, 10, True)):
        event(service, 1, version, days, published=published)
    event(service, 2, 1, 800, published=True)
    event(service, 3, 1, 800, published=False)
    event(service, 3, 2, 790, published=True)
    for number, days in ((1, 2600), (2, 2500)):
        add(service, "audit_log", table_name="x", row_id=number, action="I", changed_at=before(days=days))
    run(service, block("events", "24 months"))
    left = service.rows("SELECT aggregate_id, aggregate_version FROM domain_events ORDER BY 1, 2")
    assert [tuple(row.values()) for row in left] == [(1, 3), (2, 1), (3, 1), (3, 2)]
    assert service.values("SELECT row_id FROM audit_log") == [2]
    # The count goes on where it was, so that no listener takes news for old.
    service.execute("SELECT emit_domain_event('job', 2, 'job.closed', '{}')")
    assert service.value("SELECT max(aggregate_version) FROM domain_events WHERE aggregate_id = 2") == 2
    assert service.rows(checks("jobs", "jobs_db")["02_event_versions_have_no_gap"]) == []


def event(service: Service, aggregate: int, version: int, days: int, *, published: bool) -> None:
    moment = before(days=days)
    stamped = {"occurred_at": moment, "published_at": moment if published else None}
    given = {"aggregate_type": "job", "event_type": "x", "payload": {}} | stamped
    add(service, "domain_events", aggregate_id=aggregate, aggregate_version=version, **given)


@pytest.mark.parametrize("target", TARGETS)
def test_what_was_heard_and_handled_goes_after_ninety_days(target: str, on: Open) -> None:
    service = on(target)
    given = {"source_service": "x", "event_type": "x", "payload": {}, "received_at": before(days=99)}
    for number, handled in ((1, before(days=91)), (2, before(days=89)), (3, None)):
        add(service, "inbox_events", event_id=number, processed_at=handled, **given)
    run(service, block("any", "90 days"))
    assert service.values("SELECT event_id FROM inbox_events ORDER BY 1") == [2, 3]


def test_what_a_worker_left_is_due_again_and_given_up_in_the_end(on: Open) -> None:
    service = on("notifications_db")
    # The moment of a change is the trigger's; what happened a while ago is loaded.
    service.execute("SET LOCAL session_replication_role = replica")
    left = before(minutes=16)
    again, over = (a_notification(service, attempts=tries, status="sending", updated_at=left) for tries in (4, 5))
    at_work = a_notification(service, attempts=5, status="sending")
    service.execute("SET LOCAL session_replication_role = origin")
    run(service, block("notifications_db", "15 minutes"))
    rows = service.rows("SELECT id, status FROM notifications")
    assert {row["id"]: row["status"] for row in rows} == {again: "queued", over: "failed", at_work: "sending"}


def test_months_are_made_ahead_and_old_ones_dropped_each_night(on: Open) -> None:
    analytics = on("analytics_db")
    analytics.execute("SELECT ensure_analytics_partition((now() - interval '27 months')::date)")
    made = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'analytics_events'::regclass"
    for _ in range(2):
        # CONCURRENTLY and a function's partitions in one transaction are the same as in several.
        run(analytics, block("analytics_db", "generate_series"))
        assert analytics.value(made) == 4
    month = analytics.value("SELECT 'analytics_events_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMM')")
    add(analytics, "analytics_events", event_name="x", source_service="x")
    assert analytics.value("SELECT tableoid::regclass::text FROM analytics_events") == month


@pytest.mark.parametrize("word", ["generate_series", "stray"])
def test_months_give_up_where_a_reader_is_in_their_way(word: str, on: Open) -> None:
    analytics = on("analytics_db")
    text = block("analytics_db", word)
    assert text.count("lock_timeout = '3s'") == 1
    with psycopg.connect(analytics.url) as reader:
        reader.execute("SELECT FROM analytics_events")
        with analytics.refuses("55P03"):
            run(analytics, text.replace("'3s'", "'10ms'"))


def test_events_without_a_month_are_brought_to_theirs(on: Open) -> None:
    analytics = on("analytics_db")
    given = {"event_name": "x", "source_service": "x"}
    moments = ("2024-06-30 23:59:59+00", "2024-07-01 00:00+00", "2024-07-31 12:00+00")
    numbers = [add(analytics, "analytics_events", occurred_at=moment, **given)["id"] for moment in moments]
    analytics.execute("SET LOCAL timezone = 'Asia/Tokyo'")
    run(analytics, block("analytics_db", "stray"))
    found = analytics.rows("SELECT id, right(tableoid::regclass::text, 6) AS month FROM analytics_events ORDER BY id")
    assert [tuple(row.values()) for row in found] == list(zip(numbers, ["202406", "202407", "202407"], strict=True))
    assert analytics.rows(checks("jobs", "analytics_db")["01_every_event_has_its_month"]) == []


def test_who_and_why_are_in_the_history_as_the_page_sets_them(on: Open) -> None:
    applications = on("applications_db")
    an_application(applications, id=1)
    run(applications, block("applications_db", "SET LOCAL app.reason"))
    row = applications.one(
        "SELECT to_status, changed_by_user_id, reason FROM application_status_history ORDER BY id DESC LIMIT 1"
    )
    assert tuple(row.values()) == ("shortlisted", 7, "strong portfolio")


def test_an_event_of_jobs_is_taken_with_what_is_done_about_it(on: Open) -> None:
    applications = on("applications_db")
    for _ in range(2):
        run(applications, block("applications_db", "upsert_job_ref"))
    assert applications.value("SELECT count(*) FROM inbox_events WHERE processed_at IS NOT NULL") == 1
    assert applications.values("SELECT title FROM job_refs") == ["Engineer"]


def test_what_is_known_to_be_so_is_so(on: Open) -> None:
    jobs, users = on("jobs_db"), on("users_db")
    a_job(jobs, a_company(jobs), salary_max=-1)
    jobs.execute("SELECT upsert_user_ref(1, 'a', NULL, 'x', 'x', 1); UPDATE user_refs SET phone = '1', locale = 'de'")
    jobs.execute("SELECT upsert_user_ref(1, 'b', NULL, 'x', 'x', 2)")
    assert tuple(jobs.one("SELECT display_name, phone, locale FROM user_refs").values()) == ("b", "1", "de")
    with users.refuses("22P02"):
        users.execute("SET LOCAL app.request_id = 'x'")
        a_user(users)
    users.execute("SELECT emit_domain_event('x', 1, 'x', '{}'); TRUNCATE domain_events")
    assert users.count("domain_events") == 0


def test_all_checks_of_the_platform_hold_where_nothing_is(jobs_databases: dict[str, Database]) -> None:
    checked = workspace("jobs", jobs_databases).check()
    assert [(one.target, len(one.checks), one.holds) for one in checked] == [
        ("jobs/users_db", 3, True),
        ("jobs/jobs_db", 2, True),
        ("jobs/applications_db", 4, True),
        ("jobs/search_db", 1, True),
        ("jobs/notifications_db", 2, True),
        ("jobs/analytics_db", 1, True),
    ]
