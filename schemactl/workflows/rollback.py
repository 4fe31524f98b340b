"""Undo what is applied, newest first. What other targets require is not undone under them, unless they go first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemactl.contract.job import Job
from schemactl.contract.opening import Stop
from schemactl.errors import HistoryError, SchemactlError
from schemactl.events import Listener, ignore
from schemactl.model.version import Version
from schemactl.running.owner import doing
from schemactl.workflows import execute
from schemactl.workflows.beside import Beside
from schemactl.workflows.chunks import Chunk
from schemactl.workflows.dependents import Standing, hold_back, pull_in, requirements, watched
from schemactl.workflows.history import History, Problem, standing
from schemactl.workflows.jobs import job_down
from schemactl.workflows.migrate import refuse_read_only
from schemactl.workflows.parallel import each
from schemactl.workflows.planned import Node, RunPlan, TargetPlan
from schemactl.workflows.requires import refuse_cycle
from schemactl.workflows.rights import given_after

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.contract.engine import Engine
    from schemactl.workflows.execute import RunResult
    from schemactl.workflows.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far back: `steps` migrations, or down to version `to` (which stays), 0 for all."""

    steps: int = 1
    to: Version | None = None


def plan(
    sites: Sequence[Site], around: Sequence[Site], reach: Reach, *, cascade: bool = False, workers: int = 4
) -> RunPlan:
    """What `run` would undo.

    sites   the targets asked for
    around  every target of the platform, and those of others that may hold dependents
    raises  GateError naming the dependents where `cascade` is not given, or a target around that may hold some and does
            not tell; HistoryError for a version that is not there
    """
    asked = {site.target for site in sites}
    everyone = {site.target: site for site in (*sites, *around)}
    stands = {one.site.target: one for one in each(list(everyone.values()), _read, workers=workers)}
    for target in asked:
        stands[target].floor = _floor(stands[target], reach)
    requires = requirements(stands.values())
    pull_in(stands, asked, requires, cascade=cascade)
    chosen = [one for one in stands.values() if one.site.target in asked or one.floor is not None]
    plans = hold_back([_plan_target(one) for one in chosen], stands, requires)
    planned = frozenset(node for target in plans for node in target.nodes())
    needs: dict[Node, frozenset[Node]] = {}
    for dependent, required in requires.items():
        for node in required:
            if node in planned and dependent in planned:
                needs[node] = needs.get(node, frozenset()) | {dependent}
    made = RunPlan(targets=plans, needs=needs, watched=watched(planned, everyone.values()), around=everyone)
    refuse_cycle(made)
    return made


def run(
    plan: RunPlan,
    *,
    emit: Listener = ignore,
    wait_s: float = 0.0,
    unlocked: bool = False,
    workers: int = 4,
    stop: Stop | None = None,
) -> RunResult:
    """Undo the plan. Under each target's lock its ledger is read again, and must still end where the plan began."""

    stop = stop if stop is not None else Stop()
    beside = Beside(plan, "rollback", wait_s=wait_s, stop=stop)

    def work(chunk: Chunk, emit: Listener) -> None:
        site = chunk.plan.site
        with doing("rollback"), site.opened() as engine, beside.coming(site):
            refuse_read_only(engine, site)
            with execute.locked(engine, site, wait_s=wait_s, unlocked=unlocked, emit=emit), beside.holding(site):
                jobs = _as_planned(site, engine, chunk.jobs)
                jobs, refused = beside.required(site, jobs)
                if jobs:
                    execute.started(engine, site, jobs, emit)
                    with given_after(engine, site, emit):
                        engine.runner.run(jobs, emit)
                        beside.did(site, jobs)
                if refused is not None:
                    raise refused

    return execute.run(plan, work, workers=workers, stop=stop, emit=emit)


def _as_planned(site: Site, engine: Engine, jobs: Sequence[Job]) -> tuple[Job, ...]:
    ledger = engine.ledger.read()
    gone = [job for job in jobs if ledger.entry(job.entry.version) is None]
    left = tuple(job for job in jobs if job not in gone)
    head = max((entry.version for entry in ledger.entries), default=None)
    if left and head != left[0].entry.version:
        raise HistoryError(
            f"the target moved on since the plan was made: its newest migration is {head}",
            now="nothing was changed",
            do="run the command again",
            kind="moved",
            target=site.target,
        )
    for entry in ledger.unfinished:
        raise HistoryError(
            f"{entry.label} is under way",
            now="nothing was changed",
            do="`schemactl recover`",
            kind="unfinished",
            target=site.target,
        )
    return left


def _read(site: Site) -> Standing:
    try:
        with site.opened() as engine:
            history = standing(site, engine)
            if history.foreign is not None:
                return Standing(site, engine.server, error=history.foreign.error(site.target))
            return Standing(site, engine.server, history)
    except SchemactlError as error:
        error.target = error.target or site.target
        return Standing(site, error=error)


def _floor(one: Standing, reach: Reach) -> Version | None:
    """The lowest version that goes, with or without a file; None where nothing does."""
    if one.history is None:
        return None
    entries = one.history.ledger.entries
    if reach.to is not None:
        if reach.to.number and all(entry.version != reach.to for entry in entries):
            raise HistoryError(
                f"version {reach.to} is not applied, so there is nothing to go back to",
                now="nothing was changed",
                do="`schemactl status` shows where the target stands; `--to 0` undoes everything",
                kind="no_such_version",
                target=one.site.target,
            )
        return next((entry.version for entry in entries if entry.version > reach.to), None)
    return entries[-reach.steps :][0].version if entries and reach.steps > 0 else None


def _plan_target(one: Standing) -> TargetPlan:
    site = one.site
    if one.history is None:
        return TargetPlan(site=site, server=one.server, direction="down", jobs=(), error=one.error)
    problem = _first_problem(one.history, one.floor)
    if problem is not None:
        error = problem.error(site.target)
        return TargetPlan(site=site, server=one.server, direction="down", jobs=(), error=error)
    try:
        with site.opened() as engine:
            ledger = one.history.ledger
            jobs = tuple(
                job_down(site, engine, file, entry)
                for file in one.undone()
                if (entry := ledger.entry(file.version)) is not None
            )
    except SchemactlError as error:
        return TargetPlan(site=site, server=one.server, direction="down", jobs=(), error=error)
    return TargetPlan(site=site, server=one.server, direction="down", jobs=jobs)


def _first_problem(history: History, floor: Version | None) -> Problem | None:
    """A changed or missing file matters where it would be undone; a migration that waits out of order never does."""
    for problem in history.problems:
        if problem.kind == "out_of_order":
            continue
        if problem.kind in ("changed", "missing", "newer") and (
            floor is None or Version(problem.version or "0") < floor
        ):
            continue
        return problem
    return None
