"""Fixtures of the project tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests.project.folder import ProjectFolder

# A busy machine makes an example slow, and slow is not wrong.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def folder(tmp_path: Path) -> ProjectFolder:
    root = tmp_path / "project"
    root.mkdir()
    return ProjectFolder(root)
