"""Brings the rows of a monolith into an empty database: keys and indexes off, COPY, keys and indexes on again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context

import psycopg
from psycopg import sql

from tests.monolith.table import Table

Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Key:
    """A constraint or an index beside the constraints: what makes it anew, and of which table it is."""

    table: str
    name: str
    kind: str
    definition: str

    @property
    def is_foreign(self) -> bool:
        return self.kind == "f"

    @property
    def column(self) -> str:
        """Of a foreign key on one column: that."""
        return self._foreign()[0]

    @property
    def refers(self) -> tuple[str, str]:
        """Of a foreign key on one column: the table and the column that it refers to."""
        return self._foreign()[1], self._foreign()[2]

    def _foreign(self) -> tuple[str, str, str]:
        found = re.match(r"FOREIGN KEY \((\w+)\) REFERENCES (\w+)\((\w+)\)", self.definition)
        if found is None:
            raise ValueError(f"{self.name} is no foreign key on one column")
        return found[1], found[2], found[3]


# Primary keys stay: a view may lean on one, and ids come in their order, which costs next to nothing. An index with a
# list of values stays too: what PostgreSQL says of it makes another one, with its casts elsewhere.
_KEYS = """
SELECT k.conrelid::regclass::text, k.conname::text, k.contype::text, pg_get_constraintdef(k.oid)
FROM pg_constraint k
WHERE k.contype IN ('u', 'f') AND k.connamespace = 'public'::regnamespace
UNION ALL
SELECT i.indrelid::regclass::text, c.relname::text, 'i', pg_get_indexdef(i.indexrelid)
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
  AND pg_get_indexdef(i.indexrelid) NOT LIKE '% ANY (%'
ORDER BY 1, 3, 2
"""


def connect(url: str) -> Connection:
    connection: Connection = psycopg.connect(url, autocommit=True, application_name="schemactl monolith")
    # What is not said in the data is said here: no server's or client's settings change what is stored.
    connection.execute("SET timezone = 'UTC'; SET client_encoding = 'UTF8'; SET maintenance_work_mem = '128MB'")
    connection.execute("SET max_parallel_maintenance_workers = 0; SET synchronous_commit = off; SET jit = off")
    return connection


def keys_of(connection: Connection) -> list[Key]:
    rows = connection.execute(_KEYS).fetchall()
    return [Key(str(table), str(name), str(kind), str(definition)) for table, name, kind, definition in rows]


def without(connection: Connection, keys: Sequence[Key]) -> None:
    """Drop them, the foreign ones first, since those need the others."""
    with connection.transaction():
        for key in sorted(keys, key=lambda key: not key.is_foreign):
            if key.kind == "i":
                connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(key.name)))
            else:
                statement = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
                connection.execute(statement.format(sql.Identifier(key.table), sql.Identifier(key.name)))


def make(connection: Connection, key: Key) -> None:
    """Make it anew; a foreign key is left NOT VALID."""
    if key.kind == "i":
        connection.execute(key.definition.encode())
        return
    end = " NOT VALID" if key.is_foreign else ""
    statement = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
    text = sql.SQL(key.definition + end)
    connection.execute(statement.format(sql.Identifier(key.table), sql.Identifier(key.name), text))


def validate(connection: Connection, key: Key) -> None:
    statement = sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}")
    connection.execute(statement.format(sql.Identifier(key.table), sql.Identifier(key.name)))


def copy(connection: Connection, table: Table, key: str) -> None:
    """All rows of one table, its sequence set to the last id; refused where it holds one already."""
    name = sql.Identifier(table.name)
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns()))
    with connection.transaction():
        # Emptied in the transaction that fills it, so that it can be frozen; nobody else can have put a row in.
        connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(name))
        if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(name)).fetchone():
            raise NotEmptyError(f"table {table.name} holds rows; only an empty monolith is filled")
        connection.execute(sql.SQL("TRUNCATE {}").format(name))
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FREEZE)").format(name, columns)
        with connection.cursor().copy(statement) as stream:
            for chunk in table.chunks(key):
                stream.write(chunk)
        last = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {} HAVING max(id) IS NOT NULL")
        connection.execute(last.format(sql.Literal(f"public.{table.name}"), name))


class NotEmptyError(Exception):
    """Where rows are, none are put."""


Work = Callable[[Connection], None]

_own: list[Connection] = []


@contextmanager
def crew(url: str, connection: Connection, processes: int) -> Iterator[Callable[[Sequence[Work]], None]]:
    """Gives `do(work)`: all of it done, each by a process with a connection of its own, at most so many at once.

    One process is this one, with `connection`. The first failure is raised, and what was not begun is left.
    """
    if processes == 1:

        def do_alone(work: Sequence[Work]) -> None:
            for one in work:
                one(connection)

        yield do_alone
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(url,)) as pool:

        def do(work: Sequence[Work]) -> None:
            waiting = {pool.submit(_do, one) for one in work}
            try:
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

        yield do


def _begin(url: str) -> None:
    # For as long as the process lives; it ends with the pool, and the connection with it.
    _own.append(connect(url))


def _do(work: Work) -> None:
    work(_own[0])
