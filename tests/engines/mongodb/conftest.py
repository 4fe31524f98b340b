"""Fixtures of MongoDB's own tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.on_mongodb import MongoTarget
from tests.engines.mongodb.scene import open_now
from tests.fixtures.mongodb import MongoDatabase


@pytest.fixture
def target(fresh_mongo_database: MongoDatabase) -> Iterator[MongoTarget]:
    """A new database; each engine on it has a network of its own."""
    made = MongoTarget(fresh_mongo_database)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while open_now:
        open_now.pop().close()
