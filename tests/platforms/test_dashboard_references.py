"""What the dashboard's platform.toml says of itself, held against the migrated databases."""

from __future__ import annotations

import pytest

from schemactl.project.config import load
from schemactl.project.platform import Platform, load_platform
from schemactl.project.references import Reference
from tests.platforms.dashboard import ROOT, TARGETS, Service

USERS, RESUMES = ("user_service_db", "users"), ("resume_service_db", "resumes")
ATTEMPTS, SESSIONS = ("resume_service_db", "resume_optimizations"), ("ai_service_db", "ai_processing_sessions")

REFERENCES = {
    "resume_service_db.resumes.user_id": (USERS, "fail"),
    "resume_service_db.resume_optimizations.user_id": (USERS, "fail"),
    "resume_service_db.optimization_feedback.user_id": (USERS, "fail"),
    "resume_service_db.resume_versions.created_by_user_id": (USERS, "warn"),
    "ai_service_db.ai_processing_sessions.user_id": (USERS, "fail"),
    "ai_service_db.resume_optimizations.user_id": (USERS, "fail"),
    "ai_service_db.job_match_analyses.user_id": (USERS, "fail"),
    "ai_service_db.skill_analyses.user_id": (USERS, "fail"),
    "ai_service_db.content_analyses.user_id": (USERS, "fail"),
    "ai_service_db.optimization_history.user_id": (USERS, "fail"),
    "ai_service_db.user_optimization_preferences.user_id": (USERS, "fail"),
    "ai_service_db.embeddings.user_id": (USERS, "warn"),
    "ai_service_db.optimization_templates.created_by_user_id": (USERS, "warn"),
    "ai_service_db.resume_optimizations.resume_id": (RESUMES, "fail"),
    "ai_service_db.job_match_analyses.resume_id": (RESUMES, "fail"),
    "ai_service_db.skill_analyses.resume_id": (RESUMES, "fail"),
    "ai_service_db.content_analyses.resume_id": (RESUMES, "fail"),
    "ai_service_db.optimization_history.resume_id": (RESUMES, "fail"),
    "ai_service_db.ai_processing_sessions.resume_id": (RESUMES, "warn"),
    "ai_service_db.resume_optimizations.resume_optimization_id": (ATTEMPTS, "warn"),
    "resume_service_db.resume_optimizations.ai_session_id": (SESSIONS, "warn"),
    "resume_service_db.resume_analyses.ai_session_id": (SESSIONS, "warn"),
}

BY_KIND = {
    "entity_type = 'resume'": RESUMES,
    "entity_type = 'resume_version'": ("resume_service_db", "resume_versions"),
    "entity_type = 'profile'": ("user_service_db", "user_profiles"),
}


@pytest.fixture(scope="module")
def platform() -> Platform:
    return load_platform(load(ROOT, environ={}), "dashboard")


@pytest.fixture
def services(users: Service, resumes: Service, ai: Service) -> dict[str, Service]:
    return dict(zip(TARGETS, (users, resumes, ai), strict=True))


def named(reference: Reference) -> str:
    return f"{reference.source.target}.{reference.source.object}.{reference.source.path}"


def column(service: Service, table: str, name: str) -> tuple[object, ...]:
    query = """
        SELECT data_type, is_nullable FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = %s AND column_name = %s
    """
    return tuple(service.one(query, table, name).values())


def test_dashboard_is_the_default_platform() -> None:
    assert load(ROOT, environ={}).platform_name(None) == "dashboard"


def test_the_targets_are_the_three_services(platform: Platform) -> None:
    assert [(target.name, target.engine) for target in platform.targets] == [(name, "postgres") for name in TARGETS]


def test_each_service_owns_exactly_the_tables_it_has(platform: Platform, services: dict[str, Service]) -> None:
    live = {
        name: set(service.values("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        for name, service in services.items()
    }
    assert {target.name: set(target.tables) for target in platform.targets} == live


def test_the_references_are_the_documents(platform: Platform) -> None:
    plain = [reference for reference in platform.references if reference.source.where is None]
    found = {named(one): ((one.referred.target, one.referred.object), one.on_orphan) for one in plain}
    assert found == REFERENCES
    assert len(plain) == 22
    assert {one.referred.path for one in platform.references} == {"id"}


def test_what_an_embedding_belongs_to_depends_on_its_kind(platform: Platform) -> None:
    found = [reference for reference in platform.references if reference.source.where is not None]
    assert {named(one) for one in found} == {"ai_service_db.embeddings.entity_id"}
    assert {one.source.where: (one.referred.target, one.referred.object) for one in found} == BY_KIND
    assert {one.on_orphan for one in found} == {"warn"}


def test_both_ends_of_every_reference_are_uuids_in_different_services(
    platform: Platform, services: dict[str, Service]
) -> None:
    for one in platform.references:
        ends = [column(services[end.target], end.object, end.path) for end in (one.source, one.referred)]
        assert [kind for kind, _ in ends] == ["uuid", "uuid"], named(one)
        assert one.source.target != one.referred.target


def test_an_orphan_fails_where_the_column_must_be_filled_and_warns_where_it_need_not(
    platform: Platform, services: dict[str, Service]
) -> None:
    for one in platform.references:
        if one.source.where is None:
            _, nullable = column(services[one.source.target], one.source.object, one.source.path)
            assert one.on_orphan == {"NO": "fail", "YES": "warn"}[str(nullable)], named(one)


def test_every_identifier_without_a_foreign_key_is_a_reference(
    platform: Platform, services: dict[str, Service]
) -> None:
    query = """
        SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
          AND a.atttypid = 'uuid'::regtype AND NOT EXISTS (
              SELECT FROM pg_constraint k
              WHERE k.conrelid = c.oid AND k.contype IN ('p', 'f') AND a.attnum = ANY (k.conkey)
          )
    """
    unguarded = {f"{name}.{path}" for name, service in services.items() for path in service.values(query)}
    assert unguarded - {named(one) for one in platform.references} == {"user_service_db.refresh_tokens.family_id"}


def test_the_conditions_by_kind_can_be_asked_and_exclude_each_other(ai: Service) -> None:
    model = ai.add("ai_models", provider="openai", name="ada", model_type="embedding", embedding_dimensions=1)
    for kind in ("resume", "resume_version", "profile", "job", "skill"):
        given = {"entity_type": kind, "entity_id": model, "model_id": model, "content_hash": b"x"}
        ai.add("embeddings", **given, dimensions=1, embedding=[1.0])
    assert {where: ai.values(f"SELECT entity_type FROM embeddings WHERE {where}") for where in BY_KIND} == {
        "entity_type = 'resume'": ["resume"],
        "entity_type = 'resume_version'": ["resume_version"],
        "entity_type = 'profile'": ["profile"],
    }
