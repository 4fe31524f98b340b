"""Runs jobs on the session that holds the lock. Plain jobs travel many at once; what cannot is done one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.postgres import transaction
from schemactl.engines.postgres.window import Window
from schemactl.events import Listener, Noted
from schemactl.running.aloud import aloud
from schemactl.running.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.errors import Diagnostic

    from schemactl.contract.job import Job
    from schemactl.engines.postgres.connection import Session


class PostgresRunner:
    def __init__(self, session: Session) -> None:
        self._session = session

    def run(self, jobs: Sequence[Job], emit: Listener) -> None:
        """See contract.engine.Runner."""
        emit = aloud(emit)
        progress = Progress(self._session.target, emit)
        target = self._session.target

        def note(diagnostic: Diagnostic) -> None:
            emit(Noted(target, None, f"{diagnostic.severity or 'NOTICE'}: {diagnostic.message_primary or ''}"))

        self._session.connection.add_notice_handler(note)
        try:
            position = 0
            while position < len(jobs):
                plain = _plain_run(jobs, position)
                if plain:
                    Window(self._session, plain, progress, emit).run()
                    position += len(plain)
                else:
                    self._one(jobs[position], progress, emit)
                    position += 1
        finally:
            self._session.connection.remove_notice_handler(note)

    def _one(self, job: Job, progress: Progress, emit: Listener) -> None:
        from schemactl.engines.postgres.hands import PostgresHands
        from schemactl.running.stepwise import Stepwise

        Stepwise(self._session.opening, PostgresHands(self._session), job, progress, emit).run()


def _plain_run(jobs: Sequence[Job], position: int) -> Sequence[Job]:
    end = position
    while end < len(jobs) and transaction.is_plain(jobs[end]):
        end += 1
    return jobs[position:end]
