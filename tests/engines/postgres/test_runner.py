"""What a run leaves when all goes well, and when a statement is refused."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from schemactl.contract.engine import require
from schemactl.engines.postgres.key import KEY
from schemactl.errors import StatementError
from schemactl.events import Noted, StepFinished, StepProgress, Waiting, ignore
from tests.projects.app import App, failure


def statement_error(app: App) -> StatementError:
    error = failure(app.migrate())
    assert isinstance(error, StatementError)
    return error


def test_a_refused_statement_names_its_line_and_what_was_kept(app: App) -> None:
    app.write("0001_a.sql", "create table a (id int);")
    app.write("0002_b.sql", "create table b (id int);\n\nalter table b\n  add column id int;")
    app.write("0003_c.sql", "create table c (id int);")
    error = statement_error(app)
    assert (error.code, error.kind, error.state) == (14, "duplicate_object", "42701")
    assert (error.applied, error.failed) == (["0001"], "0002")
    assert error.at == "migrations/shop/app/0002_b.sql:4"
    assert error.now == "nothing of 0002_b was kept; done by this run: 0001"
    assert app.versions() == ["0001"]
    assert app.sql("select to_regclass('b'), to_regclass('c')") == [(None, None)]


def test_the_place_is_the_line_of_the_fault_within_the_statement(app: App) -> None:
    app.write("0001_a.sql", "create table a (\n  id int,\n  name no_such_type\n);")
    assert statement_error(app).at == "migrations/shop/app/0001_a.sql:4"


def test_what_was_sent_behind_a_migration_that_fails_at_commit_takes_no_effect(app: App) -> None:
    app.write("0001_a.sql", "create table a (id int primary key deferrable initially deferred);")
    app.write("0002_b.sql", "insert into a values (1), (1);")
    for number in range(3, 20):
        app.write(f"{number:04}_c.sql", f"create table c{number} (id int);")
    error = statement_error(app)
    assert (error.failed, error.state) == ("0002", "23505")
    assert "at COMMIT" in error.what
    assert app.versions() == ["0001"]
    assert app.sql("select count(*) from pg_class where relname ~ '^c[0-9]'") == [(0,)]


def test_a_thousand_migrations_arrive_in_order(app: App) -> None:
    for number in range(1, 301):
        app.write(f"{number:04}_t.sql", f"create table t{number} (id int);")
    assert app.migrate().exit_code == 0
    assert app.versions() == [f"{number:04}" for number in range(1, 301)]
    finished = [event.version for event in app.events if isinstance(event, StepFinished)]
    assert finished == app.versions()


def test_settings_and_roles_of_one_migration_do_not_reach_the_next(app: App) -> None:
    app.sql("create role shop_other")
    try:
        app.sql("grant all on schema public to shop_other")
        app.write("0001_a.sql", "create schema hidden; set search_path to hidden; set role shop_other;", "select 1;")
        app.write("0002_b.sql", "create table b (id int);")
        assert app.migrate().exit_code == 0
        owner = "select relnamespace::regnamespace::text, relowner::regrole::text from pg_class where relname = 'b'"
        assert app.sql(owner) == [("public", "postgres")]
    finally:
        app.sql("drop owned by shop_other")
        app.sql("drop role shop_other")


@pytest.mark.parametrize(
    "statement", ["reset all", "set schemactl.token = 'x'", "select set_config('schemactl.last', 'x', false)"]
)
def test_a_migration_that_touches_our_settings_does_not_stop_the_run(app: App, statement: str) -> None:
    app.write("0001_a.sql", f"create table a (id int); {statement};")
    app.write("0002_b.sql", "create table b (id int);")
    assert app.migrate().exit_code == 0


def test_a_migration_that_lets_go_of_the_lock_ends_the_run(app: App) -> None:
    app.write("0001_a.sql", f"do $$ begin perform pg_advisory_unlock({KEY}); end $$;")
    app.write("0002_b.sql", "create table b (id int);")
    error = failure(app.migrate())
    assert (error.code, error.kind) == (12, "lost_lock")
    assert (error.now or "").startswith("0001_a is done")
    assert app.versions() == ["0001"]
    assert app.sql("select to_regclass('b')") == [(None,)]


def test_notices_are_told(app: App) -> None:
    app.write("0001_a.sql", "do $$ begin raise notice 'half way'; end $$;")
    app.migrate()
    assert [event.what for event in app.events if isinstance(event, Noted)] == ["NOTICE: half way"]


def test_copy_data_arrives_byte_for_byte(app: App) -> None:
    rows = "1\ttab\\there\n2\t\\N\n3\tsemi;colon -- no comment\n4\t\\\\.\n"
    app.write("0001_a.sql", f"create table a (id int, t text);\ncopy a from stdin;\n{rows}\\.\nupdate a set id = id;")
    assert app.migrate().exit_code == 0
    assert app.sql("select id, t from a order by id") == [
        (1, "tab\there"),
        (2, None),
        (3, "semi;colon -- no comment"),
        (4, "\\."),
    ]


def test_a_bad_copy_row_leaves_nothing(app: App) -> None:
    app.write("0001_a.sql", "create table a (id int);\ncopy a from stdin;\n1\nx\n\\.")
    error = statement_error(app)
    assert (error.state, error.at) == ("22P02", "migrations/shop/app/0001_a.sql:3")
    assert app.sql("select to_regclass('a')") == [(None,)]


def test_a_held_lock_is_waited_for_and_the_migration_tried_again(app: App) -> None:
    app.write("0001_a.sql", "create table a (id int);")
    app.migrate()
    app.write("0002_b.sql", "-- schemactl: lock_timeout=200ms\nalter table a add column b int;")
    app.write("0003_c.sql", "create table c (id int);")
    with psycopg.connect(app.url) as holder:
        holder.execute("select * from a")
        release = threading.Timer(1.0, holder.rollback)
        release.start()
        assert app.migrate().exit_code == 0
        release.join()
    waits = [event for event in app.events if isinstance(event, Waiting)]
    assert waits and "55P03" in waits[0].why
    assert app.versions() == ["0001", "0002", "0003"]


def test_a_lock_that_never_comes_free_is_given_up_after_all_tries(app: App) -> None:
    app.write("0001_a.sql", "create table a (id int);")
    app.migrate()
    (app.root / "schemactl.toml").write_text(
        'default_platform = "shop"\n[defaults]\nlock_timeout = "50ms"\ntries = 2\n'
    )
    app.write("0002_b.sql", "alter table a add column b int;")
    with psycopg.connect(app.url) as holder:
        holder.execute("select * from a")
        error = statement_error(app)
    assert (error.kind, error.state) == ("lock_timeout", "55P03")
    assert app.state() == "1 pending"


def test_a_statement_over_its_time_is_cancelled(app: App) -> None:
    app.write("0001_a.sql", "-- schemactl: statement_timeout=100ms\ncreate table a (id int);\nselect pg_sleep(30);")
    error = statement_error(app)
    assert (error.kind, error.at) == ("statement_timeout", "migrations/shop/app/0001_a.sql:4")
    assert app.sql("select to_regclass('a')") == [(None,)]


def test_a_run_that_is_asked_to_stop_cancels_and_keeps_what_was_done(app: App) -> None:
    app.write("0001_a.sql", "create table a (id int);")
    app.write("0002_b.sql", "create table b (id int); select pg_sleep(60);")
    workspace = app.workspace()
    plan = workspace.plan()
    threading.Timer(0.7, workspace.stop.ask).start()
    began = time.monotonic()
    result = workspace.migrate(plan)
    assert result.exit_code == 130
    assert time.monotonic() - began < 30
    assert app.versions() == ["0001"]
    assert app.sql("select to_regclass('b')") == [(None,)]
    assert app.sql(
        "select count(*) from pg_stat_activity where query ~ 'pg_sleep.60'  and pid <> pg_backend_pid()"
    ) == [(0,)]


def test_down_undoes_in_reverse_and_leaves_no_entry(app: App) -> None:
    app.write("0001_a.sql", "create table a (id int);", "drop table a;")
    app.write("0002_b.sql", "create view b as select * from a;", "drop view b;")
    app.migrate()
    assert app.rollback(to="0").exit_code == 0
    assert app.versions() == []
    assert app.sql("select to_regclass('a'), to_regclass('b')") == [(None, None)]


def test_a_migration_without_statements_is_recorded(app: App) -> None:
    app.write("0001_a.sql", "-- nothing to do here")
    assert app.migrate().exit_code == 0
    assert app.versions() == ["0001"]


def test_one_engine_runs_twice(app: App) -> None:
    app.write("0001_a.sql", "create table a (id int);", "drop table a;")
    app.write("0002_b.sql", "create table b (id int);", "drop table b;")
    workspace = app.workspace()
    jobs = workspace.plan().targets[0].jobs
    with workspace.site(workspace.platform.target("app")).opened() as engine:
        lock = require(engine.lock, "the test", "shop/app")
        with lock.hold(wait_s=0, emit=ignore):
            engine.ledger.prepare(platform="shop", service_name="app")
            engine.runner.run(jobs[:1], ignore)
            engine.runner.run(jobs[1:], ignore)
    assert app.versions() == ["0001", "0002"]


def test_a_run_leaves_commits_waiting_for_the_disk_as_they_did(app: App) -> None:
    for number in range(1, 70):
        app.write(f"{number:04}_t.sql", f"create table t{number} as select current_setting('synchronous_commit') c;")
    app.write("0070_last.py", "").write_text(
        "def up(ctx):\n"
        "    ctx.connection.execute(\"create table t70 as select current_setting('synchronous_commit') c\")\n"
    )
    assert app.migrate().exit_code == 0
    found = [app.sql(f"select c from t{number}")[0][0] for number in range(1, 71)]
    assert found[:69] == ["off"] * 69
    assert found[69] == "on"
    assert [event.version for event in app.events if isinstance(event, StepFinished)] == app.versions()


def test_a_migration_that_waits_does_not_hide_that_those_before_it_are_done(app: App) -> None:
    app.write("0001_a.sql", "create table a (id int);")
    app.write("0002_b.sql", "select pg_sleep(2.5);")
    asleep: list[object] = []

    def listen(event: object) -> None:
        if isinstance(event, StepFinished) and event.version == "0001":
            asleep.extend(
                app.sql("select 1 from pg_stat_activity where query ~ '^select pg_sleep' and state = 'active'")
            )

    workspace = app.workspace()
    assert workspace.migrate(workspace.plan(), emit=listen).exit_code == 0
    assert asleep == [(1,)]


TIMES = "select current_setting('lock_timeout') as l, current_setting('statement_timeout') as s"


def test_limits_hold_for_their_statement_their_section_or_the_session(app: App) -> None:
    (app.root / "schemactl.toml").write_text(
        'default_platform = "shop"\n[defaults]\nlock_timeout = "7s"\nstatement_timeout = "70s"\n'
    )
    app.write(
        "0001_a.sql",
        f"create table t1 as {TIMES};\n-- schemactl: lock_timeout=1s\n-- schemactl: statement_timeout=0\n"
        f"create table t2 as {TIMES};\ncreate table t3 as {TIMES};",
    )
    app.write(
        "0002_b.sql",
        f"-- schemactl: lock_timeout=2s\ncreate table t4 as {TIMES};\n-- schemactl: lock_timeout=3s\n"
        f"create table t5 as {TIMES};\ncreate table t6 as {TIMES};\n-- schemactl: statement_timeout=9s\nvacuum t1;\n"
        f"create table t7 as {TIMES};",
    )
    app.write("0003_c.sql", f"create table t8 as {TIMES};")
    assert app.migrate().exit_code == 0
    found = [app.sql(f"select * from t{number}")[0] for number in range(1, 9)]
    session, section = ("7s", "70s"), ("2s", "70s")
    assert found == [
        session,
        ("1s", "0"),
        session,
        section,
        ("3s", "70s"),
        section,
        section,
        session,
    ]


def test_a_statement_alone_is_cancelled_by_its_own_limit(app: App) -> None:
    app.write(
        "0001_a.sql",
        "-- schemactl: transaction=none\ncreate table a (id int);\n-- schemactl: statement_timeout=100ms\n"
        "do $$ begin perform pg_sleep(30); end $$;",
    )
    error = statement_error(app)
    assert (error.kind, error.at) == ("statement_timeout", "migrations/shop/app/0001_a.sql:5")


def test_a_partitioned_table_is_clustered_where_no_transaction_is_asked_for(app: App) -> None:
    app.write(
        "0001_a.sql",
        "-- schemactl: transaction=none\n"
        "create table a (id int primary key) partition by range (id);\n"
        "create table a1 partition of a for values from (0) to (9);\n"
        "cluster a using a_pkey;",
    )
    assert app.migrate().exit_code == 0
    assert app.sql("select count(*) from pg_index where indisclustered")[0][0] == 1


def test_a_long_migration_tells_how_far_it_is(app: App) -> None:
    app.write("0001_a.sql", "".join(f"create table t{n} as select pg_sleep(0.1)::text;\n" for n in range(12)))
    assert app.migrate().exit_code == 0
    told = [event.done for event in app.events if isinstance(event, StepProgress)]
    assert told and told == sorted(set(told)) and all(0 < done < 12 for done in told)
