"""How each part of the engine is made when it is first asked for (running.on_demand)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemactl.contract.checking import Checker
    from schemactl.contract.engine import CatalogReader, Planner, Recovery, Runner, Scripts
    from schemactl.contract.rights import Rights
    from schemactl.contract.seeding import Seeder
    from schemactl.contract.snapshots import Snapshots
    from schemactl.contract.verifying import Verifier
    from schemactl.engines.mongodb.connection import Session
    from schemactl.engines.mongodb.lock import LockOnDemand


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

    def snapshots(self) -> Snapshots:
        from schemactl.engines.mongodb.snapshot import MongoSnapshots

        return MongoSnapshots()

    def verifier(self) -> Verifier:
        from schemactl.engines.mongodb.verifying import MongoVerifier

        return MongoVerifier(self._session)

    def rights(self) -> Rights:
        from schemactl.engines.mongodb.roles.align import MongoRights

        return MongoRights(self._session)
