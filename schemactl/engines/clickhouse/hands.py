"""ClickHouse at work on a job: every statement alone, each looked at before and after (running.hands)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from schemactl.contract.finding import Finding
from schemactl.engines.clickhouse import awaiting, observe, python_script
from schemactl.engines.clickhouse.failure import STOPPED, ServerError, ServerFailure
from schemactl.engines.clickhouse.ledger_writes import LedgerWrites
from schemactl.engines.clickhouse.sending import refuse_unsendable, send, timeout_s_of
from schemactl.errors import UnsupportedError
from schemactl.events import Noted
from schemactl.running.failure import OURS, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.lock import ClickHouseLock
    from schemactl.events import Listener
    from schemactl.model.version import Version
    from schemactl.running.hands import Before

# Whoever ran into its time limit, or was asked to stop, does not wait once more: recover does.
_STALLS_S: Final = 0.2


class ClickHouseHands:
    """See running.hands.Hands."""

    def __init__(self, session: Session, lock: ClickHouseLock) -> None:
        self._session = session
        self._lock = lock
        self._writes = LedgerWrites(session)
        self._ended: Version | None = None  # of the last script that came to its end

    @property
    def lost(self) -> bool:
        return self._session.link.closed

    def transaction(self, job: Job, index: int) -> None:
        """A job without statements: the only segment that the planner makes one of."""
        with self._ours(looks=False):
            self._writes.whole(job)

    def script(self, job: Job, emit: Listener) -> None:
        """No job has such a segment: the planner makes a script a lone statement."""
        self.send(job, 0, {}, emit)

    def before(self, job: Job, index: int) -> Before:
        if job.script is not None:
            return {}
        planned = job.segments[index].steps[0]
        with self._of(planned):
            try:
                refuse_unsendable(self._session, planned)
            except UnsupportedError as error:
                error.at = error.at or f"{job.shown}:{planned.statement.line}"
                raise
        with self._ours():
            return observe.before(self._session, planned)

    def intend(self, job: Job, index: int, noted: Before) -> None:
        with self._ours(looks=False):
            self._writes.intend(job, index, noted)

    def send(self, job: Job, index: int, noted: Before, emit: Listener) -> None:
        planned = job.segments[index].steps[0]
        with self._of(planned):
            self._lock.check()
            self._ended = None
            if job.script is not None:
                python_script.run(self._session, job, planned, emit, self._lock.check)
                self._ended = job.entry.version
                return

            def tell(what: str) -> None:
                emit(Noted(self._session.target, job.entry.version.text, f"waiting: {what}"))

            try:
                send(self._session, job, planned, tell)
            except ServerError as error:
                awaiting.blame(self._session, planned, noted, error)
                raise
            limit_s = timeout_s_of(self._session, job, planned)
            awaiting.mutations(self._session, planned, noted, tell, timeout_s=limit_s)

    def record(self, job: Job, index: int) -> None:
        with self._ours(looks=False):
            self._writes.record(job, index)

    def forget(self, job: Job, index: int, *, whole: bool) -> None:
        with self._ours(looks=False):
            self._writes.forget(job, index, whole=whole)

    def probe(self, job: Job, planned: PlannedStatement, noted: Before) -> Finding:
        with self._ours(looks=False):
            if job.script is not None and self._ended == job.entry.version:
                return Finding(verdict="done", evidence="it ended without an error")
            if job.script is not None:
                return python_script.finding(self._session, job, planned)
            finding = observe.probe(self._session, planned, noted, idempotent=observe.is_idempotent(job, planned))
            # Here the statement has been answered, so what it may still do needs no thought, other than after a crash.
            if finding.verdict == "unknown" and observe.wrote_nothing(self._session, planned, noted):
                return Finding(verdict="not done", evidence="no part was added to its table", query=finding.query)
            return finding

    def tidy(self, planned: PlannedStatement, noted: Before) -> str:
        with self._ours():
            return observe.tidy(self._session, planned, noted, stalls_s=_STALLS_S)

    @contextlib.contextmanager
    def _ours(self, *, looks: bool = True) -> Iterator[None]:
        """What the body sends is the tool's own; `looks`: whether the lock is looked at first.

        A write of the ledger looks by itself, right before each of its tries (ledger_table.writing).
        """
        try:
            if looks:
                self._lock.check()
            yield
        except ServerError as error:
            raise RefusedError(error.failure, OURS, stopped=error.failure.code == STOPPED) from error

    @contextlib.contextmanager
    def _of(self, planned: PlannedStatement) -> Iterator[None]:
        """What the body sends is a statement of the file."""
        try:
            yield
        except ServerError as error:
            failure: ServerFailure = error.failure
            raise RefusedError(failure, planned.ordinal, stopped=failure.code == STOPPED) from error
