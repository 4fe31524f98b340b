"""Fixtures of Neo4j's own tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from schemactl.contract.engine import Engine
from schemactl.contract.opening import Opening, Patience, Stop
from schemactl.engines import open_engine
from tests.contract.target import TARGET
from tests.fixtures.neo4j import Database

Open = Callable[..., Engine]
PATIENCE = Patience(lock_timeout_ms=30_000, tries=1)


def opening_on(database: Database, **facts: Any) -> Opening:
    """What an engine is opened with; a lease is long, so that no test hangs on its end."""
    plain = Opening(
        url=database.url, shown="a test's database", target=TARGET, stop=Stop(), patience=PATIENCE, lease_s=60.0
    )
    return plain._replace(**facts)


@pytest.fixture
def opened(neo4j_database: Database) -> Iterator[Open]:
    """Opens engines on the database; `facts` of their Opening. They are closed after the test."""
    made: list[Engine] = []

    def open_(**facts: Any) -> Engine:
        made.append(open_engine("neo4j", opening_on(neo4j_database, **facts)))
        return made[-1]

    yield open_
    for engine in made:
        engine.close()
