"""The AI service's memory: templates, history, the performance of models, what was learned of users."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.platforms.dashboard import Service, only

USER, OTHER = UUID("11111111-1111-1111-1111-111111111111"), UUID("22222222-2222-2222-2222-222222222222")
RESUME = UUID("33333333-3333-3333-3333-333333333333")
DAY = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
OLD = DAY - timedelta(days=400)


def model(ai: Service, name: str = "gpt-4") -> UUID:
    return ai.add("ai_models", provider="openai", name=name, model_type="chat")


def template(ai: Service, name: str = "ATS Pass", **values: object) -> UUID:
    given = {"name": name, "category": "ats", "optimization_type": "ats", "prompt_template": "x"}
    return ai.add("optimization_templates", **given | {"is_system": True} | values)


def event(ai: Service, action: str = "applied", **values: object) -> UUID:
    given = {"user_id": USER, "resume_id": RESUME, "action": action, "occurred_at": DAY}
    return ai.add("optimization_history", **given | values)


def period(ai: Service, used: UUID, number: int, **values: object) -> UUID:
    start = DAY + timedelta(days=number)
    given = {"model_id": used, "period_start": start, "period_end": start + timedelta(days=1)}
    return ai.add("model_performance_history", **given | values)


def optimization(ai: Service, used: UUID, **values: object) -> UUID:
    run = ai.add("ai_processing_sessions", user_id=USER, model_id=used, session_type="optimization")
    given = {"session_id": run, "resume_id": RESUME, "user_id": USER, "optimization_type": "ats"}
    return ai.add("resume_optimizations", **given | values)


def tuples(ai: Service, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in ai.rows(query, *parameters)]


@pytest.mark.parametrize(
    ("values", "state", "constraint"),
    [
        ({"name": "ats pass"}, "23505", "uq_optimization_templates_system"),
        ({"created_by_user_id": USER}, "23514", "optimization_templates_owner"),
        ({"is_system": False}, "23514", "optimization_templates_owner"),
        ({"variables": {"a": 1}}, "23514", "optimization_templates_variables_check"),
        ({"optimization_type": "x"}, "23514", "optimization_templates_optimization_type_check"),
    ],
)
def test_a_template_is_refused_that_breaks_a_rule(
    ai: Service, values: dict[str, Any], state: str, constraint: str
) -> None:
    template(ai)
    with ai.refuses(state, constraint):
        template(ai, **{"name": "other"} | values)


def test_users_may_name_their_templates_as_the_system_does(ai: Service) -> None:
    template(ai)
    for owner in (USER, USER, OTHER):
        template(ai, is_system=False, created_by_user_id=owner, variables=Jsonb(["resume"]))
    assert ai.count("optimization_templates") == 4


@pytest.mark.parametrize("table", ["optimization_templates", "user_optimization_preferences"])
def test_a_change_moves_updated_at(ai: Service, table: str) -> None:
    made = template(ai, updated_at=OLD) if table == "optimization_templates" else None
    row = made or ai.add(table, user_id=USER, updated_at=OLD)
    ai.change(table, row, created_at=OLD)
    assert ai.row(table, row)["updated_at"] == ai.value("SELECT now()")


def test_history_outlives_what_it_tells_of(ai: Service) -> None:
    done = optimization(ai, model(ai))
    run = ai.row("resume_optimizations", done)["session_id"]
    used = template(ai)
    row = event(ai, session_id=run, optimization_id=done, template_id=used)
    ai.remove("ai_processing_sessions", run)
    ai.remove("optimization_templates", used)
    assert only(ai.row("optimization_history", row), "session_id", "optimization_id", "template_id") == (None,) * 3


def test_an_unknown_action_is_refused(ai: Service) -> None:
    with ai.refuses("23514", "optimization_history_action_check"):
        event(ai, "deleted")


@pytest.mark.parametrize(
    ("values", "state", "constraint"),
    [
        ({"period_start": DAY}, "23505", "model_performance_history_model_id_period_start_key"),
        ({"period_end": DAY + timedelta(days=1)}, "23514", "model_performance_history_period"),
        ({"requests": 9, "successes": 5, "failures": 5}, "23514", "model_performance_history_outcomes"),
        ({"model_id": uuid4()}, "23503", "model_performance_history_model_id_fkey"),
    ],
)
def test_a_measured_period_is_refused_that_breaks_a_rule(
    ai: Service, values: dict[str, object], state: str, constraint: str
) -> None:
    used = model(ai)
    period(ai, used, 0)
    with ai.refuses(state, constraint):
        period(ai, used, 1, **values)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"aggressiveness": 0}, "user_optimization_preferences_aggressiveness_check"),
        ({"aggressiveness": 11}, "user_optimization_preferences_aggressiveness_check"),
        ({"acceptance_rate": 101}, "user_optimization_preferences_acceptance_rate_check"),
    ],
)
def test_learned_preferences_are_refused_that_break_a_rule(
    ai: Service, values: dict[str, object], constraint: str
) -> None:
    with ai.refuses("23514", constraint):
        ai.add("user_optimization_preferences", **{"user_id": USER} | values)


def test_a_removed_model_takes_its_periods_along_and_is_preferred_no_more(ai: Service) -> None:
    used = model(ai)
    period(ai, used, 0)
    row = ai.add("user_optimization_preferences", user_id=USER, preferred_model_id=used)
    ai.remove("ai_models", used)
    assert ai.count("model_performance_history") == 0
    assert ai.row("user_optimization_preferences", row)["preferred_model_id"] is None
    with ai.refuses("23505", "user_optimization_preferences_user_id_key"):
        ai.add("user_optimization_preferences", user_id=USER)


def test_history_statistics_are_by_action_of_one_user(ai: Service) -> None:
    later = DAY + timedelta(days=1)
    event(ai, score_before=50, score_after=61)
    event(ai, score_before=50, score_after=60, occurred_at=later)
    event(ai, "created", resume_id=uuid4(), occurred_at=OLD)
    event(ai, "rejected", user_id=OTHER)
    applied = ("applied", 2, 1, Decimal("10.50"), later)
    assert tuples(ai, "SELECT * FROM get_history_statistics(%s)", USER) == [applied, ("created", 1, 1, None, OLD)]
    assert tuples(ai, "SELECT * FROM get_history_statistics(%s, %s)", USER, DAY) == [applied]
    assert tuples(ai, "SELECT * FROM get_history_statistics(%s)", uuid4()) == []


def test_trends_are_newest_first_and_compare_with_the_period_before(ai: Service) -> None:
    used = model(ai)
    for number, latency in enumerate((100, 120, None, 90)):
        period(ai, used, number, avg_latency_ms=latency, requests=number, successes=min(number, 2))
    period(ai, model(ai, "other"), 0, avg_latency_ms=1)
    days = [DAY + timedelta(days=number) for number in range(4)]
    assert tuples(ai, "SELECT * FROM get_performance_trends(%s)", used) == [
        (days[3], 3, Decimal("66.67"), Decimal("90.00"), None),
        (days[2], 2, Decimal("100.00"), None, None),
        (days[1], 1, Decimal("100.00"), Decimal("120.00"), Decimal("20.00")),
        (days[0], 0, None, Decimal("100.00"), None),
    ]


def test_the_oldest_period_shown_still_compares_with_the_one_before_it(ai: Service) -> None:
    used = model(ai)
    for number in range(14):
        period(ai, used, number, avg_latency_ms=100 + number)
    changes = ai.values("SELECT latency_change FROM get_performance_trends(%s)", used)
    assert changes == [Decimal("1.00")] * 12


@pytest.mark.parametrize(("periods", "rows"), [(0, 0), (1, 1), (None, 3)])
def test_trends_are_as_many_as_asked_for(ai: Service, periods: int | None, rows: int) -> None:
    used = model(ai)
    for number in range(3):
        period(ai, used, number)
    assert len(ai.rows("SELECT * FROM get_performance_trends(%s, %s)", used, periods)) == rows
    assert ai.rows("SELECT * FROM get_performance_trends(%s)", uuid4()) == []


def test_a_negative_number_of_periods_is_an_error(ai: Service) -> None:
    with ai.refuses("2201W"):
        ai.rows("SELECT * FROM get_performance_trends(%s, -1)", uuid4())


def test_insights_tell_what_worked_best_and_what_was_learned(ai: Service) -> None:
    used = model(ai)
    for kind, after, accepted in (("ats", 60, True), ("ats", 61, False), ("full", 80, True), ("format", None, None)):
        optimization(ai, used, optimization_type=kind, score_before=50, score_after=after, is_accepted=accepted)
    optimization(ai, used, user_id=OTHER, score_before=0, score_after=100)
    ai.add("user_optimization_preferences", user_id=USER, tone="plain", learned={"a": 1})
    found = ai.value("SELECT get_user_insights(%s)", USER)
    preferences = found.pop("preferences")
    assert found == {"optimizations": 4, "accepted": 2, "avg_improvement": 17.0, "best_type": "full"}
    assert "id" not in preferences
    assert only(preferences, "tone", "learned", "user_id") == ("plain", {"a": 1}, str(USER))


@pytest.mark.parametrize("user", [uuid4(), None])
def test_insights_into_nobody_are_zeros_and_nulls(ai: Service, user: UUID | None) -> None:
    optimization(ai, model(ai))
    assert ai.value("SELECT get_user_insights(%s)", user) == {
        "optimizations": 0,
        "accepted": 0,
        "avg_improvement": None,
        "best_type": None,
        "preferences": None,
    }


def test_the_analytics_are_by_week_action_and_template(ai: Service) -> None:
    ai.execute("SET LOCAL TimeZone = 'UTC'")
    used = template(ai)
    event(ai, template_id=used, score_before=50, score_after=60)
    event(ai, template_id=used, user_id=OTHER, score_before=50, score_after=55, occurred_at=DAY + timedelta(days=4))
    event(ai, template_id=used, occurred_at=DAY + timedelta(days=5))
    event(ai, "created")
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    assert tuples(ai, "SELECT * FROM optimization_analytics ORDER BY week, action") == [
        (monday, "applied", "ATS Pass", 2, 2, Decimal("7.50")),
        (monday, "created", None, 1, 1, None),
        (monday + timedelta(days=7), "applied", "ATS Pass", 1, 1, None),
    ]


def test_the_metrics_weigh_periods_by_requests_and_list_unused_models(ai: Service) -> None:
    used, unused = model(ai), model(ai, "unused")
    period(ai, used, 0, requests=10, successes=10, avg_latency_ms=100, total_tokens=5, total_cost_usd=1)
    period(ai, used, 1, requests=30, successes=20, avg_latency_ms=200, total_tokens=5, total_cost_usd=2)
    assert tuples(ai, "SELECT * FROM model_performance_metrics ORDER BY name") == [
        (used, "openai", "gpt-4", DAY + timedelta(days=2), 40, Decimal("75.00"), Decimal("175.00"), 10, Decimal(3)),
        (unused, "openai", "unused", None, None, None, None, None, None),
    ]


def test_a_period_without_a_measured_latency_does_not_lower_the_average(ai: Service) -> None:
    used = model(ai)
    period(ai, used, 0, requests=10, avg_latency_ms=100)
    period(ai, used, 1, requests=30)
    assert ai.value("SELECT avg_latency_ms FROM model_performance_metrics") == Decimal("100.00")
