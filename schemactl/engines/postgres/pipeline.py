"""Batches of queries over libpq's pipeline mode: many on their way at once, one sync at the end of each.

Knows nothing of migrations. psycopg's own Pipeline stops at the first error with the rest of the results thrown away;
here each result is matched to the query that it answers, and batches that follow a failed one are drained.
"""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import Error, OperationalError
from psycopg.pq import ConnStatus, ExecStatus

from schemactl.engines.postgres.failure import ServerFailure, from_result

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

    from schemactl.contract.opening import Stop
    from schemactl.engines.postgres.connection import Connection

# Enough to hide a round trip of tens of milliseconds behind the server's own work, few enough to keep memory small.
WINDOW = 32
WINDOW_BYTES = 1 << 20
_POLL_MS = 200
_COPIES = (ExecStatus.COPY_IN, ExecStatus.COPY_OUT, ExecStatus.COPY_BOTH)


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a batch.

    prepared  run the prepared statement of this name; `sql` says what it is, and is not sent
    prepare   prepare `sql` under this name instead of running it
    ordinal   the migration's statement; negative for one of ours
    """

    sql: bytes
    params: tuple[bytes | None, ...] = ()
    prepared: bytes = b""
    prepare: bytes = b""
    ordinal: int = -1


Batch = Sequence[Query]


@dataclass(frozen=True, slots=True)
class BatchFailure:
    """The first failure: which batch, which query of it, and what the server said. `stopped`: because we were asked."""

    batch: int
    query: int
    failure: ServerFailure
    stopped: bool = False


class Exchange:
    """One run of batches over one connection. After it the connection is out of pipeline mode and in no transaction."""

    def __init__(
        self,
        connection: Connection,
        stop: Stop | None,
        quiet: Callable[[], None] | None = None,
        answered: Callable[[int, int], None] | None = None,
    ) -> None:
        """`quiet` is called whenever no answer has come for a moment, `answered(batch, query)` for each answer."""
        self._connection = connection
        self._pg: PGconn = connection.pgconn
        self._stop = stop
        self._quiet = quiet
        self._heard = answered
        self._failed: BatchFailure | None = None
        self._cancelled = False
        self._cancel_again = 0.0
        self._sent = False

    def run(self, batches: Iterator[Batch], done: Callable[[int], None]) -> BatchFailure | None:
        """Send batches until one fails; `done(i)` as batch i has been answered in full.

        returns  the first failure, or None; batches after a failed one may have been sent, so each must be able to tell
                 that the one before it did not happen
        """
        self._pg.nonblocking = 1
        self._pg.enter_pipeline_mode()
        try:
            self._pump(batches, done)
        except OperationalError as error:
            # What the server said last tells more than that the line is dead.
            return self._failed or BatchFailure(self._answering, self._query, _lost(error))
        finally:
            self._leave()
        return self._failed

    def _pump(self, batches: Iterator[Batch], done: Callable[[int], None]) -> None:
        waiting: deque[Batch] = deque()
        sizes: deque[int] = deque()
        self._answering = self._query = 0
        more = True
        poll = select.poll()
        while True:
            while more and self._failed is None and len(waiting) < WINDOW and sum(sizes) < WINDOW_BYTES:
                # The first is always sent: whoever asks for one batch is told what became of it.
                batch = None if self._stop and self._sent else next(batches, None)
                if batch is None:
                    more = False
                    break
                self._sent = True
                waiting.append(batch)
                sizes.append(self._send(batch))
            unsent = self._pg.flush()
            if not waiting:
                return
            poll.register(self._pg.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
            ready = poll.poll(_POLL_MS)
            # Also where answers keep coming: many short statements are in flight.
            self._look_at_stop()
            if not ready:
                if self._quiet is not None:
                    self._quiet()
                continue
            self._pg.consume_input()
            self._receive(waiting, sizes, done)

    def _send(self, batch: Batch) -> int:
        for query in batch:
            if query.prepare:
                self._pg.send_prepare(query.prepare, query.sql)
            elif query.prepared:
                self._pg.send_query_prepared(query.prepared, query.params)
            else:
                self._pg.send_query_params(query.sql, query.params)
        self._pg.pipeline_sync()
        return sum(len(query.sql) for query in batch)

    def _receive(self, waiting: deque[Batch], sizes: deque[int], done: Callable[[int], None]) -> None:
        while waiting and not self._pg.is_busy():
            result = self._pg.get_result()
            if result is None:  # the end of one query's results, or of the connection
                if self._pg.status != ConnStatus.OK:
                    raise OperationalError("the connection was closed")
                if self._heard is not None and self._failed is None:
                    self._heard(self._answering, self._query)
                self._query += 1
                continue
            if result.status in _COPIES:
                # Pipeline mode has no COPY, and the server waits for an answer that cannot be given.
                self._failed = BatchFailure(
                    self._answering, self._query, ServerFailure("0A000", "COPY cannot run here")
                )
                self._connection.close()
                raise OperationalError("COPY in a pipeline")
            if result.status == ExecStatus.PIPELINE_SYNC:
                waiting.popleft()
                sizes.popleft()
                if self._failed is None:
                    done(self._answering)
                self._answering += 1
                self._query = 0
            elif result.status == ExecStatus.FATAL_ERROR and self._failed is None:
                stopped = self._cancelled and result.error_field(67) == b"57014"  # 67: PG_DIAG_SQLSTATE, "C"
                self._failed = BatchFailure(self._answering, self._query, from_result(result), stopped)

    def _look_at_stop(self) -> None:
        # A cancel request that arrives between two statements cancels nothing, so it is sent until one is stopped.
        if self._stop and self._failed is None and time.monotonic() >= self._cancel_again:
            self._cancelled = True
            # Where it does not get through, the statement goes on, and so does the wait for it.
            with suppress(Error):
                self._connection.cancel_safe(timeout=5)
            self._cancel_again = time.monotonic() + _POLL_MS / 1000

    def _leave(self) -> None:
        try:
            if self._pg.pipeline_status and self._connection.closed is False:
                self._pg.exit_pipeline_mode()
                if self._pg.transaction_status:
                    self._connection.execute("ROLLBACK")
        except Error:
            # The connection is of no more use; what failed first is what the caller is told.
            self._connection.close()


def _lost(error: Error) -> ServerFailure:
    return ServerFailure("", " ".join(str(error).split()))
