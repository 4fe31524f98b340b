"""Work that waits in the driver's own calls and can still be stopped: a watcher that cancels it. Decides no outcome."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg

from schemactl.running.listening import listening

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from schemactl.engines.postgres.connection import Session
    from schemactl.engines.postgres.pipeline import Query

_AGAIN_S = 0.2
_CANCEL_TIMEOUT_S = 5.0


@contextmanager
def cancelling(session: Session) -> Iterator[None]:
    """While the body runs, a stop that is asked for cancels the session's statement, again and again.

    A cancel request that arrives between two statements cancels nothing, so one is sent until the body has ended. None
    is on its way when this returns. What the cancelled statement raises is the caller's to read.
    """
    connection = session.connection

    def watch(over: threading.Event) -> None:
        while not over.wait(_AGAIN_S):
            if session.opening.stop:
                with suppress(psycopg.Error):
                    connection.cancel_safe(timeout=_CANCEL_TIMEOUT_S)

    # A pipeline leaves the connection blocking: sending would then wait inside libpq, where no signal is heard.
    connection.pgconn.nonblocking = 1
    with listening(watch, name=f"stop {session.target}"):
        yield


def send(session: Session, query: Query) -> None:
    """Send one query and wait for its answer in a way that signals interrupt.

    raises  psycopg.Error as the server refuses it
    """
    params = [None if value is None else value.decode() for value in query.params]
    psycopg.RawCursor(session.connection).execute(query.sql, params)
