"""The target's lock: a session-level advisory lock, polled for on the session that then does the work.

The blocking form would wait inside a statement, with a snapshot that CREATE INDEX CONCURRENTLY of the holder waits for
in turn: a deadlock. A transaction-pooling proxy gives each transaction any backend it likes, so a lock that one of them
took belongs to nobody: it is looked for before and after.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from schemactl.engines.postgres.connection import Session, connect
from schemactl.engines.postgres.failure import reading
from schemactl.engines.postgres.key import KEY
from schemactl.errors import LockedError, SchemactlError
from schemactl.events import Listener, Warned
from schemactl.running.owner import APPLICATION
from schemactl.running.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAKE = (
    "SELECT held.here, CASE WHEN held.here THEN false ELSE pg_try_advisory_lock(%(key)s) END, pg_backend_pid(),"
    " current_setting('schemactl.token', true)"
    " FROM (SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    " AND classid = %(high)s::oid AND objid = %(low)s::oid AND objsubid = 1) AS here) AS held"
)
_HOLDER = (
    "SELECT a.pid, a.usename, a.application_name, a.client_addr, a.backend_start::timestamptz(0), a.state"
    " FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND l.classid = %s::oid AND l.objid = %s::oid AND l.objsubid = 1"
)


class PostgresLock:
    def __init__(self, session: Session, key: int = KEY) -> None:
        self._session = session
        self._key = key
        self._parts = (key >> 32, key & 0xFFFFFFFF)

    @contextmanager
    def hold(self, *, wait_s: float, emit: Listener) -> Iterator[None]:
        self._refuse_pooler()
        self._take(wait_s, emit)
        try:
            yield
        finally:
            self._release(emit)

    def holder(self) -> str | None:
        try:
            row = self._session.connection.execute(_HOLDER, self._parts).fetchone()
        except psycopg.Error as error:
            raise self._reading(error) from error
        if row is None:
            return None
        pid, user, application, address, since, state = row
        who = f"{application or 'no name'}, user {user}, from {address or 'a socket'}"
        # Whoever may connect can take an advisory lock, the roles of services too.
        stranger = "" if (application or "").startswith(APPLICATION) else f", no session of {APPLICATION}'s"
        return f"backend {pid} ({who}, since {since}, {state}){stranger}"

    def _take(self, wait_s: float, emit: Listener) -> None:
        def take() -> str:
            return "" if self._try() else self.holder() or "another runner, which has ended since"

        end = "end that backend if its client is gone"
        wait_for(self._session.opening, take, wait_s=wait_s, emit=emit, end_holder=end)

    def _try(self) -> bool:
        parameters = {"key": self._key, "high": self._parts[0], "low": self._parts[1]}
        try:
            row = self._session.connection.execute(_TAKE, parameters).fetchone()
        except psycopg.Error as error:
            raise self._reading(error) from error
        assert row is not None
        here, taken, _, token = row
        if here or token != self._session.token:
            if taken:
                self._session.connection.execute("SELECT pg_advisory_unlock(%s)", (self._key,))
            raise self._pooled("the session that answered is not the one that was opened")
        return bool(taken)

    def _release(self, emit: Listener) -> None:
        connection = self._session.connection
        if connection.closed:
            return
        try:
            row = connection.execute("SELECT pg_advisory_unlock(%s)", (self._key,)).fetchone()
        except psycopg.Error:
            # The session is gone, and the lock with it.
            connection.close()
            return
        if row != (True,):
            emit(Warned(self._session.target, "the lock was no longer held when it was to be released"))

    def _refuse_pooler(self) -> None:
        """Prove that a proxy, where there is one, keeps a backend for this session.

        A pooler makes up the process id it tells its client. Where it pools by transaction, a second session that comes
        while the first is idle is given the first one's backend.
        """
        connection = self._session.connection
        row = self._read("SELECT pg_backend_pid()")
        if row == connection.info.backend_pid:
            return
        for _ in range(3):
            second = connect(self._session.opening)
            try:
                other = second.execute("SELECT pg_backend_pid()").fetchone()
            finally:
                second.close()
            if other == (row,) or self._read("SELECT pg_backend_pid()") != row:
                raise self._pooled("two sessions were given one backend")

    def _read(self, sql: str) -> int:
        try:
            row = self._session.connection.execute(sql.encode()).fetchone()
        except psycopg.Error as error:
            raise self._reading(error) from error
        return int(row[0]) if row else 0

    def _pooled(self, how: str) -> LockedError:
        return LockedError(
            f"a connection pooler in transaction mode is in between: {how}",
            at=self._session.opening.shown,
            now="nothing was changed by this run since; a lock cannot be held through such a pooler",
            do="give this target the server's own address, or a pool in session mode",
            kind="pooled",
            target=self._session.target,
        )

    def _reading(self, error: psycopg.Error) -> SchemactlError:
        return reading(error, target=self._session.target, shown=self._session.opening.shown, what="taking the lock")
