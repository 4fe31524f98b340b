"""How each part of the engine is made when it is first asked for (running.on_demand), and the one lock of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from schemactl.contract.checking import Checker
    from schemactl.contract.engine import CatalogReader, Planner, Recovery, Runner, Scripts
    from schemactl.contract.rights import Rights
    from schemactl.contract.seeding import Seeder
    from schemactl.engines.mongodb.connection import Session
    from schemactl.events import Listener
    from schemactl.running.lease import LeaseLock


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


class Parts:
    """What running.on_demand is to make of an open session."""

    def __init__(self, session: Session, lock: LockOnDemand) -> None:
        self._session = session
        self._lock = lock

    def planner(self) -> Planner:
        from schemactl.engines.mongodb.planner import MongoPlanner

        session = self._session
        return MongoPlanner(transactions=session.transactions, database=session.name, sharded=session.sharded)

    def runner(self) -> Runner:
        from schemactl.engines.mongodb.hands import MongoHands
        from schemactl.engines.mongodb.sending import Sender
        from schemactl.running.stepwise import StepwiseRunner

        return StepwiseRunner(self._session.opening, MongoHands(Sender(self._session, self._lock.lease)))

    def seeder(self) -> Seeder:
        from schemactl.engines.mongodb.seeding import MongoSeeder
        from schemactl.engines.mongodb.sending import Sender

        return MongoSeeder(Sender(self._session, self._lock.lease))

    def catalog(self) -> CatalogReader:
        from schemactl.engines.mongodb.catalog import MongoCatalog

        return MongoCatalog(self._session)

    def recovery(self) -> Recovery:
        from schemactl.engines.mongodb.recovery import MongoRecovery

        return MongoRecovery(self._session, self._lock.still_held)

    def scripts(self) -> Scripts:
        from schemactl.engines.mongodb.recovery import MongoScripts

        return MongoScripts(self._session)

    def checker(self) -> Checker:
        from schemactl.engines.mongodb.checks import MongoChecker

        return MongoChecker(self._session)

    def rights(self) -> Rights:
        from schemactl.engines.mongodb.roles.align import MongoRights

        return MongoRights(self._session)
