"""What only newer servers have, on ClickHouse 26.9: mutations that tell why they fail, swaps, UUIDs, DELETE FROM."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemactl.contract.engine import Engine
from schemactl.contract.job import PlannedStatement
from schemactl.contract.opening import Opening, Stop
from schemactl.engines.clickhouse import observe
from schemactl.engines.clickhouse.connection import Session
from schemactl.errors import StatementError
from schemactl.running.hands import Before
from tests.contract.clickhouse_dialect import NATIVE
from tests.contract.work import job_up
from tests.engines.clickhouse.scene import Shop, failure, succeeded
from tests.engines.clickhouse.test_recovery import GROUND, step
from tests.engines.clickhouse.test_running import until

T = GROUND.format("t")
FILL = "INSERT INTO t SELECT number, 'a' FROM numbers(5)"
MV = "CREATE MATERIALIZED VIEW v ENGINE = MergeTree ORDER BY id AS SELECT id FROM t"
A, B = (
    "CREATE TABLE a (id UInt8) ENGINE = MergeTree ORDER BY id",
    "CREATE TABLE b (id UInt8) ENGINE = MergeTree ORDER BY id",
)


@pytest.fixture
def shop(newer: Shop) -> Shop:
    return newer


@pytest.fixture
def engine(shop: Shop) -> Iterator[Engine]:
    opened = shop.engine()
    yield opened
    opened.close()


def noted_of(shop: Shop, planned: PlannedStatement) -> Before:
    session = Session(Opening(shop.url, "a test's folder", "shop/app", Stop()))
    try:
        return observe.before(session, planned)
    finally:
        session.close()


REPLACED = "CREATE OR REPLACE TABLE a (id UInt8) ENGINE = MergeTree ORDER BY id"

CASES = [
    ([A, B], "EXCHANGE TABLES a AND b", [], "not done"),
    ([A, B], "EXCHANGE TABLES a AND b", ["EXCHANGE TABLES a AND b"], "done"),
    ([A, B], "RENAME TABLE a TO x, b TO a, x TO b", ["RENAME TABLE a TO x, b TO a"], "half"),
    ([A, B], "RENAME TABLE a TO x, b TO a, x TO b", ["RENAME TABLE a TO x, b TO a, x TO b"], "done"),
    ([A], "CREATE OR REPLACE TABLE a (id UInt8) ENGINE = MergeTree ORDER BY id", [], "not done"),
    ([A], "CREATE OR REPLACE TABLE a (id UInt8) ENGINE = MergeTree ORDER BY id", [REPLACED], "done"),
    ([A], "DROP TABLE a", ["DROP TABLE a", A], "done"),
    ([A], "ALTER TABLE a RENAME COLUMN id TO no", [], "not done"),
    ([T], "ALTER TABLE t RENAME COLUMN word TO term", ["ALTER TABLE t RENAME COLUMN word TO term"], "done"),
    (["CREATE TABLE u (id UInt8, a UInt8, b UInt8) ENGINE = MergeTree ORDER BY id", "INSERT INTO u VALUES (1, 1, 1)"],
     "ALTER TABLE u UPDATE a = 2, b = 2 WHERE 1",
     ["ALTER TABLE u UPDATE a = 2, b = 2 WHERE 1 SETTINGS mutations_sync = 1"], "done"),
    ([T], "ALTER TABLE t ADD INDEX i word TYPE minmax", ["ALTER TABLE t ADD INDEX i word TYPE minmax"], "done"),
    ([T, FILL], "DELETE FROM t WHERE id = 1", ["DELETE FROM t WHERE id = 1"], "done"),
    ([T, FILL], "DELETE FROM t WHERE id = 1", [], "not done"),
    (["CREATE TABLE m (n UInt8) ENGINE = Memory"], "ALTER TABLE m UPDATE n = 1 WHERE 1", [], "unknown"),
    (["CREATE TABLE m (n UInt8) ENGINE = Log"], "ALTER TABLE m UPDATE n = 1 WHERE 1", [], "not done"),
    ([T, MV], "ALTER TABLE v UPDATE id = 1 WHERE 1", [], "unknown"),
    ([T, FILL], "WITH 1 AS x INSERT INTO t SELECT x, 'b'", [], "unknown"),
    ([T], "CREATE INDEX i ON t (word) TYPE minmax", ["CREATE INDEX i ON t (word) TYPE minmax"], "done"),
    ([T], "CREATE INDEX i ON t (word) TYPE minmax", [], "not done"),
    ([T, "CREATE INDEX i ON t (word) TYPE minmax"], "DROP INDEX i ON t", ["DROP INDEX i ON t"], "done"),
    ([T, FILL], "CREATE TABLE c CLONE AS t", ["CREATE TABLE c CLONE AS t"], "unknown"),
    ([T, MV], "DROP TABLE v", ["DROP TABLE v"], "done"),
    ([T], MV, [MV], "done"),
    ([], "CREATE FUNCTION schemactl_twice AS x -> x * 2", [], "not done"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("scenery", "statement", "done", "verdict"), CASES, ids=[f"{n}-{c[3]}" for n, c in enumerate(CASES)]
)
def test_what_is_found_is_what_was_left(
    shop: Shop, engine: Engine, scenery: list[str], statement: str, done: list[str], verdict: str
) -> None:
    for one in scenery:
        shop.ask(one)
    job = job_up(engine, NATIVE, "1", statement)
    planned = job.segments[0].steps[0]
    noted = noted_of(shop, planned)
    for one in done:
        shop.ask(one)
    assert engine.recovery.probe(job, planned, step(noted)).verdict == verdict


def test_a_failing_mutation_stops_the_run_with_its_reason_and_is_ended_where_it_did_nothing(shop: Shop) -> None:
    shop.write("1_rows.sql", f"{T};\n-- schemactl: idempotent\n{FILL};")
    shop.write("2_fails.sql", "ALTER TABLE t UPDATE word = toString(toUInt64(word)) WHERE 1;")
    error = failure(shop.migrate())
    assert isinstance(error, StatementError)
    assert (error.kind, error.state) == ("mutation", "341")
    assert "Cannot parse" in error.what
    assert shop.ask("SELECT count() FROM system.mutations WHERE database = currentDatabase() AND NOT is_done") == [(0,)]
    assert shop.state() == "1 pending"
    shop.write("2_fails.sql", "ALTER TABLE t UPDATE word = 'b' WHERE 1;")
    succeeded(shop.migrate())
    assert shop.ask("SELECT DISTINCT word FROM t") == [("b",)]


FAILS = "ALTER TABLE t UPDATE n = toString(toUInt64(n) + 10) WHERE 1"
PARTS = "CREATE TABLE t (id UInt64, n String) ENGINE = MergeTree ORDER BY id PARTITION BY id"
AT_WORK = "SELECT command FROM system.mutations WHERE database = currentDatabase() AND NOT is_done"


@pytest.mark.parametrize(
    "later", [[], ["ALTER TABLE t UPDATE n = concat(n, '!') WHERE id < 3"]], ids=["alone", "later"]
)
def test_a_failing_mutation_that_rewrote_some_parts_is_not_ended(shop: Shop, engine: Engine, later: list[str]) -> None:
    """Ended and sent again, it would change those parts twice; a later one carries them on to a version of its own."""
    shop.ask(PARTS)
    shop.ask("INSERT INTO t VALUES (1, '1'), (2, '2'), (3, 'x')")
    job = job_up(engine, NATIVE, "1", FAILS)
    planned = job.segments[0].steps[0]
    noted = noted_of(shop, planned)
    for one in (FAILS, *later):
        shop.ask(f"{one} SETTINGS mutations_sync = 0")
    mark = "!" if later else ""
    until(lambda: shop.ask(f"SELECT 1 FROM t WHERE n IN ('11{mark}', '12{mark}') HAVING count() = 2"), "two parts")
    until(lambda: "failing" in engine.recovery.probe(job, planned, step(noted)).evidence, "the third part's failure")
    with pytest.raises(StatementError, match="Cannot parse"):
        engine.recovery.tidy(planned, step(noted))
    assert any("+ 10" in str(command) for (command,) in shop.ask(AT_WORK))
    assert engine.recovery.probe(job, planned, step(noted)).verdict == "half"


def test_somebody_else_s_failing_mutation_is_not_ended(shop: Shop, engine: Engine) -> None:
    shop.ask(T)
    shop.ask(FILL)
    job = job_up(engine, NATIVE, "1", "ALTER TABLE t UPDATE word = 'b' WHERE 1")
    planned = job.segments[0].steps[0]
    noted = noted_of(shop, planned)
    shop.ask("ALTER TABLE t UPDATE word = toString(toUInt64(word)) WHERE 1 SETTINGS mutations_sync = 0")
    until(lambda: "failing" in engine.recovery.probe(job, planned, step(noted)).evidence, "its failure")
    with pytest.raises(StatementError, match="Cannot parse"):
        engine.recovery.tidy(planned, step(noted))
    assert len(shop.ask(AT_WORK)) == 1


def test_a_change_of_a_type_that_fails_is_half_done_until_it_is_changed_back(shop: Shop) -> None:
    shop.ask("CREATE TABLE m (s String) ENGINE = MergeTree ORDER BY tuple()")
    shop.ask("INSERT INTO m VALUES ('abc')")
    shop.write("1_type.sql", "ALTER TABLE m MODIFY COLUMN s UInt8;")
    error = failure(shop.migrate())
    assert isinstance(error, StatementError)
    assert (error.kind, error.state) == ("mutation", "341")
    assert error.now and "half" in error.now and "Cannot parse" in error.now
    assert error.do and "back" in error.do
    assert (shop.state(), len(shop.ask(AT_WORK))) == ("unfinished", 1)
    shop.ask("ALTER TABLE m MODIFY COLUMN s String")
    shop.ask("ALTER TABLE m UPDATE s = '7' WHERE 1 SETTINGS mutations_sync = 1")
    succeeded(shop.recover())
    succeeded(shop.migrate())
    assert shop.ask("SELECT s FROM m") == [(7,)]


def test_a_change_of_a_type_that_fails_is_done_when_its_rows_are_deleted(shop: Shop) -> None:
    shop.ask("CREATE TABLE m (s String) ENGINE = MergeTree ORDER BY tuple()")
    shop.ask("INSERT INTO m VALUES ('abc')")
    shop.write("1_type.sql", "ALTER TABLE m MODIFY COLUMN s UInt8;")
    failure(shop.migrate())
    shop.ask("ALTER TABLE m DELETE WHERE 1 SETTINGS mutations_sync = 1")
    succeeded(shop.recover())
    assert "UInt8" in shop.ask("SHOW CREATE TABLE m")[0][0]
    assert shop.ask("SELECT count() FROM m") == [(0,)]


def test_a_change_of_a_type_is_done_when_its_parts_are_rewritten(shop: Shop) -> None:
    shop.write(
        "1_rows.sql", f"{T};\n-- schemactl: idempotent\n{FILL};\nALTER TABLE t MODIFY COLUMN word Nullable(String);"
    )
    succeeded(shop.migrate())
    assert shop.ask("SELECT count() FROM system.mutations WHERE database = currentDatabase() AND NOT is_done") == [(0,)]
    assert "Nullable(String)" in shop.ask("SHOW CREATE TABLE t")[0][0]


def test_rows_of_an_insert_are_there_when_it_is_answered(shop: Shop) -> None:
    """This server would gather them by default, and write them later with those of others."""
    assert shop.ask("SELECT value FROM system.settings WHERE name = 'async_insert'") == [("1",)]
    given = "INSERT INTO t SELECT 1, value FROM system.settings WHERE name = 'async_insert'"
    shop.write("1_rows.sql", f"{T};\n{given};")
    succeeded(shop.migrate())
    assert shop.ask("SELECT word FROM t") == [("0",)]


@pytest.mark.parametrize("engine", ["Log", "TinyLog", "StripeLog", "Null", "Set", "Buffer('', t, 1, 1, 1, 1, 1, 1, 1)"])
def test_a_mutation_of_a_table_that_takes_none_leaves_nothing_under_way(shop: Shop, engine: str) -> None:
    shop.ask(T)
    shop.ask(f"CREATE TABLE x (id UInt64, word String) ENGINE = {engine}")
    shop.write("1_fails.sql", "ALTER TABLE x UPDATE word = 'b' WHERE 1;")
    assert failure(shop.migrate()).code == 14
    assert shop.state() == "1 pending"


def test_a_mutation_of_a_table_in_memory_that_fails_is_unknown(shop: Shop) -> None:
    shop.ask("CREATE TABLE m (n UInt64, word String) ENGINE = Memory")
    shop.ask("INSERT INTO m VALUES (1, 'x')")
    shop.write("1_fails.sql", "ALTER TABLE m UPDATE n = n + toUInt64(word) WHERE 1;")
    error = failure(shop.migrate())
    assert error.now and "unknown" in error.now
    assert shop.state() == "unfinished"
