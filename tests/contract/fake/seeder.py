"""The fake's seeds: a request each. Its tables are the test's: `name`, `size` (a whole number from 0), `region`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schemactl.contract.job import Job
from schemactl.errors import ConfigError, SchemactlError, StatementError
from schemactl.events import Listener, StepProgress
from schemactl.model.seed import SHOWN, Compared, Difference, Lookup, Rows, SeedFile, SeedRecord, SeedRow
from schemactl.running.seed_own import with_own
from schemactl.running.seed_values import NULL, pair, shown
from tests.contract.fake.language import execute
from tests.contract.fake.scripts import call
from tests.contract.fake.server import RefusedError, Session, State

FIELDS = ("name", "size", "region")


class _UnmetError(Exception):
    """A lookup that finds nothing."""


class FakeSeeder:
    """See contract.seeding.Seeder."""

    def __init__(self, session: Session, target: str) -> None:
        self._session = session
        self._target = target

    @property
    def promise(self) -> str:
        return "each is one request"

    def recorded(self) -> tuple[SeedRecord, ...]:
        return self._session.read(lambda state: tuple(state.seeds[number] for number in sorted(state.seeds)))

    def compare(self, seed: SeedFile, rows: Rows) -> Compared:
        return self._session.read(lambda state: self._work(seed, rows, state, lambda row: _UnmetError))

    def apply(self, seed: SeedFile, rows: Rows, record: SeedRecord, emit: Listener) -> Compared:
        total = len(rows.rows)
        emit(StepProgress(self._target, seed.version.text, 0, total, "rows"))

        def change(state: State) -> Compared:
            found = self._work(seed, rows, state, lambda row: self._error("a lookup finds no row", row, "lookup"))
            counted = record._replace(added=found.added, changed=found.changed, same=found.same)
            state.seeds[seed.version.number] = counted._replace(applied_at=self._session.server.now())
            return found

        found = self._session.request(f"seed {seed.label}", change)
        emit(StepProgress(self._target, seed.version.text, total, total, "rows"))
        return found

    def run(self, seed: SeedFile, job: Job, record: SeedRecord, emit: Listener) -> None:
        def change(state: State) -> None:
            if job.script is not None:
                call(state, job, "seed", emit, self._target)
            for segment in job.segments:
                for planned in segment.steps:
                    execute(state, planned.statement.normal)
            state.seeds[seed.version.number] = record._replace(applied_at=self._session.server.now())

        try:
            self._session.request(f"seed {seed.label}", change)
        except RefusedError as refused:
            raise StatementError(refused.what, at=seed.shown, kind=refused.state, target=self._target) from refused

    def _work(self, seed: SeedFile, rows: Rows, state: State, unmet: Callable[[SeedRow], Any]) -> Compared:
        """Set the rows against the state, and write them into it: a read throws its copy away."""
        if rows.object not in state.tables:
            raise StatementError(f"there is no {rows.object}", at=rows.at.get("table"), kind="missing_object")
        self._check(rows)
        rows = with_own(rows, lambda name: name == rows.object, "", self._file)
        table, before = state.tables[rows.object], [dict(row) for row in state.tables[rows.object]]
        waiting, added, changed, same = list(rows.rows), 0, 0, 0
        differences: list[Difference] = []
        while waiting:
            left = []
            for row in waiting:
                try:
                    wanted = {name: _looked_up(value, state) for name, value in row.values.items()}
                except _UnmetError:
                    left.append(row)
                    continue
                there = [one for one in table if all(one.get(key) == wanted[key] for key in rows.key)]
                if sum(1 for one in before if all(one.get(key) == wanted[key] for key in rows.key)) > 1:
                    raise self._error("several rows have this key", row, "duplicate_key")
                if not there:
                    added += 1
                    table.append({name: wanted.get(name) for name in FIELDS})
                    continue
                wanted = {name: value for name, value in wanted.items() if name not in rows.once}
                fields = [name for name in wanted if there[0][name] != wanted[name]]
                if fields:
                    changed += 1
                    differences.append(_difference(row, rows, there[0], fields))
                same += not fields
                there[0].update(wanted)
            if len(left) == len(waiting):
                if unmet(left[0]) is not _UnmetError:
                    raise unmet(left[0])
                added += len(left)
                break
            waiting = left
        return Compared(added, changed, same, tuple(differences[:SHOWN]))

    def _check(self, rows: Rows) -> None:
        keys: dict[tuple[Any, ...], SeedRow] = {}
        for row in rows.rows:
            unknown = [name for name in row.values if name not in FIELDS]
            if unknown:
                raise self._error(f"there is no field {unknown[0]}", row, "missing_field")
            size = row.values.get("size", 0)
            if not str(size).lstrip("-").isdigit():
                raise ConfigError(f"size: {size!r} is no number", at=row.at, kind="wrong_value", target=self._target)
            if int(size) < 0:
                raise self._error("size is below 0", row, "constraint")
            key = tuple(shown(row.values[name]) for name in rows.key)
            if key in keys:
                what = f"two rows have one key: {keys[key].at} and {row.at}"
                raise ConfigError(what, at=row.at, kind="duplicate_key", target=self._target)
            keys[key] = row

    def _file(self, what: str, *, at: str = "", do: str, kind: str) -> SchemactlError:
        return ConfigError(what, at=at, now="nothing of this seed was written", do=do, kind=kind, target=self._target)

    def _error(self, what: str, row: SeedRow, kind: str) -> SchemactlError:
        return StatementError(what, at=row.at, now="nothing of this seed was written", kind=kind, target=self._target)


def _looked_up(value: Any, state: State) -> Any:
    if not isinstance(value, Lookup):
        return value
    found = [
        row for row in state.tables[value.object] if all(row.get(name) == inner for name, inner in value.by.items())
    ]
    if len(found) != 1:
        raise _UnmetError
    return found[0][value.field or "name"]


def _difference(row: SeedRow, rows: Rows, there: dict[str, Any], fields: list[str]) -> Difference:
    key = ", ".join(f"{name} = {shown(row.values[name])}" for name in rows.key)
    told = [pair(name, NULL if there[name] is None else str(there[name]), row.values[name]) for name in fields]
    return Difference(row.at, key, tuple(told))
