"""How verify asks a PostgreSQL server: what one object refuses keeps no other from being looked at, nobody is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from schemactl.contract.opening import Patience
from schemactl.contract.verifying import Inspected
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
def test_a_table_whose_read_fails_hides_nothing_that_is_wrong_with_others(
    fresh_database: Database, state: str
) -> None:
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
