"""How an inspection asks the server, and what it makes of what it was refused. Knows no inspection."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from schemactl.contract.verifying import Inspected
from schemactl.engines.postgres.failure import QUERY_CANCELED, from_exception
from schemactl.running.inspecting import Look

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemactl.contract.verifying import Inspection
    from schemactl.engines.postgres.connection import Session
    from schemactl.engines.postgres.failure import ServerFailure
    from schemactl.events import Listener

BRIEF_MS = 10_000
"""How long one question may read rows where nobody asked for `--deep`."""

# Names come qualified and quoted; rows that row security hides are refused, not left out; no statement writes. One
# process of the server is enough for a look at what others work with.
_SETTINGS = {
    "search_path": "",
    "row_security": "off",
    "transaction_read_only": "on",
    "max_parallel_workers_per_gather": "0",
    "datestyle": "ISO",
}
# An object that went while it was looked at: undefined table, object, schema; and "could not open relation".
_GONE = frozenset({"42P01", "42704", "3F000"})


class Asking:
    """One inspection on one session: its questions, and what it found.

    deep  whether there is time
    """

    def __init__(self, session: Session, inspection: Inspection, emit: Listener, *, unit: str, deep: bool) -> None:
        self.major = session.major
        self.deep = deep
        self.look = Look(inspection, session.opening, emit, unit=unit)
        self._session = session
        self._inspection = inspection
        self._longest_ms: int | None = None
        self._kept = 0

    def rows(self, query: str | sql.SQL | sql.Composed) -> list[tuple[Any, ...]]:
        """What the server answers. raises  psycopg.Error"""
        # Several statements in one message are one transaction (manual, "Multiple Statements in a Simple Query"), with
        # settings of its own: behind a proxy that gives each transaction to any backend, none of them stays with one.
        text = sql.Composed([self._settings(), sql.SQL(";\n"), sql.SQL(query) if isinstance(query, str) else query])
        with self._session.connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(text)
            cursor.nextset()
            return cursor.fetchall()

    def one(self, query: str | sql.SQL | sql.Composed) -> Any:
        """The one value that the server answers with."""
        ((value,),) = self.rows(query)
        return value

    @contextmanager
    def seeing(self, thing: str) -> Iterator[None]:
        """Look at one object in the body: what keeps this user from it, or takes too long, is noted, and one goes on.

        An object that went meanwhile is none. raises  psycopg.Error for anything else
        """
        try:
            yield
        except psycopg.Error as error:
            failure = from_exception(error)
            if not is_gone(failure):
                self.look.unread(thing, self.kept_from(error))
                self._kept += 1

    def kept_from(self, error: psycopg.Error) -> str:
        """Why something could not be looked at. raises  the error where it is more than that"""
        failure = from_exception(error)
        if failure.state == QUERY_CANCELED and not self._session.opening.stop:
            longest = self._longest_ms or 0
            advice = "raise statement_timeout" if longest != BRIEF_MS else "`--deep` takes the time that it needs"
            return f"the server did not answer within {longest / 1000:g} s; {advice}"
        if failure.kind == "insufficient_privilege":
            return f"this user may not look: {failure.message}"
        if failure.kind == "lock_timeout":
            return "another session holds it locked"
        raise error

    def done(self, examined: int) -> Inspected:
        """What came of it; `examined` with those that could not be seen."""
        self.look.examined = examined - self._kept
        return self.look.inspected()

    def not_run(self, why: str) -> Inspected:
        return Inspected(self._inspection, not_run=why)

    def _settings(self) -> sql.Composed:
        """A query that gives the transaction its settings."""
        wanted = _SETTINGS | {"statement_timeout": str(self._longest())}
        calls = (
            sql.SQL("pg_catalog.set_config({}, {}, true)").format(sql.Literal(name), sql.Literal(value))
            for name, value in wanted.items()
        )
        return sql.SQL("SELECT {}").format(sql.SQL(", ").join(calls))

    def _longest(self) -> int:
        """Milliseconds that one question may take; 0: as long as it takes."""
        if self._longest_ms is None:
            query = b"SELECT setting::int FROM pg_catalog.pg_settings WHERE name = 'statement_timeout'"
            ((given,),) = self._session.connection.execute(query).fetchall()
            self._longest_ms = given if self.deep else min(given or BRIEF_MS, BRIEF_MS)
        return int(self._longest_ms)


def is_gone(failure: ServerFailure) -> bool:
    """Whether the failure is of an object that is not there any more."""
    words = ("could not open relation with OID", "cache lookup failed")
    return failure.state in _GONE or (failure.state == "XX000" and failure.message.startswith(words))


def names(found: Sequence[str], shown: int = 5) -> str:
    """`a, b and 3 more`."""
    more = f" and {len(found) - shown} more" if len(found) > shown else ""
    return ", ".join(found[:shown]) + more
