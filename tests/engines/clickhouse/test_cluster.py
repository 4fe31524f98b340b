"""A cluster of two replicas: what is sent reaches both, what stands in the way is told, what was begun is finished."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from schemactl.contract.engine import Engine, Lock, Missing
from schemactl.contract.opening import Opening, Patience, Stop
from schemactl.engines import open_engine
from schemactl.engines.clickhouse import distributed, observe, takeover
from schemactl.engines.clickhouse.connection import Session
from schemactl.engines.clickhouse.failure import ServerError, ServerFailure
from schemactl.engines.clickhouse.ledger_events import Event, Log
from schemactl.engines.clickhouse.replica_lock import ReplicaGenerations
from schemactl.errors import ConfigError, ConnectError, LockedError
from schemactl.events import Listener, ignore
from schemactl.running.lease import LeaseLock
from schemactl.sandbox import clickhouse_pair as sandbox
from tests.contract.on_clickhouse_pair import PAIR
from tests.contract.target import PLATFORM, SERVICE
from tests.contract.work import job_up, standing
from tests.fixtures.clickhouse_pair import PairDatabase, join_anew, make_pair_database, start_pair

LEASE_S = 2.0
BOTH = (0, 1)


def opening(url: str, *, lease_s: float = LEASE_S) -> Opening:
    patience = Patience(lock_timeout_ms=5_000, tries=1)
    return Opening(url=url, shown="a test's cluster", target="t/t", stop=Stop(), patience=patience, lease_s=lease_s)


@pytest.fixture
def engines() -> Iterator[Any]:
    """Opens engines: `engines(url)`; all are closed after the test."""
    opened: list[Engine] = []

    def make(url: str) -> Engine:
        opened.append(open_engine("clickhouse", opening(url)))
        return opened[-1]

    yield make
    for engine in opened:
        engine.close()


def lock_of(engine: Engine) -> Lock:
    assert not isinstance(engine.lock, Missing)
    return engine.lock


def migrate(engine: Engine, *statements: str, version: str = "1", emit: Listener = ignore) -> None:
    with lock_of(engine).hold(wait_s=20, emit=ignore):
        engine.ledger.prepare(platform=PLATFORM, service_name=SERVICE)
        engine.runner.run([job_up(engine, PAIR, version, *statements)], emit)


def table(name: str) -> str:
    return PAIR.make(name)


def there(database: PairDatabase, name: str) -> list[bool]:
    return [bool(database.ask(f"EXISTS TABLE {name}", at)[0][0]) for at in BOTH]


def test_a_migration_is_on_both_servers_and_known_from_both(pair_database: PairDatabase, engines: Any) -> None:
    migrate(engines(pair_database.url), table("a"), "CREATE VIEW v AS SELECT word FROM a")
    assert [there(pair_database, name) for name in ("a", "v")] == [[True, True]] * 2
    assert pair_database.ask("SELECT count() FROM v", 1) == [(0,)]
    other = engines(pair_database.other_url)
    assert standing(other, "1").state == "applied"
    assert other.catalog.read() == engines(pair_database.url).catalog.read()


def test_two_runners_at_two_servers_take_turns(pair_database: PairDatabase, engines: Any) -> None:
    urls, turns = (pair_database.url, pair_database.other_url), 3
    pair_database.ask("CREATE TABLE within (n Int8) ENGINE = MergeTree ORDER BY tuple()")
    together = threading.Barrier(len(urls) * 2)

    def take_turns(url: str) -> list[int]:
        lock = lock_of(engines(url))
        together.wait(60)
        seen = []
        for _ in range(turns):
            with lock.hold(wait_s=120, emit=ignore):
                pair_database.ask("INSERT INTO within SELECT 1")
                seen.append(int(pair_database.ask("SELECT sum(n) FROM within")[0][0]))
                pair_database.ask("INSERT INTO within SELECT -1")
        return seen

    with ThreadPoolExecutor() as pool:
        found = [pool.submit(take_turns, url) for url in urls * 2]
        assert [one.result() for one in found] == [[1] * turns] * len(found)


def test_who_holds_the_lock_is_told_at_the_other_server(pair_database: PairDatabase, engines: Any) -> None:
    first, second = lock_of(engines(pair_database.url)), lock_of(engines(pair_database.other_url))
    with first.hold(wait_s=0, emit=ignore):
        holder = second.holder()
        with pytest.raises(LockedError), second.hold(wait_s=0, emit=ignore):
            pytest.fail("two hold it")
    assert holder and "process" in holder
    assert second.holder() is None


def test_who_takes_over_ends_what_the_one_before_left_at_work_on_another_server(pair_database: PairDatabase) -> None:
    dead, heir = Session(opening(pair_database.url)), Session(opening(pair_database.other_url))
    before, record = ReplicaGenerations(dead), ReplicaGenerations(heir)
    assert before.take() == ""
    query_id = dead.query_id()
    long = "SELECT sum(sleep(1)) FROM numbers(600) SETTINGS max_block_size = 1"
    running = f"SELECT count() FROM system.processes WHERE query_id = '{query_id}'"
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(dead.link.ask, long, query_id=query_id)
        while pair_database.ask(running) == [(0,)]:
            pass
        with LeaseLock(heir.opening, record, end_holder="wait").hold(wait_s=30, emit=ignore):
            assert pair_database.ask(running) == [(0,)]
        assert isinstance(asked.exception(30), ServerError)
    for one in (before, record, dead, heir):
        one.close()


def test_the_lease_of_the_holder_decides_and_not_that_of_the_one_who_waits(pair_database: PairDatabase) -> None:
    patient, hasty = Session(opening(pair_database.url, lease_s=3600)), Session(opening(pair_database.other_url))
    first, second = ReplicaGenerations(patient), ReplicaGenerations(hasty)
    assert first.take() == ""
    heard_s = 0
    while heard_s <= LEASE_S + 1:
        said = re.search(r"last heard of (\d+) s ago", second.take())
        assert said is not None
        heard_s = int(said[1])
    assert second.holder()
    for one in (first, second, patient, hasty):
        one.close()


def test_what_only_one_server_has_is_half_and_is_finished(pair_database: PairDatabase, engines: Any) -> None:
    engine = engines(pair_database.url)
    session = Session(opening(pair_database.url))
    job = job_up(engine, PAIR, "1", table("a"))
    planned = job.segments[0].steps[0]
    noted = observe.before(session, planned)
    pair_database.ask(table("a"))
    finding = observe.probe(session, planned, noted, idempotent=False)
    assert finding.verdict == "half" and "not done" in finding.evidence
    told = observe.tidy(session, planned, noted, stalls_s=10)
    assert "again" in told and there(pair_database, "a") == [True, True]
    assert observe.probe(session, planned, noted, idempotent=False).verdict == "done"
    session.close()


def test_a_mutation_is_done_on_both_when_it_is_told_as_done(pair_database: PairDatabase, engines: Any) -> None:
    engine = engines(pair_database.url)
    migrate(engine, table("a"), "INSERT INTO a SELECT toString(number) FROM numbers(1000)")
    migrate(engine, "ALTER TABLE a DELETE WHERE word != '7'", version="2")
    undone = "SELECT count() FROM system.mutations WHERE database = currentDatabase() AND NOT is_done"
    assert [pair_database.ask(undone, at) for at in BOTH] == [[(0,)]] * 2
    assert [pair_database.ask("SELECT word FROM a", at) for at in BOTH] == [[("7",)]] * 2


def test_objects_that_differ_between_servers_are_broken(pair_database: PairDatabase, engines: Any) -> None:
    engine = engines(pair_database.url)
    assert engine.catalog.broken() == ()
    pair_database.ask("CREATE TABLE a (n UInt8) ENGINE = Log", 1)
    for at, type_ in enumerate(("UInt8", "UInt16")):
        pair_database.ask(f"CREATE TABLE b (n {type_}) ENGINE = Log", at)
    found = engine.catalog.broken()
    assert len(found) == 2
    assert "table a is on " in found[0] and "not on " in found[0]
    assert found[1].startswith("table b differs between ")


def test_a_cluster_that_is_not_known_is_a_setting_to_correct(pair_database: PairDatabase) -> None:
    with pytest.raises(ConfigError) as error:
        open_engine("clickhouse", opening(pair_database.url.replace("cluster=town", "cluster=nowhere")))
    assert "nowhere" in error.value.what and error.value.kind == "url"


def test_without_a_keeper_there_is_no_lock_and_it_says_why() -> None:
    with start_pair(keeper=False) as pair:
        engine = open_engine("clickhouse", opening(pair.url))
        assert isinstance(engine.lock, Missing)
        assert "Keeper" in engine.lock.why and "--unlocked" in engine.lock.instead
        engine.close()


@pytest.mark.soak
def test_a_run_is_refused_before_anything_is_changed_while_a_replica_is_missing(own_pair: sandbox.Pair) -> None:
    database = make_pair_database(own_pair)
    engine = open_engine("clickhouse", opening(database.url))
    migrate(engine, table("a"))
    own_pair.servers[1].kill()
    with pytest.raises(ConnectError) as error:
        migrate(engine, table("b"), version="2")
    assert f":{own_pair.servers[1].port}" in " ".join(error.value.lines())
    assert database.ask("EXISTS TABLE b") == [(0,)]
    own_pair.servers[1].restart()
    migrate(engine, table("b"), version="2")
    assert there(database, "b") == [True, True]
    engine.close()


@pytest.mark.soak
def test_a_write_of_the_ledger_waits_for_a_replica_that_comes_back(own_pair: sandbox.Pair) -> None:
    database = make_pair_database(own_pair)
    engine, session = open_engine("clickhouse", opening(database.url)), Session(opening(database.url))
    migrate(engine, table("kept"))
    log = Log(session)
    seq, _, clock = log.newest()
    own_pair.servers[1].kill()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(log.append, [Event("gone", 99, SERVICE, "99", {})], after=seq, clock=clock)
        sent = "SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO schema_events%'"
        while database.ask(sent) == [(0,)] and not writing.done():
            pass
        own_pair.servers[1].restart()
        writing.result(120)
    reading = Session(opening(database.other_url))
    assert [event.version_id for event in Log(reading).events("kind = 'gone'") or []] == [99]
    for one in (engine, session, reading):
        one.close()


def test_a_ledger_on_servers_that_do_not_answer_is_not_taken_for_none(own_pair: sandbox.Pair) -> None:
    database = make_pair_database(own_pair)
    engine = open_engine("clickhouse", opening(database.url))
    migrate(engine, table("known"))
    engine.close()
    join_anew(database)
    own_pair.servers[0].kill()
    other = open_engine("clickhouse", opening(database.other_url))
    with pytest.raises(ConnectError) as error:
        other.ledger.read()
    assert error.value.code == 11
    own_pair.servers[0].restart()
    assert standing(other, "1").state == "applied"
    other.close()


def test_a_task_that_a_server_is_slow_to_answer_is_awaited(own_pair: sandbox.Pair) -> None:
    database = make_pair_database(own_pair)
    session = Session(opening(database.url, lease_s=30))
    own_pair.servers[1].kill()
    with pytest.raises(ServerError) as error:
        session.link.ask(
            f"CREATE TABLE a ON CLUSTER {sandbox.CLUSTER} (n UInt8) ENGINE = Log",
            settings={"distributed_ddl_task_timeout": 1},
        )
    path = distributed.path_of(error.value.failure)
    assert path.startswith(distributed.QUEUE)
    (task,) = distributed.unfinished(session)
    assert task.path == path and task.missing == (f"127.0.0.1:{own_pair.servers[1].port}",)
    told: list[str] = []

    def tell(what: str) -> None:
        told.append(what)
        own_pair.servers[1].restart()

    distributed.finish(session, path, tell)
    assert told and there(database, "a") == [True, True]
    assert distributed.unfinished(session) == []
    session.close()


@pytest.mark.parametrize(
    "message",
    [
        "Watching task /clickhouse/task_queue/ddl/query-0000000012 is executing longer than"
        " distributed_ddl_task_timeout (=1) seconds. There are 1 unfinished hosts",
        "Distributed DDL task /clickhouse/task_queue/ddl/query-0000000012 is not finished on 1 of 2 hosts"
        " (0 of them are currently executing the task, 1 are inactive)",
    ],
)
def test_a_slow_task_is_known_by_its_path_however_the_server_words_it(message: str) -> None:
    assert distributed.path_of(ServerFailure(159, message)) == "/clickhouse/task_queue/ddl/query-0000000012"
    assert distributed.path_of(ServerFailure(160, message)) == ""
    assert distributed.path_of(ServerFailure(159, "Timeout exceeded: elapsed 1.0 seconds")) == ""


@pytest.mark.parametrize(
    ("query", "is_about"),
    [
        ("CREATE TABLE app.t ON CLUSTER town (n UInt8)", True),
        ("DROP TABLE `app`.`t` ON CLUSTER town", True),
        ("DROP TABLE \\`app\\`.\\`t\\` ON CLUSTER town", True),
        ("CREATE TABLE myapp.t ON CLUSTER town (n UInt8)", False),
        ("CREATE TABLE `my-app`.t ON CLUSTER town (n UInt8)", False),
        ("CREATE TABLE other.app ON CLUSTER town (n UInt8)", False),
    ],
)
def test_a_task_is_about_a_database_by_its_whole_name(query: str, is_about: bool) -> None:
    assert distributed.names(query, "app") is is_about
    assert distributed.names(query, "app", "t") is is_about
    assert not distributed.names(query.replace(".t ", ".t2 ").replace("`t", "`t2"), "app", "t")


def test_another_database_s_task_and_another_cluster_s_keep_nobody_waiting(own_pair: sandbox.Pair) -> None:
    database = make_pair_database(own_pair)
    session = Session(opening(database.url, lease_s=30))
    own_pair.servers[1].kill()
    for name in (f"{database.name}.a", f"x{database.name}.a"):
        with pytest.raises(ServerError):
            session.link.ask(
                f"CREATE TABLE {name} ON CLUSTER {sandbox.CLUSTER} (n UInt8) ENGINE = Log",
                settings={"distributed_ddl_task_timeout": 1},
            )
    (task,) = distributed.unfinished(session)
    assert f"{database.name}.a" in task.query
    facts = session.facts
    down = tuple(one for one in facts.replicas if one.port == own_pair.servers[1].port)
    session.facts = facts._replace(replicas=down)  # no link is opened to the one that is down
    with pytest.raises(LockedError, match="whoever sent it, is not done") as error:
        takeover.end_statements(session, "nobody", grace_s=0, wait_s=0, emit=ignore)
    assert task.missing[0] in error.value.what
    elsewhere = tuple(one._replace(host="192.0.2.1") for one in facts.replicas)
    session.facts = facts._replace(replicas=elsewhere)
    assert distributed.unfinished(session) == []
    own_pair.servers[1].restart()
    session.close()
