"""Lookups of a seed: values that stand in other rows, found in the target or among the rows of the seed itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from schemactl.engines.clickhouse import seeding_changing
from schemactl.engines.clickhouse.seeding_staging import LINE, Stage, Values, ask, read
from schemactl.engines.clickhouse.seeding_table import hashed, names_of, table_of, text, texts
from schemactl.engines.clickhouse.seeding_values import UnfitError, text_of
from schemactl.model.seed import Lookup
from schemactl.running.seed_values import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Row
    from schemactl.engines.clickhouse.seeding_failure import Faults
    from schemactl.engines.clickhouse.seeding_table import Table
    from schemactl.errors import SchemactlError
    from schemactl.model.seed import Rows, SeedRow

_Key = tuple[str | None, ...]


class _Search(NamedTuple):
    """Lookups that are one question: in one object, by the same columns, for the same one."""

    object: str
    by: tuple[str, ...]
    field: str


class _One(NamedTuple):
    """One lookup: of a row's column, by these texts."""

    line: int
    column: str
    search: _Search
    by: _Key


class Lookups:
    """The lookups of one seed's rows."""

    def __init__(self, session: Session, table: Table, rows: Rows, faults: Faults) -> None:
        self._session = session
        self._table = table
        self._seed = rows
        self._rows = rows.rows
        self._faults = faults
        self._tables: dict[str, Table | None] = {}
        self._seeded: dict[tuple[str, ...], dict[_Key, list[int]]] = {}
        # Of what is found in the target: the line that is about it; and what finds but rows that the seed changes.
        self._about: dict[tuple[_Search, _Key], int] = {}
        self._leaving: set[tuple[_Search, _Key]] = set()

    def resolve(self) -> tuple[list[dict[str, Any]], dict[int, dict[str, SchemactlError]]]:
        """The rows with what was found; and by line and column the error of each lookup that finds nothing.

        raises  StatementError for one that finds several rows, or asks what is not there; ServerError
        """
        values = [dict(row.values) for row in self._rows]
        wanted = [
            self._one(line, name, value)
            for line, row in enumerate(self._rows)
            for name, value in row.values.items()
            if isinstance(value, Lookup)
        ]
        there = self._in_target(wanted)
        left, before = wanted, -1
        while left and len(left) != before:
            before = len(left)
            left = [one for one in left if not self._take(one, values, there)]
        missing: dict[int, dict[str, SchemactlError]] = {}
        for one in left:
            del values[one.line][one.column]
            missing.setdefault(one.line, {})[one.column] = self._error(one, self._why(one))
        return values, missing

    def _take(self, one: _One, values: list[dict[str, Any]], there: Mapping[tuple[_Search, _Key], Any]) -> bool:
        """Put what one lookup finds into its row; whether it found something."""
        about = self._about.get((one.search, one.by))
        if one.search.field in self._seed.once and (one.search, one.by) in there:
            values[one.line][one.column] = there[(one.search, one.by)]
            return True
        for line in (*self._in_seed(one), *(() if about is None else (about,))):
            found = values[line].get(one.search.field, values)
            if isinstance(found, Lookup):
                return False
            if found is not values:
                values[one.line][one.column] = found
                return True
        if (one.search, one.by) not in there:
            return False
        values[one.line][one.column] = there[(one.search, one.by)]
        return True

    def _in_seed(self, one: _One) -> list[int]:
        """The line of the seed that it finds; [] for none."""
        table = self._tables[one.search.object]
        if table is None or table.sql != self._table.sql or not self._seed.once.isdisjoint(one.search.by):
            return []
        if one.search.by not in self._seeded:
            index: dict[_Key, list[int]] = {}
            for line, row in enumerate(self._rows):
                key = self._key_of(row, one.search.by)
                if key is not None:
                    index.setdefault(key, []).append(line)
            self._seeded[one.search.by] = index
        found = self._seeded[one.search.by].get(one.by, [])
        if len(found) > 1:
            raise self._error(one, f"finds {len(found)} rows of the seed")
        return found

    def _key_of(self, row: SeedRow, by: tuple[str, ...]) -> _Key | None:
        if any(name not in row.values or isinstance(row.values[name], Lookup) for name in by):
            return None
        try:
            return tuple(self._text(row.values[name], self._table.columns[name].type) for name in by)
        except UnfitError:
            return None

    def _text(self, value: Any, type_name: str) -> str | None:
        return None if value is None else str(text_of(value, type_name, self._session.facts.timezone))

    def _in_target(self, wanted: list[_One]) -> dict[tuple[_Search, _Key], Any]:
        searches: dict[_Search, dict[_Key, _One]] = {}
        for one in wanted:
            searches.setdefault(one.search, {}).setdefault(one.by, one)
        found: dict[tuple[_Search, _Key], Any] = {}
        for search, ones in searches.items():
            table = self._tables[search.object]
            if table is not None:
                for key, value in self._ask(search, table, list(ones.values())).items():
                    found[(search, key)] = value
        return found

    def _ask(self, search: _Search, table: Table, ones: list[_One]) -> dict[_Key, Any]:
        stage = Stage(self._session, table, self._faults, whole=False)
        stage.fill(
            [
                Values(number, self._rows[one.line].at, dict(zip(search.by, one.by, strict=True)))
                for number, one in enumerate(ones)
            ]
        )
        key = texts([table.columns[name].text for name in search.by])
        field = text(table.columns[search.field].sql)
        # Of its own table each row by itself: those that the seed changes do not count.
        own = table.sql == self._table.sql
        picked, whole = ("1, schema_f, schema_w", hashed(table.kept)) if own else ("count(), any(schema_f), ''", "''")
        rows = ask(
            self._session,
            f"SELECT {LINE}, {picked} FROM (SELECT {LINE}, {key} AS schema_key FROM {stage.name}) AS a"
            f" ALL INNER JOIN (SELECT {key} AS schema_key, {field} AS schema_f, {whole} AS schema_w"
            f" FROM {table.sql} WHERE schema_key IN (SELECT {key} FROM {stage.name})) AS b USING schema_key"
            f"{'' if own else f' GROUP BY {LINE}'} ORDER BY {LINE}",
        )
        stage.drop()
        if own and rows:
            rows = self._staying(search, ones, rows)
        found: dict[_Key, Any] = {}
        for number, count, value, _ in rows:
            if count > 1:
                raise self._error(ones[number], f"finds {count} rows")
            found[ones[number].by] = None if value == "-" else str(value)[1:]
        return found

    def _staying(self, search: _Search, ones: list[_One], rows: list[Row]) -> list[Row]:
        """Of the rows of the seed's own table those that are found when the seed is written too, as they are found."""
        touched = seeding_changing.touched(self._session, self._table, self._seed, search.by, self._faults)
        staying: dict[int, Row] = {}
        for number, _, value, one in rows:
            place, about = (search, ones[number].by), touched.get(str(one))
            if about is not None and about.leaves:
                self._leaving.add(place)
                continue
            if about is not None:
                self._about[place] = about.line
            count = staying[number][1] + 1 if number in staying else 1
            staying[number] = (number, count, value, one)
        return list(staying.values())

    def _why(self, one: _One) -> str:
        leaves = (one.search, one.by) in self._leaving
        return f"finds a row of which this seed changes {' or '.join(one.search.by)}" if leaves else "finds no row"

    def _one(self, line: int, column: str, lookup: Lookup) -> _One:
        row = self._rows[line]
        table = self._looked_in(row, lookup)
        values = read(lookup.by, row.at, line, table, self._session.facts.timezone, self._faults)
        search = _Search(lookup.object, tuple(lookup.by), lookup.field or table.primary[0])
        return _One(line, column, search, tuple(values.texts[name] for name in lookup.by))

    def _looked_in(self, row: SeedRow, lookup: Lookup) -> Table:
        if lookup.object not in self._tables:
            names = names_of(lookup.object, self._session.facts.database)
            self._tables[lookup.object] = table_of(self._session, *names) if names else None
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
        if not lookup.field and (len(table.primary) != 1 or table.primary[0] not in table.columns):
            raise self._faults.target(
                f"a lookup in {table.shown}, whose primary key is not one column",
                at=row.at,
                do='say which column it is to give: get = "…"',
                kind="lookup",
            )
        return table

    def _error(self, one: _One, what: str) -> SchemactlError:
        row = self._rows[one.line]
        return self._faults.target(
            f"{one.column}: the lookup in {shown(row.values[one.column])} {what}",
            at=row.at,
            do="look it up by what only one row has, or put the row that it is to find into an earlier seed",
            kind="lookup",
        )
