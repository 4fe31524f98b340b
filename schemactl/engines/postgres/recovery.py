"""Looks at what a crash left of a statement that no transaction held, and takes half of one away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from schemactl.engines.postgres import observe
from schemactl.engines.postgres.failure import reading
from schemactl.engines.postgres.python_script import probe_script

if TYPE_CHECKING:
    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.postgres.connection import Session
    from schemactl.errors import SchemactlError
    from schemactl.model.step import Step


class PostgresRecovery:
    def __init__(self, session: Session) -> None:
        self._session = session

    def probe(self, job: Job, planned: PlannedStatement, step: Step) -> Finding:
        idempotent = job.idempotent or "idempotent" in planned.statement.directives
        try:
            return observe.probe(self._session.connection, planned, step.before, idempotent=idempotent)
        except psycopg.Error as error:
            raise self._reading(error, "probing the catalogue") from error

    def tidy(self, planned: PlannedStatement, step: Step) -> str:
        try:
            return observe.tidy(self._session.connection, planned, step.before)
        except psycopg.Error as error:
            raise self._reading(error, "taking away what was half done") from error

    def _reading(self, error: psycopg.Error, what: str) -> SchemactlError:
        return reading(error, target=self._session.target, shown=self._session.opening.shown, what=what)


class PostgresScripts:
    def __init__(self, session: Session) -> None:
        self._session = session

    def probe(self, job: Job) -> bool | None:
        return probe_script(self._session, job)
