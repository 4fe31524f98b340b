"""Ends a question that somebody waits for: no writer waits for a read, but DDL does, and writers for that."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg

from schemactl.engines.postgres.connection import connect
from schemactl.errors import SchemactlError
from schemactl.running.listening import listening

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from schemactl.engines.postgres.connection import Connection, Session

EVERY_S = 1.0
_CANCEL_TIMEOUT_S = 5.0
# Behind a proxy our backend has another number: nobody is seen to wait then.
_WAITED_FOR = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_locks w WHERE NOT w.granted AND %s = ANY (pg_catalog.pg_blocking_pids(w.pid)))
"""


class GivingWay:
    """Looks, from a connection of its own, whether somebody waits for the question that is under way."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked = 0
        self._gave_way = 0

    @property
    def gave_way(self) -> bool:
        """Whether the question that was asked last was ended for another session."""
        return self._gave_way == self._asked

    def asking(self) -> None:
        """A question is about to be asked."""
        self._asked += 1

    @contextmanager
    def watching(self) -> Iterator[None]:
        """In the body, questions give way. What takes less than a second costs no connection."""
        with listening(self._watch, name=f"way {self._session.target}"):
            yield

    def _watch(self, over: threading.Event) -> None:
        # Where no second connection is to be had, nobody looks: lock_timeout of the others stands.
        with suppress(psycopg.Error, SchemactlError):
            if not over.wait(EVERY_S):
                with connect(self._session.opening) as other:
                    self._look(other, over)

    def _look(self, other: Connection, over: threading.Event) -> None:
        connection = self._session.connection
        while True:
            question = self._asked
            ((waited_for,),) = other.execute(_WAITED_FOR, (connection.info.backend_pid,)).fetchall()
            if waited_for and question == self._asked and not over.is_set():
                self._gave_way = question
                connection.cancel_safe(timeout=_CANCEL_TIMEOUT_S)
            if over.wait(EVERY_S):
                return
