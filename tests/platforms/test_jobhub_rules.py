"""What JobHub's keys, checks and triggers refuse and do, by SQLSTATE and constraint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.platforms.dashboard import Service
from tests.platforms.jobhub import ON_POSTGRES

ONE, TWO = UUID(int=1), UUID(int=2)
THEN = datetime(2001, 2, 3, tzinfo=UTC)
UNIQUE, CHECK, FOREIGN = "23505", "23514", "23503"

USER: dict[str, object] = {"email": "a@example.org", "first_name": "A", "last_name": "B", "user_type": "job_seeker"}
JOB = {"employer_id": ONE, "title": "t", "slug": "s", "description": "d", "employment_type": "contract"}
SAGA = {"saga_type": "hire", "saga_data": {}, "current_step": "offer", "correlation_id": ONE}
REVIEW = {"overall_rating": 4, "title": "t", "pros": "p", "cons": "c"}
PLAN: dict[str, object] = {"name": "p", "user_type": "employer", "features": {}}

# A row of each table that has updated_at, in an order in which each finds what it refers to by `id = ONE`.
ROWS: dict[str, dict[str, dict[str, object]]] = {
    "auth_db": {"users": USER, "roles": {"name": "r"}},
    "user_db": {
        "user_profiles": {"user_id": ONE},
        "experience": {"user_id": ONE, "company_name": "c", "job_title": "j", "start_date": "2020-01-01"},
        "education": {"user_id": ONE, "institution_name": "i"},
        "certifications": {"user_id": ONE, "name": "n", "issuing_organization": "o"},
        "resumes": {
            **{"user_id": ONE, "file_name": "f", "original_file_name": "f"},
            **{"file_size": 1, "file_type": "t", "file_url": "u"},
        },
        "skills": {"name": "s"},
        "skill_assessments": {
            **{"skill_id": ONE, "name": "n", "duration_minutes": 1, "question_count": 1, "passing_score": 50}
        },
        "user_connections": {"requester_id": ONE, "addressee_id": TWO},
    },
    "job_db": {
        "job_categories": {"name": "n", "slug": "s"},
        "jobs": JOB,
        "job_applications": {"job_id": ONE, "applicant_id": ONE},
        "job_search_alerts": {"user_id": ONE, "name": "n", "search_criteria": {}},
    },
    "company_db": {
        "companies": {"name": "n", "slug": "s"},
        "company_employees": {"company_id": ONE, "user_id": ONE},
        "company_reviews": {"company_id": ONE, **REVIEW},
    },
    "message_db": {
        "conversations": {"created_by": ONE},
        "messages": {"conversation_id": ONE, "sender_id": ONE, "content": "x"},
    },
    "notification_db": {
        "notification_templates": {"name": "n", "type": "email", "body_template": "b"},
        "notification_preferences": {"user_id": ONE},
    },
    "payment_db": {
        "subscription_plans": PLAN,
        "user_subscriptions": {"user_id": ONE, "plan_id": ONE, "amount": 5},
    },
}

Open = Callable[[str], Service]


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_updated_at_moves_with_every_change_of_every_table_that_has_it(target: str, jobhub_service: Open) -> None:
    service = jobhub_service(target)
    moved = []
    for table, values in {**ROWS[target], "saga_instances": SAGA}.items():
        if table == "skills":
            service.add(table, id=ONE, **values)
            continue
        service.add(table, id=ONE, updated_at=THEN, **values)
        assert service.row(table, ONE)["updated_at"] == THEN
        service.change(table, ONE, updated_at=THEN)
        assert service.row(table, ONE)["updated_at"] == service.value("SELECT now()"), table
        moved.append(table)
    triggers = service.value("SELECT count(*) FROM pg_trigger WHERE tgparentid = 0 AND tgname LIKE 'trg_%_touch'")
    assert len(moved) == triggers


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_a_saga_runs_compensates_and_fails_and_its_correlation_is_its_own(target: str, jobhub_service: Open) -> None:
    service = jobhub_service(target)
    saga = service.add("saga_instances", **SAGA)
    assert service.row("saga_instances", saga)["status"] == "running"
    service.change("saga_instances", saga, status="compensating", error_message="no seat left")
    service.change("saga_instances", saga, status="failed", completed_at=THEN)
    with service.refuses(UNIQUE, "saga_instances_correlation_id_key"):
        service.add("saga_instances", **SAGA)
    with service.refuses(CHECK, "saga_instances_status_check"):
        service.change("saga_instances", saga, status="undone")


def test_an_address_is_taken_in_every_spelling(jobhub_service: Open) -> None:
    service = jobhub_service("auth_db")
    service.add("users", **USER)
    with service.refuses(UNIQUE, "uq_users_email_lower"):
        service.add("users", **{**USER, "email": "A@Example.org"})
    with service.refuses(UNIQUE):
        service.add("users", **USER)


def test_an_account_that_did_something_to_others_can_be_erased(jobhub_service: Open) -> None:
    service = jobhub_service("auth_db")
    admin, user = (service.add("users", **{**USER, "email": f"{name}@example.org"}) for name in ("admin", "user"))
    role = service.add("roles", name="r")
    given = service.add("user_roles", user_id=user, role_id=role, assigned_by=admin)
    own = service.add("sessions", user_id=admin, token_hash="a", expires_at=THEN)
    other = service.add("sessions", user_id=user, token_hash="b", expires_at=THEN, revoked_by=admin)
    entry = service.add("audit_logs", user_id=admin, session_id=own, action="role.given")
    service.remove("users", admin)
    assert service.row("user_roles", given)["assigned_by"] is None
    assert service.row("sessions", other)["revoked_by"] is None
    kept = service.row("audit_logs", entry)
    assert (kept["user_id"], kept["session_id"], kept["action"]) == (None, None, "role.given")
    assert service.values("SELECT id FROM sessions") == [other]


def test_a_user_that_is_erased_loses_roles_and_sessions(jobhub_service: Open) -> None:
    service = jobhub_service("auth_db")
    user, role = service.add("users", **USER), service.add("roles", name="r")
    service.add("user_roles", user_id=user, role_id=role)
    service.add("sessions", user_id=user, token_hash="a", expires_at=THEN)
    service.remove("users", user)
    assert service.count("user_roles") == service.count("sessions") == 0
    assert service.count("roles") == 1


def test_a_role_of_the_system_stays_with_all_who_have_it(jobhub_service: Open) -> None:
    service = jobhub_service("auth_db")
    system, other = (service.add("roles", name=str(mine), is_system_role=mine) for mine in (True, False))
    user = service.add("users", **USER)
    for role in (system, other):
        service.add("user_roles", user_id=user, role_id=role)
    with service.refuses("23001"):
        service.remove("roles", system)
    service.remove("roles", other)
    assert service.values("SELECT role_id FROM user_roles") == [system]


def test_an_attempt_has_its_score_when_it_is_completed_and_not_before(jobhub_service: Open) -> None:
    service = jobhub_service("user_db")
    skill = service.add("skills", name="s")
    test = service.add(
        "skill_assessments", skill_id=skill, name="n", duration_minutes=1, question_count=1, passing_score=50
    )
    attempt = service.add(
        "user_assessment_results", user_id=ONE, assessment_id=test, started_at=THEN, status="in_progress"
    )
    with service.refuses(CHECK, "ck_uar_completed_has_score"):
        service.change("user_assessment_results", attempt, status="completed")
    service.change("user_assessment_results", attempt, status="completed", score=70)
    with service.refuses(UNIQUE):
        service.add("user_assessment_results", user_id=ONE, assessment_id=test, started_at=THEN)
    with service.refuses(FOREIGN):
        service.remove("skills", skill)
    with service.refuses(CHECK):
        service.change("skill_assessments", test, difficulty_level="expert")


def test_two_people_have_one_connection_and_nobody_one_to_themselves(jobhub_service: Open) -> None:
    service = jobhub_service("user_db")
    service.add("user_connections", requester_id=ONE, addressee_id=TWO)
    with service.refuses(UNIQUE, "uq_user_connections_pair"):
        service.add("user_connections", requester_id=TWO, addressee_id=ONE)
    with service.refuses(CHECK):
        service.add("user_connections", requester_id=ONE, addressee_id=ONE)


def test_nobody_applies_for_a_job_twice_and_a_rating_has_five_steps(jobhub_service: Open) -> None:
    service = jobhub_service("job_db")
    job = service.add("jobs", **JOB)
    one = service.add("job_applications", job_id=job, applicant_id=ONE)
    service.add("job_applications", job_id=job, applicant_id=TWO)
    with service.refuses(UNIQUE):
        service.add("job_applications", job_id=job, applicant_id=ONE)
    for rating in (0, 6):
        with service.refuses(CHECK, "job_applications_rating_check"):
            service.change("job_applications", one, rating=rating)
    with service.refuses(FOREIGN):
        service.remove("jobs", job)


def test_a_company_is_reviewed_once_by_a_user_and_often_by_nobody_known(jobhub_service: Open) -> None:
    service = jobhub_service("company_db")
    company = service.add("companies", name="C", slug="c", **{"values": {"honesty": "always"}})
    for reviewer in (ONE, None, None):
        review = service.add("company_reviews", company_id=company, reviewer_id=reviewer, **REVIEW)
    assert service.row("company_reviews", review)["is_anonymous"] is True
    with service.refuses(UNIQUE):
        service.add("company_reviews", company_id=company, reviewer_id=ONE, **REVIEW)
    for column in ("overall", "work_life_balance", "culture", "career_growth", "compensation", "management"):
        with service.refuses(CHECK, f"company_reviews_{column}_rating_check"):
            service.change("company_reviews", review, **{f"{column}_rating": 6})
    with service.refuses(FOREIGN):
        service.remove("companies", company)


def test_somebody_reacts_to_a_message_in_one_way_once(jobhub_service: Open) -> None:
    service = jobhub_service("message_db")
    talk = service.add("conversations", created_by=ONE)
    said = service.add("messages", conversation_id=talk, sender_id=ONE, content="x")
    key = {"message_id": said, "message_created_at": service.row("messages", said)["created_at"], "user_id": ONE}
    for kind in ("like", "love"):
        service.add("message_reactions", **key, reaction_type=kind)
    with service.refuses(UNIQUE):
        service.add("message_reactions", **key, reaction_type="like")


def test_a_plan_that_somebody_has_stays_and_money_is_exact(jobhub_service: Open) -> None:
    service = jobhub_service("payment_db")
    plan = service.add("subscription_plans", **PLAN)
    mine = service.add("user_subscriptions", user_id=ONE, plan_id=plan, amount="19.99")
    paid = {"user_id": ONE, "transaction_type": "subscription", "subscription_id": mine}
    for _ in range(3):
        service.add("payment_transactions", **paid, amount="0.10")
    assert str(service.value("SELECT sum(amount) FROM payment_transactions")) == "0.30"
    with service.refuses(FOREIGN):
        service.remove("subscription_plans", plan)
    with service.refuses(FOREIGN):
        service.remove("user_subscriptions", mine)
    with service.refuses("22003"):
        service.add("payment_transactions", **paid, amount="100000000")


CLOSED: list[tuple[str, str, dict[str, object]]] = [
    ("auth_db", "users", {"user_type": "robot"}),
    ("auth_db", "users", {"status": "gone"}),
    ("user_db", "user_profiles", {"availability": "never"}),
    ("user_db", "resumes", {"parsing_status": "lost"}),
    ("job_db", "jobs", {"experience_level": "intern"}),
    ("job_db", "jobs", {"status": "archived"}),
    ("job_db", "job_search_alerts", {"frequency": "never"}),
    ("company_db", "companies", {"company_size": "5000+"}),
    ("company_db", "company_employees", {"employment_status": "gone"}),
    ("message_db", "conversations", {"type": "channel"}),
    ("message_db", "messages", {"message_type": "video"}),
    ("notification_db", "notification_templates", {"type": "fax"}),
    ("notification_db", "notification_preferences", {"frequency_job_alerts": "hourly"}),
    ("payment_db", "subscription_plans", {"user_type": "admin"}),
    ("payment_db", "user_subscriptions", {"status": "trial"}),
    ("payment_db", "user_subscriptions", {"billing_cycle": "quarterly"}),
]


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_lists_of_words_are_closed(target: str, jobhub_service: Open) -> None:
    service = jobhub_service(target)
    for table, values in ROWS[target].items():
        service.add(table, id=ONE, **values)
    for where, table, values in CLOSED:
        if where == target:
            with service.refuses(CHECK, f"{table}_{next(iter(values))}_check"):
                service.change(table, ONE, **values)
