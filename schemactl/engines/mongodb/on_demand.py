"""The parts of the engine that a command may never ask for, each loaded when it is first called."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement, Segment
    from schemactl.engines.mongodb.connection import Session
    from schemactl.events import Listener
    from schemactl.model.catalog import Catalog
    from schemactl.model.step import Step
    from schemactl.running.lease import LeaseLock
    from schemactl.script.section import Section


class PlannerOnDemand:
    def __init__(self, session: Session) -> None:
        self._session = session

    def segments(self, section: Section, *, shown: str, locks: bool = True) -> tuple[Segment, ...]:
        from schemactl.engines.mongodb.planner import MongoPlanner

        session = self._session
        planner = MongoPlanner(transactions=session.transactions, database=session.name, sharded=session.sharded)
        return planner.segments(section, shown=shown, locks=locks)

    def script(self, section: Section) -> str:
        from schemactl.engines.mongodb.planner import MongoPlanner

        return MongoPlanner(transactions=self._session.transactions).script(section)


class LockOnDemand:
    """The one lock of an engine: the runner asks it before it sends."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock: LeaseLock | None = None

    @property
    def lease(self) -> LeaseLock:
        if self._lock is None:
            from schemactl.engines.mongodb.lease import MongoLease
            from schemactl.running.lease import LeaseLock

            runs_out = "wait until its lease has run out, where its process is gone"
            self._lock = LeaseLock(self._session.opening, MongoLease(self._session), end_holder=runs_out)
        return self._lock

    def hold(self, *, wait_s: float, emit: Listener) -> AbstractContextManager[None]:
        return self.lease.hold(wait_s=wait_s, emit=emit)

    def holder(self) -> str | None:
        return self.lease.holder()

    def still_held(self) -> None:
        """raises  LockedError where the lock was taken and is lost; nothing where it was never taken"""
        if self._lock is not None and self._lock.is_held:
            self._lock.check()

    def close(self) -> None:
        """Give the lease back where it is still held, then close the connection."""
        if self._lock is not None:
            self._lock.close()
        self._session.close()


class RunnerOnDemand:
    def __init__(self, session: Session, lock: LockOnDemand) -> None:
        self._session = session
        self._lock = lock

    def run(self, jobs: Sequence[Job], emit: Listener) -> None:
        from schemactl.engines.mongodb.hands import MongoHands
        from schemactl.engines.mongodb.sending import Sender
        from schemactl.running.aloud import aloud
        from schemactl.running.stepwise import StepwiseRunner

        hands = MongoHands(Sender(self._session, self._lock.lease))
        StepwiseRunner(self._session.opening, hands).run(jobs, aloud(emit))


class CatalogOnDemand:
    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self) -> Catalog:
        from schemactl.engines.mongodb.catalog import MongoCatalog

        return MongoCatalog(self._session).read()

    def broken(self) -> tuple[str, ...]:
        from schemactl.engines.mongodb.catalog import MongoCatalog

        return MongoCatalog(self._session).broken()


class RecoveryOnDemand:
    def __init__(self, session: Session, lock: LockOnDemand) -> None:
        self._session = session
        self._lock = lock

    def probe(self, job: Job, planned: PlannedStatement, step: Step) -> Finding:
        from schemactl.engines.mongodb.recovery import MongoRecovery

        return MongoRecovery(self._session, self._lock.still_held).probe(job, planned, step)

    def tidy(self, planned: PlannedStatement, step: Step) -> str:
        from schemactl.engines.mongodb.recovery import MongoRecovery

        self._lock.still_held()
        return MongoRecovery(self._session, self._lock.still_held).tidy(planned, step)


class ScriptsOnDemand:
    def __init__(self, session: Session) -> None:
        self._session = session

    def probe(self, job: Job) -> bool | None:
        from schemactl.engines.mongodb.recovery import MongoScripts

        return MongoScripts(self._session).probe(job)
