"""What a project shows of itself."""

from __future__ import annotations

from pathlib import Path

from schemactl.project.config import load


def test_a_project_shows_nothing_of_its_environment(tmp_path: Path) -> None:
    (tmp_path / "schemactl.toml").write_text("")
    (tmp_path / "schemas").mkdir()
    project = load(tmp_path, environ={"PGPASSWORD": "hidden-word"})
    assert project.environ["PGPASSWORD"] == "hidden-word"
    assert "hidden-word" not in repr(project)
