"""What verify finds on a cluster of two replicas: each server is looked at, and named with what is wrong there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemactl.contract.engine import require
from schemactl.contract.verifying import Inspected
from schemactl.engines import open_engine
from schemactl.engines.clickhouse import verifying_cluster
from schemactl.events import ignore
from schemactl.sandbox.clickhouse_pair import CLUSTER, Pair
from tests.engines.clickhouse.test_verifying import damage, found, looked, only, opening
from tests.fixtures.clickhouse import ClickHouseDatabase
from tests.fixtures.clickhouse_pair import PairDatabase, make_pair_database

PARTS = "SELECT path, name FROM system.parts WHERE database = currentDatabase() AND active"

pytestmark = pytest.mark.xdist_group("clickhouse_pair")


def look(database: PairDatabase, name: str) -> Inspected:
    return found(ClickHouseDatabase(database.url, database.name, database.pair.servers[0]), name)


def replicated(database: PairDatabase, name: str = "t") -> None:
    place = f"'/verify/{database.name}/{name}', '{{replica}}'"
    for at in (0, 1):
        database.ask(f"CREATE TABLE {name} (n UInt32, s String) ENGINE = ReplicatedMergeTree({place}) ORDER BY n", at)


def name_of(database: PairDatabase, at: int) -> str:
    """How the cluster calls its first or second server."""
    rows = database.ask(f"SELECT host_name, port FROM system.clusters WHERE cluster = '{CLUSTER}' ORDER BY replica_num")
    return f"{rows[at][0]}:{rows[at][1]}"


@pytest.fixture
def database(pair_database: PairDatabase) -> Iterator[PairDatabase]:
    replicated(pair_database)
    yield pair_database


def test_a_sound_cluster_shows_nothing(database: PairDatabase) -> None:
    database.ask("INSERT INTO t SELECT number, toString(number) FROM numbers(1000)", quorum=2)
    database.ask("SYSTEM SYNC REPLICA t", 1)
    engine = open_engine("clickhouse", opening(database.url))
    verifier = require(engine.verifier, "verify", "shop/app")
    told = {one.name: verifier.inspect(one, emit=ignore) for one in verifier.inspections(deep=True)}
    engine.close()
    assert {name: one.flaws for name, one in told.items() if one.flaws} == {}
    assert {name for name, one in told.items() if one.not_run} == {"detached-parts"}
    # The table is on each of the two.
    assert [told[name].examined for name in ("data", "replicas", "replication-queue", "servers-alike")] == [2, 2, 2, 1]


def test_a_table_that_one_server_lacks_is_named(database: PairDatabase) -> None:
    database.ask("CREATE TABLE here (n UInt8) ENGINE = TinyLog")
    about, what, _ = only(look(database, "servers-alike"))
    assert about == "table here"
    assert what == f"is on {name_of(database, 0)} and not on {name_of(database, 1)}"


def test_a_server_that_does_not_answer_is_named_and_its_part_did_not_pass(own_pair: Pair) -> None:
    database = make_pair_database(own_pair)
    replicated(database)
    absent = f"server {name_of(database, 1)}"
    own_pair.servers[1].kill()
    try:
        states, rows = look(database, "replicas"), look(database, "data")
    finally:
        own_pair.servers[1].restart()
    assert (states.flaws[0].object, states.flaws[0].what) == (absent, "it does not answer")
    assert (rows.examined, rows.flaws) == (0, ())
    assert rows.not_run.startswith(f"{absent}: it does not answer (tables: 1 looked at, nothing found)")


def test_replicas_that_lost_their_keeper_are_named(own_pair: Pair) -> None:
    database = make_pair_database(own_pair)
    replicated(database)
    engine = open_engine("clickhouse", opening(database.url))
    assert looked(engine, "replicas").flaws == ()
    assert own_pair.keeper is not None
    own_pair.keeper.stop()
    while len((told := looked(engine, "replicas")).flaws) < 2:
        pass
    engine.close()
    assert {flaw.object.partition(" on ")[2] for flaw in told.flaws} == {name_of(database, 0), name_of(database, 1)}
    assert {flaw.what.partition(":")[0] for flaw in told.flaws} == {"it takes no writes"}
    assert all("SYSTEM RESTART REPLICA `t`" in flaw.do for flaw in told.flaws)


def test_a_part_that_is_damaged_on_one_replica_is_named_with_its_server(database: PairDatabase) -> None:
    database.ask("INSERT INTO t SELECT number, toString(number) FROM numbers(1000)", quorum=2)
    ((path, part),) = database.ask(PARTS, 1)
    damage(Path(path) / "s.bin")
    about, what, _ = only(look(database, "data"))
    assert about == f"part {part} of t on {name_of(database, 1)}"
    assert what.startswith("it is damaged: ")


def test_a_part_of_which_there_is_no_other_copy_at_work_is_left_where_it_is(database: PairDatabase) -> None:
    database.ask("DETACH TABLE t", 1)
    database.ask("INSERT INTO t SELECT number, toString(number) FROM numbers(1000)")
    # A replica knows of the other's absence when the Keeper does.
    while not look(database, "replicas").flaws:
        pass
    ((path, part),) = database.ask(PARTS)
    damage(Path(path) / "s.bin")
    told = look(database, "data")
    assert (told.flaws, told.examined) == ((), 0)
    table = f"table t on {name_of(database, 0)}"
    assert told.not_run.startswith(f"{table}: no other replica of it is at work: ")
    assert database.ask(PARTS) == [(path, part)]
    assert list(Path(path).parent.glob("detached/*")) == []
    database.ask("ATTACH TABLE t", 1)


@pytest.mark.soak  # a replica takes its time
def test_a_damaged_part_that_verify_came_upon_is_fetched_anew_by_its_replica(database: PairDatabase) -> None:
    database.ask("INSERT INTO t SELECT number, toString(number) FROM numbers(1000)", quorum=2)
    damage(Path(database.ask(PARTS, 1)[0][0]) / "s.bin")
    assert len(look(database, "data").flaws) == 1
    while database.ask(PARTS, 1) == [] or database.ask("SELECT count() FROM t", 1) != [(1000,)]:
        pass
    assert look(database, "data").flaws == ()


def test_a_part_that_a_replica_cannot_fetch_is_named(database: PairDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    database.ask("DETACH TABLE t", 1)
    database.ask("INSERT INTO t SELECT number, toString(number) FROM numbers(1000)")
    assert only(look(database, "replicas"))[1] == "it sees 1 of 2 replicas of the table at work"
    ((path, part),) = database.ask(PARTS)
    damage(Path(path) / "s.bin")
    database.ask("ATTACH TABLE t", 1)
    # It has failed before and is tried again: so much is to be seen on any busy cluster.
    while not (told := look(database, "replication-queue")).notes:
        pass
    assert (told.flaws, told.not_run) == ((), "")
    assert told.notes[0].startswith("replica ") and f": it is tried again, GET_PART of {part}, " in told.notes[0]
    # As old as that by the server's own clock, after as many tries.
    monkeypatch.setattr(verifying_cluster, "AGE_S", 0)
    monkeypatch.setattr(verifying_cluster, "TRIES", 1)
    about, what, _ = only(look(database, "replication-queue"))
    assert about.startswith("replica ") and about.endswith(f" of t on {name_of(database, 1)}")
    assert what.startswith(f"GET_PART of {part}, ")
