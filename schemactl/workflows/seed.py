"""Bring seeds into targets. `plan` compares and writes nothing; `run` works on one target after the lock is held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemactl.contract.engine import require
from schemactl.contract.opening import Stop
from schemactl.errors import SchemactlError
from schemactl.events import TargetFinished, Warned, ignore
from schemactl.workflows import schedule
from schemactl.workflows.execute import RunResult, TargetResult
from schemactl.workflows.history import standing
from schemactl.workflows.parallel import each
from schemactl.workflows.planned_seeds import SeedPlan, SeedsPlan, TargetSeeds
from schemactl.workflows.schedule import Task
from schemactl.workflows.seed_target import TargetWork, refuse, script_is_due

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemactl.contract.seeding import Seeder
    from schemactl.events import Listener
    from schemactl.model.seed import Compared, SeedFile, SeedRecord
    from schemactl.workflows.history import History
    from schemactl.workflows.planned_seeds import SeedSite
    from schemactl.workflows.schedule import Ran


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedsResult:
    """What became of each target; `seeds`: target → what was applied in it, its rows, or None for a script."""

    run: RunResult
    seeds: Mapping[str, Sequence[tuple[SeedFile, Compared | None]]]


def plan(sites: Sequence[SeedSite], *, again: bool = False, workers: int = 4) -> SeedsPlan:
    """What `run` would do. Takes no lock and writes nothing; a target that cannot be compared has an error.

    again  scripts are to run although they have
    """

    def read(site: SeedSite) -> TargetSeeds:
        try:
            return _plan_target(site, again)
        except SchemactlError as error:
            error.target = error.target or site.target
            return TargetSeeds(site=site, error=error)

    return SeedsPlan(targets=tuple(each(sites, read, workers=workers)))


def run(
    plan: SeedsPlan,
    *,
    emit: Listener | None = None,
    wait_s: float = 0.0,
    again: bool = False,
    unlocked: bool = False,
    workers: int = 4,
    stop: Stop | None = None,
) -> SeedsResult:
    """Apply the plan. Each seed is compared again under the lock; one that fails stops its own target."""
    told, stop = emit if emit is not None else ignore, stop if stop is not None else Stop()
    works = {
        target.target: TargetWork(target, told, wait_s=wait_s, again=again, unlocked=unlocked)
        for target in plan.targets
        if target.error is None and target.due
    }
    for target in plan.targets:
        for what, do in target.warnings:
            told(Warned(target.target, what, do))
    tasks = [Task(key=(name, 0), needs=frozenset(), work=work.run) for name, work in works.items()]
    ran = schedule.run_all(tasks, workers=workers, stop=stop)
    results = tuple(_result(target, works.get(target.target), ran) for target in plan.targets)
    for result in results:
        told(TargetFinished(result.target, result.outcome, result.versions, result.why))
    return SeedsResult(
        run=RunResult(targets=results, interrupted=schedule.interrupted(ran)),
        seeds={name: tuple(work.done) for name, work in works.items()},
    )


def _plan_target(site: SeedSite, again: bool) -> TargetSeeds:
    if not site.seeds:
        return TargetSeeds(site=site)
    environment = site.environment()
    with site.site.opened() as engine:
        history = standing(site.site, engine)
        refuse(site, history)
        seeder = require(engine.seeder, "seeds", site.target)
        records = {record.version: record for record in seeder.recorded()}
        plans: list[SeedPlan] = []
        for seed in site.seeds:
            if seed.environments and environment not in seed.environments:
                plans.append(SeedPlan(seed, meant=False))
                continue
            record = records.get(seed.version)
            if seed.kind == "script":
                plans.append(SeedPlan(seed, True, script_is_due(seed, record, history.ledger, again), record))
            else:
                plans.append(_plan_rows(site, seeder, seed, record, plans))
        return TargetSeeds(site, environment, engine.server, tuple(plans), _warnings(history))


def _plan_rows(
    site: SeedSite, seeder: Seeder, seed: SeedFile, record: SeedRecord | None, earlier: Sequence[SeedPlan]
) -> SeedPlan:
    try:
        found = seeder.compare(seed, site.rows(seed))
    except SchemactlError as error:
        if error.code == 14 and any(one.due and one.seed.kind == "script" for one in earlier):
            # What is not there yet, or not right, a script that runs before may make so.
            return SeedPlan(seed, True, True, record)
        raise
    recorded = record is not None and (record.checksum, record.name) == (seed.checksum, seed.name)
    return SeedPlan(seed, True, found.differs or not recorded, record, found)


def _warnings(history: History) -> tuple[tuple[str, str], ...]:
    count = len(history.pending)
    if not count:
        return ()
    what = f"{count} migration{'s are' if count != 1 else ' is'} pending: a seed may want what they make"
    return ((what, "`schemactl migrate` first"),)


def _result(target: TargetSeeds, work: TargetWork | None, ran: Ran) -> TargetResult:
    name = target.target
    versions = tuple(seed.version.text for seed, _ in work.done) if work is not None else ()
    error = target.error or ran.failed.get((name, 0))
    if error is not None:
        return TargetResult(target=name, outcome="failed", versions=versions, error=error, why=error.what)
    if (name, 0) in ran.skipped:
        return TargetResult(target=name, outcome="not_started", why="the run was stopped before")
    return TargetResult(target=name, outcome="done", versions=versions)
