"""JobHub's own integrity checks: each finds what it is there for, and nothing in rows that are as they should be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.platforms import jobhub
from tests.platforms.dashboard import Service
from tests.platforms.jobhub import ON_POSTGRES, Places, checks

ONE, TWO = "'00000000-0000-4000-8000-000000000001'", "'00000000-0000-4000-8000-000000000002'"

EVENT = "INSERT INTO domain_events (aggregate_id, aggregate_type, event_type, event_data, event_version)"
USER = "INSERT INTO users (id, email, first_name, last_name, user_type, deleted_at)"
SESSION = "INSERT INTO sessions (user_id, token_hash, expires_at, is_active, revoked_at)"
JOB = (
    "INSERT INTO jobs (id, employer_id, title, slug, description, employment_type)"
    f" VALUES ({ONE}, {TWO}, 't', 's', 'd', 'contract')"
)
COMPANY = f"INSERT INTO companies (id, name, slug) VALUES ({ONE}, 'C', 'c')"
TALK = f"INSERT INTO conversations (id, created_by) VALUES ({ONE}, {TWO})"
SAID = f"INSERT INTO messages (id, conversation_id, sender_id, content) VALUES ({TWO}, {ONE}, {TWO}, 'x')"
PLAN = f"INSERT INTO subscription_plans (id, name, user_type, features) VALUES ({ONE}, 'p', 'employer', '{{}}')"
PAID = "INSERT INTO payment_transactions (user_id, transaction_type, amount"

SHARED = {
    "01_event_positions_are_unique.sql": [
        f"{EVENT} VALUES ({ONE}, 'job', 'x', '{{}}', 1), ({ONE}, 'job', 'y', '{{}}', 1)"
    ],
    "02_outbox_has_no_dead_letters.sql": [
        f"INSERT INTO outbox_events (aggregate_id, event_type, event_data, retry_count) VALUES ({ONE}, 'x', '{{}}', 3)"
    ],
    "03_sagas_end_once.sql": [
        f"INSERT INTO saga_instances (saga_type, saga_data, current_step, correlation_id, status)"
        f" VALUES ('x', '{{}}', 'y', {ONE}, 'completed')"
    ],
    "04_defaults_are_kept.sql": [
        "INSERT INTO outbox_events (aggregate_id, event_type, event_data, max_retries)"
        f" VALUES ({ONE}, 'x', '{{}}', NULL)"
    ],
}
BAD = {
    "auth_db": {
        "10_months_are_ahead.sql": ["INSERT INTO audit_logs (action, created_at) VALUES ('x', '2001-02-03')"],
        "11_deleted_accounts_are_anonymous.sql": [f"{USER} VALUES ({ONE}, 'a@b', 'A', 'B', 'admin', now())"],
        "12_closed_sessions_are_not_active.sql": [
            f"{USER} VALUES ({ONE}, 'a@b', 'A', 'B', 'admin', NULL)",
            f"{SESSION} VALUES ({ONE}, 'x', now(), true, now())",
        ],
        "13_permissions_are_named_after_what_they_permit.sql": [
            "INSERT INTO permissions (name, resource, action) VALUES ('jobs:read', 'jobs', 'write')"
        ],
    },
    "user_db": {
        "10_skills_used_exist.sql": [
            "INSERT INTO experience (user_id, company_name, job_title, start_date, skills_used)"
            f" VALUES ({ONE}, 'C', 'J', '2020-01-01', ARRAY[{TWO}::uuid])"
        ],
        "11_one_resume_is_primary.sql": [
            "INSERT INTO resumes (user_id, file_name, original_file_name, file_size, file_type, file_url, is_primary)"
            f" SELECT {ONE}, 'f', 'f', 1, 't', n::text, true FROM generate_series(1, 2) AS n"
        ],
        "12_percentages_are_percentages.sql": [
            f"INSERT INTO user_profiles (user_id, profile_completeness) VALUES ({ONE}, 101)"
        ],
        "13_nothing_ends_before_it_began.sql": [
            "INSERT INTO education (user_id, institution_name, start_date, end_date)"
            f" VALUES ({ONE}, 'I', '2020-01-02', '2020-01-01')"
        ],
        "14_answers_are_encrypted.sql": [
            f"INSERT INTO skills (id, name) VALUES ({ONE}, 's')",
            "INSERT INTO skill_assessments (id, skill_id, name, duration_minutes, question_count, passing_score)"
            f" VALUES ({ONE}, {ONE}, 'a', 1, 1, 50)",
            "INSERT INTO user_assessment_results (user_id, assessment_id, started_at, answers)"
            f' VALUES ({ONE}, {ONE}, now(), \'{{"1": "b"}}\')',
        ],
        "15_accepted_connections_have_a_date.sql": [
            f"INSERT INTO user_connections (requester_id, addressee_id, status) VALUES ({ONE}, {TWO}, 'accepted')"
        ],
    },
    "job_db": {
        "10_months_are_ahead.sql": [JOB, f"INSERT INTO job_views (job_id, viewed_at) VALUES ({ONE}, '2001-02-03')"],
        "11_postings_count_what_they_have.sql": [
            JOB,
            f"INSERT INTO job_applications (job_id, applicant_id) VALUES ({ONE}, {TWO})",
        ],
        "12_salaries_are_ranges.sql": [JOB, "UPDATE jobs SET salary_min = 2, salary_max = 1"],
        "13_categories_are_a_tree.sql": [
            f"INSERT INTO job_categories (id, name, slug) VALUES ({ONE}, 'a', 'a'), ({TWO}, 'b', 'b')",
            f"UPDATE job_categories SET parent_id = CASE id WHEN {ONE} THEN {TWO} ELSE {ONE} END::uuid",
        ],
        "14_deleted_postings_free_their_slug.sql": [JOB, "UPDATE jobs SET deleted_at = now()"],
        "15_published_postings_have_a_date.sql": [JOB, "UPDATE jobs SET status = 'published'"],
    },
    "company_db": {
        "10_deleted_companies_free_their_slug.sql": [COMPANY, "UPDATE companies SET deleted_at = now()"],
        "11_nobody_leaves_before_they_came.sql": [
            COMPANY,
            "INSERT INTO company_employees (company_id, user_id, start_date, end_date)"
            f" VALUES ({ONE}, {TWO}, '2020-01-02', '2020-01-01')",
        ],
        "12_verified_companies_have_a_date.sql": [COMPANY, "UPDATE companies SET is_verified = true"],
    },
    "message_db": {
        "10_months_are_ahead.sql": [TALK, SAID, "UPDATE messages SET created_at = '2001-02-03'"],
        "11_conversations_count_what_they_have.sql": [TALK, SAID],
        "12_messages_count_what_they_have.sql": [TALK, SAID, "UPDATE messages SET reply_count = 1"],
        "13_deleted_messages_say_when.sql": [TALK, SAID, "UPDATE messages SET is_deleted = true"],
        "14_last_messages_are_there.sql": [TALK, f"UPDATE conversations SET last_message_id = {TWO}"],
    },
    "notification_db": {
        "10_months_are_ahead.sql": [
            "INSERT INTO user_notifications (user_id, type, title, message, created_at)"
            f" VALUES ({ONE}, 'x', 't', 'm', '2001-02-03')"
        ],
        "11_read_notifications_say_when.sql": [
            "INSERT INTO user_notifications (user_id, type, title, message, is_read)"
            f" VALUES ({ONE}, 'x', 't', 'm', true)"
        ],
        "12_deliveries_say_when.sql": [
            f"INSERT INTO user_notifications (user_id, type, title, message) VALUES ({ONE}, 'x', 't', 'm')",
            "INSERT INTO notification_delivery_log"
            " (notification_id, notification_created_at, delivery_type, recipient, status)"
            " SELECT id, created_at, 'email', 'a@b', 'sent' FROM user_notifications",
        ],
    },
    "payment_db": {
        "10_amounts_are_not_negative.sql": [f"{PAID}) VALUES ({ONE}, 'job_posting', -5)"],
        "11_one_subscription_is_active.sql": [
            PLAN,
            f"INSERT INTO user_subscriptions (user_id, plan_id, amount) VALUES ({TWO}, {ONE}, 1), ({TWO}, {ONE}, 1)",
        ],
        "12_what_stripe_names_is_there_once.sql": [
            f"{PAID}, stripe_charge_id) VALUES ({ONE}, 'job_posting', 5, 'ch_1'), ({TWO}, 'job_posting', 5, 'ch_1')"
        ],
        "13_plans_are_named_once.sql": [PLAN, PLAN.replace(ONE, TWO)],
        "14_what_ended_says_when.sql": [f"{PAID}, status) VALUES ({ONE}, 'job_posting', 5, 'completed')"],
    },
}

Open = Callable[[str], Service]


def found(service: Service, text: str) -> int:
    return len(service.connection.execute(text.encode()).fetchall())


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_every_check_finds_what_it_is_there_for(target: str, jobhub_service: Open) -> None:
    service, texts = jobhub_service(target), checks(target)
    expected = {**SHARED, **BAD[target]}
    assert sorted(texts) == sorted(expected)
    for name, statements in expected.items():
        assert found(service, texts[name]) == 0, name
        with service.connection.transaction(force_rollback=True):
            for statement in statements:
                service.execute(statement)
            assert found(service, texts[name]) > 0, name


def test_the_checks_run_by_the_tool_and_hold_where_nothing_is(jobhub_places: Places) -> None:
    checked = jobhub.workspace(jobhub_places).check(ON_POSTGRES)
    assert [one.holds for one in checked] == [True] * 7


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_all_columns_with_a_default_that_may_be_null_are_checked(target: str, jobhub_service: Open) -> None:
    rows = jobhub_service(target).rows("""
        SELECT c.relname AS table, array_agg(a.attname::text ORDER BY a.attnum) AS columns
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.atthasdef AND NOT a.attnotnull
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        GROUP BY c.relname
    """)
    text = " ".join(checks(target)["04_defaults_are_kept.sql"].split())
    for row in rows:
        listed = f"FROM {row['table']} WHERE num_nulls({', '.join(row['columns'])}) > 0"
        assert listed in text.replace("( ", "(").replace(" )", ")"), row["table"]
    assert text.count("num_nulls") == len(rows)
