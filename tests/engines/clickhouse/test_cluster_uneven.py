"""ON CLUSTER that fails on one server, or finds it dead: that one is named, what is left is half and finished later."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemactl.sandbox import clickhouse_pair as sandbox
from tests.engines.clickhouse.scene import Shop, failure, succeeded
from tests.fixtures.clickhouse import ClickHouseDatabase
from tests.fixtures.clickhouse_pair import PairDatabase, make_pair_database
from tests.tools.turnproxy import Halt

BOTH = (0, 1)


def shop_of(root: Path, database: PairDatabase) -> Shop:
    return Shop(root, ClickHouseDatabase(database.url, database.name, database.pair.servers[0]))


def kinds(database: PairDatabase, name: str) -> list[list[str]]:
    """The engines of a table on the first and the second server; [] where it is not there."""
    sql = f"SELECT engine FROM system.tables WHERE database = currentDatabase() AND name = '{name}'"
    return [[str(engine) for (engine,) in database.ask(sql, at)] for at in BOTH]


def test_a_table_that_is_something_else_on_one_server_is_half_made_and_its_server_is_named(
    tmp_path: Path, pair_database: PairDatabase
) -> None:
    shop = shop_of(tmp_path, pair_database)
    pair_database.ask("CREATE TABLE b (id UInt8) ENGINE = TinyLog", 1)
    shop.write("1_b.sql", "CREATE TABLE b (id UInt64) ENGINE = Log;", "DROP TABLE b;")
    error = failure(shop.migrate())
    second = f"127.0.0.1:{pair_database.pair.servers[1].port}"
    assert (error.code, error.kind) == (14, "duplicate_object")
    assert second in error.what, error.lines()
    assert error.now and "half" in error.now and second in error.now
    assert kinds(pair_database, "b") == [["Log"], ["TinyLog"]]
    assert shop.state() == "unfinished"
    # As long as the other thing is there, nothing is taken for done.
    again = failure(shop.recover())
    assert again.kind == "duplicate_object" and second in again.what
    assert again.do and f"b on {second}" in again.do
    assert shop.state() == "unfinished"
    pair_database.ask("DROP TABLE b", 1)
    succeeded(shop.recover())
    assert kinds(pair_database, "b") == [["Log"], ["Log"]]
    assert shop.state() == "up to date"


@pytest.mark.soak
def test_a_table_that_is_something_else_on_one_server_can_be_given_up(
    tmp_path: Path, pair_database: PairDatabase
) -> None:
    shop = shop_of(tmp_path, pair_database)
    pair_database.ask("CREATE TABLE b (id UInt8) ENGINE = TinyLog", 1)
    shop.write("1_b.sql", "CREATE TABLE b (id UInt64) ENGINE = Log;", "DROP TABLE b;")
    failure(shop.migrate())
    pair_database.ask("DROP TABLE b", 0)
    succeeded(shop.recover(undo=True))
    assert kinds(pair_database, "b") == [[], ["TinyLog"]]
    engine = shop.engine()
    assert engine.ledger.read().entries == ()
    engine.close()


def test_a_drop_that_one_server_had_before_is_done_on_both(tmp_path: Path, pair_database: PairDatabase) -> None:
    shop = shop_of(tmp_path, pair_database)
    shop.write("1_b.sql", "CREATE TABLE b (id UInt64) ENGINE = Log;", "DROP TABLE b;")
    succeeded(shop.migrate())
    pair_database.ask("DROP TABLE b", 1)
    shop.write("2_drop.sql", "DROP TABLE b;")
    succeeded(shop.migrate())
    assert kinds(pair_database, "b") == [[], []]
    assert shop.state() == "up to date"


@pytest.mark.soak
def test_a_server_that_dies_while_its_task_is_queued_is_named_and_recover_finishes_once_it_is_back(
    tmp_path: Path, own_pair: sandbox.Pair
) -> None:
    database = make_pair_database(own_pair)
    shop = shop_of(tmp_path, database)
    shop.write("1_a.sql", "CREATE TABLE a (id UInt64) ENGINE = Log;")
    shop.write("2_b.sql", "-- schemactl: statement_timeout=2s\nCREATE TABLE b (id UInt64) ENGINE = Log;")
    second = own_pair.servers[1]
    with shop.proxy() as proxy:
        halt = proxy.arm(Halt(match=r"CREATE TABLE b ON CLUSTER", point="sent"))
        child = shop.program("migrate", url=shop.through(proxy))
        halt.wait()
        second.kill()
        proxy.release()
        said, _ = child.communicate(timeout=120)
    assert child.returncode in (11, 14), said
    assert f"127.0.0.1:{second.port}" in said
    second.restart()
    assert shop.state() == "unfinished"
    succeeded(shop.recover(wait_s=30))
    succeeded(shop.migrate())
    assert kinds(database, "b") == [["Log"], ["Log"]]
    assert shop.state() == "up to date"


@pytest.mark.soak
def test_what_one_server_had_alike_before_is_done_on_both(tmp_path: Path, pair_database: PairDatabase) -> None:
    shop = shop_of(tmp_path, pair_database)
    pair_database.ask("CREATE TABLE b (id UInt64) ENGINE = Log", 1)
    shop.write("1_b.sql", "CREATE TABLE b (id UInt64) ENGINE = Log;", "DROP TABLE b;")
    succeeded(shop.migrate())
    assert shop.state() == "up to date"
    pair_database.ask("DROP TABLE b", 1)
    succeeded(shop.rollback())
    assert kinds(pair_database, "b") == [[], []]


def test_a_path_in_the_keeper_that_another_table_has_is_named_with_the_way_out(
    tmp_path: Path, pair_database: PairDatabase
) -> None:
    """As after a restore beside the original: the path stands in the file, and belongs to the table that it was."""
    shop = shop_of(tmp_path, pair_database)
    path = f"/tables/{pair_database.name}/fixed"
    made = f"CREATE TABLE NAME (id UInt64) ENGINE = ReplicatedMergeTree('{path}', '{{replica}}') ORDER BY id"
    for at in BOTH:
        pair_database.ask(made.replace("NAME", "original"), at)
    shop.write("1_b.sql", made.replace("NAME", "b") + ";")
    error = failure(shop.migrate())
    assert (error.code, error.kind) == (14, "duplicate_object")
    assert path in error.what and error.do and "path of its own" in error.do
    assert kinds(pair_database, "b") == [[], []]
    assert "1 pending" in shop.state()
    for at in BOTH:
        # 18.16 leaves the folder of a table that it did not make, and could not drop the database any more.
        pair_database.ask("CREATE TABLE b (id UInt64) ENGINE = TinyLog", at)
        pair_database.ask("DROP TABLE b", at)
