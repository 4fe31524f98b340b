"""How each part of the engine is made when it is first asked for (running.on_demand), and its lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from schemactl.contract.checking import Checker
    from schemactl.contract.engine import CatalogReader, Planner, Recovery, Runner, Scripts
    from schemactl.contract.rights import Rights
    from schemactl.contract.seeding import Seeder
    from schemactl.contract.snapshots import Snapshots
    from schemactl.contract.verifying import Verifier
    from schemactl.engines.postgres.connection import Session
    from schemactl.events import Listener


class LockOnDemand:
    def __init__(self, session: Session) -> None:
        self._session = session

    def hold(self, *, wait_s: float, emit: Listener) -> AbstractContextManager[None]:
        from schemactl.engines.postgres.lock import PostgresLock

        return PostgresLock(self._session).hold(wait_s=wait_s, emit=emit)

    def holder(self) -> str | None:
        from schemactl.engines.postgres.lock import PostgresLock

        return PostgresLock(self._session).holder()


class Parts:
    """What running.on_demand is to make of an open session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def planner(self) -> Planner:
        from schemactl.engines.postgres.planner import PostgresPlanner

        return PostgresPlanner()

    def runner(self) -> Runner:
        from schemactl.engines.postgres.runner import PostgresRunner

        return PostgresRunner(self._session)

    def catalog(self) -> CatalogReader:
        from schemactl.engines.postgres.catalog import PostgresCatalog

        return PostgresCatalog(self._session.connection)

    def recovery(self) -> Recovery:
        from schemactl.engines.postgres.recovery import PostgresRecovery

        return PostgresRecovery(self._session)

    def scripts(self) -> Scripts:
        from schemactl.engines.postgres.recovery import PostgresScripts

        return PostgresScripts(self._session)

    def checker(self) -> Checker:
        from schemactl.engines.postgres.checks import PostgresChecker

        return PostgresChecker(self._session)

    def rights(self) -> Rights:
        from schemactl.engines.postgres.roles.align import PostgresRights

        return PostgresRights(self._session)

    def seeder(self) -> Seeder:
        from schemactl.engines.postgres.seeding import PostgresSeeder

        return PostgresSeeder(self._session)

    def snapshots(self) -> Snapshots:
        from schemactl.engines.postgres.snapshot import PostgresSnapshots

        return PostgresSnapshots(self._session.opening.rolling)

    def verifier(self) -> Verifier:
        from schemactl.engines.postgres.verifying.verifier import PostgresVerifier

        return PostgresVerifier(self._session)
