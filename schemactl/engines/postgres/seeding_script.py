"""A script seed: its statements, or its `seed(ctx)`, in one transaction with its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from schemactl.engines.postgres import copying, guards, seeding_record, transaction
from schemactl.engines.postgres.pipeline import Query
from schemactl.engines.postgres.seeding_failure import Faults
from schemactl.engines.postgres.sending import exchange
from schemactl.events import Noted
from schemactl.model.seed import Rows
from schemactl.running.patience import Patiently
from schemactl.running.progress import place
from schemactl.script.hidden import hidden_in

if TYPE_CHECKING:
    from psycopg.errors import Diagnostic

    from schemactl.contract.job import Job
    from schemactl.engines.postgres.connection import Session
    from schemactl.engines.postgres.sending import Trouble
    from schemactl.errors import SchemactlError
    from schemactl.events import Listener
    from schemactl.model.seed import SeedFile, SeedRecord


def run(session: Session, seed: SeedFile, job: Job, record: SeedRecord, emit: Listener) -> None:
    """See contract.seeding.Seeder.run."""
    faults = Faults(session, seed, Rows("", (), "", ()))
    _refuse_segments(job, faults)
    patience = Patiently(session.opening, emit)

    def note(diagnostic: Diagnostic) -> None:
        what = f"{diagnostic.severity or 'NOTICE'}: {diagnostic.message_primary or ''}"
        emit(Noted(session.target, seed.version.text, what))

    session.connection.add_notice_handler(note)
    try:
        while (trouble := _attempt(session, job, record, faults, emit)) is not None:
            if trouble.stopped or session.connection.closed or not patience.again(trouble.failure):
                raise _error(session, job, trouble, faults)
    finally:
        session.connection.remove_notice_handler(note)


def _attempt(session: Session, job: Job, record: SeedRecord, faults: Faults, emit: Listener) -> Trouble | None:
    try:
        ours = seeding_record.writes(session.connection, record)
    except psycopg.Error as error:
        raise faults.of(error) from error
    if job.script is not None:
        from schemactl.engines.postgres.python_script import run_script

        trouble = run_script(session, job, emit, function="seed", ours=ours)
    else:
        segment = job.segments[0]
        data = {step.ordinal: step.statement.copy_data for step in segment.steps}
        batch = [
            Query(b"BEGIN"),
            transaction.guard_lock(),
            *transaction.body(session, job, segment),
            *transaction.as_ourselves(session),
            *ours,
            Query(b"COMMIT", ordinal=transaction.COMMIT_ORDINAL),
        ]
        trouble = copying.run_batch(session, batch, data)
    if not session.connection.closed:
        # Whatever the script has set on the session is put back for what comes behind it.
        put_back = exchange(session, transaction.settling(session, None, prepared=True), stoppable=False)
        trouble = trouble or put_back
    return trouble


def _refuse_segments(job: Job, faults: Faults) -> None:
    if len(job.segments) == 1 and job.segments[0].mode in ("transaction", "script"):
        return
    lone = next((step for segment in job.segments if segment.mode == "alone" for step in segment.steps), None)
    what = f"cannot run in a transaction: {lone.why}" if lone is not None else "does not fit into one transaction"
    raise faults.file(
        f"a seed is one transaction, and a statement {what}",
        at=f"{job.shown}:{lone.statement.line}" if lone is not None else "",
        do="put that statement into a migration",
        kind="transaction_control",
    )


def _error(session: Session, job: Job, trouble: Trouble, faults: Faults) -> SchemactlError:
    failure = trouble.failure
    if trouble.stopped:
        return faults.interrupted()
    if error := guards.error(session, job, trouble.ordinal, failure):
        return error
    steps = [step for segment in job.segments for step in segment.steps if step.ordinal == trouble.ordinal]
    error = faults.failure(failure, at=place(job, trouble.ordinal, failure))
    error.what = hidden_in(error.what, steps[0].statement.text if steps else job.text)
    return error
