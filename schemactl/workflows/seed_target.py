"""One target's seeds applied, under one hold of its lock: each in turn, the first that fails ends it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from schemactl.contract.engine import Missing, require
from schemactl.contract.job import Job
from schemactl.errors import SchemactlError
from schemactl.events import SeedWritten, StepFailed, StepFinished, StepStarted, TargetStarted, Warned
from schemactl.model.entry import Entry, LedgerState
from schemactl.model.seed import SeedRecord
from schemactl.model.version import Version
from schemactl.running.aloud import aloud
from schemactl.running.owner import doing
from schemactl.workflows.execute import locked
from schemactl.workflows.history import compare
from schemactl.workflows.jobs import script_segment
from schemactl.workflows.migrate import refuse_read_only

if TYPE_CHECKING:
    from schemactl.contract.engine import Engine
    from schemactl.contract.seeding import Seeder
    from schemactl.events import Listener
    from schemactl.model.seed import Compared, SeedFile
    from schemactl.workflows.history import History
    from schemactl.workflows.planned_seeds import SeedPlan, SeedSite, TargetSeeds

# What no seed goes past: it would write into another target, or beside what a crash left.
_REFUSED = ("foreign", "unfinished")


def refuse(site: SeedSite, history: History) -> None:
    """raises  HistoryError where the target is another's, or a migration is half done"""
    for problem in history.problems:
        if problem.kind in _REFUSED:
            raise problem.error(site.target)


def script_is_due(seed: SeedFile, record: SeedRecord | None, ledger: LedgerState, again: bool) -> bool:
    """Whether a script is to run: it never has, it was another text then, what it made may have gone since with a
    migration that was rolled back, or it was asked for again."""
    if again or record is None or record.checksum != seed.checksum:
        return True
    return was_rolled_back(record, ledger)


def was_rolled_back(record: SeedRecord, ledger: LedgerState) -> bool:
    """Whether a migration that was there when the seed was applied is not there any more, or was applied anew."""
    if not record.head:
        return False
    head = Version(record.head)
    if ledger.entry(head) is None:
        return True
    at = record.applied_at
    return at is not None and any(
        entry.version <= head and entry.applied_at is not None and entry.applied_at > at for entry in ledger.entries
    )


class TargetWork:
    """Applies one target's part of a plan. `done`: what it has applied so far."""

    def __init__(self, plan: TargetSeeds, emit: Listener, *, wait_s: float, again: bool, unlocked: bool) -> None:
        self._plan = plan
        self._site = plan.site
        # A script's own output is told through it, while standard output is captured.
        self._emit = aloud(emit)
        self._wait_s = wait_s
        self._again = again
        self._unlocked = unlocked
        self._ledger = LedgerState(exists=False)
        self.done: list[tuple[SeedFile, Compared | None]] = []

    def run(self) -> None:
        """raises  SchemactlError of the first seed that fails; those before it are kept"""
        site = self._site.site
        with doing("seed"), site.opened() as engine:
            refuse_read_only(engine, site)
            seeder = require(engine.seeder, "seeds", site.target)
            with locked(engine, site, wait_s=self._wait_s, unlocked=self._unlocked, emit=self._emit):
                engine.ledger.prepare(platform=site.platform, service_name=site.name)
                history = compare(site, engine.ledger.read())
                refuse(self._site, history)
                self._ledger = history.ledger
                if engine.exposed:
                    self._emit(Warned(site.target, engine.exposed, "ask for TLS in this target's URL (docs/engines)"))
                self._emit(TargetStarted(site.target, self._plan.due, 0))
                self._all(engine, seeder)

    def _all(self, engine: Engine, seeder: Seeder) -> None:
        records = {record.version: record for record in seeder.recorded()}
        touched = False
        for planned in self._plan.seeds:
            if not planned.meant or not self._is_due(planned, records.get(planned.seed.version), touched):
                continue
            compared = self._one(engine, seeder, planned.seed)
            touched = touched or compared is None or compared.differs

    def _is_due(self, planned: SeedPlan, record: SeedRecord | None, touched: bool) -> bool:
        if planned.seed.kind == "script":
            return script_is_due(planned.seed, record, self._ledger, self._again)
        # What an earlier seed changed, a later one may look up.
        return planned.due or touched

    def _one(self, engine: Engine, seeder: Seeder, seed: SeedFile) -> Compared | None:
        target, version, since = self._site.target, seed.version.text, time.monotonic()
        self._emit(StepStarted(target, version, seed.name, "up", 0))
        try:
            compared = self._write(engine, seeder, seed)
        except SchemactlError as error:
            if self.done:
                error.now = f"{error.now or 'nothing of it was kept'}; done by this run: {self._labels()}"
            self._emit(StepFailed(target, version, seed.name, "up", error.kind, error.what))
            raise
        self.done.append((seed, compared))
        if compared is not None:
            counts = (compared.added, compared.changed, compared.same)
            self._emit(SeedWritten(target, version, seed.name, *counts))
        took = round((time.monotonic() - since) * 1000)
        self._emit(StepFinished(target, version, seed.name, "up", took))
        return compared

    def _write(self, engine: Engine, seeder: Seeder, seed: SeedFile) -> Compared | None:
        record = self._record(seed)
        if seed.kind == "rows":
            return seeder.apply(seed, self._site.rows(seed), record, self._emit)
        seeder.run(seed, self._job(engine, seed), record, self._emit)
        return None

    def _record(self, seed: SeedFile) -> SeedRecord:
        return SeedRecord(
            version=seed.version,
            name=seed.name,
            kind=seed.kind,
            checksum=seed.checksum,
            environment=self._plan.environment,
            applied_by=self._site.site.applied_by(),
            tool_version=self._site.site.tool_version,
            head=max(((entry.version, entry.version.text) for entry in self._ledger.entries), default=(None, ""))[1],
        )

    def _job(self, engine: Engine, seed: SeedFile) -> Job:
        """The script as an engine runs it. Its entry names it in messages, and is never written."""
        script, site = self._site.script(seed), self._site.site
        said = script.section.directives
        if script.path is None:
            segments = engine.planner.segments(script.section, shown=seed.shown, locks=False)
        else:
            segments = (script_segment(engine, script.section, script.text),)
        return Job(
            entry=Entry(
                service_name=site.name,
                version=seed.version,
                name=seed.name,
                description="",
                checksum=seed.checksum,
                up_hash=seed.checksum,
                applied_by=site.applied_by(),
                tool_version=site.tool_version,
                unlocked=isinstance(engine.lock, Missing),
            ),
            direction="up",
            segments=segments,
            shown=seed.shown,
            script=script.path,
            text=script.text if script.path is not None else "",
            lock_timeout_ms=said.lock_timeout_ms,
            statement_timeout_ms=said.statement_timeout_ms,
            idempotent=True,
        )

    def _labels(self) -> str:
        return ", ".join(seed.label for seed, _ in self.done)
