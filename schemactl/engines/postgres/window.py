"""A run of plain jobs, sent ahead of their answers, with one flush for many commits (docs/adr/0006).

A commit inside the run does not wait for the disk; the last one does, and one in every FLUSH_EVERY. Since the log is
written in order, what that one waits for covers all before it. A migration is told as finished when it is on disk.
"""

from __future__ import annotations

import time
from itertools import count
from typing import TYPE_CHECKING

from psycopg import Error

from schemactl.engines.postgres import guards, transaction
from schemactl.engines.postgres.pipeline import Batch, BatchFailure, Exchange, Query
from schemactl.running.failure import RefusedError
from schemactl.running.patience import Patiently

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemactl.contract.job import Job
    from schemactl.engines.postgres.connection import Session
    from schemactl.errors import SchemactlError
    from schemactl.events import Listener
    from schemactl.running.progress import Progress

FLUSH_EVERY = 32
_TELL_EVERY_S = 0.5
_numbers = count(1)


class Window:
    """`run` returns when all jobs are done and on disk, or raises the error of the first that failed for good."""

    def __init__(self, session: Session, jobs: Sequence[Job], progress: Progress, emit: Listener) -> None:
        self._session = session
        self._jobs = jobs
        self._progress = progress
        self._patience = Patiently(session.opening, emit)
        self._emit = emit
        self._relaxed = len(jobs) > 1 and session.synchronous_commit != "off"
        self._done = 0  # jobs that have committed
        self._told = 0  # jobs that are told as finished
        self._began = time.monotonic()
        self._tells_next = self._began + _TELL_EVERY_S
        self._committed_at: list[float] = []
        self._owners: list[tuple[int, bool, Batch]] = []

    def run(self) -> None:
        while self._done < len(self._jobs):
            self._attempt()

    def _attempt(self) -> None:
        self._owners = []
        before = self._done
        settling = transaction.Settling(armed=self._is_armed())
        exchange = Exchange(
            self._session.connection, self._session.opening.stop, self._look_at_clock, self._statement_answered
        )
        self._progress.started(self._jobs[self._told])
        failed = exchange.run(self._batches(self._done, settling), self._answered)
        self._flush()
        if failed is None:
            if self._done < len(self._jobs):
                raise self._progress.interrupted(self._jobs[self._done], now="nothing of it was sent")
            return
        if self._done > before:
            self._patience = Patiently(self._session.opening, self._emit)
        if not self._patience.again(failed.failure):
            raise self._error(failed)

    def _batches(self, first: int, settling: transaction.Settling) -> Iterator[Batch]:
        prepared = transaction.Prepared(f"schemactl_{next(_numbers)}")
        last = transaction.mark_of(self._jobs[first - 1]) if first else ""
        yield self._own(-1, False, [*prepared.preparing(), transaction.begins(last), *self._relaxing()])
        for index in range(first, len(self._jobs)):
            job = self._jobs[index]
            waits = self._session.synchronous_commit if self._relaxed and self._flushes(index) else ""
            yield self._own(index, True, transaction.whole(self._session, job, last, prepared, waits))
            if settling.after(job):
                batch = transaction.settling(self._session, transaction.mark_of(job))
                yield self._own(index, False, [*batch, *self._relaxing()])
            last = transaction.mark_of(job)

    def _is_armed(self) -> bool:
        try:
            return self._session.connection.execute(transaction.ARMED).fetchone() != (False,)
        except Error:
            return True  # What is wrong with the server, the run itself will tell.

    def _own(self, index: int, ends: bool, batch: Batch) -> Batch:
        self._owners.append((index, ends, batch))
        return batch

    def _relaxing(self) -> list[Query]:
        return [Query(b"SET synchronous_commit = off")] if self._relaxed else []

    def _flushes(self, index: int) -> bool:
        return index == len(self._jobs) - 1 or index % FLUSH_EVERY == FLUSH_EVERY - 1

    def _answered(self, batch: int) -> None:
        index, ends, _ = self._owners[batch]
        if not ends:
            return
        self._done = index + 1
        self._committed_at.append(time.monotonic())
        if not self._relaxed or self._flushes(index):
            self._tell(self._done)
        else:
            self._look_at_clock()

    def _statement_answered(self, batch: int, query: int) -> None:
        """Long migrations tell how far they are, twice a second."""
        now = time.monotonic()
        if now < self._tells_next:
            return
        index, _, queries = self._owners[batch]
        if index == self._told and queries[query].ordinal >= 0:
            self._tells_next = now + _TELL_EVERY_S
            self._progress.statement_done(self._jobs[index], queries[query].ordinal + 1)

    def _look_at_clock(self) -> None:
        """What has committed long enough ago is on disk by itself."""
        flushed = time.monotonic() - self._session.flushed_within_s
        self._tell(next((at for at in range(self._told, self._done) if self._committed_at[at] > flushed), self._done))

    def _tell(self, done: int) -> None:
        while self._told < done:
            began = self._committed_at[self._told - 1] if self._told else self._began
            self._progress.finished(self._jobs[self._told], self._committed_at[self._told] - began)
            self._told += 1
            if self._told < len(self._jobs):
                self._progress.started(self._jobs[self._told])

    def _flush(self) -> None:
        """Let later commits wait for the disk again, force what has committed to it, and tell of that."""
        connection = self._session.connection
        if connection.closed or not self._relaxed:
            return
        try:
            connection.execute(f"SET synchronous_commit = {self._session.synchronous_commit}".encode())
            if self._told < self._done:
                # Only a transaction that has written to the log waits for it (xact.c, RecordTransactionCommit).
                connection.execute("UPDATE schemactl.schema_format SET format = format")
                self._tell(self._done)
        except Error:
            connection.close()

    def _error(self, failed: BatchFailure) -> SchemactlError:
        index, ends, batch = self._owners[failed.batch]
        job = self._jobs[index if index >= 0 else self._done]
        now = f"nothing of {job.label} was kept" if ends or index < 0 else f"{job.label} is done"
        if failed.stopped or (self._session.opening.stop and not failed.failure.gone):
            return self._progress.failed(job, self._progress.interrupted(job, now=now))
        ordinal = batch[failed.query].ordinal if failed.query < len(batch) else -1
        error = guards.error(self._session, job, ordinal, failed.failure)
        if error is None:
            refused = RefusedError(failed.failure, ordinal, during=guards.during(ordinal))
            return self._progress.failed(job, self._progress.error(job, refused, now=now))
        error.now = now + self._progress.earlier()
        return self._progress.failed(job, error)
