"""The locks that a plan shows are those that the server takes: each statement is run, and pg_locks read."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from schemactl.engines.postgres.lock_modes import STRENGTH
from schemactl.engines.postgres.locks import lock_of
from schemactl.engines.postgres.planner import PostgresPlanner
from schemactl.engines.postgres.statements import drops_lock, stands_alone, unsettles
from schemactl.script.split import statements
from schemactl.script.statement import Statement
from schemactl.script.syntax import POSTGRES
from tests.contract.postgres_dialect import DIALECT
from tests.contract.work import cut
from tests.engines.postgres.lock_scene import ALIKE, SCENE, TOLD
from tests.fixtures.postgres import Database, Postgres, drop_database, make_database

Found = dict[str, str]

MODES = {mode.title().replace(" ", "") + "Lock": mode for mode in STRENGTH}
# What was there before the statement: user relations with their tables, and types that are not rows of a table.
BEFORE = """
    CREATE TEMP TABLE before_it AS
    SELECT 'relation' AS what, c.oid,
           CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name,
           coalesce(i.indrelid, 0) AS owner
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE n.nspname IN ('public', 'other')
    UNION ALL
    SELECT 'object', t.oid, t.typname, 0 FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname = 'public' AND t.typtype IN ('e', 'd')
"""
HELD = """
    SELECT b.name, l.mode, o.name
    FROM pg_locks l JOIN before_it b
      ON (b.what = 'relation' AND l.locktype = 'relation' AND l.relation = b.oid)
      OR (b.what = 'object' AND l.locktype = 'object' AND l.classid = 'pg_type'::regclass AND l.objid = b.oid)
    LEFT JOIN before_it o ON o.what = 'relation' AND o.oid = b.owner
    WHERE l.pid = pg_backend_pid()
"""


def one(text: str) -> Statement:
    (statement,) = statements(text, POSTGRES)
    return statement


@pytest.fixture(scope="module")
def scene(postgres: Postgres) -> Iterator[psycopg.Connection]:
    database: Database = make_database(postgres)
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(SCENE)
        connection.execute(BEFORE)
        yield connection
    drop_database(database)


def stronger(held: Found, name: str, mode: str) -> None:
    if STRENGTH[mode] > STRENGTH.get(held.get(name, ""), 0):
        held[name] = mode


def taken(connection: psycopg.Connection, text: str, named: Found) -> Found:
    """The strongest mode of each relation; an index counts where it is `named` or held more than its table."""
    with connection.transaction(force_rollback=True):
        connection.execute(text.encode())
        rows = connection.execute(HELD).fetchall()
    held: Found = {}
    table_of = {}
    for name, mode, table in rows:
        table_of[name] = table
        if mode in MODES:
            stronger(held, name, MODES[mode])
    return {
        name: mode
        for name, mode in held.items()
        if name in named or STRENGTH[mode] > STRENGTH.get(held.get(table_of[name], ""), 0)
    }


def shown(text: str, indexes: dict[str, tuple[str, ...]], table: dict[str, str]) -> Found:
    """What the plan says, relation by relation."""
    held: Found = {}
    said = lock_of(one(text))
    for part in re.split(rf", (?=(?:{'|'.join(STRENGTH)}) on )", said) if said else ():
        mode, _, names = part.partition(" on ")
        for name in names.split(", "):
            if name.startswith("the table of "):
                stronger(held, table[name[13:]], mode)
            elif name.startswith("the indexes of "):
                for index in indexes[name[15:]]:
                    stronger(held, index, mode)
            else:
                stronger(held, name.replace('"', "").removeprefix("public."), mode)
    return held


@pytest.mark.parametrize("text", ALIKE)
def test_the_plan_shows_the_locks_that_the_server_takes(scene: psycopg.Connection, text: str) -> None:
    rows = scene.execute("SELECT o.name, b.name FROM before_it b JOIN before_it o ON o.oid = b.owner").fetchall()
    indexes = {table: tuple(index for owner, index in rows if owner == table) for table, _ in rows}
    told = shown(text, indexes, {index: table for table, index in rows})
    assert told == taken(scene, text, told)


@pytest.mark.parametrize(("text", "lock"), TOLD)
def test_the_plan_shows_locks_in_these_words(text: str, lock: str) -> None:
    assert lock_of(one(text)) == lock


def planned(*texts: str) -> list[tuple[str, ...]]:
    """The locks of each segment of a migration of these statements."""
    segments = PostgresPlanner().segments(cut(DIALECT, *texts).up, shown="0001_step.sql")
    return [tuple(step.lock for step in segment.steps) for segment in segments]


def test_nobody_waits_for_a_table_of_the_same_transaction() -> None:
    assert planned("CREATE TABLE a (id int)", "ALTER TABLE A ADD n int", "CREATE INDEX ON a (n)") == [("", "", "")]


def test_nobody_waits_for_an_index_of_the_same_transaction() -> None:
    assert planned("CREATE TABLE s.a (id int)", "CREATE INDEX i ON s.a (id)", "ALTER INDEX s.i RENAME TO j") == [
        ("", "", "")
    ]


def test_an_old_table_is_still_named_beside_a_new_one() -> None:
    lock = "ACCESS EXCLUSIVE on old"
    assert planned("CREATE TABLE a (id int)", "DROP TABLE a, old") == [("", lock)]


def test_a_table_that_may_have_been_there_is_waited_for() -> None:
    (locks,) = planned("CREATE TABLE IF NOT EXISTS a (id int)", "ALTER TABLE a ADD n int")
    assert locks == ("", "ACCESS EXCLUSIVE on a")


def test_a_new_table_is_waited_for_once_its_segment_has_committed() -> None:
    assert planned(
        "CREATE TABLE a (id int)", "CREATE INDEX CONCURRENTLY i ON a (id)", "ALTER TABLE a ADD n int", "VACUUM"
    ) == [
        ("",),
        ("SHARE UPDATE EXCLUSIVE on a",),
        ("ACCESS EXCLUSIVE on a",),
        ("SHARE UPDATE EXCLUSIVE on every table in the database",),
    ]


@pytest.mark.parametrize("text", [text for text in ALIKE if "'" not in text])
def test_a_statement_that_breaks_off_is_planned_all_the_same(text: str) -> None:
    words = text.split(" ")
    for stop in range(1, len(words)):
        broken = " ".join(words[:stop])
        if broken.count("(") == broken.count(")") and not broken.count('"') % 2:
            assert planned(broken)


@pytest.mark.parametrize("value", ["false", "off", "0"])
def test_reindex_with_concurrently_switched_off_is_a_plain_one(value: str) -> None:
    assert stands_alone(one(f"REINDEX (CONCURRENTLY {value}) TABLE a")) == "REINDEX"


@pytest.mark.parametrize("options", ["(CONCURRENTLY) TABLE", "(CONCURRENTLY on, VERBOSE) TABLE", "TABLE CONCURRENTLY"])
def test_reindex_concurrently_says_so(options: str) -> None:
    assert stands_alone(one(f"REINDEX {options} a")) == "REINDEX CONCURRENTLY"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 'pg_advisory_unlock_all()'",
        "COMMENT ON TABLE a IS 'never call pg_advisory_unlock_all'",
        "SELECT 1 /* not pg_advisory_unlock_all() */ + 1",
        "INSERT INTO a VALUES ($$pg_advisory_unlock_all$$)",
        "DO $$BEGIN /* pg_advisory_unlock_all */ RAISE NOTICE 'pg_advisory_unlock_all'; END$$",
    ],
)
def test_the_name_of_the_unlocking_function_may_be_written(text: str) -> None:
    assert not drops_lock(one(text))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT PG_Advisory_Unlock_All()",
        'DO LANGUAGE pl$ $$ SELECT "pg_advisory_unlock_all"() $$',
        'SELECT pg_catalog."pg_advisory_unlock_all"()',
        "WITH x AS (SELECT pg_advisory_unlock_all ()) TABLE x",
        "DO $x$BEGIN PERFORM pg_advisory_unlock_all(); END$x$",
        "DO LANGUAGE plpgsql 'BEGIN PERFORM pg_advisory_unlock_all(); END'",
        "DISCARD ALL",
    ],
)
def test_a_call_that_lets_go_of_the_lock_is_seen(text: str) -> None:
    assert drops_lock(one(text))


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO t VALUES (lower('A'), (1), $1)",
        "INSERT INTO t (a, b) SELECT count(*), (2) FROM x WHERE y IN (3)",
        'INSERT INTO app."T (1)" AS x (a, "b c") VALUES (now(), 2)',
        # Read once from each of its letters, this one would take for ever.
        f"INSERT INTO t VALUES ('{'x' * 2_000_000}')",
    ],
    ids=["known functions", "columns", "quoted", "a long word"],
)
def test_what_calls_nothing_but_known_functions_leaves_the_session_as_it_is(text: str) -> None:
    assert not unsettles(one(text))


@pytest.mark.parametrize("name", ["mine", "_mine", "m1", "$mine", "größe", "_1mine", "mine ", '"mine"', "a.lower_mine"])
def test_a_function_of_any_name_may_change_the_session(name: str) -> None:
    assert unsettles(one(f"INSERT INTO t SELECT {name}(1)"))
