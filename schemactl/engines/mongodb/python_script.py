"""A Python migration: one transaction with its entry, by a session that every call of the script is bound to; or alone.

Under `transaction=none`, and where the server has no transactions, the script is a lone statement: announced, run,
recorded, and after a crash asked by its own probe.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from schemactl.contract.finding import Finding
from schemactl.engines.mongodb import guarded
from schemactl.engines.mongodb.failure import NO_SUCH_TRANSACTION, ServerFailure, from_exception
from schemactl.errors import SchemactlError, StatementError
from schemactl.running import python_alone
from schemactl.running.failure import RefusedError
from schemactl.running.python_context import Given, call, line_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.mongodb.connection import Session
    from schemactl.engines.mongodb.sending import Sender
    from schemactl.events import Listener


def run(sender: Sender, job: Job, emit: Listener, function: str = "") -> None:
    """Run `up` or `down`, or another `function`, in the transaction that is open.

    raises  RefusedError with the line of the file; StatementError where the script ended the transaction
    """
    session, within = sender.session, sender.within
    assert within is not None, "the planner gives a script a transaction only where there are any"
    with sender.cancelling():
        try:
            with within.bind(end_session=False):
                call(session.opening, job, function or job.direction, _given(session), emit)
        except (KeyboardInterrupt, SchemactlError):
            raise
        except BaseException as error:  # SystemExit too: a script does not end the program
            raise _stopped(session, job, error) from error
    if not within.in_transaction:
        raise _ended(job, session)


def run_alone(sender: Sender, job: Job, emit: Listener, function: str = "") -> None:
    """Run `up` or `down`, or another `function`, without a transaction.

    raises  RefusedError with the line of the file; LockedError where the lease was lost meanwhile
    """
    session = sender.session
    try:
        with guarded.database(session, sender.look) as database:
            python_alone.run_alone(session.opening, job, Given("mongodb", database), emit, _of_server, function)
    except RefusedError as refused:
        session.lost = session.lost or refused.failure.gone
        session.left = session.left or refused.failure.gone
        raise


@contextmanager
def ended(sender: Sender, job: Job) -> Iterator[None]:
    """Around the entry's write: where the server ended the transaction meanwhile, that is the script's doing."""
    try:
        yield
    except RefusedError as refused:
        failure = refused.failure
        if isinstance(failure, ServerFailure) and failure.code == NO_SUCH_TRANSACTION:
            sender.check()
            raise _ended(job, sender.session) from refused
        raise


def probe(session: Session, job: Job) -> bool | None:
    """The script's own `probe(ctx)`: True, False, or None where it has none.

    Whatever it does is taken back, unless the script is a lone one: what that looks at, no transaction may hold either.
    raises  StatementError for what it raises
    """
    try:
        if any(segment.mode == "alone" for segment in job.segments):
            return python_alone.probe_script(session.opening, job, _given(session))
        with _taken_back(session):
            return python_alone.probe_script(session.opening, job, _given(session))
    except SchemactlError:
        raise
    except Exception as error:
        failure = _of_server(error)
        raise StatementError(
            f"{job.label}: its probe stopped: {failure.sentence() if failure else words_of(error)}",
            at=f"{job.shown}:{line_of(job, error) or 1}",
            now="nothing was changed",
            do="correct the probe, then run the command again",
            kind=failure.kind if failure else "script",
            target=session.target,
            state=failure.state if failure else None,
            failed=job.entry.version.text,
        ) from error


def finding(session: Session, job: Job, planned: PlannedStatement) -> Finding:
    """What recover is told of a script that no transaction held. raises  StatementError where the server is gone"""
    try:
        return python_alone.script_finding(job, planned, probe(session, job))
    except StatementError as error:
        failure = _of_server(error.__cause__) if error.__cause__ is not None else None
        if failure is not None and failure.gone:
            raise
        # Nobody knows then, and a person can say; corrected, it is asked again.
        unasked = python_alone.script_finding(job, planned, None)
        evidence = f"{error.what} (at {error.at}); {unasked.evidence}"
        query = f"-- look at what {job.direction}(ctx) of {job.shown} changes, or correct its probe(ctx)"
        return Finding(verdict=unasked.verdict, evidence=evidence, query=query)


@contextmanager
def _taken_back(session: Session) -> Iterator[None]:
    with session.client.start_session(causal_consistency=False) as own:
        own.start_transaction(ReadConcern("snapshot"), WriteConcern("majority"), ReadPreference.PRIMARY)
        try:
            with own.bind(end_session=False):
                yield
        finally:
            with suppress(PyMongoError):
                own.abort_transaction()


def _given(session: Session) -> Given:
    return Given("mongodb", session.db)


def _of_server(error: BaseException) -> ServerFailure | None:
    return from_exception(error) if isinstance(error, PyMongoError) else None


def _stopped(session: Session, job: Job, error: BaseException) -> RefusedError:
    line = line_of(job, error) or 0
    failure = _of_server(error)
    if failure is None:
        return RefusedError(python_alone.ScriptFailure(words_of(error), line), stopped=bool(session.opening.stop))
    session.lost = session.lost or failure.gone
    session.left = session.left or failure.gone
    return RefusedError(failure._replace(line=line))


def _ended(job: Job, session: Session) -> StatementError:
    return StatementError(
        f"{job.label} stopped: its transaction was ended before it was done: a command in it failed and it went on,"
        " or it took longer than the server lets a transaction live",
        at=job.shown,
        now=f"nothing of {job.label} was kept",
        do="let errors pass; for long work write batches, a probe(ctx) and `# schemactl: transaction=none`",
        kind="script",
        target=session.target,
        failed=job.entry.version.text,
    )
