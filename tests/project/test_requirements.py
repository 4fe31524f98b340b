"""`requires=` is brought to a target and a version that are there, or refused on its line."""

from __future__ import annotations

import pytest

from schemactl.model.requirement import Requirement
from schemactl.model.version import Version
from schemactl.project.migrations import migrations
from schemactl.project.requirements import Requirements
from schemactl.project.scripts import script_of
from tests.project.folder import ProjectFolder, refused

FILE = "migrations/jobs/users_db/0005_e.sql"


def required(folder: ProjectFolder, *directives: str) -> tuple[Requirement, ...]:
    lines = "".join(f"-- schemactl: requires={directive}\n" for directive in directives)
    folder.migration("0005_e.sql", f"-- migrate:up\n{lines}SELECT 1;\n")
    project, target = folder.load(), folder.target()
    file = next(file for file in migrations(project, target) if file.name == "e")
    return Requirements(project).of(target, file, script_of(file, "postgres"))


def test_a_version_is_met_by_its_number(folder: ProjectFolder) -> None:
    folder.migration("0003_c.sql", target="events_db")
    assert required(folder, "events_db@3") == (Requirement("jobs", "events_db", Version("3")),)


def test_several_come_sorted_and_each_once(folder: ProjectFolder) -> None:
    folder.migration("1_a.sql")
    folder.migration("1_a.sql", target="events_db")
    assert required(folder, "users_db@1, events_db@1", "jobs/events_db@001") == (
        Requirement("jobs", "events_db", Version("1")),
        Requirement("jobs", "users_db", Version("1")),
    )


def test_another_platforms_target_may_be_required(folder: ProjectFolder) -> None:
    folder.write("schemas/career/platform.toml", 'name = "career"\n[targets.skills]\nengine = "postgres"\n')
    folder.write("migrations/career/skills/9_i.sql", "-- migrate:up\nSELECT 1;\n")
    assert required(folder, "career/skills@9") == (Requirement("career", "skills", Version("9")),)


def test_a_file_without_the_directive_requires_nothing(folder: ProjectFolder) -> None:
    assert required(folder) == ()


@pytest.mark.parametrize(
    ("directive", "said", "do"),
    [
        ("event_db@1", "no target `event_db` on platform jobs", "did you mean `events_db`?"),
        ("job/events_db@1", "no platform `job`", "did you mean `jobs`?"),
        ("events_db@7", "jobs/events_db has no migration 7", "migrations/jobs/events_db"),
        ("events_db", "is not target@version", "requires=users_db@0003"),
        ("events_db@one", "is not target@version", "requires=users_db@0003"),
        ("a/b/c@1", "is not target@version", "requires=users_db@0003"),
        ("users_db@5", "requires itself or what comes after it", "remove"),
        ("users_db@0006", "requires itself or what comes after it", "remove"),
    ],
)
def test_what_cannot_be_met_is_refused_on_its_line(folder: ProjectFolder, directive: str, said: str, do: str) -> None:
    folder.migration("0006_f.sql")
    folder.migration("1_a.sql", target="events_db")
    with refused(f"{FILE}:2", kind="requirement", said=said, do=do):
        required(folder, directive)
