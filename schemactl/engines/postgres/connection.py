"""A target's session: opening it, its settings, and what they must be again after a migration changed them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import psycopg

from schemactl.engines.postgres.failure import connecting
from schemactl.errors import UnsupportedError
from schemactl.running.owner import application

if TYPE_CHECKING:
    from schemactl.contract.opening import Opening

Connection = psycopg.Connection[Any]

OLDEST = 150000  # server_version_num; docs/engines/postgres.md


class Session:
    """One connection in autocommit with our settings, on which the lock is held and all the work is done.

    works_as  the role that it takes on for its work, quoted, where that is another than its login's; "" for none
    synchronous_commit  what this user's commits wait for
    flushed_within_s    how soon a commit that waited for nothing is on disk all the same: three times wal_writer_delay
                        (PostgreSQL manual, "Asynchronous Commit")
    token  a random word kept in the setting schemactl.token: a transaction that does not find it there is running on
           another backend than the one that took the lock, behind a transaction-pooling proxy
    """

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.token = os.urandom(8).hex()
        self.connection = connect(opening)
        self.major = self.connection.info.server_version // 10000
        self.works_as = ""
        self.synchronous_commit = "on"
        self.flushed_within_s = 0.0
        try:
            self._check_version()
            self._give_settings()
        except BaseException:
            self.connection.close()
            raise

    @property
    def target(self) -> str:
        return self.opening.target

    @property
    def ourselves(self) -> tuple[bytes, ...]:
        """What makes the session the one again that the ledger is written by, whatever role a migration took on."""
        role = f"SET ROLE {self.works_as}" if self.works_as else "RESET ROLE"
        return (b"RESET SESSION AUTHORIZATION", role.encode())

    @property
    def resets(self) -> tuple[bytes, ...]:
        """What brings the session back to where it was before any work, all of it legal in a transaction."""
        return (*self.ourselves, b"RESET ALL", b"CLOSE ALL", b"UNLISTEN *", b"DISCARD TEMP")

    def work_as(self, role: str) -> None:
        """Take on `role`, quoted, now and after whatever a migration does to the session. raises  psycopg.Error"""
        self.works_as = role
        for sql in self.ourselves:
            self.connection.execute(sql)

    def _check_version(self) -> None:
        version = self.connection.info.server_version
        if version < OLDEST:
            raise UnsupportedError(
                f"the server is PostgreSQL {version // 10000}; 15 is the oldest that is supported",
                at=self.opening.shown,
                do="upgrade the server",
                kind="version",
                target=self.target,
            )

    def _give_settings(self) -> None:
        sql, values = self.settings(last="")
        answer = self.connection.pgconn.exec_params(sql.encode(), [value.encode() for value in values])
        self.synchronous_commit = (answer.get_value(0, 6) or b"on").decode()
        # Standbys that a commit waits for have no such bound.
        self.flushed_within_s = float("inf") if answer.get_value(0, 9) else 3 * float(answer.get_value(0, 7) or 0)

    def settings(self, *, last: str) -> tuple[str, tuple[str, ...]]:
        """The statement, with its parameters, that gives the session its settings.

        Idle timeouts would end a session that waits for a person's answer while it holds the lock; a role's own
        statement_timeout stays as the DBA set it, unless the project has one. psycopg reads times in the form of ISO
        alone; the order of day and month stays as it was.
        """
        return (
            "SELECT set_config('schemactl.token', $1, false), set_config('schemactl.last', $2, false),"
            " set_config('lock_timeout', $3, false), set_config('idle_session_timeout', '0', false),"
            " set_config('idle_in_transaction_session_timeout', '0', false),"
            " set_config('standard_conforming_strings', 'on', false), current_setting('synchronous_commit'),"
            " extract(epoch FROM current_setting('wal_writer_delay')::interval),"
            " set_config('statement_timeout',"
            " coalesce(nullif($4, '0ms'), current_setting('statement_timeout')), false),"
            " current_setting('synchronous_standby_names'), set_config('datestyle', 'ISO', false)",
            (
                self.token,
                last,
                f"{self.opening.patience.lock_timeout_ms}ms",
                f"{self.opening.statement_timeout_ms}ms",
            ),
        )

    def close(self) -> None:
        self.connection.close()


def connect(opening: Opening) -> Connection:
    """Open a connection in autocommit.

    raises  ConnectError (11) with the cause told apart by `kind`; the password is in no message
    """
    try:
        connection = psycopg.connect(
            opening.url,
            autocommit=True,
            connect_timeout=opening.connect_timeout_s,
            application_name=application(opening.target)[:63],
            client_encoding="utf-8",
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
        )
    except psycopg.Error as error:
        raise connecting(
            error, shown=opening.shown, target=opening.target, password=_password_of(opening.url)
        ) from None
    # Statements of a migration run once: preparing them would only fill the server's memory.
    connection.prepare_threshold = None
    return connection


def _password_of(url: str) -> str:
    from psycopg.conninfo import conninfo_to_dict

    try:
        return str(conninfo_to_dict(url).get("password") or "")
    except psycopg.Error:
        return ""
