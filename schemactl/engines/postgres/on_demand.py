"""The parts of the engine that a command may never ask for, each loaded when it is first called.

A target that has nothing to do should cost a connection and a read of its ledger, not the whole engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement, Segment
    from schemactl.engines.postgres.connection import Session
    from schemactl.events import Listener
    from schemactl.model.catalog import Catalog
    from schemactl.model.step import Step
    from schemactl.script.section import Section


class PlannerOnDemand:
    def segments(self, section: Section, *, shown: str, locks: bool = True) -> tuple[Segment, ...]:
        from schemactl.engines.postgres.planner import PostgresPlanner

        return PostgresPlanner().segments(section, shown=shown, locks=locks)

    def script(self, section: Section) -> str:
        return ""


class RunnerOnDemand:
    def __init__(self, session: Session) -> None:
        self._session = session

    def run(self, jobs: Sequence[Job], emit: Listener) -> None:
        from schemactl.engines.postgres.runner import PostgresRunner

        PostgresRunner(self._session).run(jobs, emit)


class CatalogOnDemand:
    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self) -> Catalog:
        from schemactl.engines.postgres.catalog import PostgresCatalog

        return PostgresCatalog(self._session.connection).read()

    def broken(self) -> tuple[str, ...]:
        from schemactl.engines.postgres.catalog import PostgresCatalog

        return PostgresCatalog(self._session.connection).broken()


class RecoveryOnDemand:
    def __init__(self, session: Session) -> None:
        self._session = session

    def probe(self, job: Job, planned: PlannedStatement, step: Step) -> Finding:
        from schemactl.engines.postgres.recovery import PostgresRecovery

        return PostgresRecovery(self._session).probe(job, planned, step)

    def tidy(self, planned: PlannedStatement, step: Step) -> str:
        from schemactl.engines.postgres.recovery import PostgresRecovery

        return PostgresRecovery(self._session).tidy(planned, step)


class LockOnDemand:
    def __init__(self, session: Session) -> None:
        self._session = session

    def hold(self, *, wait_s: float, emit: Listener) -> AbstractContextManager[None]:
        from schemactl.engines.postgres.lock import PostgresLock

        return PostgresLock(self._session).hold(wait_s=wait_s, emit=emit)

    def holder(self) -> str | None:
        from schemactl.engines.postgres.lock import PostgresLock

        return PostgresLock(self._session).holder()


class ScriptsOnDemand:
    def __init__(self, session: Session) -> None:
        self._session = session

    def probe(self, job: Job) -> bool | None:
        from schemactl.engines.postgres.recovery import PostgresScripts

        return PostgresScripts(self._session).probe(job)
