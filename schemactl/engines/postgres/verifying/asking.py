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
    "default_transaction_read_only": "on",
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
        self._longest_ms = 0
        self._kept = 0

    @contextmanager
    def settings(self) -> Iterator[None]:
        """The session's settings for the body; afterwards they are what they were."""
        self._longest_ms = self.one("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'")
        if not self.deep:
            self._longest_ms = min(self._longest_ms or BRIEF_MS, BRIEF_MS)
        before = self._set(_SETTINGS | {"statement_timeout": str(self._longest_ms)})
        try:
            yield
        finally:
            if not self._session.connection.broken:
                self._set(before)

    def rows(self, query: str | sql.SQL | sql.Composed, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What the server answers. raises  psycopg.Error"""
        with self._session.connection.cursor(row_factory=tuple_row) as cursor:
            text = query.encode() if isinstance(query, str) else query
            return cursor.execute(text, parameters or None).fetchall()

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
            advice = (
                "raise statement_timeout" if self._longest_ms != BRIEF_MS else "`--deep` takes the time that it needs"
            )
            return f"the server did not answer within {self._longest_ms / 1000:g} s; {advice}"
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

    def _set(self, wanted: dict[str, str]) -> dict[str, str]:
        """Give the session these settings; returns what they were."""
        pairs = sql.SQL(", ").join(
            sql.SQL("({}, {})").format(sql.Literal(name), sql.Literal(value)) for name, value in wanted.items()
        )
        query = sql.SQL(
            "SELECT name, was, set_config(name, value, false) FROM"
            " (SELECT name, value, current_setting(name) AS was FROM (VALUES {}) given (name, value) OFFSET 0) look"
        ).format(pairs)
        return {name: was for name, was, _ in self.rows(query)}


def is_gone(failure: ServerFailure) -> bool:
    """Whether the failure is of an object that is not there any more."""
    words = ("could not open relation with OID", "cache lookup failed")
    return failure.state in _GONE or (failure.state == "XX000" and failure.message.startswith(words))


def names(found: Sequence[str], shown: int = 5) -> str:
    """`a, b and 3 more`."""
    more = f" and {len(found) - shown} more" if len(found) > shown else ""
    return ", ".join(found[:shown]) + more
