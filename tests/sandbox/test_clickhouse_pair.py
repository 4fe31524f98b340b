"""A sandbox cluster: two ClickHouse replicas that agree through ZooKeeper, gone without a trace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemactl.sandbox import clickhouse_pair
from tests.fixtures.clickhouse import ask
from tests.fixtures.clickhouse_pair import start_pair


@pytest.fixture
def pair() -> Iterator[clickhouse_pair.Pair]:
    with start_pair() as running:
        yield running


@pytest.mark.soak
def test_a_table_of_the_cluster_is_on_both_and_holds_the_same_rows(pair: clickhouse_pair.Pair) -> None:
    first, second = (server.url for server in pair.servers)
    ask(
        first,
        f"CREATE TABLE t ON CLUSTER {clickhouse_pair.CLUSTER} (n UInt8)"
        " ENGINE = ReplicatedMergeTree('/t', '{replica}') ORDER BY n",
    )
    ask(f"{first}?insert_quorum=2", "INSERT INTO t SELECT 1")
    assert ask(f"{second}?select_sequential_consistency=1", "SELECT n FROM t") == [(1,)]
    names = [ask(url, "SELECT replica_name FROM system.replicas WHERE table = 't'") for url in (first, second)]
    assert names == [[(name,)] for name in clickhouse_pair.NAMES]


def test_a_replica_that_was_killed_comes_back_as_itself(pair: clickhouse_pair.Pair) -> None:
    first, second = pair.servers
    second.kill()
    second.restart()
    known = "SELECT port FROM system.clusters WHERE cluster = 'town' ORDER BY replica_num"
    assert ask(second.url, known) == [(first.port,), (second.port,)]


def test_without_a_keeper_it_is_a_cluster_all_the_same() -> None:
    with start_pair(keeper=False) as pair:
        assert ask(pair.servers[0].url, "SELECT count() FROM system.clusters WHERE cluster = 'town'") == [(2,)]
        assert ask(pair.servers[0].url, "EXISTS TABLE system.zookeeper") == [(0,)]


def test_once_stopped_nothing_of_it_is_left(pair: clickhouse_pair.Pair) -> None:
    folders = [server.data.parent for server in pair.servers]
    pair.stop()
    assert [folder.exists() for folder in folders] == [False, False]
