"""What other targets must still be when a job is about to run: asked again under the lock, because a plan grows old.

Two runs could each read the other's target before either has written: one rolls back what the other's migration
requires. So each holds its own target's lock first and then looks who is at work in the other target; of two that do
so, one at least sees the other. What migrates waits for what may roll back, and what rolls back waits for nobody, so
that two never wait for each other. Two that go the same way are no danger to each other.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.contract.engine import Missing
from schemactl.errors import GateError, HistoryError, LockedError, RunInterruptedError, SchemactlError
from schemactl.running.owner import done_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from schemactl.contract.engine import Engine
    from schemactl.contract.job import Job
    from schemactl.contract.opening import Stop
    from schemactl.model.entry import LedgerState
    from schemactl.model.version import Version
    from schemactl.running.owner import Doing
    from schemactl.workflows.planned import Node, RunPlan
    from schemactl.workflows.site import Site

_PAUSE_S: Final = 0.2


class Cut(NamedTuple):
    """The jobs that may run, and what keeps the one behind them from it; None where all may."""

    jobs: tuple[Job, ...]
    error: SchemactlError | None = None


class Beside:
    """The other targets of one run, as far as its plan knows of any that matters.

    does    what the run does; whoever does the same elsewhere is no danger
    wait_s  how long to wait for another runner there
    """

    def __init__(self, plan: RunPlan, does: Doing, *, wait_s: float, stop: Stop) -> None:
        self._plan = plan
        self._does = does
        self._wait_s = wait_s
        self._stop = stop
        self._guard = threading.Lock()
        self._coming: list[str] = []
        self._held: list[str] = []
        self._done: dict[str, list[str]] = {}

    @contextmanager
    def coming(self, site: Site) -> Iterator[None]:
        """In the body this run is about to take the target's lock: whose it is is not known before `holding`."""
        with self._counted(self._coming, site):
            yield

    @contextmanager
    def holding(self, site: Site) -> Iterator[None]:
        """In the body the target's lock is this run's own."""
        with self._counted(self._held, site):
            yield

    def did(self, site: Site, jobs: Sequence[Job]) -> None:
        """Remember what this run has done, for what is true when it is refused more."""
        with self._guard:
            self._done.setdefault(site.target, []).extend(str(job.entry.version) for job in jobs)

    def unmet(self, site: Site, jobs: Sequence[Job]) -> Cut:
        """The jobs up to the first whose requirement is no longer applied, or cannot be told for sure."""
        return self._cut(site, jobs, self._refuse_unmet)

    def required(self, site: Site, jobs: Sequence[Job]) -> Cut:
        """The jobs up to the first that a migration requires which came since the plan, or may be coming."""
        return self._cut(site, jobs, self._refuse_required)

    def refuse_overtaken(self, site: Site, pending: Sequence[Version], jobs: Sequence[Job]) -> None:
        """raises  HistoryError where a migration older than the last of `jobs` waits that the plan took for applied"""
        due = {job.entry.version for job in jobs}
        last = max(due, default=None)
        late = next((one for one in pending if last is not None and one < last and one not in due), None)
        if late is not None:
            raise HistoryError(
                f"the target moved on since the plan was made: {late} was rolled back",
                now=self._now(site, ()),
                do="run the command again",
                kind="moved",
                target=site.target,
            )

    def _cut(self, site: Site, jobs: Sequence[Job], refuse: Callable[[Site, Job, Node, LedgerState], None]) -> Cut:
        ledgers: dict[str, LedgerState] = {}
        for at, job in enumerate(jobs):
            watched = self._plan.watched.get((site.target, job.entry.version), frozenset())
            try:
                for target, version in sorted(node for node in watched if node[0] != site.target):
                    if target not in ledgers:
                        ledgers[target] = self._read(site, job, self._plan.around[target])
                    refuse(site, job, (target, version), ledgers[target])
            except SchemactlError as error:
                error.now = self._now(site, jobs[:at])
                return Cut(tuple(jobs[:at]), error)
        return Cut(tuple(jobs))

    def _refuse_unmet(self, site: Site, job: Job, required: Node, ledger: LedgerState) -> None:
        target, version = required
        found = ledger.entry(version)
        if found is not None and found.state == "applied":
            return
        under_way = found is not None
        raise HistoryError(
            f"{job.label} requires {target}@{version}, which "
            + ("is under way there" if under_way else "was rolled back since the plan was made"),
            at=job.shown,
            do=f"{'`schemactl recover`' if under_way else 'migrate'} {target} first, then run the command again",
            kind="requires",
            target=site.target,
        )

    def _refuse_required(self, site: Site, job: Job, dependent: Node, ledger: LedgerState) -> None:
        target, version = dependent
        if ledger.entry(version) is not None:
            raise GateError(
                f"{site.target}@{job.entry.version} is required by {target}@{version}, which came since the plan was"
                " made",
                at=job.shown,
                do="run the command again, with `--cascade` to roll that back too",
                kind="required",
                target=site.target,
            )

    def _read(self, site: Site, job: Job, other: Site) -> LedgerState:
        until = time.monotonic() + (self._wait_s if self._does == "migrate" else 0.0)
        with other.opened() as engine:
            while holder := self._danger(engine, other):
                # This run's own worker there waits for the same runner, or has just got the lock.
                is_ours = self._does == "migrate" and self._is(self._coming, other)
                if not is_ours and time.monotonic() >= until:
                    raise self._being_changed(site, job, other, holder)
                if self._stop.event.wait(_PAUSE_S):
                    raise RunInterruptedError(
                        f"stopped while waiting for the runner at work on {other.target}",
                        do="run the command again",
                        target=site.target,
                    )
            return engine.ledger.read()

    def _danger(self, engine: Engine, other: Site) -> str:
        """Who is at work there and may take away what this run reads; "" for nobody, and for ourselves."""
        if isinstance(engine.lock, Missing) or self._is(self._held, other):
            return ""
        holder = engine.lock.holder()
        if holder is None or done_by(holder) == self._does or self._is(self._held, other):
            return ""
        return holder

    def _being_changed(self, site: Site, job: Job, other: Site, holder: str) -> LockedError:
        up = self._does == "migrate"
        joined = f"{job.label} requires {other.target}" if up else f"{other.target} may require {job.label}"
        return LockedError(
            f"{joined}, and another runner is at work there: {holder}",
            at=job.shown,
            do="wait for it with `--wait 10min`, or until it has ended" if up else "run the command when it has ended",
            target=site.target,
        )

    def _now(self, site: Site, before: Sequence[Job]) -> str:
        with self._guard:
            done = [*self._done.get(site.target, ()), *(str(job.entry.version) for job in before)]
        what = "applied" if self._does == "migrate" else "rolled back"
        return f"{what} by this run: {', '.join(done)}" if done else "nothing was changed"

    @contextmanager
    def _counted(self, names: list[str], site: Site) -> Iterator[None]:
        with self._guard:
            names.append(site.target)
        try:
            yield
        finally:
            with self._guard:
                names.remove(site.target)

    def _is(self, names: list[str], other: Site) -> bool:
        with self._guard:
            return other.target in names
