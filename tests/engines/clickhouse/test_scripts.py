"""Python migrations on ClickHouse: the lock, time and what the server goes on with hold for what a script sends too."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from schemactl.contract.engine import Missing
from schemactl.contract.opening import Stop
from schemactl.errors import LockedError, RunInterruptedError
from schemactl.events import Event, Noted, ignore
from tests.contract.work import job_script, prepare, run_on
from tests.engines.clickhouse.scene import Shop, failure, succeeded
from tests.engines.clickhouse.test_lock import OTHER
from tests.engines.clickhouse.test_running import ROWS, SLOW, TABLE, mutations_at_work, running, until
from tests.tools.turnproxy import Halt

AT = "migrations/shop/app/2_script.py"


def write(shop: Shop, *lines: str) -> None:
    """Version 2: a script of these lines."""
    body = "".join(f"    {line}\n" for line in lines)
    (shop.root / "migrations" / "shop" / "app" / "2_script.py").write_text(f"def up(ctx):\n{body}")


def execute(sql: str) -> str:
    return f"ctx.connection.execute({sql.strip().removesuffix(';')!r})"


def test_a_script_whose_runner_is_stopped_past_its_lease_sends_nothing_more(shop: Shop) -> None:
    write(
        shop,
        execute("CREATE TABLE a (id UInt8) ENGINE = Log"),
        execute("CREATE TABLE b (id UInt8) ENGINE = Log"),
    )
    with shop.proxy() as proxy:
        halt = proxy.arm(Halt(match="CREATE TABLE a ", point="executed"))
        child = shop.program("migrate", url=shop.through(proxy))
        halt.wait()
        child.send_signal(signal.SIGSTOP)
        shop.recover(wait_s=30)  # it takes over; what it finds is the person's to decide
        proxy.release()
        child.send_signal(signal.SIGCONT)
        said, _ = child.communicate(timeout=60)
    assert child.returncode == 12, said
    assert '"lost_lock"' in said
    assert (shop.has("a"), shop.has("b")) == (True, False)


@pytest.mark.parametrize(
    "then",
    ["ctx.connection.execute('INSERT INTO a SELECT 1')", "ctx.connection.insert('a', ['id'], [(1,)])"],
)
def test_a_script_whose_generation_was_taken_over_sends_nothing_more(shop: Shop, tmp_path: Path, then: str) -> None:
    shop.ask("CREATE TABLE a (id UInt8) ENGINE = Log")
    engine = shop.engine()
    assert not isinstance(engine.lock, Missing)
    job = job_script(engine, "1", f"def up(ctx):\n    ctx.log('now')\n    {then}\n", tmp_path / "1_script.py")

    def take_over(event: Event) -> None:
        if isinstance(event, Noted):
            shop.ask(OTHER.format(number=2))

    with pytest.raises(LockedError) as lost, engine.lock.hold(wait_s=0, emit=ignore):
        prepare(engine)
        engine.runner.run([job], take_over)
    assert lost.value.kind == "lost_lock"
    assert shop.ask("SELECT count() FROM a") == [(0,)]
    engine.close()


def test_a_script_s_mutation_is_done_when_its_migration_is_told_as_done(shop: Shop) -> None:
    shop.write("1_table.sql", TABLE + ROWS)
    write(shop, execute(SLOW.replace("0.5", "0.7")))
    succeeded(shop.migrate())
    assert mutations_at_work(shop) == []
    assert shop.ask("SELECT sum(v) FROM t") == [(4,)]
    assert any("parts to do" in event.what for event in shop.events if isinstance(event, Noted))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("-- rows\nINSERT INTO s VALUES (1)", "insert(table, columns, rows)"),
        ("/* rows */ INSERT INTO s VALUES (1)", "insert(table, columns, rows)"),
        ("-- threads\nSET max_threads = 1", "SET does not last"),
        ("KILL QUERY WHERE 1", "could end the migration itself"),
        ("CREATE TEMPORARY TABLE x (id UInt8)", "gone with the connection"),
        ("BEGIN TRANSACTION", "no transactions"),
        ("INSERT INTO schema_events SELECT *", "schemactl's own"),
        ("DROP TABLE schema_events", "schemactl's own"),
        ("CREATE TABLE schema_x (id UInt8) ENGINE = Log", "begins with schema_"),
        ("-- nothing", "takes one statement"),
        ("SELECT 1; SELECT 2", "takes one statement"),
    ],
)
def test_a_comment_hides_nothing_from_what_a_script_is_told(shop: Shop, statement: str, words: str) -> None:
    shop.ask("CREATE TABLE s (id UInt8) ENGINE = Log")
    write(shop, f"ctx.connection.execute({statement!r}, settings={{'receive_timeout': 1}})")
    error = failure(shop.migrate())
    assert (error.kind, error.at) == ("script", f"{AT}:2")
    assert words in error.what


@pytest.mark.parametrize("table", ["schema_events", "`schema_events`", "schema_lock_0000000001"])
def test_a_script_inserts_no_rows_into_the_tool_s_own_tables(shop: Shop, table: str) -> None:
    columns = ["seq", "event", "kind", "version_id", "service_name", "version", "at", "payload"]
    write(shop, f"ctx.connection.insert({table!r}, {columns}, [(99, 'e', 'gone', 99, '', '', 0, '')])")
    error = failure(shop.migrate())
    assert (error.kind, error.at) == ("script", f"{AT}:2")
    assert "schemactl's own" in error.what


def test_a_value_of_another_type_than_its_column_s_is_told_at_its_line(shop: Shop) -> None:
    shop.ask("CREATE TABLE s (id UInt8) ENGINE = Log")
    write(shop, "ctx.connection.insert('s', ['id'], [('one',)])")
    error = failure(shop.migrate())
    assert (error.code, error.kind, error.at) == (14, "wrong_type", f"{AT}:2")
    assert "id" in error.what or "one" in error.what
    assert shop.ask("SELECT count() FROM s") == [(0,)]


def test_after_a_wrong_value_the_script_s_connection_goes_on(shop: Shop) -> None:
    shop.ask("CREATE TABLE s (id UInt8) ENGINE = Log")
    write(
        shop,
        "try:",
        "    ctx.connection.insert('s', ['id'], [(1,), ('one',)])",
        "except Exception:",
        "    ctx.connection.insert('s', ['id'], [(2,)])",
    )
    succeeded(shop.migrate())
    assert shop.ask("SELECT id FROM s") == [(2,)]


def slow_insert(shop: Shop, *, said: str = "") -> None:
    """Version 2: an insert that a view makes endless."""
    shop.ask("CREATE TABLE s (id UInt64) ENGINE = Log")
    endless = "SELECT number FROM system.numbers WHERE sleep(0.1) = 1"
    shop.ask(f"CREATE MATERIALIZED VIEW v ENGINE = Log AS SELECT id FROM s WHERE id IN ({endless})")
    write(shop, "ctx.connection.insert('s', ['id'], [(1,)])")
    path = shop.root / "migrations" / "shop" / "app" / "2_script.py"
    path.write_text(said + path.read_text())


def test_a_script_s_insert_is_ended_when_its_time_is_up(shop: Shop) -> None:
    slow_insert(shop, said="# schemactl: statement_timeout=1s\n")
    error = failure(shop.migrate())
    assert (error.kind, error.at) == ("statement_timeout", f"{AT}:3")
    assert running(shop, "INSERT INTO s") == []


@pytest.mark.parametrize("then", ["ctx.connection.insert('s', ['id'], [(1,)])", execute("INSERT INTO s SELECT 1")])
def test_a_script_that_is_to_stop_sends_nothing_more(shop: Shop, tmp_path: Path, then: str) -> None:
    shop.ask("CREATE TABLE s (id UInt64) ENGINE = Log")
    stop = Stop()
    engine = shop.engine(stop=stop)
    job = job_script(engine, "1", f"def up(ctx):\n    ctx.log('stop here')\n    {then}\n", tmp_path / "1_script.py")

    def listen(event: Event) -> None:
        if isinstance(event, Noted):
            stop.ask()

    with pytest.raises(RunInterruptedError):
        run_on(engine, job, emit=listen)
    engine.close()
    assert shop.ask("SELECT count() FROM s") == [(0,)]


ENDLESS_IN = "INSERT INTO s SELECT number FROM system.numbers WHERE number < 3 OR sleep(0.1) = 1"


def run_in_thread(shop: Shop, tmp_path: Path, stop: Stop, then: str) -> tuple[threading.Thread, list[str]]:
    """Version 1, a script of this line, run beside the test; what its error says is true now."""
    engine, told = shop.engine(stop=stop), list[str]()
    job = job_script(engine, "1", f"def up(ctx):\n    {then}\n", tmp_path / "1_script.py")

    def work() -> None:
        try:
            run_on(engine, job)
        except RunInterruptedError as error:
            told.append(error.now or "")
        finally:
            engine.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread, told


def states(shop: Shop) -> list[str]:
    engine = shop.engine()
    found = [str(entry.state) for entry in engine.ledger.read().entries]
    engine.close()
    return found


def test_a_stop_ends_a_script_s_insert_in_the_server_and_what_is_told_is_true(shop: Shop, tmp_path: Path) -> None:
    """Blocks of it may have come: nobody is told that nothing was done."""
    shop.ask("CREATE TABLE s (id UInt64) ENGINE = Log")
    stop = Stop()
    thread, told = run_in_thread(shop, tmp_path, stop, execute(ENDLESS_IN))
    until(lambda: running(shop, "INSERT INTO s SELECT"), "the script's insert")
    stop.ask()
    thread.join(30)
    assert running(shop, "INSERT INTO s SELECT") == []
    assert len(told) == 1 and "under way" in told[0] and "unknown" in told[0]
    assert states(shop) == ["applying"]


@pytest.mark.soak
def test_an_insert_of_rows_that_no_stop_ends_is_waited_for_and_told_as_it_is(shop: Shop, tmp_path: Path) -> None:
    """18.16 has no way to end one whose block is being written (380): its answer is awaited for ten seconds."""
    shop.ask("CREATE TABLE s (id UInt64) ENGINE = Log")
    slow = "SELECT number FROM numbers(30) WHERE sleep(0.1) = 0"
    shop.ask(f"CREATE MATERIALIZED VIEW v ENGINE = Log AS SELECT id FROM s WHERE id IN ({slow})")
    stop = Stop()
    thread, told = run_in_thread(shop, tmp_path, stop, "ctx.connection.insert('s', ['id'], [(1,)])")
    until(lambda: running(shop, "INSERT INTO s ("), "the script's insert")
    stop.ask()
    thread.join(30)
    assert (told, states(shop)) == ([], ["applied"])
    assert shop.ask("SELECT id FROM s") == [(1,)]


def test_a_stop_ends_a_script_that_sigint_reaches_with_130(shop: Shop) -> None:
    shop.ask("CREATE TABLE s (id UInt64) ENGINE = Log")
    write(shop, execute(ENDLESS_IN))
    child = shop.program("migrate")
    until(lambda: running(shop, "INSERT INTO s SELECT"), "the script's insert")
    child.send_signal(signal.SIGINT)
    said, _ = child.communicate(timeout=60)
    assert child.returncode == 130, said
    assert "unknown" in said and running(shop, "INSERT INTO s SELECT") == []
    assert shop.state() == "unfinished"
