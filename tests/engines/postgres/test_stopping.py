"""Stops and lock timeouts in the midst of what no transaction holds: nothing is left behind, nothing told wrongly."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest

from schemactl.events import Noted
from schemactl.workflows.execute import RunResult
from tests.projects.app import App, failure
from tests.tools.pgproxy import Fault, PgProxy

FRESH = "create table a (n int, m int); insert into a select n, n % 10 from generate_series(1, 100) n;"
INDEXES = "select indexrelid::regclass::text, indisvalid from pg_index where indrelid = 'a'::regclass order by 1"
QUICK = 'default_platform = "shop"\n[defaults]\nlock_timeout = "300ms"\ntries = 3\n'


@contextmanager
def writing(app: App, seconds: float) -> Iterator[None]:
    """A transaction that has written to the table, and ends by itself."""
    with psycopg.connect(app.url) as writer:
        writer.execute("update a set m = m where n = 1")
        end = threading.Timer(seconds, writer.rollback)
        end.start()
        yield
        end.join()


def waits(app: App) -> list[object]:
    return app.sql("select 1 from pg_stat_activity where wait_event_type = 'Lock' and pid <> pg_backend_pid()")


def started(app: App, pending: str, first: str = FRESH) -> None:
    (app.root / "schemactl.toml").write_text(QUICK)
    app.write("0001_a.sql", first)
    assert app.migrate().exit_code == 0
    app.write("0002_b.sql", pending)


def stopped_while_waiting(app: App) -> RunResult:
    workspace = app.workspace()
    plan = workspace.plan()

    def ask() -> None:
        while not waits(app):
            time.sleep(0.02)
        workspace.stop.ask()

    thread = threading.Thread(target=ask)
    thread.start()
    result = workspace.migrate(plan)
    thread.join()
    return result


def test_a_stop_while_an_index_is_built_leaves_nothing(app: App) -> None:
    started(app, "create index concurrently a_n on a (n);")
    (app.root / "schemactl.toml").write_text('default_platform = "shop"\n')
    with writing(app, 3):
        result = stopped_while_waiting(app)
    assert (result.exit_code, failure(result).kind) == (130, "interrupted")
    assert (app.versions(), app.sql(INDEXES), app.state()) == (["0001"], [], "1 pending")
    assert app.migrate().exit_code == 0


def test_a_stop_in_a_later_segment_says_that_the_migration_is_under_way(app: App) -> None:
    started(app, "update a set m = 0; create index concurrently a_n on a (n);")
    (app.root / "schemactl.toml").write_text('default_platform = "shop"\n')
    with psycopg.connect(app.url) as reader:
        reader.execute("set transaction isolation level repeatable read; select 1 from a")
        threading.Timer(3, reader.rollback).start()
        result = stopped_while_waiting(app)
        time.sleep(0.1)
    error = failure(result)
    assert error.code == 130 and "recover" in (error.do or "")
    assert app.state() == "unfinished"
    assert app.recover().exit_code == 0
    assert app.sql(INDEXES) == [("a_n", True)]


@contextmanager
def proxied(app: App) -> Iterator[tuple[PgProxy, str]]:
    """A proxy before the server, and the database's URL by way of it."""
    at = urlsplit(app.url)
    assert at.hostname and at.port
    with PgProxy((at.hostname, at.port)) as proxy:
        yield proxy, at._replace(netloc=f"{at.username}:{at.password}@{proxy.host}:{proxy.port}").geturl()


def test_a_link_that_breaks_at_commit_after_a_stop_does_not_say_that_nothing_was_kept(app: App) -> None:
    started(app, "create table b ();")
    with proxied(app) as (proxy, url):
        # The first is that of looking after the ledger.
        fault = proxy.arm(Fault(match="COMMIT", nth=2, point="executed"))
        workspace = app.workspace(url)
        plan = workspace.plan()

        def stop_and_cut() -> None:
            fault.wait()
            workspace.stop.ask()
            proxy.release()

        thread = threading.Thread(target=stop_and_cut)
        thread.start()
        result = workspace.migrate(plan)
        thread.join()
    assert app.versions() == ["0001", "0002"]
    assert result.exit_code in (11, 130)
    assert failure(result).now == "0002_b is there in full or not at all: the ledger knows"


def test_a_stop_that_cannot_reach_the_server_waits_for_the_statement(app: App) -> None:
    app.write("0001_a.sql", "create table a as select pg_sleep(2)::text;")
    with proxied(app) as (proxy, url):
        workspace = app.workspace(url)
        plan = workspace.plan()

        def stop() -> None:
            while not app.sql("select 1 from pg_stat_activity where wait_event = 'PgSleep'"):
                time.sleep(0.02)
            proxy.refuse()
            workspace.stop.ask()

        thread = threading.Thread(target=stop)
        thread.start()
        result = workspace.migrate(plan)
        thread.join()
    assert (app.versions(), result.targets[0].versions) == (["0001"], ("0001",))


def test_a_stop_that_comes_with_the_statements_own_notice_is_recorded(app: App) -> None:
    app.write("0001_a.sql", "-- schemactl: transaction=none\ndo $$ begin raise notice 'now'; end $$;")
    workspace = app.workspace()

    def listen(event: object) -> None:
        if isinstance(event, Noted):
            workspace.stop.ask()

    workspace.migrate(workspace.plan(), emit=listen)
    assert app.state() in ("up to date", "1 pending")
    assert app.sql("select * from schemactl.schema_steps") == []


@pytest.mark.parametrize("statement", ["create index concurrently a_n on a (n)", "create index concurrently on a (n)"])
def test_a_lock_timeout_leaves_one_valid_index(app: App, statement: str) -> None:
    started(app, statement + ";")
    with writing(app, 1.2):
        assert app.migrate().exit_code == 0
    assert [valid for _, valid in app.sql(INDEXES)] == [True]


def test_a_lock_timeout_to_the_end_leaves_what_recover_mends(app: App) -> None:
    started(app, "create index concurrently a_n on a (n);")
    with psycopg.connect(app.url) as writer:
        writer.execute("update a set m = m where n = 1")
        error = failure(app.migrate())
        assert (error.code, error.kind) == (14, "lock_timeout")
    assert app.state() in ("1 pending", "unfinished")
    assert app.recover().exit_code == 0
    assert app.migrate().exit_code == 0
    assert app.sql(INDEXES) == [("a_n", True)]


def test_a_lock_timeout_of_reindex_leaves_nothing(app: App) -> None:
    started(app, "reindex index concurrently a_n;", FRESH + "create index a_n on a (n);")
    with writing(app, 1.2):
        assert app.migrate().exit_code == 0
    assert app.sql(INDEXES) == [("a_n", True)]


PARTS = "create table a (n int) partition by range (n); create table a1 partition of a for values from (0) to (9);"


def test_a_lock_timeout_of_detach_ends_detached(app: App) -> None:
    started(app, "alter table a detach partition a1 concurrently;", PARTS + "insert into a values (1);")
    with psycopg.connect(app.url) as reader:
        reader.execute("select * from a")
        end = threading.Timer(1.2, reader.rollback)
        end.start()
        assert app.migrate().exit_code == 0
        end.join()
    assert app.sql("select * from pg_inherits") == []
    assert app.state() == "up to date"


def test_a_detach_of_what_is_no_partition_is_not_taken_for_done(app: App) -> None:
    started(app, "alter table a detach partition b concurrently;", PARTS + "create table b (n int);")
    error = failure(app.migrate())
    assert (error.code, error.now) == (14, "nothing of 0002_b was kept")
    assert app.state() == "1 pending"


def test_what_commits_by_itself_is_not_run_again(app: App) -> None:
    procedure = (
        "create procedure p() language plpgsql as $$ begin insert into log values (1); commit; lock table a; end $$"
    )
    started(app, "-- schemactl: transaction=none\ncall p();", FRESH + f"create table log (n int); {procedure};")
    with psycopg.connect(app.url) as reader:
        reader.execute("select * from a")
        error = failure(app.migrate())
    assert (error.code, error.kind) == (14, "lock_timeout")
    assert "unknown" in (error.now or "") and "recover" in (error.do or "")
    assert app.sql("select count(*) from log") == [(1,)]
    assert app.state() == "unfinished"


def test_a_stop_between_two_tries_is_a_stop(app: App) -> None:
    started(app, "alter table a add column b int;")
    (app.root / "schemactl.toml").write_text(
        'default_platform = "shop"\n[defaults]\nlock_timeout = "100ms"\ntries = 10\n'
    )
    workspace = app.workspace()
    threading.Timer(0.8, workspace.stop.ask).start()
    with psycopg.connect(app.url) as reader:
        reader.execute("select * from a")
        result = workspace.migrate(workspace.plan())
    assert (result.exit_code, failure(result).kind) == (130, "interrupted")


def test_somebody_elses_reindex_is_left_alone(app: App) -> None:
    started(app, "reindex index a_n;", FRESH + "create index a_n on a (n); create table b (n int);")
    app.sql("create index b_n_ccnew on b (n)")
    app.sql("update pg_index set indisvalid = false where indexrelid = 'b_n_ccnew'::regclass")
    assert app.migrate().exit_code == 0
    assert app.sql("select count(*) from pg_class where relname = 'b_n_ccnew'") == [(1,)]
