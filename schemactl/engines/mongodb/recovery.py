"""Looks at what a crash left of a lone command, and takes half of one away; asks a script for its own probe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymongo.errors import PyMongoError

from schemactl.engines.mongodb import observe, python_script

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.mongodb.connection import Session
    from schemactl.model.step import Step


class MongoRecovery:
    """look  raises LockedError where the lock was taken and is lost"""

    def __init__(self, session: Session, look: Callable[[], None]) -> None:
        self._session = session
        self._look = look

    def probe(self, job: Job, planned: PlannedStatement, step: Step) -> Finding:
        if job.script is not None:
            return python_script.finding(self._session, job, planned)
        try:
            idempotent = observe.is_idempotent(job, planned)
            return observe.probe(self._session, planned, step.before, idempotent=idempotent)
        except PyMongoError as error:
            raise self._session.reading(error, "probing the catalogue") from error

    def tidy(self, planned: PlannedStatement, step: Step) -> str:
        self._look()
        try:
            return observe.tidy(self._session, planned, step.before, self._look)
        except PyMongoError as error:
            raise self._session.reading(error, "taking away what was half done") from error


class MongoScripts:
    def __init__(self, session: Session) -> None:
        self._session = session

    def probe(self, job: Job) -> bool | None:
        return python_script.probe(self._session, job)
