"""The snapshots of the career platform's documents, graph and analytics are what their migrations make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from schemactl.contract.engine import Missing
from schemactl.model.snapshot import Block
from tests.fixtures import clickhouse, clickhouse_embedded
from tests.fixtures.clickhouse_embedded import EmbeddedServer
from tests.fixtures.neo4j import Database as Graph
from tests.platforms import career
from tests.platforms.career import ON_MONGODB, ClickHouse, Places

ANALYTICS = "career_analytics"
BEFORE_RETENTION = "0002"
TABLES = ["daily_user_activity", "hourly_performance", "performance_metrics", "user_activity"]
VIEWS = ["daily_user_activity_mv", "hourly_performance_mv"]


@contextmanager
def on_18(server: clickhouse.ClickHouse) -> Iterator[ClickHouse]:
    made = clickhouse.make_clickhouse_database(server)
    yield made
    clickhouse.drop_clickhouse_database(made)


@contextmanager
def on_26(server: EmbeddedServer) -> Iterator[ClickHouse]:
    made = clickhouse_embedded.make_embedded_database(server)
    yield made
    clickhouse_embedded.drop_embedded_database(made)


def blocks_of(place: ClickHouse) -> tuple[Block, ...]:
    """What the tool makes of a target that has not all of its migrations yet."""
    ours = career.workspace({ANALYTICS: place})
    with ours.site(ours.platform.target(ANALYTICS)).opened() as engine:
        assert not isinstance(engine.snapshots, Missing)
        return engine.snapshots.blocks(engine.catalog.read())


def assert_written(places: Places) -> None:
    """Each file is there and says what its target holds."""
    found = career.workspace(places).plan_snapshots(tuple(places))
    assert [(one.target, one.outcome, one.changed, one.error) for one in found.targets] == [
        (f"career/{target}", "unchanged", (), None) for target in places
    ]
    assert found.settled


def test_the_documents_snapshots_are_written(career_documents: Places) -> None:
    assert_written({target: career_documents[target] for target in ON_MONGODB})


def test_the_graph_s_snapshot_is_written(career_graph: Graph) -> None:
    assert_written({"career_network": career_graph})


def test_the_snapshot_of_analytics_is_written(clickhouse26: EmbeddedServer) -> None:
    with on_26(clickhouse26) as newer:
        career.up({ANALYTICS: newer})
        assert_written({ANALYTICS: newer})


def test_an_old_server_and_a_new_one_say_the_same(
    clickhouse18: clickhouse.ClickHouse, clickhouse26: EmbeddedServer
) -> None:
    with on_18(clickhouse18) as older, on_26(clickhouse26) as newer:
        for place in (older, newer):
            career.up({ANALYTICS: place}, [ANALYTICS], to=BEFORE_RETENTION)
        said = blocks_of(older)
        assert said == blocks_of(newer)
    order = [(block.kind, *block.identity) for block in said]
    assert order == [*(("table", name) for name in TABLES), *(("materialized view", name) for name in VIEWS)]


@pytest.mark.parametrize("target", ["career_skills", ANALYTICS, "career_network"])
def test_a_snapshot_says_nothing_of_the_ledger(target: str) -> None:
    (path,) = (career.ROOT / "schemas" / "career").glob(f"{target}.*")
    assert "schema_" not in path.read_text(encoding="utf-8")
