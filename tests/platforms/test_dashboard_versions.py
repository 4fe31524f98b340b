"""The resume service's version control: numbers without gaps, whoever writes; changes by section; comparison."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.fixtures.postgres import Database
from tests.platforms import dashboard
from tests.platforms.dashboard import Service, only

USER = UUID("11111111-1111-1111-1111-111111111111")


def resume(resumes: Service, **values: object) -> UUID:
    return resumes.add("resumes", **{"user_id": USER, "title": "Engineer"} | values)


def numbers(resumes: Service, row: UUID) -> list[int]:
    query = "SELECT version_number FROM resume_versions WHERE resume_id = %s ORDER BY version_number"
    return resumes.values(query, row)


def version(resumes: Service, row: UUID, number: int) -> dict[str, Any]:
    query = "SELECT * FROM resume_versions WHERE resume_id = %s AND version_number = %s"
    return resumes.one(query, row, number)


def changes(resumes: Service, row: UUID, number: int) -> dict[str, tuple[Any, ...]]:
    found = resumes.rows(
        "SELECT * FROM resume_version_changes WHERE version_id = %s", version(resumes, row, number)["id"]
    )
    return {one["section"]: only(one, "change_type", "old_value", "new_value") for one in found}


def compared(resumes: Service, first: UUID | None, second: UUID | None) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in resumes.rows("SELECT * FROM compare_resume_versions(%s, %s)", first, second)]


def test_a_new_resume_has_version_one(resumes: Service) -> None:
    row = resume(resumes, content="text", content_json={"skills": ["sql"]})
    first = version(resumes, row, 1)
    names = "content content_json change_source change_summary created_by_user_id"
    assert only(first, *names.split()) == ("text", {"skills": ["sql"]}, "initial", None, None)
    assert changes(resumes, row, 1) == {}


def test_each_change_of_content_is_the_next_version(resumes: Service) -> None:
    row, other = resume(resumes), resume(resumes)
    for text in ("a", "b"):
        resumes.change("resumes", row, content=text)
    resumes.change("resumes", other, content_json={"a": 1})
    assert (numbers(resumes, row), numbers(resumes, other)) == ([1, 2, 3], [1, 2])
    assert (version(resumes, row, 3)["content"], version(resumes, row, 3)["change_source"]) == ("b", "manual")


def test_a_change_of_anything_else_makes_no_version(resumes: Service) -> None:
    row = resume(resumes, content="same", content_json={"a": 1})
    resumes.change("resumes", row, title="Senior engineer", processing_status="ready")
    resumes.change("resumes", row, content="same", content_json={"a": 1})
    assert numbers(resumes, row) == [1]


def test_sections_are_added_removed_and_modified(resumes: Service) -> None:
    row = resume(resumes, content_json={"kept": 1, "edited": [1], "dropped": "x", "emptied": "x"})
    resumes.change("resumes", row, content_json={"kept": 1, "edited": [2], "new": {"a": 1}, "emptied": None})
    assert changes(resumes, row, 2) == {
        "edited": ("modified", [1], [2]),
        "dropped": ("removed", "x", None),
        "new": ("added", None, {"a": 1}),
        "emptied": ("modified", "x", None),
    }


def test_a_section_may_hold_a_json_null(resumes: Service) -> None:
    row = resume(resumes, content_json={"gone": None})
    resumes.change("resumes", row, content_json={"come": None})
    found = resumes.rows("SELECT section, change_type, old_value::text, new_value::text FROM resume_version_changes")
    assert sorted(tuple(one.values()) for one in found) == [
        ("come", "added", None, "null"),
        ("gone", "removed", "null", None),
    ]


def test_a_change_of_the_text_alone_names_no_section(resumes: Service) -> None:
    row = resume(resumes, content_json={"a": 1})
    resumes.change("resumes", row, content="new text")
    assert (numbers(resumes, row), changes(resumes, row, 2)) == ([1, 2], {})


def test_source_summary_and_author_come_from_the_session(resumes: Service) -> None:
    row = resume(resumes)
    resumes.execute("SET LOCAL app.change_source = 'optimization'")
    resumes.execute("SET LOCAL app.change_summary = 'keywords'")
    resumes.execute(f"SET LOCAL app.user_id = '{USER}'")
    resumes.change("resumes", row, content="x")
    second = version(resumes, row, 2)
    assert only(second, "change_source", "change_summary", "created_by_user_id") == ("optimization", "keywords", USER)
    assert version(resumes, resume(resumes), 1)["change_source"] == "initial"


def test_settings_made_with_set_local_end_with_their_transaction(own: Callable[[str], Service]) -> None:
    resumes = own("resume_service_db")
    row = resume(resumes)
    resumes.execute("SET LOCAL app.change_source = 'restore'")
    resumes.execute(f"SET LOCAL app.user_id = '{USER}'")
    resumes.connection.commit()
    resumes.change("resumes", row, content="x")
    second = version(resumes, row, 2)
    assert only(second, "change_source", "change_summary", "created_by_user_id") == ("manual", None, None)


@pytest.mark.parametrize(
    ("setting", "value", "state"),
    [
        ("change_source", "guess", "23514"),
        ("change_source", "longer than twelve", "22001"),
        ("user_id", "ana", "22P02"),
    ],
)
def test_a_change_with_a_wrong_setting_is_refused_whole(resumes: Service, setting: str, value: str, state: str) -> None:
    row = resume(resumes, content="before")
    resumes.execute(f"SET LOCAL app.{setting} = '{value}'")
    with resumes.refuses(state):
        resumes.change("resumes", row, content="after")
    assert (resumes.row("resumes", row)["content"], numbers(resumes, row)) == ("before", [1])


def test_a_refused_change_leaves_no_gap(resumes: Service) -> None:
    row = resume(resumes)
    with resumes.refuses("23514", "resumes_content_json_check"):
        resumes.change("resumes", row, content_json=Jsonb([1]))
    with resumes.refuses("22001"):
        resumes.change("resumes", row, content_json={"k" * 81: 1})
    resumes.change("resumes", row, content="x")
    assert numbers(resumes, row) == [1, 2]


def test_writers_at_the_same_time_get_numbers_without_gaps(own: Callable[[str], Service]) -> None:
    resumes = own("resume_service_db")
    row = resume(resumes)
    resumes.connection.commit()

    def write(name: str) -> None:
        with psycopg.connect(resumes.url, autocommit=True) as connection:
            for turn in range(10):
                connection.execute("UPDATE resumes SET content = %s WHERE id = %s", [f"{name}{turn}", row])

    writers = [threading.Thread(target=write, args=[name]) for name in "abcdef"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert numbers(resumes, row) == list(range(1, 62))


def test_a_writer_waits_for_the_one_before_and_follows_its_number(own: Callable[[str], Service]) -> None:
    resumes = own("resume_service_db")
    row = resume(resumes)
    resumes.connection.commit()
    resumes.change("resumes", row, content="first")

    def write() -> None:
        with psycopg.connect(resumes.url, autocommit=True) as connection:
            connection.execute("UPDATE resumes SET content = 'second' WHERE id = %s", [row])

    second = threading.Thread(target=write)
    second.start()
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(resumes.url, autocommit=True) as watcher:
        while watcher.execute(waiting).fetchone() != (1,):
            assert second.is_alive()
    resumes.connection.commit()
    second.join()
    assert [version(resumes, row, number)["content"] for number in (2, 3)] == ["first", "second"]


def test_a_repeatable_read_that_comes_second_is_refused_not_misnumbered(own: Callable[[str], Service]) -> None:
    resumes = own("resume_service_db")
    row = resume(resumes)
    resumes.connection.commit()
    resumes.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    resumes.count("resumes")
    with psycopg.connect(resumes.url, autocommit=True) as other:
        other.execute("UPDATE resumes SET content = 'first' WHERE id = %s", [row])
    with resumes.refuses("40001"):
        resumes.change("resumes", row, content="second")
    resumes.connection.rollback()
    assert numbers(resumes, row) == [1, 2]


def test_the_history_is_newest_first_and_counts_changes(resumes: Service) -> None:
    row, _ = resume(resumes, content_json={"a": 1}), resume(resumes)
    resumes.execute("SET LOCAL app.change_summary = 'two sections'")
    resumes.execute(f"SET LOCAL app.user_id = '{USER}'")
    resumes.change("resumes", row, content_json={"a": 2, "b": 1})
    found = resumes.rows("SELECT * FROM get_resume_version_history(%s)", row)
    now = resumes.value("SELECT now()")
    assert [tuple(one.values()) for one in found] == [
        (2, version(resumes, row, 2)["id"], "manual", "two sections", 2, USER, now),
        (1, version(resumes, row, 1)["id"], "initial", None, 0, None, now),
    ]


@pytest.mark.parametrize("row", [uuid4(), None])
def test_the_history_of_nothing_is_empty(resumes: Service, row: UUID | None) -> None:
    resume(resumes)
    assert resumes.rows("SELECT * FROM get_resume_version_history(%s)", row) == []


def test_versions_are_compared_in_either_direction(resumes: Service) -> None:
    row = resume(resumes, content_json={"z": 1, "a": 1, "same": 0})
    resumes.change("resumes", row, content_json={"z": 2, "m": 3, "same": 0})
    first, second = (version(resumes, row, number)["id"] for number in (1, 2))
    assert compared(resumes, first, second) == [
        ("a", "removed", 1, None),
        ("m", "added", None, 3),
        ("z", "modified", 1, 2),
    ]
    assert [one[:2] for one in compared(resumes, second, first)] == [
        ("a", "added"),
        ("m", "removed"),
        ("z", "modified"),
    ]


def test_versions_with_equal_sections_do_not_differ(resumes: Service) -> None:
    row = resume(resumes, content_json={"a": 1})
    resumes.change("resumes", row, content="another text")
    first, second = (version(resumes, row, number)["id"] for number in (1, 2))
    assert compared(resumes, first, first) == compared(resumes, first, second) == []


@pytest.mark.parametrize("other", [uuid4(), None])
def test_an_unknown_version_compares_as_an_empty_one(resumes: Service, other: UUID | None) -> None:
    first = version(resumes, resume(resumes, content_json={"a": 1}), 1)["id"]
    assert compared(resumes, other, first) == [("a", "added", None, 1)]
    assert compared(resumes, first, other) == [("a", "removed", 1, None)]
    assert compared(resumes, other, other) == []


def test_the_summary_has_one_row_a_resume(resumes: Service) -> None:
    row, other = resume(resumes), resume(resumes)
    resumes.change("resumes", row, content="by hand")
    resumes.execute("SET LOCAL app.change_source = 'optimization'")
    resumes.change("resumes", row, content="by the machine")
    found = {one.pop("resume_id"): one for one in resumes.rows("SELECT * FROM resume_version_summary")}
    names = ("versions", "latest_version", "optimized_versions")
    assert {key: only(one, *names) for key, one in found.items()} == {row: (3, 3, 1), other: (1, 1, 0)}


def test_versions_and_changes_go_with_their_resume(resumes: Service) -> None:
    row = resume(resumes)
    resumes.change("resumes", row, content_json={"a": 1})
    assert resumes.count("resume_version_changes") == 1
    resumes.remove("resumes", row)
    assert (resumes.count("resume_versions"), resumes.count("resume_version_changes")) == (0, 0)


@pytest.mark.parametrize(
    ("values", "state", "constraint"),
    [
        ({"version_number": 0}, "23514", "resume_versions_version_number_check"),
        ({"version_number": 1}, "23505", "resume_versions_resume_id_version_number_key"),
        ({"change_source": "guess"}, "23514", "resume_versions_change_source_check"),
        ({"resume_id": uuid4()}, "23503", "resume_versions_resume_id_fkey"),
    ],
)
def test_a_version_is_refused_that_breaks_a_rule(
    resumes: Service, values: dict[str, object], state: str, constraint: str
) -> None:
    given = {"version_number": 2, "content": "", "content_json": {}, "change_source": "manual"}
    row = resume(resumes)
    with resumes.refuses(state, constraint):
        resumes.add("resume_versions", **{"resume_id": row} | given | values)


@pytest.mark.parametrize(
    ("kind", "old", "new", "constraint"),
    [
        ("moved", {}, {}, "resume_version_changes_change_type_check"),
        ("added", {}, {}, "resume_version_changes_added_has_no_old"),
        ("modified", None, {}, "resume_version_changes_added_has_no_old"),
        ("removed", {}, {}, "resume_version_changes_removed_has_no_new"),
        ("modified", {}, None, "resume_version_changes_removed_has_no_new"),
    ],
)
def test_a_change_is_refused_whose_values_do_not_fit_its_kind(
    resumes: Service, kind: str, old: object, new: object, constraint: str
) -> None:
    first = version(resumes, resume(resumes), 1)["id"]
    with resumes.refuses("23514", constraint):
        resumes.add(
            "resume_version_changes", version_id=first, section="s", change_type=kind, old_value=old, new_value=new
        )


def test_a_resume_older_than_version_control_keeps_what_stood_there(fresh_database: Database) -> None:
    url = fresh_database.url
    dashboard.apply(url, "resume_service_db", "up", ["001"])
    made = datetime(2020, 1, 1, tzinfo=UTC)
    with dashboard.rolled_back(url) as resumes:
        row = resume(resumes, content="original", content_json={"a": 1}, created_at=made)
        resumes.connection.commit()
    dashboard.apply(url, "resume_service_db", "up", ["002"])
    with dashboard.rolled_back(url) as resumes:
        resumes.change("resumes", row, content="edited", content_json={"a": 2})
        first = version(resumes, row, 1)
        assert only(first, "content", "content_json", "change_source", "created_at") == (
            "original",
            {"a": 1},
            "initial",
            made,
        )
        assert (numbers(resumes, row), changes(resumes, row, 2)) == ([1, 2], {"a": ("modified", 1, 2)})
