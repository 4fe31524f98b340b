"""Python migrations: in the migration's own transaction, or, with `transaction=none`, on a session that is watched."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from schemactl.engines.neo4j import own
from schemactl.engines.neo4j.failure import ServerFailure, from_exception, is_driver_error
from schemactl.engines.neo4j.watch import Watch
from schemactl.errors import SchemactlError, StatementError
from schemactl.running import python_alone
from schemactl.running.failure import OURS, RefusedError
from schemactl.running.python_context import Given, ScriptError, call, line_of, words_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import neo4j

    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.neo4j.connection import Session
    from schemactl.engines.neo4j.watch import Held
    from schemactl.engines.neo4j.work import Work
    from schemactl.events import Listener

ENGINE = "neo4j"


class _ScriptStoppedError(StatementError):
    """What a script of its own raised, or was refused by the server."""


class ScriptTransaction:
    """`ctx.connection`: the migration's own transaction, whose end is the tool's."""

    def __init__(self, tx: neo4j.Transaction) -> None:
        self._tx = tx

    def run(self, query: str, parameters: dict[str, Any] | None = None, **values: Any) -> neo4j.Result:
        return self._tx.run(query, parameters, **values)

    def closed(self) -> bool:
        return self._tx.closed()

    def commit(self) -> NoReturn:
        self._refuse("commit()")

    def rollback(self) -> NoReturn:
        self._refuse("rollback()")

    def close(self) -> NoReturn:
        self._refuse("close()")

    def __enter__(self) -> NoReturn:
        self._refuse("`with ctx.connection`")

    def __exit__(self, *raised: object) -> None: ...

    def _refuse(self, what: str) -> NoReturn:
        raise ScriptError(f"{what} in a migration: the tool ends its transaction, with the ledger entry in it")


class ScriptSession:
    """`ctx.connection` under `transaction=none`: the driver's session, whose every sending looks at the lease first."""

    def __init__(self, opened: neo4j.Session, watch: Watch, check: Callable[[], None]) -> None:
        self._opened = opened
        self._watch = watch
        self._check = check
        self._last: neo4j.Result | None = None

    def run(self, query: str, parameters: dict[str, Any] | None = None, **values: Any) -> neo4j.Result:
        """Send one statement, in a transaction of its own."""
        import neo4j

        self.settle()
        self._check()
        asked = neo4j.Query(query, metadata=self._watch.metadata)
        self._last = self._opened.run(asked, parameters, **values)
        return self._last

    def begin_transaction(self) -> neo4j.Transaction:
        self.settle()
        self._check()
        return self._opened.begin_transaction(metadata=self._watch.metadata)

    def settle(self) -> None:
        """Read the last answer to its end: a failure that no one has read the driver forgets when it closes."""
        from neo4j.exceptions import ResultFailedError

        last, self._last = self._last, None
        if last is not None:
            # The script was told of this failure itself, and went on.
            with suppress(ResultFailedError):
                last.consume()


def run(session: Session, job: Job, work: Work, emit: Listener, function: str = "") -> None:
    """Run `up` or `down`, or another `function`, in the transaction that is open.

    raises  StatementError with the line of the file; RefusedError for what may be tried again; ConfigError
    """
    error: BaseException | None = None
    before = own.within(work.tx)
    try:
        call(session.opening, job, function or job.direction, Given(ENGINE, ScriptTransaction(work.tx)), emit)
    except (KeyboardInterrupt, SchemactlError):
        raise
    except BaseException as raised:  # SystemExit too: a script does not end the program
        error = raised
    if work.tx.closed():  # only the client's side says so: what the server ended is not
        raise _closed(session, job, error) from error
    if error is not None:
        raise _stopped(session, job, error) from error
    work.ours()
    if own.within(work.tx) != before:
        raise _reached_ours(session, job)


def run_alone(
    session: Session,
    job: Job,
    check: Callable[[], None],
    emit: Listener,
    held: Held | None = None,
    function: str = "",
) -> None:
    """Run it on a session of its own; `held` as of Watch. raises  RefusedError, ConfigError"""
    watch = Watch(session, held=held)
    with watch.watching(), session.session() as opened:
        asked = ScriptSession(opened, watch, check)
        given = Given(ENGINE, asked)
        python_alone.run_alone(session.opening, job, given, emit, lambda error: _of_server(error, watch), function)
        try:
            asked.settle()
        except Exception as error:
            failure = _of_server(error, watch)
            if failure is None:
                raise
            told = python_alone.AtLine(failure, 0)
            raise RefusedError(told, stopped=bool(session.opening.stop) and not told.gone) from error


def probe(session: Session, job: Job) -> bool | None:
    """What the script's own `probe(ctx)` says; whatever it does is rolled back.

    raises  _ScriptStoppedError where it stopped; RefusedError, ConnectError, StatementError for the server's part in it
    """
    try:
        with session.session() as opened, opened.begin_transaction(metadata=session.metadata()) as tx:
            try:
                return python_alone.probe_script(session.opening, job, Given(ENGINE, ScriptTransaction(tx)))
            except SchemactlError:
                raise
            except Exception as error:
                raise _stopped(session, job, error) from error
            finally:
                if not tx.closed():
                    tx.rollback()
    except (RefusedError, SchemactlError):
        raise
    except Exception as error:
        raise session.trouble(error, f"asking the probe of {job.label}") from error


def finding(session: Session, job: Job, planned: PlannedStatement) -> Finding:
    """What is known of a script by itself; where its probe stopped, nobody knows, and a person decides."""
    try:
        return python_alone.script_finding(job, planned, probe(session, job))
    except _ScriptStoppedError as stopped:
        return python_alone.script_finding(job, planned, None, trouble=stopped.what)


def _of_server(error: BaseException, watch: Watch | None = None) -> ServerFailure | None:
    if not is_driver_error(error):
        return None
    failure = from_exception(error)
    return watch.told(failure) if watch is not None else failure


def _stopped(session: Session, job: Job, error: BaseException) -> Exception:
    """What to raise for what a script raised in its transaction, where nothing of it is kept."""
    failure = _of_server(error)
    line = line_of(job, error)
    if failure is not None and (failure.gone or failure.retryable or session.opening.stop):
        return RefusedError(
            failure._replace(line=line or 0), OURS, stopped=bool(session.opening.stop) and not failure.gone
        )
    if session.opening.stop and failure is None:
        told = ServerFailure("stopped", words_of(error), "stopped", line=line or 0)
        return RefusedError(told, OURS, stopped=True)
    mixed = failure is not None and failure.kind == "mixed_transaction"
    return _ScriptStoppedError(
        f"{job.label} stopped: {failure.sentence() if failure else words_of(error)}",
        at=f"{job.shown}:{line}" if line else job.shown,
        now=f"nothing of {job.label} was kept",
        do=(
            "say `# schemactl: transaction=none`, or put what changes the schema into a .cypher migration"
            if mixed
            else "correct the file, then run the command again"
        ),
        kind=failure.kind if failure else "script",
        target=session.target,
        state=failure.state if failure else None,
        failed=job.entry.version.text,
    )


def _closed(session: Session, job: Job, error: BaseException | None) -> StatementError:
    then = f", and stopped then: {words_of(error)}" if error is not None else ""
    return StatementError(
        f"{job.label} ended its own transaction{then}",
        at=job.shown,
        now=f"what {job.label} committed is in the database without an entry; what it rolled back is not",
        do="take commit and rollback out of the file, undo by hand what it did, then run the command again",
        kind="committed",
        target=session.target,
        failed=job.entry.version.text,
    )


def _reached_ours(session: Session, job: Job) -> StatementError:
    return StatementError(
        f"{job.label} changed nodes of the ledger or the lock",
        at=job.shown,
        now=f"nothing of {job.label} was kept",
        do=own.REMEDY,
        kind="drops_ledger",
        target=session.target,
        failed=job.entry.version.text,
    )
