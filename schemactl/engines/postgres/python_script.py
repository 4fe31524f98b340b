"""Python migrations: one transaction, with the ledger entry in it, and Alembic's operations on the same session."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from schemactl.engines.postgres import ledger_writes, timeouts, transaction
from schemactl.engines.postgres.alone import Trouble
from schemactl.engines.postgres.failure import from_exception, from_result
from schemactl.engines.postgres.pipeline import Query
from schemactl.errors import ConfigError, SchemactlError, StatementError
from schemactl.events import Listener, Noted, StepProgress, ignore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

    from alembic.operations import Operations

    from schemactl.contract.job import Job
    from schemactl.engines.postgres.connection import Connection, Session


@dataclass(slots=True)
class Context:
    """What `up(ctx)`, `down(ctx)` and `probe(ctx)` are given.

    connection  the psycopg connection, in the migration's transaction; commit and rollback are the tool's
    log(text)   tells the person who watches
    progress(done, total, unit)  for long work
    """

    connection: Connection
    target: str
    engine: str
    log: Callable[[str], None]
    progress: Callable[[int, int | None, str], None]
    operations: Operations | None

    @property
    def op(self) -> Operations:
        """Alembic's Operations, in the same transaction."""
        if self.operations is None:
            raise LookupError("ctx.op is there only in a file that has `.op` in its text")
        return self.operations


@contextmanager
def _alembic(session: Session, job: Job) -> Iterator[Operations | None]:
    """Operations for a script that asks for them, opened before its transaction: SQLAlchemy rolls back on connect."""
    if ".op" not in job.text:
        yield None
        return
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    engine = create_engine("postgresql+psycopg://", creator=lambda: session.connection, poolclass=StaticPool)
    connection = engine.connect()
    try:
        yield Operations(MigrationContext.configure(connection))
    finally:
        # Back to the pool, which rolls back what is no longer open; the engine is not disposed of, for that would close
        # the session that holds the lock.
        connection.close()


def run_script(session: Session, job: Job, emit: Listener) -> Trouble | None:
    """Run `up` or `down` of the job's file and write the ledger in the same transaction; what went wrong, or None."""
    try:
        with _alembic(session, job) as operations, _transaction(session.connection):
            return _run_in_transaction(session, job, emit, operations)
    except psycopg.Error as error:
        return Trouble(-1, from_exception(error))


def _run_in_transaction(session: Session, job: Job, emit: Listener, operations: Operations | None) -> Trouble | None:
    connection = session.connection
    connection.execute("SELECT set_config('schemactl.script', %s, true)", (session.token,))
    if trouble := _send_all(session, [transaction.guard_session(session), *timeouts.of_section(job)]):
        return trouble
    _call(session, job, job.direction, emit, operations)
    _refuse_committed(session, job)
    ours = [Query(b"RESET SESSION AUTHORIZATION"), Query(b"RESET ROLE"), _entry(job)]
    if trouble := _send_all(session, ours):
        return trouble
    connection.commit()
    return None


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    """psycopg opens a transaction at the first statement; whatever is not committed at the end is rolled back."""
    connection.autocommit = False
    try:
        yield
    finally:
        if not connection.closed:
            connection.rollback()
            connection.autocommit = True


def probe_script(session: Session, job: Job) -> bool | None:
    """The script's own `probe(ctx)`: True, False, or None where it has none. Whatever it does is rolled back."""
    with _alembic(session, job) as operations, _transaction(session.connection):
        found = _call(session, job, "probe", ignore, operations)
    return None if found is None else bool(found)


def _entry(job: Job) -> Query:
    if job.direction == "down":
        return ledger_writes.closes(job)
    return Query(ledger_writes.INSERT.encode(), ledger_writes.insert_params(job.entry, "applied"))


def _send_all(session: Session, queries: list[Query]) -> Trouble | None:
    for query in queries:
        answer = session.connection.pgconn.exec_params(query.sql, query.params)
        if answer.error_message:
            return Trouble(query.ordinal, from_result(answer))
    return None


def _call(session: Session, job: Job, function: str, emit: Listener, operations: Operations | None) -> Any:
    version = job.entry.version.text
    names: dict[str, Any] = {"__name__": f"schemactl_migration_{version}", "__file__": str(job.script)}

    def log(text: str) -> None:
        emit(Noted(session.target, version, text))

    def progress(done: int, total: int | None = None, unit: str = "rows") -> None:
        emit(StepProgress(session.target, version, done, total, unit))

    context = Context(
        session.connection,
        session.target,
        "postgres",
        log,
        progress,
        operations,
    )
    try:
        exec(_compiled(job), names)
        body = names.get(function)
        return body(context) if callable(body) else None
    except SchemactlError:
        raise
    except Exception as error:
        raise _failed(session, job, error) from error


def _compiled(job: Job) -> CodeType:
    try:
        return compile(job.text, str(job.script), "exec")
    except SyntaxError as error:
        raise ConfigError(
            f"{job.label}: {error.msg}", at=f"{job.shown}:{error.lineno}", do="correct the file", kind="syntax"
        ) from error


def _failed(session: Session, job: Job, error: Exception) -> SchemactlError:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(job.script)]
    cause = getattr(error, "orig", None) or error
    failure = from_exception(cause) if isinstance(cause, psycopg.Error) else None
    what = failure.sentence() if failure else f"{type(error).__name__}: {error}"
    return StatementError(
        f"{job.label} stopped: {what}",
        at=f"{job.shown}:{frames[-1].lineno}" if frames else job.shown,
        now=f"nothing of {job.label} was kept",
        do="correct the file, then run the command again",
        kind=failure.kind if failure else "script",
        target=session.target,
        state=failure.state if failure else None,
        failed=job.entry.version.text,
    )


def _refuse_committed(session: Session, job: Job) -> None:
    row = session.connection.execute("SELECT current_setting('schemactl.script', true)").fetchone()
    if row != (session.token,):
        raise StatementError(
            f"{job.label} ended its own transaction: what it did before that is kept, the ledger does not say so",
            at=job.shown,
            now=f"parts of {job.label} are in the database without an entry",
            do="take commit() and rollback() out of the file, undo by hand what it did, then run the command again",
            kind="committed",
            target=session.target,
            failed=job.entry.version.text,
        )
