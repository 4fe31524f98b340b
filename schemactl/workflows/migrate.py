"""Apply what is pending. `plan` reads ledgers and files; `run` works on one target after the lock is held.

What only pending migrations need is imported where they are met: finding nothing to do is what this does most often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.engine import Missing
from schemactl.contract.opening import Stop
from schemactl.errors import GateError, HistoryError, SchemactlError, UnsupportedError
from schemactl.model.version import Version
from schemactl.workflows.history import compare, standing
from schemactl.workflows.parallel import each
from schemactl.workflows.planned import RunPlan, TargetPlan

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from schemactl.contract.engine import Engine
    from schemactl.contract.job import Job
    from schemactl.contract.rights import Change
    from schemactl.events import Listener
    from schemactl.model.migration import MigrationFile
    from schemactl.model.requirement import Requirement
    from schemactl.workflows.beside import Beside
    from schemactl.workflows.chunks import Chunk
    from schemactl.workflows.execute import RunResult
    from schemactl.workflows.history import History
    from schemactl.workflows.planned import Node
    from schemactl.workflows.requires import Elsewhere
    from schemactl.workflows.site import Site


def plan(
    sites: Sequence[Site],
    *,
    elsewhere: Elsewhere,
    to: Version | None = None,
    allow: Container[Version] = (),
    unlocked: bool = False,
    locks: bool = True,
    workers: int = 4,
) -> RunPlan:
    """What `run` would apply. Takes no lock; a target that cannot be read has an error instead of jobs.

    to         the last version to apply, of the only site; None for all
    allow      versions that may be applied out of order
    locks      whether the plan is to be read by somebody, with the lock that each statement takes
    elsewhere  a target that is not among the sites
    """
    required: dict[Node, tuple[Requirement, ...]] = {}
    have: dict[str, frozenset[Version]] = {}

    def read(site: Site) -> TargetPlan:
        try:
            with site.opened() as engine:
                return _plan_target(site, engine, to, allow, unlocked, locks, required, have)
        except SchemactlError as error:
            error.target = error.target or site.target
            return TargetPlan(site=site, server="", direction="up", jobs=(), error=error)

    targets = each(sites, read, workers=workers)
    if not any(target.jobs for target in targets):
        return RunPlan(targets=tuple(targets))
    from schemactl.workflows.requires import settle

    return settle(targets, required, have, elsewhere)


def run(
    plan: RunPlan,
    *,
    emit: Listener | None = None,
    wait_s: float = 0.0,
    allow: Container[Version] = (),
    unlocked: bool = False,
    workers: int = 4,
    stop: Stop | None = None,
) -> RunResult:
    """Apply the plan. The ledger is read again under the lock: what another runner did since is not redone."""
    from schemactl.events import ignore
    from schemactl.running.owner import doing
    from schemactl.workflows import execute
    from schemactl.workflows.beside import Beside
    from schemactl.workflows.rights import give, given_after

    told, stop = emit if emit is not None else ignore, stop if stop is not None else Stop()
    beside = Beside(plan, "migrate", wait_s=wait_s, stop=stop)

    def work(chunk: Chunk, emit: Listener) -> None:
        site = chunk.plan.site
        with doing("migrate"), site.opened() as engine, beside.coming(site):
            refuse_read_only(engine, site)
            with execute.locked(engine, site, wait_s=wait_s, unlocked=unlocked, emit=emit), beside.holding(site):
                if not chunk.jobs:
                    give(engine, site, emit)
                    return
                jobs, refused = beside.unmet(site, _due(engine, chunk, beside, allow))
                if jobs:
                    execute.started(engine, site, jobs, emit)
                    with given_after(engine, site, emit):
                        engine.runner.run(jobs, emit)
                        beside.did(site, jobs)
                if refused is not None:
                    raise refused

    for target in plan.targets:
        _warn(target, told)
    return execute.run(plan, work, workers=workers, stop=stop, emit=told)


def _warn(target: TargetPlan, emit: Listener) -> None:
    from schemactl.events import Warned
    from schemactl.workflows.rights import tell

    for edited in target.edited:
        emit(Warned(target.target, edited.what, "`schemactl recover --accept` records the file as it is now"))
    if not target.unaligned:
        tell(target.site, target.rights, emit)


def _due(engine: Engine, chunk: Chunk, beside: Beside, allow: Container[Version]) -> tuple[Job, ...]:
    """The chunk's jobs that are still pending now that the lock is held.

    raises  HistoryError where the ledger says what the plan did not know of
    """
    site = chunk.plan.site
    engine.ledger.prepare(platform=site.platform, service_name=site.name)
    history = compare(site, engine.ledger.read(), allow=allow)
    _refuse_problems(site, history, chunk.jobs[-1].entry.version)
    jobs = _still_pending(chunk.jobs, history)
    beside.refuse_overtaken(site, [file.version for file in history.pending], jobs)
    return jobs


def refuse_read_only(engine: Engine, site: Site) -> None:
    if engine.limits.read_only:
        raise UnsupportedError(
            f"nothing can be changed here: {engine.limits.read_only}",
            now="nothing was changed",
            do="give this target the address of the primary",
            kind="read_only",
            target=site.target,
        )


def _plan_target(
    site: Site,
    engine: Engine,
    to: Version | None,
    allow: Container[Version],
    unlocked: bool,
    locks: bool,
    required: dict[Node, tuple[Requirement, ...]],
    have: dict[str, frozenset[Version]],
) -> TargetPlan:
    history = standing(site, engine, allow=allow)
    have[site.target] = frozenset(file.version for file in history.applied)
    if isinstance(engine.lock, Missing) and not unlocked and history.pending:
        raise GateError(
            f"two runners cannot be kept apart here: {engine.lock.why}",
            now="nothing was changed",
            do=f"{engine.lock.instead}; or say `--unlocked`, which the ledger records",
            kind="unlocked",
            target=site.target,
        )
    chosen = _chosen(site, history, to)
    error = _first_problem(site, history, to)
    if error is not None:
        return TargetPlan(site=site, server=engine.server, direction="up", jobs=(), edited=history.edited, error=error)
    if not chosen:
        rights = _rights(engine, site)
        return TargetPlan(
            site=site, server=engine.server, direction="up", jobs=(), edited=history.edited, rights=rights
        )
    from schemactl.workflows.jobs import job_up

    for file in chosen:
        required[(site.target, file.version)] = site.requirements(file, site.cut(file))
    jobs = tuple(job_up(site, engine, file, unlocked=unlocked, locks=locks) for file in chosen)
    return TargetPlan(site=site, server=engine.server, direction="up", jobs=jobs, edited=history.edited)


def _rights(engine: Engine, site: Site) -> tuple[Change, ...]:
    if isinstance(engine.rights, Missing):
        return ()
    from schemactl.workflows.rights import looked

    return looked(engine, site)


def _chosen(site: Site, history: History, to: Version | None) -> tuple[MigrationFile, ...]:
    if to is None:
        return history.pending
    if all(file.version != to for file in site.files):
        raise HistoryError(
            f"there is no migration {to}",
            now="nothing was changed",
            do=f"the newest is {site.files[-1].version}" if site.files else "there is none at all",
            kind="no_such_version",
            target=site.target,
        )
    return tuple(file for file in history.pending if file.version <= to)


def _first_problem(site: Site, history: History, to: Version | None) -> SchemactlError | None:
    """What keeps the target from being migrated: out of order counts only for what would be applied."""
    for problem in history.problems:
        if problem.kind == "at_work":
            # Its end is waited for with the lock, and then the ledger is read again.
            continue
        late = to is not None and problem.kind == "out_of_order" and Version(problem.version or "0") > to
        if not late:
            return problem.error(site.target)
    return None


def _refuse_problems(site: Site, history: History, last: Version) -> None:
    error = _first_problem(site, history, last)
    if error is not None:
        raise error


def _still_pending(jobs: Sequence[Job], history: History) -> tuple[Job, ...]:
    pending = {file.version for file in history.pending}
    return tuple(job for job in jobs if job.entry.version in pending)
