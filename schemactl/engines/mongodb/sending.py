"""Sends commands so that only the holder of the lease gets them through: in a fenced transaction, or one by one.

Where the server has no transactions, the lease is renewed right before a write, and a set of writes is ordered so that
each part of it is true.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from schemactl.engines.mongodb.connection import MAJORITY
from schemactl.engines.mongodb.failure import (
    INTERNAL,
    INTERRUPTED,
    NO_SUCH_TRANSACTION,
    OUTLIVED,
    TRANSIENT,
    UNKNOWN_COMMIT,
    ServerFailure,
    from_exception,
    from_reply,
)
from schemactl.engines.mongodb.lease import guard
from schemactl.engines.mongodb.ledger_writes import numbered
from schemactl.engines.mongodb.stopping import watched
from schemactl.errors import ConnectError, HistoryError
from schemactl.running.failure import OURS, RefusedError
from schemactl.running.lease import lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pymongo.client_session import ClientSession

    from schemactl.contract.job import Job
    from schemactl.engines.mongodb.connection import Document, Session
    from schemactl.engines.mongodb.ledger_writes import Write
    from schemactl.running.lease import LeaseLock

_Answer = TypeVar("_Answer")
_AGAIN_S = 0.2


class Sender:
    """One engine's way to its server. `within` is the open transaction, None outside one."""

    def __init__(self, session: Session, lock: LeaseLock) -> None:
        self.session = session
        self._lock = lock
        self.within: ClientSession | None = None

    def check(self) -> None:
        """raises  LockedError `lost_lock` where the lease is not ours for sure; ConnectError"""
        try:
            self._lock.check()
        except ConnectError:
            self.session.lost = True
            raise

    def look(self) -> None:
        """`check` by the clock and by what the heartbeat was told. raises  LockedError"""
        self._lock.look()

    def look_within(self) -> None:
        """`look` where a transaction is open; what only reads outside one needs no lease. raises  LockedError"""
        if self.within is not None:
            self._lock.look()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """The body's commands in one transaction that the fence guards; on a standalone, each by itself.

        raises  RefusedError as the server refuses; LockedError where another took over
        """
        if not self.session.transactions:
            self.check()
            yield
            return
        self._lock.look()
        self.within, since = self._begun(), time.monotonic()
        try:
            self._guard()
            yield
            self._lock.look()
            self._commit(self.within)
        except RefusedError as refused:
            self._abort(self.within)
            raise self._outlived(refused, time.monotonic() - since) from refused
        except BaseException:
            self._abort(self.within)
            raise
        finally:
            self.within = None

    def send(self, document: Document, ordinal: int = OURS, *, settles: bool = False, admin: bool = False) -> Document:
        """One command, in the transaction where one is open.

        settles  a refusal of it means that nothing of it was done
        admin    it is the server's, not the database's
        raises   RefusedError, also where the answer is well but a write in it was refused
        """
        if self.within is not None:
            self._lock.look()
        reply = self.answered(lambda: self._sent(document, admin=admin), ordinal, settles=settles)
        failure = from_reply(reply)
        if failure is not None:
            # A write that no majority has yet is there all the same.
            settled = failure.settled or (settles and bool(reply.get("writeErrors")))
            raise self._refused(failure._replace(settled=settled), ordinal)
        return reply

    def _sent(self, document: Document, *, admin: bool) -> Document:
        if admin:
            return self.session.client.admin.command(dict(document), session=self.within)
        return self.session.command(document, session=self.within)

    def answered(self, call: Callable[[], _Answer], ordinal: int = OURS, *, settles: bool = False) -> _Answer:
        """What `call` returns, with the driver's exceptions as RefusedError."""
        try:
            return call()
        except PyMongoError as error:
            failure = from_exception(error)
            says_so = settles and not failure.gone and failure.kind != "not_replicated"
            raise self._refused(failure._replace(settled=failure.settled or says_so), ordinal) from error
        except BaseException:
            self.session.left = True
            raise

    def write(self, job: Job, writes: Sequence[Write]) -> None:
        """The ledger's own writes, in order. raises  HistoryError where an entry that must be there is not"""
        number = 0
        for write in writes:
            document = numbered(write, number) if write.numbers else write.document
            if self.within is None:
                document = {**document, "writeConcern": MAJORITY}
            reply = self.send(document)
            if "value" in reply:
                if reply["value"] is None:
                    raise self._lost_entry(job)
                number = int(reply["value"]["last_version_id"])
            elif write.expects is not None and reply["n"] != write.expects:
                raise self._lost_entry(job)

    def make_seeds(self, make: Callable[[Session], None]) -> None:
        """Make what seeds are recorded in, under the lease. raises  RefusedError; LockedError"""
        self.check()
        self.answered(lambda: make(self.session))

    def record(self, document: Document) -> None:
        """The record of a seed, in the transaction where one is open. raises  RefusedError"""
        if self.within is None:
            self.check()
            document = {**document, "writeConcern": MAJORITY}
        self.send(document)

    @contextmanager
    def cancelling(self) -> Iterator[None]:
        """While the body runs, a stop that is asked for ends what this client has under way in the server."""
        if self.session.opening.stop:
            raise RefusedError(ServerFailure(INTERRUPTED, "Interrupted", "stopped before it was sent"), stopped=True)
        try:
            with watched(self.session):
                yield
        except RefusedError as refused:
            if self.session.opening.stop and not refused.stopped:
                # The server may have cut the connection to end the command: that was us.
                self.session.lost = False
                told = ServerFailure(INTERRUPTED, "Interrupted", f"stopped: {refused.failure.sentence()}")
                raise RefusedError(told, refused.ordinal, stopped=True) from refused
            raise

    def _begun(self) -> ClientSession:
        work = self.session.work
        work.start_transaction(ReadConcern("snapshot"), WriteConcern("majority"), ReadPreference.PRIMARY)
        return work

    def _guard(self) -> None:
        if self.send(guard(self.session.token))["n"] != 1:
            raise lost(self.session.opening)

    def _commit(self, work: ClientSession) -> None:
        until = time.monotonic() + self.session.opening.connect_timeout_s
        while True:
            try:
                work.commit_transaction()
                return
            except PyMongoError as error:
                if not error.has_error_label(UNKNOWN_COMMIT) or time.monotonic() >= until:
                    failure = from_exception(error)
                    if error.has_error_label(UNKNOWN_COMMIT):
                        failure = failure._replace(code=0, name="")
                    elif failure.code == INTERNAL:
                        # It is rolled back for sure. A compatible server says so of a commit that met another's write.
                        failure = failure._replace(labels=(*failure.labels, TRANSIENT))
                    raise self._refused(failure, OURS, during="at COMMIT") from error
            time.sleep(_AGAIN_S)

    def _outlived(self, refused: RefusedError, took_s: float) -> RefusedError:
        """A transaction that the server ended because it lived too long would do so again: it is not tried again."""
        failure = refused.failure
        if not isinstance(failure, ServerFailure) or failure.code != NO_SUCH_TRANSACTION or self.session.lost:
            return refused
        limit_s = self.session.transaction_lifetime_s()
        if took_s < limit_s:
            return refused
        text = f"the server lets a transaction live for {limit_s:.0f} s, and this one took {took_s:.0f} s"
        told = failure._replace(code=OUTLIVED, name="TransactionExceededLifetimeLimitSeconds", message=text, labels=())
        return RefusedError(told, refused.ordinal, stopped=refused.stopped, during=refused.during)

    def _abort(self, work: ClientSession) -> None:
        if self.session.lost:
            # Nobody would hear it: the server ends it by itself, or whoever takes over does.
            self.session.forget_work()
        elif work.in_transaction:
            with suppress(PyMongoError):
                work.abort_transaction()

    def _refused(self, failure: ServerFailure, ordinal: int, *, during: str = "") -> RefusedError:
        if failure.gone:
            self.session.lost = self.session.left = True
        return RefusedError(failure, ordinal, during=during)

    def _lost_entry(self, job: Job) -> HistoryError:
        return HistoryError(
            f"{job.label}: its entry is no longer in the ledger: somebody else has removed it",
            at=job.shown,
            do="find out who writes to the ledger; `schemactl status` shows what it says now",
            kind="lost_entry",
            target=self.session.target,
        )
