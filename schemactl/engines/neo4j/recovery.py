"""Looks at what a crash left of a statement that stood alone, and takes an index away that could not be built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.neo4j import hands, python_script
from schemactl.running.failure import RefusedError

if TYPE_CHECKING:
    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.neo4j.connection import Session
    from schemactl.model.step import Step


class Neo4jRecovery:
    def __init__(self, session: Session) -> None:
        self._session = session

    def probe(self, job: Job, planned: PlannedStatement, step: Step) -> Finding:
        try:
            return hands.probe(self._session, job, planned, step.before)
        except RefusedError as refused:
            raise self._told(refused, "probing the catalogue") from refused

    def tidy(self, planned: PlannedStatement, step: Step) -> str:
        try:
            return hands.tidy(self._session, planned, step.before)
        except RefusedError as refused:
            raise self._told(refused, "taking away what was half done") from refused

    def _told(self, refused: RefusedError, what: str) -> BaseException:
        cause = refused.__cause__
        return self._session.trouble(cause, what) if cause is not None else refused


class Neo4jScripts:
    def __init__(self, session: Session) -> None:
        self._session = session

    def probe(self, job: Job) -> bool | None:
        return python_script.probe(self._session, job)
