"""What a migration does to its session holds for all of it, and for nothing behind it."""

from __future__ import annotations

import psycopg
import pytest

from schemactl.errors import StatementError
from tests.fixtures.postgres import Database
from tests.projects.app import App, failure

TIMES = "select current_setting('lock_timeout') as l"


def statement_error(app: App) -> StatementError:
    error = failure(app.migrate())
    assert isinstance(error, StatementError)
    return error


def test_settings_of_a_migration_hold_in_all_its_segments(app: App) -> None:
    app.write(
        "0001_a.sql",
        "create schema other; set search_path to other; create table a (n int);"
        " create index concurrently a_n on a (n); create table b (n int); set local search_path to public;"
        " vacuum other.a; create table c (n int);",
    )
    assert app.migrate().exit_code == 0
    found = app.sql("select relname::text, relnamespace::regnamespace::text from pg_class where relname in ('b', 'c')")
    assert sorted(found) == [("b", "other"), ("c", "public")]


def test_a_role_taken_on_holds_in_all_segments_and_not_in_the_ledger(app: App) -> None:
    app.sql("create role shop_owner")
    try:
        app.sql("grant all on schema public to shop_owner")
        app.write(
            "0001_a.sql",
            "set role shop_owner; create table a (n int); create index concurrently a_n on a (n); create table b ();",
        )
        assert app.migrate().exit_code == 0
        owners = app.sql("select distinct relowner::regrole::text from pg_class where relname in ('a', 'a_n', 'b')")
        assert owners == [("shop_owner",)]
        assert app.state() == "up to date"
    finally:
        app.sql("drop owned by shop_owner")
        app.sql("drop role shop_owner")


def test_a_migration_resumed_by_recover_has_its_settings(app: App) -> None:
    app.write(
        "0001_a.sql",
        "create schema other; set search_path to other; create table a (n int); vacuum a; create tabel b ();",
    )
    assert failure(app.migrate()).kind == "syntax_error"
    app.write(
        "0001_a.sql",
        "create schema other; set search_path to other; create table a (n int); vacuum a; create table b ();",
    )
    assert app.recover().exit_code == 0
    assert app.sql("select relnamespace::regnamespace::text from pg_class where relname = 'b'") == [("other",)]


@pytest.mark.parametrize(
    "statement",
    [
        "select i into temp seen from src",
        "create table pg_temp.seen (i int)",
        "insert into log select set_config('search_path', 'other', false)",
        "values (set_config('search_path', 'other', false))",
        "prepare one as select 1",
    ],
)
def test_whatever_a_migration_leaves_in_the_session_is_gone(app: App, statement: str) -> None:
    app.write(
        "0001_a.sql",
        "create schema other; create table src (i int); create table seen (i int); create table log (t text);",
    )
    app.write("0002_b.sql", f"{statement};")
    app.write("0003_c.sql", "insert into seen values (1); create table new (i int); prepare one as select 1;")
    assert app.migrate().exit_code == 0
    assert app.sql("select count(*) from public.seen") == [(1,)]
    assert app.sql("select relnamespace::regnamespace::text from pg_class where relname = 'new'") == [("public",)]


ELSEWHERE = "begin perform set_config('search_path', 'other', false); return new; end"
UNNAMED = {
    "trigger": "create trigger t before insert on log for each row execute function leave();",
    "rule": "create rule r as on insert to log do also select set_config('search_path', 'other', false);",
    "event trigger": "create event trigger shop_leaves on ddl_command_end execute function leave_too();",
}


@pytest.mark.parametrize("together", [True, False], ids=["one run", "another run"])
@pytest.mark.parametrize("what", UNNAMED)
def test_what_runs_unnamed_leaves_nothing_in_the_session(app: App, what: str, together: bool) -> None:
    app.write(
        "0001_a.sql",
        "create schema other; create table log (t text);"
        f" create function leave() returns trigger language plpgsql as $${ELSEWHERE}$$;"
        f" create function leave_too() returns event_trigger language plpgsql as $${ELSEWHERE.replace('new', '')}$$;",
    )
    app.write("0002_b.sql", UNNAMED[what])
    if not together:
        assert app.migrate().exit_code == 0
    app.write("0003_c.sql", "comment on table log is 'x';" if "event" in what else "insert into log values ('x');")
    app.write("0004_d.sql", "create table new (i int);")
    assert app.migrate().exit_code == 0
    assert app.sql("select relnamespace::regnamespace::text from pg_class where relname = 'new'") == [("public",)]


def test_a_function_with_a_quoted_name_leaves_nothing_in_the_session(app: App) -> None:
    body = ELSEWHERE.replace("new", "1")
    app.write(
        "0001_a.sql",
        "create schema other; create table log (n int);"
        f' create function "Leave"() returns int language plpgsql as $${body}$$;',
    )
    app.write("0002_b.sql", 'insert into log select "Leave"();')
    app.write("0003_c.sql", "create table new (i int);")
    assert app.migrate().exit_code == 0
    assert app.sql("select relnamespace::regnamespace::text from pg_class where relname = 'new'") == [("public",)]


@pytest.mark.parametrize(
    "statement", ["copy (select 1) to stdout", "set client_encoding = 'LATIN1'", "set names 'SQL_ASCII'"]
)
def test_what_cannot_be_sent_truly_is_refused(app: App, statement: str) -> None:
    app.write("0001_a.sql", f"create table a (n int);\n{statement};")
    error = app.workspace().plan().error
    assert error is not None and (error.code, error.at) == (10, "migrations/shop/app/0001_a.sql:3")


def test_backslashes_are_letters_whatever_the_database_says(app: App, fresh_database: Database) -> None:
    app.sql(f"alter database {fresh_database.name} set standard_conforming_strings = off")
    app.write("0001_a.sql", "create table a as select 'x\\ny' as t;")
    assert app.migrate().exit_code == 0
    assert app.sql("select length(t) from a") == [(4,)]


def test_a_plain_index_is_not_passed_over_where_an_invalid_one_has_its_name(app: App) -> None:
    app.write("0001_a.sql", "create table a as select 1 as n from generate_series(1, 2);")
    app.migrate()
    with pytest.raises(psycopg.errors.UniqueViolation):
        app.sql("create unique index concurrently a_n on a (n)")
    app.write("0002_b.sql", "create index if not exists a_n on a (n);")
    error = statement_error(app)
    assert (error.kind, error.at, app.versions()) == ("invalid_index", "migrations/shop/app/0002_b.sql:2", ["0001"])


def test_an_index_whose_name_is_taken_elsewhere_is_not_told_as_built(app: App) -> None:
    app.write("0001_a.sql", "create table a (n int); create table b (n int); create index taken on b (n);")
    app.migrate()
    app.write("0002_b.sql", "create index concurrently if not exists taken on a (n);")
    assert failure(app.migrate()).kind == "half_done"


def test_a_limit_of_one_statement_gives_back_what_the_migration_had_set(app: App) -> None:
    app.write(
        "0001_a.sql",
        f"set lock_timeout to '77ms';\n-- schemactl: lock_timeout=1s\ncreate table t1 as {TIMES};\n"
        f"create table t2 as {TIMES};\nvacuum t1;\ncreate table t3 as {TIMES};",
    )
    assert app.migrate().exit_code == 0
    assert [app.sql(f"select l from t{number}")[0][0] for number in (1, 2, 3)] == ["1s", "77ms", "77ms"]


def test_a_version_written_otherwise_ends_what_it_began(app: App) -> None:
    path = app.write("7_a.sql", "create table a (n int); vacuum a; create tabel b ();")
    assert failure(app.migrate()).kind == "syntax_error"
    path.unlink()
    app.write("007_a.sql", "create table a (n int); vacuum a; create table b ();", "drop table b; drop table a;")
    assert app.recover().exit_code == 0
    assert (app.versions(), app.state()) == (["007"], "up to date")
    assert app.rollback().exit_code == 0
    assert app.versions() == []
