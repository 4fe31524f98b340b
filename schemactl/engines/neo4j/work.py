"""One transaction of a runner: begun under the lease, watched, its failures told in our terms. Knows no job."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from schemactl.engines.neo4j import fence
from schemactl.engines.neo4j.failure import from_exception, is_driver_error
from schemactl.engines.neo4j.watch import Watch
from schemactl.errors import HistoryError
from schemactl.running.failure import OURS, RefusedError
from schemactl.running.lease import lost

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import neo4j

    from schemactl.engines.neo4j.connection import Session
    from schemactl.engines.neo4j.ledger_writes import Write
    from schemactl.engines.neo4j.timeouts import Timeouts
    from schemactl.engines.neo4j.watch import Held


class Work:
    """An open transaction. `tx` is the driver's own, for a script."""

    def __init__(self, session: Session, tx: neo4j.Transaction, watch: Watch, limits: Timeouts) -> None:
        self._session = session
        self._watch = watch
        self._limits = limits
        self.tx = tx
        self.ordinal = OURS
        self.text = ""

    def send(self, text: str, limits: Timeouts, ordinal: int, *, waits_unseen: bool = False) -> neo4j.ResultSummary:
        """One statement of the migration, all of its answer read; `waits_unseen` as of Watch."""
        self.ordinal, self.text = ordinal, text
        self._watch.begins(limits, waits_unseen=waits_unseen)
        summary = self.tx.run(text, {}).consume()
        self.ours()
        return summary

    def ours(self) -> None:
        """What fails from here on is no statement of the migration."""
        self.ordinal, self.text = OURS, ""
        self._watch.begins(self._limits)

    def write(self, writes: Sequence[Write]) -> None:
        """raises  HistoryError where a row that must be there is not: somebody else has changed the ledger"""
        for one in writes:
            record = self.tx.run(one.text, one.values).single() if one.hits else None
            if not one.hits:
                self.tx.run(one.text, one.values).consume()
            elif record is None or record["hit"] == 0:
                raise HistoryError(
                    "its entry is no longer in the ledger: somebody else has removed it",
                    at=self._session.opening.shown,
                    do="find out who writes to the ledger; `schemactl status` shows what it says now",
                    kind="lost_entry",
                    target=self._session.target,
                )


@contextmanager
def transaction(session: Session, limits: Timeouts, *, data: bool = True, stoppable: bool = True) -> Iterator[Work]:
    """A transaction under the lease, committed at the end of the body, rolled back where that raises.

    limits  for what the tool itself sends in it
    data    it changes data: the fence is locked. A change of the schema only looks at the lease, for no transaction
            may do both; whoever takes over ends it by its metadata
    stoppable  as of Watch
    raises  RefusedError where the server refuses or is lost; LockedError where the lease is not held
    """
    watch = Watch(session, stoppable=stoppable)
    work: Work | None = None
    try:
        with (
            watch.watching(),
            session.session() as opened,
            opened.begin_transaction(metadata=watch.metadata) as tx,
        ):
            work = Work(session, tx, watch, limits)
            work.ours()
            if session.token or data:  # without a token it is recover's tidying, whose caller may work unlocked
                fence.guard(tx, session.token, session.opening, data=data)
            yield work
            tx.commit()
    except Exception as error:
        if not is_driver_error(error):
            raise
        ordinal, text = (work.ordinal, work.text) if work is not None else (OURS, "")
        raise refused(error, watch, ordinal, text) from error


def batches(session: Session, text: str, limits: Timeouts, ordinal: int, held: Held | None = None) -> None:
    """A statement that commits by itself, which fails where the lease is not held.

    held  as of Watch

    raises  RefusedError; LockedError where it did nothing
    """
    import neo4j

    sent, longer = fence.prefixed(text)
    watch = Watch(session, held=held)
    try:
        with watch.watching(), session.session() as opened:
            watch.begins(limits)
            query = neo4j.Query(sent, metadata=watch.metadata)
            opened.run(query, {fence.PREFIX_TOKEN: session.token}).consume()
    except Exception as error:
        if not is_driver_error(error):
            raise
        if fence.NOT_HELD in str(error):
            raise lost(session.opening) from error
        raise refused(error, watch, ordinal, sent, longer) from error


def refused(error: BaseException, watch: Watch, ordinal: int, text: str = "", longer: int = 0) -> RefusedError:
    """The driver's error as the machinery takes it. longer: characters that the tool put before the statement"""
    failure = watch.told(from_exception(error, text))
    if failure.position > longer:
        failure = failure._replace(position=failure.position - longer)
    return RefusedError(failure, ordinal, stopped=watch.reason == "stopped" and not failure.gone)
