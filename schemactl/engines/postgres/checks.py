"""Runs integrity checks: in a read-only transaction, through a cursor, so that a million rows cost no more than ten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from schemactl.contract.checking import Found, row_text
from schemactl.engines.postgres.failure import from_exception, reading
from schemactl.engines.postgres.watch import cancelling
from schemactl.running.inspecting import stopped

if TYPE_CHECKING:
    from schemactl.contract.checking import Check
    from schemactl.engines.postgres.connection import Session


class PostgresChecker:
    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self, check: Check, *, limit: int) -> Found:
        session, connection = self._session, self._session.connection
        try:
            with cancelling(session), connection.transaction(force_rollback=True):
                connection.execute("SET TRANSACTION READ ONLY")
                # Rows that this user may not see are not taken for rows that are not there.
                connection.execute("SET LOCAL row_security = off")
                # DECLARE takes a query and nothing else (manual, "DECLARE").
                with connection.cursor("schemactl_check") as cursor:
                    cursor.execute(check.statement.text.encode())
                    found = cursor.fetchmany(limit + 1)
                    names = [column.name for column in cursor.description or ()]
        except psycopg.Error as error:
            if session.opening.stop and not from_exception(error).gone:
                raise stopped(session.opening) from error
            raise reading(error, target=session.target, shown=session.opening.shown, what="the check") from error
        first = tuple(row_text(zip(names, row, strict=True)) for row in found[:limit])
        return Found(first=first, more=len(found) > limit)
