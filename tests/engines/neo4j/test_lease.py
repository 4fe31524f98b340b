"""The lease: a dead holder is replaced, one that was stopped does nothing more, no client's clock counts."""

from __future__ import annotations

import json
import re
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import neo4j
import pytest

from schemactl.contract.engine import Lock, Missing
from schemactl.engines.neo4j import fence, work
from schemactl.engines.neo4j.connection import Session
from schemactl.engines.neo4j.lease import Neo4jLeaseRecord
from schemactl.engines.neo4j.timeouts import Timeouts
from schemactl.errors import ConnectError, LockedError
from schemactl.events import Warned, ignore
from schemactl.running.lease import now
from tests.contract.neo4j_dialect import DIALECT
from tests.contract.work import Heard, job_up, prepare, run_on
from tests.engines.neo4j.conftest import Open, opening_on
from tests.engines.neo4j.graph import Graph, run_out, succeeded, through
from tests.fixtures.neo4j import Database
from tests.tools.bolt_wire import BoltWire
from tests.tools.turnproxy import Halt, TurnProxy

NOW = "datetime.realtime().epochMillis"
OLD = "CREATE (:Old)"
OLD_INDEX = "CREATE INDEX old FOR (o:Old) ON (o.x)"
OLD_BATCHES = "UNWIND [1, 2] AS n CALL (n) { CREATE (:Old {n: n}) } IN TRANSACTIONS OF 1 ROW"
INTENT, ENTRY = "MERGE (s:SchemaStep", "CREATE (v:SchemaVersion)"
# Where the old runner is when it stops: what it sends, and the request whose answer is the last thing it hears.
STOPS = {
    "data before begin": (OLD, "END .*coalesce.f.format"),
    "data after the fence": (OLD, f"RUN {re.escape(fence.GUARD)}"),
    "data after the statement": (OLD, f"RUN {re.escape(OLD)}"),
    "data before commit": (OLD, f"RUN .*{re.escape(ENTRY)}"),
    "schema before begin": (OLD_INDEX, f"END .*{re.escape(INTENT)}"),
    "schema after the look": (OLD_INDEX, f"RUN {re.escape(fence.LOOK)}"),
    "schema before commit": (OLD_INDEX, f"RUN {re.escape(OLD_INDEX)}"),
    "batches before begin": (OLD_BATCHES, f"END .*{re.escape(INTENT)}"),
    "a procedure before it is sent": ("CALL apoc.periodic.commit('CREATE (:Old)')", f"END .*{re.escape(INTENT)}"),
    "batches after the look": (OLD_BATCHES, "END .*SET l.beat.*WITH l WHERE l.token = "),
}
AN_HOUR_ON = """
import time
real = time.time
time.time = lambda: real() + 3600
time.time_ns = lambda: int((real() + 3600) * 1e9)
"""
FILES = {
    "0001_base.cypher": f"// migrate:up\n{OLD};\n{OLD_INDEX};\n// migrate:down\nDROP INDEX old;\nMATCH (o:Old) DELETE o"
}


def olds(database: Database) -> int:
    found = database.one("MATCH (o:Old) RETURN count(o)")
    return int(found) + len(database.ask("SHOW INDEXES YIELD name WHERE name = 'old'"))


@contextmanager
def stopped(database: Database, opened: Open, text: str, match: str) -> Iterator[Future[None]]:
    """A runner that hears nothing and sends nothing after the answer to `match`, for as long as the body runs."""
    at = urlsplit(database.url)
    prepare(opened())
    with TurnProxy((at.hostname or "", at.port or 7687), BoltWire) as proxy, ThreadPoolExecutor(1) as pool:
        engine = opened(url=through(database, proxy))
        job = job_up(engine, DIALECT, "1", text)
        halt = proxy.arm(Halt(match=re.compile(rf"\A{match}", re.DOTALL), point="acknowledged"))
        running = pool.submit(run_on, engine, job)
        halt.wait()
        yield running
        proxy.release()
        with pytest.raises(LockedError) as lost:
            running.result(60)
        assert lost.value.kind == "lost_lock"


@pytest.mark.parametrize("where", STOPS)
def test_a_runner_that_stopped_and_was_replaced_does_nothing_more(
    neo4j_database: Database, opened: Open, where: str
) -> None:
    text, match = STOPS[where]
    with stopped(neo4j_database, opened, text, match) as running:
        run_out(neo4j_database)
        successor, heard = opened(), Heard()
        assert not isinstance(successor.lock, Missing)
        with successor.lock.hold(wait_s=30, emit=heard):
            assert olds(neo4j_database) == 0
            assert not running.done()
            successor.runner.run([job_up(successor, DIALECT, "2", "CREATE (:New)")], ignore)
        assert any("taken over" in event.what for event in heard.of(Warned))
    assert olds(neo4j_database) == 0
    assert neo4j_database.one("MATCH (n:New) RETURN count(n)") == 1


@pytest.mark.parametrize(
    "text",
    [
        OLD_BATCHES,
        "MATCH (c:City) WITH count(c) AS n CALL (n) { CREATE (:Old) } IN TRANSACTIONS",
        "CALL { CREATE (:Old) } IN TRANSACTIONS ON ERROR CONTINUE REPORT STATUS AS s RETURN s",
        "OPTIONAL MATCH (c:City) CALL (c) { CREATE (:Old) } IN 2 CONCURRENT TRANSACTIONS",
    ],
    ids=["rows", "behind an aggregate", "on error continue", "optional"],
)
def test_batches_that_are_sent_without_the_lease_write_nothing(
    neo4j_database: Database, opened: Open, text: str
) -> None:
    lock = opened().lock
    assert not isinstance(lock, Missing)
    with lock.hold(wait_s=0, emit=ignore):
        session = Session(opening_on(neo4j_database))
        session.token = "another's"
        with pytest.raises(LockedError) as lost:
            work.batches(session, text, Timeouts(0, 0), 0)
        assert lost.value.kind == "lost_lock"
        session.token = neo4j_database.one("MATCH (l:SchemaLock {name: 'lease'}) RETURN l.token")
        assert olds(neo4j_database) == 0
        work.batches(session, text, Timeouts(0, 0), 0)
        session.close()
    assert olds(neo4j_database) > 0


def test_a_takeover_waits_for_batches_that_are_in_their_commit(neo4j_database: Database, opened: Open) -> None:
    neo4j_database.ask("CREATE (:Place)")
    first = opened()
    assert not isinstance(first.lock, Missing)
    with first.lock.hold(wait_s=0, emit=ignore):
        token = neo4j_database.one("MATCH (l:SchemaLock {name: 'lease'}) RETURN l.token")
        with blocked_in_commit(neo4j_database, token) as other:
            run_out(neo4j_database)
            second = opened(lease_s=2.0).lock
            assert not isinstance(second, Missing)
            with pytest.raises(LockedError, match="does not end"), second.hold(wait_s=0, emit=ignore):
                pytest.fail("it took over beside work that is still to be committed")
            other.rollback()
        with second.hold(wait_s=30, emit=ignore):
            assert olds(neo4j_database) == 1


def test_a_takeover_finds_what_is_left_however_the_database_is_written(neo4j_database: Database, opened: Open) -> None:
    first = opened()
    assert not isinstance(first.lock, Missing)
    with first.lock.hold(wait_s=0, emit=ignore), neo4j_database.driver.session() as session:
        token = neo4j_database.one("MATCH (l:SchemaLock {name: 'lease'}) RETURN l.token")
        left = session.begin_transaction(metadata={"schemactl": token})
        left.run("CREATE (:Old)").consume()
        run_out(neo4j_database)
        at = urlsplit(neo4j_database.url)
        second = opened(url=at._replace(path="/NEO4J").geturl()).lock
        assert not isinstance(second, Missing)
        with second.hold(wait_s=0, emit=ignore), pytest.raises(neo4j.exceptions.Neo4jError):
            left.commit()
    assert olds(neo4j_database) == 0


def test_a_run_whose_connection_was_lost_leaves_word_of_what_it_left(neo4j_database: Database, opened: Open) -> None:
    prepare(opened())
    at = urlsplit(neo4j_database.url)
    with (
        TurnProxy((at.hostname or "", at.port or 7687), BoltWire) as proxy,
        neo4j_database.driver.session() as session,
    ):
        engine = opened(url=through(neo4j_database, proxy))
        assert not isinstance(engine.lock, Missing)
        with engine.lock.hold(wait_s=0, emit=ignore):
            token = neo4j_database.one("MATCH (l:SchemaLock {name: 'lease'}) RETURN l.token")
            left = session.begin_transaction(metadata={"schemactl": token})
            left.run("CREATE (:Old)").consume()
            proxy.arm(Halt(match=r"RUN CREATE \(:New\)", point="sent", action="drop"))
            with pytest.raises(ConnectError):
                engine.runner.run([job_up(engine, DIALECT, "1", "CREATE (:New)")], ignore)
        second = opened().lock
        assert not isinstance(second, Missing)
        with second.hold(wait_s=0, emit=ignore), pytest.raises(neo4j.exceptions.Neo4jError):
            left.commit()
    assert olds(neo4j_database) == 0


def test_a_takeover_that_failed_leaves_word_of_what_was_left(neo4j_database: Database, opened: Open) -> None:
    neo4j_database.ask("CREATE (:Place)")
    session = Session(opening_on(neo4j_database))
    record = Neo4jLeaseRecord(session)
    record.make()
    neo4j_database.ask("MATCH (l:SchemaLock {name: 'lease'}) SET l.token = 'dead', l.owner = 'x', l.expires = 0")
    assert record.take() == ""
    with blocked_in_commit(neo4j_database, "dead") as other:
        with pytest.raises(LockedError, match="does not end"):
            record.succeed(until=now(), emit=ignore)
        assert record.release()
        third = opened(lease_s=2.0).lock
        assert not isinstance(third, Missing)
        with pytest.raises(LockedError, match="does not end"), third.hold(wait_s=0, emit=ignore):
            pytest.fail("it took over beside work that is still to be committed")
        other.rollback()
    session.close()
    with third.hold(wait_s=30, emit=ignore):
        assert olds(neo4j_database) == 1


def test_a_taker_that_died_before_it_ended_anything_leaves_word_of_it(neo4j_database: Database, opened: Open) -> None:
    session = Session(opening_on(neo4j_database))
    record = Neo4jLeaseRecord(session)
    record.make()
    neo4j_database.ask("MATCH (l:SchemaLock {name: 'lease'}) SET l.token = 'dead', l.owner = 'x', l.expires = 0")
    with neo4j_database.driver.session() as opened_session:
        left = opened_session.begin_transaction(metadata={"schemactl": "dead"})
        left.run("CREATE (:Old)").consume()
        assert record.take() == ""
        session.close()
        run_out(neo4j_database)
        third, heard = opened().lock, Heard()
        assert not isinstance(third, Missing)
        with third.hold(wait_s=0, emit=heard), pytest.raises(neo4j.exceptions.Neo4jError):
            left.commit()
    assert olds(neo4j_database) == 0
    assert any("taken over" in event.what for event in heard.of(Warned))
    assert neo4j_database.one("MATCH (l:SchemaLock {name: 'lease'}) RETURN l.token IS NULL AND l.follows IS NULL")


def test_nothing_of_a_holder_that_renews_its_lease_meanwhile_is_ended(neo4j_database: Database, opened: Open) -> None:
    first, second = opened().lock, opened(lease_s=2.0).lock
    assert not isinstance(first, Missing)
    assert not isinstance(second, Missing)
    with first.hold(wait_s=0, emit=ignore), neo4j_database.driver.session() as session:
        token = neo4j_database.one("MATCH (l:SchemaLock {name: 'lease'}) RETURN l.token")
        run_out(neo4j_database)
        with session.begin_transaction(metadata={"schemactl": token}) as work_of_first, ThreadPoolExecutor(1) as pool:
            work_of_first.run("CREATE (:Old)").consume()
            with neo4j_database.driver.session() as heart, heart.begin_transaction() as beat:
                # The heartbeat has the lease's node when the other comes to take it.
                beat.run("MATCH (l:SchemaLock {name: 'lease'}) SET l.expires = $far", far=2**50).consume()
                taking = pool.submit(taken, second)
                await_blocked(neo4j_database, "l.token = $token, l.owner")
                beat.commit()
            assert taking.result(30) is False
            work_of_first.commit()
    assert olds(neo4j_database) == 1


def taken(lock: Lock) -> bool:
    try:
        with lock.hold(wait_s=0, emit=ignore):
            return True
    except LockedError:
        return False


def test_a_transaction_of_three_leases_keeps_its_lease_and_lets_no_one_in(
    neo4j_database: Database, opened: Open
) -> None:
    neo4j_database.ask("CREATE (:City)")
    first, second = opened(lease_s=1.5), opened(lease_s=1.5).lock
    assert not isinstance(second, Missing)
    prepare(first)
    stop = threading.Event()
    with ThreadPoolExecutor(2) as pool, neo4j_database.driver.session() as session:
        with session.begin_transaction() as other:
            other.run("MATCH (c:City) SET c.x = 0").consume()
            text = "MATCH (c:City) SET c.x = coalesce(c.x, 0) + 1"
            running = pool.submit(run_on, first, job_up(first, DIALECT, "1", "CREATE (:Old)", text))
            await_blocked(neo4j_database, text)
            waiting = pool.submit(waited_for, second, neo4j_database)
            while neo4j_database.one(f"MATCH (l:SchemaLock {{name: 'lease'}}) RETURN {NOW} - l.taken") < 4500:
                assert not stop.wait(0.1)
                assert not running.done()
            other.commit()
        running.result(30)
        assert waiting.result(30) == (1, 1)
    assert neo4j_database.one("MATCH (c:City) RETURN c.x") == 1


def waited_for(lock: Lock, database: Database) -> tuple[int, int]:
    """What is there once the lock is free: nodes Old, and entries of the ledger."""
    with lock.hold(wait_s=60, emit=ignore):
        return olds(database), int(database.one("MATCH (v:SchemaVersion {state: 'applied'}) RETURN count(v)"))


@pytest.mark.soak  # the taker gives the heartbeat its time first
def test_a_dead_runner_that_has_locked_the_lease_itself_is_ended_and_no_one_else(
    neo4j_database: Database, opened: Open
) -> None:
    opened_lock = opened().lock
    assert not isinstance(opened_lock, Missing)
    with opened_lock.hold(wait_s=0, emit=ignore):
        token = neo4j_database.one("MATCH (l:SchemaLock {name: 'lease'}) RETURN l.token")
        run_out(neo4j_database)
        with neo4j_database.driver.session() as session, neo4j_database.driver.session() as another:
            bystander = another.begin_transaction(metadata={"schemactl": ""})
            bystander.run("CREATE (:City)").consume()
            left = session.begin_transaction(metadata={"schemactl": token})
            left.run("MATCH (l:SchemaLock) SET l.x = 1 CREATE (:Old)").consume()
            second = opened().lock
            assert not isinstance(second, Missing)
            with second.hold(wait_s=60, emit=ignore), pytest.raises(neo4j.exceptions.Neo4jError):
                left.commit()
            bystander.commit()
    assert (olds(neo4j_database), neo4j_database.one("MATCH (c:City) RETURN count(c)")) == (0, 1)


def test_a_fence_that_is_gone_is_made_again(neo4j_database: Database, opened: Open) -> None:
    for again in (False, True):
        lock = opened().lock
        assert not isinstance(lock, Missing)
        with lock.hold(wait_s=0, emit=ignore):
            assert neo4j_database.one("MATCH (l:SchemaLock) RETURN count(l)") == 2
        if not again:
            neo4j_database.ask("MATCH (f:SchemaLock {name: 'fence'}) DELETE f")


@contextmanager
def blocked_in_commit(database: Database, token: str) -> Iterator[neo4j.Transaction]:
    """Batches that carry `token`, and wait in their COMMIT for the transaction that this gives."""
    # A relationship takes the lock of its node at COMMIT; there the server says "terminated" and commits all the same.
    left = neo4j.Query(
        "MATCH (p:Place) CALL (p) { CREATE (p)-[:HAS]->(:Old) } IN TRANSACTIONS", metadata={"schemactl": token}
    )
    with (
        ThreadPoolExecutor(1) as pool,
        database.driver.session() as session,
        session.begin_transaction() as other,
    ):
        other.run("MATCH (p:Place) SET p.held = true").consume()
        pool.submit(_run, database.driver, left)
        await_blocked(database, "IN TRANSACTIONS")
        yield other


def _run(driver: neo4j.Driver, query: neo4j.Query) -> None:
    with driver.session() as session:
        session.run(query).consume()


def await_blocked(database: Database, text: str) -> None:
    """Until a transaction with `text` waits for a lock."""
    again = threading.Event()
    for _ in range(600):
        if database.ask(
            "SHOW TRANSACTIONS YIELD currentQuery, status WHERE currentQuery CONTAINS $text"
            " AND status STARTS WITH 'Blocked' AND NOT currentQuery STARTS WITH 'SHOW'",
            text=text,
        ):
            return
        again.wait(0.05)
    raise AssertionError("it did not come to wait")


@pytest.fixture
def graph(tmp_path: Path, neo4j_database: Database) -> Graph:
    return Graph(tmp_path / "project", neo4j_database, FILES, lease="2s")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_a_runner_that_is_gone_is_replaced_when_its_lease_is_over(graph: Graph, number: signal.Signals) -> None:
    with graph.proxy() as proxy:
        halt = proxy.arm(Halt(match=rf"END .*{re.escape(INTENT)}", point="acknowledged"))
        child = graph.program("migrate", url=graph.through(proxy))
        halt.wait()
        child.send_signal(number)
        succeeded(graph.workspace().recover(wait_s=30))
        proxy.release()
        child.send_signal(signal.SIGCONT)
        said, _ = child.communicate(timeout=60)
    if number == signal.SIGSTOP:
        result = json.loads(said.splitlines()[-1])
        assert (result["exit"], result["error"]["kind"]) in ((12, "lost_lock"), (11, "connection_lost"))
    graph.migrate()
    assert olds(graph.database) == 2


def test_a_client_whose_clock_is_an_hour_wrong_holds_the_lock_as_any_other(graph: Graph) -> None:
    with graph.proxy() as proxy:
        halt = proxy.arm(Halt(match=rf"RUN {re.escape(OLD)}", point="acknowledged"))
        child = graph.program("migrate", url=graph.through(proxy), before=AN_HOUR_ON)
        halt.wait()
        refused = graph.workspace()
        result = refused.migrate(refused.plan())
        assert result.error is not None and result.error.code == LockedError.code
        proxy.release()
        said, _ = child.communicate(timeout=60)
        assert child.returncode == 0, said
    assert olds(graph.database) == 2
