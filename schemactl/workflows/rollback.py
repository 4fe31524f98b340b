"""Undo what is applied, newest first. What other targets require is not undone under them, unless they go first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemactl.contract.job import Job
from schemactl.contract.opening import Stop
from schemactl.errors import GateError, HistoryError, SchemactlError
from schemactl.events import Listener, TargetStarted, ignore
from schemactl.model.version import Version
from schemactl.workflows import execute
from schemactl.workflows.chunks import Chunk
from schemactl.workflows.history import History, Problem, compare
from schemactl.workflows.jobs import job_down
from schemactl.workflows.migrate import refuse_read_only
from schemactl.workflows.parallel import each
from schemactl.workflows.planned import Node, RunPlan, TargetPlan
from schemactl.workflows.requires import node_of, refuse_cycle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from schemactl.contract.engine import Engine
    from schemactl.model.migration import MigrationFile
    from schemactl.workflows.execute import RunResult
    from schemactl.workflows.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far back: `steps` migrations, or down to version `to` (which stays), 0 for all."""

    steps: int = 1
    to: Version | None = None


@dataclass(slots=True)
class _Standing:
    """A target as it was read: its history and how far back it goes, or the error that kept it from being read."""

    site: Site
    server: str = ""
    history: History | None = None
    error: SchemactlError | None = None
    floor: Version | None = None  # every applied version from here up is undone; None for nothing

    def undone(self) -> tuple[MigrationFile, ...]:
        """Newest first."""
        if self.history is None or self.floor is None:
            return ()
        return tuple(file for file in reversed(self.history.applied) if file.version >= self.floor)


def plan(
    sites: Sequence[Site], around: Sequence[Site], reach: Reach, *, cascade: bool = False, workers: int = 4
) -> RunPlan:
    """What `run` would undo.

    sites   the targets asked for
    around  every target of the platform, where dependents are looked for
    raises  GateError naming the dependents where `cascade` is not given; HistoryError for a version that is not there
    """
    asked = {site.target for site in sites}
    everyone = {site.target: site for site in (*sites, *around)}
    standing = {one.site.target: one for one in each(list(everyone.values()), _read, workers=workers)}
    for target in asked:
        standing[target].floor = _floor(standing[target], reach)
    requires = _requirements(standing.values())
    _pull_in_dependents(standing, requires, cascade=cascade)
    chosen = [one for one in standing.values() if one.site.target in asked or one.floor is not None]
    plans = tuple(_plan_target(one) for one in chosen)
    planned = {node for target in plans for node in target.nodes()}
    needs: dict[Node, frozenset[Node]] = {}
    for dependent, required in requires.items():
        for node in required:
            if node in planned and dependent in planned:
                needs[node] = needs.get(node, frozenset()) | {dependent}
    made = RunPlan(targets=plans, needs=needs)
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

    def work(chunk: Chunk, emit: Listener) -> None:
        site = chunk.plan.site
        with site.opened() as engine:
            refuse_read_only(engine, site)
            with execute.locked(engine, site, wait_s=wait_s, unlocked=unlocked, emit=emit):
                jobs = _as_planned(site, engine, chunk.jobs)
                if jobs:
                    emit(TargetStarted(site.target, len(jobs), sum(job.statements for job in jobs)))
                    engine.runner.run(jobs, emit)

    return execute.run(plan, work, workers=workers, stop=stop if stop is not None else Stop(), emit=emit)


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
            f"{entry.version}_{entry.name} is under way",
            now="nothing was changed",
            do="`schemactl recover`",
            kind="unfinished",
            target=site.target,
        )
    return left


def _read(site: Site) -> _Standing:
    try:
        with site.opened() as engine:
            return _Standing(site, engine.server, compare(site, engine.ledger.read()))
    except SchemactlError as error:
        error.target = error.target or site.target
        return _Standing(site, error=error)


def _floor(one: _Standing, reach: Reach) -> Version | None:
    """The lowest version that goes; None where nothing does."""
    if one.history is None:
        return None
    applied = one.history.applied
    if reach.to is not None:
        if reach.to.number and all(file.version != reach.to for file in applied):
            raise HistoryError(
                f"version {reach.to} is not applied, so there is nothing to go back to",
                now="nothing was changed",
                do="`schemactl status` shows where the target stands; `--to 0` undoes everything",
                kind="no_such_version",
                target=one.site.target,
            )
        return next((file.version for file in applied if file.version > reach.to), None)
    return applied[-reach.steps :][0].version if applied and reach.steps > 0 else None


def _requirements(standing: Iterable[_Standing]) -> dict[Node, frozenset[Node]]:
    found: dict[Node, frozenset[Node]] = {}
    for one in standing:
        for file in one.history.applied if one.history else ():
            if "requires" in file.text:
                required = one.site.requirements(file, one.site.cut(file))
                found[(one.site.target, file.version)] = frozenset(node_of(item) for item in required)
    return found


def _pull_in_dependents(
    standing: Mapping[str, _Standing], requires: Mapping[Node, frozenset[Node]], *, cascade: bool
) -> None:
    while True:
        going = {(name, file.version) for name, one in standing.items() for file in one.undone()}
        staying = sorted(
            (node for node, required in requires.items() if required & going and node not in going),
            key=lambda node: (node[0], node[1].number),
        )
        if not staying:
            return
        if not cascade:
            raise _required(staying, requires, going)
        for target, version in staying:
            one = standing[target]
            one.floor = version if one.floor is None else min(one.floor, version)


def _required(staying: Sequence[Node], requires: Mapping[Node, frozenset[Node]], going: set[Node]) -> SchemactlError:
    dependents = ", ".join(f"{target}@{version}" for target, version in staying)
    target, version = min(requires[staying[0]] & going)
    return GateError(
        f"{target}@{version} is required by {dependents}",
        now="nothing was changed",
        do="roll those back first, or say `--cascade` to do so in one go",
        kind="required",
        target=target,
    )


def _plan_target(one: _Standing) -> TargetPlan:
    site = one.site
    if one.history is None:
        return TargetPlan(site=site, server="", direction="down", jobs=(), error=one.error)
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
