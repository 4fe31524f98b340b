"""A seed's rows written where they are new or differ, many at a time; a row that is refused is found and named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg

from schemactl.engines.postgres.failure import from_exception
from schemactl.engines.postgres.seeding_match import MATCH
from schemactl.engines.postgres.seeding_order import Held, order_of, within
from schemactl.engines.postgres.seeding_staging import SEED
from schemactl.engines.postgres.seeding_table import quoted
from schemactl.events import StepProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


class _Write(NamedTuple):
    """One kind of statement for the rows of one set of columns.

    names    the columns that it writes
    updates  whether of rows that are there
    rows     SQL: which rows of the seed it is for
    sql      from a condition of `s` to a statement that writes those of them
    """

    names: tuple[str, ...]
    updates: bool
    rows: str
    sql: Callable[[str], str]


class _Waiting(NamedTuple):
    """A row that wants what another has, and what the server said of it."""

    write: _Write
    row: int
    error: psycopg.Error


_Step = tuple[_Write, "Sequence[int]"]  # rows that are written at once


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
        held: list[_Step] = []
        for names, number in self._staging.sets.items():
            mine = f"{which} AND s.schemactl_set = {number}"
            writes = [self._update(names, mine) if changed else None, self._insert(names, mine) if added else None]
            for write in writes:
                if write is not None:
                    self._in_chunks(write, held, emit)
        if held:
            self._in_order(held)
            self.tell(emit)

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
        rows = (
            f"FROM {SEED} AS s WHERE {which}"
            f" AND NOT EXISTS (SELECT FROM {MATCH} AS m WHERE m.schemactl_row = s.schemactl_row)"
        )
        into = f"INSERT INTO {self._table.sql} ({columns}){overriding} SELECT {values} {rows}"
        return _Write(names, False, rows, lambda these: f"{into} AND {these} ORDER BY s.schemactl_row")

    def _update(self, names: tuple[str, ...], which: str) -> _Write | None:
        kept = self._rows.once
        given = tuple(name for name in names if name not in kept and not self._table.columns[name].always)
        if not given:
            return None
        found = f"FROM {MATCH} AS m JOIN {SEED} AS s USING (schemactl_row) WHERE m.differs AND {which}"
        values = ", ".join(f"{quoted(name)} = s.{quoted(name)}" for name in given)
        sql = (
            f"UPDATE {self._table.sql} AS t SET {values} {found}"
            " AND t.ctid = m.schemactl_at AND t.tableoid = m.schemactl_rel"
        )
        return _Write(given, True, found, lambda these: f"{sql} AND {these}")

    def _in_chunks(self, write: _Write, held: list[_Step], emit: Listener) -> None:
        """Write its rows, many at a time; those beside one that wants what another has join `held`."""
        for first in range(0, len(self._rows.rows), CHUNK):
            rows = range(first, min(first + CHUNK, len(self._rows.rows)))
            written = self._at_once([(write, rows)])
            if isinstance(written, psycopg.Error):
                waiting: list[_Waiting] = []
                if _is_taken(written):
                    held.append((write, rows))
                    continue
                written = self._apart(write, rows, waiting)
                held += [(write, [one.row]) for one in waiting]
            if written:
                self.done += written
                self.tell(emit)

    def _at_once(self, steps: Sequence[_Step]) -> int | psycopg.Error:
        """Write these rows, and how many those were; or the refusal of one of them, and none of them is written.

        raises  RunInterruptedError; psycopg.Error for what no row is to blame for
        """
        connection, written = self._session.connection, 0
        connection.execute("SAVEPOINT schemactl_rows")
        try:
            for write, rows in steps:
                if self._session.opening.stop:
                    raise self._faults.interrupted()
                written += connection.execute(write.sql(within(rows)).encode()).rowcount
        except psycopg.Error as error:
            if connection.closed or from_exception(error).state[:2] not in _OF_A_ROW:
                raise
            connection.execute("ROLLBACK TO SAVEPOINT schemactl_rows")
            connection.execute("RELEASE SAVEPOINT schemactl_rows")
            return error
        connection.execute("RELEASE SAVEPOINT schemactl_rows")
        return written

    def _apart(self, write: _Write, rows: Sequence[int], waiting: list[_Waiting] | None) -> int:
        """Write these rows but for those that want what another has: they join `waiting`. How many were written.

        waiting  None where it is no use to wait
        raises   StatementError in the place of a row that is refused for anything else; as `_at_once`
        """
        written = self._at_once([(write, rows)])
        if not isinstance(written, psycopg.Error):
            return written
        if len(rows) == 1:
            if waiting is None or not _is_taken(written):
                raise self._told(written, rows[0]) from written
            waiting.append(_Waiting(write, rows[0], written))
            return 0
        half = len(rows) // 2
        return self._apart(write, rows[:half], waiting) + self._apart(write, rows[half:], waiting)

    def _in_order(self, held: Sequence[_Step]) -> None:
        """Write rows of which some take what others give up, each of them after those."""
        some = [(write, self._places(write, rows)) for write, rows in held]
        writes = {row: write for write, rows in some for row in rows}
        listed = [Held(write.names, write.updates, rows) for write, rows in some]
        steps: list[_Step] = []
        order = order_of(self._session.connection, self._table, listed)
        for level in order.levels:
            by_write: dict[int, list[int]] = {}
            for row in level:
                by_write.setdefault(id(writes[row]), []).append(row)
            steps += [(writes[rows[0]], rows) for rows in by_write.values()]
        for table in (SEED, MATCH):  # a step may be one row
            name = f"{table.partition('.')[2]}_row"
            self._session.connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table} (schemactl_row)".encode())
        written = self._at_once(steps)
        if isinstance(written, psycopg.Error):
            waiting: list[_Waiting] = []
            written = sum(self._apart(write, rows, None if order.whole else waiting) for write, rows in steps)
            written += self._later(waiting)
        self.done += written

    def _places(self, write: _Write, rows: Sequence[int]) -> list[int]:
        sql = f"SELECT s.schemactl_row {write.rows} AND {within(rows)} ORDER BY 1"
        return [int(row[0]) for row in self._session.connection.execute(sql.encode()).fetchall()]

    def _later(self, waiting: list[_Waiting]) -> int:
        """Write the rows that waited, for as long as one of them gets what it wants.

        Each time from the other end: where each of them waits for the one behind it, two rounds are enough.
        raises  StatementError in the place of the first that does not; as `_at_once`
        """
        written = 0
        order = {one.row: number for number, one in enumerate(waiting)}
        while waiting:
            left: list[_Waiting] = []
            for one in waiting:
                written += self._apart(one.write, [one.row], left)
            if len(left) == len(waiting):
                first = min(left, key=lambda one: order[one.row])
                raise self._told(first.error, first.row) from first.error
            waiting = left[::-1]
        return written

    def _told(self, error: psycopg.Error, row: int) -> SchemactlError:
        return self._faults.of(error, at=self._rows.rows[row].at, do="correct the row, or what is in its way")

    def _refuse_fixed_identity(self) -> None:
        for name in {name for names in self._staging.sets for name in names}:
            column = self._table.columns[name]
            if not column.always or name in self._rows.once:
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


def _is_taken(error: psycopg.Error) -> bool:
    return from_exception(error).state in _TAKEN
