"""One job that no pipeline of plain jobs can carry: several segments, COPY data or a script. Segment by segment."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import psycopg

from schemactl.engines.postgres import alone, copying, transaction
from schemactl.engines.postgres.failure import from_exception
from schemactl.engines.postgres.patience import Patiently
from schemactl.errors import SchemactlError

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.contract.job import Job
    from schemactl.engines.postgres.connection import Session
    from schemactl.engines.postgres.progress import Progress
    from schemactl.events import Listener
    from schemactl.model.entry import EntryState


def _under_way(job: Job) -> Job:
    """The job once its first segment is done: its entry stands in the ledger and is not written again."""
    state: EntryState = "applying" if job.direction == "up" else "reverting"
    return job._replace(entry=job.entry._replace(state=state, version_id=job.entry.version_id or 0))


class Single:
    """One job that has several segments, COPY data or a script."""

    def __init__(self, session: Session, job: Job, progress: Progress, emit: Listener) -> None:
        self._session = session
        self._job = job
        self._progress = progress
        self._emit = emit

    def run(self) -> None:
        self._progress.started(self._job)
        try:
            for index, segment in enumerate(self._job.segments):
                last = index == len(self._job.segments) - 1
                if self._session.opening.stop:
                    raise self._progress.interrupted(self._job, now=self._kept(index), under_way=self._begun(index))
                if last or not self._is_done(index):
                    self._segment(index)
                    self._job = _under_way(self._job)
                    self._progress.statement_done(self._job, segment.steps[-1].ordinal + 1 if segment.steps else 0)
            self._settle()
        except SchemactlError as error:
            raise self._progress.failed(self._job, error) from error.__cause__
        self._progress.finished(self._job)

    def _segment(self, index: int) -> None:
        mode = self._job.segments[index].mode
        if mode == "alone":
            statement = alone.Alone(self._session, self._job, index)
            self._patiently(index, statement.attempt, statement)
        elif mode == "script":
            from schemactl.engines.postgres.python_script import run_script

            self._patiently(index, partial(run_script, self._session, self._job, self._emit))
        else:
            self._patiently(index, partial(copying.run, self._session, self._job, index))

    def _settle(self) -> None:
        batch = transaction.settling(self._session, None, prepared=True)
        trouble = alone.exchange(self._session, batch, stoppable=False)
        if trouble is not None:
            now = f"{self._job.label} is done"
            raise self._progress.error(self._job, trouble.ordinal, trouble.failure, now=now)

    def _is_done(self, index: int) -> bool:
        return all(step.ordinal in self._job.done for step in self._job.segments[index].steps)

    def _patiently(
        self, index: int, work: Callable[[], alone.Trouble | None], statement: alone.Alone | None = None
    ) -> None:
        patience = Patiently(self._session, self._emit)
        while True:
            try:
                trouble = work()
            except psycopg.Error as error:
                trouble = alone.Trouble(-1, from_exception(error))
            if trouble is None:
                return
            may_repeat = statement is None or statement.may_repeat
            if trouble.stopped or not may_repeat or not patience.again(trouble.failure):
                raise self._given_up(index, trouble, statement)

    def _given_up(self, index: int, trouble: alone.Trouble, statement: alone.Alone | None) -> SchemactlError:
        try:
            left = statement.give_up() if statement is not None else ""
        except psycopg.Error as error:
            left = f"what is left of the statement could not be looked at: {error}"
        now, under_way = self._kept(index, left), self._begun(index) or bool(left)
        if trouble.stopped or (self._session.opening.stop and not trouble.failure.gone):
            return self._progress.interrupted(self._job, now=now, under_way=under_way)
        return self._progress.error(self._job, trouble.ordinal, trouble.failure, now=now, under_way=under_way)

    def _begun(self, index: int) -> bool:
        return index > 0 or self._job.entry.state != "applied"

    def _kept(self, index: int, left: str = "") -> str:
        label, segments = self._job.label, self._job.segments
        done = [step for segment in segments[:index] for step in segment.steps]
        if not left and not done and not self._begun(index):
            return f"nothing of {label} was kept"
        parts = [f"{label} is under way"]
        if done:
            parts.append(f"statements 1 to {len(done)} of {self._job.statements} are done and recorded")
        if left:
            parts.append(f"the statement that stopped is {left}")
        return ": ".join((parts[0], ", ".join(parts[1:]))) if len(parts) > 1 else parts[0]
