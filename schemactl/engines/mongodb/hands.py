"""What the shared machinery asks of MongoDB for a job: see running.hands.Hands."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError

from schemactl.engines.mongodb import commands, ledger_writes, leftovers, observe, observe_indexes, python_script
from schemactl.engines.mongodb.connection import MAJORITY
from schemactl.engines.mongodb.failure import INTERRUPTED, ServerFailure
from schemactl.errors import RunInterruptedError
from schemactl.running.failure import RefusedError
from schemactl.script.duration import milliseconds

if TYPE_CHECKING:
    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.mongodb.commands import Command
    from schemactl.engines.mongodb.connection import Document
    from schemactl.engines.mongodb.ledger_writes import Write
    from schemactl.engines.mongodb.sending import Sender
    from schemactl.events import Listener
    from schemactl.running.hands import Before

_OWN_END_WAIT_S = 60.0


class MongoHands:
    """function  what a script is called by, instead of the job's direction"""

    def __init__(self, sender: Sender, function: str = "") -> None:
        self._sender = sender
        self._function = function
        self._session = sender.session
        self._answered: PlannedStatement | None = None

    @property
    def lost(self) -> bool:
        return self._session.lost

    def transaction(self, job: Job, index: int) -> None:
        since = time.monotonic()
        with self._sender.transaction():
            self.commands(job, index)
            self._sender.write(job, _told(job, index, since))

    def commands(self, job: Job, index: int) -> None:
        """The commands of a segment, in the transaction that is open. raises  RefusedError"""
        with self._sender.cancelling():
            for planned in job.segments[index].steps:
                if planned.ordinal not in job.done:
                    admin = commands.of(planned.statement).name in commands.ON_ADMIN
                    self._sender.send(self._document(job, planned), planned.ordinal, admin=admin)

    def script(self, job: Job, emit: Listener) -> None:
        since = time.monotonic()
        with self._sender.transaction():
            python_script.run(self._sender, job, emit)
            with python_script.ended(self._sender, job):
                self._sender.write(job, _told(job, 0, since))

    def before(self, job: Job, index: int) -> Before:
        (planned,) = job.segments[index].steps
        if job.script is not None:
            return {"script": job.shown}
        return self._sender.answered(lambda: observe.before(self._session, planned))

    def intend(self, job: Job, index: int, noted: Before) -> None:
        intent = ledger_writes.steps(job, index, job.segments[index], "intent", noted)
        self._write(job, [*ledger_writes.opens(job), *intent])

    def send(self, job: Job, index: int, noted: Before, emit: Listener) -> None:
        (planned,) = job.segments[index].steps
        with self._sender.cancelling():
            if job.script is not None:
                self._sender.check()
                python_script.run_alone(self._sender, job, emit, self._function)
                return
            command = commands.of(planned.statement)
            document = self._lone(job, planned)
            self._answered = None
            self._sender.check()
            try:
                self._sender.send(
                    document,
                    planned.ordinal,
                    settles=commands.is_one_write(command),
                    admin=command.name in commands.ON_ADMIN,
                )
            except RefusedError as refused:
                raise self._advised(refused, command) from refused
            self._answered = planned

    def record(self, job: Job, index: int) -> None:
        if index == len(job.segments) - 1:
            self._write(job, ledger_writes.ends(job))
        else:
            self._write(job, ledger_writes.steps(job, index, job.segments[index], "done"))

    def forget(self, job: Job, index: int, *, whole: bool) -> None:
        forgets = ledger_writes.forgets(job, job.segments[index].steps[0].ordinal)
        # Where there are no transactions: an entry without steps is one of which nothing is done.
        self._write(job, [forgets, *([ledger_writes.takes_back(job)] if whole else [])])

    def probe(self, job: Job, planned: PlannedStatement, noted: Before) -> Finding:
        if job.script is not None:
            return python_script.finding(self._session, job, planned)
        if self._session.opening.stop:
            self._await_own()
        idempotent = observe.is_idempotent(job, planned)
        session = self._session
        found = self._sender.answered(lambda: observe.probe(session, planned, noted, idempotent=idempotent))
        if planned is self._answered:
            return self._sender.answered(lambda: observe.after_answer(session, planned, found))
        return found

    def tidy(self, planned: PlannedStatement, noted: Before) -> str:
        self._sender.check()
        session, look = self._session, self._sender.check
        try:
            return self._sender.answered(lambda: observe.tidy(session, planned, noted, look))
        except RunInterruptedError as stopped:
            raise RefusedError(ServerFailure(INTERRUPTED, "Interrupted", stopped.what), stopped=True) from stopped

    def _advised(self, refused: RefusedError, command: Command) -> RefusedError:
        """The refusal without a password in its words; that of a unique index with the query that shows duplicates."""
        failure = refused.failure
        if not isinstance(failure, ServerFailure):
            return refused
        told = failure._replace(message=commands.without_secret(failure.message, command))
        if failure.kind == "unique_violation" and not self._session.lost:
            query = ""
            with suppress(PyMongoError):
                query = observe_indexes.duplicates(self._session, command)
            told = told._replace(advice=f"find the documents in its way with {query} and settle them" if query else "")
        return RefusedError(told, refused.ordinal, stopped=refused.stopped, during=refused.during)

    def _await_own(self) -> None:
        """A command that a stop was to end may go on without its connection, and must not be judged before its end."""
        self._session.left = not self._sender.answered(
            lambda: leftovers.await_own(self._session, within_s=_OWN_END_WAIT_S)
        )
        if self._session.left:
            self._session.blind = "it is still running in the server"

    def _write(self, job: Job, writes: list[Write]) -> None:
        with self._sender.transaction():
            self._sender.write(job, writes)

    def _document(self, job: Job, planned: PlannedStatement) -> Document:
        """The command as it is sent, with the time limit that holds for it."""
        document = dict(commands.of(planned.statement).document)
        limit_ms = self._limit_ms(job, planned)
        if limit_ms:
            document.setdefault("maxTimeMS", limit_ms)
        return document

    def _limit_ms(self, job: Job, planned: PlannedStatement) -> int:
        said = planned.statement.directives.get("statement_timeout")
        if said is not None:
            return milliseconds(said)
        if job.statement_timeout_ms is not None:
            return job.statement_timeout_ms
        return self._session.opening.statement_timeout_ms

    def _lone(self, job: Job, planned: PlannedStatement) -> Document:
        """The same outside a transaction: it is done when a majority of the members has it."""
        command = commands.of(planned.statement)
        document = self._document(job, planned)
        if command.name in commands.MAJORITY | commands.WRITES or commands.writes_elsewhere(command):
            document["writeConcern"] = MAJORITY
        if command.name == "createIndexes" and self._session.transactions and not self._session.sharded:
            # Else success could mean that other members still build it.
            document.setdefault("commitQuorum", "votingMembers")
        if command.name == "renameCollection":
            document |= {"renameCollection": self._full(command.collection), "to": self._full(document.get("to"))}
        return document

    def _full(self, name: Any) -> Any:
        """With the database in front, always: a collection's own name may begin with what the database is called."""
        return f"{self._session.name}.{name}" if isinstance(name, str) else name


def _told(job: Job, index: int, since: float) -> list[Write]:
    """What the ledger is to say of a segment that ends now."""
    if len(job.segments) == 1 and job.entry.state == "applied":
        if job.direction == "down":
            return [ledger_writes.closes(job)]
        return ledger_writes.inserts(job.entry, "applied", round((time.monotonic() - since) * 1000))
    if index == len(job.segments) - 1:
        return [*ledger_writes.opens(job), *ledger_writes.ends(job)]
    return [*ledger_writes.opens(job), *ledger_writes.steps(job, index, job.segments[index], "done")]
