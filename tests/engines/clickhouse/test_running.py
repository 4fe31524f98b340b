"""Running on 18.16: what the server goes on with is awaited, what is stopped is looked at, nothing is guessed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from schemactl.contract.engine import Missing
from schemactl.contract.opening import Stop
from schemactl.errors import RunInterruptedError, SchemactlError, StatementError
from schemactl.events import Event, Noted, StatementProbed, StepStarted, ignore
from schemactl.sandbox import clickhouse as sandbox
from tests.contract.clickhouse_dialect import NATIVE
from tests.contract.work import job_up, run_on
from tests.engines.clickhouse.scene import Shop, failure, succeeded
from tests.fixtures.absence import not_run
from tests.fixtures.clickhouse import make_clickhouse_database

TABLE = "CREATE TABLE t (id UInt64, v UInt64, w String) ENGINE = MergeTree ORDER BY id;\n"
ROWS = (
    "-- schemactl: idempotent\nINSERT INTO t SELECT number, 0, 'x' FROM numbers(4) WHERE (SELECT count() FROM t) = 0;\n"
)
SLOW = "ALTER TABLE t UPDATE v = v + 1 + sleepEachRow(0.5) WHERE 1;\n"
FAILING = "ALTER TABLE t UPDATE v = toUInt64(w) WHERE 1;\n"
ENDLESS = "INSERT INTO t SELECT number, 0, 'y' FROM system.numbers WHERE number < 3 OR sleep(0.1) = 1"


def until(happened: Callable[[], Any], what: str) -> None:
    """Wait for what only the server can show."""
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end, f"did not come about: {what}"
        time.sleep(0.02)


def running(shop: Shop, words: str) -> list[Any]:
    return shop.ask(
        f"SELECT query_id FROM system.processes WHERE query LIKE '{words}%' AND query_id LIKE 'schemactl-%'"
    )


def mutations_at_work(shop: Shop) -> list[Any]:
    return shop.ask("SELECT command FROM system.mutations WHERE database = currentDatabase() AND is_done = 0")


def run_in_thread(shop: Shop, stop: Stop, *statements: str) -> tuple[threading.Thread, list[SchemactlError]]:
    """Version 1 of these statements, run beside the test; how it failed."""
    engine, failed = shop.engine(stop=stop), list[SchemactlError]()

    def work() -> None:
        try:
            run_on(engine, job_up(engine, NATIVE, "1", *statements))
        except SchemactlError as error:
            failed.append(error)
        finally:
            engine.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread, failed


def test_a_mutation_is_done_when_its_migration_is_told_as_done(shop: Shop) -> None:
    shop.write("1_slow.sql", TABLE + ROWS + SLOW)
    succeeded(shop.migrate())
    assert mutations_at_work(shop) == []
    assert shop.ask("SELECT sum(v) FROM t") == [(4,)]


def test_a_stop_while_a_mutation_is_awaited_leaves_it_to_the_server_and_recover_waits_for_it(shop: Shop) -> None:
    shop.ask(TABLE)
    shop.ask(ROWS.replace(";", ""))
    stop, statement = Stop(), SLOW.rstrip(";\n")
    thread, failed = run_in_thread(shop, stop, statement)
    until(lambda: mutations_at_work(shop), "the mutation's beginning")
    stop.ask()
    thread.join(30)
    assert [type(error) for error in failed] == [RunInterruptedError]
    assert failed[0].now and "at work" in failed[0].now
    engine = shop.engine()
    (step,) = engine.ledger.read().steps
    job = job_up(engine, NATIVE, "1", statement)
    planned = job.segments[0].steps[0]
    assert engine.recovery.probe(job, planned, step).verdict in ("half", "done")
    assert "waited" in engine.recovery.tidy(planned, step)
    assert engine.recovery.probe(job, planned, step).verdict == "done"
    assert shop.ask("SELECT sum(v) FROM t") == [(4,)]
    engine.close()


def test_a_mutation_that_does_not_end_in_its_time_is_half_done_and_not_taken_for_failed(shop: Shop) -> None:
    shop.write("1_rows.sql", TABLE + ROWS)
    shop.write("2_fails.sql", "-- schemactl: statement_timeout=1s\n" + FAILING)
    error = failure(shop.migrate())
    assert (error.code, error.kind) == (14, "statement_timeout")
    assert error.now and "mutation" in error.now
    assert shop.state() == "unfinished"
    # 18.16 has no KILL MUTATION: the table is made anew without the rows that it fails on.
    assert len(mutations_at_work(shop)) == 1


def test_a_stop_ends_a_statement_in_the_server_and_says_what_it_left(shop: Shop) -> None:
    shop.ask(TABLE)
    stop = Stop()
    thread, failed = run_in_thread(shop, stop, ENDLESS)
    until(lambda: running(shop, "INSERT INTO t"), "the statement's beginning")
    stop.ask()
    thread.join(30)
    assert [type(error) for error in failed] == [RunInterruptedError]
    assert running(shop, "INSERT INTO t") == []
    engine = shop.engine()
    assert engine.ledger.read().entries == ()
    assert shop.ask("SELECT count() FROM t") == [(0,)]
    engine.close()


def test_a_statement_s_own_time_limit_ends_it(shop: Shop) -> None:
    shop.write("1_table.sql", TABLE)
    shop.write("2_slow.sql", f"-- schemactl: statement_timeout=1s\n{ENDLESS};")
    error = failure(shop.migrate())
    assert (error.code, error.kind, error.at) == (14, "statement_timeout", "migrations/shop/app/2_slow.sql:3")
    assert running(shop, "INSERT INTO t") == []
    assert shop.state() == "1 pending"


def test_a_time_limit_is_an_error_also_where_the_user_s_profile_takes_what_has_come_for_all(shop: Shop) -> None:
    given = "INSERT INTO t SELECT 1, 0, value FROM system.settings WHERE name = 'timeout_overflow_mode'"
    shop.url += "?timeout_overflow_mode=break"
    shop.write("1_rows.sql", f"{TABLE}-- schemactl: statement_timeout=30s\n{given};")
    succeeded(shop.migrate())
    assert shop.ask("SELECT w FROM t") == [("throw",)]


def test_an_insert_that_fails_on_its_way_is_unknown_and_waits_for_a_person(shop: Shop) -> None:
    """Each block commits by itself: run again, the first rows would come twice."""
    shop.write("1_table.sql", TABLE)
    shop.write(
        "2_rows.sql",
        "INSERT INTO t SELECT number, 0, toString(throwIf(number = 3000000)) FROM numbers(4000000);",
    )
    error = failure(shop.migrate())
    assert isinstance(error, StatementError) and error.state == "395"
    came = shop.ask("SELECT count() FROM t")[0][0]
    assert 0 < came < 4_000_000
    assert error.now and "unknown" in error.now
    undecided = failure(shop.recover())
    assert undecided.kind == "unknown" and undecided.do and "--mark" in undecided.do
    assert shop.ask("SELECT count() FROM t")[0][0] == came
    succeeded(shop.recover(mark="done"))
    assert (shop.ask("SELECT count() FROM t"), shop.state()) == ([(came,)], "up to date")


def test_an_insert_that_the_server_refuses_at_once_leaves_nothing_to_recover(shop: Shop) -> None:
    shop.write("1_table.sql", TABLE)
    shop.write("2_rows.sql", "INSERT INTO t SELECT 1, 2, nothing;")
    error = failure(shop.migrate())
    assert (error.kind, error.at) == ("missing_object", "migrations/shop/app/2_rows.sql:2")
    assert shop.state() == "1 pending"


def test_rows_that_cannot_be_sent_are_refused_before_they_are_announced(shop: Shop) -> None:
    shop.write("1_rows.sql", TABLE + "INSERT INTO t VALUES (1, DEFAULT, 'x');")
    error = failure(shop.migrate())
    assert (error.code, error.at, bool(error.do)) == (15, "migrations/shop/app/1_rows.sql:3", True)
    # Had it been announced, nobody could tell now.
    shop.recover()
    found = [event.verdict for event in shop.events if isinstance(event, StatementProbed)]
    assert found == ["done", "not done"]


def test_an_insert_into_a_table_that_feeds_a_view_is_unknown_when_it_fails(shop: Shop) -> None:
    """Rows may have reached the view and not the table."""
    shop.write("1_table.sql", f"{TABLE}CREATE MATERIALIZED VIEW m ENGINE = MergeTree ORDER BY id AS SELECT id FROM t;")
    shop.write("2_rows.sql", "INSERT INTO t SELECT number, 0, toString(throwIf(number = 1)) FROM numbers(2);")
    error = failure(shop.migrate())
    assert error.now and "unknown" in error.now
    assert shop.state() == "unfinished"


def test_a_rename_that_fails_in_its_middle_is_renamed_back(shop: Shop) -> None:
    shop.write("1_tables.sql", "CREATE TABLE a (id UInt8) ENGINE = Log;\nCREATE TABLE b (id UInt8) ENGINE = Log;\n")
    shop.write("2_names.sql", "RENAME TABLE a TO x, nothing TO y;\n")
    error = failure(shop.migrate())
    assert error.kind == "missing_object"
    assert (shop.has("a"), shop.has("x"), shop.state()) == (True, False, "1 pending")


def test_an_alter_of_a_column_that_is_not_there_leaves_nothing_to_recover(shop: Shop) -> None:
    shop.write("1_table.sql", TABLE)
    shop.write("2_column.sql", "ALTER TABLE t ADD COLUMN n UInt8, DROP COLUMN nothing;")
    assert failure(shop.migrate()).code == 14
    assert shop.state() == "1 pending"
    assert "n UInt8" not in shop.ask("SHOW CREATE TABLE t")[0][0]


def test_rows_in_a_statement_s_text_arrive(shop: Shop) -> None:
    """Over the native protocol the server would wait for a block of rows without end."""
    shop.write("1_rows.sql", TABLE + "INSERT INTO t VALUES (1, 2, 'a;b'), (2, 3, 'it''s -- no comment');\n")
    succeeded(shop.migrate())
    assert shop.ask("SELECT id, v, w FROM t ORDER BY id") == [(1, 2, "a;b"), (2, 3, "it's -- no comment")]


def test_what_is_waited_for_is_told(shop: Shop) -> None:
    shop.write("1_slow.sql", TABLE + ROWS + SLOW.replace("0.5", "0.7"))
    succeeded(shop.migrate())
    told = [event.what for event in shop.events if isinstance(event, Noted)]
    assert len(told) == 1 and "mutation" in told[0] and "parts to do" in told[0]


def test_a_script_runs_between_its_ledger_entries_and_its_error_names_its_line(shop: Shop) -> None:
    folder = shop.root / "migrations" / "shop" / "app"
    (folder / "1_make.py").write_text(
        "def up(ctx):\n    ctx.connection.execute('CREATE TABLE s (id UInt8, w String) ENGINE = Log')\n"
        "    ctx.connection.insert('s', ['id', 'w'], [(1, 'a'), (2, 'b')])\n"
    )
    (folder / "2_fail.py").write_text("def up(ctx):\n    ctx.connection.execute('SELECT nothing')\n")
    error = failure(shop.migrate())
    assert isinstance(error, StatementError)
    assert (error.at, error.state) == ("migrations/shop/app/2_fail.py:2", "47")
    assert shop.ask("SELECT id, w FROM s ORDER BY id") == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("statement", ["SET max_threads = 1", "INSERT INTO s VALUES (1)"])
def test_a_script_is_told_what_does_not_work_here(shop: Shop, statement: str) -> None:
    path = shop.root / "migrations" / "shop" / "app" / "1_wrong.py"
    path.write_text(f"def up(ctx):\n    ctx.connection.execute({statement!r})\n")
    error = failure(shop.migrate())
    assert (error.kind, error.at) == ("script", "migrations/shop/app/1_wrong.py:2")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Shop, sandbox.Server]]:
    """A shop on a server of its own, which the test may kill; no table of more than a byte may be dropped there."""
    for missing in sandbox.absent(["18.16"]):
        not_run("clickhouse", missing.what, missing.why, missing.remedy)
    with sandbox.start(version="18.16", config="<max_table_size_to_drop>1</max_table_size_to_drop>") as server:
        yield Shop(tmp_path, make_clickhouse_database(server)), server


def test_a_server_that_is_started_again_in_the_middle_ends_the_run_and_recover_goes_on(
    own: tuple[Shop, sandbox.Server],
) -> None:
    shop, server = own
    shop.write("1_table.sql", TABLE)
    shop.write("2_more.sql", ROWS + "ALTER TABLE t ADD COLUMN n UInt8;\n")
    workspace = shop.workspace()

    def restart(event: Event) -> None:
        if isinstance(event, StepStarted) and event.version == "2":
            server.restart()

    error = failure(workspace.migrate(workspace.plan(), emit=restart))
    assert (error.code, bool(error.do)) == (11, True)
    recovered = shop.recover(wait_s=30)
    assert recovered.exit_code == 0
    succeeded(shop.migrate(wait_s=30))
    assert shop.ask("SELECT count(), sum(n) FROM t") == [(4, 0)]
    assert shop.state() == "up to date"


def test_a_table_that_is_too_large_to_drop_stays_and_the_server_s_words_are_told(
    own: tuple[Shop, sandbox.Server],
) -> None:
    shop, _ = own
    shop.write("1_table.sql", TABLE + ROWS)
    shop.write("2_drop.sql", "DROP TABLE t;")
    error = failure(shop.migrate())
    assert isinstance(error, StatementError) and error.state == "359"
    assert (shop.has("t"), shop.state()) == (True, "1 pending")


def test_a_lock_is_there_on_one_server(shop: Shop) -> None:
    engine = shop.engine()
    assert not isinstance(engine.lock, Missing)
    with engine.lock.hold(wait_s=0, emit=ignore):
        assert shop.ask("SHOW TABLES LIKE 'schema_lock_%'") == [("schema_lock_0000000001",)]
    engine.close()
