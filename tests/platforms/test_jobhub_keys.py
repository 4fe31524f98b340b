"""JobHub's unique keys by their columns and its checks by their words, as the server's catalogue has them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.platforms.dashboard import Service
from tests.platforms.jobhub import ON_POSTGRES

UNIQUE = {
    "auth_db": """
users(email)
users(google_id)
users(linkedin_id)
users(github_id)
roles(name)
user_roles(user_id, role_id)
permissions(name)
role_permissions(role_id, permission_id)
sessions(token_hash)
sessions(refresh_token_hash)
""",
    "user_db": """
user_profiles(user_id)
skills(name)
user_skills(user_id, skill_id)
user_assessment_results(user_id, assessment_id)
user_connections(requester_id, addressee_id)
""",
    "job_db": """
job_categories(name)
job_categories(slug)
jobs(slug)
job_applications(job_id, applicant_id)
saved_jobs(user_id, job_id)
""",
    "company_db": """
companies(slug)
company_employees(company_id, user_id)
company_reviews(company_id, reviewer_id)
""",
    "message_db": """
conversation_participants(conversation_id, user_id)
message_reactions(message_id, user_id, reaction_type)
""",
    "notification_db": """
notification_templates(name)
notification_preferences(user_id)
""",
    "payment_db": "",
}
SHARED_UNIQUE = "saga_instances(correlation_id)"

EMPLOYMENT = "full_time part_time contract freelance internship"
CHANNELS = "email push sms in_app"
WORDS = {
    "auth_db": {
        "users.user_type": "job_seeker employer admin",
        "users.status": "active suspended banned pending_verification",
        "audit_logs.severity": "DEBUG INFO WARN ERROR CRITICAL",
    },
    "user_db": {
        "user_profiles.availability": "immediately within_2_weeks within_month not_looking",
        "user_profiles.remote_preference": "remote_only hybrid onsite flexible",
        "user_profiles.profile_visibility": "public private connections_only",
        "user_skills.proficiency_level": "beginner intermediate advanced expert",
        "experience.employment_type": EMPLOYMENT,
        "resumes.parsing_status": "pending processing completed failed",
        "skill_assessments.difficulty_level": "beginner intermediate advanced",
        "user_assessment_results.status": "in_progress completed abandoned",
        "user_connections.status": "pending accepted declined blocked",
    },
    "job_db": {
        "jobs.employment_type": EMPLOYMENT,
        "jobs.experience_level": "entry junior mid senior lead executive",
        "jobs.remote_policy": "remote_only hybrid onsite flexible",
        "jobs.salary_period": "hourly daily weekly monthly yearly",
        "jobs.status": "draft published paused closed expired removed",
        "job_applications.status": "applied screening interviewing offered hired rejected withdrawn",
        "job_search_alerts.frequency": "immediate daily weekly",
    },
    "company_db": {
        "companies.company_size": "1-10 11-50 51-200 201-500 501-1000 1001-5000 5001+",
        "companies.company_type": "startup small_business enterprise non_profit government",
        "companies.remote_policy": "remote_first hybrid office_first flexible",
        "companies.status": "active inactive suspended",
        "company_employees.employment_status": "active inactive pending",
        "company_reviews.reviewer_type": "current_employee former_employee interview_candidate",
        "company_reviews.status": "pending approved rejected flagged",
        "company_photos.photo_type": "office team event culture product",
        "company_photos.status": "pending approved rejected",
    },
    "message_db": {
        "conversations.type": "direct group support",
        "conversation_participants.role": "admin moderator member",
        "messages.message_type": "text image file system job_share",
    },
    "notification_db": {
        "notification_templates.type": CHANNELS,
        "user_notifications.priority": "low normal high urgent",
        "notification_preferences.frequency_job_alerts": "immediate daily weekly",
        "notification_delivery_log.delivery_type": CHANNELS,
        "notification_delivery_log.status": "pending sent delivered failed bounced",
    },
    "payment_db": {
        "subscription_plans.user_type": "job_seeker employer",
        "user_subscriptions.status": "active cancelled expired suspended",
        "user_subscriptions.billing_cycle": "monthly yearly",
        "payment_transactions.transaction_type": "subscription job_posting premium_feature",
        "payment_transactions.status": "pending completed failed refunded",
    },
}
SHARED_WORDS = {"saga_instances.status": "running completed failed compensating"}

RATINGS = ("overall", "work_life_balance", "culture", "career_growth", "compensation", "management")
OTHERS = {
    "user_db": {
        "user_assessment_results": "CHECK ((((status)::text IS DISTINCT FROM 'completed'::text)"
        " OR (score IS NOT NULL)))",
        "user_connections": "CHECK ((requester_id <> addressee_id))",
    },
    "job_db": {"job_applications": "CHECK (((rating >= 1) AND (rating <= 5)))"},
    "company_db": {
        "company_reviews": "; ".join(
            sorted(f"CHECK ((({name}_rating >= 1) AND ({name}_rating <= 5)))" for name in RATINGS)
        )
    },
    "message_db": {"messages": "CHECK (((parent_message_id IS NULL) = (parent_created_at IS NULL)))"},
}
"""Table: its checks that are no list of words."""

Open = Callable[[str], Service]


def written(service: Service, kind: str) -> list[tuple[str, str]]:
    """Table and definition of each constraint of a kind, in alphabetical order."""
    rows = service.rows(
        "SELECT c.relname AS table, pg_get_constraintdef(k.oid) AS text FROM pg_constraint k"
        " JOIN pg_class c ON c.oid = k.conrelid WHERE k.connamespace = 'public'::regnamespace"
        " AND k.contype::text = %s AND NOT c.relispartition ORDER BY 1, 2",
        kind,
    )
    return [(row["table"], row["text"]) for row in rows]


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_unique_keys_are_over_the_documents_columns(target: str, jobhub_service: Open) -> None:
    found = [f"{table}{text.removeprefix('UNIQUE ')}" for table, text in written(jobhub_service(target), "u")]
    assert sorted(found) == sorted([*UNIQUE[target].split("\n")[1:-1], SHARED_UNIQUE])


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_lists_hold_the_documents_words_and_other_checks_its_conditions(target: str, jobhub_service: Open) -> None:
    words: dict[str, str] = {}
    others: dict[str, list[str]] = {}
    for table, text in written(jobhub_service(target), "c"):
        if listed := re.fullmatch(r"CHECK \(\(\((\w+)\)::text = ANY \(\(?ARRAY\[(.*)\]\)?(?:::text\[\])?\)\)\)", text):
            words[f"{table}.{listed[1]}"] = " ".join(re.findall(r"'([^']*)'", listed[2]))
        else:
            others.setdefault(table, []).append(text)
    assert words == WORDS[target] | SHARED_WORDS
    assert {table: "; ".join(texts) for table, texts in others.items()} == OTHERS.get(target, {})
