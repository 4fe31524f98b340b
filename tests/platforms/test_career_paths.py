"""Paths, milestones and progress of the career platform: what the paths service takes and refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from tests.platforms import career
from tests.platforms.career import add, checks
from tests.platforms.dashboard import Service

USER = UUID(career.user(1))
SKILL = "65a000000000000000000001"
NOW = datetime(2024, 6, 1, tzinfo=UTC)


def path(paths: Service, title: str = "Engineer", **values: Any) -> UUID:
    made: UUID = add(paths, "career_paths", title=title, **values)["path_id"]
    return made


def milestone(paths: Service, of: UUID, order: int = 1, **values: Any) -> UUID:
    made = add(paths, "career_milestones", path_id=of, title="step", order_sequence=order, **values)
    identity: UUID = made["milestone_id"]
    return identity


def test_a_path_has_its_name_once_an_industry(career_paths: Service) -> None:
    path(career_paths, "Engineer", industry="Software")
    path(career_paths, "Engineer", industry="Rail")
    path(career_paths, "Engineer")
    for title, industry in (("ENGINEER", "Software"), ("engineer", None)):
        with career_paths.refuses("23505", "uq_career_paths_title_industry"):
            path(career_paths, title, industry=industry)


def test_milestones_stand_in_an_order_and_go_with_their_path(career_paths: Service) -> None:
    first, second = path(career_paths, "a"), path(career_paths, "b")
    milestone(career_paths, first, 1), milestone(career_paths, first, 2), milestone(career_paths, second, 1)
    with career_paths.refuses("23505", "career_milestones_path_id_order_sequence_key"):
        milestone(career_paths, first, 2)
    career_paths.execute("DELETE FROM career_paths WHERE path_id = %s", first)
    assert career_paths.values("SELECT path_id FROM career_milestones") == [second]


@pytest.mark.parametrize(
    ("table", "column", "taken", "refused"),
    [
        ("career_paths", "required_years_experience", [0, None], [-1]),
        ("career_paths", "difficulty_level", ["beginner", "expert", None], ["easy"]),
        ("career_paths", "average_completion_time", [1, None], [0]),
        ("career_milestones", "order_sequence", [1], [0]),
        ("career_milestones", "estimated_duration", [1, None], [0]),
        ("career_milestones", "required_skills", [Jsonb([])], [Jsonb({}), Jsonb("x"), Jsonb(None)]),
        ("career_milestones", "optional_skills", [Jsonb([1])], [Jsonb({})]),
        ("user_career_progress", "completion_percentage", [0, 100], [-1, 101]),
        ("user_career_progress", "status", ["not_started", "in_progress", "paused", "abandoned"], ["done"]),
    ],
)
def test_paths_take_what_they_must_and_nothing_else(
    career_paths: Service, table: str, column: str, taken: list[object], refused: list[object]
) -> None:
    one = path(career_paths)
    milestone(career_paths, one)
    add(career_paths, "user_career_progress", user_id=USER, path_id=one)
    change = f"UPDATE {table} SET {column} = %s"
    for value in taken:
        career_paths.execute(change, value)
    for value in refused:
        with career_paths.refuses("23514", f"{table}_{column}_check"):
            career_paths.execute(change, value)


def test_progress_is_at_a_milestone_of_its_own_path_and_outlives_it(career_paths: Service) -> None:
    one, other = path(career_paths, "a"), path(career_paths, "b")
    here, elsewhere = milestone(career_paths, one), milestone(career_paths, other)
    with career_paths.refuses("23503", "user_career_progress_milestone_of_path"):
        add(career_paths, "user_career_progress", user_id=USER, path_id=one, current_milestone_id=elsewhere)
    add(career_paths, "user_career_progress", user_id=USER, path_id=one, current_milestone_id=here)
    career_paths.execute("DELETE FROM career_milestones WHERE milestone_id = %s", here)
    left = career_paths.one("SELECT path_id, current_milestone_id FROM user_career_progress")
    assert left == {"path_id": one, "current_milestone_id": None}
    # PostgreSQL 18 tells RESTRICT by a state of its own.
    state = "23001" if career_paths.connection.info.server_version >= 180000 else "23503"
    with career_paths.refuses(state, "user_career_progress_path_id_fkey"):
        career_paths.execute("DELETE FROM career_paths WHERE path_id = %s", one)


def test_progress_ends_after_it_began_and_is_complete_at_a_hundred_percent(career_paths: Service) -> None:
    given = {"user_id": USER, "path_id": path(career_paths)}
    with career_paths.refuses("23514", "user_career_progress_ends_after_start"):
        soon = {"start_date": NOW, "estimated_completion_date": NOW - timedelta(seconds=1)}
        add(career_paths, "user_career_progress", **given, **soon)
    with career_paths.refuses("23514", "user_career_progress_completed_is_all"):
        add(career_paths, "user_career_progress", **given, status="completed", completion_percentage=99)
    add(career_paths, "user_career_progress", **given, status="completed", completion_percentage=100)


def test_a_user_is_on_a_path_once_at_a_time(career_paths: Service) -> None:
    given = {"user_id": USER, "path_id": path(career_paths)}
    add(career_paths, "user_career_progress", **given, status="abandoned")
    add(career_paths, "user_career_progress", **given, status="paused")
    with career_paths.refuses("23505", "uq_user_career_progress_open"):
        add(career_paths, "user_career_progress", **given)
    career_paths.execute("UPDATE user_career_progress SET status = 'completed', completion_percentage = 100")
    add(career_paths, "user_career_progress", **given)
    assert career_paths.count("user_career_progress") == 3


def test_a_path_tells_when_it_was_changed(career_paths: Service) -> None:
    path(career_paths, updated_at=NOW)
    career_paths.execute("UPDATE career_paths SET description = 'x'")
    assert career_paths.value("SELECT updated_at = now() FROM career_paths") is True


def test_the_check_of_skill_lists_finds_every_element_of_another_shape(career_paths: Service) -> None:
    (check,) = checks("career_paths").values()
    good = [{"skill_id": SKILL, "level": level} for level in ("beginner", "intermediate", "advanced")]
    bad: list[Any] = [
        SKILL,
        None,
        [],
        {},
        {"skill_id": SKILL},
        {"level": "beginner"},
        {"skill_id": SKILL, "level": "expert"},
        {"skill_id": SKILL, "level": None},
        {"skill_id": SKILL.upper(), "level": "beginner"},
        {"skill_id": SKILL[1:], "level": "beginner"},
        {"skill_id": 65, "level": "beginner"},
    ]
    one = path(career_paths)
    milestone(career_paths, one, 1, required_skills=good, optional_skills=good)
    assert career_paths.rows(check) == []
    for order, column in ((2, "required_skills"), (3, "optional_skills")):
        odd = milestone(career_paths, one, order, **{column: bad})
        found = [row for row in career_paths.rows(check) if row["milestone_id"] == odd]
        assert [row["list"] for row in found] == [column] * len(bad)
        assert [row["element"] for row in found] == bad


def test_who_needs_a_skill_is_found_by_its_index(career_paths: Service) -> None:
    one = path(career_paths)
    needs = milestone(career_paths, one, 1, required_skills=[{"skill_id": SKILL, "level": "beginner"}])
    milestone(career_paths, one, 2, required_skills=[{"skill_id": SKILL[::-1], "level": "beginner"}])
    career_paths.execute("SET LOCAL enable_seqscan = off")
    question = "SELECT milestone_id FROM career_milestones WHERE required_skills @> %s"
    wanted = Jsonb([{"skill_id": SKILL}])
    assert career_paths.values(question, wanted) == [needs]
    plan = "\n".join(career_paths.values(f"EXPLAIN {question}", wanted))
    assert "idx_career_milestones_required_skills" in plan
