"""Faults at their points, on a real server, in simple, extended and pipeline mode.

Each client under a fault is a thread that reports what it saw; the server is asked on a connection of the test's own.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import psycopg
import pytest
from psycopg import generators, waiting

from tests.fixtures.postgres import Database
from tests.tools.conftest import Connection, through
from tests.tools.pgclients import (
    BLOCK,
    MODES,
    Client,
    Connect,
    Work,
    eventually,
    extended,
    others,
    pipelined,
    prepared,
    simple,
    tables,
)
from tests.tools.pgproxy import POINTS, Fault, PgProxy, Point


@MODES
def test_sent_the_server_has_the_statement_and_the_client_no_answer(
    connect: Connect, proxy: PgProxy, direct: Connection, mode: Callable[..., Work]
) -> None:
    fault = proxy.arm(Fault(match="TABLE b", point="sent"))
    client = Client(connect(), mode(*BLOCK))
    fault.wait()
    eventually(lambda: others(direct) == [("idle in transaction", BLOCK[2])] or mode is not simple)
    assert client.waits
    assert proxy.seen[-1].sql == BLOCK[2]
    proxy.release()
    assert isinstance(client.outcome.get(), psycopg.OperationalError)
    eventually(lambda: others(direct) == [])
    assert tables(direct) == []


@MODES
def test_executed_inside_a_block_nothing_later_reached_the_server(
    connect: Connect, proxy: PgProxy, direct: Connection, mode: Callable[..., Work]
) -> None:
    fault = proxy.arm(Fault(match="TABLE b", point="executed"))
    client = Client(connect(), mode(*BLOCK))
    fault.wait()
    assert [query for _, query in others(direct)] == [BLOCK[2]]
    locked = direct.execute(
        "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
        " WHERE datname = current_database() AND mode = 'AccessExclusiveLock' AND pid <> pg_backend_pid()"
    ).fetchone()
    assert locked is not None
    assert locked[0] == 2, "both tables are there for the transaction, neither has a row"
    assert client.waits
    proxy.release()
    assert isinstance(client.outcome.get(), psycopg.OperationalError)
    eventually(lambda: others(direct) == [])
    assert tables(direct) == []


@MODES
@pytest.mark.parametrize("point", POINTS)
def test_at_begin_nothing_of_the_block_has_run(
    connect: Connect, proxy: PgProxy, direct: Connection, mode: Callable[..., Work], point: Point
) -> None:
    fault = proxy.arm(Fault(match="BEGIN", point=point))
    client = Client(connect(), mode(*BLOCK))
    fault.wait()
    assert [seen.sql for seen in proxy.seen] == ["BEGIN"]
    eventually(lambda: [query for _, query in others(direct)] == ["BEGIN"])
    proxy.release()
    assert isinstance(client.outcome.get(), psycopg.OperationalError)
    eventually(lambda: others(direct) == [])
    assert tables(direct) == []


def test_without_a_block_a_pipeline_commits_as_one_and_all_of_it_is_recorded(
    connect: Connect, proxy: PgProxy, direct: Connection
) -> None:
    fault = proxy.arm(Fault(match="TABLE a", point="executed"))
    client = Client(connect(), pipelined("CREATE TABLE a ()", "CREATE TABLE b ()"))
    fault.wait()
    assert tables(direct) == ["a", "b"]
    assert [seen.sql for seen in proxy.seen] == ["CREATE TABLE a ()", "CREATE TABLE b ()"]
    proxy.release()
    assert isinstance(client.outcome.get(), psycopg.OperationalError)


@MODES
@pytest.mark.parametrize("point", POINTS)
def test_a_commit_holds_at_every_point(
    connect: Connect, proxy: PgProxy, direct: Connection, mode: Callable[..., Work], point: Point
) -> None:
    fault = proxy.arm(Fault(match="^COMMIT", point=point))
    client = Client(connect(), mode(*BLOCK))
    fault.wait()
    eventually(lambda: tables(direct) == ["a", "b"])
    proxy.release()
    client.outcome.get()
    assert tables(direct) == ["a", "b"]


@MODES
def test_executed_outside_a_block_the_statement_is_committed(
    connect: Connect, proxy: PgProxy, direct: Connection, mode: Callable[..., Work]
) -> None:
    fault = proxy.arm(Fault(match="TABLE c", point="executed"))
    client = Client(connect(), mode("CREATE TABLE c (id int)"))
    fault.wait()
    assert tables(direct) == ["c"]
    assert client.waits
    proxy.release()
    assert isinstance(client.outcome.get(), psycopg.OperationalError)


def test_executed_after_a_flush_without_sync_nothing_is_committed(
    connect: Connect, proxy: PgProxy, direct: Connection
) -> None:
    def work(connection: Connection) -> object:
        with connection.pipeline():
            return connection.execute("CREATE TABLE c (id int)").rowcount and connection.execute("SELECT 1").fetchone()

    fault = proxy.arm(Fault(match="TABLE c", point="executed"))
    client = Client(connect(), work)
    fault.wait()
    assert fault.answer == "C"
    assert tables(direct) == []
    proxy.release()
    assert isinstance(client.outcome.get(), psycopg.OperationalError)
    eventually(lambda: others(direct) == [])
    assert tables(direct) == []


@pytest.mark.parametrize("mode", [simple, extended, prepared])
def test_acknowledged_the_client_goes_on_and_the_server_hears_nothing_more(
    connect: Connect, proxy: PgProxy, direct: Connection, mode: Callable[..., Work]
) -> None:
    fault = proxy.arm(Fault(match="TABLE a", point="acknowledged"))
    client = Client(connect(), mode(*BLOCK))
    fault.wait()
    assert others(direct) == [("idle in transaction", BLOCK[1])]
    assert client.waits
    proxy.release()
    assert isinstance(client.outcome.get(), psycopg.OperationalError)


def test_acknowledged_in_a_pipeline_that_answer_is_the_last_the_client_gets(
    connect: Connect, proxy: PgProxy, direct: Connection
) -> None:
    known: list[bytes | None] = []

    def asked(connection: Connection) -> object:
        raw = connection.pgconn
        raw.enter_pipeline_mode()
        for statement in (b"BEGIN", b"SELECT 0", b"SELECT 1", b"SELECT 2", b"COMMIT"):
            raw.send_query_params(statement, [])
        raw.pipeline_sync()
        raw.flush()
        for _ in range(5):
            results = waiting.wait(generators.fetch_many(raw), raw.socket)
            known.append(results[0].command_status if results else None)
        return "done"

    fault = proxy.arm(Fault(match="SELECT 1", point="acknowledged"))
    client = Client(connect(), asked)
    fault.wait()
    eventually(lambda: known == [b"BEGIN", b"SELECT 1", b"SELECT 1"])
    assert [query for _, query in others(direct)] == ["SELECT 1"]
    assert client.waits
    proxy.release()
    assert isinstance(client.outcome.get(), psycopg.OperationalError)
    assert len(known) == 3


@MODES
@pytest.mark.parametrize("point", POINTS)
def test_resumed_nothing_is_lost(
    connect: Connect, proxy: PgProxy, direct: Connection, mode: Callable[..., Work], point: Point
) -> None:
    fault = proxy.arm(Fault(match="INSERT", point=point))
    client = Client(connect(), mode(*BLOCK))
    fault.wait()
    proxy.resume()
    assert client.outcome.get() == "done"
    assert direct.execute("SELECT id FROM a").fetchall() == [(1,)]


def test_a_statement_that_fails_reaches_executed_with_its_error(connect: Connect, proxy: PgProxy) -> None:
    fault = proxy.arm(Fault(match="TABLE a", nth=2, point="executed"))
    client = Client(connect(), pipelined("BEGIN", "CREATE TABLE a ()", "CREATE TABLE a ()"))
    fault.wait()
    assert fault.answer == "E"
    proxy.resume()
    assert isinstance(client.outcome.get(), psycopg.errors.DuplicateTable)


def test_a_statement_refused_before_it_runs_reaches_no_point(connect: Connect, proxy: PgProxy) -> None:
    fault = proxy.arm(Fault(match="nowhere", point="executed"))
    with pytest.raises(psycopg.errors.UndefinedTable):
        extended("SELECT * FROM nowhere")(connect())
    assert not fault.reached.is_set()


@pytest.mark.parametrize(("point", "rows"), [("executed", 3), ("acknowledged", 3)])
def test_a_copy_is_executed_when_its_data_is_in(
    connect: Connect, proxy: PgProxy, direct: Connection, point: Point, rows: int
) -> None:
    def work(connection: Connection) -> object:
        with connection.cursor() as cursor, cursor.copy("COPY t FROM STDIN") as copy:
            for number in range(rows):
                copy.write_row([number])
        return connection.execute("SELECT 'after'").fetchone()

    direct.execute("CREATE TABLE t (x int)")
    fault = proxy.arm(Fault(match="COPY t", point=point))
    client = Client(connect(), work)
    fault.wait()
    assert direct.execute("SELECT count(*) FROM t").fetchone() == (rows,)
    assert client.waits
    proxy.release()
    assert isinstance(client.outcome.get(), psycopg.OperationalError)


def test_the_nth_match_is_counted_over_all_connections(connect: Connect, proxy: PgProxy) -> None:
    fault = proxy.arm(Fault(match="SELECT", nth=3, point="executed"))
    first, second = connect(), connect()
    simple("SELECT 1")(first)
    simple("SELECT 2")(second)
    client = Client(first, simple("SELECT 3"))
    fault.wait()
    simple("SELECT 4")(second)
    proxy.resume()
    assert client.outcome.get() == "done"


@MODES
def test_every_recorded_statement_can_be_made_to_break(
    connect: Connect, proxy: PgProxy, direct: Connection, mode: Callable[..., Work]
) -> None:
    work = mode("CREATE TABLE a (id int)", "SELECT 1", "SELECT 1", "DROP TABLE a")
    undisturbed = connect()
    work(undisturbed)
    undisturbed.close()
    recorded = proxy.seen
    for seen in recorded:
        proxy.forget()
        fault = proxy.arm(Fault.at(seen, point="executed"))
        client = Client(connect(), work)
        fault.wait()
        assert [(told.sql, told.nth) for told in proxy.seen][-1] == (seen.sql, seen.nth) or mode is pipelined
        proxy.release()
        assert isinstance(client.outcome.get(), psycopg.OperationalError)
        eventually(lambda: others(direct) == [])
        direct.execute("DROP TABLE IF EXISTS a")


def test_a_drop_closes_both_sides_by_itself(connect: Connect, proxy: PgProxy, direct: Connection) -> None:
    proxy.arm(Fault(match="TABLE b", point="executed", action="drop"))
    client = Client(connect(), pipelined(*BLOCK))
    assert isinstance(client.outcome.get(), psycopg.OperationalError)
    eventually(lambda: others(direct) == [])
    assert tables(direct) == []


def test_the_callback_may_release_by_itself(connect: Connect, proxy: PgProxy) -> None:
    proxy.arm(Fault(match="SELECT", point="executed", then=lambda _: proxy.release()))
    client = Client(connect(), simple("SELECT 1"))
    assert isinstance(client.outcome.get(), psycopg.OperationalError)


def test_cut_on_the_clients_side_the_servers_session_lives_on(
    connect: Connect, proxy: PgProxy, direct: Connection
) -> None:
    fault = proxy.arm(Fault(match="TABLE a", point="executed"))
    client = Client(connect(), pipelined(*BLOCK))
    fault.wait()
    proxy.release(cut="client")
    assert isinstance(client.outcome.get(), psycopg.OperationalError)
    assert others(direct) == [("idle in transaction", BLOCK[1])] or others(direct) == [("active", BLOCK[1])]


def test_cut_on_the_servers_side_the_client_waits_on(connect: Connect, proxy: PgProxy, direct: Connection) -> None:
    fault = proxy.arm(Fault(match="TABLE a", point="executed"))
    client = Client(connect(), pipelined(*BLOCK))
    fault.wait()
    proxy.release(cut="server")
    eventually(lambda: others(direct) == [])
    assert client.waits
    proxy.drop()
    assert isinstance(client.outcome.get(), psycopg.OperationalError)


def test_a_killed_client_is_kept_from_the_server_until_released(
    database: Database, proxy: PgProxy, direct: Connection
) -> None:
    script = "import psycopg,sys; psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2])"
    fault = proxy.arm(Fault(match="pg_advisory_lock", point="executed"))
    statement = "SELECT pg_advisory_lock(7)"
    with subprocess.Popen([sys.executable, "-c", script, through(database, proxy), statement]) as child:
        fault.wait()
        child.kill()
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND pid <> pg_backend_pid()"
    assert direct.execute(held).fetchone() == (1,)
    proxy.release()
    eventually(lambda: direct.execute(held).fetchone() == (0,))


def test_a_first_match_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="first match is 1"):
        Fault(match="x", point="sent", nth=0)
