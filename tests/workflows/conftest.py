"""A platform of its own for each test."""

from __future__ import annotations

import pytest

from tests.workflows.platform import Platform


@pytest.fixture
def town() -> Platform:
    return Platform()
