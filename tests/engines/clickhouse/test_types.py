"""Changes of a column's type on ClickHouse 26.9 that leave parts as they are, or that an INSERT under way outlives."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from schemactl.contract.engine import Engine
from tests.contract.clickhouse_dialect import NATIVE
from tests.contract.work import job_up
from tests.engines.clickhouse.scene import Shop, succeeded
from tests.engines.clickhouse.test_newer import noted_of
from tests.engines.clickhouse.test_recovery import step
from tests.engines.clickhouse.test_running import until


@pytest.fixture
def engine(newer: Shop) -> Iterator[Engine]:
    opened = newer.engine()
    yield opened
    opened.close()


PAIRS = [
    ("UInt8", "Bool"),
    ("Bool", "UInt8"),
    ("DateTime64(3)", "DateTime64(3, 'UTC')"),
    ("UInt64", "SimpleAggregateFunction(sum, UInt64)"),
    ("Tuple(Float64, Float64)", "Point"),
    ("Ring", "Array(Point)"),
    ("AggregateFunction(sum, UInt8)", "AggregateFunction(sum, Bool)"),
    ("Nullable(UInt8)", "Nullable(Bool)"),
    ("Array(UInt8)", "Array(Bool)"),
    ("Map(String, UInt8)", "Map(String, Bool)"),
    ("Tuple(a UInt8)", "Tuple(a Bool)"),
    ("Nullable(Enum8('a' = 1))", "Nullable(Int8)"),
    ("Array(Array(Date))", "Array(Array(UInt16))"),
]
REWRITTEN = [
    ("UInt8", "UInt16"),
    ("Tuple(UInt8)", "Tuple(a UInt8)"),
    ("Variant(UInt8, String)", "Variant(UInt8, String, Date)"),
    ("Map(String, Enum8('a' = 1))", "Map(String, Enum8('a' = 1, 'b' = 2))"),
]
PART_TYPES = "SELECT DISTINCT type FROM system.parts_columns WHERE database = currentDatabase() AND active"


def made(pairs: list[tuple[str, str]]) -> str:
    columns = ", ".join(f"c{number} {was}" for number, (was, _) in enumerate(pairs))
    return f"CREATE TABLE t (id UInt8, {columns}) ENGINE = MergeTree ORDER BY id"


def changed(pairs: list[tuple[str, str]]) -> str:
    return "ALTER TABLE t " + ", ".join(f"MODIFY COLUMN c{number} {now}" for number, (_, now) in enumerate(pairs))


def test_a_change_to_a_type_that_is_stored_alike_is_applied(newer: Shop) -> None:
    """The server makes no mutation of it, and its parts keep the old type's name."""
    newer.write("1_t.sql", made(PAIRS) + ";")
    succeeded(newer.migrate())
    newer.ask("INSERT INTO t (id) SELECT 1")
    newer.write("2_types.sql", changed(PAIRS) + ";")
    succeeded(newer.migrate())
    assert newer.state() == "up to date"
    assert newer.ask(f"{PART_TYPES} AND table = 't' AND column = 'c0'") == [("UInt8",)]


@pytest.mark.parametrize("pairs", [PAIRS, REWRITTEN])
def test_a_change_of_a_type_is_found_done_after_a_crash_whatever_its_parts_are_called(
    newer: Shop, engine: Engine, pairs: list[tuple[str, str]]
) -> None:
    newer.ask(made(pairs))
    newer.ask("INSERT INTO t (id) SELECT 1")
    job = job_up(engine, NATIVE, "1", changed(pairs))
    planned = job.segments[0].steps[0]
    noted = noted_of(newer, planned)
    newer.ask(changed(pairs) + " SETTINGS alter_sync = 2")
    found = engine.recovery.probe(job, planned, step(noted))
    assert found.verdict == "done", found.evidence


@pytest.mark.parametrize("statement", ["MODIFY COLUMN n UInt16", pytest.param("DROP COLUMN n", marks=pytest.mark.soak)])
def test_rows_that_an_insert_from_before_brings_after_the_change_do_not_undo_it(
    newer: Shop, engine: Engine, statement: str
) -> None:
    newer.ask("CREATE TABLE t (id UInt8, n UInt8) ENGINE = MergeTree ORDER BY id")
    newer.ask("INSERT INTO t VALUES (1, 1)")
    job = job_up(engine, NATIVE, "1", f"ALTER TABLE t {statement}")
    planned = job.segments[0].steps[0]
    noted = noted_of(newer, planned)
    slow = "INSERT INTO t SELECT 2, 2 FROM numbers(3) WHERE sleepEachRow(0.5) = 0"
    insert = threading.Thread(target=newer.ask, args=(slow,))
    insert.start()
    until(lambda: newer.ask("SELECT 1 FROM system.processes WHERE query LIKE 'INSERT INTO t SELECT 2%'"), "the insert")
    newer.ask(f"ALTER TABLE t {statement} SETTINGS alter_sync = 2")
    insert.join(30)
    assert newer.ask(f"{PART_TYPES} AND table = 't' AND column = 'n' AND name LIKE 'all\\_3\\_3%'") == [("UInt8",)]
    found = engine.recovery.probe(job, planned, step(noted))
    assert found.verdict == "done", found.evidence
