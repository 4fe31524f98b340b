"""What other targets must still be when a job is about to run: asked again under the lock, because a plan grows old.

Two runs could each read the other's target before either has written: one rolls back what the other's migration
requires. So each holds its own target's lock first and then looks whether the other target is being worked on; of two
that do so, one at least sees the other. Who sees it waits as for a lock, and then reads.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from schemactl.contract.engine import Missing
from schemactl.errors import GateError, HistoryError, LockedError, RunInterruptedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemactl.contract.job import Job
    from schemactl.contract.opening import Stop
    from schemactl.model.entry import LedgerState
    from schemactl.workflows.planned import Node, RunPlan
    from schemactl.workflows.site import Site

_PAUSE_S: Final = 0.2


class Beside:
    """The other targets of one run, as far as its plan knows of any that matters."""

    def __init__(self, plan: RunPlan, *, wait_s: float, stop: Stop) -> None:
        self._plan = plan
        self._wait_s = wait_s
        self._stop = stop
        self._guard = threading.Lock()
        self._held: list[str] = []

    @contextmanager
    def working_on(self, site: Site) -> Iterator[None]:
        """In the body the lock of this target may be this run's own."""
        with self._guard:
            self._held.append(site.target)
        try:
            yield
        finally:
            with self._guard:
                self._held.remove(site.target)

    def refuse_unmet(self, site: Site, jobs: Sequence[Job]) -> None:
        """raises  HistoryError where what a job requires is no longer applied; LockedError where it may be going"""
        ledgers = self._ledgers(site, jobs)
        for job in jobs:
            for target, version in sorted(self._plan.watched.get((site.target, job.entry.version), ())):
                found = ledgers[target].entry(version) if target in ledgers else None
                if target in ledgers and (found is None or found.state != "applied"):
                    raise HistoryError(
                        f"{job.label} requires {target}@{version}, which was rolled back since the plan was made",
                        at=job.shown,
                        now="nothing was changed",
                        do=f"migrate {target} again, then this target",
                        kind="requires",
                        target=site.target,
                    )

    def refuse_required(self, site: Site, jobs: Sequence[Job]) -> None:
        """raises  GateError where a migration that requires a job's has come since; LockedError where one may come"""
        ledgers = self._ledgers(site, jobs)
        for job in jobs:
            for target, version in sorted(self._plan.watched.get((site.target, job.entry.version), ())):
                if target in ledgers and ledgers[target].entry(version) is not None:
                    raise GateError(
                        f"{site.target}@{job.entry.version} is required by {target}@{version}, which was applied since"
                        " the plan was made",
                        at=job.shown,
                        now="nothing was changed",
                        do="run the command again, with `--cascade` to roll that back too",
                        kind="required",
                        target=site.target,
                    )

    def _ledgers(self, site: Site, jobs: Sequence[Job]) -> dict[str, LedgerState]:
        watched: set[Node] = set()
        for job in jobs:
            watched |= self._plan.watched.get((site.target, job.entry.version), frozenset())
        others = sorted({target for target, _ in watched if target != site.target})
        return {target: self._read(site, self._plan.around[target]) for target in others}

    def _read(self, site: Site, other: Site) -> LedgerState:
        until = time.monotonic() + self._wait_s
        with other.opened() as engine:
            while not isinstance(engine.lock, Missing) and not self._is_ours(other):
                holder = engine.lock.holder()
                if holder is None or self._is_ours(other):
                    break
                if time.monotonic() >= until:
                    raise _being_changed(site, other, holder)
                if self._stop.event.wait(_PAUSE_S):
                    raise RunInterruptedError(
                        f"stopped while waiting for the runner at work on {other.target}",
                        now="nothing was changed",
                        do="run the command again",
                        target=site.target,
                    )
            return engine.ledger.read()

    def _is_ours(self, other: Site) -> bool:
        with self._guard:
            return other.target in self._held


def _being_changed(site: Site, other: Site, holder: str) -> LockedError:
    return LockedError(
        f"migrations here and in {other.target} require each other, and another runner is at work there: {holder}",
        now="nothing was changed",
        do="wait for it with `--wait 10min`, or until it has ended",
        target=site.target,
    )
