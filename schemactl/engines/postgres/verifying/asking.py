"""How an inspection asks the server, and what it makes of what it was refused. Knows no inspection."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from schemactl.contract.verifying import Inspected
from schemactl.engines.postgres.failure import QUERY_CANCELED, from_exception
from schemactl.engines.postgres.verifying.giving_way import GivingWay
from schemactl.running.inspecting import Look

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemactl.contract.verifying import Inspection
    from schemactl.engines.postgres.connection import Session
    from schemactl.engines.postgres.failure import ServerFailure
    from schemactl.events import Listener

BRIEF_MS = 10_000
"""How long one question may read rows where nobody asked for `--deep`."""

# Whatever the database's default is: SERIALIZABLE would take locks on what is read, for others to fail by.
_BEGIN = sql.SQL("SET LOCAL transaction_isolation = 'read committed';\n")
# Names come qualified and quoted; rows that row security hides are refused, not left out; a constraint is no proof that
# its rows hold it; no statement writes. One process of the server is enough for a look at what others work with.
_SETTINGS = {
    "search_path": "",
    "row_security": "off",
    "constraint_exclusion": "off",
    "transaction_read_only": "on",
    "max_parallel_workers_per_gather": "0",
    "datestyle": "ISO",
}
# What the server says where an object went while it was looked at: undefined table, object, schema; and of its number.
_GONE = frozenset({"42P01", "42704", "3F000"})
_NUMBERED = re.compile(r"could not open relation with OID \d|cache lookup failed for ")
# Pages and files that cannot be read (manual, appendix A): data and index corruption, system errors.
_UNREADABLE = ("XX001", "XX002", "58")
_DAMAGED = "`--deep` reads its pages, where amcheck is there; look at the server's log, the disk and the memory"


class Asking:
    """One inspection on one session: its questions, and what it found.

    deep  whether there is time
    """

    def __init__(self, session: Session, inspection: Inspection, emit: Listener, *, unit: str, deep: bool) -> None:
        self.major = session.major
        self.deep = deep
        self.look = Look(inspection, session.opening, emit, unit=unit)
        self.way = GivingWay(session)
        self._session = session
        self._inspection = inspection
        self._longest_ms: int | None = None
        self._kept = 0

    def rows(self, query: str | sql.SQL | sql.Composed) -> list[tuple[Any, ...]]:
        """What the server answers. raises  psycopg.Error"""
        # Several statements in one message are one transaction (manual, "Multiple Statements in a Simple Query"), with
        # settings of its own: behind a proxy that gives each transaction to any backend, none of them stays with one.
        asked = sql.SQL(query) if isinstance(query, str) else query
        text = sql.Composed([_BEGIN, self._settings(), sql.SQL(";\n"), asked])
        self.way.asking()
        with self._session.connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(text)
            while cursor.nextset():
                pass
            return cursor.fetchall()

    def one(self, query: str | sql.SQL | sql.Composed) -> Any:
        """The one value that the server answers with."""
        ((value,),) = self.rows(query)
        return value

    @contextmanager
    def seeing(self, thing: str, *relations: int | str) -> Iterator[None]:
        """Look at one object in the body. What cannot be looked at is noted with the reason, and one goes on.

        relations  those that `thing` is read from, by number or by name as the server writes it: where one went
                   meanwhile, there is nothing to look at
        raises  psycopg.Error where the connection is lost, or a stop was asked for
        """
        try:
            yield
        except psycopg.Error as error:
            failure = from_exception(error)
            if failure.gone or self._session.opening.stop:
                raise
            if failure.state.startswith(_UNREADABLE):
                self.look.flaw(thing, f"cannot be read: {failure.sentence()}", _DAMAGED)
                return
            if not self.is_gone(failure, *relations):
                self.look.unread(thing, self.kept_from(error))
            self.pass_over()

    def pass_over(self) -> None:
        """One of those that were to be looked at is not there any more, or was not looked at."""
        self._kept += 1

    def is_gone(self, failure: ServerFailure, *relations: int | str) -> bool:
        """Whether it failed since one of them went. A function's own failure may read the same: the server is asked.

        raises  psycopg.Error
        """
        there = [
            sql.SQL("EXISTS (SELECT FROM pg_class WHERE oid = {})").format(sql.Literal(one))
            if isinstance(one, int)
            else sql.SQL("to_regclass({}) IS NOT NULL").format(sql.Literal(one))
            for one in relations
        ]
        numbered = failure.state == "XX000" and bool(_NUMBERED.match(failure.message))
        if not there or not (numbered or failure.state in _GONE):
            return False
        return not self.one(sql.SQL("SELECT {}").format(sql.SQL(" AND ").join(there)))

    def kept_from(self, error: psycopg.Error) -> str:
        """Why something could not be looked at."""
        failure = from_exception(error)
        if failure.state == QUERY_CANCELED and self.way.gave_way:
            return "another session waited for this one to end; ask at a quieter time, or a standby"
        if failure.state == QUERY_CANCELED:
            longest = self._longest_ms or 0
            advice = "raise statement_timeout" if longest != BRIEF_MS else "`--deep` takes the time that it needs"
            return f"the server did not answer within {longest / 1000:g} s; {advice}"
        if failure.kind == "insufficient_privilege":
            return f"this user may not look: {failure.message}"
        if failure.kind == "lock_timeout":
            return "another session holds it locked"
        return failure.sentence()

    def broken_off(self, error: psycopg.Error) -> Inspected | None:
        """What was found until the error, and that the rest was not looked at. None where nothing was found."""
        if not self.look.found:
            return None
        self.look.unread("the rest", self.kept_from(error))
        return self.look.inspected()

    def done(self, examined: int) -> Inspected:
        """What came of it; `examined` with those that could not be seen, or went meanwhile."""
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


def names(found: Sequence[str], shown: int) -> str:
    """`a, b and 3 more`."""
    more = f" and {len(found) - shown} more" if len(found) > shown else ""
    return ", ".join(found[:shown]) + more
