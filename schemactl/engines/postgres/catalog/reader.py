"""Reads the whole catalogue in one snapshot. Owns the transaction and its settings; the queries are the neighbours'."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from schemactl.engines.postgres.catalog import (
    broken,
    columns,
    constraints,
    foreign,
    operators,
    programs,
    relations,
    routines,
    schemas,
    text_search,
    types,
)
from schemactl.engines.postgres.catalog.expression_text import settled
from schemactl.engines.postgres.catalog.grants import default_privileges, grants
from schemactl.engines.postgres.catalog.query import CatalogQuery, Server
from schemactl.engines.postgres.catalog.view_text import unqualified
from schemactl.errors import ConnectError, LockedError, StatementError
from schemactl.model.catalog import Catalog, CatalogObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_GROUPS = (schemas, relations, columns, constraints, programs, routines, types, operators, text_search, foreign)
QUERIES: tuple[CatalogQuery, ...] = tuple(query for group in _GROUPS for query in group.QUERIES)

# Everything that changes what the server prints of an expression or a name. Functions that print one open its table,
# so a lock that somebody else holds is waited for, but not for ever. Parallel workers and JIT start with cold caches
# and lose on catalogues of any size that was tried.
_SETTINGS = """
SELECT set_config('search_path', '', true), set_config('quote_all_identifiers', 'off', true),
  set_config('extra_float_digits', '1', true), set_config('DateStyle', 'ISO, YMD', true),
  set_config('IntervalStyle', 'postgres', true), set_config('TimeZone', 'UTC', true),
  set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true),
  set_config('work_mem', '64MB', true), set_config('bytea_output', 'hex', true), set_config('lc_monetary', 'C', true),
  set_config('standard_conforming_strings', 'on', true),
  set_config('lock_timeout', CASE current_setting('lock_timeout') WHEN '0' THEN '5s'
    ELSE current_setting('lock_timeout') END, true),
  current_setting('server_version_num')::int / 10000, has_column_privilege('pg_subscription', 'subconninfo', 'SELECT')
"""

# What a read meets when an object goes while it is being described: "cache lookup failed" and "could not open
# relation" (XX000), undefined table, object, column, function, schema.
_GONE = frozenset({"XX000", "42P01", "42704", "42703", "42883", "3F000"})
_TRIES = 8


_Result = TypeVar("_Result")


class _ChangedError(Exception):
    """An object went away between being listed and being described."""


class PostgresCatalog:
    """The catalogue of the database that `connection` is connected to (contract: CatalogReader).

    connection  idle; its settings and its autocommit are afterwards what they were
    ours        the schema that is left out, with all in it
    """

    def __init__(self, connection: psycopg.Connection[Any], *, ours: str = "schemactl") -> None:
        self._connection = connection
        self._ours = ours

    def read(self) -> Catalog:
        """Every object that somebody made, in one REPEATABLE READ READ ONLY transaction.

        Members of extensions, system and temporary schemas and `ours` are left out; `public` and plpgsql are in.
        raises  LockedError where a table stays locked for longer than lock_timeout (5 s where none is set);
                ConnectError where the server went away; StatementError where objects kept going while they were read,
                where the connection is inside a transaction, or with the server's own words
        source  PostgreSQL manual, System Catalogs and System Catalog Information Functions
        """
        with _no_collection():
            return self._unchanged(self._whole)

    def broken(self) -> tuple[str, ...]:
        """One sentence for each index that is not valid and each partition that is half detached; reads only.

        raises  as `read`
        """
        return self._unchanged(_broken)

    def _unchanged(self, reading: Callable[[psycopg.Cursor[Any], Server], _Result]) -> _Result:
        """What `reading` gives in one snapshot, tried again where an object went away meanwhile."""
        for _ in range(_TRIES):
            try:
                with self._snapshot() as (cursor, server):
                    return reading(cursor, server)
            except _ChangedError:
                continue
        raise StatementError(
            f"objects were dropped while the catalogue was read, {_TRIES} times over",
            now="nothing was changed",
            do="run it again when no one else is changing the schema",
            kind="changing",
        )

    @contextmanager
    def _snapshot(self) -> Iterator[tuple[psycopg.Cursor[Any], Server]]:
        connection = self._connection
        if connection.info.transaction_status != TransactionStatus.IDLE and not connection.closed:
            raise StatementError(
                "the catalogue cannot be read inside a transaction that is already open",
                do="commit or roll back first: a consistent snapshot begins with its own transaction",
                kind="in_transaction",
            )
        try:
            with _autocommit(connection), connection.cursor(row_factory=tuple_row) as cursor:
                cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", prepare=False)
                row = cursor.execute(_SETTINGS, prepare=False).fetchone() or ()
                yield cursor, Server(major=row[-2], reads_conninfo=row[-1])
        except psycopg.Error as error:
            raise _translated(error) from error

    def _whole(self, _: psycopg.Cursor[Any], server: Server) -> Catalog:
        objects = list(self._objects(server))
        return Catalog("postgres", objects, unread={item.kind for item in objects if "unread" in item.facts})

    def _objects(self, server: Server) -> Iterator[CatalogObject]:
        parameters = {"ours": self._ours}
        with self._connection.pipeline():
            pending = []
            for query in QUERIES:
                own = self._connection.cursor(row_factory=tuple_row)
                own.execute(query.sql(server), parameters, prepare=False)
                pending.append((query, own))
            for query, own in pending:
                yield from _described(query, own, server)
                own.close()


def _broken(cursor: psycopg.Cursor[Any], _: Server) -> tuple[str, ...]:
    indexes = sorted(broken.index(row) for row in cursor.execute(broken.INDEXES).fetchall())
    partitions = sorted(broken.detaching(row) for row in cursor.execute(broken.DETACHING).fetchall())
    return (*indexes, *partitions)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector still: it would walk a growing heap of values that all stay, a quarter of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@contextmanager
def _autocommit(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """The body begins its transaction itself; whatever happens, none is open afterwards."""
    before = connection.autocommit
    try:
        connection.autocommit = True
        yield
    finally:
        if not connection.closed:
            connection.rollback()
            connection.autocommit = before


def _translated(error: psycopg.Error) -> Exception:
    if error.sqlstate in _GONE:
        return _ChangedError(str(error))
    what = str(error.diag.message_primary or error).strip()
    if error.sqlstate == "55P03":
        return LockedError(
            f"the catalogue could not be read: {what}",
            now="nothing was changed",
            do="run it again when the transaction that holds the table has ended",
            kind="table_locked",
        )
    state = error.sqlstate or "08"
    if isinstance(error, psycopg.OperationalError) and (state.startswith("08") or state.startswith("57P")):
        return ConnectError(f"the connection was lost while the catalogue was read: {what}")
    return StatementError(f"the catalogue could not be read: {what}", now="nothing was changed", state=error.sqlstate)


def _described(query: CatalogQuery, cursor: psycopg.Cursor[Any], server: Server) -> Iterator[CatalogObject]:
    """Rows as objects; a fact that is NULL or false is left out (query.py)."""
    first = query.width + 1
    rows = cursor.fetchall()  # in a pipeline the description comes with the rows
    names = [column.name for column in cursor.description or ()][first:]
    defined = names.index("definition") + first if "definition" in names else None
    implied = names.index("constraint") + first if "constraint" in names else None
    special = [name for name in names if name in _READINGS]
    expressions = [name for name in names if name in _EXPRESSIONS]
    for row in rows:
        if defined is not None and row[defined] is None and not (implied and row[implied]):
            raise _ChangedError(".".join(row[1:first]))
        facts = {
            name: value
            for name, value in zip(names, row[first:], strict=True)
            if value is not None and value is not False
        }
        if facts.pop("qualified", False):
            facts["definition"] = unqualified(facts["definition"])
        for name in expressions:
            if isinstance(facts.get(name), str):
                facts[name] = settled(facts[name])
        for name in special:
            if name in facts:
                _read(facts, name, server)
        yield CatalogObject(kind=sys.intern(row[0]), identity=row[1:first], facts=facts)


def _read(facts: dict[str, Any], name: str, server: Server) -> None:
    value = _READINGS[name](facts.pop(name), server)
    if value is not None:
        facts[name] = value


def _identity(options: dict[str, Any], server: Server) -> dict[str, Any]:
    if "grants" in options:
        _read(options, "grants", server)
    return options


def _grants(items: list[str], server: Server) -> Any:
    return grants(items, major=server.major)


def _default_privileges(items: list[str], server: Server) -> Any:
    return default_privileges(items, major=server.major)


def _options(options: Sequence[str], _: Server) -> Any:
    return foreign.without_secrets(options)


def _conninfo(text: str, _: Server) -> Any:
    return foreign.connection(text)


def _checks(named: dict[str, Any], _: Server) -> Any:
    return {name: check | {"definition": settled(check["definition"])} for name, check in named.items()}


def _published(tables: dict[str, Any], _: Server) -> Any:
    return {name: one | ({"where": settled(one["where"])} if "where" in one else {}) for name, one in tables.items()}


_EXPRESSIONS = frozenset({"definition", "default", "expression", "using", "with_check"})
_READINGS: dict[str, Callable[[Any, Server], Any]] = {
    "grants": _grants,
    "default_privileges": _default_privileges,
    "foreign_options": _options,
    "connection": _conninfo,
    "identity_options": _identity,
    "checks": _checks,
    "tables": _published,
}
