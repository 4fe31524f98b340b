"""What the tests of the PostgreSQL engine share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.postgres.seeds import Seeds
from tests.fixtures.postgres import Database
from tests.projects.app import App

_HERE = Path(__file__).parent


# What hangs on the tool more than on the server's major; `make soak` has them on both.
_ON_ONE_MAJOR = (
    "test_failures",
    "test_pooler",
    "test_python_script",
    "test_runner",
    "test_seeding",
    "test_seeding_kill",
    "test_seeding_refused",
    "test_seeding_settings",
    "test_session",
    "test_stopping",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        spec = getattr(item, "callspec", None)
        if item.path.parent == _HERE and item.path.stem in _ON_ONE_MAJOR and spec and spec.params.get("postgres") == 15:
            item.add_marker(pytest.mark.soak)


@pytest.fixture
def app(tmp_path: Path, fresh_database: Database) -> App:
    """A project of one empty target on a new database."""
    return App(tmp_path, fresh_database.url)


@pytest.fixture
def seeds(tmp_path: Path, fresh_database: Database) -> Seeds:
    """The same, with seeds."""
    return Seeds(tmp_path, fresh_database.url)
