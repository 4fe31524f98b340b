"""What JobHub's platform.toml says of itself, held against the migrated databases."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

import pytest

from schemactl.project.config import load
from schemactl.project.platform import Platform, load_platform
from schemactl.project.references import Reference
from tests.platforms import jobhub
from tests.platforms.dashboard import Service
from tests.platforms.jobhub import ON_POSTGRES, ROOT

ERASED = ("00000000-0000-0000-0000-000000000000",)
USERS, COMPANIES, JOBS = "auth_db.users", "company_db.companies", "job_db.jobs"
SKILLS, RESUMES = "user_db.skills", "user_db.resumes"

# Source: what it refers to; `?` where it may be empty, `[]` where it is a list.
DOCUMENT = f"""
user_db.user_profiles.user_id {USERS}
user_db.user_skills.user_id {USERS}
user_db.experience.user_id {USERS}
user_db.education.user_id {USERS}
user_db.certifications.user_id {USERS}
user_db.resumes.user_id {USERS}
user_db.skill_assessments.created_by? {USERS}
user_db.user_assessment_results.user_id {USERS}
user_db.user_connections.requester_id {USERS}
user_db.user_connections.addressee_id {USERS}
user_db.experience.company_id? {COMPANIES}
job_db.jobs.employer_id {USERS}
job_db.job_applications.applicant_id {USERS}
job_db.job_applications.status_updated_by? {USERS}
job_db.saved_jobs.user_id {USERS}
job_db.job_search_alerts.user_id {USERS}
job_db.job_views.viewer_id? {USERS}
job_db.jobs.company_id? {COMPANIES}
job_db.job_applications.resume_id? {RESUMES}
job_db.jobs.required_skills[]? {SKILLS}
job_db.jobs.preferred_skills[]? {SKILLS}
company_db.companies.created_by? {USERS}
company_db.company_employees.user_id {USERS}
company_db.company_employees.invited_by? {USERS}
company_db.company_reviews.reviewer_id? {USERS}
company_db.company_reviews.moderated_by? {USERS}
company_db.company_photos.uploaded_by {USERS}
message_db.conversations.created_by {USERS}
message_db.conversation_participants.user_id {USERS}
message_db.messages.sender_id {USERS}
message_db.messages.deleted_by? {USERS}
message_db.message_reactions.user_id {USERS}
notification_db.user_notifications.user_id {USERS}
notification_db.notification_preferences.user_id {USERS}
payment_db.user_subscriptions.user_id {USERS}
payment_db.payment_transactions.user_id {USERS}
auth_db.domain_events.user_id? {USERS}
user_db.domain_events.user_id? {USERS}
job_db.domain_events.user_id? {USERS}
company_db.domain_events.user_id? {USERS}
message_db.domain_events.user_id? {USERS}
notification_db.domain_events.user_id? {USERS}
payment_db.domain_events.user_id? {USERS}
analytics_db.user_events.user_id? {USERS}
analytics_db.job_analytics.user_id? {USERS}
analytics_db.job_analytics.employer_id {USERS}
analytics_db.search_analytics.user_id? {USERS}
analytics_db.job_metrics.user_id? {USERS}
analytics_db.job_analytics.company_id? {COMPANIES}
analytics_db.job_metrics.company_id? {COMPANIES}
analytics_db.job_analytics.job_id {JOBS}
analytics_db.job_metrics.job_id {JOBS}
analytics_db.search_analytics.clicked_job_ids[] {JOBS}
"""
# Beside these: what lies hidden in JSON.
IN_JSON = {
    "message_db.messages.metadata.job_id": (JOBS, "message_type = 'job_share'"),
    "payment_db.payment_transactions.metadata.job_id": (JOBS, "transaction_type = 'job_posting'"),
    "job_db.job_search_alerts.search_criteria.category_id": ("job_db.job_categories", None),
    "job_db.job_search_alerts.search_criteria.skill_ids[]": (SKILLS, None),
}
# Identifiers that refer to nothing of a known kind, or to what has no table.
FREE = {
    "audit_logs.resource_id",
    "audit_logs.correlation_id",
    "domain_events.aggregate_id",
    "domain_events.correlation_id",
    "domain_events.causation_id",
    "outbox_events.aggregate_id",
    "outbox_events.correlation_id",
    "saga_instances.correlation_id",
    "conversations.last_message_id",
    "conversation_participants.last_read_message_id",
}

Open = Callable[[str], Service]


@pytest.fixture(scope="module")
def platform() -> Platform:
    return load_platform(load(ROOT, environ={}), "jobhub")


def named(reference: Reference) -> str:
    return f"{reference.source.target}.{reference.source.object}.{reference.source.path}"


def referred(reference: Reference) -> str:
    assert reference.referred.path == "id"
    return f"{reference.referred.target}.{reference.referred.object}"


def test_the_targets_are_the_eight_databases(platform: Platform) -> None:
    engines = {target.name: target.engine for target in platform.targets}
    assert engines == {**dict.fromkeys(ON_POSTGRES, "postgres"), "analytics_db": "clickhouse"}
    assert sum(len(target.tables) for target in platform.targets) == 64


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_a_service_owns_exactly_the_tables_it_has(target: str, platform: Platform, jobhub_service: Open) -> None:
    live = jobhub_service(target).values("""
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    """)
    assert set(platform.target(target).tables) == set(live)


def test_the_53_references_of_the_document_are_there(platform: Platform) -> None:
    lines = [line.split() for line in DOCUMENT.strip().splitlines()]
    expected = {source.rstrip("?"): to for source, to in lines}
    found = {named(one): referred(one) for one in platform.references if named(one) not in IN_JSON}
    assert found == expected
    assert len(lines) == 53
    assert len(platform.references) == 57


def test_ids_inside_json_are_references_by_kind(platform: Platform) -> None:
    found = {named(one): (referred(one), one.source.where) for one in platform.references if named(one) in IN_JSON}
    assert found == IN_JSON


def test_an_orphan_fails_where_the_column_must_be_filled_and_warns_where_it_need_not(platform: Platform) -> None:
    lines = [line.split()[0] for line in DOCUMENT.strip().splitlines()]
    must = {source for source in lines if not source.endswith("?") and not source.startswith("analytics_db")}
    assert {named(one) for one in platform.references if one.on_orphan == "fail"} == must
    assert len(must) == 23


def test_an_erased_user_is_no_orphan_and_nothing_else_is_passed_over(platform: Platform) -> None:
    for one in platform.references:
        assert one.source.ignore == (ERASED if referred(one) == USERS else ()), named(one)


def test_both_ends_of_every_reference_are_uuids_that_are_there(platform: Platform, jobhub_service: Open) -> None:
    columns = {
        target: {(row["t"], row["c"]): row["k"] for row in jobhub_service(target).rows(COLUMNS)}
        for target in ON_POSTGRES
    }
    columns["analytics_db"] = analytics()
    for one in platform.references:
        assert columns[one.referred.target][one.referred.object, one.referred.path] == "uuid", named(one)
        path = one.source.path
        kind = columns[one.source.target][one.source.object, re.split(r"[.\[]", path)[0]]
        assert kind == ("jsonb" if "." in path else "uuid[]" if path.endswith("[]") else "uuid"), named(one)
        assert one.source.compare_as == one.referred.compare_as == "uuid"


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_every_identifier_without_a_foreign_key_is_a_reference_or_known_to_be_none(
    target: str, platform: Platform, jobhub_service: Open
) -> None:
    rows = jobhub_service(target).values("""
        SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND a.attnum > 0 AND a.atttypid IN ('uuid'::regtype, 'uuid[]'::regtype) AND NOT EXISTS (
              SELECT FROM pg_constraint k
              WHERE k.conrelid = c.oid AND k.contype IN ('p', 'f') AND a.attnum = ANY (k.conkey)
          )
    """)
    referring = {
        f"{one.source.object}.{one.source.path.removesuffix('[]')}"
        for one in platform.references
        if one.source.target == target
    }
    # The skills of a job that somebody had are of the same database: a check looks after them.
    assert set(rows) - referring - FREE == ({"experience.skills_used"} if target == "user_db" else set())


@pytest.mark.parametrize(("target", "source"), [("message_db", "messages"), ("payment_db", "payment_transactions")])
def test_a_condition_by_kind_can_be_asked(target: str, source: str, platform: Platform, jobhub_service: Open) -> None:
    (where,) = [
        one.source.where for one in platform.references if one.source.object == source and one.source.where is not None
    ]
    assert jobhub_service(target).value(f"SELECT count(*) FROM {source} WHERE {where}") == 0


COLUMNS = """
    SELECT c.relname AS t, a.attname AS c, format_type(a.atttypid, NULL) AS k
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""


def analytics() -> dict[tuple[object, object], object]:
    """Columns of UUIDs in ClickHouse, from the migration's text; that the servers take it is tried elsewhere."""
    text = (jobhub.MIGRATIONS / "analytics_db" / "0001_tables.py").read_text(encoding="utf-8")
    kinds = {"UUID": "uuid", "Nullable(UUID)": "uuid", "Array(UUID)": "uuid[]"}
    found: dict[tuple[object, object], object] = {}
    texts = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    for statement in (one for one in texts if isinstance(one, str)):
        made = re.search(r"EXISTS (\w+) \(", statement)
        for name, kind in re.findall(r"^\s+(\w+) +((?:\w+\()?UUID\)?)", statement, re.M):
            assert made is not None
            found[made[1], name] = kinds[kind]
    return found
