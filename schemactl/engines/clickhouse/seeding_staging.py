"""A seed's rows in a temporary table of the seeded table's types: the server casts them before anything is changed.

A temporary table is the connection's own: nobody else sees it, a death takes it away, and comparing leaves nothing. The
driver gives its connection up after each error of the server, and the tables with it: they are made again then.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, overload

from schemactl.engines.clickhouse import literal
from schemactl.engines.clickhouse.failure import QUERY_CANCELLED, STOPPED, TIMEOUT, ServerError
from schemactl.engines.clickhouse.seeding_values import UnfitError, text_of
from schemactl.engines.clickhouse.watching import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Row
    from schemactl.engines.clickhouse.seeding_failure import Faults
    from schemactl.engines.clickhouse.seeding_table import Column, Table
    from schemactl.errors import SchemactlError
    from schemactl.model.seed import SeedRow

CHUNK: Final = 10_000
LINE: Final = "schema_line"
SET: Final = "schema_set"
_CAST: Final = "schema_cast"
# Those that no row is to blame for: time, memory, rights, the connection.
_OF_NO_ROW: Final = (STOPPED, TIMEOUT, QUERY_CANCELLED, 241, 497, 164, 202)
_NAMES = itertools.count(1)


class Values(NamedTuple):
    """One row. `line`: its place in the seed, from 0; `texts`: what CAST is given, None for NULL."""

    line: int
    at: str
    texts: Mapping[str, str | None]


class Alike(Sequence[Values]):
    """The values of rows that all name the same fields, read when they are asked for."""

    def __init__(self, rows: Sequence[SeedRow], read: Callable[[int, SeedRow], Values]) -> None:
        self._rows = rows
        self._read = read

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Values: ...
    @overload
    def __getitem__(self, index: slice) -> list[Values]: ...
    def __getitem__(self, index: int | slice) -> Values | list[Values]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        return self._read(index, self._rows[index])


def ask(session: Session, sql: str, settings: Mapping[str, str | int] | None = None) -> list[Row]:
    """One statement of the tool's own; a stop ends it. raises  ServerError"""
    query_id = session.query_id()
    with watched(session, query_id, session.opening.statement_timeout_ms / 1000):
        return session.link.ask(sql, query_id=query_id, settings=settings or {})


class Stage:
    """Rows in the temporary table `name`: `schema_line`, `schema_set` (a number of `sets`), the table's columns.

    whole  with all columns of the table, defaults and what is computed: what a new row would be. Else those that the
           rows name, alone
    """

    def __init__(self, session: Session, table: Table, faults: Faults, *, whole: bool) -> None:
        self._session = session
        self._faults = faults
        self._whole = whole
        self.table = table
        self.name = ""
        self.sets: dict[tuple[str, ...], int] = {}
        self.columns: tuple[Column, ...] = ()

    def fill(self, values: Sequence[Values], tell: Callable[[int], None] = lambda _: None) -> None:
        """Make the table, and send the rows, CHUNK at a time. raises  SchemactlError in a row's place; ServerError"""
        try:
            self._fill(values, tell)
        except ServerError as error:
            if error.failure.gone or error.failure.code in _OF_NO_ROW or self._session.opening.stop:
                raise
            raise self._blamed(values, error) from error

    def drop(self) -> None:
        with contextlib.suppress(ServerError):
            for name in (self.name, f"{self.name}_text", f"{self.name}_match"):
                if name.startswith("schema_") and not self._session.link.closed:
                    self._session.link.ask(f"DROP TEMPORARY TABLE IF EXISTS {name}")

    def _fill(self, values: Sequence[Values], tell: Callable[[int], None]) -> None:
        alike = isinstance(values, Alike)
        named = dict.fromkeys(name for one in (values[:1] if alike else values) for name in one.texts)
        self.columns = tuple(self.table.columns[name] for name in named)
        self.sets = {}
        casts: dict[tuple[tuple[str, ...], frozenset[str]], int] = {}
        texts = self._make(self.columns)
        columns = [LINE, SET, _CAST, *(f"schema_c{number}" for number in range(len(self.columns)))]
        for start in range(0, len(values), CHUNK):
            chunk = [self._row(one, casts) for one in values[start : start + CHUNK]]
            query_id = self._session.query_id()
            with watched(self._session, query_id, 0):
                self._session.link.insert(texts, columns, chunk, query_id=query_id)
            tell(start + len(chunk))
        for (names, nulls), number in casts.items():
            self._cast(names, nulls, number, texts)
        self._session.link.ask(f"DROP TEMPORARY TABLE IF EXISTS {texts}")

    def _row(self, one: Values, casts: dict[tuple[tuple[str, ...], frozenset[str]], int]) -> Row:
        """What is sent of a row. Rows are cast together that name the same columns, and as NULL the same."""
        names = tuple(one.texts)
        number = self.sets.setdefault(names, len(self.sets))
        nulls = frozenset(name for name, text in one.texts.items() if text is None)
        cast = casts.setdefault((names, nulls), len(casts))
        return (one.line, number, cast, *(one.texts.get(column.name) for column in self.columns))

    def _make(self, named: tuple[Column, ...]) -> str:
        self.name = f"schema_seed_{next(_NAMES)}"
        texts = f"{self.name}_text"
        wanted = [f"schema_c{number} Nullable(String)" for number in range(len(named))]
        ask(self._session, _create(texts, [f"{_CAST} UInt32", *wanted]), loose(self._session))
        if self._whole:
            columns = [column for column in self.table.columns.values() if column.kind != "EPHEMERAL"]
            wanted = [f"{column.sql} {typed(column)}" for column in columns]
        else:
            wanted = [f"{column.sql} {column.type}" for column in named]
        ask(self._session, _create(self.name, wanted), loose(self._session))
        return texts

    def _cast(self, names: tuple[str, ...], nulls: frozenset[str], number: int, texts: str) -> None:
        places = {column.name: place for place, column in enumerate(self.columns)}
        into = ", ".join([LINE, SET, *(literal.name(name) for name in names)])
        cast = [
            # 18.16 casts what stands beneath a NULL as well, and cannot read it.
            _cast(self.table.columns[name], "NULL" if name in nulls else f"assumeNotNull(schema_c{places[name]})")
            for name in names
        ]
        ask(
            self._session,
            f"INSERT INTO {self.name} ({into}) SELECT {', '.join([LINE, SET, *cast])} FROM {texts}"
            f" WHERE {_CAST} = {number}",
            loose(self._session),
        )

    def _blamed(self, values: Sequence[Values], error: ServerError) -> SchemactlError:
        """The error in the place of the first row that is refused."""
        first, last = 0, len(values) - 1
        while first < last:
            middle = (first + last) // 2
            found = self._tried(values[first : middle + 1])
            if found is None:
                first = middle + 1
            else:
                error, last = found, middle
        found = self._tried(values[first : first + 1])
        if found is None:
            return self._faults.of(error)
        row = values[first]
        for name, text in row.texts.items():
            column = self.table.columns[name]
            if text is None:
                continue
            try:
                ask(self._session, f"SELECT {_cast(column, literal.text(text))}")
            except ServerError as refused:
                what = f"{name} ({column.type}): {self._faults.words.said(refused.failure, row.at)}"
                return self._faults.file(what, at=row.at, do="correct the row", kind="wrong_value")
        return self._faults.of(found, at=row.at, do="correct the row, or what is in its way")

    def _tried(self, values: Sequence[Values]) -> ServerError | None:
        trial = Stage(self._session, self.table, self._faults, whole=self._whole)
        try:
            trial._fill(values, lambda _: None)
        except ServerError as error:
            if error.failure.gone or error.failure.code in _OF_NO_ROW:
                raise
            return error
        finally:
            trial.drop()
        return None


def loose(session: Session) -> Mapping[str, str | int]:
    """What lets a temporary table have the types that the seeded table has."""
    wanted = {"allow_suspicious_low_cardinality_types": 1}
    return {name: value for name, value in wanted.items() if name in session.facts.settings}


def read(row: Mapping[str, Any], at: str, line: int, table: Table, timezone: str, faults: Faults) -> Values:
    """A row's values as texts. raises  SchemactlError in its place"""
    texts: dict[str, str | None] = {}
    for name, value in row.items():
        column = table.columns[name]
        if value is None and not column.nullable:
            what = f"{name} is {column.type}, which takes no NULL"
            raise faults.file(what, at=at, do="give it a value, or leave it out of the row", kind="wrong_value")
        try:
            texts[name] = None if value is None else text_of(value, column.type, timezone)
        except UnfitError as error:
            raise faults.file(f"{name}: {error}", at=at, do="correct the row", kind="wrong_value") from error
    return Values(line, at, texts)


def _create(name: str, columns: Iterable[str]) -> str:
    return f"CREATE TEMPORARY TABLE {name} ({', '.join([f'{LINE} UInt32, {SET} UInt32', *columns])})"


def typed(column: Column) -> str:
    """SQL: a column's type and how it comes by its value, as a CREATE has them."""
    # An alias and what is computed have a type of their own in the list as well.
    return " ".join(filter(None, (column.type, column.default)))


def _cast(column: Column, text: str) -> str:
    if column.type.startswith("Map("):  # which CAST does not read
        return f"JSONExtract({text}, {literal.text(column.type)})"
    return f"CAST({text} AS {column.type})"
