"""Runs a plan's chunks target by target and says what became of each. What a chunk's work is, its caller decides."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemactl.contract.engine import Engine, Missing
from schemactl.errors import GateError, RunInterruptedError, SchemactlError
from schemactl.events import Event, Listener, Outcome, StepFinished, TargetFinished, TargetStarted, Warned
from schemactl.workflows import schedule
from schemactl.workflows.chunks import Chunk, chunks
from schemactl.workflows.planned import RunPlan, TargetPlan
from schemactl.workflows.schedule import Ran, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from schemactl.contract.job import Job
    from schemactl.contract.opening import Stop
    from schemactl.workflows.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetResult:
    """What became of one target. `versions`: done by this run; `why`: for blocked and not started."""

    target: str
    outcome: Outcome
    versions: tuple[str, ...] = ()
    error: SchemactlError | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    targets: tuple[TargetResult, ...]
    interrupted: bool = False

    @property
    def error(self) -> SchemactlError | None:
        """The first failed target's error in plan order, else the first blocked one's; its code is the exit code."""
        found = [(target.outcome != "failed", target.error) for target in self.targets if target.error is not None]
        return min(found, key=lambda one: one[0])[1] if found else None

    @property
    def exit_code(self) -> int:
        if self.interrupted:
            return RunInterruptedError.code
        return self.error.code if self.error is not None else 0


@contextmanager
def locked(engine: Engine, site: Site, *, wait_s: float, unlocked: bool, emit: Listener) -> Iterator[None]:
    """Hold the target's lock; without one only where `unlocked` was asked for.

    raises  GateError where there is no lock and `unlocked` was not asked for; LockedError; ConfigError where roles.toml
            does not hold
    """
    if isinstance(engine.lock, Missing):
        if not unlocked:
            raise GateError(
                f"two runners cannot be kept apart here: {engine.lock.why}",
                now="nothing was changed",
                do=f"{engine.lock.instead}; or say `--unlocked`, which the ledger records",
                kind="unlocked",
                target=site.target,
            )
        emit(Warned(site.target, f"no lock is held: {engine.lock.why}", engine.lock.instead))
        yield
        return
    with engine.lock.hold(wait_s=wait_s, emit=emit):
        _as_owner(engine, site)
        yield


def _as_owner(engine: Engine, site: Site) -> None:
    """Whatever is made under the lock, the ledger too, is the owner's of roles.toml where this login can see to it."""
    if isinstance(engine.rights, Missing):
        return
    wanted = site.rights()
    if wanted is not None:
        engine.rights.work_as_owner(wanted)


def started(engine: Engine, site: Site, jobs: Sequence[Job], emit: Listener) -> None:
    """Tell that a target is worked on, and first whether anybody could listen to it."""
    if engine.exposed:
        emit(Warned(site.target, engine.exposed, "ask for TLS in this target's URL (docs/engines)"))
    emit(TargetStarted(site.target, len(jobs), sum(job.statements for job in jobs)))


@dataclass(slots=True)
class _Tally:
    """Hears every event, keeps the versions that were finished, and passes it on; a warning only once."""

    emit: Listener
    versions: dict[str, list[str]] = field(default_factory=dict)
    warned: set[Event] = field(default_factory=set)

    def __call__(self, event: Event) -> None:
        if isinstance(event, StepFinished):
            self.versions.setdefault(event.target, []).append(event.version)
        if isinstance(event, Warned):
            if event in self.warned:
                return
            self.warned.add(event)
        self.emit(event)


def run(
    plan: RunPlan, work: Callable[[Chunk, Listener], None], *, workers: int, stop: Stop, emit: Listener
) -> RunResult:
    """Run every chunk whose needs are met; one failure stops its own target and what needs it."""
    tally = _Tally(emit)
    parts = chunks(plan)
    tasks = [Task(key=part.key, needs=part.needs, work=_bound(work, part, tally)) for part in parts]
    ran = schedule.run_all(tasks, workers=workers, stop=stop)
    unread = {target.waits_for: target.error for target in plan.targets if target.waits_for and target.error}
    results = tuple(
        _result(target, ran, tuple(tally.versions.get(target.target, ())), unread) for target in plan.targets
    )
    for result in results:
        emit(TargetFinished(result.target, result.outcome, result.versions, result.why))
    return RunResult(targets=results, interrupted=schedule.interrupted(ran))


def _bound(work: Callable[[Chunk, Listener], None], part: Chunk, emit: Listener) -> Callable[[], None]:
    def bound() -> None:
        try:
            work(part, emit)
        except SchemactlError as error:
            error.target = error.target or part.plan.target
            raise

    return bound


def _result(target: TargetPlan, ran: Ran, versions: tuple[str, ...], unread: dict[str, SchemactlError]) -> TargetResult:
    """`unread`: target → why it could not be read; each goes to the first that is blocked by it."""
    name = target.target
    for key, error in ran.failed.items():
        if key[0] == name:
            return TargetResult(target=name, outcome="failed", versions=versions, error=error, why=error.what)
    for key, culprit in sorted(ran.blocked.items()):
        if key[0] == name:
            why = f"waits for {culprit[0]}, which failed"
            return TargetResult(target=name, outcome="blocked", versions=versions, why=why)
    if any(key[0] == name for key in ran.skipped):
        return TargetResult(target=name, outcome="not_started", versions=versions, why="the run was stopped before")
    if target.waits_for is not None:
        cause = unread.pop(target.waits_for, None)
        return TargetResult(target=name, outcome="blocked", versions=versions, error=cause, why=target.waiting)
    if target.error is not None:
        outcome: Outcome = "blocked" if target.blocked else "failed"
        return TargetResult(target=name, outcome=outcome, versions=versions, error=target.error, why=target.error.what)
    return TargetResult(target=name, outcome="done", versions=versions)
