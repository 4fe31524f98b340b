"""The parts of the engine that a command may never ask for, each loaded when it is first called.

A target that has nothing to do should cost a connection and a read of its ledger, not the whole engine.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement, Segment
    from schemactl.engines.neo4j.connection import Session
    from schemactl.engines.neo4j.lease import Neo4jLeaseRecord
    from schemactl.events import Listener
    from schemactl.model.catalog import Catalog
    from schemactl.model.step import Step
    from schemactl.running.lease import LeaseLock
    from schemactl.script.section import Section


class PlannerOnDemand:
    def __init__(self, edition: str) -> None:
        self._edition = edition

    def segments(self, section: Section, *, shown: str, locks: bool = True) -> tuple[Segment, ...]:
        from schemactl.engines.neo4j.planner import Neo4jPlanner

        return Neo4jPlanner(self._edition).segments(section, shown=shown, locks=locks)

    def script(self, section: Section) -> str:
        from schemactl.engines.neo4j.planner import Neo4jPlanner

        return Neo4jPlanner(self._edition).script(section)


class RunnerOnDemand:
    def __init__(self, session: Session, lock: LockOnDemand) -> None:
        self._session = session
        self._lock = lock

    def run(self, jobs: Sequence[Job], emit: Listener) -> None:
        from schemactl.engines.neo4j.runner import Neo4jRunner

        Neo4jRunner(self._session, self._lock.check).run(jobs, emit)


class CatalogOnDemand:
    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self) -> Catalog:
        from schemactl.engines.neo4j.catalog import Neo4jCatalog

        return Neo4jCatalog(self._session).read()

    def broken(self) -> tuple[str, ...]:
        from schemactl.engines.neo4j.catalog import Neo4jCatalog

        return Neo4jCatalog(self._session).broken()


class RecoveryOnDemand:
    def __init__(self, session: Session) -> None:
        self._session = session

    def probe(self, job: Job, planned: PlannedStatement, step: Step) -> Finding:
        from schemactl.engines.neo4j.recovery import Neo4jRecovery

        return Neo4jRecovery(self._session).probe(job, planned, step)

    def tidy(self, planned: PlannedStatement, step: Step) -> str:
        from schemactl.engines.neo4j.recovery import Neo4jRecovery

        return Neo4jRecovery(self._session).tidy(planned, step)


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


class ScriptsOnDemand:
    def __init__(self, session: Session) -> None:
        self._session = session

    def probe(self, job: Job) -> bool | None:
        from schemactl.engines.neo4j.recovery import Neo4jScripts

        return Neo4jScripts(self._session).probe(job)
