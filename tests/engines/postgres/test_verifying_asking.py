"""How verify asks a PostgreSQL server: what one object refuses keeps no other from being looked at, nobody is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from schemactl.contract.opening import Patience
from schemactl.contract.verifying import Inspected, Inspection
from schemactl.engines.postgres.verifying.asking import Asking
from schemactl.events import ignore
from tests.engines.postgres.test_verifying import looked, opened, told
from tests.fixtures.postgres import Database

# Three partitions by a function that changes its mind: rows in the first and the last are in the wrong place then, and
# those of the second cannot be read.
THREE = """
CREATE FUNCTION place(k int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN k; END';
CREATE TABLE t (k int) PARTITION BY LIST (place(k));
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1);
CREATE TABLE t_2 PARTITION OF t FOR VALUES IN (2);
CREATE TABLE t_3 PARTITION OF t FOR VALUES IN (3);
INSERT INTO t VALUES (1), (2), (3);
CREATE OR REPLACE FUNCTION place(k int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
  'BEGIN IF k = 2 THEN {} END IF; RETURN k + 10; END'
"""


@contextmanager
def asked_while_locked(database: Database, table: str, *, only: str) -> Iterator[list[Inspected]]:
    """The body runs while verify waits for the table; then what it said is in the list.

    The body ends what holds it: a commit of the transaction that locked the table.
    """
    answers: list[Inspected] = []

    def look() -> None:
        answers.append(looked(opened(database.url, patience=Patience(20_000)), deep=True, only=only)[only])

    with psycopg.connect(database.url, autocommit=True) as watcher:
        looking = threading.Thread(target=look)
        looking.start()
        waiting = "SELECT 1 FROM pg_locks WHERE relation = %s::regclass AND NOT granted"
        while not watcher.execute(waiting, (table,)).fetchall():
            assert looking.is_alive()
        yield answers
        looking.join()


@pytest.mark.parametrize("state", ["53200", "40001", "53400", "42P01"])
def test_a_table_whose_read_fails_hides_nothing_that_is_wrong_with_others(fresh_database: Database, state: str) -> None:
    """42P01: what a function says of a table of its own is not taken for a partition that went."""
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        connection.execute(THREE.format(f"RAISE ''no more'' USING ERRCODE = ''{state}'';").encode())
    found = looked(opened(fresh_database.url), deep=True, only="partition-rows")["partition-rows"]
    flaws = told(found)
    assert list(flaws) == ["partition public.t_1", "partition public.t_3", "partition public.t_2"]
    assert flaws["partition public.t_2"] == f"was not looked at: no more (SQLSTATE {state})"
    assert found.examined == 2


def test_a_table_that_goes_while_it_is_looked_at_is_not_counted(fresh_database: Database) -> None:
    with psycopg.connect(fresh_database.url) as holder:
        for table in ("one", "two"):
            holder.execute(
                f"CREATE TABLE {table} (id int PRIMARY KEY); CREATE TABLE of_{table} (id int);"
                f"INSERT INTO of_{table} VALUES (1);"
                f"ALTER TABLE of_{table} ADD CONSTRAINT key FOREIGN KEY (id) REFERENCES {table} NOT VALID".encode()
            )
        holder.commit()
        holder.execute("DROP TABLE of_two")
        with asked_while_locked(fresh_database, "of_two", only="orphans") as answers:
            holder.commit()
    assert list(told(answers[0])) == ["foreign key key on public.of_one"]
    assert answers[0].examined == 1


def test_an_index_that_becomes_invalid_under_amcheck_is_passed_over(fresh_database: Database) -> None:
    with psycopg.connect(fresh_database.url) as holder:
        holder.execute("CREATE EXTENSION amcheck; CREATE TABLE a (id int); CREATE INDEX a_id ON a (id)")
        holder.commit()
        whole = looked(opened(fresh_database.url), deep=True, only="amcheck")["amcheck"]
        holder.execute("LOCK a; UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'a_id'::regclass")
        with asked_while_locked(fresh_database, "a", only="amcheck") as answers:
            holder.commit()
    assert (told(whole), told(answers[0])) == ({}, {})
    assert answers[0].examined == whole.examined - 1


def test_a_question_that_somebody_waits_for_is_ended_and_the_next_one_is_asked(fresh_database: Database) -> None:
    """The reading of the second partition lasts until it is ended: DDL waits for that, and whoever comes behind it."""
    answers: list[Inspected] = []
    long = "PERFORM pg_sleep(60);"

    def look() -> None:
        answers.append(looked(opened(fresh_database.url), deep=True, only="partition-rows")["partition-rows"])

    with psycopg.connect(fresh_database.url, autocommit=True) as owner:
        owner.execute(THREE.format(long).encode())
        looking = threading.Thread(target=look)
        looking.start()
        while not owner.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'").fetchall():
            assert looking.is_alive()
        owner.execute("SET lock_timeout = '30s'; ALTER TABLE t_2 ADD CHECK (k > 0)")
        looking.join()
    flaws = told(answers[0])
    assert list(flaws) == ["partition public.t_1", "partition public.t_3", "partition public.t_2"]
    assert flaws["partition public.t_2"].startswith("was not looked at: another session waited for this one to end")


LOCKED = {
    "orphans": ("LOCK TABLE b", "b"),
    "sequences": ("LOCK TABLE b", "b"),
    "partition-rows": ("LOCK TABLE p_1", "p_1"),
    # It holds the index while the table can be read.
    "amcheck": ("REINDEX INDEX b_id", "b_id"),
}


@pytest.mark.parametrize("only", LOCKED)
def test_a_question_takes_the_weakest_lock_alone(fresh_database: Database, only: str) -> None:
    hold, waited_for = LOCKED[only]
    with psycopg.connect(fresh_database.url) as holder, psycopg.connect(fresh_database.url) as watcher:
        holder.execute(
            "CREATE EXTENSION amcheck; CREATE TABLE a (id int PRIMARY KEY);"
            "CREATE TABLE b (id serial, a int REFERENCES a); CREATE INDEX b_id ON b (id);"
            "CREATE TABLE p (k int) PARTITION BY LIST (k); CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1)"
        )
        holder.commit()
        holder.execute(hold.encode())
        with asked_while_locked(fresh_database, waited_for, only=only) as answers:
            held = watcher.execute(
                "SELECT DISTINCT l.locktype, l.mode FROM pg_locks l WHERE l.pid IN (SELECT w.pid FROM pg_locks w"
                " WHERE w.relation = %s::regclass AND NOT w.granted) ORDER BY 1",
                (waited_for,),
            ).fetchall()
            holder.commit()
    # The second is a transaction's lock on its own number.
    assert held == [("relation", "AccessShareLock"), ("virtualxid", "ExclusiveLock")]
    assert told(answers[0]) == {}


def asked(database: Database, setting: str, *, deep: bool = False) -> str:
    """A setting as a question of verify has it."""
    engine = opened(database.url)
    try:
        session = engine.ledger._session  # type: ignore[attr-defined]
        asking = Asking(session, Inspection("a", "b"), ignore, unit="objects", deep=deep)
        return str(asking.one(f"SELECT current_setting('{setting}')"))
    finally:
        engine.close()


def test_a_question_is_read_committed_whatever_is_the_databases_own(fresh_database: Database) -> None:
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        name = fresh_database.name
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = serializable".encode())
    assert asked(fresh_database, "transaction_isolation") == "read committed"
    assert asked(fresh_database, "transaction_read_only") == "on"


def test_a_question_may_take_ten_seconds_and_with_time_what_the_user_may(fresh_database: Database) -> None:
    assert asked(fresh_database, "statement_timeout") == "10s"
    assert asked(fresh_database, "statement_timeout", deep=True) == "0"
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {fresh_database.name} SET statement_timeout = '20s'".encode())
        assert asked(fresh_database, "statement_timeout") == "10s"
        assert asked(fresh_database, "statement_timeout", deep=True) == "20s"
        connection.execute(f"ALTER DATABASE {fresh_database.name} SET statement_timeout = '3s'".encode())
    assert asked(fresh_database, "statement_timeout") == "3s"


@pytest.mark.soak
def test_what_takes_ten_seconds_is_not_run_and_deep_is_told_to_take_longer(fresh_database: Database) -> None:
    with psycopg.connect(fresh_database.url) as holder:
        holder.execute("CREATE TABLE a (id serial)")
        holder.commit()
        holder.execute("LOCK TABLE a")
        found = looked(opened(fresh_database.url, patience=Patience(60_000)), only="sequences")["sequences"]
    assert "the server did not answer within 10 s; `--deep` takes the time that it needs" in found.not_run
