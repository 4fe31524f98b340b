"""Looks at what a crash left of a statement, and takes half of one away. The lock's taking ended what still ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import observe, python_script

if TYPE_CHECKING:
    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.model.step import Step

_STALLS_S: Final = 60.0


class ClickHouseRecovery:
    """See contract.engine.Recovery."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def probe(self, job: Job, planned: PlannedStatement, step: Step) -> Finding:
        with self._session.translated("probing the catalogue"):
            if job.script is not None:
                return python_script.finding(self._session, job, planned)
            idempotent = observe.is_idempotent(job, planned)
            return observe.probe(self._session, planned, step.before, idempotent=idempotent)

    def tidy(self, planned: PlannedStatement, step: Step) -> str:
        self._session.still_held()
        with self._session.translated("taking away what was half done"):
            return observe.tidy(self._session, planned, step.before, stalls_s=_STALLS_S)


class ClickHouseScripts:
    """See contract.engine.Scripts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def probe(self, job: Job) -> bool | None:
        with self._session.translated("running the script's probe"):
            return python_script.probed(self._session, job)
