"""The proxy undisturbed, on a real server: what passes, what is recorded, what a delay costs."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import generators, waiting

from tests.fixtures.postgres import Database
from tests.tools.conftest import Connection, through
from tests.tools.pgclients import BLOCK, MODES, Client, Connect, Work, eventually, others, pipelined, simple, tables
from tests.tools.pgproxy import Fault, PgProxy


@MODES
def test_statements_pass_unchanged_and_are_recorded_in_order(
    connect: Connect, proxy: PgProxy, direct: Connection, mode: Callable[..., Work]
) -> None:
    assert mode(*BLOCK)(connect()) == "done"
    assert tables(direct) == ["a", "b"]
    assert [seen.sql for seen in proxy.seen] == list(BLOCK)


def test_a_repeated_text_is_told_apart_by_its_number_and_connection(connect: Connect, proxy: PgProxy) -> None:
    for _ in range(2):
        simple("SELECT 1", "SELECT 1")(connect())
    assert [(seen.nth, seen.link) for seen in proxy.seen] == [(1, 1), (2, 1), (3, 2), (4, 2)]


def test_forgetting_starts_the_record_anew(connect: Connect, proxy: PgProxy) -> None:
    connection = connect()
    simple("SELECT 1")(connection)
    proxy.forget()
    simple("SELECT 1")(connection)
    assert [(seen.sql, seen.nth) for seen in proxy.seen] == [("SELECT 1", 1)]


def test_large_values_and_copy_pass_both_ways(connect: Connect) -> None:
    connection = connect()
    connection.execute("CREATE TABLE t (x text)")
    with connection.cursor() as cursor:
        with cursor.copy("COPY t FROM STDIN") as copy:
            for size in range(1, 400):
                copy.write_row(["x" * size * 1000])
        with cursor.copy("COPY t TO STDOUT") as copy:
            assert sum(len(row[0]) for row in copy.rows()) == sum(size * 1000 for size in range(1, 400))


def test_an_extended_copy_leaves_the_connection_usable(connect: Connect, proxy: PgProxy) -> None:
    connection = connect()
    connection.execute("CREATE TABLE t (x text)")
    raw = connection.pgconn
    # psycopg's own COPY is a Query, and the blocking calls of pgconn would keep the proxy's threads from running.
    raw.send_query_params(b"COPY t FROM STDIN", [])
    began = waiting.wait(generators.execute(raw), raw.socket)
    assert began[0].status == psycopg.pq.ExecStatus.COPY_IN
    raw.put_copy_data(b"one\n")
    waiting.wait(generators.copy_end(raw, None), raw.socket)
    fault = proxy.arm(Fault(match="count", point="acknowledged"))
    assert connection.execute("SELECT count(*) FROM t", [], binary=True).fetchone() == (1,)
    fault.wait()


def test_an_error_in_a_pipeline_reaches_the_client_and_later_batches_run(connect: Connect, proxy: PgProxy) -> None:
    connection = connect()
    with pytest.raises(psycopg.errors.DivisionByZero):
        pipelined("SELECT 1", "SELECT 1/0", "SELECT 2")(connection)
    fault = proxy.arm(Fault(match="SELECT 3", point="executed"))
    client = Client(connection, pipelined("SELECT 3"))
    fault.wait()
    proxy.resume()
    assert client.outcome.get() == "done"


def test_a_cancel_request_passes(connect: Connect, direct: Connection) -> None:
    connection = connect()
    client = Client(connection, simple("SELECT pg_sleep(600)"))
    eventually(lambda: others(direct) == [("active", "SELECT pg_sleep(600)")])
    connection.cancel_safe(timeout=30)
    assert isinstance(client.outcome.get(), psycopg.errors.QueryCanceled)


def test_a_client_that_insists_on_tls_is_told_no(database: Database, proxy: PgProxy) -> None:
    with pytest.raises(psycopg.OperationalError, match="does not support SSL"):
        psycopg.connect(through(database, proxy), sslmode="require")


def test_stalled_connections_wait_and_go_on(connect: Connect, proxy: PgProxy, direct: Connection) -> None:
    connection = connect()
    proxy.stall()
    client = Client(connection, simple("CREATE TABLE a (id int)"))
    simple("SELECT 'another connection is free'")(connect())
    assert tables(direct) == []
    assert client.waits
    proxy.resume()
    assert client.outcome.get() == "done"
    assert tables(direct) == ["a"]


def test_a_killed_client_without_a_fault_is_seen_by_the_server(
    database: Database, proxy: PgProxy, direct: Connection
) -> None:
    script = "import psycopg,sys,time; c = psycopg.connect(sys.argv[1]); c.execute('SELECT 1'); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", script, through(database, proxy)]) as child:
        eventually(lambda: others(direct) == [("idle in transaction", "SELECT 1")])
        child.kill()
    eventually(lambda: others(direct) == [])


def test_delay_is_paid_once_for_a_whole_pipeline(database: Database) -> None:
    at = urlsplit(database.url)
    assert at.hostname is not None
    delay_ms, statements = 60.0, 50
    with PgProxy((at.hostname, at.port or 5432), delay_ms=delay_ms) as slow:
        connection = psycopg.connect(through(database, slow), autocommit=True)
        started = time.monotonic()
        connection.execute("SELECT 1")
        alone_ms = (time.monotonic() - started) * 1000
        started = time.monotonic()
        pipelined(*["SELECT 1"] * statements)(connection)
        together_ms = (time.monotonic() - started) * 1000
        connection.close()
    # Bounds of the arithmetic, not of the machine: less is impossible, and paid for each it would be 50 times as much.
    assert alone_ms >= delay_ms
    assert delay_ms <= together_ms < delay_ms * statements / 2


def test_a_server_that_is_not_there_closes_the_client(database: Database) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    with PgProxy(("127.0.0.1", port)) as proxy, pytest.raises(psycopg.OperationalError):
        psycopg.connect(through(database, proxy))


def test_the_command_serves_until_it_is_told_to_stop(database: Database) -> None:
    at = urlsplit(database.url)
    command = [sys.executable, "-m", "tests.tools.pgproxy", "--to", f"{at.hostname}:{at.port}", "--delay-ms", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        port = child.stdout.readline().strip()
        assert re.fullmatch("[0-9]+", port)
        url = at._replace(netloc=f"{at.username}:{at.password}@127.0.0.1:{port}").geturl()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        child.terminate()
        assert child.wait(30) == 0
