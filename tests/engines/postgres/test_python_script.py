"""Python migrations that fail, stop, wait, end their transaction or lose it, and Alembic's operations in them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from schemactl.errors import ConnectError, RunInterruptedError, StatementError
from schemactl.events import Event, Noted, Waiting
from schemactl.workflows.execute import RunResult
from tests.projects.app import App, failure

FILE = "migrations/shop/app/0001_a.py"
MAKE = "ctx.connection.execute('create table a (id int)')"


def script(app: App, *lines: str, name: str = "0001_a.py") -> None:
    """A migration whose `up` is these lines; the first of them is line 2."""
    body = "".join(f"    {line}\n" for line in lines)
    (app.root / "migrations" / "shop" / "app" / name).write_text(f"def up(ctx):\n{body}")


def refused(app: App, *lines: str) -> StatementError:
    script(app, *lines)
    error = failure(app.migrate())
    assert isinstance(error, StatementError), error
    return error


def nothing_is_there(app: App) -> bool:
    return app.versions() == [] and app.sql("select to_regclass('a')") == [(None,)]


def stopped_once(app: App, query: str) -> RunResult:
    """A run that is asked to stop as soon as some backend is at work on `query`."""
    workspace = app.workspace()
    plan = workspace.plan()
    over = threading.Event()

    def ask() -> None:
        at_work = f"select 1 from pg_stat_activity where state = 'active' and query ~ '{query}'"
        while not over.wait(0.05) and not app.sql(f"{at_work} and pid <> pg_backend_pid()"):
            pass
        workspace.stop.ask()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        return workspace.migrate(plan)
    finally:
        over.set()
        asking.join()


@contextmanager
def held(app: App, table: str) -> Iterator[psycopg.Connection]:
    """Somebody else's lock on `table`."""
    with psycopg.connect(app.url) as holder:
        holder.execute(f"lock table {table}".encode())
        yield holder


def patience(app: App, tries: int) -> None:
    (app.root / "schemactl.toml").write_text(
        f'default_platform = "shop"\n[defaults]\nlock_timeout = "100ms"\ntries = {tries}\n'
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import sys; sys.exit(0)", "it called sys.exit(0)"),
        ("raise SystemExit", "it called sys.exit()"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("raise BaseException('odd')", "BaseException: odd"),
    ],
)
def test_a_script_that_leaves_is_a_failure_with_its_line(app: App, line: str, said: str) -> None:
    error = refused(app, MAKE, line)
    assert error.what == f"0001_a stopped: {said}"
    assert (error.code, error.kind, error.at, error.failed) == (14, "script", f"{FILE}:3", "0001")
    assert nothing_is_there(app)


def test_a_stop_cancels_the_statement_of_a_script(app: App) -> None:
    script(app, MAKE, "ctx.connection.execute('select pg_sleep(300)')")
    result = stopped_once(app, "pg_sleep.300")
    assert (result.exit_code, isinstance(result.error, RunInterruptedError)) == (130, True)
    assert failure(result).now == "nothing of 0001_a was kept"
    assert nothing_is_there(app)


def test_a_script_that_passes_over_the_cancel_keeps_nothing(app: App) -> None:
    script(
        app,
        MAKE,
        "try:",
        "    with ctx.connection.transaction():",
        "        ctx.connection.execute('select pg_sleep(300)')",
        "except Exception:",
        "    pass",
    )
    assert stopped_once(app, "pg_sleep.300").exit_code == 130
    assert nothing_is_there(app)


def test_progress_ends_a_script_that_is_asked_to_stop(app: App) -> None:
    script(app, MAKE, "while True:", "    ctx.progress(1)")
    workspace = app.workspace()
    result = workspace.migrate(workspace.plan(), emit=lambda event: workspace.stop.ask())
    assert result.exit_code == 130
    assert nothing_is_there(app)


def test_a_script_is_tried_again_when_a_lock_is_not_to_be_had(app: App) -> None:
    app.sql("create table other ()")
    patience(app, 10)
    script(app, MAKE, "ctx.connection.execute('lock table other')")
    waits: list[Waiting] = []
    with held(app, "other") as holder:

        def let_go(event: Event) -> None:
            if isinstance(event, Waiting):
                waits.append(event)
                holder.rollback()

        workspace = app.workspace()
        assert workspace.migrate(workspace.plan(), emit=let_go).exit_code == 0
    assert waits and "55P03" in waits[0].why
    assert app.versions() == ["0001"]


def test_a_script_that_never_gets_its_lock_is_told_with_its_line(app: App) -> None:
    app.sql("create table other ()")
    patience(app, 2)
    with held(app, "other"):
        error = refused(app, MAKE, "ctx.connection.execute('lock table other')")
    assert (error.kind, error.state) == ("lock_timeout", "55P03")
    assert error.at == "migrations/shop/app/0001_a.py:3"
    assert nothing_is_there(app)


@pytest.mark.parametrize("passed_over", [False, True], ids=["", "passed-over"])
def test_a_server_that_goes_away_is_not_the_files_fault(app: App, passed_over: bool) -> None:
    lost = "ctx.connection.execute('select pg_terminate_backend(pg_backend_pid())')"
    script(app, MAKE, *(["try:", f"    {lost}", "except Exception: pass"] if passed_over else [lost]))
    error = failure(app.migrate())
    assert isinstance(error, ConnectError)
    assert error.kind == "connection_lost"
    assert error.now == "0001_a is there in full or not at all: the ledger knows"
    assert nothing_is_there(app)


@pytest.mark.parametrize("first", ["pass", "ctx.op.execute('select 1')"], ids=["plain", "alembic"])
@pytest.mark.parametrize("then", ["pass", "ctx.connection.execute('select 1')"], ids=["", "used"])
def test_a_script_that_closes_the_connection_is_told_so(app: App, first: str, then: str) -> None:
    error = refused(app, MAKE, first, "ctx.connection.close()", then)
    assert (error.kind, error.what) == ("closed", "0001_a stopped: it closed the connection that it was given")
    assert nothing_is_there(app)


def test_what_a_script_prints_is_its_log(app: App) -> None:
    before = sys.stdout
    script(app, "import sys", "print('one', 'two', end=' ')", "print('three\\nfour')", "sys.stdout.write('five')")
    heard: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, Noted):
            print(event.what)  # reaches the old stream and not the log
            heard.append(event.what)

    workspace = app.workspace()
    assert workspace.migrate(workspace.plan(), emit=listen).exit_code == 0
    assert heard == ["one two three", "four", "five"]
    assert sys.stdout is before


def test_what_other_threads_print_meanwhile_is_not_the_scripts(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    script(app, "import threading", "thread = threading.Thread(target=print, args=['loud'])", "thread.start()")
    app.migrate()
    assert [event.what for event in app.events if isinstance(event, Noted)] == []
    assert "loud" in capsys.readouterr().out


@pytest.mark.parametrize("line", ["reset all", "set schemactl.script = 'x'", "discard plans"])
def test_a_script_may_touch_settings(app: App, line: str) -> None:
    script(app, MAKE, f"ctx.connection.execute({line!r})")
    assert app.migrate().exit_code == 0
    assert app.versions() == ["0001"]


@pytest.mark.parametrize("how", ["ctx.connection.commit()", "ctx.connection.execute('commit')"])
@pytest.mark.parametrize("then", ["pass", "ctx.connection.execute('select 1')", "1 / 0", "ctx.connection.execute('x')"])
def test_a_script_that_commits_is_told_what_is_kept(app: App, how: str, then: str) -> None:
    error = refused(app, MAKE, how, then)
    assert (error.kind, error.now) == ("committed", "parts of 0001_a are in the database without an entry")
    assert (app.versions(), app.sql("select to_regclass('a')")) == ([], [("a",)])


@pytest.mark.parametrize("how", ["ctx.connection.rollback()", "ctx.connection.execute('rollback')"])
@pytest.mark.parametrize("then", ["pass", "ctx.connection.execute('create table b ()')"])
def test_a_script_that_rolls_back_is_told_that_nothing_is_kept(app: App, how: str, then: str) -> None:
    error = refused(app, MAKE, how, then)
    assert (error.kind, error.now) == ("rolled_back", "nothing of 0001_a was kept")
    assert nothing_is_there(app)
    assert app.sql("select to_regclass('b')") == [(None,)]


def test_a_commit_behind_a_rollback_is_noticed(app: App) -> None:
    connection = "ctx.connection"
    error = refused(app, f"{connection}.rollback()", MAKE, f"{connection}.commit()", "raise ValueError")
    assert error.kind == "committed"
    assert app.sql("select to_regclass('a')") == [("a",)]


def test_a_script_that_goes_on_after_a_failed_statement_is_refused(app: App) -> None:
    error = refused(app, MAKE, "try:", "    ctx.connection.execute('selec')", "except Exception: pass")
    assert (error.kind, error.state) == ("script", "25P02")
    assert nothing_is_there(app)


def test_a_savepoint_lets_a_script_go_on(app: App) -> None:
    script(
        app,
        MAKE,
        "try:",
        "    with ctx.connection.transaction(): ctx.connection.execute('selec')",
        "except Exception: pass",
    )
    assert app.migrate().exit_code == 0
    assert app.versions() == ["0001"]


def test_a_mistake_in_calling_the_driver_is_not_a_lost_connection(app: App) -> None:
    error = refused(app, MAKE, "ctx.connection.execute('select %s', [])")
    assert (error.code, error.at) == (14, f"{FILE}:3")
    assert nothing_is_there(app)


def test_a_stream_left_open_is_the_scripts_fault(app: App) -> None:
    stream = "rows = ctx.connection.cursor().stream('select generate_series(1, 9)')"
    error = refused(app, MAKE, "global rows", stream, "next(rows)")
    assert (error.kind, error.now) == ("busy", "nothing of 0001_a was kept")
    assert nothing_is_there(app)


def test_a_script_that_fails_in_the_middle_of_a_stream_is_told_why(app: App) -> None:
    stream = "rows = ctx.connection.cursor().stream('select generate_series(1, 9)')"
    error = refused(app, MAKE, stream, "next(rows)", "1 / 0")
    assert (error.kind, error.at) == ("script", f"{FILE}:5")
    assert "ZeroDivisionError" in error.what
    assert nothing_is_there(app)


def test_what_a_script_sets_on_the_connection_does_not_reach_the_next(app: App) -> None:
    script(app, "import psycopg.rows", "ctx.connection.row_factory = psycopg.rows.dict_row")
    script(app, "assert ctx.connection.execute('select 1').fetchone() == (1,)", name="0002_b.py")
    assert app.migrate().exit_code == 0


def test_alembic_creates_alters_and_works_in_batches(app: App) -> None:
    script(
        app,
        "import sqlalchemy as sa",
        "ctx.op.create_table('a', sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', sa.Text))",
        "ctx.op.alter_column('a', 'name', new_column_name='label', nullable=False)",
        "with ctx.op.batch_alter_table('a') as batch:",
        "    batch.add_column(sa.Column('age', sa.SmallInteger))",
        "    batch.create_unique_constraint('a_label', ['label'])",
        "ctx.op.bulk_insert(sa.table('a', sa.column('label')), [{'label': 'x'}])",
    )
    assert app.migrate().exit_code == 0
    assert app.sql("select id, label, age from a") == [(1, "x", None)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("with ctx.op.get_context().autocommit_block(): pass", "autocommit_block() would end the transaction"),
        ("ctx.op.execute('selec')", "SQLSTATE 42601"),
        ("ctx.op.create_index('i', 'a', ['id'], postgresql_concurrently=True)", "SQLSTATE 25001"),
    ],
)
def test_what_alembic_cannot_do_here_is_told_with_its_line(app: App, line: str, said: str) -> None:
    error = refused(app, MAKE, line)
    assert said in error.what
    assert error.at == f"{FILE}:3"
    assert nothing_is_there(app)


def test_a_commit_through_alembic_is_noticed(app: App) -> None:
    error = refused(app, MAKE, "ctx.op.execute('select 1')", "ctx.op.get_bind().commit()")
    assert error.kind == "committed"


def test_a_stop_cancels_a_copy_that_waits_for_a_lock(app: App) -> None:
    app.sql("create table other (id int)")
    (app.root / "schemactl.toml").write_text('default_platform = "shop"\n[defaults]\nlock_timeout = "1h"\n')
    app.write("0001_a.sql", "create table a (id int);\ncopy other from stdin;\n1\n\\.")
    with held(app, "other"):
        assert stopped_once(app, "^copy other").exit_code == 130
    assert nothing_is_there(app)


def test_a_stop_cancels_a_copy_of_many_rows(app: App) -> None:
    app.sql("create table other (id int, t text)")
    app.sql(
        "create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.05); return new; end'"
    )
    app.sql("create trigger slow before insert on other for each row execute function slow()")
    rows = "".join(f"{n}\t{'x' * 200}\n" for n in range(40_000))  # half an hour's worth, more than any buffer holds
    app.write("0001_a.sql", f"create table a (id int);\ncopy other from stdin;\n{rows}\\.")
    assert stopped_once(app, "^copy other").exit_code == 130
    assert nothing_is_there(app)
    assert app.sql("select count(*) from other") == [(0,)]
