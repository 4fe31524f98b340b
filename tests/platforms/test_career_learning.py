"""Courses, enrolments and what a course teaches: what the learning service takes and refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.platforms import career
from tests.platforms.career import add, checks
from tests.platforms.dashboard import Service

USER = UUID(career.user(1))
SKILL = "65a000000000000000000001"
NOW = datetime(2024, 6, 1, tzinfo=UTC)


def course(learning: Service, **values: Any) -> UUID:
    made: UUID = add(learning, "courses", **{"title": "SQL"} | values)["course_id"]
    return made


def enrolled(learning: Service, *courses: UUID) -> list[int]:
    return [learning.value("SELECT total_enrollments FROM courses WHERE course_id = %s", one) for one in courses]


def test_a_new_course_has_its_defaults_and_a_change_its_time(career_learning: Service) -> None:
    made = add(career_learning, "courses", title="SQL", updated_at=NOW, price=Decimal("19.99"))
    assert [made[name] for name in ("currency", "total_enrollments", "price")] == ["USD", 0, Decimal("19.99")]
    career_learning.execute("UPDATE courses SET description = 'x'")
    assert career_learning.value("SELECT updated_at = now() FROM courses") is True


def test_enrolments_are_counted_as_they_come_go_and_move(career_learning: Service) -> None:
    one, other = course(career_learning), course(career_learning)
    people = [uuid4() for _ in range(3)]
    for person in people:
        add(career_learning, "user_courses", user_id=person, course_id=one)
    assert enrolled(career_learning, one, other) == [3, 0]
    career_learning.execute("UPDATE user_courses SET course_id = %s WHERE user_id <> %s", other, people[0])
    assert enrolled(career_learning, one, other) == [1, 2]
    career_learning.execute("UPDATE user_courses SET course_id = course_id, progress_percentage = 50")
    assert enrolled(career_learning, one, other) == [1, 2]
    career_learning.execute("DELETE FROM user_courses WHERE user_id = %s", people[1])
    assert enrolled(career_learning, one, other) == [1, 1]
    (check,) = checks("career_learning").values()
    assert career_learning.rows(check) == []


def test_a_refused_enrolment_counts_nowhere(career_learning: Service) -> None:
    one = course(career_learning)
    add(career_learning, "user_courses", user_id=USER, course_id=one)
    with career_learning.refuses("23505", "user_courses_course_id_user_id_key"):
        add(career_learning, "user_courses", user_id=USER, course_id=one)
    with career_learning.refuses("23503", "user_courses_course_id_fkey"):
        add(career_learning, "user_courses", user_id=USER, course_id=uuid4())
    assert enrolled(career_learning, one) == [1]


def test_the_check_of_enrolments_finds_a_count_that_is_off(career_learning: Service) -> None:
    (check,) = checks("career_learning").values()
    one, _ = course(career_learning), course(career_learning)
    add(career_learning, "user_courses", user_id=USER, course_id=one)
    assert career_learning.rows(check) == []
    career_learning.execute("TRUNCATE user_courses")
    assert career_learning.rows(check) == [{"course_id": one, "total_enrollments": 1, "enrolled": 0}]


def test_a_course_with_enrolments_stays_and_what_it_teaches_goes_with_it(career_learning: Service) -> None:
    one, other = course(career_learning), course(career_learning)
    for each in (one, other):
        add(career_learning, "course_skills", course_id=each, skill_id=SKILL, skill_name="JavaScript")
    add(career_learning, "user_courses", user_id=USER, course_id=one)
    # PostgreSQL 18 tells RESTRICT by a state of its own.
    state = "23001" if career_learning.connection.info.server_version >= 180000 else "23503"
    with career_learning.refuses(state, "user_courses_course_id_fkey"):
        career_learning.execute("DELETE FROM courses WHERE course_id = %s", one)
    career_learning.execute("DELETE FROM courses WHERE course_id = %s", other)
    assert career_learning.values("SELECT course_id FROM course_skills") == [one]


def test_who_has_completed_a_course_has_a_date_and_nobody_else(career_learning: Service) -> None:
    given = {"user_id": USER, "course_id": course(career_learning), "enrollment_date": NOW}
    with career_learning.refuses("23514", "user_courses_completed_has_date"):
        add(career_learning, "user_courses", **given, status="completed")
    with career_learning.refuses("23514", "user_courses_completed_has_date"):
        add(career_learning, "user_courses", **given, completion_date=NOW)
    early = {"status": "completed", "completion_date": NOW - timedelta(seconds=1)}
    with career_learning.refuses("23514", "user_courses_ends_after_start"):
        add(career_learning, "user_courses", **given, **early)
    add(career_learning, "user_courses", **given, status="completed", completion_date=NOW)


@pytest.mark.parametrize(
    ("table", "column", "taken", "refused"),
    [
        ("courses", "difficulty_level", ["beginner", "intermediate", "advanced", "expert", None], ["easy"]),
        ("courses", "duration_hours", [1, None], [0]),
        ("courses", "price", [0, None], [Decimal("-0.01")]),
        ("courses", "rating", [0, 5, None], [Decimal("5.01"), Decimal("9.99"), Decimal("-0.01")]),
        ("courses", "total_enrollments", [0], [-1]),
        ("user_courses", "progress_percentage", [0, 100], [-1, 101]),
        ("user_courses", "status", ["in_progress", "dropped", "enrolled"], ["paused"]),
        ("course_skills", "skill_id", ["0" * 24], ["", "0" * 23, SKILL[:-1] + "F", SKILL[:-1] + "g"]),
        ("course_skills", "target_level", ["beginner", "intermediate", "advanced"], ["expert"]),
    ],
)
def test_courses_take_what_they_must_and_nothing_else(
    career_learning: Service, table: str, column: str, taken: list[object], refused: list[object]
) -> None:
    one = course(career_learning)
    add(career_learning, "user_courses", user_id=USER, course_id=one)
    add(career_learning, "course_skills", course_id=one, skill_id=SKILL, skill_name="JavaScript")
    change = f"UPDATE {table} SET {column} = %s"
    for value in taken:
        career_learning.execute(change, value)
    for value in refused:
        with career_learning.refuses("23514", f"{table}_{column}_check"):
            career_learning.execute(change, value)


def test_a_course_teaches_a_skill_once(career_learning: Service) -> None:
    one = course(career_learning)
    made = add(career_learning, "course_skills", course_id=one, skill_id=SKILL, skill_name="JavaScript")
    assert (made["target_level"], made["is_primary"]) == ("beginner", False)
    with career_learning.refuses("23505", "course_skills_pkey"):
        add(career_learning, "course_skills", course_id=one, skill_id=SKILL, skill_name="JavaScript")
