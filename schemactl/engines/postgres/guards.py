"""What our own guards, sent among a migration's statements, mean when they fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.postgres.failure import DIVISION_BY_ZERO, ServerFailure
from schemactl.engines.postgres.ledger_writes import ENTRY_ORDINAL
from schemactl.engines.postgres.transaction import COMMIT_ORDINAL, GUARD_ORDINAL, NAMESAKE_ORDINAL
from schemactl.errors import HistoryError, LockedError, SchemactlError, StatementError
from schemactl.running.progress import place

if TYPE_CHECKING:
    from schemactl.contract.job import Job
    from schemactl.engines.postgres.connection import Session


def error(session: Session, job: Job, ordinal: int, failure: ServerFailure) -> SchemactlError | None:
    """The error that a guard's failure stands for, without what is true now; None where no guard failed."""
    if failure.state != DIVISION_BY_ZERO:
        return None
    if ordinal == GUARD_ORDINAL:
        return _lost_lock(session, job)
    if ordinal == ENTRY_ORDINAL:
        return _lost_entry(session, job)
    if ordinal <= NAMESAKE_ORDINAL:
        return _invalid_namesake(session, job, NAMESAKE_ORDINAL - ordinal)
    return None


def during(ordinal: int) -> str:
    """Of what a failure is, where that is no statement of the file."""
    return "at COMMIT" if ordinal == COMMIT_ORDINAL else ""


def _lost_lock(session: Session, job: Job) -> LockedError:
    return LockedError(
        f"{job.label}: the session no longer holds the lock: a connection pooler gave it another backend,"
        " or a migration let go of it",
        at=job.shown,
        do="give this target the server's own address, then run the command again",
        kind="lost_lock",
        target=session.target,
    )


def _lost_entry(session: Session, job: Job) -> HistoryError:
    return HistoryError(
        f"{job.label}: its entry is no longer in the ledger: somebody else has removed it",
        at=job.shown,
        do="find out who writes to the ledger; `schemactl status` shows what it says now",
        kind="lost_entry",
        target=session.target,
    )


def _invalid_namesake(session: Session, job: Job, ordinal: int) -> StatementError:
    return StatementError(
        f"{job.label}: an index of this name exists but is INVALID, and IF NOT EXISTS would pass over it",
        at=place(job, ordinal, ServerFailure("", "")),
        do="drop that index, or REINDEX it; `schemactl status` names it. Then run the command again",
        kind="invalid_index",
        target=session.target,
        failed=job.entry.version.text,
    )
