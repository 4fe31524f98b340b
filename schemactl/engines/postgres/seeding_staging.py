"""A seed's rows in temporary tables of their columns' own types: copied there, and their lookups resolved.

COPY lets the types themselves read the values, and says which line one of them does not take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from schemactl.engines.postgres.seeding_table import Table, names_of, quoted, table_of
from schemactl.engines.postgres.seeding_values import UnfitError, text_of
from schemactl.model.seed import Lookup
from schemactl.project.seed_csv import CsvRows
from schemactl.running.seed_values import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemactl.engines.postgres.connection import Connection
    from schemactl.engines.postgres.seeding_failure import Faults
    from schemactl.engines.postgres.seeding_table import Column
    from schemactl.errors import SchemactlError
    from schemactl.model.seed import Rows, SeedRow

SEED = "pg_temp.schemactl_seed"


class _Search(NamedTuple):
    """Lookups that are one join: of one column, in one object, by the same columns."""

    column: str
    object: str
    by: tuple[str, ...]
    field: str


class _Group(NamedTuple):
    """Rows that are copied together. `set`, `written`: their `schemactl_set` and `schemactl_pass`"""

    set: int
    written: int | None
    columns: tuple[Column, ...]


class Staging:
    """The temporary tables of one seed, in the transaction that is open.

    `schemactl_row`  the row's place in the seed, from 0
    `schemactl_set`  which set of columns it names: `sets`
    `schemactl_pass` when it is written: 0 where nothing is looked up in the table itself, and NULL until every lookup
                     has found its row
    """

    def __init__(self, connection: Connection, table: Table, rows: Rows, faults: Faults) -> None:
        self._connection = connection
        self._faults = faults
        self.table = table
        self.rows = rows.rows
        self._alike = rows.columns
        self.columns = self._columns_of(rows)
        self.sets: dict[tuple[str, ...], int] = {}
        self._searches: dict[_Search, list[int]] = {}
        self._targets: dict[_Search, Table] = {}
        self._tables: dict[str, Table | None] = {}

    @property
    def looks_up(self) -> bool:
        return bool(self._searches)

    @property
    def looked_up(self) -> frozenset[str]:
        """The columns of which a row at least is looked up."""
        return frozenset(search.column for search in self._searches)

    def fill(self) -> None:
        """Make the tables and copy the rows into them. raises  ConfigError in a row's place; psycopg.Error"""
        names = ", ".join(f"t.{column.sql}" for column in self.columns)
        self._execute(
            f"CREATE TEMP TABLE schemactl_seed ON COMMIT DROP AS SELECT NULL::int AS schemactl_row,"
            f" NULL::int AS schemactl_set, NULL::int AS schemactl_pass, {names} FROM {self.table.sql} AS t WITH NO DATA"
        )
        for group, places in self._groups().items():
            if isinstance(self.rows, CsvRows) and self.rows.passes_as_it_is:
                self._copy_file(self.rows)
                continue
            listed = "".join(f", {column.sql}" for column in group.columns)
            into = f"{SEED} (schemactl_row, schemactl_set, schemactl_pass{listed})"
            self._copy(into, self._lines(group, places), places)
        for number, search in enumerate(self._searches):
            self._fill_search(number, search)
        self._execute(f"ANALYZE {SEED}")

    def resolve(self, number: int, *, elsewhere: bool = False, spared: frozenset[str] = frozenset()) -> int:
        """Resolve what can be, and give those rows the pass `number`; how many rows there are of it.

        elsewhere  only rows that look nothing up in what the seed may change
        spared     columns whose lookups need not find anything: nobody compares them
        raises     StatementError for a lookup that finds several rows
        """
        for index, search in enumerate(self._searches):
            if elsewhere and not self._is_elsewhere(self._targets[search]):
                continue
            self._refuse_several(index, search)
            field = self._targets[search].columns[search.field].sql
            self._execute(
                f"UPDATE {SEED} AS s SET {quoted(search.column)} = o.{field}"
                f" FROM pg_temp.schemactl_lookup_{index} AS l JOIN {self._targets[search].sql} AS o"
                f" ON {_same(search)} WHERE s.schemactl_row = l.schemactl_row AND s.schemactl_pass IS NULL"
            )
            self._execute(
                f"UPDATE pg_temp.schemactl_lookup_{index} AS l SET schemactl_found = true"
                f" FROM {self._targets[search].sql} AS o WHERE NOT schemactl_found AND {_same(search)}"
            )
        wanting = "".join(
            f" AND NOT EXISTS (SELECT FROM pg_temp.schemactl_lookup_{index} AS l"
            " WHERE l.schemactl_row = s.schemactl_row AND NOT l.schemactl_found)"
            for index, search in enumerate(self._searches)
            if search.column not in spared
        )
        return self._execute(f"UPDATE {SEED} AS s SET schemactl_pass = {number} WHERE schemactl_pass IS NULL{wanting}")

    def _is_elsewhere(self, other: Table) -> bool:
        """Whether the other table is no part of this one, nor a view of it."""
        return (self.table.kind, other.kind) == ("r", "r") and self.table.sql != other.sql

    def unresolved(self) -> SchemactlError | None:
        """The error of the first row with a lookup that finds nothing; None where there is none."""
        for index, search in enumerate(self._searches):
            row = self._connection.execute(
                f"SELECT min(schemactl_row) FROM pg_temp.schemactl_lookup_{index} WHERE NOT schemactl_found".encode()
            ).fetchone()
            if row is not None and row[0] is not None:
                return self._lookup_error(self.rows[row[0]], search, "finds no row")
        return None

    def _columns_of(self, rows: Rows) -> tuple[Column, ...]:
        named: dict[str, SeedRow] = {}
        for row in rows.rows[:1] if rows.columns else rows.rows:
            for name in row.values:
                named.setdefault(name, row)
        for name, row in named.items():
            if name not in self.table.columns:
                raise self._faults.target(
                    f"{self.table.shown} has no column `{name}`",
                    at=row.at,
                    do=f"it has {', '.join(self.table.columns)}; or run `schemactl migrate` first",
                    kind="missing_field",
                )
            if self.table.columns[name].computed:
                raise self._faults.target(
                    f"{name} is computed by the server: GENERATED ALWAYS AS (…)",
                    at=row.at,
                    do="leave it out of the rows",
                    kind="wrong_value",
                )
        return tuple(self.table.columns[name] for name in named)

    def _groups(self) -> dict[_Group, Sequence[int]]:
        """The rows by what is copied of them: a column that a row leaves out may be of a type that takes no NULL."""
        known = {column.name: column for column in self.columns}
        if self._alike:
            self.sets[self._alike] = 0
            return {_Group(0, 0, self.columns): range(len(self.rows))}
        groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[int]] = {}
        for number, row in enumerate(self.rows):
            names, looked_up = tuple(row.values), []
            for name, value in row.values.items():
                if isinstance(value, Lookup):
                    self._search(number, known[name], value)
                    looked_up.append(name)
            groups.setdefault((names, tuple(looked_up)), []).append(number)
        found: dict[_Group, Sequence[int]] = {}
        for (names, looked), places in groups.items():
            columns = tuple(known[name] for name in names if name not in looked)
            found[_Group(self.sets.setdefault(names, len(self.sets)), None if looked else 0, columns)] = places
        return found

    def _lines(self, group: _Group, places: Sequence[int]) -> Iterable[Sequence[Any]]:
        for number in places:
            row = self.rows[number]
            yield [
                number,
                group.set,
                group.written,
                *(self._text(row, column, row.values[column.name]) for column in group.columns),
            ]

    def _text(self, row: SeedRow, column: Column, value: Any) -> str | None:
        if value is None or (type(value) is str and "\0" not in value):
            return value
        try:
            return text_of(value, column)
        except UnfitError as error:
            raise self._faults.file(
                f"{column.name}: {error}", at=row.at, do="correct the row", kind="wrong_value"
            ) from error

    def _search(self, number: int, column: Column, lookup: Lookup) -> None:
        table = self._looked_in(self.rows[number], lookup)
        search = _Search(column.name, lookup.object, tuple(lookup.by), lookup.field or table.primary[0])
        self._targets[search] = table
        self._searches.setdefault(search, []).append(number)

    def _looked_in(self, row: SeedRow, lookup: Lookup) -> Table:
        if lookup.object not in self._tables:
            names = names_of(lookup.object)
            self._tables[lookup.object] = table_of(self._connection, *names) if names else None
        table = self._tables[lookup.object]
        if table is None:
            raise self._faults.target(
                f"a lookup in {lookup.object}, and there is no such table",
                at=row.at,
                do="correct its name, or run `schemactl migrate` first",
                kind="missing_object",
            )
        for name in (*lookup.by, *([lookup.field] if lookup.field else [])):
            if name not in table.columns:
                raise self._faults.target(
                    f"a lookup by {table.shown}.{name}, and there is no such column",
                    at=row.at,
                    do=f"it has {', '.join(table.columns)}",
                    kind="missing_field",
                )
        if not lookup.field and len(table.primary) != 1:
            raise self._faults.target(
                f"a lookup in {table.shown}, whose primary key is not one column",
                at=row.at,
                do='say which column it is to give: get = "…"',
                kind="lookup",
            )
        return table

    def _fill_search(self, number: int, search: _Search) -> None:
        table, places = self._targets[search], self._searches[search]
        columns = [table.columns[name] for name in search.by]
        names = ", ".join(f"o.{column.sql}" for column in columns)
        self._execute(
            f"CREATE TEMP TABLE schemactl_lookup_{number} ON COMMIT DROP AS SELECT NULL::int AS schemactl_row,"
            f" false AS schemactl_found, {names} FROM {table.sql} AS o WITH NO DATA"
        )
        lines = []
        for place in places:
            by = self.rows[place].values[search.column].by
            values = [self._text(self.rows[place], column, by[column.name]) for column in columns]
            lines.append([place, "false", *values])
        listed = ", ".join(column.sql for column in columns)
        self._copy(f"pg_temp.schemactl_lookup_{number} (schemactl_row, schemactl_found, {listed})", lines, places)
        self._execute(f"ANALYZE pg_temp.schemactl_lookup_{number}")

    def _refuse_several(self, index: int, search: _Search) -> None:
        found = self._connection.execute(
            f"SELECT l.schemactl_row, count(*) FROM pg_temp.schemactl_lookup_{index} AS l"
            f" JOIN {self._targets[search].sql} AS o ON {_same(search)} WHERE NOT l.schemactl_found"
            f" GROUP BY l.schemactl_row HAVING count(*) > 1 ORDER BY 1 LIMIT 1".encode()
        ).fetchone()
        if found is not None:
            raise self._lookup_error(self.rows[found[0]], search, f"finds {found[1]} rows")

    def _lookup_error(self, row: SeedRow, search: _Search, what: str) -> SchemactlError:
        return self._faults.target(
            f"{search.column}: the lookup in {shown(row.values[search.column])} {what}",
            at=row.at,
            do="look it up by what only one row has, or put the row that it is to find into an earlier seed",
            kind="lookup",
        )

    def _copy(self, into: str, lines: Iterable[Sequence[Any]], places: Sequence[int]) -> None:
        import psycopg

        try:
            with self._connection.cursor().copy(f"COPY {into} FROM STDIN".encode()) as copy:
                for line in lines:
                    copy.write_row(line)
        except psycopg.Error as error:
            raise self._faults.copying(error, lambda line: places[line - 1] if line <= len(places) else None) from error

    def _copy_file(self, rows: CsvRows) -> None:
        """A file's text as it is; the server numbers the rows."""
        import psycopg

        self._execute(
            "ALTER TABLE pg_temp.schemactl_seed ALTER schemactl_row SET NOT NULL, ALTER schemactl_row ADD GENERATED BY"
            " DEFAULT AS IDENTITY (MINVALUE 0 START 0 CACHE 10000), ALTER schemactl_set SET DEFAULT 0,"
            " ALTER schemactl_pass SET DEFAULT 0"
        )
        listed = ", ".join(column.sql for column in self.columns)
        try:
            with self._connection.cursor().copy(
                f"COPY {SEED} ({listed}) FROM STDIN WITH (FORMAT csv, HEADER)".encode()
            ) as copy:
                for piece in rows.pieces():
                    copy.write(piece)
        except psycopg.Error as error:
            raise self._faults.copying(error, rows.row_of_line) from error

    def _execute(self, sql: str) -> int:
        return self._connection.execute(sql.encode()).rowcount


def _same(search: _Search) -> str:
    return " AND ".join(f"o.{quoted(name)} = l.{quoted(name)}" for name in search.by)
