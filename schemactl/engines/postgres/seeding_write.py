"""A seed's rows written where they are new or differ, many at a time; a row that is refused is found and named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg

from schemactl.engines.postgres.failure import from_exception
from schemactl.engines.postgres.seeding_match import MATCH
from schemactl.engines.postgres.seeding_staging import SEED
from schemactl.engines.postgres.seeding_table import quoted
from schemactl.events import StepProgress

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.engines.postgres.connection import Session
    from schemactl.engines.postgres.seeding_failure import Faults
    from schemactl.engines.postgres.seeding_staging import Staging
    from schemactl.errors import SchemactlError
    from schemactl.events import Listener
    from schemactl.model.seed import Rows, SeedFile

CHUNK: Final = 10_000
# Classes of SQLSTATE that one row is to blame for: data, constraints, WITH CHECK OPTION, what a trigger raises.
_OF_A_ROW: Final = ("22", "23", "44", "P0", "27", "09")
# What a row wants another has, perhaps one that gives it up in the same seed: which of two is the default.
_TAKEN: Final = ("23505", "23P01")
_MOST_WAITING: Final = 100


class _Write(NamedTuple):
    """One kind of statement for the rows of one set of columns. `sql`: from a first and a last row to a statement."""

    sql: Callable[[int, int], str]


class _Waiting(NamedTuple):
    """A row that wants what another has, and what the server said of it."""

    write: _Write
    row: int
    error: psycopg.Error


class Writing:
    """Writes the rows of one seed in the transaction that is open. `done` counts up to `total`."""

    def __init__(self, session: Session, seed: SeedFile, staging: Staging, rows: Rows, faults: Faults) -> None:
        self._session = session
        self._seed = seed
        self._staging = staging
        self._table = staging.table
        self._rows = rows
        self._faults = faults
        self.done = 0
        self.total = len(rows.rows)

    def write(self, which: str, *, added: int, changed: int, emit: Listener) -> None:
        """Insert and update what `schemactl_match` says of the rows `which` (SQL): so many of them.

        raises  StatementError in a row's place; RunInterruptedError; psycopg.Error for what no row is to blame for
        """
        if changed:
            self._refuse_fixed_identity()
        waiting: list[_Waiting] = []
        for names, number in self._staging.sets.items():
            mine = f"{which} AND s.schemactl_set = {number}"
            writes = [self._update(names, mine) if changed else None, self._insert(names, mine) if added else None]
            for write in writes:
                if write is not None:
                    self._in_chunks(write, waiting, emit)
        self._written_later(waiting)

    def advance_sequences(self) -> None:
        """What the server would number next is above what the seed numbered itself."""
        names = {name for names in self._staging.sets for name in names}
        for name in sorted(names):
            column = self._table.columns[name]
            table, own = self._table.sql.replace("'", "''"), name.replace("'", "''")
            found = self._session.connection.execute(
                f"SELECT pg_get_serial_sequence('{table}', '{own}')".encode()
            ).fetchone()
            if found is None or found[0] is None:
                continue
            sequence = str(found[0])
            self._session.connection.execute(
                f"SELECT setval('{sequence.replace(chr(39), chr(39) * 2)}', top) FROM"
                f" (SELECT max({column.sql})::bigint AS top FROM {self._table.sql}) AS t, {sequence} AS q"
                f" WHERE top > q.last_value OR (top = q.last_value AND NOT q.is_called)".encode()
            )

    def _insert(self, names: tuple[str, ...], which: str) -> _Write:
        columns = ", ".join(quoted(name) for name in names)
        values = ", ".join(f"s.{quoted(name)}" for name in names)
        always = any(self._table.columns[name].always for name in names)
        overriding = " OVERRIDING SYSTEM VALUE" if always else ""
        return _Write(
            lambda first, last: (
                f"INSERT INTO {self._table.sql} ({columns}){overriding} SELECT {values} FROM {SEED} AS s"
                f" WHERE {which} AND s.schemactl_row BETWEEN {first} AND {last} AND NOT EXISTS"
                f" (SELECT FROM {MATCH} AS m WHERE m.schemactl_row = s.schemactl_row) ORDER BY s.schemactl_row"
            )
        )

    def _update(self, names: tuple[str, ...], which: str) -> _Write | None:
        given = [quoted(name) for name in names if not self._table.columns[name].always]
        if not given:
            return None
        return _Write(
            lambda first, last: (
                f"UPDATE {self._table.sql} AS t SET {', '.join(f'{name} = s.{name}' for name in given)}"
                f" FROM {MATCH} AS m JOIN {SEED} AS s USING (schemactl_row) WHERE m.differs AND {which}"
                f" AND t.ctid = m.schemactl_at AND t.tableoid = m.schemactl_rel"
                f" AND schemactl_row BETWEEN {first} AND {last}"
            )
        )

    def _in_chunks(self, write: _Write, waiting: list[_Waiting], emit: Listener) -> None:
        for first in range(0, len(self._rows.rows), CHUNK):
            if self._session.opening.stop:
                raise self._faults.interrupted()
            last = min(first + CHUNK, len(self._rows.rows)) - 1
            written = self._savepoint(write, first, last, waiting)
            if written:
                self.done += written
                self.tell(emit)

    def _savepoint(self, write: _Write, first: int, last: int, waiting: list[_Waiting]) -> int:
        """Write a range of rows, and how many those were; those that want what another row has join `waiting`.

        raises  StatementError in the place of the first row that is to blame for any other refusal; psycopg.Error
        """
        connection = self._session.connection
        connection.execute("SAVEPOINT schemactl_rows")
        try:
            written = connection.execute(write.sql(first, last).encode()).rowcount
        except psycopg.Error as error:
            state = from_exception(error).state
            if connection.closed or state[:2] not in _OF_A_ROW:
                raise
            connection.execute("ROLLBACK TO SAVEPOINT schemactl_rows")
            if state not in _TAKEN or len(waiting) >= _MOST_WAITING:
                raise self._blamed(write, first, last, error) from error
            connection.execute("RELEASE SAVEPOINT schemactl_rows")
            if first == last:
                waiting.append(_Waiting(write, first, error))
                return 0
        else:
            connection.execute("RELEASE SAVEPOINT schemactl_rows")
            return written
        middle = (first + last) // 2
        return self._savepoint(write, first, middle, waiting) + self._savepoint(write, middle + 1, last, waiting)

    def _written_later(self, waiting: list[_Waiting]) -> None:
        """The rows that waited, for as long as one of them gets what it wants. raises  StatementError; psycopg.Error"""
        while waiting:
            left: list[_Waiting] = []
            for one in waiting:
                self.done += self._savepoint(one.write, one.row, one.row, left)
            if len(left) == len(waiting):
                first = min(left, key=lambda one: one.row)
                raise self._told(first.error, first.row) from first.error
            waiting = left

    def _blamed(self, write: _Write, first: int, last: int, error: psycopg.Error) -> SchemactlError:
        """The error in the place of the first row that is refused, once those before it are written."""
        connection = self._session.connection
        while first < last:
            middle = (first + last) // 2
            try:
                connection.execute(write.sql(first, middle).encode())
                first = middle + 1
                connection.execute("SAVEPOINT schemactl_rows")
            except psycopg.Error as found:
                if connection.closed:
                    raise
                error, last = found, middle
                connection.execute("ROLLBACK TO SAVEPOINT schemactl_rows")
        return self._told(error, first)

    def _told(self, error: psycopg.Error, row: int) -> SchemactlError:
        return self._faults.of(error, at=self._rows.rows[row].at, do="correct the row, or what is in its way")

    def _refuse_fixed_identity(self) -> None:
        for name in {name for names in self._staging.sets for name in names}:
            column = self._table.columns[name]
            if not column.always:
                continue
            row = self._session.connection.execute(
                f"SELECT min(m.schemactl_row) FROM {MATCH} AS m JOIN {SEED} AS s USING (schemactl_row)"
                f" JOIN {self._table.sql} AS t ON t.ctid = m.schemactl_at AND t.tableoid = m.schemactl_rel"
                f" WHERE m.differs AND {column.differs('t', 's')}".encode()
            ).fetchone()
            if row is not None and row[0] is not None and name in self._rows.rows[row[0]].values:
                raise self._faults.target(
                    f"{name} is GENERATED ALWAYS AS IDENTITY, and the row that is there has another",
                    at=self._rows.rows[row[0]].at,
                    do=f"make {name} the key, or leave it out of the row",
                    kind="wrong_value",
                )

    def tell(self, emit: Listener) -> None:
        target, version = self._session.target, self._seed.version.text
        emit(StepProgress(target, version, min(self.done, self.total), self.total, "rows"))
