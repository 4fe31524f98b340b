"""Applications of the job platform: their history and events, interviews, attachments, what is known of jobs."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal

import pytest

from tests.fixtures.postgres import Database
from tests.platforms.dashboard import Service, connect
from tests.platforms.jobs import NOW, Open, an_application, before, change, digest
from tests.platforms.postgres_facts import add, checks


@pytest.fixture
def applications(on: Open) -> Service:
    return on("applications_db")


def interview(applications: Service, application: int, **values: object) -> int:
    given = {"kind": "video", "scheduled_at": NOW} | values
    number: int = add(applications, "interviews", application_id=application, **given)["id"]
    return number


def attachment(applications: Service, application: int, **values: object) -> int:
    given = {"kind": "resume", "file_name": "cv.pdf", "content_type": "application/pdf", "size_bytes": 1}
    given |= {"storage_key": "key", "sha256": digest("cv")} | values
    number: int = add(applications, "application_attachments", application_id=application, **given)["id"]
    return number


def job_ref(
    applications: Service, job: int = 10, company: int = 100, title: str = "Engineer", version: int = 1
) -> object:
    tell = "SELECT upsert_job_ref(%s, %s, %s, 'Acme', 'published', %s)"
    return applications.value(tell, job, company, title, version)


def test_each_real_change_of_status_has_one_row_and_one_event(applications: Service) -> None:
    number = an_application(applications)
    applications.execute("SET LOCAL app.user_id = '7'; SET LOCAL app.reason = 'strong'")
    change(applications, "applications", number, status="shortlisted")
    # No change of status: the same one said again, and another column.
    change(applications, "applications", number, status="shortlisted", score=5)
    change(applications, "applications", number, cover_letter="x")
    applications.execute("SET LOCAL app.user_id = ''; SET LOCAL app.reason = ''")
    change(applications, "applications", number, status="hired")
    history = applications.rows(
        "SELECT from_status, to_status, changed_by_user_id, reason FROM application_status_history ORDER BY id"
    )
    assert [tuple(row.values()) for row in history] == [
        (None, "submitted", None, None),
        ("submitted", "shortlisted", 7, "strong"),
        ("shortlisted", "hired", None, None),
    ]
    events = applications.rows(
        "SELECT aggregate_id, aggregate_version, event_type, payload FROM domain_events ORDER BY id"
    )
    payload = {"job_id": 10, "user_id": 1, "company_id": 100}
    assert [tuple(row.values()) for row in events] == [
        (number, 1, "application.submitted", payload),
        (number, 2, "application.shortlisted", payload),
        (number, 3, "application.hired", payload),
    ]


def test_rows_that_are_loaded_write_no_history_audit_or_event(applications: Service) -> None:
    """D13: a split brings history and events of its own."""
    applications.execute("SET LOCAL session_replication_role = replica")
    number = an_application(applications, id=4711, updated_at=before(days=9))
    change(applications, "applications", number, status="hired")
    tables = ("application_status_history", "audit_log", "domain_events")
    assert [applications.count(table) for table in tables] == [0, 0, 0]
    assert applications.value("SELECT updated_at FROM applications") == before(days=9)


def test_a_user_applies_for_a_job_once(applications: Service) -> None:
    an_application(applications, user=1, job=10)
    an_application(applications, user=1, job=11)
    an_application(applications, user=2, job=10)
    with applications.refuses("23505", "applications_job_id_user_id_key"):
        an_application(applications, user=1, job=10)


@pytest.mark.parametrize(
    ("table", "values", "state", "constraint"),
    [
        ("applications", {"status": "lost"}, "23514", "applications_status_check"),
        ("applications", {"score": 101}, "23514", "applications_score_check"),
        ("applications", {"company_id": None}, "23502", None),
        ("interviews", {"round": 0}, "23514", "interviews_round_check"),
        ("interviews", {"kind": "tea"}, "23514", "interviews_kind_check"),
        ("interviews", {"duration_minutes": 4}, "23514", "interviews_duration_minutes_check"),
        ("interviews", {"duration_minutes": 481}, "23514", "interviews_duration_minutes_check"),
        ("interviews", {"status": "lost"}, "23514", "interviews_status_check"),
        ("interviews", {"rating": 6}, "23514", "interviews_rating_check"),
        ("interviews", {"round": 2}, "23505", "interviews_application_id_round_key"),
        ("application_attachments", {"kind": "photo"}, "23514", "application_attachments_kind_check"),
        ("application_attachments", {"size_bytes": 0}, "23514", "application_attachments_size_bytes_check"),
        ("application_attachments", {"size_bytes": 20971521}, "23514", "application_attachments_size_bytes_check"),
        ("application_attachments", {"sha256": b"x"}, "23514", "application_attachments_sha256_check"),
        ("application_attachments", {"storage_key": "other"}, "23505", "application_attachments_storage_key_key"),
        ("application_status_history", {"to_status": None}, "23502", None),
        (
            "application_status_history",
            {"application_id": -1},
            "23503",
            "application_status_history_application_id_fkey",
        ),
    ],
)
def test_what_cannot_be_is_refused(
    applications: Service, table: str, values: dict[str, object], state: str, constraint: str | None
) -> None:
    number = an_application(applications)
    interview(applications, number, round=2), attachment(applications, number, storage_key="other")
    numbers = {
        "applications": number,
        "interviews": interview(applications, number),
        "application_attachments": attachment(applications, number),
        "application_status_history": applications.value("SELECT id FROM application_status_history"),
    }
    with applications.refuses(state, constraint):
        change(applications, table, numbers[table], **values)


def test_everything_goes_with_an_application_but_its_events(applications: Service) -> None:
    number = an_application(applications, score=Decimal("99.5"))
    interview(applications, number), attachment(applications, number, size_bytes=20971520)
    applications.execute("DELETE FROM applications WHERE id = %s", number)
    tables = ("interviews", "application_attachments", "application_status_history", "domain_events")
    assert [applications.count(table) for table in tables] == [0, 0, 0, 1]


def test_of_two_tellings_of_a_job_the_later_version_stays(applications: Service) -> None:
    told = [job_ref(applications, title=f"v{version}", version=version) for version in (1, 3, 2, 3)]
    assert told == [True, True, None, None]
    row = applications.one("SELECT title, company_id, company_name, status, source_version FROM job_refs")
    assert tuple(row.values()) == ("v3", 100, "Acme", "published", 3)


def test_what_is_known_of_a_job_before_the_first_event_is_older_than_any(applications: Service) -> None:
    add(
        applications, "job_refs", job_id=10, company_id=1, title="split", company_name="x", status="x", source_version=0
    )
    assert job_ref(applications) is True


def test_the_pipeline_counts_applications_by_job_and_status(applications: Service) -> None:
    job_ref(applications)
    for user in (1, 2):
        an_application(applications, user=user)
    change(applications, "applications", an_application(applications, user=3), status="rejected")
    an_application(applications, user=1, job=11)
    rows = applications.rows("SELECT * FROM application_pipeline ORDER BY job_id, status")
    now = applications.value("SELECT now()")
    assert [tuple(row.values()) for row in rows] == [
        (100, 10, "Engineer", "rejected", 1, now),
        (100, 10, "Engineer", "submitted", 2, now),
        (100, 11, None, "submitted", 1, now),
    ]


def test_a_check_finds_a_status_that_history_does_not_know(applications: Service) -> None:
    check = checks("jobs", "applications_db")["01_history_ends_in_the_status"]
    number = an_application(applications)
    change(applications, "applications", number, status="hired")
    assert applications.rows(check) == []
    applications.execute("SET LOCAL session_replication_role = replica")
    change(applications, "applications", number, status="rejected")
    silent = an_application(applications, user=2)
    assert sorted((row["id"], row["status"], row["to_status"]) for row in applications.rows(check)) == [
        (number, "rejected", "hired"),
        (silent, "submitted", None),
    ]


def test_a_check_finds_history_with_a_row_missing(applications: Service) -> None:
    check = checks("jobs", "applications_db")["02_history_has_no_gap"]
    number = an_application(applications)
    for status in ("under_review", "hired"):
        change(applications, "applications", number, status=status)
    an_application(applications, user=2)
    assert applications.rows(check) == []
    applications.execute("DELETE FROM application_status_history WHERE to_status = 'under_review'")
    (row,) = applications.rows(check)
    assert (row["application_id"], row["ended"], row["from_status"]) == (number, "submitted", "under_review")


def test_a_change_by_the_transaction_that_began_first_and_came_last_is_no_fault(
    jobs_databases: dict[str, Database],
) -> None:
    url = jobs_databases["applications_db"].url
    with closing(connect(url)) as early, closing(connect(url)) as late:
        one, two = Service(early, url), Service(late, url)
        number = an_application(two)
        late.commit()
        try:
            # The first one's now() is that of its beginning.
            begun = one.value("SELECT now()")
            change(two, "applications", number, status="under_review")
            late.commit()
            change(one, "applications", number, status="hired")
            early.commit()
            rows = one.rows("SELECT to_status, changed_at FROM application_status_history ORDER BY id")
            assert [row["to_status"] for row in rows] == ["submitted", "under_review", "hired"]
            assert rows[2]["changed_at"] == begun < rows[1]["changed_at"]
            told = checks("jobs", "applications_db")
            held = ("01_history_ends_in_the_status", "02_history_has_no_gap")
            assert [one.rows(told[name]) for name in held] == [[], []]
        finally:
            one.execute("TRUNCATE applications, audit_log, domain_events CASCADE")
            early.commit()


def test_a_check_finds_the_company_of_another_job(applications: Service) -> None:
    check = checks("jobs", "applications_db")["03_company_is_the_jobs"]
    job_ref(applications)
    an_application(applications)
    an_application(applications, job=11, company_id=5)
    assert applications.rows(check) == []
    wrong = an_application(applications, user=2, company_id=5)
    assert applications.rows(check) == [{"id": wrong, "job_id": 10, "company_id": 5, "company_of_job": 100}]
