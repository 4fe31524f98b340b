"""What a run tells of one job, and what it says when the job stops: events and errors, nothing else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from schemactl.engines.postgres.failure import DIVISION_BY_ZERO, ServerFailure
from schemactl.engines.postgres.ledger_writes import ENTRY_ORDINAL
from schemactl.engines.postgres.transaction import COMMIT_ORDINAL, GUARD_ORDINAL, NAMESAKE_ORDINAL
from schemactl.errors import (
    ConnectError,
    HistoryError,
    LockedError,
    RunInterruptedError,
    SchemactlError,
    StatementError,
)
from schemactl.events import Listener, StepFailed, StepFinished, StepProgress, StepStarted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.contract.job import Job
    from schemactl.engines.postgres.connection import Session


class Progress:
    """Which jobs are done, and the clock of the one under way."""

    def __init__(self, session: Session, emit: Listener) -> None:
        self._session = session
        self._emit = emit
        self._since = 0.0
        self.applied: list[str] = []

    def started(self, job: Job) -> None:
        self._since = time.monotonic()
        self._emit(
            StepStarted(self._session.target, job.entry.version.text, job.entry.name, job.direction, job.statements)
        )

    def statement_done(self, job: Job, done: int) -> None:
        if job.statements > 1:
            version = job.entry.version.text
            self._emit(StepProgress(self._session.target, version, done, job.statements, "statements"))

    def finished(self, job: Job, took_s: float | None = None) -> None:
        """`took_s`: where it was done earlier than it is told."""
        took = round((took_s if took_s is not None else time.monotonic() - self._since) * 1000)
        version = job.entry.version.text
        self.applied.append(version)
        self._emit(StepFinished(self._session.target, version, job.entry.name, job.direction, took))

    def failed(self, job: Job, error: SchemactlError) -> SchemactlError:
        """Tell of the failure, and give the error back to be raised."""
        if isinstance(error, StatementError) and not error.applied:
            error.applied = list(self.applied)
        target, version = self._session.target, job.entry.version.text
        self._emit(StepFailed(target, version, job.entry.name, job.direction, error.kind, error.what))
        return error

    def error(
        self, job: Job, ordinal: int, failure: ServerFailure, *, now: str, under_way: bool = False
    ) -> SchemactlError:
        """The error for a statement that the server refused or lost.

        ordinal    of the statement; negative for one of ours (guard, COMMIT, ledger)
        now        what the failure left of this migration
        under_way  whether it left part of it
        """
        now += self._earlier()
        if failure.gone:
            return self._lost_connection(job, ordinal, failure)
        if failure.state == DIVISION_BY_ZERO:  # what our own guards fail with
            if ordinal == GUARD_ORDINAL:
                return self._lost_lock(job, now)
            if ordinal == ENTRY_ORDINAL:
                return self._lost_entry(job, now)
            if ordinal <= NAMESAKE_ORDINAL:
                return self._invalid_namesake(job, NAMESAKE_ORDINAL - ordinal, now)
        return StatementError(
            f"{job.label} stopped{' at COMMIT' if ordinal == COMMIT_ORDINAL else ''}: {failure.sentence()}",
            at=_place(job, ordinal, failure),
            now=now,
            do=_remedy(failure, job, under_way),
            kind=failure.kind,
            target=self._session.target,
            state=failure.state,
            applied=self.applied,
            failed=job.entry.version.text,
        )

    def _lost_connection(self, job: Job, ordinal: int, failure: ServerFailure) -> ConnectError:
        return ConnectError(
            f"{job.label}: the connection was lost: {failure.sentence()}",
            at=_place(job, ordinal, failure),
            now=f"{_after_loss(job)}{self._earlier()}",
            do="see that the server is up, then `schemactl status` and, if it says so, `schemactl recover`",
            kind="connection_lost",
            target=self._session.target,
        )

    def _lost_lock(self, job: Job, now: str) -> LockedError:
        return LockedError(
            f"{job.label}: the session no longer holds the lock: a connection pooler gave it another backend,"
            " or a migration let go of it",
            at=job.shown,
            now=now,
            do="give this target the server's own address, then run the command again",
            kind="lost_lock",
            target=self._session.target,
        )

    def _lost_entry(self, job: Job, now: str) -> HistoryError:
        return HistoryError(
            f"{job.label}: its entry is no longer in the ledger: somebody else has removed it",
            at=job.shown,
            now=now,
            do="find out who writes to the ledger; `schemactl status` shows what it says now",
            kind="lost_entry",
            target=self._session.target,
        )

    def _invalid_namesake(self, job: Job, ordinal: int, now: str) -> StatementError:
        return StatementError(
            f"{job.label}: an index of this name exists but is INVALID, and IF NOT EXISTS would pass over it",
            at=_place(job, ordinal, ServerFailure("", "")),
            now=now,
            do="drop that index, or REINDEX it; `schemactl status` names it. Then run the command again",
            kind="invalid_index",
            target=self._session.target,
            applied=self.applied,
            failed=job.entry.version.text,
        )

    def interrupted(self, job: Job, *, now: str, under_way: bool = False) -> RunInterruptedError:
        return RunInterruptedError(
            f"stopped {'in' if under_way else 'before'} {job.label}",
            now=now + self._earlier(),
            do="`schemactl recover` goes on from there" if under_way else "run the command again to go on",
            target=self._session.target,
        )

    def _earlier(self) -> str:
        if not self.applied:
            return ""
        return f"; done by this run: {_span(self.applied)}"


def _span(versions: Sequence[str]) -> str:
    return versions[0] if len(versions) == 1 else f"{versions[0]} to {versions[-1]} ({len(versions)})"


def _after_loss(job: Job) -> str:
    if len(job.segments) == 1 and job.segments[0].mode in ("transaction", "script"):
        return f"{job.label} is there in full or not at all: the ledger knows"
    return f"parts of {job.label} may be done: recover finds out which"


def _remedy(failure: ServerFailure, job: Job, under_way: bool) -> str:
    verb = "recover" if under_way else "migrate" if job.direction == "up" else "rollback"
    if failure.kind == "lock_timeout":
        return f"find who holds the lock (pg_stat_activity), then `schemactl {verb}` again"
    if failure.kind == "no_space":
        return f"make room on the server's disk, then `schemactl {verb}` again"
    if failure.kind == "insufficient_privilege":
        return f"give the migrating user that right, then `schemactl {verb}` again"
    if failure.kind == "statement_timeout":
        return "raise it with `-- schemactl: statement_timeout=…` above the statement's section, or split the work"
    return f"correct the file, then `schemactl {verb}` again"


def _place(job: Job, ordinal: int, failure: ServerFailure) -> str:
    for segment in job.segments:
        for planned in segment.steps:
            if planned.ordinal == ordinal:
                before = planned.statement.text[: max(failure.position - 1, 0)]
                return f"{job.shown}:{planned.statement.line + before.count(chr(10))}"
    return f"{job.shown}:{failure.line}" if failure.line else job.shown
