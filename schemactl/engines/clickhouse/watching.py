"""Listens while a link waits for an answer, so that a stop or a time limit can end what was sent.

The waiting is the driver's, deaf to everything else; so a thread beside it listens, and ends the statement by its id on
a link of its own. What was ended may have taken effect all the same: whoever is told of it probes.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Final, Literal

from schemactl.engines.clickhouse import replicas
from schemactl.engines.clickhouse.failure import STOPPED, TIMEOUT, ServerError, ServerFailure
from schemactl.errors import SchemactlError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Link

_LOOKS_EVERY_S: Final = 0.05
_ENDS_WITHIN_S: Final = 10.0


@contextlib.contextmanager
def watched(session: Session, query_id: str, limit_s: float) -> Iterator[None]:
    """What the body sends under this id is ended by a stop, or after `limit_s` seconds; 0 without end.

    raises  ServerError: STOPPED, where nothing is sent any more or what was sent was ended; TIMEOUT; the body's own
    """
    if session.opening.stop:
        raise ServerError(ServerFailure(STOPPED, "stopped before it was sent"))
    with _Watch(session, query_id, limit_s) as watch:
        try:
            yield
        except ServerError as error:
            said = error.failure.sentence()
            if watch.ended == "stop":
                raise ServerError(ServerFailure(STOPPED, f"stopped: {said}")) from error
            if watch.ended == "limit":
                raise ServerError(ServerFailure(TIMEOUT, f"ended after {limit_s:g} s: {said}")) from error
            raise


class _Watch:
    """While the body waits for an answer: ends the statement on a stop, or when its time is up.

    ended  why it did; "" where it did not
    """

    def __init__(self, session: Session, query_id: str, limit_s: float) -> None:
        self._session = session
        self._query_id = query_id
        self._limit_s = limit_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"watch {query_id}", daemon=True)
        self.ended: Literal["", "stop", "limit"] = ""

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        began = time.monotonic()
        stop = self._session.opening.stop
        while not self._over.wait(_LOOKS_EVERY_S):
            if stop:
                self.ended = "stop"
            elif self._limit_s and time.monotonic() - began > self._limit_s:
                self.ended = "limit"
            if self.ended:
                self._end()
                return

    def _end(self) -> None:
        # A replicated ALTER that cannot go on ends by nothing: then the wait for it ends with the connection.
        with contextlib.suppress(SchemactlError, ServerError):
            link = replicas.beside(self._session)
            try:
                threading.Thread(target=_cancel, args=(link, self._query_id), daemon=True).start()
                self._over.wait(_ENDS_WITHIN_S)
            finally:
                link.close()
        if not self._over.is_set():
            self._session.link.close()


def _cancel(link: Link, query_id: str) -> None:
    with contextlib.suppress(ServerError):
        link.cancel(query_id)
