"""`new` writes the next migration of a target, and never over another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

import pytest

from schemactl.events import Event, Warned
from schemactl.project.migrations import migrations
from schemactl.project.scripts import script_of
from schemactl.workflows import new
from schemactl.workflows.new import NewPlan
from tests.project.folder import PLATFORM, ProjectFolder, refused

NOW = datetime(2026, 11, 21, 7, 30, 5, tzinfo=UTC)


def planned(
    folder: ProjectFolder,
    words: str = "add city",
    *,
    format: Literal["sql", "cypher", "json", "py"] | None = None,
    timestamp: bool = False,
    now: datetime = NOW,
) -> NewPlan:
    return new.plan(folder.load(), folder.target(), words=words, format=format, timestamp=timestamp, now=now)


@pytest.mark.parametrize(
    ("there", "name"),
    [
        ([], "0001_add_city.sql"),
        (["0001_a.sql"], "0002_add_city.sql"),
        (["001_a.sql", "002_b.sql"], "003_add_city.sql"),
        (["9_a.sql"], "10_add_city.sql"),
        (["0009_b.sql", "3_a.sql"], "0010_add_city.sql"),
        (["9999_a.sql"], "10000_add_city.sql"),
        (["20260101120000_a.sql"], "20261121073005_add_city.sql"),
        (["_draft.sql"], "0001_add_city.sql"),
    ],
)
def test_the_next_number_is_written_as_those_before_it(folder: ProjectFolder, there: list[str], name: str) -> None:
    for other in there:
        folder.migration(other)
    plan = planned(folder)
    assert (plan.path.name, plan.shown) == (name, f"migrations/jobs/users_db/{name}")


def test_a_timestamp_is_in_utc(folder: ProjectFolder) -> None:
    folder.migration("0001_a.sql")
    now = NOW.astimezone(timezone(timedelta(hours=5)))
    assert planned(folder, timestamp=True, now=now).path.name == "20261121073005_add_city.sql"


def test_a_clock_that_is_behind_is_told_and_the_order_kept(folder: ProjectFolder) -> None:
    folder.migration("20991231235959_a.sql")
    plan = planned(folder, timestamp=True)
    heard: list[Event] = []
    assert new.run(plan, heard.append).name == "20991231235960_add_city.sql"
    assert [type(event) for event in heard] == [Warned]


def test_planning_creates_nothing(folder: ProjectFolder) -> None:
    assert not planned(folder).path.exists()


@pytest.mark.parametrize("written", ["sql", "py"])
def test_what_was_written_is_a_migration_with_a_way_back(folder: ProjectFolder, written: Literal["sql", "py"]) -> None:
    new.run(planned(folder, 'add "city" \\ etc', format=written))
    (file,) = migrations(folder.load(), folder.target())
    script = script_of(file, "postgres")
    assert file.label == "0001_add_city_etc"
    assert script.description.startswith("add")
    assert script.down is not None


@pytest.mark.parametrize("words", ["migrate:up", "schemactl: requires=x@1"])
def test_words_that_look_like_a_marker_are_a_title(folder: ProjectFolder, words: str) -> None:
    new.run(planned(folder, words))
    (file,) = migrations(folder.load(), folder.target())
    assert script_of(file, "postgres").up.directives.requires == ()


def test_a_cypher_file_is_marked_as_cypher(folder: ProjectFolder) -> None:
    folder.write("schemas/jobs/platform.toml", PLATFORM.replace("postgres", "neo4j", 1))
    new.run(planned(folder))
    (file,) = migrations(folder.load(), folder.target())
    assert file.text == "// add city\n\n// migrate:up\n\n// migrate:down\n"
    assert script_of(file, "neo4j").down is not None


def test_a_json_file_has_both_ways(folder: ProjectFolder) -> None:
    folder.write("schemas/jobs/platform.toml", PLATFORM.replace("postgres", "mongodb", 1))
    assert new.run(planned(folder)).read_text() == '{\n  "up": [],\n  "down": []\n}\n'


def test_a_missing_folder_is_created(folder: ProjectFolder) -> None:
    (folder.root / "migrations/jobs/users_db").rmdir()
    assert new.run(planned(folder)).is_file()


def test_a_file_that_appears_after_the_plan_is_kept(folder: ProjectFolder) -> None:
    plan = planned(folder)
    folder.migration("0001_add_city.sql", "mine")
    with refused("migrations/jobs/users_db/0001_add_city.sql", kind="exists", said="there already"):
        new.run(plan)
    assert plan.path.read_text() == "mine"


def test_words_without_a_letter_are_refused(folder: ProjectFolder) -> None:
    with refused(None, kind="wrong_name", said="no letter or digit", do="`add city`"):
        planned(folder, " -- ")


def test_a_format_of_another_engine_is_refused(folder: ProjectFolder) -> None:
    with refused(None, kind="wrong_format", said=".sql and .py, not .cypher"):
        planned(folder, format="cypher")


def test_a_folder_that_does_not_hold_is_refused_before_anything_is_written(folder: ProjectFolder) -> None:
    folder.migration("1_a.sql")
    folder.migration("01_b.sql")
    with refused("migrations/jobs/users_db/1_a.sql", kind="duplicate_version"):
        planned(folder)
