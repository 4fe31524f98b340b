"""One runner at a time: waiting, refusing, and never a deadlock with CONCURRENTLY."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from schemactl.engines.postgres.key import KEY
from schemactl.events import Event, Waiting
from schemactl.workflows.execute import RunResult
from tests.projects.app import App, failure

HOLD = f"select pg_advisory_lock({KEY})".encode()


def test_a_second_runner_is_told_who_holds_the_lock(app: App) -> None:
    app.write("0001_a.sql", "create table a (id int);")
    with psycopg.connect(app.url, autocommit=True, application_name="the other one") as holder:
        holder.execute(HOLD)
        pid = holder.info.backend_pid
        error = failure(app.migrate())
    assert (error.code, error.kind) == (12, "locked")
    assert f"backend {pid} (the other one" in error.what
    assert app.state() == "1 pending"


def test_a_second_runner_waits_as_long_as_it_is_told(app: App) -> None:
    app.write("0001_a.sql", "create table a (id int);")
    with psycopg.connect(app.url, autocommit=True) as holder:
        holder.execute(HOLD)
        threading.Timer(0.6, holder.close).start()
        assert app.migrate(wait_s=20).exit_code == 0
    assert any(isinstance(event, Waiting) for event in app.events)


def test_reading_commands_do_not_need_the_lock(app: App) -> None:
    app.write("0001_a.sql", "create table a (id int);")
    with psycopg.connect(app.url, autocommit=True) as holder:
        holder.execute(HOLD)
        assert app.state() == "1 pending"
        assert app.workspace().plan().pending == 1


def test_the_lock_of_a_dead_runner_is_free(app: App) -> None:
    app.write("0001_a.sql", "create table a (id int);")
    with psycopg.connect(app.url, autocommit=True) as holder:
        holder.execute(HOLD)
        app.sql(f"select pg_terminate_backend({holder.info.backend_pid}, 5000)")
        assert app.migrate().exit_code == 0


def test_runners_at_once_apply_everything_once(app: App) -> None:
    app.write("0001_count.sql", "create table ran (version int, at timestamptz default clock_timestamp());")
    for number in range(2, 12):
        app.write(f"{number:04}_x.sql", f"insert into ran values ({number}); select pg_sleep(0.02);")
    results: list[RunResult] = []

    def run() -> None:
        workspace = app.workspace()
        results.append(workspace.migrate(workspace.plan(), wait_s=60))

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.exit_code for result in results] == [0] * 6
    assert app.sql("select version from ran order by at") == [(number,) for number in range(2, 12)]


def test_a_waiting_runner_does_not_deadlock_with_create_index_concurrently(app: App) -> None:
    app.write("0001_a.sql", "create table a as select n from generate_series(1, 1000) n;")
    app.migrate()
    app.write("0002_b.sql", "select pg_sleep(0.5); create index concurrently a_n on a (n);")
    first: list[RunResult] = []

    def run() -> None:
        workspace = app.workspace()
        first.append(workspace.migrate(workspace.plan()))

    thread = threading.Thread(target=run)
    thread.start()
    waited: list[Event] = []
    while not app.sql("select 1 from pg_stat_activity where query ~ 'pg_sleep.0.5' and pid <> pg_backend_pid()"):
        time.sleep(0.01)
    workspace = app.workspace()
    second = workspace.migrate(workspace.plan(), emit=waited.append, wait_s=60)
    thread.join()
    assert (first[0].exit_code, second.exit_code) == (0, 0)
    assert any(isinstance(event, Waiting) for event in waited)
    assert app.sql("select indisvalid from pg_index where indexrelid = 'a_n'::regclass") == [(True,)]


@pytest.mark.parametrize("statement", ["discard all", "select pg_advisory_unlock_all()", "begin", "commit", "rollback"])
def test_statements_that_would_end_the_lock_or_the_transaction_are_refused(app: App, statement: str) -> None:
    app.write("0001_a.sql", f"create table a (id int);\n{statement};")
    error = app.workspace().plan().error
    assert error is not None
    assert (error.code, error.at) == (10, "migrations/shop/app/0001_a.sql:3")
