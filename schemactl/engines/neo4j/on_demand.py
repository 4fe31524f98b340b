"""How each part of the engine is made when it is first asked for (running.on_demand), and the one lock of an engine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.contract.checking import Checker
    from schemactl.contract.engine import CatalogReader, Planner, Recovery, Runner, Scripts
    from schemactl.contract.seeding import Seeder
    from schemactl.contract.snapshots import Snapshots
    from schemactl.contract.verifying import Verifier
    from schemactl.engines.neo4j.connection import Session
    from schemactl.engines.neo4j.lease import Neo4jLeaseRecord
    from schemactl.events import Listener
    from schemactl.running.lease import LeaseLock


class LockOnDemand:
    """One lock an engine: `check` asks the lease that `hold` took."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock: tuple[LeaseLock, Neo4jLeaseRecord] | None = None

    @contextmanager
    def hold(self, *, wait_s: float, emit: Listener) -> Iterator[None]:
        from schemactl.engines.neo4j import plain

        lock, record = self._made()
        record.make()
        with lock.hold(wait_s=wait_s, emit=emit):
            plain.restore(self._session, emit)
            yield

    def holder(self) -> str | None:
        return self._made()[0].holder()

    def check(self) -> None:
        self._made()[0].check()

    def close(self) -> None:
        """Give the lease back where it is held, then let go of the server."""
        if self._lock is not None:
            self._lock[0].close()
        self._session.close()

    def _made(self) -> tuple[LeaseLock, Neo4jLeaseRecord]:
        if self._lock is None:
            from schemactl.engines.neo4j.lease import END_HOLDER, Neo4jLeaseRecord
            from schemactl.running.lease import LeaseLock

            record = Neo4jLeaseRecord(self._session)
            self._lock = LeaseLock(self._session.opening, record, end_holder=END_HOLDER), record
        return self._lock


class Parts:
    """What running.on_demand is to make of an open session."""

    def __init__(self, session: Session, lock: LockOnDemand) -> None:
        self._session = session
        self._lock = lock

    def planner(self) -> Planner:
        from schemactl.engines.neo4j.planner import Neo4jPlanner

        return Neo4jPlanner(self._session.about.edition)

    def runner(self) -> Runner:
        from schemactl.engines.neo4j.runner import Neo4jRunner

        return Neo4jRunner(self._session, self._lock.check)

    def seeder(self) -> Seeder:
        from schemactl.engines.neo4j.seeding import Neo4jSeeder

        return Neo4jSeeder(self._session, self._lock.check)

    def snapshots(self) -> Snapshots:
        from schemactl.engines.neo4j.snapshot import Neo4jSnapshots

        return Neo4jSnapshots()

    def catalog(self) -> CatalogReader:
        from schemactl.engines.neo4j.catalog import Neo4jCatalog

        return Neo4jCatalog(self._session)

    def recovery(self) -> Recovery:
        from schemactl.engines.neo4j.recovery import Neo4jRecovery

        return Neo4jRecovery(self._session)

    def scripts(self) -> Scripts:
        from schemactl.engines.neo4j.recovery import Neo4jScripts

        return Neo4jScripts(self._session)

    def checker(self) -> Checker:
        from schemactl.engines.neo4j.checks import Neo4jChecker

        return Neo4jChecker(self._session)

    def verifier(self) -> Verifier:
        from schemactl.engines.neo4j.verifying import Neo4jVerifier

        return Neo4jVerifier(self._session)
