"""What a run tells of one job, and what it says when the job stops: events and errors, nothing else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from schemactl.errors import ConnectError, RunInterruptedError, SchemactlError, StatementError
from schemactl.events import Listener, StepFailed, StepFinished, StepProgress, StepStarted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.contract.job import Job
    from schemactl.running.failure import Failure, RefusedError


class Progress:
    """Which jobs are done, and the clock of the one under way."""

    def __init__(self, target: str, emit: Listener) -> None:
        self._target = target
        self._emit = emit
        self._since = 0.0
        self.applied: list[str] = []

    def started(self, job: Job) -> None:
        self._since = time.monotonic()
        version = job.entry.version.text
        self._emit(StepStarted(self._target, version, job.entry.name, job.direction, job.statements))

    def statement_done(self, job: Job, done: int) -> None:
        if job.statements > 1:
            self._emit(StepProgress(self._target, job.entry.version.text, done, job.statements, "statements"))

    def finished(self, job: Job, took_s: float | None = None) -> None:
        """`took_s`: where it was done earlier than it is told."""
        took = round((took_s if took_s is not None else time.monotonic() - self._since) * 1000)
        version = job.entry.version.text
        self.applied.append(version)
        self._emit(StepFinished(self._target, version, job.entry.name, job.direction, took))

    def failed(self, job: Job, error: SchemactlError) -> SchemactlError:
        """Tell of the failure, and give the error back to be raised."""
        if isinstance(error, StatementError) and not error.applied:
            error.applied = list(self.applied)
        version = job.entry.version.text
        self._emit(StepFailed(self._target, version, job.entry.name, job.direction, error.kind, error.what))
        return error

    def error(self, job: Job, refused: RefusedError, *, now: str, under_way: bool = False) -> SchemactlError:
        """The error for a statement that the server refused or lost.

        now        what the failure left of this migration
        under_way  whether it left part of it
        """
        now += self.earlier()
        failure = refused.failure
        if failure.gone:
            return self._lost_connection(job, refused.ordinal, failure)
        during = f" {refused.during}" if refused.during else ""
        return StatementError(
            f"{job.label} stopped{during}: {_said(job, refused.ordinal, failure)}",
            at=place(job, refused.ordinal, failure),
            now=now,
            do=_remedy(failure, job, under_way),
            kind=failure.kind,
            target=self._target,
            state=failure.state,
            applied=self.applied,
            failed=job.entry.version.text,
        )

    def _lost_connection(self, job: Job, ordinal: int, failure: Failure) -> ConnectError:
        return ConnectError(
            f"{job.label}: the connection was lost: {_said(job, ordinal, failure)}",
            at=place(job, ordinal, failure),
            now=f"{_after_loss(job)}{self.earlier()}",
            do="see that the server is up, then `schemactl status` and, if it says so, `schemactl recover`",
            kind="connection_lost",
            target=self._target,
        )

    def interrupted(self, job: Job, *, now: str, under_way: bool = False) -> RunInterruptedError:
        return RunInterruptedError(
            f"stopped {'in' if under_way else 'before'} {job.label}",
            now=now + self.earlier(),
            do="`schemactl recover` goes on from there" if under_way else "run the command again to go on",
            target=self._target,
        )

    def earlier(self) -> str:
        """What this run did before, as the end of a sentence; "" for nothing."""
        if not self.applied:
            return ""
        return f"; done by this run: {_span(self.applied)}"


def _span(versions: Sequence[str]) -> str:
    return versions[0] if len(versions) == 1 else f"{versions[0]} to {versions[-1]} ({len(versions)})"


def _after_loss(job: Job) -> str:
    if len(job.segments) == 1 and job.segments[0].mode in ("transaction", "script"):
        return f"{job.label} is there in full or not at all: the ledger knows"
    return f"parts of {job.label} may be done: recover finds out which"


def _remedy(failure: Failure, job: Job, under_way: bool) -> str:
    verb = "recover" if under_way else "migrate" if job.direction == "up" else "rollback"
    if failure.remedy:
        return f"{failure.remedy}, then `schemactl {verb}` again"
    if failure.kind == "no_space":
        return f"make room on the server's disk, then `schemactl {verb}` again"
    if failure.kind == "insufficient_privilege":
        return f"give the migrating user that right, then `schemactl {verb}` again"
    if failure.kind == "statement_timeout":
        return "raise it with `-- schemactl: statement_timeout=…` above the statement's section, or split the work"
    return f"correct the file, then `schemactl {verb}` again"


def _said(job: Job, ordinal: int, failure: Failure) -> str:
    """The server's words, which may quote the statement, without its secrets."""
    from schemactl.script.hidden import hidden_in

    steps = [one for segment in job.segments for one in segment.steps if one.ordinal == ordinal]
    return hidden_in(failure.sentence(), steps[0].statement.text if steps else job.text)


def place(job: Job, ordinal: int, failure: Failure) -> str:
    """`path:line` of a failure, as exactly as the server told it."""
    for segment in job.segments:
        for planned in segment.steps:
            if planned.ordinal == ordinal and job.script is None:
                before = planned.statement.text[: max(failure.position - 1, 0)]
                return f"{job.shown}:{planned.statement.line + before.count(chr(10))}"
    return f"{job.shown}:{failure.line}" if failure.line else job.shown
