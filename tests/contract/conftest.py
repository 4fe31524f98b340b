"""The engines that the contract is held against: each test that takes `target` runs on every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests.contract.clickhouse_dialect import EMBEDDED
from tests.contract.clickhouse_dialect import NATIVE as CLICKHOUSE
from tests.contract.mongodb_dialect import DIALECT as MONGODB
from tests.contract.neo4j_dialect import DIALECT as NEO4J
from tests.contract.on_clickhouse import ClickHouseTarget
from tests.contract.on_clickhouse_embedded import EmbeddedTarget
from tests.contract.on_clickhouse_pair import PAIR, PairTarget
from tests.contract.on_fake import FakeTarget
from tests.contract.on_mongodb import MongoTarget
from tests.contract.on_neo4j import Neo4jTarget
from tests.contract.on_postgres import PostgresTarget
from tests.contract.postgres_dialect import DIALECT as POSTGRES
from tests.contract.seed_grounds import GROUNDS, Ground, ground_of
from tests.contract.target import Dialect, Target
from tests.fixtures.clickhouse import drop_clickhouse_database, make_clickhouse_database
from tests.fixtures.clickhouse_embedded import drop_embedded_database, make_embedded_database
from tests.fixtures.clickhouse_pair import drop_pair_database, make_pair_database
from tests.fixtures.mongodb import drop_mongo_database, make_mongo_database
from tests.fixtures.neo4j import wipe
from tests.fixtures.postgres import drop_database, make_database


def _fake(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield FakeTarget()


def _postgres(request: pytest.FixtureRequest) -> Iterator[Target]:
    database = make_database(request.getfixturevalue(request.param.replace("pg", "postgres")))
    made = PostgresTarget(database)
    yield made
    made.close()
    drop_database(database)


def _clickhouse18(request: pytest.FixtureRequest) -> Iterator[Target]:
    database = make_clickhouse_database(request.getfixturevalue("clickhouse18"))
    made = ClickHouseTarget(database)
    yield made
    made.close()
    drop_clickhouse_database(database)


def _clickhouse26(request: pytest.FixtureRequest) -> Iterator[Target]:
    database = make_embedded_database(request.getfixturevalue("clickhouse26"))
    made = EmbeddedTarget(database)
    yield made
    made.close()
    drop_embedded_database(database)


def _clickhouse_pair(request: pytest.FixtureRequest) -> Iterator[Target]:
    database = make_pair_database(request.getfixturevalue("clickhouse_pair"))
    made = PairTarget(database)
    yield made
    made.close()
    drop_pair_database(database)


def _neo4j5(request: pytest.FixtureRequest) -> Iterator[Target]:
    database = request.getfixturevalue("neo4j_empty")
    wipe(database)
    made = Neo4jTarget(database)
    yield made
    made.close()


def _mongodb(request: pytest.FixtureRequest) -> Iterator[Target]:
    database = make_mongo_database(request.getfixturevalue("mongodb"))
    made = MongoTarget(database)
    yield made
    made.close()
    drop_mongo_database(database)


_MADE = {
    "fake": _fake,
    "pg18": _postgres,
    "pg15": _postgres,
    "ch18": _clickhouse18,
    "ch26": _clickhouse26,
    "ch18pair": _clickhouse_pair,
    "neo4j5": _neo4j5,
    "mongodb": _mongodb,
}
ENGINES = {
    "fake": FakeTarget.dialect,
    "pg18": POSTGRES,
    "pg15": POSTGRES,
    "ch18": CLICKHOUSE,
    "ch26": EMBEDDED,
    "ch18pair": PAIR,
    "neo4j5": NEO4J,
    "mongodb": MONGODB,
}


# What another server of the same engine shows at every change; `make soak` holds it against the whole contract.
_AT_EVERY_CHANGE = {
    "ch18pair": ("test_lock", "test_recovery", "test_snapshot"),
    "ch26": ("test_catalog", "test_limits", "test_lock", "test_snapshot"),
}
# The same of its seeds: by the names of tests.
_SEEDED_AT_EVERY_CHANGE = {
    "ch18pair": ("test_a_row_that_another_tool_changed_is_shown_and_mended",),
    "ch26": (
        "test_a_row_that_another_tool_changed_is_shown_and_mended",
        "test_a_row_that_the_server_refuses_is_named_and_nothing_of_its_seed_is_kept",
        "test_rows_find_others_of_their_seed_in_whatever_order_they_stand",
        "test_a_script_runs_with_its_record_and_again_when_it_is_asked",
    ),
}


# The server is stopped and started twice for it.
_IN_THE_SOAK = {("neo4j5", "test_a_read_only_server_says_why_and_can_still_be_read")}


# These fixtures are asked for by a parameter's value, where pytest does not see it.
_WITH_THE_ONLY_ONE = {"neo4j5": "neo4j_server", "ch18pair": "clickhouse_pair"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        spec = getattr(item, "callspec", None)
        given = ("target", "seeded", "told")
        name = next((str(spec.params[one]) for one in given if one in spec.params), "") if spec is not None else ""
        test = item.name.partition("[")[0]
        if item.path.stem == "test_seeding":
            is_tried = test in _SEEDED_AT_EVERY_CHANGE.get(name, [test])
        else:
            is_tried = item.path.stem in _AT_EVERY_CHANGE.get(name, [item.path.stem])
        if not is_tried or (name, test) in _IN_THE_SOAK:
            item.add_marker(pytest.mark.soak)
        if name in _WITH_THE_ONLY_ONE:
            item.add_marker(pytest.mark.xdist_group(_WITH_THE_ONLY_ONE[name]))


def new_target(request: pytest.FixtureRequest) -> AbstractContextManager[Target]:
    """A new, empty database of the engine that `request` is about; gone afterwards."""
    return contextmanager(_MADE[request.param])(request)


@pytest.fixture(params=ENGINES)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """A new, empty database of each engine in turn; a server that is absent reads "not run"."""
    yield from _MADE[request.param](request)


@pytest.fixture
def dialect(target: Target) -> Dialect:
    return target.dialect


@pytest.fixture(params=GROUNDS)
def seeded(request: pytest.FixtureRequest) -> Iterator[tuple[Target, Ground]]:
    """A new database with `places`, of each engine that knows seeds."""
    for made in _MADE[request.param](request):
        yield made, ground_of(made)
