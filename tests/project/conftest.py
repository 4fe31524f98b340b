"""Fixtures of the project tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.folder import ProjectFolder


@pytest.fixture
def folder(tmp_path: Path) -> ProjectFolder:
    root = tmp_path / "project"
    root.mkdir()
    return ProjectFolder(root)
