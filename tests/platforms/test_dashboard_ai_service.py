"""The AI service at work: models, sessions, embeddings, and the statistics over them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.platforms.dashboard import Service, only

USER, OTHER = UUID("11111111-1111-1111-1111-111111111111"), UUID("22222222-2222-2222-2222-222222222222")
RESUME = UUID("33333333-3333-3333-3333-333333333333")
DAY = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
NOW = datetime.now(UTC)


def model(ai: Service, name: str = "gpt-4", **values: object) -> UUID:
    return ai.add("ai_models", **{"provider": "openai", "name": name, "model_type": "chat"} | values)


def session(ai: Service, used: UUID, **values: object) -> UUID:
    given = {"user_id": USER, "resume_id": RESUME, "model_id": used, "session_type": "optimization"}
    return ai.add("ai_processing_sessions", **given | values)


def embedding(ai: Service, used: UUID, **values: object) -> UUID:
    given = {"entity_type": "resume", "entity_id": RESUME, "model_id": used, "content_hash": b"x"}
    return ai.add("embeddings", **given | {"dimensions": 3, "embedding": [0.5, 1.0, 2.0]} | values)


def result(ai: Service, table: str, of: UUID, **values: object) -> UUID:
    given: dict[str, dict[str, object]] = {
        "resume_optimizations": {"optimization_type": "ats"},
        "job_match_analyses": {"job_title": "DBA", "job_description": "x", "match_score": 50},
        "skill_analyses": {},
        "content_analyses": {"overall_score": 50},
    }
    common = {"session_id": of, "resume_id": RESUME, "user_id": USER}
    return ai.add(table, **common | given[table] | values)


RESULTS = ("resume_optimizations", "job_match_analyses", "skill_analyses", "content_analyses")


def tuples(ai: Service, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in ai.rows(query, *parameters)]


@pytest.mark.parametrize(
    ("values", "state", "constraint"),
    [
        ({"name": "gpt-4"}, "23505", "ai_models_provider_name_version_key"),
        ({"provider": "acme"}, "23514", "ai_models_provider_check"),
        ({"model_type": "image"}, "23514", "ai_models_model_type_check"),
        ({"context_window": 0}, "23514", "ai_models_context_window_check"),
        ({"max_output_tokens": 0}, "23514", "ai_models_max_output_tokens_check"),
        ({"model_type": "embedding"}, "23514", "ai_models_embedding_dimensions"),
        ({"embedding_dimensions": 5}, "23514", "ai_models_embedding_dimensions"),
        ({"model_type": "embedding", "embedding_dimensions": 0}, "23514", "ai_models_embedding_dimensions_check"),
        ({"is_default": True}, "23505", "uq_ai_models_default"),
    ],
)
def test_a_model_is_refused_that_breaks_a_rule(
    ai: Service, values: dict[str, object], state: str, constraint: str
) -> None:
    model(ai, is_default=True)
    with ai.refuses(state, constraint):
        ai.add("ai_models", **{"provider": "openai", "name": "other", "model_type": "chat"} | values)


def test_each_type_of_model_has_a_default_of_its_own(ai: Service) -> None:
    model(ai, is_default=True)
    model(ai, "ada", is_default=True, model_type="embedding", embedding_dimensions=1536)
    model(ai, version="0613")
    assert ai.count("ai_models") == 3


@pytest.mark.parametrize(
    ("values", "state", "constraint"),
    [
        ({"session_type": "chat"}, "23514", "ai_processing_sessions_session_type_check"),
        ({"status": "lost"}, "23514", "ai_processing_sessions_status_check"),
        ({"prompt_tokens": -1}, "23514", "ai_processing_sessions_prompt_tokens_check"),
        ({"completion_tokens": -1}, "23514", "ai_processing_sessions_completion_tokens_check"),
        ({"latency_ms": -1}, "23514", "ai_processing_sessions_latency_ms_check"),
        ({"started_at": NOW, "completed_at": DAY}, "23514", "ai_processing_sessions_period"),
        ({"model_id": uuid4()}, "23503", "ai_processing_sessions_model_id_fkey"),
        ({"total_tokens": 1}, "428C9", None),
    ],
)
def test_a_session_is_refused_that_breaks_a_rule(
    ai: Service, values: dict[str, object], state: str, constraint: str | None
) -> None:
    used = model(ai)
    with ai.refuses(state, constraint):
        session(ai, used, **values)


def test_the_total_of_tokens_follows_its_parts(ai: Service) -> None:
    row = session(ai, model(ai), prompt_tokens=10, completion_tokens=5)
    ai.change("ai_processing_sessions", row, completion_tokens=7)
    assert ai.row("ai_processing_sessions", row)["total_tokens"] == 17


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"entity_type": "company"}, "embeddings_entity_type_check"),
        ({"dimensions": 4}, "embeddings_length"),
        ({"dimensions": 0, "embedding": []}, "embeddings_dimensions_check"),
    ],
)
def test_an_embedding_is_refused_that_breaks_a_rule(ai: Service, values: dict[str, object], constraint: str) -> None:
    used = model(ai)
    with ai.refuses("23514", constraint):
        embedding(ai, used, **values)


def test_a_chunk_is_embedded_once_by_each_model(ai: Service) -> None:
    used, other = model(ai), model(ai, "other")
    embedding(ai, used)
    embedding(ai, used, chunk_index=1)
    embedding(ai, other)
    with ai.refuses("23505", "embeddings_entity_type_entity_id_model_id_chunk_index_key"):
        embedding(ai, used)


@pytest.mark.parametrize("make", [session, embedding])
def test_a_model_in_use_cannot_be_removed(ai: Service, make: Any) -> None:
    used = model(ai)
    make(ai, used)
    # 23001 (restrict_violation) since PostgreSQL 18, before it 23503
    with ai.refuses("23001" if ai.connection.info.server_version >= 180000 else "23503"):
        ai.remove("ai_models", used)


@pytest.mark.parametrize("table", ["ai_models", "ai_processing_sessions", "resume_optimizations"])
def test_a_change_moves_updated_at(ai: Service, table: str) -> None:
    used = model(ai, updated_at=DAY)
    run = session(ai, used, updated_at=DAY)
    row = {"ai_models": used, "ai_processing_sessions": run}.get(table) or result(ai, table, run, updated_at=DAY)
    ai.change(table, row, created_at=DAY)
    assert ai.row(table, row)["updated_at"] == ai.value("SELECT now()")


@pytest.mark.parametrize(
    ("table", "values", "constraint"),
    [
        ("resume_optimizations", {"optimization_type": "x"}, "resume_optimizations_optimization_type_check"),
        ("resume_optimizations", {"score_before": 101}, "resume_optimizations_score_before_check"),
        ("resume_optimizations", {"score_after": -1}, "resume_optimizations_score_after_check"),
        ("resume_optimizations", {"confidence": 1.001}, "resume_optimizations_confidence_check"),
        ("job_match_analyses", {"match_score": 101}, "job_match_analyses_match_score_check"),
        ("skill_analyses", {"overall_score": 101}, "skill_analyses_overall_score_check"),
        ("content_analyses", {"overall_score": -1}, "content_analyses_overall_score_check"),
        ("content_analyses", {"word_count": -1}, "content_analyses_word_count_check"),
    ],
)
def test_a_result_is_refused_that_breaks_a_rule(
    ai: Service, table: str, values: dict[str, object], constraint: str
) -> None:
    run = session(ai, model(ai))
    with ai.refuses("23514", constraint):
        result(ai, table, run, **values)


def test_results_go_with_their_session(ai: Service) -> None:
    run = session(ai, model(ai))
    for table in RESULTS:
        result(ai, table, run)
    ai.remove("ai_processing_sessions", run)
    assert [ai.count(table) for table in RESULTS] == [0, 0, 0, 0]


def test_session_statistics_are_by_type_of_one_user_or_all(ai: Service) -> None:
    used = model(ai)
    session(ai, used, status="completed", prompt_tokens=10, cost_usd=0.5, latency_ms=100)
    session(ai, used, status="failed", completion_tokens=5, latency_ms=201)
    session(ai, used, session_type="job_match", user_id=OTHER)
    session(ai, used, status="completed", created_at=NOW - timedelta(days=31))
    own = ("optimization", 2, 1, 1, 15, Decimal("0.5"), Decimal("150.5"))
    assert tuples(ai, "SELECT * FROM get_session_statistics(%s)", USER) == [own]
    assert tuples(ai, "SELECT * FROM get_session_statistics()") == [("job_match", 1, 0, 0, 0, 0, None), own]
    assert tuples(ai, "SELECT sessions FROM get_session_statistics(%s, '-infinity')", USER) == [(3,)]
    assert tuples(ai, "SELECT * FROM get_session_statistics(%s)", uuid4()) == []


def test_model_performance_lists_active_models_also_unused_ones(ai: Service) -> None:
    used, unused = model(ai), model(ai, "new")
    session(ai, model(ai, "retired", is_active=False))
    for latency in range(10, 210, 10):
        session(ai, used, status="completed" if latency > 50 else "failed", latency_ms=latency, prompt_tokens=1)
    session(ai, used, created_at=NOW - timedelta(days=31), cost_usd=9)
    assert tuples(ai, "SELECT * FROM get_model_performance()") == [
        (used, "openai/gpt-4", 20, Decimal("75.00"), Decimal("105.0"), Decimal("190.5"), 20, Decimal(0)),
        (unused, "openai/new", 0, None, None, None, 0, Decimal(0)),
    ]
    found = ai.one("SELECT * FROM get_model_performance('-infinity') LIMIT 1")
    assert only(found, "requests", "cost_usd") == (21, Decimal(9))


def test_token_usage_is_by_day_user_and_model(ai: Service) -> None:
    ai.execute("SET LOCAL TimeZone = 'UTC'")
    used = model(ai)
    for hours in (0, 11, 12):
        session(ai, used, created_at=DAY + timedelta(hours=hours), prompt_tokens=2, completion_tokens=1, cost_usd=0.25)
    session(ai, used, created_at=DAY, user_id=OTHER)
    day = DAY.replace(hour=0)
    assert tuples(ai, "SELECT * FROM token_usage_daily ORDER BY day, user_id") == [
        (day, USER, used, 2, 4, 2, 6, Decimal("0.5")),
        (day, OTHER, used, 1, 0, 0, 0, Decimal(0)),
        (day + timedelta(days=1), USER, used, 1, 2, 1, 3, Decimal("0.25")),
    ]


def test_optimisation_statistics_count_acceptance_among_the_decided(ai: Service) -> None:
    run = session(ai, model(ai))
    for accepted, after, confidence in ((True, 70, 0.9), (False, 65, 0.8), (True, 60, None), (None, None, None)):
        result(
            ai,
            "resume_optimizations",
            run,
            is_accepted=accepted,
            score_before=50,
            score_after=after,
            confidence=confidence,
        )
    result(ai, "resume_optimizations", run, optimization_type="full", user_id=OTHER)
    own = ("ats", 4, 2, Decimal("66.67"), Decimal("15.00"), Decimal("0.850"))
    assert tuples(ai, "SELECT * FROM get_optimization_statistics(%s)", USER) == [own]
    everyone = [own, ("full", 1, 0, None, None, None)]
    assert tuples(ai, "SELECT * FROM get_optimization_statistics()") == everyone
    assert tuples(ai, "SELECT * FROM get_optimization_statistics(%s)", uuid4()) == []


def test_analysis_statistics_have_a_row_for_each_kind_that_occurred(ai: Service) -> None:
    run = session(ai, model(ai))
    for score in (40, 61):
        result(ai, "job_match_analyses", run, match_score=score, created_at=DAY)
    result(ai, "skill_analyses", run, created_at=DAY)
    result(ai, "content_analyses", run, resume_id=uuid4())
    assert tuples(ai, "SELECT * FROM get_analysis_statistics(%s)", RESUME) == [
        ("job_match", 2, Decimal("50.50"), Decimal("61.00"), DAY),
        ("skill", 1, None, None, DAY),
    ]
    assert tuples(ai, "SELECT * FROM get_analysis_statistics(NULL)") == []


def test_the_session_summary_counts_the_results_of_all_four_kinds(ai: Service) -> None:
    used = model(ai)
    full, empty = session(ai, used), session(ai, used, resume_id=None, status="failed")
    for table in (*RESULTS, "skill_analyses"):
        result(ai, table, full)
    rows = ai.rows("SELECT * FROM processing_session_summary")
    found = {row["session_id"]: only(row, "provider", "model", "status", "results") for row in rows}
    assert found == {full: ("openai", "gpt-4", "queued", 5), empty: ("openai", "gpt-4", "failed", 0)}


def test_the_activity_summary_has_one_row_a_user(ai: Service) -> None:
    used = model(ai)
    session(ai, used, prompt_tokens=4, cost_usd=1, created_at=DAY)
    session(ai, used, session_type="job_match", created_at=NOW)
    session(ai, used, session_type="embedding", resume_id=None, created_at=DAY)
    session(ai, used, user_id=OTHER, created_at=DAY)
    assert tuples(ai, "SELECT * FROM user_activity_summary ORDER BY user_id") == [
        (USER, 3, 1, 1, 1, 4, Decimal(1), NOW),
        (OTHER, 1, 1, 1, 0, 0, Decimal(0), DAY),
    ]
