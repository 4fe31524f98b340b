"""The statements that the dashboard's page tells people to run: they run, and keep and remove what the page says."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from tests.fixtures.absence import not_run
from tests.platforms.dashboard import PAGE, TARGETS, Service, apply

USER = UUID("11111111-1111-1111-1111-111111111111")
NOW = datetime.now(UTC)

BLOCKS: list[tuple[str, str, str]] = re.findall(
    r"^```sql\n-- (\w+)(, with vector)?\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S
)
PLAIN = [(target, text) for target, vector, text in BLOCKS if not vector]
VECTOR = [text for _, vector, text in BLOCKS if vector]


def block(beginning: str) -> str:
    (found,) = [text for _, text in PLAIN if text.startswith(beginning)]
    return found


def before(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_every_block_of_sql_says_where_it_runs() -> None:
    assert PAGE.read_text(encoding="utf-8").count("```sql") == len(BLOCKS)
    assert {target for target, _ in PLAIN} == {"any", *TARGETS}
    assert len(VECTOR) == 2


@pytest.mark.parametrize("target", TARGETS)
def test_every_block_runs(target: str, own: Callable[[str], Service]) -> None:
    with psycopg.connect(own(target).url, autocommit=True) as connection:
        for where, text in PLAIN:
            if where in ("any", target):
                connection.execute(text.encode())


def test_the_health_queries_bear_names_with_capitals(own: Callable[[str], Service]) -> None:
    service = own("user_service_db")
    service.execute('CREATE TABLE "Odd Name" (id integer PRIMARY KEY)')
    assert '"Odd Name"' in [str(row["relid"]) for row in service.rows(block("SELECT relid::regclass, pg_size_pretty"))]
    indexes = service.rows(block("SELECT schemaname, relname, indexrelname"))
    assert "Odd Name_pkey" in [row["indexrelname"] for row in indexes]


def test_sessions_lose_what_was_said_after_a_year_and_keep_what_they_cost(ai: Service) -> None:
    model = ai.add("ai_models", provider="openai", name="gpt-4", model_type="chat")
    given = {"user_id": USER, "model_id": model, "session_type": "optimization", "input": {"a": 1}, "output": {"b": 2}}
    old, young = (
        ai.add("ai_processing_sessions", **given, created_at=before(days), prompt_tokens=5, cost_usd=2)
        for days in (370, 360)
    )
    ai.execute(block("UPDATE ai_processing_sessions"))
    emptied, kept = ai.row("ai_processing_sessions", old), ai.row("ai_processing_sessions", young)
    assert (emptied["input"], emptied["output"], emptied["total_tokens"], emptied["cost_usd"]) == ({}, None, 5, 2)
    assert (kept["input"], kept["output"]) == ({"a": 1}, {"b": 2})


def test_history_goes_after_three_years(ai: Service) -> None:
    model = ai.add("ai_models", provider="openai", name="gpt-4", model_type="chat")
    for days in (1100, 1090):
        start, end = before(days + 1), before(days)
        ai.add("optimization_history", user_id=USER, resume_id=USER, action="applied", occurred_at=end)
        ai.add("model_performance_history", model_id=model, period_start=start, period_end=end)
    ai.execute(block("DELETE FROM optimization_history"))
    assert ai.values("SELECT occurred_at FROM optimization_history") == [before(1090)]
    assert ai.values("SELECT period_end FROM model_performance_history") == [before(1090)]


def test_a_deleted_resume_goes_after_thirty_days(resumes: Service) -> None:
    gone, kept, live = (
        resumes.add("resumes", user_id=USER, title="x", deleted_at=deleted)
        for deleted in (before(31), before(29), None)
    )
    assert resumes.values(block("DELETE FROM resumes")) == [gone]
    assert set(resumes.values("SELECT id FROM resumes")) == {kept, live}


def test_vectors_come_and_go_beside_the_migrations(own: Callable[[str], Service]) -> None:
    service = own("ai_service_db")
    if not service.value("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"):
        major = service.connection.info.server_version // 10000
        why, remedy = "the extension is not installed", f"install postgresql-{major}-pgvector"
        not_run("vector", f"vector search on PostgreSQL {major}", why, remedy)
    model = service.add("ai_models", provider="openai", name="ada", model_type="embedding", embedding_dimensions=1536)
    for size in (1536, 3):
        values = {"model_id": model, "entity_type": "job", "content_hash": b"x", "entity_id": model}
        service.add("embeddings", **values, dimensions=size, chunk_index=size, embedding=[0.5] * size)
    service.connection.commit()
    up, down = VECTOR
    service.execute(up)
    assert service.values("SELECT dimensions FROM embeddings WHERE embedding_vec IS NOT NULL") == [1536]
    service.execute(down)
    service.connection.commit()
    apply(service.url, "ai_service_db", "down")
    assert service.value("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == 0
