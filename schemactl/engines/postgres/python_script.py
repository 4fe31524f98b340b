"""Python migrations: one transaction, with the ledger entry in it, run until it commits or told why it did not."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import psycopg

from schemactl.engines.postgres import ledger_writes, python_transaction, timeouts, transaction
from schemactl.engines.postgres.failure import QUERY_CANCELED, ServerFailure, from_exception
from schemactl.engines.postgres.pipeline import Query
from schemactl.engines.postgres.sending import Trouble
from schemactl.engines.postgres.watch import cancelling, send
from schemactl.errors import SchemactlError, StatementError
from schemactl.events import Listener, ignore
from schemactl.running.python_context import Given, call, line_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alembic.operations import Operations

    from schemactl.contract.job import Job
    from schemactl.engines.postgres.connection import Session

_NO_TRANSACTION = "25001"  # PostgreSQL manual, appendix A: active_sql_transaction


def run_script(
    session: Session, job: Job, emit: Listener, *, function: str = "", ours: Sequence[Query] = ()
) -> Trouble | None:
    """Run `up` or `down` of the job's file and write the ledger in the same transaction; what went wrong, or None.

    function  another than those, and `ours` what is written then instead of the job's entry
    Trouble is what another attempt may mend, a stop or a lost server; nothing was kept, or the ledger knows.
    raises  StatementError for everything else
    """
    attempt = _Attempt(session, job, function or job.direction, ours or [_entry(job)])
    with _operations(session, job) as operations, python_transaction.opened(session.connection):
        try:
            return attempt.run(emit, operations)
        except psycopg.Error as error:
            return attempt.trouble(error)


def probe_script(session: Session, job: Job) -> bool | None:
    """The script's own `probe(ctx)`: True, False, or None where it has none. Whatever it does is rolled back.

    No workflow asks: a script is one transaction here, and its entry in the ledger knows. It is there for engines where
    a script can be left half done, and the contract is the same for all.
    """
    attempt = _Attempt(session, job, "probe")
    with _operations(session, job) as operations, python_transaction.opened(session.connection):
        try:
            found = call(session.opening, job, "probe", _given(session, operations), ignore)
        except Exception as error:
            attempt.refuse(error)
    return None if found is None else bool(found)


@contextmanager
def _operations(session: Session, job: Job) -> Iterator[Operations | None]:
    if ".op" not in job.text:
        yield None
        return
    from schemactl.engines.postgres.python_operations import opened

    with opened(session) as operations:
        yield operations


def _given(session: Session, operations: Operations | None) -> Given:
    return Given("postgres", session.connection, operations)


class _Attempt:
    """One attempt at a script, in the transaction that is open."""

    def __init__(self, session: Session, job: Job, function: str, ours: Sequence[Query] = ()) -> None:
        self._session = session
        self._job = job
        self._function = function
        self._ours = ours

    def run(self, emit: Listener, operations: Operations | None) -> Trouble | None:
        guard = [transaction.guard_lock(), *timeouts.of_section(self._job)]
        if trouble := self._send_all(guard):
            return trouble
        stood = python_transaction.note(self._session.connection)
        error: BaseException | None = None
        try:
            with cancelling(self._session):
                given = _given(self._session, operations)
                call(self._session.opening, self._job, self._function, given, emit)
        except KeyboardInterrupt:
            raise
        except BaseException as raised:  # SystemExit too: a script does not end the program
            error = raised
            # A stream that the script was in the middle of keeps the connection busy for as long as its frames live.
            traceback.clear_frames(error.__traceback__)
        return self._judge(stood, error) or self._finish()

    def trouble(self, error: psycopg.Error, ordinal: int = -1) -> Trouble:
        """An error of the driver outside the script. raises StatementError where the server had no part in it."""
        failure = from_exception(error)
        if not failure.state and not self._session.connection.closed:
            self.refuse(error)
        return Trouble(ordinal, failure, stopped=self._stopped and failure.state == QUERY_CANCELED)

    def refuse(self, error: BaseException) -> NoReturn:
        """raises  StatementError for what the script raised, with the line"""
        if isinstance(error, SchemactlError):
            raise error
        failure = _server_failure(error)
        line = line_of(self._job, error)
        no_transaction = failure is not None and failure.state == _NO_TRANSACTION
        raise self._error(
            f"stopped: {failure.sentence() if failure else words_of(error)}",
            at=f"{self._job.shown}:{line}" if line else self._job.shown,
            do=(
                "what no transaction holds belongs into a .sql migration"
                if no_transaction
                else "correct the file, then run the command again"
            ),
            kind=failure.kind if failure else "script",
            state=failure.state if failure else None,
        ) from error

    @property
    def _stopped(self) -> bool:
        return bool(self._session.opening.stop)

    def _judge(self, stood: python_transaction.Given, error: BaseException | None) -> Trouble | None:
        """What is in the way of the commit: nothing (None), or Trouble, or an error that is raised."""
        connection = self._session.connection
        if connection.lock.locked():
            connection.close()
            raise self._error(
                "stopped: it left the connection busy, with a stream or a thread of its own",
                do="read every stream to its end and wait for every thread, then run the command again",
                kind="busy",
            ) from error
        if connection.closed:
            return self._without_connection(error)
        fate = python_transaction.fate(connection, stood)
        if fate == "kept" or (fate == "rolled back" and error is None):
            raise self._ended(fate) from error
        if self._stopped:
            return Trouble(-1, ServerFailure(QUERY_CANCELED, "stopped"), stopped=True)
        if error is not None:
            return self._failed(error)
        if fate == "failed":
            raise self._error(
                "stopped: a statement in it failed and it went on, in a transaction that cannot commit any more",
                do="let the error pass, or put the statement into `with ctx.connection.transaction():`",
                kind="script",
                state="25P02",
            )
        return None

    def _failed(self, error: BaseException) -> Trouble:
        failure = _server_failure(error)
        if failure is None or not failure.retryable:
            self.refuse(error)
        return Trouble(-1, failure._replace(line=line_of(self._job, error) or 0))

    def _without_connection(self, error: BaseException | None) -> Trouble:
        if self._session.connection.broken:
            failure = _server_failure(error) if error is not None else None
            return Trouble(-1, failure if failure and failure.gone else ServerFailure("", "the server ended it"))
        raise self._error(
            "stopped: it closed the connection that it was given",
            do="take close() out of the file, then run the command again",
            kind="closed",
        ) from error

    def _ended(self, fate: python_transaction.Fate) -> StatementError:
        if fate == "kept":
            return self._error(
                "ended its own transaction: what it did before that is kept, the ledger does not say so",
                now=f"parts of {self._job.label} are in the database without an entry",
                do="take the commit out of the file, undo by hand what it did, then run the command again",
                kind="committed",
            )
        return self._error(
            "rolled its own transaction back",
            do="take the rollback out of the file, or use `with ctx.connection.transaction():`; then run it again",
            kind="rolled_back",
        )

    def _finish(self) -> Trouble | None:
        ours = [*transaction.as_ourselves(self._session), *self._ours]
        with cancelling(self._session):
            if trouble := self._send_all(ours):
                return trouble
            try:
                self._session.connection.commit()
            except psycopg.Error as error:
                return self.trouble(error, transaction.COMMIT_ORDINAL)
        return None

    def _send_all(self, queries: list[Query]) -> Trouble | None:
        for query in queries:
            try:
                send(self._session, query)
            except psycopg.Error as error:
                return self.trouble(error, query.ordinal)
        return None

    def _error(
        self, what: str, *, do: str, kind: str, at: str = "", now: str = "", state: str | None = None
    ) -> StatementError:
        label = self._job.label
        return StatementError(
            f"{label} {what}",
            at=at or self._job.shown,
            now=now or f"nothing of {label} was kept",
            do=do,
            kind=kind,
            target=self._session.target,
            state=state,
            failed=self._job.entry.version.text,
        )


def _server_failure(error: BaseException) -> ServerFailure | None:
    """The driver's error that `error` is, or that SQLAlchemy holds in it."""
    cause = getattr(error, "orig", None) or error
    return from_exception(cause) if isinstance(cause, psycopg.Error) else None


def _entry(job: Job) -> Query:
    if job.direction == "down":
        return ledger_writes.closes(job)
    return Query(ledger_writes.INSERT.encode(), ledger_writes.insert_params(job.entry, "applied"))
