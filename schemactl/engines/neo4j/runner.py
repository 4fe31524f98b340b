"""Runs jobs segment by segment under the lease. Neo4j has no pipeline of whole transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.neo4j.hands import Neo4jHands
from schemactl.running.stepwise import StepwiseRunner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.contract.job import Job
    from schemactl.engines.neo4j.connection import Session
    from schemactl.events import Listener


class Neo4jRunner:
    """`check`: LeaseLock.check."""

    def __init__(self, session: Session, check: Callable[[], None]) -> None:
        self._session = session
        self._check = check

    def run(self, jobs: Sequence[Job], emit: Listener) -> None:
        hands = Neo4jHands(self._session, self._check)
        StepwiseRunner(self._session.opening, hands).run(jobs, emit)
