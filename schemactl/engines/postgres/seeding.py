"""Seeds on PostgreSQL: one transaction each, with its record (docs/adr/0015)."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psycopg

from schemactl.engines.postgres import seeding_record, transaction
from schemactl.engines.postgres.failure import DIVISION_BY_ZERO, from_exception, reading
from schemactl.engines.postgres.seeding_failure import Faults
from schemactl.engines.postgres.seeding_match import Match
from schemactl.engines.postgres.seeding_staging import Staging
from schemactl.engines.postgres.seeding_table import Table, names_of, table_of
from schemactl.engines.postgres.seeding_write import Writing
from schemactl.engines.postgres.watch import cancelling, send
from schemactl.errors import LockedError
from schemactl.model.seed import SHOWN, Compared
from schemactl.running.patience import Patiently
from schemactl.running.seed_own import with_own

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.contract.job import Job
    from schemactl.engines.postgres.connection import Session
    from schemactl.events import Listener
    from schemactl.model.seed import Difference, Rows, SeedFile, SeedRecord

_KINDS: Final = {"v": "a view", "m": "a materialized view", "f": "a foreign table", "S": "a sequence", "i": "an index"}
_OURS: Final = "schemactl"
# Each statement sees what was committed before it, so also what came while the table's lock was waited for; and a value
# means the same whatever the database or the role has set.
_BEGIN: Final = b"BEGIN ISOLATION LEVEL READ COMMITTED"
_SETTINGS: Final = b"SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle = 'postgres'"


class PostgresSeeder:
    """See contract.seeding.Seeder."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def promise(self) -> str:
        return "each is one transaction, its record in it"

    def recorded(self) -> tuple[SeedRecord, ...]:
        try:
            return seeding_record.read(self._session.connection)
        except psycopg.Error as error:
            opening = self._session.opening
            raise reading(
                error, target=opening.target, shown=opening.shown, what="reading which seeds were applied"
            ) from error

    def compare(self, seed: SeedFile, rows: Rows) -> Compared:
        faults = Faults(self._session, seed, rows)
        with self._transaction(faults):
            work = _Work(self._session, seed, rows, faults)
            return work.compared()

    def apply(self, seed: SeedFile, rows: Rows, record: SeedRecord, emit: Listener) -> Compared:
        faults = Faults(self._session, seed, rows)
        patience = Patiently(self._session.opening, emit)
        while True:
            try:
                return self._attempt(seed, rows, record, faults, emit)
            except psycopg.Error as error:
                failure = from_exception(error)
                if self._session.connection.closed or not patience.again(failure):
                    raise faults.of(error) from error

    def run(self, seed: SeedFile, job: Job, record: SeedRecord, emit: Listener) -> None:
        from schemactl.engines.postgres.seeding_script import run

        run(self._session, seed, job, record, emit)

    def _attempt(self, seed: SeedFile, rows: Rows, record: SeedRecord, faults: Faults, emit: Listener) -> Compared:
        connection = self._session.connection
        with self._transaction(faults, retries=True):
            self._guard(faults)
            work = _Work(self._session, seed, rows, faults)
            connection.execute("SET CONSTRAINTS ALL DEFERRED")
            # Before anything is compared: what is found to be the same stays so until the record is written.
            connection.execute(f"LOCK TABLE {work.table.sql} IN SHARE ROW EXCLUSIVE MODE".encode())
            done = work.written(emit)
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            counted = record._replace(added=done.added, changed=done.changed, same=done.same)
            for query in seeding_record.writes(connection, counted):
                send(self._session, query)
            connection.execute("COMMIT")
        return done

    @contextmanager
    def _transaction(self, faults: Faults, *, retries: bool = False) -> Iterator[None]:
        """A transaction that is rolled back unless the body commits it; a stop cancels what is under way in it.

        retries  the server's errors are left to the caller
        """
        connection = self._session.connection
        try:
            with cancelling(self._session):
                connection.execute(_BEGIN)
                connection.execute(_SETTINGS)
                yield
        except psycopg.Error as error:
            if retries:
                raise
            raise faults.of(error) from error
        finally:
            if not connection.closed and connection.pgconn.transaction_status:
                connection.execute("ROLLBACK")

    def _guard(self, faults: Faults) -> None:
        try:
            send(self._session, transaction.guard_lock())
        except psycopg.Error as error:
            if from_exception(error).state != DIVISION_BY_ZERO:
                raise
            raise LockedError(
                "the session no longer holds the lock: a connection pooler gave it another backend",
                now="nothing of this seed was written",
                do="give this target the server's own address, then run the command again",
                kind="lost_lock",
                target=self._session.target,
            ) from error


@dataclass(slots=True)
class _Counts:
    """What became of some rows; `differences` by the row's place in the seed."""

    added: int
    changed: int
    same: int
    differences: list[tuple[int, Difference]]

    def __add__(self, more: _Counts) -> _Counts:
        sums = (self.added + more.added, self.changed + more.changed, self.same + more.same)
        return _Counts(*sums, self.differences + more.differences)

    def told(self) -> Compared:
        first = sorted(self.differences, key=lambda one: one[0])[:SHOWN]
        return Compared(self.added, self.changed, self.same, tuple(difference for _, difference in first))


class _Work:
    """One seed against its table, in the transaction that is open."""

    def __init__(self, session: Session, seed: SeedFile, rows: Rows, faults: Faults) -> None:
        self._session = session
        self._seed = seed
        self._faults = faults
        if rows.relationships:
            raise faults.file(
                "[[relationships]] are Neo4j's", at=rows.relationships[0].at, do="take them out", kind="wrong_value"
            )
        self._rows = rows
        self.table = table = self._table()
        # What is asked of another row of the seed is said there.
        self._rows = rows = with_own(
            rows,
            lambda name: names_of(name) == (table.schema, table.name),
            table.primary[0] if len(table.primary) == 1 else "",
            faults.file,
        )
        self._staging = Staging(session.connection, self.table, rows, faults)
        self._match = Match(session.connection, self._staging, rows, faults)

    def compared(self) -> Compared:
        """Nothing is written: what a lookup does not find yet is not there."""
        if not self._rows.rows:
            return Compared()
        self._match.check()
        self._staging.fill()
        if self._staging.looks_up:
            self._staging.resolve(0, spared=self._rows.once)
        self._match.refuse_twins("schemactl_pass IS NOT NULL")
        self._match.make("schemactl_pass IS NOT NULL")
        changed, same = self._match.counts()
        differences = self._match.differences()
        if self._staging.looks_up and not self._match.key_columns & self._staging.looked_up:
            self._match.make("schemactl_pass IS NULL")
            waiting = sum(self._match.counts())
            changed += waiting
            differences += self._match.differences() if waiting else []
        return _Counts(len(self._rows.rows) - changed - same, changed, same, differences).told()

    def written(self, emit: Listener) -> Compared:
        """Write what differs. Rows that wait for others of this seed come after those, pass by pass."""
        if not self._rows.rows:
            return Compared()
        self._match.check()
        self._staging.fill()
        if self._staging.looks_up:
            self._staging.resolve(0, elsewhere=True)
        writing = Writing(self._session, self._seed, self._staging, self._rows, self._faults)
        done = self._pass("schemactl_pass = 0", 0, writing, emit)
        number = 0
        while self._staging.looks_up:
            number += 1
            found = self._staging.resolve(number)
            if not found:
                break
            done += self._pass(f"schemactl_pass = {number}", found, writing, emit)
        if error := self._staging.unresolved():
            raise error
        if done.added or done.changed:
            writing.advance_sequences()
        writing.done = writing.total
        writing.tell(emit)
        return done.told()

    def _pass(self, which: str, rows: int, writing: Writing, emit: Listener) -> _Counts:
        self._match.refuse_twins("schemactl_pass IS NOT NULL")
        self._match.make(which)
        changed, same = self._match.counts()
        differences = self._match.differences()
        total = rows or self._count(which)
        added = total - changed - same
        if added or changed:
            writing.write(which, added=added, changed=changed, emit=emit)
            self._refuse_otherwise(which)
        return _Counts(added, changed, same, differences)

    def _refuse_otherwise(self, which: str) -> None:
        """What was written must be found, and be as the seed says: else each run would write it again."""
        self._match.make(which)
        missed = self._match.missed(which)
        if missed is not None:
            why = f"it does not meet `{self._rows.where}`, or a trigger" if self._rows.where else "a trigger or a rule"
            raise self._faults.target(
                f"the row was written, and its key does not find it: {why} changed it",
                at=self._rows.rows[missed].at,
                do="make the row meet the seed's `where`, or choose a key that stays as it is written",
                kind="wrong_value",
            )
        for _, found in self._match.differences()[:1]:
            fields = "; ".join(f"{name} is {now}, and the seed says {wanted}" for name, now, wanted in found.fields)
            raise self._faults.target(
                f"the row was written, and a trigger or a rule changed it: {fields}",
                at=found.at,
                do="write what is kept there into the seed, or leave the field out",
                kind="wrong_value",
            )

    def _count(self, which: str) -> int:
        row = self._session.connection.execute(
            f"SELECT count(*) FROM pg_temp.schemactl_seed WHERE {which}".encode()
        ).fetchone()
        return int(row[0]) if row is not None else 0

    def _table(self) -> Table:
        at, written = self._rows.at.get("table", ""), self._rows.object
        names = names_of(written)
        found = table_of(self._session.connection, *names) if names and names[0] != _OURS else None
        if found is None:
            said = (
                f"`{written}` is not the name of a table" if names is None else f"there is no table {'.'.join(names)}"
            )
            raise self._faults.target(
                said,
                at=at,
                do="correct its name, or run `schemactl migrate` first",
                kind="missing_object",
            )
        if found.kind not in ("r", "p"):
            raise self._faults.target(
                f"{found.shown} is {_KINDS.get(found.kind, 'no table')}",
                at=at,
                do="name the table that holds the rows",
                kind="missing_object",
            )
        return found
