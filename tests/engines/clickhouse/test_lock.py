"""The lock's generations on one server: takeover, what a dead runner left at work, a stopped one, wrong clocks."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schemactl.contract.engine import Lock, Missing
from schemactl.contract.opening import Opening, Stop
from schemactl.engines.clickhouse.connection import Session
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.errors import LockedError, RunInterruptedError, SchemactlError
from schemactl.events import Event, Waiting, ignore
from schemactl.running.lease import LeaseLock
from tests.contract.clickhouse_dialect import NATIVE
from tests.contract.work import Heard, job_up, prepare
from tests.engines.clickhouse.scene import LEASE_S, Shop, failure, succeeded
from tests.engines.clickhouse.test_running import ENDLESS, TABLE, running, until
from tests.tools.turnproxy import Halt

OTHER = "CREATE TABLE schema_lock_{number:010} (owner String, token String, at UInt32, released UInt8) ENGINE = Memory"
TWO = "CREATE TABLE a (id UInt8) ENGINE = Log;\nCREATE TABLE b (id UInt8) ENGINE = Log;\n"


Locks = Callable[..., Lock]


@pytest.fixture
def lock_of(shop: Shop) -> Iterator[Locks]:
    """`lock_of(stop) -> Lock`, each of an engine of its own, closed after the test."""
    with contextlib.ExitStack() as stack:

        def open_one(stop: Stop | None = None) -> Lock:
            engine = shop.engine(stop=stop)
            stack.callback(engine.close)
            assert not isinstance(engine.lock, Missing)
            return engine.lock

        yield open_one


def generations(shop: Shop) -> list[str]:
    return sorted(name for (name,) in shop.ask("SHOW TABLES LIKE 'schema_lock_%'"))


def test_each_taking_makes_the_next_generation_and_drops_the_one_before(shop: Shop, lock_of: Locks) -> None:
    lock = lock_of()
    for number in (1, 2, 3):
        with lock.hold(wait_s=0, emit=ignore):
            assert generations(shop) == [f"schema_lock_{number:010}"]
    # The highest is never dropped: a number cannot come back.
    assert generations(shop) == ["schema_lock_0000000003"]


def test_a_killed_runner_s_statement_is_ended_before_anything_is_looked_at(shop: Shop) -> None:
    shop.ask(TABLE)
    shop.write("1_rows.sql", f"{ENDLESS};")
    child = shop.program("migrate")
    until(lambda: running(shop, "INSERT INTO t"), "the statement's beginning")
    child.kill()
    child.communicate()
    assert running(shop, "INSERT INTO t") != []  # its death ended nothing
    undecided = failure(shop.recover(wait_s=30))
    assert undecided.kind == "unknown"
    assert running(shop, "INSERT INTO t") == []
    waited = [event.why for event in shop.events if isinstance(event, Waiting)]
    assert any("left a statement running: INSERT INTO t" in why for why in waited)


def test_a_runner_that_is_waited_for_is_told_with_its_age(lock_of: Locks) -> None:
    heard = Heard()
    first, second = lock_of(), lock_of()
    with (
        first.hold(wait_s=0, emit=ignore),
        pytest.raises(LockedError) as refused,
        second.hold(wait_s=0.2, emit=heard),
    ):
        pytest.fail("two hold it")
    assert re.search(r"process \d+ \(generation 1, last heard of \d+ s ago\)", refused.value.what)
    assert len(heard.of(Waiting)) == 1


def test_a_table_that_goes_while_it_is_read_counts_as_one_that_is_not_there(shop: Shop) -> None:
    """The server says so in two ways; which of them is a matter of the moment."""
    refused: list[ServerError] = []
    over = threading.Event()
    maker, looker = (Session(Opening(shop.url, "a test's folder", "shop/app", Stop())) for _ in range(2))

    def look() -> None:
        while not over.is_set():
            try:
                looker.link.ask("SELECT any(token) FROM schema_lock_0000000009")
            except ServerError as error:
                refused.append(error)

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        for _ in range(300):
            maker.link.ask(OTHER.format(number=9))
            maker.link.ask("DROP TABLE schema_lock_0000000009")
        over.set()
        looking.result()
    maker.close()
    looker.close()
    assert refused
    assert {error.failure.sentence() for error in refused if not error.failure.no_table} == set()


def test_tables_are_listed_while_others_go(shop: Shop, lock_of: Locks) -> None:
    """The server looks each table up that it listed, and says that it does not exist where it has gone since."""
    over = threading.Event()
    maker = Session(Opening(shop.url, "a test's folder", "shop/app", Stop()))
    lock, engine = lock_of(), shop.engine()

    def look() -> int:
        looks = 0
        while not over.is_set():
            lock.holder()
            engine.catalog.read()
            looks += 1
        return looks

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            for _ in range(200):
                maker.link.ask(OTHER.format(number=9))
                maker.link.ask("DROP TABLE schema_lock_0000000009")
        finally:
            over.set()
        assert looking.result() > 1
    maker.close()
    engine.close()


def test_who_takes_over_and_does_not_come_to_its_end_leaves_that_to_the_next(shop: Shop, lock_of: Locks) -> None:
    """The second lets go of a lock before the first one's statement was ended: the third must not start beside it."""
    shop.ask(TABLE)
    shop.write("1_rows.sql", f"{ENDLESS};")
    child = shop.program("migrate")
    until(lambda: running(shop, "INSERT INTO t"), "the statement's beginning")
    child.kill()
    child.communicate()
    shop.ask(OTHER.format(number=2))
    shop.ask("INSERT INTO schema_lock_0000000002 SELECT 'somebody', 'other', toUInt32(now()), 1")
    assert running(shop, "INSERT INTO t") != []
    with lock_of().hold(wait_s=0, emit=ignore):
        assert running(shop, "INSERT INTO t") == []
        assert generations(shop) == ["schema_lock_0000000003"]


def test_who_takes_over_can_be_stopped_while_an_old_statement_is_at_work(shop: Shop, lock_of: Locks) -> None:
    shop.ask(TABLE)
    shop.write("1_rows.sql", f"{ENDLESS};")
    child = shop.program("migrate")
    until(lambda: running(shop, "INSERT INTO t"), "the statement's beginning")
    child.kill()
    child.communicate()
    stop = Stop()

    def ask(event: Event) -> None:
        stop.ask()

    with pytest.raises(RunInterruptedError), lock_of(stop).hold(wait_s=30, emit=ask):
        pytest.fail("it was not stopped")
    with lock_of().hold(wait_s=30, emit=ignore):
        assert running(shop, "INSERT INTO t") == []


@pytest.mark.parametrize("ahead_s", [3600, -3600])
def test_a_clock_that_is_an_hour_wrong_neither_steals_the_lock_nor_waits_for_ever(
    shop: Shop, tmp_path: Path, ahead_s: int
) -> None:
    shop.write("1_table.sql", TABLE)
    (tmp_path / "sitecustomize.py").write_text(
        f"import time\nright = time.time\ntime.time = lambda: right() + {ahead_s}\n"
    )
    wrong = {"PYTHONPATH": str(tmp_path)}
    engine = shop.engine()
    assert not isinstance(engine.lock, Missing)
    with engine.lock.hold(wait_s=0, emit=ignore):
        assert exit_of(shop.program("migrate", **wrong)) == 12
    assert not shop.has("t")
    assert exit_of(shop.program("migrate", **wrong)) == 0
    engine.close()


def exit_of(child: subprocess.Popen[str]) -> int:
    child.communicate(timeout=60)
    return child.returncode


@pytest.mark.parametrize("point", ["executed", "acknowledged"])
def test_a_runner_that_is_stopped_past_its_lease_sends_nothing_more(shop: Shop, point: str) -> None:
    """SIGSTOP, a takeover that finishes the work, SIGCONT: what the first had in mind reaches the server no more."""
    shop.write("1_two.sql", TWO)
    with shop.proxy() as proxy:
        halt = proxy.arm(Halt(match="CREATE TABLE a ", point="executed" if point == "executed" else "acknowledged"))
        child = shop.program("migrate", url=shop.through(proxy))
        halt.wait()
        child.send_signal(signal.SIGSTOP)
        succeeded(shop.recover(wait_s=30))
        seen = len(proxy.seen)
        proxy.release()
        child.send_signal(signal.SIGCONT)
        said, _ = child.communicate(timeout=60)
        assert child.returncode == 12, said
        assert '"lost_lock"' in said
        late = [turn.text for turn in proxy.seen[seen:]]
    assert [text for text in late if "CREATE TABLE b" in text or "schema_events (" in text] == []
    assert (shop.has("a"), shop.has("b"), shop.state()) == (True, True, "up to date")


def test_a_runner_whose_generation_was_taken_over_is_told_at_its_next_look(shop: Shop) -> None:
    engine = shop.engine()
    assert not isinstance(engine.lock, Missing)
    job = job_up(engine, NATIVE, "1", "CREATE TABLE a (id UInt8) ENGINE = Log")
    with pytest.raises(LockedError) as lost, engine.lock.hold(wait_s=0, emit=ignore):
        prepare(engine)
        shop.ask(OTHER.format(number=2))
        engine.runner.run([job], ignore)
    assert (lost.value.code, lost.value.kind) == (12, "lost_lock")
    assert not shop.has("a")
    engine.close()


def test_a_runner_whose_lock_table_was_dropped_by_hand_sends_nothing(shop: Shop) -> None:
    engine = shop.engine()
    assert not isinstance(engine.lock, Missing)
    job = job_up(engine, NATIVE, "1", "CREATE TABLE a (id UInt8) ENGINE = Log")
    with pytest.raises(LockedError), engine.lock.hold(wait_s=0, emit=ignore):
        prepare(engine)
        shop.ask("DROP TABLE schema_lock_0000000001")
        engine.runner.run([job], ignore)
    assert not shop.has("a")
    engine.close()


def test_the_lease_of_the_holder_decides_and_not_that_of_the_one_who_waits(shop: Shop, lock_of: Locks) -> None:
    old = OTHER.format(number=7).replace("released UInt8", "released UInt8, lease_3600 UInt8")
    shop.ask(old)
    shop.ask("INSERT INTO schema_lock_0000000007 SELECT 'somebody', 'other', toUInt32(now()) - 60, 0, 0")
    lock = lock_of()  # its own lease is LEASE_S
    assert "generation 7" in (lock.holder() or "")
    with pytest.raises(LockedError), lock.hold(wait_s=0, emit=ignore):
        pytest.fail("it was taken from a holder whose lease had not run out")


def test_the_lease_is_kept_where_the_server_s_restart_does_not_empty_it(shop: Shop, lock_of: Locks) -> None:
    with lock_of().hold(wait_s=0, emit=ignore):
        (named,) = shop.ask(
            "SELECT name FROM system.columns WHERE database = currentDatabase()"
            " AND table = 'schema_lock_0000000001' AND startsWith(name, 'lease_')"
        )
    assert named == (f"lease_{round(LEASE_S)}",)


def test_a_renewal_whose_answer_does_not_come_ends_with_the_lease(shop: Shop) -> None:
    with shop.proxy() as proxy:
        engine = shop.engine(url=shop.through(proxy))
        assert isinstance(engine.lock, LeaseLock)
        with engine.lock.hold(wait_s=0, emit=ignore):
            proxy.arm(Halt(match="SELECT name FROM system.tables", point="executed"))
            with ThreadPoolExecutor(1) as pool:
                try:
                    with pytest.raises(SchemactlError):
                        pool.submit(engine.lock.check).result(30)
                finally:
                    proxy.release()
        engine.close()
