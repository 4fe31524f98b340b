"""Seeds on ClickHouse: compared in temporary tables, written as one INSERT and one mutation, then recorded (0015)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import replicas, seeding_record
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.seeding_failure import Faults
from schemactl.engines.clickhouse.seeding_lookup import Lookups
from schemactl.engines.clickhouse.seeding_match import Found, Match, key_columns
from schemactl.engines.clickhouse.seeding_merging import Merging
from schemactl.engines.clickhouse.seeding_staging import Alike, Stage, ask, read
from schemactl.engines.clickhouse.seeding_table import Table, names_of, table_of
from schemactl.engines.clickhouse.seeding_write import Writing
from schemactl.events import StepProgress, ignore
from schemactl.model.seed import Compared
from schemactl.running.seed_own import with_own

if TYPE_CHECKING:
    from schemactl.contract.job import Job
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.lock import ClickHouseLock
    from schemactl.engines.clickhouse.seeding_staging import Values
    from schemactl.errors import SchemactlError
    from schemactl.events import Listener
    from schemactl.model.seed import Rows, SeedFile, SeedRecord, SeedRow

_OURS: Final = "schema_"
_MIGRATE: Final = "correct its name, or run `schemactl migrate` first"


class ClickHouseSeeder:
    """See contract.seeding.Seeder."""

    def __init__(self, session: Session, lock: ClickHouseLock) -> None:
        self._session = session
        self._lock = lock

    @property
    def promise(self) -> str:
        shards = len({replica.shard for replica in self._session.facts.replicas})
        if replicas.is_spread(self._session) and shards > 1:
            return f"scripts alone: rows would reach one of {shards} shards"
        return "without a transaction: no row is missing at any time, and what a death leaves twice the next run mends"

    def recorded(self) -> tuple[SeedRecord, ...]:
        with self._session.translated("reading which seeds were applied"):
            return seeding_record.read(self._session)

    def compare(self, seed: SeedFile, rows: Rows) -> Compared:
        faults = Faults(self._session, seed, rows)
        try:
            work = _Work(self._session, seed, rows, faults, ignore)
            try:
                return work.compared()
            finally:
                work.tidy()
        except ServerError as error:
            raise faults.of(error) from error

    def apply(self, seed: SeedFile, rows: Rows, record: SeedRecord, emit: Listener) -> Compared:
        faults = Faults(self._session, seed, rows)
        try:
            work = _Work(self._session, seed, rows, faults, emit)
            try:
                done = work.written()
            finally:
                work.tidy()
            faults.now = "its rows are there as the seed says; its record is not written"
            counted = record._replace(added=done.added, changed=done.changed, same=done.same)
            seeding_record.write(self._session, counted)
        except ServerError as error:
            raise faults.of(error) from error
        return done

    def run(self, seed: SeedFile, job: Job, record: SeedRecord, emit: Listener) -> None:
        from schemactl.engines.clickhouse.seeding_script import run

        run(self._session, self._lock, seed, job, record, emit)


class _Work:
    """One seed against its table."""

    def __init__(self, session: Session, seed: SeedFile, rows: Rows, faults: Faults, emit: Listener) -> None:
        self._session = session
        self._seed = seed
        self._rows = rows
        self._faults = faults
        self._emit = emit
        self._refuse_alien()
        self._table = table = self._looked_up_table()
        self._refuse_fields()
        # What is asked of another row of the seed is said there.
        self._rows = with_own(
            rows,
            lambda name: names_of(name, session.facts.database) == (table.database, table.name),
            table.primary[0] if len(table.primary) == 1 else "",
            faults.file,
        )
        self._stage = Stage(session, table, faults, whole=True)
        intended = partial(seeding_record.intended, session, seed.version, table.shown)
        self._match = Match(session, self._stage, self._rows, faults, intended)

    def compared(self) -> Compared:
        """Nothing is written: a row whose lookup finds nothing yet is new, or changed where its key is there."""
        if not self._rows.rows:
            return Compared()
        if self._session.facts.read_only:
            raise self._faults.target(
                f"a seed is compared by a temporary table, and {self._session.facts.read_only}",
                do="compare as a user that may write",
                kind="insufficient_privilege",
            )
        missing = self._fill(may_miss=True)
        keyed = {column for written in self._rows.key for column in key_columns(written, tuple(self._table.columns))}
        keyless = [line for line, columns in missing.items() if keyed & set(columns)]
        found = self._found()
        may_differ = [line for line, columns in missing.items() if not self._rows.once.issuperset(columns)]
        waiting = self._match.present([line for line in may_differ if line not in keyless])
        changed = len({*found.replaced, *found.mended} | waiting)
        added = len(self._rows.rows) - found.matched
        return Compared(added, changed, found.matched - changed, self._match.differences(found))

    def written(self) -> Compared:
        """Write what differs; what there was to write."""
        if not self._rows.rows:
            return Compared()
        self._catch_up()
        missing = self._fill(may_miss=False)
        assert not missing
        found = self._found()
        changed, added = len(found.replaced) + len(found.mended), len(self._rows.rows) - found.matched
        if changed and self._table.unfit:
            raise self._faults.cannot(
                f"{self._table.unfit}: {changed} rows of the seed differ from what is there",
                at=self._rows.rows[min({**found.replaced, **found.mended})].at,
                do="change those rows by a script seed, or make the table a MergeTree",
            )
        differences = self._match.differences(found)
        merging = Merging(self._session, self._match, self._rows, self._faults) if self._table.merges else None
        writing = Writing(
            self._session, self._seed, self._stage, self._rows.once, self._match, merging, self._faults, self._emit
        )
        writing.write(found, added)
        self._tell(len(self._rows.rows))
        return Compared(added, changed, found.matched - changed, differences)

    def tidy(self) -> None:
        self._stage.drop()

    def _found(self) -> Found:
        self._match.refuse_twins()
        return self._match.make()

    def _fill(self, *, may_miss: bool) -> dict[int, dict[str, SchemactlError]]:
        """Stage the rows; those columns whose lookups found nothing are left out, or the first of them is raised."""
        if self._rows.columns:
            self._stage.fill(Alike(self._rows.rows, self._read), self._tell)
            return {}
        found, missing = Lookups(self._session, self._table, self._rows, self._faults).resolve()
        if missing and not may_miss:
            raise next(iter(missing[min(missing)].values()))
        keyed = {column for written in self._rows.key for column in key_columns(written, tuple(self._table.columns))}
        values = [
            self._read(line, self._rows.rows[line]._replace(values=row))
            for line, row in enumerate(found)
            if not keyed & set(missing.get(line, ()))
        ]
        self._stage.fill(values, self._tell)
        return missing

    def _read(self, line: int, row: SeedRow) -> Values:
        return read(row.values, row.at, line, self._table, self._session.facts.timezone, self._faults)

    def _tell(self, done: int) -> None:
        total = len(self._rows.rows)
        self._emit(StepProgress(self._session.target, self._seed.version.text, min(done, total), total, "rows"))

    def _catch_up(self) -> None:
        """What other replicas were given is here too before it is compared."""
        if self._table.is_replicated and replicas.is_spread(self._session):
            ask(self._session, f"SYSTEM SYNC REPLICA {self._table.sql}")

    def _refuse_alien(self) -> None:
        """What other engines' seeds have."""
        at, what = "", ""
        if self._rows.relationships:
            at, what = self._rows.relationships[0].at, "[[relationships]] are Neo4j's"
        elif self._rows.where:
            at, what = self._rows.at.get("where", ""), "`where` is PostgreSQL's"
        if what:
            raise self._faults.file(what, at=at, do="take it out", kind="wrong_value")

    def _looked_up_table(self) -> Table:
        at, written = self._rows.at.get("table", ""), self._rows.object
        names = names_of(written, self._session.facts.database)
        if names is None or names[1].startswith(_OURS):
            what = f"`{written}` is not the name of a table" if names is None else f"{written} is schemactl's own"
            raise self._faults.target(what, at=at, do="correct its name", kind="missing_object")
        found = table_of(self._session, *names)
        if found is None:
            raise self._faults.target(f"there is no table {'.'.join(names)}", at=at, do=_MIGRATE, kind="missing_object")
        if not found.is_stored:
            raise self._faults.target(
                f"{found.shown} is a {found.engine}, and holds no rows of its own",
                at=at,
                do="name the table that holds the rows",
                kind="missing_object",
            )
        if replicas.is_spread(self._session):
            self._refuse_apart(found, at)
        return found

    def _refuse_apart(self, table: Table, at: str) -> None:
        """On a cluster a seed would reach one server's rows alone."""
        shards = {replica.shard for replica in self._session.facts.replicas}
        if table.is_replicated and len(shards) == 1:
            return
        why = f"is on {len(shards)} shards" if len(shards) > 1 else f"is a {table.engine} on each server by itself"
        raise self._faults.cannot(
            f"{table.shown} {why}: a seed would reach one server's rows alone",
            at=at,
            do="write this seed as a script, with ON CLUSTER or by a Distributed table",
        )

    def _refuse_fields(self) -> None:
        columns = self._table.columns
        keyed = [column for written in self._rows.key for column in key_columns(written, tuple(columns))]
        both = self._rows.once.intersection(keyed)
        if both:
            raise self._faults.file(
                f"`{min(both)}` is in `once` and in `key`: by its key a row is found each time",
                at=self._rows.at.get("once", ""),
                do="take it out of one of the two",
                kind="wrong_value",
            )
        for row in self._rows.rows[:1] if self._rows.columns else self._rows.rows:
            for name in row.values:
                if name not in columns:
                    raise self._faults.target(
                        f"{self._table.shown} has no column `{name}`",
                        at=row.at,
                        do=f"it has {', '.join(columns)}; or run `schemactl migrate` first",
                        kind="missing_field",
                    )
                if columns[name].kind not in ("", "DEFAULT"):
                    raise self._faults.target(
                        f"{name} is {columns[name].kind}: the server computes it",
                        at=row.at,
                        do="leave it out of the rows",
                        kind="wrong_value",
                    )
            wanting = [name for name in keyed if name not in row.values]
            if wanting:
                raise self._faults.file(
                    f"the row has no `{wanting[0]}`, which is part of its key",
                    at=row.at,
                    do="name it in the row",
                    kind="missing_key",
                )
