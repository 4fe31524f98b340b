"""The engines that the contract is held against: each test that takes `target` runs on every one of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.on_fake import FakeTarget
from tests.contract.on_postgres import PostgresTarget
from tests.contract.postgres_dialect import DIALECT as POSTGRES
from tests.contract.target import Dialect, Target
from tests.fixtures.postgres import Postgres, drop_database, make_database

ENGINES = {"fake": FakeTarget.dialect, "pg18": POSTGRES, "pg15": POSTGRES}


@pytest.fixture(params=ENGINES)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """A new, empty database of each engine in turn; a server that is absent reads "not run"."""
    if request.param == "fake":
        yield FakeTarget()
        return
    server: Postgres = request.getfixturevalue(request.param.replace("pg", "postgres"))
    database = make_database(server)
    made = PostgresTarget(database)
    yield made
    made.close()
    drop_database(database)


@pytest.fixture
def dialect(target: Target) -> Dialect:
    return target.dialect
