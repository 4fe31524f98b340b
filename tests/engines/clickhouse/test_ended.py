"""Mutations that other people end or let fail: what they leave is never taken for done, a run says what it meets."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from schemactl.contract.engine import Engine
from schemactl.contract.job import Job, PlannedStatement
from schemactl.errors import RunInterruptedError, StatementError
from schemactl.events import Noted
from schemactl.running.hands import Before
from tests.contract.clickhouse_dialect import NATIVE
from tests.contract.work import job_up
from tests.engines.clickhouse.scene import Shop, failure, succeeded
from tests.engines.clickhouse.test_newer import noted_of
from tests.engines.clickhouse.test_recovery import step
from tests.engines.clickhouse.test_running import until

PARTS = "CREATE TABLE t (id UInt64, n String) ENGINE = MergeTree ORDER BY id PARTITION BY id"
ROWS = "INSERT INTO t SELECT number, if(number = 2, 'x', toString(number)) FROM numbers(1, 2)"
SOUND = "INSERT INTO t SELECT number, toString(number) FROM numbers(1, 2)"
FAILS = "ALTER TABLE t UPDATE n = toString(toUInt64(n) + 10) WHERE 1"
TYPE = "ALTER TABLE t MODIFY COLUMN n UInt64"
AT_WORK = "SELECT command FROM system.mutations WHERE database = currentDatabase() AND NOT is_done"
KILL = "KILL MUTATION WHERE database = currentDatabase() AND table = 't' SYNC"
DONE_HALF = (
    "SELECT 1 FROM system.parts WHERE database = currentDatabase() AND active AND data_version > min_block_number"
)
UNASKED = " SETTINGS mutations_sync = 0, alter_sync = 0"


def killed(shop: Shop, engine: Engine, statement: str) -> tuple[Job, PlannedStatement, Before]:
    """A statement that rewrote one of two parts and was ended by KILL MUTATION, as a crash leaves it in the ledger."""
    shop.ask(PARTS)
    shop.ask(ROWS)
    job = job_up(engine, NATIVE, "1", statement)
    planned = job.segments[0].steps[0]
    noted = noted_of(shop, planned)
    shop.ask(statement + UNASKED)
    until(lambda: shop.ask(DONE_HALF), "one part")
    shop.ask(KILL)
    assert shop.ask(AT_WORK) == []
    return job, planned, noted


@pytest.fixture
def engine(newer: Shop) -> Iterator[Engine]:
    opened = newer.engine()
    yield opened
    opened.close()


def test_a_change_of_a_type_that_was_ended_by_hand_is_not_done_and_its_query_decides(
    newer: Shop, engine: Engine
) -> None:
    job, planned, noted = killed(newer, engine, TYPE)
    found = engine.recovery.probe(job, planned, step(noted))
    assert found.verdict == "unknown" and "column n is UInt64 in the table and String in parts" in found.evidence
    with pytest.raises(Exception, match="Cannot parse"):
        newer.ask(found.query)
    newer.ask("ALTER TABLE t DELETE WHERE id = 2 SETTINGS mutations_sync = 1")
    assert engine.recovery.probe(job, planned, step(noted)).verdict == "done"


def test_a_change_of_a_type_that_was_ended_and_is_changed_back_is_not_done(newer: Shop, engine: Engine) -> None:
    job, planned, noted = killed(newer, engine, TYPE)
    newer.ask("ALTER TABLE t MODIFY COLUMN n String SETTINGS alter_sync = 1")
    assert engine.recovery.probe(job, planned, step(noted)).verdict == "not done"


def test_the_rows_that_an_ended_change_of_a_type_left_can_be_merged_into_it(newer: Shop, engine: Engine) -> None:
    newer.ask(PARTS)
    newer.ask(SOUND)
    job = job_up(engine, NATIVE, "1", TYPE)
    planned = job.segments[0].steps[0]
    noted = noted_of(newer, planned)
    newer.ask("SYSTEM STOP MERGES t")
    newer.ask(TYPE + UNASKED)
    assert engine.recovery.probe(job, planned, step(noted)).verdict == "half"
    newer.ask(KILL)
    newer.ask("SYSTEM START MERGES t")
    found = engine.recovery.probe(job, planned, step(noted))
    assert found.verdict == "unknown"
    assert newer.ask(found.query) == [(2,)]
    newer.ask("OPTIMIZE TABLE t FINAL")
    assert engine.recovery.probe(job, planned, step(noted)).verdict == "done"


@pytest.mark.parametrize("statement", ["ALTER TABLE t RENAME COLUMN n TO m", "ALTER TABLE t DROP COLUMN n"])
def test_a_column_that_parts_still_have_is_not_gone(newer: Shop, engine: Engine, statement: str) -> None:
    newer.ask(PARTS)
    newer.ask(ROWS)
    job = job_up(engine, NATIVE, "1", statement)
    planned = job.segments[0].steps[0]
    noted = noted_of(newer, planned)
    newer.ask("SYSTEM STOP MERGES t")
    newer.ask(statement + UNASKED)
    newer.ask(KILL)
    found = engine.recovery.probe(job, planned, step(noted))
    assert found.verdict == "unknown" and "column n is gone from the table and String in parts" in found.evidence


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("Enum8('a' = 1)", "Enum8('a' = 1, 'b' = 2)"),
        ("Array(Enum8('a, ''b' = 1))", "Array(Enum8('a, ''b' = 1, 'c' = 2))"),
        ("DateTime", "DateTime('UTC')"),
    ],
)
def test_a_change_of_a_type_that_leaves_parts_as_they_are_is_done(
    newer: Shop, engine: Engine, was: str, now: str
) -> None:
    newer.ask(f"CREATE TABLE t (id UInt64, e {was}) ENGINE = MergeTree ORDER BY id")
    newer.ask("INSERT INTO t (id) SELECT 1")
    statement = f"ALTER TABLE t MODIFY COLUMN e {now}"
    job = job_up(engine, NATIVE, "1", statement)
    planned = job.segments[0].steps[0]
    noted = noted_of(newer, planned)
    newer.ask(statement)
    assert engine.recovery.probe(job, planned, step(noted)).verdict == "done"


def test_an_update_that_was_ended_after_some_parts_is_neither_done_nor_sent_again(newer: Shop, engine: Engine) -> None:
    job, planned, noted = killed(newer, engine, FAILS)
    found = engine.recovery.probe(job, planned, step(noted))
    assert found.verdict == "unknown" and "1 parts of t were rewritten" in found.evidence
    assert ("11",) in newer.ask("SELECT n FROM t")


def test_an_update_that_was_ended_before_it_began_is_not_done(newer: Shop, engine: Engine) -> None:
    newer.ask(PARTS)
    newer.ask("INSERT INTO t VALUES (2, 'x')")
    newer.ask("ALTER TABLE t UPDATE n = concat(n, '!') WHERE 1 SETTINGS mutations_sync = 1")
    job = job_up(engine, NATIVE, "1", FAILS)
    planned = job.segments[0].steps[0]
    noted = noted_of(newer, planned)
    newer.ask(FAILS + UNASKED)
    newer.ask(KILL)
    assert engine.recovery.probe(job, planned, step(noted)).verdict == "not done"


def test_another_s_mutation_is_not_taken_for_one_that_was_ended(newer: Shop, engine: Engine) -> None:
    newer.ask(PARTS)
    newer.ask(ROWS)
    job = job_up(engine, NATIVE, "1", FAILS)
    planned = job.segments[0].steps[0]
    noted = noted_of(newer, planned)
    newer.ask("ALTER TABLE t UPDATE n = concat(n, '!') WHERE 1 SETTINGS mutations_sync = 1")
    found = engine.recovery.probe(job, planned, step(noted))
    assert found.verdict == "unknown" and "concat(n, '!')" in found.evidence


def test_a_mutation_is_known_in_the_server_s_own_words(newer: Shop, engine: Engine) -> None:
    newer.ask(PARTS)
    newer.ask(ROWS)
    statement = "ALTER TABLE t UPDATE n = n || CAST(id AS String) WHERE id BETWEEN 1 AND 2"
    job = job_up(engine, NATIVE, "1", statement)
    planned = job.segments[0].steps[0]
    noted = noted_of(newer, planned)
    newer.ask(statement + " SETTINGS mutations_sync = 1")
    assert engine.recovery.probe(job, planned, step(noted)).verdict == "done"


@pytest.mark.parametrize(
    "statement",
    [*(pytest.param(one, marks=pytest.mark.soak) for one in (FAILS, TYPE)), FAILS + UNASKED, TYPE + UNASKED],
)
def test_a_run_whose_mutation_somebody_ends_while_it_waits_is_not_told_as_done(newer: Shop, statement: str) -> None:
    newer.write(
        "1_rows.sql",
        f"{PARTS};\n-- schemactl: idempotent\n{SOUND};",
    )
    succeeded(newer.migrate())
    newer.write("2_change.sql", f"{statement};")
    newer.ask("SYSTEM STOP MERGES t")

    def end() -> None:
        until(lambda: newer.ask(AT_WORK), "the mutation")
        newer.ask(KILL)

    ended = threading.Thread(target=end)
    ended.start()
    error = failure(newer.migrate())
    ended.join(30)
    assert isinstance(error, StatementError)
    assert newer.state() == ("1 pending" if "UPDATE" in statement else "unfinished"), error.lines()


def blocked(shop: Shop) -> None:
    """Version 1 made a table, on which somebody else's mutation fails."""
    shop.write("1_rows.sql", f"{PARTS};\n-- schemactl: idempotent\n{ROWS};")
    succeeded(shop.migrate())
    shop.ask(FAILS + (UNASKED if shop.url.startswith("chdb:") else ""))
    until(lambda: shop.ask(AT_WORK), "the mutation")


@pytest.mark.parametrize(
    "statement",
    ["DELETE WHERE id = 1", pytest.param("MODIFY COLUMN n FixedString(9)", marks=pytest.mark.soak)],
)
def test_a_run_that_somebody_s_failing_mutation_holds_up_names_it_and_the_way_out(newer: Shop, statement: str) -> None:
    blocked(newer)
    newer.write("2_change.sql", f"ALTER TABLE t {statement};")
    error = failure(newer.migrate())
    assert (error.code, error.kind) == (14, "mutation")
    assert "waits behind mutation_" in error.what and "toUInt64(n) + 10" in error.what and "Cannot parse" in error.what
    assert error.do and "KILL MUTATION WHERE" in error.do
    newer.ask("KILL MUTATION WHERE database = currentDatabase() AND command LIKE '%+ 10%' SYNC")
    succeeded(newer.recover())
    succeeded(newer.migrate())
    assert newer.state() == "up to date"


def test_a_run_that_waits_behind_another_s_mutation_says_so_and_ends_with_its_time(shop: Shop) -> None:
    blocked(shop)
    shop.write("2_change.sql", "-- schemactl: statement_timeout=3s\nALTER TABLE t DELETE WHERE id = 1;")
    error = failure(shop.migrate())
    assert (error.code, error.kind) == (14, "statement_timeout")
    told = [event.what for event in shop.events if isinstance(event, Noted)]
    for said in (*told, error.what):
        assert "waits behind mutation_" in said and "toUInt64(n) + 10" in said
    assert told and error.do and "make t anew" in error.do
    assert shop.state() == "unfinished"


@pytest.mark.soak
def test_a_run_that_waits_behind_another_s_mutation_can_be_stopped(shop: Shop) -> None:
    blocked(shop)
    shop.write("2_change.sql", "ALTER TABLE t DELETE WHERE id = 1;")
    workspace = shop.workspace()

    def listen(event: object) -> None:
        if isinstance(event, Noted):
            workspace.stop.ask()

    error = failure(workspace.migrate(workspace.plan(), emit=listen))
    assert isinstance(error, RunInterruptedError)
    assert error.now and "at work" in error.now
    assert shop.state() == "unfinished"


REWRITES = {
    "MODIFY COLUMN n UInt64": "SELECT toTypeName(n), sum(n) FROM t GROUP BY 1",
    "RENAME COLUMN n TO m": "SELECT toTypeName(m), toString(sum(toUInt64(m))) FROM t GROUP BY 1",
    "DROP COLUMN n": "SELECT 'id', sum(id) FROM t",
    "MATERIALIZE COLUMN d": "SELECT 'd', sum(d) FROM t",
    "MATERIALIZE INDEX i": "SELECT 'i', sum(id) FROM t WHERE d = 2",
}


@pytest.mark.soak
@pytest.mark.parametrize("command", REWRITES)
def test_what_rewrites_parts_is_awaited_whatever_the_statement_s_own_settings_say(newer: Shop, command: str) -> None:
    newer.write("1_rows.sql", f"{PARTS};\n-- schemactl: idempotent\n{SOUND};")
    succeeded(newer.migrate())
    newer.ask("ALTER TABLE t ADD COLUMN d UInt64 DEFAULT id, ADD INDEX i d TYPE minmax")
    newer.write("2_change.sql", f"ALTER TABLE t {command}{UNASKED};")
    newer.ask("SYSTEM STOP MERGES t")
    results = []
    thread = threading.Thread(target=lambda: results.append(newer.migrate()), daemon=True)
    thread.start()
    until(lambda: any("parts to do" in event.what for event in newer.events if isinstance(event, Noted)), "the waiting")
    assert newer.ask(AT_WORK) and results == []
    newer.ask("SYSTEM START MERGES t")
    thread.join(30)
    succeeded(results[0])
    assert newer.ask(AT_WORK) == []
    assert str(newer.ask(REWRITES[command])[0][1]) in ("3", "2")
