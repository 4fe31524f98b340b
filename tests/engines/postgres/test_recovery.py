"""What is left of a statement that no transaction held: found in the catalogue, named, finished or taken away."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from schemactl.events import Noted, StatementProbed
from tests.projects.app import App, failure

INDEXES = "select indexrelid::regclass::text, indisvalid from pg_index where indrelid = 'a'::regclass order by 1"
FRESH = "create table a (n int, m int); insert into a select n, n % 10 from generate_series(1, 100) n;"


@contextmanager
def someone_reading(app: App) -> Iterator[None]:
    """A transaction with an old snapshot and a lock on the table: CONCURRENTLY waits for it."""
    with psycopg.connect(app.url) as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select count(*) from a")
        yield


def terminated_during(app: App, words: str) -> threading.Thread:
    """Ends the backend that runs a statement with these words, once it waits."""

    def end() -> None:
        query = (
            "select pg_terminate_backend(pid) from pg_stat_activity"
            f" where query ilike '%{words}%' and wait_event_type = 'Lock' and pid <> pg_backend_pid()"
        )
        for _ in range(400):
            if app.sql(query):
                return
            time.sleep(0.05)

    thread = threading.Thread(target=end)
    thread.start()
    return thread


def crashed(app: App, words: str) -> None:
    """Run the pending migration and lose its backend in the middle of the statement with these words."""
    with someone_reading(app):
        thread = terminated_during(app, words)
        error = failure(app.migrate())
        thread.join()
    assert (error.code, error.kind) == (11, "connection_lost")


def probed(app: App) -> list[str]:
    return [event.verdict for event in app.events if isinstance(event, StatementProbed)]


def query_that_decides(app: App) -> str:
    ((found,),) = [app.workspace().unfinished("app")]
    assert found.unknown is not None
    return found.unknown.finding.query


def started(app: App, pending: str) -> None:
    app.write("0001_a.sql", FRESH)
    assert app.migrate().exit_code == 0
    app.write("0002_b.sql", pending)


def test_half_an_index_is_taken_away_and_built_again(app: App) -> None:
    started(app, "update a set m = m + 1; create index concurrently a_n on a (n); update a set m = m + 1;")
    crashed(app, "create index")
    assert app.sql(INDEXES) == [("a_n", False)]
    assert app.state() == "unfinished"
    assert failure(app.migrate()).kind == "unfinished"
    assert app.recover().exit_code == 0
    assert probed(app) == ["done", "half", "not done"]
    assert any("dropped the INVALID index a_n" in event.what for event in app.events if isinstance(event, Noted))
    assert app.sql(INDEXES) == [("a_n", True)]
    assert app.sql("select sum(m) from a") == [(450 + 200,)]
    assert app.state() == "up to date"


def test_half_an_index_without_a_name_is_found(app: App) -> None:
    started(app, "create index concurrently on a (n);")
    crashed(app, "create index")
    assert app.sql(INDEXES) == [("a_n_idx", False)]
    assert app.recover().exit_code == 0
    assert app.sql(INDEXES) == [("a_n_idx", True)]


def test_an_index_half_dropped_is_dropped(app: App) -> None:
    app.write("0001_a.sql", FRESH + "create index a_n on a (n);")
    app.migrate()
    app.write("0002_b.sql", "drop index concurrently a_n;")
    crashed(app, "drop index")
    assert app.sql(INDEXES) == [("a_n", False)]
    assert app.recover().exit_code == 0
    assert probed(app) == ["half"]
    assert app.sql(INDEXES) == []


def test_what_a_broken_reindex_left_is_taken_away(app: App) -> None:
    app.write("0001_a.sql", FRESH + "create index a_n on a (n);")
    app.migrate()
    app.write("0002_b.sql", "reindex index concurrently a_n;")
    crashed(app, "reindex")
    assert ("a_n_ccnew", False) in app.sql(INDEXES)
    assert app.recover().exit_code == 0
    assert app.sql(INDEXES) == [("a_n", True)]


def test_a_partition_half_detached_is_detached(app: App) -> None:
    app.write(
        "0001_a.sql",
        "create table a (n int) partition by range (n); create table a1 partition of a for values from (0) to (9);",
    )
    app.migrate()
    app.write("0002_b.sql", "alter table a detach partition a1 concurrently;")
    crashed(app, "detach")
    assert app.sql("select inhdetachpending from pg_inherits") == [(True,)]
    assert app.recover().exit_code == 0
    assert probed(app) == ["half"]
    assert app.sql("select * from pg_inherits") == []
    assert app.state() == "up to date"


def test_an_invalid_index_is_never_passed_over(app: App) -> None:
    app.write("0001_a.sql", FRESH)
    app.migrate()
    with pytest.raises(psycopg.errors.UniqueViolation):
        app.sql("create unique index concurrently a_m on a (m)")
    app.write("0002_b.sql", "create index concurrently if not exists a_m on a (m);")
    error = failure(app.migrate())
    assert (error.code, error.kind) == (14, "invalid_index")
    assert app.versions() == ["0001"]
    app.sql("drop index a_m")
    assert app.migrate().exit_code == 0
    assert app.sql(INDEXES) == [("a_m", True)]


def test_an_index_that_the_data_refuse_leaves_nothing_behind(app: App) -> None:
    started(app, "create unique index concurrently a_m on a (m);")
    error = failure(app.migrate())
    assert (error.code, error.kind, error.now) == (14, "unique_violation", "nothing of 0002_b was kept")
    assert app.sql(INDEXES) == []
    assert app.versions() == ["0001"]
    assert app.state() == "1 pending"


def test_the_rest_of_a_migration_may_be_corrected(app: App) -> None:
    started(app, "update a set m = m + 1;\nvacuum a;\nalter table a drop column no_such;")
    assert failure(app.migrate()).kind == "missing_object"
    assert app.state() == "unfinished"
    app.write("0002_b.sql", "update a set m = m + 1;\nvacuum a;\nalter table a drop column n;")
    assert app.recover().exit_code == 0
    assert app.sql("select sum(m) from a") == [(550,)]
    assert app.state() == "up to date"


def test_what_was_done_may_not_be_changed(app: App) -> None:
    started(app, "update a set m = m + 1;\nvacuum a;\nalter table a drop column no_such;")
    app.migrate()
    app.write("0002_b.sql", "update a set m = m + 2;\nvacuum a;\nalter table a drop column n;")
    error = failure(app.recover())
    assert (error.code, error.kind, error.at) == (13, "changed", "migrations/shop/app/0002_b.sql:2")


def test_a_procedure_that_commits_is_unknown_until_someone_decides(app: App) -> None:
    app.write(
        "0001_a.sql",
        FRESH + "create procedure p() language plpgsql as $$ begin"
        " update a set m = m + 1; commit; perform count(*) from a; lock table a; end $$;",
    )
    app.migrate()
    app.write("0002_b.sql", "-- schemactl: transaction=none\ncall p();\ncreate table b (n int);")
    crashed(app, "call p")
    error = failure(app.recover())
    assert (error.code, error.kind) == (13, "unknown")
    assert app.recover(mark="done").exit_code == 0
    assert app.sql("select sum(m) from a") == [(550,)]
    assert app.state() == "up to date"


CALLED = [
    ("p", "call p()"),
    ("p", "CALL /* all of them */\r\n  public . P (/* none */)"),
    ('"it\'s; ""P"" \\ %s"', 'call "it\'s; ""P"" \\ %s"()'),
    ("p", 'call U&"\\0070"()'),
]


@pytest.mark.parametrize(("name", "call"), CALLED)
def test_the_query_for_a_call_shows_the_procedure_and_does_not_call_it(app: App, name: str, call: str) -> None:
    body = "begin /* the work */ update a set m = m + 1; lock table a; end"
    app.write("0001_a.sql", FRESH + f"create procedure {name}() language plpgsql as $$ {body} $$;")
    app.migrate()
    app.write("0002_b.sql", f"-- schemactl: transaction=none\n{call};")
    crashed(app, "call%(")
    query = query_that_decides(app)
    assert call.split()[0] in query
    shown = app.sql(query)
    assert app.sql("select sum(m) from a") == [(450,)]
    if "U&" not in call:
        assert ["the work" in source for _, source in shown] == [True]


def test_the_query_for_a_call_shows_the_procedures_of_every_schema_where_none_is_named(app: App) -> None:
    body = "language plpgsql as $$ begin lock table public.a; end $$;"
    app.write("0001_a.sql", FRESH + f"create schema s; create procedure p() {body} create procedure s.p(n int) {body}")
    app.migrate()
    app.write("0002_b.sql", "-- schemactl: transaction=none\ncall p();")
    crashed(app, "call p")
    assert [name for name, _ in app.sql(query_that_decides(app))] == ["p()", "s.p(integer)"]


@pytest.mark.parametrize("newline", ["\n", "\r", "\r\n"])
def test_the_query_for_a_block_of_code_does_not_run_it(app: App, newline: str) -> None:
    app.write("0001_a.sql", FRESH)
    app.migrate()
    block = ["do $$ begin", "  lock table a; -- */", "  update a set m = m + 1;", "", "update a set m = 0; end $$;"]
    path = app.write("0002_b.sql", "")
    path.write_bytes(("-- migrate:up\n-- schemactl: transaction=none\n" + newline.join(block) + "\n").encode())
    crashed(app, "do $$")
    query = query_that_decides(app)
    assert "update a set m = m + 1" in query
    app.sql(query)
    assert app.sql("select sum(m) from a") == [(450,)]


def test_marked_undone_it_runs_again(app: App) -> None:
    app.write(
        "0001_a.sql",
        FRESH + "create procedure p() language plpgsql as $$ begin lock table a; update a set m = m + 1; end $$;",
    )
    app.migrate()
    app.write("0002_b.sql", "-- schemactl: transaction=none\ncall p();")
    crashed(app, "call p")
    assert app.recover(mark="undone").exit_code == 0
    assert app.sql("select sum(m) from a") == [(550,)]


def test_what_says_that_it_is_idempotent_runs_again_without_asking(app: App) -> None:
    app.write("0001_a.sql", FRESH + "create procedure p() language plpgsql as $$ begin lock table a; end $$;")
    app.migrate()
    app.write("0002_b.sql", "-- schemactl: transaction=none\n-- schemactl: idempotent\ncall p();")
    crashed(app, "call p")
    assert app.recover().exit_code == 0
    assert app.state() == "up to date"


def test_what_never_took_effect_can_be_given_up(app: App) -> None:
    started(app, "create index concurrently a_n on a (n);")
    crashed(app, "create index")
    assert app.recover(undo=True).exit_code == 0
    assert app.sql(INDEXES) == []
    assert app.state() == "1 pending"


def test_an_index_half_dropped_is_not_given_up(app: App) -> None:
    app.write("0001_a.sql", FRESH + "create index a_n on a (n);")
    app.migrate()
    app.write("0002_b.sql", "drop index concurrently a_n;")
    crashed(app, "drop index")
    assert failure(app.recover(undo=True)).kind == "not_undone"
    assert app.versions() == ["0001", "0002"], "the ledger forgot what left an INVALID index"
    assert app.recover().exit_code == 0
    assert app.sql(INDEXES) == []


def rolling_back(app: App, down: str, words: str) -> None:
    """0002 made index a_n; its rollback lost its backend in the statement with these words."""
    app.write("0001_a.sql", FRESH)
    app.write("0002_b.sql", "create index a_n on a (n);", down)
    assert app.migrate().exit_code == 0
    with someone_reading(app):
        thread = terminated_during(app, words)
        assert failure(app.rollback()).kind == "connection_lost"
        thread.join()
    assert app.state() == "unfinished"


def test_a_rollback_that_never_took_effect_is_given_up_and_can_be_made_again(app: App) -> None:
    rolling_back(app, "create index concurrently a_m on a (m); drop index a_n, a_m;", "create index")
    assert app.recover(undo=True).exit_code == 0
    assert app.sql(INDEXES) == [("a_n", True)]
    assert app.sql("select version, state from schemactl.schema_versions order by 1") == [
        ("0001", "applied"),
        ("0002", "applied"),
    ]
    assert app.sql("select * from schemactl.schema_steps") == []
    assert app.state() == "up to date"
    assert app.rollback().exit_code == 0
    assert (app.versions(), app.sql(INDEXES)) == (["0001"], [])


def test_a_rollback_that_took_effect_in_part_is_finished_before_it_is_taken_back(app: App) -> None:
    rolling_back(
        app, "update a set m = 0; create index concurrently a_m on a (m); drop index a_n, a_m;", "create index"
    )
    error = failure(app.recover(undo=True))
    assert (error.code, error.kind) == (13, "not_undone")
    # `rollback` would undo 0001.
    assert "migrate" in (error.do or "") and "rollback`" not in (error.do or "")
    assert app.sql(INDEXES) == [("a_m", False), ("a_n", True)], "refused, yet something was taken away"
    assert app.recover().exit_code == 0
    assert (app.versions(), app.state()) == (["0001"], "1 pending")
    assert app.migrate().exit_code == 0
    assert (app.versions(), app.sql(INDEXES)) == (["0001", "0002"], [("a_n", True)])


def test_a_rollback_that_left_an_index_half_dropped_is_not_given_up(app: App) -> None:
    rolling_back(app, "drop index concurrently a_n;", "drop index")
    assert app.sql(INDEXES) == [("a_n", False)]
    assert failure(app.recover(undo=True)).kind == "not_undone"
    assert app.sql("select state from schemactl.schema_versions where version = '0002'") == [("reverting",)]
    assert app.recover().exit_code == 0
    assert (app.versions(), app.sql(INDEXES)) == (["0001"], [])


def test_a_broken_rollback_is_finished(app: App) -> None:
    app.write("0001_a.sql", FRESH, "drop table a;")
    app.write("0002_b.sql", "create index a_n on a (n);", "drop index concurrently a_n; update a set m = 0;")
    app.migrate()
    with someone_reading(app):
        thread = terminated_during(app, "drop index")
        assert failure(app.rollback()).kind == "connection_lost"
        thread.join()
    assert app.state() == "unfinished"
    assert app.recover().exit_code == 0
    assert app.versions() == ["0001"]
    assert app.sql("select sum(m) from a") == [(0,)]


def test_a_healthy_target_has_nothing_to_recover(app: App) -> None:
    app.write("0001_a.sql", FRESH)
    app.migrate()
    assert app.recover().exit_code == 0
    assert probed(app) == []


def test_status_names_an_invalid_index(app: App, tmp_path: Path) -> None:
    app.write("0001_a.sql", FRESH)
    app.migrate()
    with pytest.raises(psycopg.errors.UniqueViolation):
        app.sql("create unique index concurrently a_m on a (m)")
    assert app.state() == "broken objects"
