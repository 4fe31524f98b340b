"""The statements that JobHub's page tells people to run: they run, and do what the page says of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from tests.platforms.dashboard import Service
from tests.platforms.jobhub import ON_POSTGRES, PAGE, Places, block, blocks, finding
from tests.platforms.jobhub_rows import add_good_rows

ONE = UUID("00000000-0000-4000-8000-000000000001")
NOW = datetime.now(UTC)
Open = Callable[[str], Service]


def add_job(service: Service, **values: object) -> UUID:
    given = {"employer_id": ONE, "title": "Job", "slug": "a-posting", "description": "d", "employment_type": "contract"}
    return service.add("jobs", **{**given, **values})


def test_every_block_of_sql_says_where_it_runs() -> None:
    assert PAGE.read_text(encoding="utf-8").count("```sql") == len(blocks()) == 27
    assert {where for where, _ in blocks()} <= {"any", "analytics_db", *ON_POSTGRES}


def test_a_month_by_hand_is_there_once(jobhub_service: Open) -> None:
    service = jobhub_service("auth_db")
    for _ in range(2):
        assert service.value(block("auth_db", "SELECT ensure_month_partition")) == "audit_logs_y2031m02"
    assert service.value("SELECT count(*) FROM pg_inherits WHERE inhparent = 'audit_logs'::regclass") == 2


@pytest.mark.parametrize(
    ("target", "table"),
    [("message_db", "messages"), ("notification_db", "user_notifications"), ("job_db", "job_views")],
)
def test_a_month_goes(target: str, table: str, jobhub_service: Open) -> None:
    service = jobhub_service(target)
    service.execute(f"SELECT ensure_month_partition('{table}', '2031-02-01')")
    (text,) = [text for where, text in blocks() if where == target and f"DROP TABLE {table}_y2031m02" in text]
    service.execute(text)
    assert service.value("SELECT to_regclass(%s)", f"{table}_y2031m02") is None


def test_a_view_counts_once_an_hour(jobhub_service: Open) -> None:
    service = jobhub_service("job_db")
    add_job(service)
    for _ in range(2):
        service.execute(block("job_db", "INSERT INTO job_views"))
    assert service.count("job_views") == 1


def plan(service: Service, query: str) -> str:
    with service.connection.transaction(force_rollback=True):
        service.execute("SET LOCAL enable_seqscan = off")
        return "\n".join(service.values(f"EXPLAIN {query}"))


def test_postings_are_found_by_their_words_with_the_index(jobhub_service: Open) -> None:
    service, query = jobhub_service("job_db"), block("job_db", "SELECT id, title")
    found = add_job(service, title="Engineer", description="keeps databases")
    add_job(service, title="Engineer", description="keeps databases", slug="x", deleted_at=NOW)
    service.execute(
        "INSERT INTO jobs (employer_id, title, slug, description, employment_type) SELECT gen_random_uuid(),"
        " 'Gardener ' || n, 'y' || n, 'd' || n, 'contract' FROM generate_series(1, 2000) AS n; ANALYZE jobs"
    )
    assert service.values(query) == [found]
    assert "idx_jobs_search" in plan(service, query)
    assert "idx_jobs_search" not in plan(service, query.replace("'english', ", ""))


def test_companies_are_found_by_their_words_with_the_index(jobhub_service: Open) -> None:
    service, query = jobhub_service("company_db"), block("company_db", "SELECT id, name")
    found = service.add("companies", name="Solar", slug="a", description="Power for all")
    service.add("companies", name="Solar", slug="b", description="Power for all", deleted_at=NOW)
    service.execute(
        "INSERT INTO companies (name, slug) SELECT 'Gardens ' || n, 'y' || n FROM generate_series(1, 2000) AS n;"
        " ANALYZE companies"
    )
    assert service.values(query) == [found]
    assert "idx_companies_search" in plan(service, query)


def test_messages_are_found_by_their_words_with_the_index(jobhub_service: Open) -> None:
    service, query = jobhub_service("message_db"), block("message_db", "SELECT id, created_at")
    talk = service.add("conversations", created_by=ONE)
    found, _ = (
        service.add("messages", conversation_id=talk, sender_id=ONE, content="two interviews", is_deleted=deleted)
        for deleted in (False, True)
    )
    assert service.values(query) == [found]
    # A partition has its own index, under its own name.
    assert "messages_default_to_tsvector_idx" in plan(service, query)


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_the_outbox_gives_what_is_due_and_waits_longer_after_each_failure(target: str, jobhub_service: Open) -> None:
    service = jobhub_service(target)
    claim, failed = block("any", "SELECT id, aggregate_id"), block("any", "UPDATE outbox_events")
    given = {"aggregate_id": ONE, "event_type": "job.published", "event_data": {}}
    fresh = service.add("outbox_events", **given, id=ONE, created_at=NOW)
    earlier = service.add("outbox_events", **given, created_at=NOW - timedelta(hours=1))
    again = service.add("outbox_events", **given, next_retry_at=NOW - timedelta(seconds=1), created_at=NOW)
    service.add("outbox_events", **given, next_retry_at=NOW + timedelta(hours=1))
    service.add("outbox_events", **given, retry_count=3)
    service.add("outbox_events", **given, processed_at=NOW)
    assert service.values(claim)[0] == earlier
    assert set(service.values(claim)) == {fresh, earlier, again}
    waits = []
    for _ in range(3):
        service.execute(failed)
        waits.append(service.value("SELECT next_retry_at - now() FROM outbox_events WHERE id = %s", fresh))
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 2, 4)]
    service.execute("UPDATE outbox_events SET next_retry_at = NULL WHERE id = %s", fresh)
    assert set(service.values(claim)) == {earlier, again}


def test_two_relays_claim_different_events(jobhub_places: Places) -> None:
    claim = block("any", "SELECT id, aggregate_id").replace("LIMIT 100", "LIMIT 1").encode()
    url = jobhub_places["job_db"].url
    with psycopg.connect(url) as one, psycopg.connect(url) as other, psycopg.connect(url, autocommit=True) as writer:
        try:
            writer.execute(
                "INSERT INTO outbox_events (aggregate_id, event_type, event_data)"
                " SELECT gen_random_uuid(), 'job.published', '{}' FROM generate_series(1, 2)"
            )
            claimed = [connection.execute(claim).fetchone() for connection in (one, other)]
            assert None not in claimed and claimed[0] != claimed[1]
            assert writer.execute(claim).fetchone() is None
        finally:
            one.rollback()
            other.rollback()
            writer.execute("DELETE FROM outbox_events")


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_what_was_published_or_ended_goes_in_its_time(target: str, jobhub_service: Open) -> None:
    service = jobhub_service(target)
    for days in (31, 29):
        at = NOW - timedelta(days=days)
        service.add("outbox_events", aggregate_id=ONE, event_type="x", event_data={}, processed_at=at)
    service.add("outbox_events", aggregate_id=ONE, event_type="x", event_data={}, created_at=NOW - timedelta(days=99))
    for number, days in enumerate((370, 360)):
        key = UUID(int=number)
        ended = {"status": "completed", "completed_at": NOW - timedelta(days=days)}
        service.add("saga_instances", saga_type="x", saga_data={}, current_step="y", correlation_id=key, **ended)
    service.execute(block("any", "DELETE FROM outbox_events"))
    service.execute(block("any", "DELETE FROM saga_instances"))
    assert sorted(service.values("SELECT processed_at IS NULL FROM outbox_events")) == [False, True]
    assert service.values("SELECT correlation_id FROM saga_instances") == [UUID(int=1)]


def test_a_deleted_account_frees_its_address_and_its_logins_and_nobody_is_logged_in_to_it(jobhub_service: Open) -> None:
    service = jobhub_service("auth_db")
    add_good_rows(service, "auth_db")
    service.execute(block("auth_db", "UPDATE users"))
    assert service.row("users", ONE)["email"] == f"{ONE}@deleted.invalid"
    assert service.values("SELECT count(*) FROM sessions WHERE user_id = %s AND is_active", ONE) == [0]
    # Whose session it was that somebody else had closed before stays said.
    assert service.count("sessions WHERE revoked_by IS NOT NULL") == 1
    assert finding(service, "auth_db") == []
    given = {"email": "a@example.org", "first_name": "A", "last_name": "B", "user_type": "employer", "google_id": "a"}
    service.add("users", **given)


def test_a_deleted_posting_and_company_free_their_slug_however_long(jobhub_service: Open) -> None:
    for target, table in (("job_db", "jobs"), ("company_db", "companies")):
        service = jobhub_service(target)
        slug = "s" * 255
        for _ in range(2):
            if target == "job_db":
                add_job(service, slug=slug, **({} if service.count(table) else {"id": ONE}))
            else:
                service.add(table, name="C", slug=slug, **({} if service.count(table) else {"id": ONE}))
            service.execute(block(target, f"UPDATE {table}"))
        assert service.row(table, ONE)["slug"].endswith(f"s-{ONE}")
