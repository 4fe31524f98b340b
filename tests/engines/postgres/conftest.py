"""What the tests of the PostgreSQL engine share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.postgres.seeds import Seeds
from tests.fixtures.postgres import Database
from tests.projects.app import App


@pytest.fixture
def app(tmp_path: Path, fresh_database: Database) -> App:
    """A project of one empty target on a new database."""
    return App(tmp_path, fresh_database.url)


@pytest.fixture
def seeds(tmp_path: Path, fresh_database: Database) -> Seeds:
    """The same, with seeds."""
    return Seeds(tmp_path, fresh_database.url)
