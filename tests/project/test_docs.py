"""What docs/projects.md shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.project.folder import ProjectFolder

PAGE = Path(__file__).parents[2] / "docs/projects.md"


def block(language: str, first: str) -> str:
    """The fenced block of a language that begins with this line."""
    (found,) = re.findall(
        rf"^```{language}\n({re.escape(first)}.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return str(found)


@pytest.fixture
def shown(folder: ProjectFolder) -> ProjectFolder:
    folder.write("schemactl.toml", block("toml", "# schemactl.toml"))
    folder.write("schemas/jobs/platform.toml", block("toml", "# schemas/jobs/platform.toml"))
    return folder


def test_the_settings_of_the_page_are_read(shown: ProjectFolder) -> None:
    project = shown.load()
    assert (project.default_platform, project.default_environment) == ("jobs", "dev")
    assert sorted(project.environments["prod"].urls) == ["jobs/events_db", "jobs/users_db"]


def test_the_platform_of_the_page_is_read(shown: ProjectFolder) -> None:
    platform = shown.platform()
    assert [target.name for target in platform.targets] == ["users_db", "events_db"]
    assert [reference.max_orphans for reference in platform.references] == [10, 0]


def test_the_program_of_the_page_runs(
    shown: ProjectFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown.migration("0001_a.sql")
    monkeypatch.chdir(shown.root)
    monkeypatch.setenv("DEV_PASSWORD", "s3cret")
    monkeypatch.setenv("SCHEMACTL_URL__JOBS__EVENTS_DB", "postgresql://db/events")
    exec(block("python", "import os"), {})
    assert capsys.readouterr().out.splitlines() == [
        "jobs/users_db postgresql://app:***@localhost:5432/users_db",
        "['0001_a']",
        "jobs/events_db postgresql://db/events",
        "[]",
    ]
